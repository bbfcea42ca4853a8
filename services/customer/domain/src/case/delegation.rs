//! Authority lent while away: for a time, one step, never in a circle.

use super::{AuthorityLimit, authority};
use crate::case::ComplaintCategory;
use crate::grade::Grade;
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_kernel::money::Money;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest absence, days.
const MOST_DAYS: i64 = 366;

/// What somebody lends somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// Who is away.
    pub delegator: String,
    /// Who acts.
    pub delegate: String,
    /// The roles that are lent: those that the delegator held when it was made.
    pub roles: Vec<String>,
    /// From when.
    pub start: Timestamp,
    /// Until when, exclusive.
    pub end: Timestamp,
    /// Why.
    pub reason: String,
}

/// Why authority cannot be lent so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DelegationError {
    /// The delegate is away then, or the delegator acts for somebody then.
    #[error(
        "{who} is part of the delegation {other} in the same time; authority is lent one step only"
    )]
    Chain {
        /// Who stands in both.
        who: String,
        /// The other delegation's id.
        other: String,
    },
}

impl Fault for DelegationError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "DELEGATION_CHAIN"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        let Self::Chain { who, other } = self;
        vec![("who", who.clone()), ("delegation", format!("delegations/{other}"))]
    }
    fn subject(&self) -> String {
        let Self::Chain { other, .. } = self;
        format!("delegations/{other}")
    }
}

impl Delegation {
    /// Notes what is wrong with it by itself.
    pub fn check(&self, wrong: &mut Violations) {
        for (field, who) in [("delegator", &self.delegator), ("delegate", &self.delegate)] {
            if who.trim().is_empty() {
                wrong.add(field, "is required");
            }
        }
        if !self.delegate.is_empty() && self.delegate == self.delegator {
            wrong.add("delegate", "must be somebody else");
        }
        if self.end <= self.start {
            wrong.add("end_time", "must be after start_time");
        } else if self.end.duration_since(self.start) > SignedDuration::from_hours(24 * MOST_DAYS) {
            wrong.add("end_time", format!("must be within {MOST_DAYS} days of start_time"));
        }
    }

    /// Whether it holds at an instant.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether it can stand beside the others: in no instant does a delegate lend on, or a delegator act for somebody.
    ///
    /// # Errors
    /// [`DelegationError::Chain`] names the first that is in the way.
    pub fn fits<'a>(
        &self,
        others: impl IntoIterator<Item = (&'a str, &'a Self)>,
    ) -> Result<(), DelegationError> {
        for (id, other) in others {
            if self.start >= other.end || other.start >= self.end {
                continue;
            }
            let chained = [(&self.delegate, &other.delegator), (&self.delegator, &other.delegate)];
            if let Some((who, _)) = chained.into_iter().find(|(mine, theirs)| mine == theirs) {
                return Err(DelegationError::Chain { who: who.clone(), other: id.to_owned() });
            }
        }
        Ok(())
    }
}

/// A limit that somebody may use, and on whose behalf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The limit.
    pub limit: &'a AuthorityLimit,
    /// What it allows now.
    pub money: Money,
    /// Who lent it; none if it is one's own.
    pub lent_by: Option<&'a str>,
}

/// The highest limit by one's own roles and by those lent; never by those that `except` lent, who proposed what is to be
/// approved.
#[must_use]
pub fn standing<'a>(
    limits: &'a [AuthorityLimit],
    (own, lent): (&[String], &[&'a Delegation]),
    facts: (Option<ComplaintCategory>, Option<Grade>, &[String]),
    (except, now): (&str, Timestamp),
) -> Option<Standing<'a>> {
    let mine = authority(limits, own, facts, now).map(|(limit, money)| Standing {
        limit,
        money,
        lent_by: None,
    });
    let theirs = lent
        .iter()
        .filter(|delegation| delegation.holds(now) && delegation.delegator != except)
        .filter_map(|delegation| {
            let (limit, money) = authority(limits, &delegation.roles, facts, now)?;
            Some(Standing { limit, money, lent_by: Some(&delegation.delegator) })
        });
    // of equal limits one's own: authority is borrowed only where it is needed
    mine.into_iter()
        .chain(theirs)
        .reduce(|best, other| if other.money.amount() > best.money.amount() { other } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::default_limits;

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + day * 86_400).unwrap()
    }

    fn lent(delegator: &str, delegate: &str, from: i64, to: i64) -> Delegation {
        Delegation {
            delegator: delegator.to_owned(),
            delegate: delegate.to_owned(),
            roles: vec!["manager".to_owned()],
            start: day(from),
            end: day(to),
            reason: String::new(),
        }
    }

    #[test]
    fn authority_is_lent_one_step_and_never_in_a_circle() {
        let known = [("a", lent("wang", "li", 0, 10))];
        let known = || known.iter().map(|(id, d)| (*id, d));
        let cases = [
            (lent("li", "zhao", 5, 6), Some("li"), "the delegate lends on"),
            (lent("li", "wang", 5, 6), Some("wang"), "a circle"),
            (lent("zhao", "wang", 9, 20), Some("wang"), "the delegate is away"),
            (lent("li", "zhao", 10, 20), None, "after it"),
            (lent("zhao", "li", 0, 10), None, "two absences, one deputy"),
            (lent("wang", "zhao", 0, 10), None, "two deputies"),
        ];
        for (new, who, what) in cases {
            let found = new.fits(known()).err();
            let named = found.as_ref().map(|DelegationError::Chain { who, .. }| who.as_str());
            assert_eq!(named, who, "{what}");
        }
    }

    #[test]
    fn a_delegation_names_everything_that_is_wrong_with_it() {
        let mut wrong = Violations::new();
        Delegation { delegate: String::new(), ..lent("", "", 3, 3) }.check(&mut wrong);
        lent("li", "li", 0, 400).check(&mut wrong);
        let fields: Vec<_> =
            wrong.finish().unwrap_err().fields().iter().map(|f| f.field.clone()).collect();
        assert_eq!(fields, ["delegator", "delegate", "end_time", "delegate", "end_time"]);
    }

    #[test]
    fn borrowed_authority_counts_in_its_time_and_never_for_the_lenders_own_proposal() {
        let limits = default_limits();
        let agent = ["agent".to_owned()];
        let away = lent("wang", "li", 0, 10);
        let lent = [&away];
        let money = |except: &str, now| {
            let facts = (None, None, &[][..]);
            let found = standing(&limits, (&agent, &lent), facts, (except, now)).unwrap();
            (found.money.micros() / 1_000_000, found.lent_by.map(str::to_owned))
        };
        assert_eq!(money("", day(5)), (50_000, Some("wang".to_owned())));
        assert_eq!(money("", day(10)), (500, None));
        assert_eq!(money("wang", day(5)), (500, None));
    }
}
