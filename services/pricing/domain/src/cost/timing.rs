//! Contract years: what inflation and discounting make of a failure that happens in them.

use super::basis::{Basis, Factor};
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
    /// Yearly growth of present cost, (1 + inflation) / (1 + discount).
    growth: f64,
}

impl Year {
    /// What a unit is worth at a time from the contract's start, over the year's mean.
    pub(super) fn worth(&self, time: f64) -> f64 {
        self.growth.powf(time) / (self.inflation * self.present)
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
                growth,
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

/// Nodes and weights of Gauss and Legendre's rule with five points, on 0..1.
const NODES: [(f64, f64); 5] = [
    (0.046_910_077_030_668, 0.118_463_442_528_094_5),
    (0.230_765_344_947_158_4, 0.239_314_335_249_683_2),
    (0.5, 0.284_444_444_444_444_4),
    (0.769_234_655_052_841_6, 0.239_314_335_249_683_2),
    (0.953_089_922_969_332, 0.118_463_442_528_094_5),
];

/// Expected failures in a contract year of a machine of that age at the start, each weighted by what a unit is worth at its
/// time over the year's mean. The integral runs over the cumulative intensity, in which it is smooth even at age 0.
#[must_use]
pub fn discounted_expected(law: &PowerLaw, age: f64, year: &Year) -> f64 {
    let start = law.lambda * (age + year.from).powf(law.beta);
    let count = law.expected(age + year.from, age + year.to);
    let mean: f64 = NODES
        .iter()
        .map(|(node, weight)| {
            let time = ((start + node * count) / law.lambda).powf(1.0 / law.beta) - age;
            weight * year.growth.powf(time)
        })
        .sum();
    count * mean / (year.inflation * year.present)
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
        let count: f64 = years.iter().map(|y| law.expected(3.0 + y.from, 3.0 + y.to)).sum();
        let value: f64 = years
            .iter()
            .map(|y| 1000.0 * y.inflation * y.present * discounted_expected(&law, 3.0, y))
            .sum();
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
            assert!((discounted_expected(&law, 0.0, &year) - plain).abs() < 1e-12);
        }
    }
}
