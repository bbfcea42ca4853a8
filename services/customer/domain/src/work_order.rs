//! Work orders: what failed, why, and what it took.

use crate::customer::{ExternalKey, external_keys};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::Money;
use aftercare_kernel::region::RegionCode;
use aftercare_kernel::resource_id;
use aftercare_kernel::words;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

resource_id! {
    /// The id of a work order.
    WorkOrderId
}

words! {
    /// What kind of work an order is.
    WorkOrderKind {
        /// After a failure.
        Repair = "REPAIR",
        /// Planned maintenance.
        Preventive = "PREVENTIVE",
        /// A look, a sample, a test.
        Inspection = "INSPECTION",
        /// First start.
        Commissioning = "COMMISSIONING",
        /// Major overhaul.
        Overhaul = "OVERHAUL",
        /// A field action.
        Campaign = "CAMPAIGN",
    }
}

words! {
    /// Where a work order stands.
    WorkOrderState {
        /// Not begun.
        Planned = "PLANNED",
        /// In work.
        Started = "STARTED",
        /// Done.
        Completed = "COMPLETED",
        /// Confirmed by the customer or a second person.
        Verified = "VERIFIED",
        /// Will not be done.
        Cancelled = "CANCELLED",
    }
}

/// A part that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartUsage {
    /// `parts/{part}`.
    pub part: String,
    /// The part in words.
    pub part_name: String,
    /// Lot of the part put in.
    pub lot: String,
    /// Lot of the part taken out.
    pub removed_lot: String,
    /// How many.
    pub quantity: Decimal,
    /// Cost of one.
    pub unit_cost: Option<Money>,
}

/// A piece of work on a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkOrder {
    /// One line.
    pub display_name: String,
    /// `cases/{case}`.
    pub case: String,
    /// What kind.
    pub kind: WorkOrderKind,
    /// Code of the failure.
    pub failure_mode: String,
    /// The failure in words.
    pub failure_mode_name: String,
    /// Cause as found.
    pub cause: String,
    /// What was done.
    pub remedy: String,
    /// Parts used.
    pub parts: Vec<PartUsage>,
    /// `employees/{employee}`.
    pub engineer: String,
    /// When the failure was reported.
    pub reported: Option<Timestamp>,
    /// When work began.
    pub started: Option<Timestamp>,
    /// When it was finished.
    pub completed: Option<Timestamp>,
    /// Hours of labour.
    pub labour_hours: Option<Decimal>,
    /// Those of them on working days in the evening or at night.
    pub evening_hours: Option<Decimal>,
    /// Those of them at the weekend.
    pub weekend_hours: Option<Decimal>,
    /// Those of them on public holidays.
    pub holiday_hours: Option<Decimal>,
    /// Hours of travel.
    pub travel_hours: Option<Decimal>,
    /// Kilometres travelled.
    pub travel_distance_km: Option<Decimal>,
    /// Hours for which the machine stood.
    pub downtime_hours: Option<Decimal>,
    /// The hour meter.
    pub operating_hours: Option<Decimal>,
    /// At cost.
    pub labour_cost: Option<Money>,
    /// At cost.
    pub parts_cost: Option<Money>,
    /// At cost.
    pub travel_cost: Option<Money>,
    /// Where it was done.
    pub region: Option<RegionCode>,
    /// Whether warranty paid.
    pub under_warranty: bool,
    /// `contracts/{contract}`.
    pub contract: String,
    /// Whether the first visit was enough.
    pub first_time_fix: Option<bool>,
    /// Confirmed, or given up: what dates cannot tell.
    pub verdict: Option<Verdict>,
    /// When it was confirmed.
    #[serde(default)]
    pub verified: Option<Timestamp>,
    /// Keys in other systems.
    pub external_keys: Vec<ExternalKey>,
}

/// What was said of a work order afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Confirmed.
    Verified,
    /// Given up.
    Cancelled,
}

impl WorkOrder {
    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> WorkOrderState {
        match (self.verdict, self.completed, self.started) {
            (Some(Verdict::Cancelled), _, _) => WorkOrderState::Cancelled,
            (Some(Verdict::Verified), _, _) => WorkOrderState::Verified,
            (None, Some(_), _) => WorkOrderState::Completed,
            (None, None, Some(_)) => WorkOrderState::Started,
            (None, None, None) => WorkOrderState::Planned,
        }
    }

    /// Age of the machine at the report, in days and parts of days; none when a date is missing or before the start.
    #[must_use]
    pub fn asset_age_days(&self, commissioned: Option<Date>) -> Option<Decimal> {
        let at = self.reported.or(self.started).or(self.completed)?;
        let begin = commissioned?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
        let seconds = at.duration_since(begin).as_secs();
        (seconds >= 0).then(|| (Decimal::from(seconds) / Decimal::from(86_400)).round_dp(4))
    }

    /// Notes what is wrong with the parts that types cannot tell.
    pub fn check(&self, wrong: &mut Violations) {
        if self.kind == WorkOrderKind::Repair
            && self.completed.is_some()
            && self.failure_mode.is_empty()
        {
            wrong.add("failure_mode", "is required to complete a repair");
        }
        if self.started.zip(self.completed).is_some_and(|(start, end)| end < start) {
            wrong.add("complete_time", "is before start_time");
        }
        if self.reported.zip(self.completed).is_some_and(|(report, end)| end < report) {
            wrong.add("complete_time", "is before report_time");
        }
        let amounts = [
            ("labour_hours", self.labour_hours),
            ("evening_hours", self.evening_hours),
            ("weekend_hours", self.weekend_hours),
            ("holiday_hours", self.holiday_hours),
            ("travel_hours", self.travel_hours),
            ("travel_distance_km", self.travel_distance_km),
            ("downtime_hours", self.downtime_hours),
            ("operating_hours", self.operating_hours),
            ("labour_cost", self.labour_cost.map(|money| money.amount())),
            ("parts_cost", self.parts_cost.map(|money| money.amount())),
            ("travel_cost", self.travel_cost.map(|money| money.amount())),
        ];
        for (field, amount) in amounts {
            if amount.is_some_and(|amount| amount < Decimal::ZERO) {
                wrong.add(field, "must not be negative");
            }
        }
        let outside = [self.evening_hours, self.weekend_hours, self.holiday_hours];
        let sum =
            outside.iter().flatten().try_fold(Decimal::ZERO, |sum, own| sum.checked_add(*own));
        let told = outside.iter().any(Option::is_some);
        if told && sum.is_none_or(|sum| self.labour_hours.is_none_or(|labour| sum > labour)) {
            wrong.add(
                "labour_hours",
                "must hold the hours in the evening, at the weekend and on holidays",
            );
        }
        for (i, part) in self.parts.iter().enumerate() {
            if part.quantity <= Decimal::ZERO {
                wrong.add(&format!("parts[{i}].quantity"), "must be above 0");
            }
        }
        external_keys(&self.external_keys, wrong);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_counts_from_commissioning_to_the_report() {
        let order: WorkOrder = serde_json::from_value(serde_json::json!({
            "display_name": "", "case": "", "kind": "REPAIR", "failure_mode": "", "failure_mode_name": "", "cause": "",
            "remedy": "", "parts": [], "engineer": "", "reported": "2025-03-03T12:00:00Z",
            "completed": "2025-03-02T00:00:00Z", "labour_hours": "-1", "under_warranty": false, "contract": "",
            "external_keys": []
        }))
        .unwrap();
        let commissioned = jiff::civil::date(2025, 3, 1);
        assert_eq!(order.asset_age_days(Some(commissioned)), Some(Decimal::new(25, 1)));
        assert_eq!(order.asset_age_days(None), None);
        assert_eq!(order.asset_age_days(Some(jiff::civil::date(2026, 1, 1))), None);
        assert_eq!(order.state(), WorkOrderState::Completed);
        let mut wrong = Violations::new();
        order.check(&mut wrong);
        let found = wrong.finish().unwrap_err();
        let fields: Vec<_> = found.fields().iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["failure_mode", "complete_time", "labour_hours"]);
    }
}
