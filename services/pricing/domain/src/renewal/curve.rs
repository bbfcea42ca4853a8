//! The renewal function of one life for parts of many ages, month by month of a contract.

use super::Weibull;

/// Months of a year.
const MONTHS: usize = 12;

/// Most steps of the finer grid.
const MOST: usize = 12_000;

/// Expected replacements of new parts on two grids, from which those of old parts follow.
#[derive(Debug, Clone)]
pub struct RenewalCurve {
    life: Weibull,
    months: usize,
    /// Steps a month of the coarser grid.
    steps: usize,
    coarse: Vec<f64>,
    fine: Vec<f64>,
}

impl RenewalCurve {
    /// Over that many months.
    #[must_use]
    pub fn new(life: Weibull, months: usize) -> Self {
        // Sixty steps within a life, at least two a month.
        let wanted = (60.0 / (life.scale * MONTHS as f64)).ceil().clamp(2.0, 64.0) as usize;
        let steps = wanted.min(MOST / (2 * months.max(1))).max(1);
        let (coarse, fine) = (life.new_parts(months, steps), life.new_parts(months, 2 * steps));
        Self { life, months, steps, coarse, fine }
    }

    /// Expected replacements within 0, 1, 2, ... months of a part that is `age` years old at the start and is replaced by a new
    /// one at every failure.
    #[must_use]
    pub fn of_age(&self, age: f64) -> Vec<f64> {
        let coarse = self.on(age, &self.coarse, self.steps);
        let fine = self.on(age, &self.fine, 2 * self.steps);
        let order = self.life.shape.clamp(1.0, 2.0);
        let weight = 1.0 / (2.0_f64.powf(order) - 1.0);
        let mut before = 0.0;
        coarse
            .into_iter()
            .zip(fine)
            .map(|(coarse, fine)| {
                // Extrapolation must not make a month negative.
                before = f64::max(before, fine + (fine - coarse) * weight);
                before
            })
            .collect()
    }

    fn on(&self, age: f64, new: &[f64], steps: usize) -> Vec<f64> {
        let at = |month: usize| month * steps;
        if age <= 0.0 {
            return (0..=self.months).map(|month| new[at(month)]).collect();
        }
        let step = 1.0 / (MONTHS * steps) as f64;
        let first: Vec<f64> =
            (0..new.len()).map(|i| self.life.failed_after(age, i as f64 * step)).collect();
        (0..=self.months)
            .map(|month| {
                let end = at(month);
                let later: f64 = (1..=end)
                    .map(|j| 0.5 * (new[end - j] + new[end - j + 1]) * (first[j] - first[j - 1]))
                    .sum();
                first[end] + later
            })
            .collect()
    }
}

impl Weibull {
    /// Expected replacements of a new part at every step, by the RS method (Xie 1989).
    fn new_parts(&self, months: usize, steps_a_month: usize) -> Vec<f64> {
        let steps = months * steps_a_month;
        let step = 1.0 / (MONTHS * steps_a_month) as f64;
        self.on_steps(step, steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_parts_have_their_known_values_on_a_contracts_months() {
        // Scale 1, t = 1, 2, 3 (method of Xie 1989, far finer grids).
        let known = [
            (1.5, [0.841_578_14, 1.945_500_80, 3.053_713_94]),
            (2.0, [0.753_691_28, 1.894_039_35, 3.021_745_01]),
            (3.0, [0.672_329_10, 1.801_075_26, 2.924_774_92]),
        ];
        for (shape, values) in known {
            let curve = RenewalCurve::new(Weibull { shape, scale: 1.0 }, 36).of_age(0.0);
            for (year, value) in values.into_iter().enumerate() {
                let found = curve[12 * (year + 1)];
                assert!((found - value).abs() < 1e-4, "{shape} {year} {found} {value}");
            }
            assert!((curve[6] - Weibull { shape, scale: 1.0 }.renewals(0.0, 0.5)).abs() < 1e-4);
        }
    }

    #[test]
    fn old_parts_agree_with_the_delayed_renewal_function() {
        let life = Weibull { shape: 2.4, scale: 2.0 };
        let curve = RenewalCurve::new(life, 60);
        for age in [0.0, 0.5, 2.0, 7.0] {
            let found = curve.of_age(age);
            for months in [1, 12, 30, 60] {
                let exact = life.renewals(age, f64::from(months) / 12.0);
                assert!(
                    (found[months as usize] - exact).abs() < 2e-3 * (1.0 + exact),
                    "{age} {months}"
                );
            }
            assert!(found.windows(2).all(|pair| pair[0] <= pair[1]) && found[0] == 0.0);
        }
    }
}
