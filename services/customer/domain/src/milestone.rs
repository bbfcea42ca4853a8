//! Milestones: what a clock measures, its terms, and the defaults of practice.

use crate::instant::Elapsed;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::words;
use serde::{Deserialize, Serialize};

words! {
    /// What a clock measures.
    Milestone {
        /// The customer knows that we know.
        Acknowledge = "ACKNOWLEDGE",
        /// The first answer of substance.
        FirstReply = "FIRST_REPLY",
        /// An answer to each further message.
        NextReply = "NEXT_REPLY",
        /// What happened is found out.
        Investigation = "INVESTIGATION",
        /// The customer has a proposal.
        Proposal = "PROPOSAL",
        /// The customer hears how it stands.
        PeriodicUpdate = "PERIODIC_UPDATE",
        /// The matter is settled.
        Resolution = "RESOLUTION",
        /// The customer says so.
        CustomerConfirmation = "CUSTOMER_CONFIRMATION",
        /// An engineer is on site.
        OnSite = "ON_SITE",
        /// The result of an oil or material sample.
        SampleResult = "SAMPLE_RESULT",
        /// A call back.
        Callback = "CALLBACK",
        /// An order has left.
        Shipment = "SHIPMENT",
        /// A training was held.
        Training = "TRAINING",
        /// Promotion support was given.
        PromotionSupport = "PROMOTION_SUPPORT",
        /// A new dealer was supplied.
        DealerSupply = "DEALER_SUPPLY",
        /// Guidance in use was given.
        UsageGuidance = "USAGE_GUIDANCE",
    }
}

words! {
    /// What can start or stop a clock.
    Occurrence {
        /// The case was opened.
        CaseOpened = "CASE_OPENED",
        /// It was acknowledged.
        Acknowledged = "ACKNOWLEDGED",
        /// The customer wrote or called.
        CustomerMessage = "CUSTOMER_MESSAGE",
        /// We answered.
        Replied = "REPLIED",
        /// A finding was recorded.
        Investigated = "INVESTIGATED",
        /// A proposal was offered to the customer.
        Proposed = "PROPOSED",
        /// The customer was told how it stands.
        Updated = "UPDATED",
        /// The remedy was carried out.
        Resolved = "RESOLVED",
        /// The customer confirmed.
        CustomerConfirmed = "CUSTOMER_CONFIRMED",
        /// The case was closed.
        Closed = "CLOSED",
        /// The case was opened again.
        Reopened = "REOPENED",
        /// The engineer arrived.
        ArrivedOnSite = "ARRIVED_ON_SITE",
        /// The sample arrived.
        SampleReceived = "SAMPLE_RECEIVED",
        /// The result was sent.
        SampleReported = "SAMPLE_REPORTED",
        /// A call came in.
        CallReceived = "CALL_RECEIVED",
        /// The customer was called back.
        CalledBack = "CALLED_BACK",
        /// Payment arrived.
        PaymentReceived = "PAYMENT_RECEIVED",
        /// The order left.
        Shipped = "SHIPPED",
        /// A training was asked for.
        TrainingRequested = "TRAINING_REQUESTED",
        /// The training was held.
        Trained = "TRAINED",
        /// A dealer was appointed.
        DealerAppointed = "DEALER_APPOINTED",
        /// The dealer was supplied.
        DealerSupplied = "DEALER_SUPPLIED",
        /// Promotion support was asked for.
        PromotionRequested = "PROMOTION_REQUESTED",
        /// It was given.
        PromotionSupported = "PROMOTION_SUPPORTED",
        /// A direct account was opened.
        AccountOpened = "ACCOUNT_OPENED",
        /// Guidance in use was given.
        Guided = "GUIDED",
    }
}

words! {
    /// What a target counts; never mixed.
    TimeUnit {
        /// Elapsed time.
        ClockTime = "CLOCK_TIME",
        /// Elapsed time within business hours.
        BusinessTime = "BUSINESS_TIME",
        /// Open dates of the calendar, at the same local time.
        BusinessDays = "BUSINESS_DAYS",
        /// Local dates, at the same local time.
        CalendarDays = "CALENDAR_DAYS",
    }
}

/// How much of which unit is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Elapsed time.
    ClockTime(Elapsed),
    /// Elapsed time within business hours.
    BusinessTime(Elapsed),
    /// The n-th later open date at the same local time, then the next open moment.
    BusinessDays(u32),
    /// The n-th later local date at the same local time.
    CalendarDays(u32),
}

impl Target {
    /// The most days that a target can have: about 100 years.
    pub const MAX_DAYS: u32 = 36_500;

    /// What it counts.
    #[must_use]
    pub const fn unit(self) -> TimeUnit {
        match self {
            Self::ClockTime(_) => TimeUnit::ClockTime,
            Self::BusinessTime(_) => TimeUnit::BusinessTime,
            Self::BusinessDays(_) => TimeUnit::BusinessDays,
            Self::CalendarDays(_) => TimeUnit::CalendarDays,
        }
    }

    /// The span of a target in time; none for days.
    #[must_use]
    pub const fn span(self) -> Option<Elapsed> {
        match self {
            Self::ClockTime(span) | Self::BusinessTime(span) => Some(span),
            Self::BusinessDays(_) | Self::CalendarDays(_) => None,
        }
    }
}

/// When a warning or escalation fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// This percent of the target is used; above 100 is after the breach.
    PercentElapsed(u16),
    /// So much of the target is left.
    TimeLeft(Elapsed),
    /// So long after the deadline, in counted time.
    TimeOver(Elapsed),
}

/// A warning or escalation; fires once for each clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationLevel {
    /// Its name.
    pub level: String,
    /// When it fires.
    pub trigger: Trigger,
    /// Roles or employees to tell.
    pub notify: Vec<String>,
}

/// One promise: which clock runs from what to what, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MilestoneTerms {
    /// What is measured.
    pub milestone: Milestone,
    /// Starts the clock.
    pub start: Occurrence,
    /// Any of these stops it.
    pub stops: Vec<Occurrence>,
    /// Reasons that pause it.
    pub pause_reasons: Vec<String>,
    /// The id of the calendar whose hours and zone are used.
    pub calendar: String,
    /// What is promised.
    pub target: Target,
    /// The department's promise within ours, of the same unit.
    pub internal: Option<Target>,
    /// Warnings and escalations.
    pub levels: Vec<EscalationLevel>,
}

impl MilestoneTerms {
    /// Which escalation a level is, from 0: a level that becomes true when the target is used up or later. None for a warning.
    #[must_use]
    pub fn escalation(&self, level: &str) -> Option<usize> {
        let late = |level: &&EscalationLevel| match level.trigger {
            Trigger::PercentElapsed(percent) => percent >= 100,
            Trigger::TimeLeft(_) => false,
            Trigger::TimeOver(_) => true,
        };
        self.levels.iter().filter(late).position(|known| known.level == level)
    }

    /// Whether every start event begins a new run, as a reply to each message does.
    #[must_use]
    pub fn restarts_on_start(&self) -> bool {
        self.milestone == Milestone::NextReply
    }

    /// Whether a stop begins the next run, as each update promises the next; closing ends it.
    #[must_use]
    pub fn restarts_on_stop(&self, stop: Occurrence) -> bool {
        self.milestone == Milestone::PeriodicUpdate && stop != Occurrence::Closed
    }

    /// The same terms with a stricter target on another calendar; the department's promise stays where it nests in it.
    #[must_use]
    pub fn promising(&self, target: Target, calendar: String) -> Self {
        let nests = |internal: &Target| {
            internal.unit() == target.unit()
                && self.calendar == calendar
                && amount(*internal) <= amount(target)
        };
        let internal = self.internal.filter(nests);
        Self { target, calendar, internal, ..self.clone() }
    }

    /// Notes what is wrong with the terms.
    pub fn check(&self, wrong: &mut Violations) {
        if self.stops.is_empty() {
            wrong.add("stop_events", "needs at least one");
        }
        if self.stops.contains(&self.start) && !self.restarts_on_stop(self.start) {
            wrong.add("stop_events", "must not contain the start event");
        }
        if let Some(internal) = self.internal {
            if internal.unit() != self.target.unit() {
                wrong.add("internal_target", "must have the unit of the target");
            } else if amount(internal) > amount(self.target) {
                wrong.add(
                    "internal_target",
                    "must not end after the target: the promises must nest",
                );
            }
        }
        for (i, level) in self.levels.iter().enumerate() {
            let earlier = self.levels.iter().take(i).any(|other| other.level == level.level);
            if level.level.is_empty() || earlier {
                wrong.add(&format!("levels[{i}].level"), "must be a name that no other level has");
            }
            if matches!(level.trigger, Trigger::PercentElapsed(percent) if !(1..=1000).contains(&percent))
            {
                wrong.add(&format!("levels[{i}].percent_elapsed"), "must be between 1 and 1000");
            }
        }
    }
}

/// Comparable within one unit only.
fn amount(target: Target) -> i64 {
    match target {
        Target::ClockTime(span) | Target::BusinessTime(span) => span.nanos(),
        Target::BusinessDays(days) | Target::CalendarDays(days) => i64::from(days),
    }
}
