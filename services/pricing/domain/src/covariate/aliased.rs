//! Levels whose effects the machines cannot tell apart: columns of the design that others make up.

use super::{Covariate, Effect, Levels};

/// Marks each effect whose level stands on the very machines that other levels make up, so that only the prior divides what
/// was seen between them. As in a linear model, the constant comes first, then the levels in the order of the effects; the
/// first level of a covariate that every machine has is what the others are measured against.
pub fn mark_aliased(effects: &mut [Effect], levels: &[&Levels]) {
    let mut basis = vec![vec![1.0; levels.len()]];
    for covariate in Covariate::ALL {
        let mut reference = levels.iter().all(|levels| !levels.of(covariate).is_empty());
        for effect in effects.iter_mut().filter(|effect| effect.covariate == covariate) {
            if std::mem::take(&mut reference) {
                continue;
            }
            let has = |levels: &&Levels| levels.of(covariate) == effect.level;
            let column: Vec<f64> =
                levels.iter().map(|levels| if has(levels) { 1.0 } else { 0.0 }).collect();
            let left = beyond(column, &basis);
            effect.aliased = dot(&left, &left) <= 1e-9;
            if !effect.aliased {
                basis.push(left);
            }
        }
    }
}

/// What of a column columns that are orthogonal to each other do not make up (Gram and Schmidt, twice for its rounding).
fn beyond(mut column: Vec<f64>, basis: &[Vec<f64>]) -> Vec<f64> {
    for own in basis.iter().chain(basis) {
        let part = dot(&column, own) / dot(own, own);
        for (value, own) in column.iter_mut().zip(own) {
            *value -= part * own;
        }
    }
    column
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::covariate::{Subject, fit_effects};

    /// Levels of environment, region and duty, and which of them are aliased.
    fn aliased(kinds: &[[&str; 3]]) -> Vec<String> {
        let levels: Vec<Levels> = kinds
            .iter()
            .map(|[environment, region, duty]| Levels {
                environment: (*environment).to_owned(),
                region: (*region).to_owned(),
                duty: (*duty).to_owned(),
            })
            .collect();
        let subjects: Vec<Subject> =
            levels.iter().map(|levels| Subject { levels, observed: 5.0, expected: 4.0 }).collect();
        let mut effects = fit_effects(&subjects);
        let levels: Vec<&Levels> = levels.iter().collect();
        mark_aliased(&mut effects, &levels);
        effects.into_iter().filter(|effect| effect.aliased).map(|effect| effect.level).collect()
    }

    #[test]
    fn columns_that_others_make_up_are_named() {
        type Case<'a> = (&'a str, &'a [[&'a str; 3]], &'a [&'a str]);
        let cases: [Case; 7] = [
            ("one kind of machine", &[["dusty", "33", "low"]], &[]),
            ("crossed", &[["a", "33", ""], ["b", "33", ""], ["a", "36", ""], ["b", "36", ""]], &[]),
            ("the same machines", &[["a", "33", ""], ["b", "36", ""]], &["36"]),
            ("three times the same", &[["a", "33", "low"], ["b", "36", "high"]], &["36", "low"]),
            (
                "one made up of two",
                &[["a", "33", ""], ["b", "34", ""], ["c", "34", ""]],
                // 34 is where b and c are
                &["34"],
            ),
            ("unknown is what others are measured against", &[["a", "", ""], ["", "", ""]], &[]),
            ("known together", &[["a", "33", ""], ["", "", ""]], &["33"]),
        ];
        for (case, kinds, expected) in cases {
            assert_eq!(aliased(kinds), expected, "{case}");
        }
    }
}
