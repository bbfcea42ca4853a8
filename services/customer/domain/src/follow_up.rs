//! Follow-ups: when to get in touch, by which way, and when not to.

mod cadence;
mod plan;
mod planned;
mod rule;
mod shipped;
#[cfg(test)]
mod tests;

pub use cadence::Cadence;
pub use plan::{Around, Candidate, Decision, Reach, decide, leave, way};
pub use planned::{Cause, next_round, planned_id};
pub use rule::{EARLIEST, FollowUpRule, LATEST};
pub use shipped::shipped_rules;

use crate::contact::ContactChannel;
use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::resource_id;
use aftercare_kernel::words;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

resource_id! {
    /// The id of a follow-up.
    FollowUpId
}

resource_id! {
    /// The id of a rule.
    FollowUpRuleId
}

words! {
    /// What a contact is for.
    FollowUpKind {
        /// Thanks after delivery.
        ThankYou = "THANK_YOU",
        /// Does it work.
        InstallationCheck = "INSTALLATION_CHECK",
        /// Training.
        Training = "TRAINING",
        /// Is the customer content.
        SatisfactionCall = "SATISFACTION_CALL",
        /// May we quote you.
        TestimonialRequest = "TESTIMONIAL_REQUEST",
        /// The next purchase.
        RePurchase = "RE_PURCHASE",
        /// Why not, and when again.
        LostDeal = "LOST_DEAL",
        /// Monthly visit by staff.
        StaffVisit = "STAFF_VISIT",
        /// Half-yearly visit by management.
        ManagementVisit = "MANAGEMENT_VISIT",
        /// Birthdays and festivals.
        Greeting = "GREETING",
        /// After a case.
        CaseFollowUp = "CASE_FOLLOW_UP",
        /// Guidance in use.
        UsageGuidance = "USAGE_GUIDANCE",
    }
}

impl FollowUpKind {
    /// Whether the customer asked for it by its own case: do-not-disturb does not hold it back.
    #[must_use]
    pub const fn is_asked_for(self) -> bool {
        matches!(self, Self::CaseFollowUp)
    }

    /// Whether it would be out of place while a complaint is open.
    #[must_use]
    pub const fn waits_for_complaints(self) -> bool {
        matches!(
            self,
            Self::ThankYou
                | Self::SatisfactionCall
                | Self::TestimonialRequest
                | Self::RePurchase
                | Self::Greeting
        )
    }
}

words! {
    /// What starts a follow-up.
    FollowUpTrigger {
        /// Goods were delivered.
        Delivered = "DELIVERED",
        /// A machine was commissioned.
        Commissioned = "COMMISSIONED",
        /// A work order was completed.
        WorkOrderCompleted = "WORK_ORDER_COMPLETED",
        /// A case is being verified.
        CaseVerifying = "CASE_VERIFYING",
        /// A deal was lost.
        DealLost = "DEAL_LOST",
        /// The calendar alone.
        Periodic = "PERIODIC",
        /// A contact's birthday.
        Birthday = "BIRTHDAY",
        /// A festival.
        Festival = "FESTIVAL",
    }
}

impl FollowUpTrigger {
    /// Whether the day is the reason: a greeting whose days are closed is made up for on the next open one.
    #[must_use]
    pub const fn keeps_its_day(self) -> bool {
        matches!(self, Self::Birthday | Self::Festival)
    }
}

words! {
    /// Where a contact stands.
    FollowUpState {
        /// Will be done.
        Planned = "PLANNED",
        /// Was done.
        Done = "DONE",
        /// Was not done, for a reason.
        Suppressed = "SUPPRESSED",
        /// Is no longer wanted.
        Cancelled = "CANCELLED",
    }
}

words! {
    /// Why a contact was not made.
    SuppressionReason {
        /// The person wants no contact.
        DoNotDisturb = "DO_NOT_DISTURB",
        /// No open date was left.
        QuietHours = "QUIET_HOURS",
        /// No channel may be used.
        ChannelBanned = "CHANNEL_BANNED",
        /// There were enough contacts lately.
        FrequencyCap = "FREQUENCY_CAP",
        /// Nobody to reach.
        NoContact = "NO_CONTACT",
        /// A complaint is open.
        OpenComplaint = "OPEN_COMPLAINT",
        /// The same contact was made already.
        Duplicate = "DUPLICATE",
    }
}

words! {
    /// What came of a contact.
    FollowUpResult {
        /// Content.
        Positive = "POSITIVE",
        /// Neither.
        Neutral = "NEUTRAL",
        /// Not content.
        Negative = "NEGATIVE",
        /// Nobody answered.
        NotReached = "NOT_REACHED",
    }
}

/// A check, and what it saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name.
    pub check: String,
    /// Whether it allowed the contact.
    pub passed: bool,
    /// What it saw.
    pub detail: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// In a word.
    pub result: FollowUpResult,
    /// In words.
    pub note: String,
    /// When to try again.
    pub next: Option<Date>,
    /// Why the deal was lost.
    pub lost_reason: String,
    /// What to say the next time.
    pub new_argument: String,
    /// When it was recorded.
    pub recorded: Timestamp,
}

/// What a lost deal is taken up again with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReApproach {
    /// The id of the contact before.
    pub follow_up: String,
    /// Why the deal was lost.
    pub lost_reason: String,
    /// What to say this time.
    pub new_argument: String,
    /// The date that was agreed, or that the rule gives.
    pub date: Date,
}

/// One contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// What it is for.
    pub kind: FollowUpKind,
    /// The rule's id; empty if no rule planned it.
    pub rule: String,
    /// The contact's id; empty if nobody can be reached.
    pub contact: String,
    /// By which way.
    pub channel: Option<ContactChannel>,
    /// `employees/{employee}` who does it.
    pub owner: String,
    /// When.
    pub due: Timestamp,
    /// What it is about.
    pub subject: String,
    /// The date that its days are counted from.
    #[serde(default)]
    pub base: Option<Date>,
    /// Where it stands.
    pub state: FollowUpState,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// Why it was suppressed.
    pub suppressed: Option<SuppressionReason>,
    /// When leave was given.
    pub begun: Option<Timestamp>,
    /// Why it was cancelled.
    pub cancel_reason: String,
    /// Whether holidays of its year are not known.
    pub provisional: bool,
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// What the contact before left for it, where it takes a lost deal up again.
    #[serde(default)]
    pub re_approach: Option<ReApproach>,
}

/// Why a follow-up cannot go on so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FollowUpError {
    /// The state does not lead there.
    #[error("a follow-up that is {state} cannot be {verb}")]
    IllegalMove {
        /// The present state.
        state: FollowUpState,
        /// What was asked for.
        verb: &'static str,
    },
    /// Nobody gave leave.
    #[error("leave to make the contact was not given; begin it first")]
    NotBegun,
    /// It is night or a holiday there.
    #[error("it is {local} there; contacts are made on open dates from {earliest} to {latest}")]
    QuietNow {
        /// The local time of the contact.
        local: String,
        /// From when.
        earliest: Time,
        /// Until when.
        latest: Time,
    },
}

impl Fault for FollowUpError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::IllegalMove { .. } => "ILLEGAL_FOLLOW_UP_MOVE",
            Self::NotBegun => "FOLLOW_UP_NOT_BEGUN",
            Self::QuietNow { .. } => "FOLLOW_UP_QUIET_NOW",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::IllegalMove { state, verb } => {
                vec![("state", state.to_string()), ("move", (*verb).to_owned())]
            }
            Self::NotBegun => Vec::new(),
            Self::QuietNow { local, earliest, latest } => vec![
                ("local", local.clone()),
                ("earliest", earliest.to_string()),
                ("latest", latest.to_string()),
            ],
        }
    }
}

impl FollowUp {
    /// Whether something can still be done with it.
    ///
    /// # Errors
    /// [`FollowUpError::IllegalMove`].
    pub fn check_planned(&self, verb: &'static str) -> Result<(), FollowUpError> {
        if self.state == FollowUpState::Planned {
            Ok(())
        } else {
            Err(FollowUpError::IllegalMove { state: self.state, verb })
        }
    }

    /// Records what came of it. Without leave there was no contact that could have had an outcome.
    ///
    /// # Errors
    /// [`FollowUpError`].
    pub fn complete(&mut self, outcome: Outcome) -> Result<(), FollowUpError> {
        self.check_planned("completed")?;
        if self.begun.is_none() {
            return Err(FollowUpError::NotBegun);
        }
        (self.state, self.outcome) = (FollowUpState::Done, Some(outcome));
        Ok(())
    }

    /// What it leaves for the contact that takes the lost deal up again; none of one that lost none. What it does not say
    /// itself, as when nobody was reached, is what the contact before left for it.
    #[must_use]
    pub fn leaves(&self, id: &str, date: Date) -> Option<ReApproach> {
        let outcome = self.outcome.as_ref().filter(|_| self.kind == FollowUpKind::LostDeal)?;
        let before = self.re_approach.as_ref();
        let said = |own: &str, kept: Option<&String>| match own.trim() {
            "" => kept.cloned().unwrap_or_default(),
            own => own.to_owned(),
        };
        Some(ReApproach {
            follow_up: id.to_owned(),
            lost_reason: said(&outcome.lost_reason, before.map(|before| &before.lost_reason)),
            new_argument: said(&outcome.new_argument, before.map(|before| &before.new_argument)),
            date,
        })
    }

    /// Gives it up.
    ///
    /// # Errors
    /// [`FollowUpError::IllegalMove`].
    pub fn cancel(&mut self, reason: &str) -> Result<(), FollowUpError> {
        self.check_planned("cancelled")?;
        (self.state, self.cancel_reason) = (FollowUpState::Cancelled, reason.to_owned());
        Ok(())
    }
}
