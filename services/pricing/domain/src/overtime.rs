//! Hours of work outside business hours: what they add at the rates of a contract, and which of them its terms do not promise.

use crate::rate_card::Rates;
use crate::terms::AfterHours;
use serde::{Deserialize, Serialize};

/// Hours of a piece of work outside business hours, part of its labour hours.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Overtime {
    /// On working days in the evening or at night.
    pub evening: f64,
    /// At the weekend.
    pub weekend: f64,
    /// On public holidays.
    pub holiday: f64,
}

impl Overtime {
    /// As a work order tells them, within its labour hours; none if it tells of none, or of more than there were.
    #[must_use]
    pub fn told(
        labour: Option<f64>,
        [evening, weekend, holiday]: [Option<f64>; 3],
    ) -> Option<Self> {
        if evening.is_none() && weekend.is_none() && holiday.is_none() {
            return None;
        }
        let [evening, weekend, holiday] = [evening, weekend, holiday].map(|own| own.unwrap_or(0.0));
        let own = Self { evening, weekend, holiday };
        let sound = own.bands().iter().all(|hours| hours.is_finite() && *hours >= 0.0);
        (sound && own.bands().iter().sum::<f64>() <= labour? + 1e-9).then_some(own)
    }

    const fn bands(&self) -> [f64; 3] {
        [self.evening, self.weekend, self.holiday]
    }

    /// Those at which the terms do not promise to come. Extended hours are evenings and Saturdays; nobody tells a Saturday from a
    /// Sunday, so that a weekend counts as promised.
    #[must_use]
    pub fn beyond(&self, promised: AfterHours) -> Self {
        match promised {
            AfterHours::BusinessHours => *self,
            AfterHours::Extended => Self { evening: 0.0, weekend: 0.0, ..*self },
            AfterHours::RoundTheClock => Self::default(),
        }
    }

    /// What they cost beyond the same hours in business hours, in such hours.
    #[must_use]
    pub fn surcharge(&self, rates: &Rates) -> f64 {
        let factors = [rates.evening_factor, rates.weekend_factor, rates.holiday_factor];
        self.bands()
            .iter()
            .zip(factors)
            .map(|(hours, factor)| hours * (factor - 1.0).max(0.0))
            .sum()
    }

    /// Share of the cost of labour that is the surcharge of hours which the terms do not promise, 0..=1: by the multiples that
    /// were agreed, of labour that cost what our own multiples make it.
    #[must_use]
    pub fn surcharge_share(
        &self,
        labour: f64,
        (own, agreed): (&Rates, &Rates),
        promised: AfterHours,
    ) -> f64 {
        let whole = labour + self.surcharge(own);
        if whole > 0.0 { (self.beyond(promised).surcharge(agreed) / whole).min(1.0) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PricingPolicy;

    fn rates() -> Rates {
        Rates {
            evening_factor: 1.5,
            weekend_factor: 2.0,
            holiday_factor: 3.0,
            ..PricingPolicy::seeded().default_rates()
        }
    }

    #[test]
    fn hours_that_contradict_each_other_are_not_told() {
        let told = |labour, hours| Overtime::told(labour, hours);
        let evening = Overtime { evening: 2.0, ..Overtime::default() };
        for (labour, hours, found) in [
            (Some(4.0), [None, None, None], None),
            (Some(4.0), [Some(2.0), None, None], Some(evening)),
            (Some(4.0), [Some(0.0), None, None], Some(Overtime::default())),
            (Some(4.0), [Some(2.0), Some(2.5), None], None),
            (Some(4.0), [Some(-1.0), None, None], None),
            (Some(4.0), [Some(f64::NAN), None, None], None),
            (None, [Some(2.0), None, None], None),
        ] {
            assert_eq!(told(labour, hours), found, "{labour:?} {hours:?}");
        }
    }

    #[test]
    fn what_the_terms_promise_has_no_surcharge_for_the_customer() {
        // Of 8 hours 2 in the evening, 1 at the weekend, 1 on a holiday: 1 + 1 + 2 hours more, 12 in all.
        let own = Overtime { evening: 2.0, weekend: 1.0, holiday: 1.0 };
        assert!((own.surcharge(&rates()) - 4.0).abs() < 1e-12);
        for (promised, share) in [
            (AfterHours::BusinessHours, 4.0 / 12.0),
            (AfterHours::Extended, 2.0 / 12.0),
            (AfterHours::RoundTheClock, 0.0),
        ] {
            let found = own.surcharge_share(8.0, (&rates(), &rates()), promised);
            assert!((found - share).abs() < 1e-12, "{promised:?}");
        }
        let business = AfterHours::BusinessHours;
        let none = Overtime::default().surcharge_share(0.0, (&rates(), &rates()), business);
        assert_eq!(none, 0.0);
        // An evening hour was agreed at three times instead of one and a half: 4 + 1 + 2 hours more for the customer.
        let agreed = Rates { evening_factor: 3.0, ..rates() };
        let found = own.surcharge_share(8.0, (&rates(), &agreed), business);
        assert!((found - 7.0 / 12.0).abs() < 1e-12);
        let dear = Rates { evening_factor: 10.0, ..rates() };
        assert_eq!(own.surcharge_share(8.0, (&rates(), &dear), business), 1.0, "all of it at most");
    }
}
