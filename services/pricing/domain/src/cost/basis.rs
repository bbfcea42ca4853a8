//! Which circumstances count as they are and which at their reference: what an explanation switches.

use super::AssetExposure;
use crate::terms::{AfterHours, CoverageLevel, Terms};

/// A circumstance that drives cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Factor {
    /// The machines' ages; reference: the policy's reference age.
    Age,
    /// Their environments; reference: average.
    Environment,
    /// Their hours of work; reference: average.
    Duty,
    /// Their regions; reference: average failure rate and the policy's default rates.
    Region,
    /// Their own histories; reference: none.
    History,
    /// The promised response; reference: 24 hours.
    Response,
    /// What we bear; reference: labour only.
    Coverage,
    /// When we come; reference: business hours.
    AfterHours,
    /// Deductible, cap, exclusions, inspections, visits, renewal; reference: none.
    Terms,
    /// Inflation and discounting; reference: none.
    Inflation,
}

impl Factor {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Age,
        Self::Environment,
        Self::Duty,
        Self::Region,
        Self::History,
        Self::Response,
        Self::Coverage,
        Self::AfterHours,
        Self::Terms,
        Self::Inflation,
    ];
}

/// The set of circumstances that count as they are; all others stand at their reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis(u16);

impl Basis {
    /// Everything as it is.
    pub const ACTUAL: Self = Self((1 << Factor::ALL.len()) - 1);

    /// The set whose members are the bits of a number, in the order of [`Factor::ALL`].
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits & Self::ACTUAL.0)
    }

    /// Whether a circumstance counts as it is.
    #[must_use]
    pub const fn has(self, factor: Factor) -> bool {
        self.0 & (1 << factor as u16) != 0
    }

    /// Factor on an asset's failure rate.
    #[must_use]
    pub fn intensity(self, asset: &AssetExposure) -> f64 {
        [
            (Factor::Environment, asset.environment),
            (Factor::Duty, asset.duty),
            (Factor::Region, asset.region),
            (Factor::History, asset.frailty.mean),
        ]
        .into_iter()
        .filter(|(factor, _)| self.has(*factor))
        .map(|(_, value)| value)
        .product()
    }

    /// The terms, those at their reference replaced.
    #[must_use]
    pub fn terms(self, actual: &Terms) -> Terms {
        let mut terms = actual.clone();
        if !self.has(Factor::Response) {
            terms.response_seconds = 24 * 3600;
        }
        if !self.has(Factor::Coverage) {
            terms.coverage = CoverageLevel::LabourOnly;
        }
        if !self.has(Factor::AfterHours) {
            terms.after_hours = AfterHours::BusinessHours;
        }
        if !self.has(Factor::Terms) {
            terms.deductible = None;
            terms.cap = None;
            terms.exclusions.clear();
            terms.customer_inspections = false;
            terms.automatic_renewal = false;
            terms.planned_visits_per_year = None;
        }
        terms
    }
}
