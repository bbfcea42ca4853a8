//! What a family's model is fitted on: machines from the day observation began, with the failures seen since.

use crate::store::evidence::{FailureDoc, MachineDoc, failure, machine};
use aftercare_kernel::currency::Currency;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::covariate::{Levels, duty_band};
use aftercare_pricing_domain::failure_model::{
    DAYS_PER_YEAR, Failure, Flag, MachineEvidence, RepairCost, age_years,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

/// From which day to which day, half-open, and in which currency costs count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub start: Date,
    pub end: Date,
    pub currency: Currency,
}

/// The evidence with what was left out of it.
#[derive(Debug, Default)]
pub(super) struct Observed {
    pub evidence: Vec<MachineEvidence>,
    pub flags: BTreeSet<Flag>,
}

/// Machines that worked within the window: truncated at its start, censored at its end or at retirement.
pub(super) fn observe(
    machines: &[machine::Model],
    failures: &[failure::Model],
    window: Window,
) -> Result<Observed, StoreError> {
    let mut by_asset: BTreeMap<&str, Vec<&failure::Model>> = BTreeMap::new();
    for row in failures {
        by_asset.entry(&row.asset).or_default().push(row);
    }
    let mut observed = Observed::default();
    for row in machines {
        let doc = row.document()?;
        let Some(commissioned) = doc.commissioned else {
            observed.flags.insert(Flag::MachinesLeftOut);
            continue;
        };
        let from = window.start.max(commissioned);
        let to = doc.decommissioned.map_or(window.end, |retired| retired.min(window.end));
        if to <= from {
            continue;
        }
        let (entry, exit) = (age_years(commissioned, from), age_years(commissioned, to));
        let mut seen = Vec::new();
        for failure in by_asset.get(row.id.as_str()).into_iter().flatten() {
            let age = age_of(failure, commissioned)?;
            let retired = doc.decommissioned.map(|day| age_years(commissioned, day));
            // On the day of its retirement a machine may still fail.
            if age <= 0.0 || retired.is_some_and(|retired| age > retired + 1.0 / DAYS_PER_YEAR) {
                observed.flags.insert(Flag::FailuresLeftOut);
            }
            if age <= entry || age > exit {
                continue;
            }
            let cost = cost_of(&failure.document()?, window.currency, &mut observed.flags);
            seen.push(Failure { mode: failure.failure_mode.clone(), age, cost });
        }
        let levels = levels(row, &doc);
        observed.evidence.push(MachineEvidence { levels, entry, exit, failures: seen });
    }
    Ok(observed)
}

/// The circumstances of a machine.
pub(super) fn levels(row: &machine::Model, doc: &MachineDoc) -> Levels {
    let region = RegionCode::parse(&row.region_code).map(|region| region.province().to_string());
    Levels {
        environment: row.environment.clone(),
        region: region.unwrap_or_default(),
        duty: duty_band(doc.duty_hours).to_owned(),
    }
}

/// Age in years at the failure. The zone of a commissioning day is not known: a failure within the day before its
/// midnight (UTC) is one of the first day.
fn age_of(row: &failure::Model, commissioned: Date) -> Result<f64, StoreError> {
    let start = commissioned
        .to_zoned(TimeZone::UTC)
        .map_err(|cause| StoreError::corrupt("pricing_machine", cause))?;
    let micros = row.failure_time.saturating_sub(start.timestamp().as_microsecond());
    let days = micros as f64 / 86_400e6;
    let days = if days > -1.0 && days <= 0.0 { 0.5 } else { days };
    Ok(days / DAYS_PER_YEAR)
}

/// What a repair took; none if that is not known in the currency. An amount that is not given beside another is none.
fn cost_of(doc: &FailureDoc, currency: Currency, flags: &mut BTreeSet<Flag>) -> Option<RepairCost> {
    let labour_hours = doc.labour_hours.filter(|hours| hours.is_finite() && *hours >= 0.0)?;
    if doc.parts_micros.is_none() && doc.travel_micros.is_none() {
        return None;
    }
    if doc.currency != currency.code() {
        flags.insert(Flag::CostsLeftOut);
        return None;
    }
    let major = |micros: Option<i64>| (micros.unwrap_or(0).max(0) as f64) / 1e6;
    Some(RepairCost {
        labour_hours,
        parts: major(doc.parts_micros),
        travel: major(doc.travel_micros),
    })
}
