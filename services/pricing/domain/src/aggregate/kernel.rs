//! The inner loops of an aggregate: what one risk adds at eight frequencies side by side, and its part of a tail.

// A loop over lanes that indexes several arrays is what the compiler makes vectors of.
#![allow(clippy::needless_range_loop)]

use crate::elementary::{LANES, Lanes, log_1p, parts};
use pulp::{Arch, NullaryFnOnce};
use realfft::num_complex::Complex64;

/// A spectrum at the frequencies that are looked at, and the expected number of its events.
pub(super) type Weighted<'a> = (&'a [Complex64], f64);

/// Complex numbers with real and imaginary parts apart, in whole blocks of eight: 0 fills the last.
#[derive(Default)]
pub(super) struct Apart(Vec<(Lanes, Lanes)>);

impl Apart {
    /// So many zeros.
    pub fn zeros(numbers: usize) -> Self {
        Self(vec![Default::default(); numbers.div_ceil(LANES)])
    }

    /// The first so many numbers together again.
    pub fn together(&self, numbers: usize) -> Vec<Complex64> {
        let mut together = vec![Complex64::default(); numbers];
        for (slots, (re, im)) in together.chunks_mut(LANES).zip(&self.0) {
            for ((slot, re), im) in slots.iter_mut().zip(re).zip(im) {
                *slot = Complex64::new(*re, *im);
            }
        }
        together
    }

    /// Of numbers.
    pub fn of(numbers: &[Complex64]) -> Self {
        Self(numbers.chunks(LANES).map(parts).collect())
    }
}

/// Adds what a risk adds to the logarithm of the total: `times` ln(1 - u / shape) with a frailty of that shape and exponent
/// u = sum of count x (frequency - 1), or u itself without one.
pub(super) fn add_logarithm(sum: &mut Apart, events: &[Weighted<'_>], frailty: Option<(f64, f64)>) {
    Arch::new().dispatch(AddLogarithm { sum: &mut sum.0, events, frailty });
}

struct AddLogarithm<'a, 'e> {
    sum: &'a mut [(Lanes, Lanes)],
    events: &'a [Weighted<'e>],
    frailty: Option<(f64, f64)>,
}

impl NullaryFnOnce for AddLogarithm<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (block, sum) in self.sum.iter_mut().enumerate() {
            let (mut re, mut im) = exponent(self.events, block * LANES);
            if let Some((shape, times)) = self.frailty {
                let scale = -shape.recip();
                for (re, im) in re.iter_mut().zip(&mut im) {
                    // (1 - (m/r)(z - 1))^-r; the real part inside is at least 1, so the principal branch is right.
                    let (log, angle) = log_1p(*re * scale, *im * scale);
                    (*re, *im) = (log * times, angle * times);
                }
            }
            for i in 0..LANES {
                sum.0[i] += re[i];
                sum.1[i] += im[i];
            }
        }
    }
}

/// Adds a risk's exponent, times `times`, to each sum.
pub(super) fn add_exponent(sum: &mut [Complex64], events: &[Weighted<'_>], times: f64) {
    Arch::new().dispatch(AddExponent { sum, events, times });
}

struct AddExponent<'a, 'e> {
    sum: &'a mut [Complex64],
    events: &'a [Weighted<'e>],
    times: f64,
}

impl NullaryFnOnce for AddExponent<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (block, sum) in self.sum.chunks_mut(LANES).enumerate() {
            let (re, im) = exponent(self.events, block * LANES);
            for ((sum, re), im) in sum.iter_mut().zip(re).zip(im) {
                sum.re += re * self.times;
                sum.im += im * self.times;
            }
        }
    }
}

/// The real part of the sum over all frequencies of weight x size x factor, for one risk: `sizes` is the transform of its
/// size-biased masses with counts, and the factor is own / (1 - u / shape) + shared x common with a frailty, 1 without.
pub(super) fn tail_part(
    weights: &Apart,
    sizes: &[Weighted<'_>],
    events: &[Weighted<'_>],
    frailty: Option<Frailty<'_>>,
) -> f64 {
    Arch::new().dispatch(TailPart { weights: &weights.0, sizes, events, frailty })
}

/// How a risk's frailty enters its part of a tail.
#[derive(Clone, Copy)]
pub(super) struct Frailty<'a> {
    /// Its gamma shape.
    pub shape: f64,
    /// The share of the shape that is the risk's own.
    pub own: f64,
    /// 1 / (1 - common exponent) of its site; none without one.
    pub common: Option<&'a Apart>,
}

struct TailPart<'a, 'e> {
    weights: &'a [(Lanes, Lanes)],
    sizes: &'a [Weighted<'e>],
    events: &'a [Weighted<'e>],
    frailty: Option<Frailty<'a>>,
}

impl NullaryFnOnce for TailPart<'_, '_> {
    type Output = f64;

    #[inline(always)]
    fn call(self) -> f64 {
        let mut sums = [0.0; LANES];
        for (block, weights) in self.weights.iter().enumerate() {
            let at = block * LANES;
            let (mut re, mut im) = weighted(self.sizes, at, 0.0);
            if let Some(frailty) = self.frailty {
                let (mut x, mut y) = own_factor(&frailty, exponent(self.events, at));
                if let Some(common) = frailty.common.and_then(|common| common.0.get(block)) {
                    for i in 0..LANES {
                        x[i] += (1.0 - frailty.own) * common.0[i];
                        y[i] += (1.0 - frailty.own) * common.1[i];
                    }
                }
                for i in 0..LANES {
                    (re[i], im[i]) = (re[i] * x[i] - im[i] * y[i], re[i] * y[i] + im[i] * x[i]);
                }
            }
            for i in 0..LANES {
                sums[i] += weights.0[i] * re[i] - weights.1[i] * im[i];
            }
        }
        sums.iter().sum()
    }
}

/// own / (1 - u / shape).
#[inline(always)]
fn own_factor(frailty: &Frailty<'_>, (mut re, mut im): (Lanes, Lanes)) -> (Lanes, Lanes) {
    let each = frailty.shape.recip();
    for i in 0..LANES {
        let (c, d) = (1.0 - re[i] * each, im[i] * each);
        let scale = frailty.own / (c * c + d * d);
        (re[i], im[i]) = (c * scale, d * scale);
    }
    (re, im)
}

/// Sum of count x (frequency - 1) at eight frequencies.
#[inline(always)]
fn exponent(events: &[Weighted<'_>], at: usize) -> (Lanes, Lanes) {
    weighted(events, at, 1.0)
}

/// Sum of count x (value - `less`) at eight frequencies from `at`, real and imaginary parts apart; 0 beyond the end.
#[inline(always)]
fn weighted(events: &[Weighted<'_>], at: usize, less: f64) -> (Lanes, Lanes) {
    let mut sum = ([0.0; LANES], [0.0; LANES]);
    for (values, count) in events {
        let values = values.get(at..).map(parts).unwrap_or_default();
        for i in 0..LANES {
            sum.0[i] += (values.0[i] - less) * count;
            sum.1[i] += values.1[i] * count;
        }
    }
    sum
}
