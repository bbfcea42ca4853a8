//! What hours, journeys and readiness cost in a region.

use crate::add_on::AddOnRate;
use crate::hour_bands::{BandShares, HourBands};
use aftercare_kernel::period::Period;
use aftercare_kernel::region::RegionCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What work is billed at, major units; none means its cost with the policy's target margin.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct SoldRates {
    /// An hour in business hours.
    pub labour_per_hour: Option<f64>,
    /// A journey without its hours on the road.
    pub travel_per_visit: Option<f64>,
    /// Parts, as a multiple of their cost.
    pub parts_factor: Option<f64>,
}

const fn one() -> f64 {
    1.0
}

/// Costs of work in a region, in major units of the policy's currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// `rateCards/{rate_card}`; empty for the policy's defaults.
    pub rate_card: String,
    /// An hour of a technician.
    pub labour_per_hour: f64,
    /// A journey.
    pub travel_per_visit: f64,
    /// Hours on the road, which cost what labour costs.
    pub travel_hours: f64,
    /// An hour in the evening, as a multiple.
    pub evening_factor: f64,
    /// An hour at the weekend, as a multiple.
    pub weekend_factor: f64,
    /// An hour on a public holiday, as a multiple.
    pub holiday_factor: f64,
    /// Readiness per asset and year by promised response in hours, ascending; at least one entry.
    pub readiness: Vec<(f64, f64)>,
    /// A planned visit, all in; none means labour and journey.
    pub planned_visit: Option<f64>,
    /// Cost inflation a year; none means the policy's.
    pub inflation: Option<f64>,
    /// Add-ons that are sold, each once.
    #[serde(default)]
    pub add_ons: Vec<AddOnRate>,
    /// What work is billed at.
    #[serde(default)]
    pub sold: SoldRates,
    /// What parts count, as a multiple of their cost.
    #[serde(default = "one")]
    pub parts_factor: f64,
    /// Share of failures in each band of hours, from a calendar; none by the policy's share outside business hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<BandShares>,
}

impl Rates {
    /// A journey with the hours on the road.
    #[must_use]
    pub fn journey(&self) -> f64 {
        self.travel_per_visit + self.travel_hours * self.labour_per_hour
    }

    /// Readiness for a promised response, per asset and year: between two known promises by a power of the response time,
    /// beyond them by `exponent` (shorter is dearer).
    #[must_use]
    pub fn readiness_cost(&self, response_hours: f64, exponent: f64) -> f64 {
        let above = self.readiness.partition_point(|(hours, _)| *hours < response_hours);
        let beyond = |(hours, cost): (f64, f64)| cost * (hours / response_hours).powf(exponent);
        match (above.checked_sub(1).and_then(|i| self.readiness.get(i)), self.readiness.get(above))
        {
            (Some(&low), Some(&high)) => between(low, high, response_hours),
            (Some(&last), None) => beyond(last),
            (None, Some(&first)) => beyond(first),
            (None, None) => 0.0,
        }
    }
}

fn between(low: (f64, f64), high: (f64, f64), hours: f64) -> f64 {
    let part = (hours / low.0).ln() / (high.0 / low.0).ln();
    if low.1 <= 0.0 || high.1 <= 0.0 {
        return low.1 + part * (high.1 - low.1);
    }
    (low.1.ln() + part * (high.1.ln() - low.1.ln())).exp()
}

/// Where and when rates hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateCard {
    /// The region; none is everywhere.
    pub region: Option<RegionCode>,
    /// When it holds; none is always.
    pub period: Option<Period>,
    /// Its calendar of hours; none is the policy's.
    pub hours: Option<HourBands>,
    /// The costs.
    pub rates: Rates,
}

/// The card that holds in a region on a day: the nearest region wins, then the latest start, then the name.
#[must_use]
pub fn nearest<'a>(
    cards: &'a [RateCard],
    region: Option<&RegionCode>,
    day: Date,
) -> Option<&'a RateCard> {
    cards
        .iter()
        .filter(|card| card.period.is_none_or(|period| period.contains(day)))
        .filter_map(|card| match (&card.region, region) {
            (None, _) => Some((0, card)),
            (Some(own), Some(region)) if own.contains(region) => Some((depth(own), card)),
            (Some(_), _) => None,
        })
        .max_by(|(a, x), (b, y)| {
            let start = |card: &RateCard| card.period.map(|period| period.start());
            a.cmp(b)
                .then_with(|| start(x).cmp(&start(y)))
                .then_with(|| y.rates.rate_card.cmp(&x.rates.rate_card))
        })
        .map(|(_, card)| card)
}

fn depth(region: &RegionCode) -> usize {
    let mut depth = 1;
    let mut at = region.parent();
    while let Some(parent) = at {
        depth += 1;
        at = parent.parent();
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn rates(name: &str) -> Rates {
        Rates {
            rate_card: name.to_owned(),
            labour_per_hour: 100.0,
            travel_per_visit: 50.0,
            travel_hours: 0.5,
            evening_factor: 1.5,
            weekend_factor: 2.0,
            holiday_factor: 3.0,
            readiness: vec![(4.0, 2000.0), (8.0, 1400.0), (24.0, 600.0), (72.0, 200.0)],
            planned_visit: None,
            inflation: None,
            add_ons: Vec::new(),
            sold: SoldRates::default(),
            parts_factor: 1.0,
            bands: None,
        }
    }

    fn card(name: &str, region: &str, from: Date) -> RateCard {
        RateCard {
            region: RegionCode::parse(region).ok(),
            period: Period::new(from, None).ok(),
            hours: None,
            rates: rates(name),
        }
    }

    #[test]
    fn the_nearest_card_in_force_holds() {
        let cards = [
            card("everywhere", "", date(2020, 1, 1)),
            card("zhejiang-old", "330000", date(2020, 1, 1)),
            card("zhejiang", "330000", date(2025, 1, 1)),
            card("jiangxi", "360000", date(2020, 1, 1)),
        ];
        let found = |region: &str, day| {
            let region = RegionCode::parse(region).ok();
            nearest(&cards, region.as_ref(), day).map(|card| card.rates.rate_card.as_str())
        };
        assert_eq!(found("330100", date(2026, 1, 1)), Some("zhejiang"));
        assert_eq!(found("330100", date(2024, 1, 1)), Some("zhejiang-old"));
        assert_eq!(found("110000", date(2024, 1, 1)), Some("everywhere"));
        assert_eq!(found("", date(2024, 1, 1)), Some("everywhere"));
        assert_eq!(found("330100", date(2019, 1, 1)), None);
    }

    #[test]
    fn known_promises_cost_what_the_card_says() {
        for (hours, cost) in [(4.0, 2000.0), (8.0, 1400.0), (24.0, 600.0), (72.0, 200.0)] {
            assert!((rates("a").readiness_cost(hours, 0.5) - cost).abs() < 1e-9);
        }
        assert!((rates("a").readiness_cost(1.0, 0.5) - 4000.0).abs() < 1e-9);
        assert_eq!(rates("a").journey(), 100.0);
    }

    proptest! {
        #[test]
        fn a_longer_response_is_never_dearer(a in 1.0_f64..700.0, b in 1.0_f64..700.0) {
            let (short, long) = (a.min(b), a.max(b));
            prop_assert!(rates("a").readiness_cost(short, 0.5) + 1e-9 >= rates("a").readiness_cost(long, 0.5));
        }
    }
}
