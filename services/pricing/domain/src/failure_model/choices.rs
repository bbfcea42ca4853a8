//! What a caller may choose of a fit: how the shape is estimated, what failures are priced by, the family of their costs.

use super::RepairCost;
use crate::power_law::Estimator;
use crate::renewal::RenewalFit;
use crate::severity::Family;
use serde::{Deserialize, Serialize};

/// Which process a mode's failures are priced by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PricingBasis {
    /// A failure is repaired and leaves the machine as old as it was: the power law.
    #[default]
    MinimalRepair,
    /// A failure replaces the part by a new one: the Weibull renewal function.
    Renewal,
}

/// What was said when a model was fitted; none leaves it to the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Choices {
    /// How the shape is estimated.
    pub estimator: Estimator,
    /// What every mode is priced by.
    pub basis: Option<PricingBasis>,
    /// The family of every mode's repair costs.
    pub family: Option<Family>,
}

/// How much lower Akaike's criterion must be before a mode is priced by replacement unasked: below it the evidence leaves room
/// for either (Burnham and Anderson 2002), and a price should not change its process by chance.
const CLEARLY: f64 = 4.0;

impl From<Estimator> for Choices {
    fn from(estimator: Estimator) -> Self {
        Self { estimator, ..Self::default() }
    }
}

impl Choices {
    /// What a mode is priced by: as chosen, else by replacement where most repairs took parts and it fits clearly better by
    /// Akaike's criterion. Without a renewal fit always by the power law.
    #[must_use]
    pub fn basis_of(
        &self,
        renewal: Option<RenewalFit>,
        aic: Option<f64>,
        repairs: &[RepairCost],
    ) -> PricingBasis {
        let Some(fit) = renewal else { return PricingBasis::MinimalRepair };
        let replaced = repairs.iter().filter(|repair| repair.parts > 0.0).count();
        let better =
            2 * replaced > repairs.len() && aic.is_some_and(|aic| fit.aic + CLEARLY <= aic);
        let found = if better { PricingBasis::Renewal } else { PricingBasis::MinimalRepair };
        self.basis.unwrap_or(found)
    }
}
