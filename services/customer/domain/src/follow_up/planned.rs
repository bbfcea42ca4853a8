//! A follow-up as the planner makes it, and again once what held it back is gone.

use super::plan::note;
use super::{
    Decision, FollowUp, FollowUpKind, FollowUpState, ReApproach, Reach, SuppressionReason,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// What a contact is planned from.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// What it is for.
    pub kind: FollowUpKind,
    /// The rule's id; empty if no rule plans it.
    pub rule: &'a str,
    /// `employees/{employee}` who does it.
    pub owner: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// The date that its days are counted from.
    pub base: Date,
}

/// The id of what a rule plans for a subject and date: the same again when it is planned again.
#[must_use]
pub fn planned_id(rule: &str, customer: &str, subject: &str, base: Date) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(format!("{rule}\n{customer}\n{subject}\n{base}"));
    let mut id = hex::encode(digest);
    id.truncate(40);
    id
}

impl FollowUp {
    /// The follow-up that a decision makes.
    #[must_use]
    pub fn planned(cause: &Cause<'_>, decision: Decision) -> Self {
        let (contact, channel) = match decision.reach {
            Some(Reach { contact, channel }) => (contact, Some(channel)),
            None => (String::new(), None),
        };
        let held = decision.suppressed.is_some();
        Self {
            kind: cause.kind,
            rule: cause.rule.to_owned(),
            contact,
            channel,
            owner: cause.owner.to_owned(),
            due: decision.due,
            subject: cause.subject.to_owned(),
            base: Some(cause.base),
            state: if held { FollowUpState::Suppressed } else { FollowUpState::Planned },
            outcome: None,
            suppressed: decision.suppressed,
            begun: None,
            cancel_reason: String::new(),
            provisional: decision.provisional,
            checks: decision.checks,
            re_approach: None,
        }
    }

    /// It, with what the contact before left for it, as its explanation says.
    #[must_use]
    pub fn carrying(mut self, left: Option<ReApproach>) -> Self {
        if let Some(left) = &left {
            let argument = match left.new_argument.as_str() {
                "" => "no new argument".to_owned(),
                argument => format!("new argument: {argument}"),
            };
            let seen = format!("lost for: {}; {argument}; on {}", left.lost_reason, left.date);
            note(&mut self.checks, "re_approach", true, seen);
        }
        self.re_approach = left;
        self
    }

    /// Whether the rule planned it for that subject and date, whoever the customer was by then.
    #[must_use]
    pub fn is_of(&self, rule: &str, subject: &str, base: Date) -> bool {
        !rule.is_empty() && self.rule == rule && self.subject == subject && self.base == Some(base)
    }

    /// Whether another contact of the same rule and cause was made: two customers that became one can have two.
    #[must_use]
    pub fn was_made_by(&self, other: &Self) -> bool {
        other.begun.is_some()
            && self.base.is_some_and(|base| other.is_of(&self.rule, &self.subject, base))
    }

    /// Holds it back at the moment of sending.
    pub fn hold_back(&mut self, reason: SuppressionReason, seen: &str) {
        note(&mut self.checks, &reason.to_string().to_ascii_lowercase(), false, seen);
        (self.state, self.suppressed) = (FollowUpState::Suppressed, Some(reason));
    }

    /// Whether it was held back for what may pass, and its days, at most `max_days` after their first, are not over.
    #[must_use]
    pub fn may_be_asked_again(&self, max_days: u16, today: Date) -> bool {
        let passing = self.suppressed.is_some_and(|reason| reason != SuppressionReason::Duplicate);
        let last = self.base.map(|base| base.checked_add(Span::new().days(i32::from(max_days))));
        self.state == FollowUpState::Suppressed
            && passing
            && last.is_some_and(|last| last.is_ok_and(|last| today <= last))
    }

    /// Whether a person asked for it while a complaint was open.
    #[must_use]
    pub fn waits_by_hand(&self) -> bool {
        self.rule.is_empty() && self.suppressed == Some(SuppressionReason::OpenComplaint)
    }

    /// The one contact that it is for: of a birthday the person whose it is, of a person's wish who was reached by it.
    #[must_use]
    pub fn only(&self) -> Option<&str> {
        let birthday = || Some(self.subject.split_once("/contacts/")?.1);
        match (self.rule.as_str(), self.contact.as_str()) {
            ("", "") => None,
            ("", contact) => Some(contact),
            _ => birthday(),
        }
    }

    /// It, planned after all: the checks that held it back stay before the new ones. None while it is held back.
    #[must_use]
    pub fn asked_again(&self, decision: Decision, now: Timestamp) -> Option<Self> {
        let reason = self.suppressed.filter(|_| decision.suppressed.is_none())?;
        let Reach { contact, channel } = decision.reach?;
        let mut checks = self.checks.clone();
        note(
            &mut checks,
            "asked_again",
            true,
            format!("was held back by {reason}; asked again at {now}"),
        );
        checks.extend(decision.checks);
        Some(Self {
            contact,
            channel: Some(channel),
            due: decision.due,
            state: FollowUpState::Planned,
            suppressed: None,
            provisional: decision.provisional,
            checks,
            ..self.clone()
        })
    }
}

/// When the daily round comes next: the first moment of the next date of the zone.
#[must_use]
pub fn next_round(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let date = now.to_zoned(zone.clone()).date().tomorrow().unwrap_or(Date::MAX);
    date.to_zoned(zone.clone()).map_or(Timestamp::MAX, |start| start.timestamp())
}
