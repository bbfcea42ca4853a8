//! Base stock: how many pieces reach a fill rate, and what is still missing (Palm 1938, Sherbrooke 1968).

use crate::counts::{Counts, Masses};

/// Demand over the time that the stock must bridge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeadTimeDemand {
    /// Mean, pieces; at least 0.
    pub mean: f64,
    /// Variance; below the mean it counts as the mean: Poisson, else negative binomial.
    pub variance: f64,
}

/// Pieces above which no stock is looked for.
pub const MOST: u32 = 1_000_000;

/// A base stock with what it does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stock {
    /// Pieces.
    pub pieces: u32,
    /// Share of demand that it fills at once: P(D <= S - 1).
    pub fill_rate: f64,
    /// Expected backorders: E(D - S)+.
    pub backorders: f64,
}

/// Why no stock reaches a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StockError {
    /// The target is not above 0 and below 1, or the demand is no number.
    #[error("the target fill rate must be above 0 and below 1, and demand a number of at least 0")]
    Impossible,
    /// More than [`MOST`] pieces.
    #[error("no stock of at most {MOST} pieces reaches the target")]
    TooMany,
}

impl LeadTimeDemand {
    fn masses(self) -> Masses {
        Counts { mean: self.mean, variance: self.variance }.masses()
    }

    /// The stock of that many pieces.
    #[must_use]
    pub fn with(self, pieces: u32) -> Stock {
        let mut stock = Stock { pieces: 0, fill_rate: 0.0, backorders: self.mean };
        let mut masses = self.masses();
        while stock.pieces < pieces {
            stock = stock.one_more(&mut masses);
        }
        stock
    }

    /// Expected backorders of each stock from none to `most` pieces.
    #[must_use]
    pub fn backorders_to(self, most: u32) -> Vec<f64> {
        let mut stock = Stock { pieces: 0, fill_rate: 0.0, backorders: self.mean };
        let mut masses = self.masses();
        let mut found = vec![stock.backorders];
        for _ in 0..most {
            stock = stock.one_more(&mut masses);
            found.push(stock.backorders);
        }
        found
    }

    /// The smallest stock that reaches a fill rate.
    ///
    /// # Errors
    /// [`StockError`].
    pub fn base_stock(self, target: f64) -> Result<Stock, StockError> {
        let sound = self.mean.is_finite() && self.mean >= 0.0 && self.variance.is_finite();
        if !(target > 0.0 && target < 1.0 && sound) {
            return Err(StockError::Impossible);
        }
        let mut stock = Stock { pieces: 0, fill_rate: 0.0, backorders: self.mean };
        let mut masses = self.masses();
        while stock.fill_rate < target {
            if stock.pieces >= MOST {
                return Err(StockError::TooMany);
            }
            stock = stock.one_more(&mut masses);
        }
        Ok(stock)
    }
}

impl Stock {
    /// EBO(S) = EBO(S - 1) - P(D >= S); P(D >= S) is what S - 1 pieces leave unfilled.
    fn one_more(self, masses: &mut Masses) -> Self {
        let fill_rate = (self.fill_rate + masses.next().unwrap_or(0.0)).min(1.0);
        Self {
            pieces: self.pieces + 1,
            fill_rate,
            backorders: (self.backorders - (1.0 - fill_rate)).max(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn expected_backorders_are_those_of_the_tables() {
        // Poisson pipelines of 1 and 2, as in Sherbrooke, Optimal Inventory Modeling of Systems, chapter 2.
        for (mean, expected) in [
            (1.0, [1.0, 0.367_879, 0.103_638, 0.023_337, 0.004_349]),
            (2.0, [2.0, 1.135_335, 0.541_341, 0.218_018, 0.075_141]),
        ] {
            let demand = LeadTimeDemand { mean, variance: mean };
            for (pieces, backorders) in (0u32..).zip(expected) {
                assert!(
                    (demand.with(pieces).backorders - backorders).abs() < 1e-6,
                    "{mean} {pieces}"
                );
            }
        }
    }

    #[test]
    fn the_smallest_stock_that_fills_is_found() {
        // Poisson 2: P(D <= 3) = 0.857, P(D <= 4) = 0.947, P(D <= 5) = 0.983.
        let demand = LeadTimeDemand { mean: 2.0, variance: 2.0 };
        let stock = demand.base_stock(0.95).unwrap();
        assert_eq!(stock.pieces, 6);
        assert!((stock.fill_rate - 0.983_436).abs() < 1e-6);
        assert_eq!(demand.base_stock(0.9).unwrap().pieces, 5);
        let none = LeadTimeDemand { mean: 0.0, variance: 0.0 }.base_stock(0.95).unwrap();
        assert_eq!((none.pieces, none.fill_rate, none.backorders), (1, 1.0, 0.0));
    }

    #[test]
    fn impossible_targets_are_refused() {
        let demand = LeadTimeDemand { mean: 2.0, variance: 2.0 };
        for target in [0.0, 1.0, -1.0, f64::NAN] {
            assert_eq!(demand.base_stock(target), Err(StockError::Impossible));
        }
        let absurd = LeadTimeDemand { mean: 2e6, variance: 2e6 };
        assert_eq!(absurd.base_stock(0.95), Err(StockError::TooMany));
        let no_number = LeadTimeDemand { mean: f64::NAN, variance: 1.0 };
        assert_eq!(no_number.base_stock(0.95), Err(StockError::Impossible));
    }

    proptest! {
        #[test]
        fn more_stock_fills_more_and_lacks_less(mean in 0.01f64..60.0, factor in 1.0f64..6.0) {
            let demand = LeadTimeDemand { mean, variance: mean * factor };
            let (mut before, mut missing) = (demand.with(0), mean);
            for pieces in 1..80 {
                let stock = demand.with(pieces);
                prop_assert!(stock.fill_rate >= before.fill_rate && stock.backorders <= before.backorders);
                prop_assert!(stock.backorders >= mean - f64::from(pieces) - 1e-9);
                missing = missing.min(stock.backorders);
                before = stock;
            }
        }

        #[test]
        fn wider_demand_lacks_no_less_at_any_stock(mean in 0.01f64..30.0, factor in 1.0f64..6.0) {
            // Of the backorders, not of the fill rate: scarce demand that clumps leaves more days without any.
            let narrow = LeadTimeDemand { mean, variance: mean };
            let wide = LeadTimeDemand { mean, variance: mean * factor };
            for pieces in 0..60 {
                prop_assert!(
                    wide.with(pieces).backorders >= narrow.with(pieces).backorders - 1e-9,
                    "{pieces} pieces"
                );
            }
        }
    }
}
