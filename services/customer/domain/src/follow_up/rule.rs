//! Rules: when to get in touch, by event and grade.

use super::{Cadence, FollowUpKind, FollowUpTrigger};
use crate::contact::ContactChannel;
use crate::customer::name;
use crate::grade::Grade;
use aftercare_kernel::fault::Violations;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};

/// When to get in touch, by event and grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpRule {
    /// The name that people use.
    pub display_name: String,
    /// What the contact is for.
    pub kind: FollowUpKind,
    /// What starts it.
    pub trigger: FollowUpTrigger,
    /// For these grades; none means all.
    pub grades: Vec<Grade>,
    /// Days after the trigger, at the earliest.
    pub min_days: u16,
    /// Days after the trigger, at the latest.
    pub max_days: u16,
    /// Of repeating contacts; none means that of the service standard of the customer's grade.
    pub cadence: Option<Cadence>,
    /// The calendar's id.
    pub calendar: String,
    /// Whether it is in use.
    pub enabled: bool,
    /// Reason of the closed dates of a festival.
    pub festival: String,
    /// From when, in the contact's zone.
    pub earliest: Time,
    /// Until when, in the contact's zone.
    pub latest: Time,
    /// Contacts with a customer within the days of the cap.
    pub cap_count: u16,
    /// The days of the cap, counted back.
    pub cap_days: u16,
    /// By which way, unless the contact prefers another.
    pub channel: ContactChannel,
}

/// 09:00.
pub const EARLIEST: Time = Time::constant(9, 0, 0, 0);
/// 20:00.
pub const LATEST: Time = Time::constant(20, 0, 0, 0);

impl FollowUpRule {
    /// A rule of a kind that says nothing else: what holds for contacts that no rule planned.
    #[must_use]
    pub fn plain(kind: FollowUpKind, channel: ContactChannel) -> Self {
        Self {
            display_name: kind.to_string(),
            kind,
            trigger: FollowUpTrigger::Periodic,
            grades: Vec::new(),
            min_days: 0,
            max_days: 30,
            cadence: None,
            calendar: "china".to_owned(),
            enabled: true,
            festival: String::new(),
            earliest: EARLIEST,
            latest: LATEST,
            cap_count: 2,
            cap_days: 7,
            channel,
        }
    }

    /// Notes what is wrong with the parts that types cannot tell.
    pub fn check(&self, wrong: &mut Violations) {
        name(&self.display_name, "display_name", wrong);
        if self.max_days < self.min_days {
            wrong.add("max_days", "must not be below min_days");
        }
        if self.max_days > 3650 {
            wrong.add("max_days", "must be at most 3650");
        }
        if self.latest <= self.earliest {
            wrong.add("latest", "must be after earliest");
        }
        let periodic = self.trigger == FollowUpTrigger::Periodic;
        if self.cadence.is_some() && !periodic {
            wrong.add("cadence", "is for the trigger PERIODIC");
        }
        if (self.trigger == FollowUpTrigger::Festival) == self.festival.trim().is_empty() {
            wrong.add("festival", "is for the trigger FESTIVAL, and required for it");
        }
    }
}
