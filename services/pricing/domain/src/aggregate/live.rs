//! Which frequencies a total has at all: with many risks most of its characteristic function is nothing.

use super::Risk;
use crate::spectrum::{Spectrum, Transform};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Below e^-40 a frequency changes no probability by more than 1e-17 / cells, and all of them together none by 1e-17.
const NOTHING: f64 = 40.0;

/// Risks from which on it pays to look.
const MANY: usize = 32;

/// How often the bound on a frequency's fall is halved.
const LEVELS: usize = 8;

/// How many of the lowest frequencies to evaluate; all others are at most e^-40.
///
/// The exponent of a risk has the real part -u, u = sum of count (1 - Re frequency) within 0 and U = bound x counts, where no
/// spectrum's 1 - Re frequency is above the bound, 2 at most. A negative binomial with shape r then lowers the logarithm by at
/// least r ln(1 + u/r), which is concave in u, so by at least u r ln(1 + U/r) / U: linear in u, and the sum over all risks
/// collapses to one pass over the spectra. The smaller the bound, the less is lost; there is one for each power of two.
pub(super) fn live(risks: &[Risk], transform: &Transform) -> usize {
    if risks.len() < MANY {
        return transform.frequencies();
    }
    let mut sites: BTreeMap<usize, f64> = BTreeMap::new();
    for risk in risks {
        if let (Some(site), Some(shape)) = (risk.site, risk.shape) {
            *sites.entry(site.index).or_default() += risk.count() / shape;
        }
    }
    let mut weights: Vec<(&Arc<Spectrum>, [f64; LEVELS])> = Vec::new();
    let mut known: BTreeMap<*const Spectrum, usize> = BTreeMap::new();
    for risk in risks {
        let slopes = slopes(risk, &sites);
        for (spectrum, count) in &risk.events {
            let at = *known.entry(Arc::as_ptr(spectrum)).or_insert_with(|| {
                weights.push((spectrum, [0.0; LEVELS]));
                weights.len() - 1
            });
            for (weight, slope) in weights[at].1.iter_mut().zip(slopes) {
                *weight += slope * count;
            }
        }
    }
    let falls = |k: usize| {
        let down = |spectrum: &Spectrum| 1.0 - spectrum.frequencies[k].re;
        let most = weights.iter().map(|(spectrum, _)| down(spectrum)).fold(0.0, f64::max);
        let level = level(most);
        weights.iter().map(|(spectrum, weights)| weights[level] * down(spectrum)).sum::<f64>()
    };
    let live = (0..transform.frequencies()).rposition(|k| falls(k) < NOTHING);
    live.map_or(1, |last| last + 1)
}

/// The largest level whose bound, 2 / 2^level, is not below.
fn level(most: f64) -> usize {
    (1..LEVELS).take_while(|level| most <= 2.0 / f64::from(1 << level)).count()
}

/// The least that the logarithm falls by per unit of u, for each bound.
fn slopes(risk: &Risk, sites: &BTreeMap<usize, f64>) -> [f64; LEVELS] {
    let Some(shape) = risk.shape else { return [1.0; LEVELS] };
    let chord = |most: f64| if most > 0.0 { most.ln_1p() / most } else { 1.0 };
    let part = risk.site.map_or(0.0, |site| site.part);
    let common = risk.site.and_then(|site| sites.get(&site.index));
    std::array::from_fn(|level| {
        let bound = 2.0 / f64::from(1 << level);
        let own = (shape - part) / shape * chord(bound * risk.count() / shape);
        own + common.map_or(0.0, |most| part / shape * chord(bound * most))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::{Site, log_frequencies};

    #[test]
    fn what_is_left_out_is_nothing() {
        let transform = Transform::new(1024);
        let spectrum =
            |masses: &[f64]| Arc::new(Spectrum::of_masses(masses.to_vec(), 1.0, &transform));
        let (a, b) = (spectrum(&[0.0, 0.5, 0.3, 0.2]), spectrum(&[0.0, 0.1, 0.2, 0.3, 0.4]));
        for site in [None, Some(0.3)] {
            let risks: Vec<Risk> = (0..100)
                .map(|i| Risk {
                    events: vec![
                        (Arc::clone(&a), 2.0),
                        (Arc::clone(&b), 1.0 + 0.01 * f64::from(i)),
                    ],
                    shape: (i % 3 > 0).then_some(4.0),
                    site: site.map(|part| Site { index: i as usize % 2, part }),
                })
                .collect();
            let found = live(&risks, &transform);
            assert!(found < transform.frequencies() / 2, "{found}");
            // Few at a time are evaluated everywhere.
            let mut whole =
                vec![realfft::num_complex::Complex64::default(); transform.frequencies()];
            if site.is_none() {
                for few in risks.chunks(10) {
                    for (slot, own) in
                        whole.iter_mut().zip(log_frequencies(few, &transform).unwrap())
                    {
                        *slot += own;
                    }
                }
                assert!(whole[found..].iter().all(|value| value.re < -NOTHING));
                let kept = log_frequencies(&risks, &transform).unwrap();
                for (a, b) in kept[..found].iter().zip(&whole) {
                    assert!((a - b).norm() < 1e-9 * (1.0 + b.norm()));
                }
            }
        }
    }
}
