//! Contract years: what inflation and discounting make of a failure that happens in them.

use super::basis::{Basis, Factor};
use crate::elementary::{exp_each, powers};
use crate::policy::{PricingPolicy, model};
use crate::power_law::PowerLaw;
use crate::rate_card::Rates;
use crate::terms::Terms;

/// A contract year, times in years from the start of the contract.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Year {
    /// Its start.
    pub from: f64,
    /// Its end.
    pub to: f64,
    /// Mean price level within it; 1 at the start of the contract.
    pub inflation: f64,
    /// Mean present value of a unit within it.
    pub present: f64,
    /// Logarithm of the yearly growth of present cost, (1 + inflation) / (1 + discount).
    log_growth: f64,
}

impl Year {
    /// What a unit is worth at a time from the contract's start, over the year's mean.
    pub(super) fn worth(&self, time: f64) -> f64 {
        (self.log_growth * time).exp() / (self.inflation * self.present)
    }
}

/// The years of a contract with a region's inflation.
#[must_use]
pub fn years(terms: &Terms, policy: &PricingPolicy, rates: &Rates, basis: Basis) -> Vec<Year> {
    let (inflation, discount) = if basis.has(Factor::Inflation) {
        let inflation = rates.inflation.unwrap_or_else(|| model(policy.cost_inflation));
        (1.0 + inflation, 1.0 + model(policy.discount_rate))
    } else {
        (1.0, 1.0)
    };
    let growth = inflation / discount;
    terms
        .contract_years()
        .into_iter()
        .map(|(from, to)| {
            let level = mean_growth(inflation, from, to);
            Year {
                from,
                to,
                inflation: level,
                present: mean_growth(growth, from, to) / level,
                log_growth: growth.ln(),
            }
        })
        .collect()
}

/// The mean of g^t between two times.
fn mean_growth(g: f64, from: f64, to: f64) -> f64 {
    let log = g.ln();
    if log.abs() < 1e-12 {
        return 1.0;
    }
    (g.powf(to) - g.powf(from)) / (log * (to - from))
}

/// Nodes of Gauss and Legendre's rule with eight points, on 0..1.
const NODES: [f64; 8] = [
    0.019_855_071_751_231_91,
    0.101_666_761_293_186_64,
    0.237_233_795_041_835_5,
    0.408_282_678_752_175_1,
    0.591_717_321_247_824_8,
    0.762_766_204_958_164_5,
    0.898_333_238_706_813_4,
    0.980_144_928_248_768_1,
];

/// Their weights.
const WEIGHTS: [f64; 8] = [
    0.050_614_268_145_188_53,
    0.111_190_517_226_687_21,
    0.156_853_322_938_943_44,
    0.181_341_891_689_180_83,
    0.181_341_891_689_180_83,
    0.156_853_322_938_943_44,
    0.111_190_517_226_687_21,
    0.050_614_268_145_188_53,
];

/// Expected failures in a contract year of a machine of that age at the start: their number, and the same with each weighted
/// by what a unit is worth at its time over the year's mean. The integral runs over the cumulative intensity, in which it is
/// smooth even at age 0.
#[must_use]
pub fn expected(law: &PowerLaw, age: f64, year: &Year) -> (f64, f64) {
    let [start, end] = powers([age + year.from, age + year.to], law.beta);
    let count = law.lambda * (end - start);
    let mut worths = NODES;
    for node in &mut worths {
        *node = start + *node * (end - start);
    }
    worths = powers(worths, law.beta.recip());
    for at in &mut worths {
        *at = (*at - age) * year.log_growth;
    }
    exp_each(&mut worths);
    let mean: f64 = worths.iter().zip(WEIGHTS).map(|(worth, weight)| weight * worth).sum();
    (count, count * mean / (year.inflation * year.present))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::CoverageLevel;
    use rust_decimal::Decimal;

    #[test]
    fn escalated_and_discounted_failures_have_their_known_present_value() {
        // beta 1.5, lambda 0.2, age 3, five years, 1000 an event, 3 % escalation, 8 % discount: computed by adaptive quadrature
        // of lambda beta (3 + t)^0.5 1000 (1.03 / 1.08)^t.
        let mut policy = PricingPolicy::seeded();
        policy.cost_inflation = Decimal::new(3, 2);
        policy.discount_rate = Decimal::new(8, 2);
        let terms = Terms::standard(60, CoverageLevel::Full);
        let law = PowerLaw { lambda: 0.2, beta: 1.5 };
        let years = years(&terms, &policy, &policy.default_rates(), Basis::ACTUAL);
        let count: f64 = years.iter().map(|y| expected(&law, 3.0, y).0).sum();
        let value: f64 =
            years.iter().map(|y| 1000.0 * y.inflation * y.present * expected(&law, 3.0, y).1).sum();
        assert!((count - 3.486_252_915).abs() < 1e-9);
        assert!((value - 3_075.294_311_36).abs() < 1e-7, "{value}");
    }

    #[test]
    fn without_inflation_and_discount_a_year_is_worth_itself() {
        let policy = PricingPolicy::seeded();
        let terms = Terms::standard(18, CoverageLevel::Full);
        for year in years(&terms, &policy, &policy.default_rates(), Basis::from_bits(0)) {
            assert_eq!((year.inflation, year.present), (1.0, 1.0));
            let law = PowerLaw { lambda: 0.5, beta: 0.7 };
            let plain = law.expected(year.from, year.to);
            assert!((expected(&law, 0.0, &year).1 - plain).abs() < 1e-12);
        }
    }
}
