//! Service standards: what customers of a grade and fit get, from one date to another, without gap and without overlap.

mod shipped;
#[cfg(test)]
mod tests;

pub use shipped::default_standards;

use crate::case::AuthorityLimit;
use crate::contact::ContactChannel;
use crate::customer::Fit;
use crate::grade::Grade;
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_kernel::money::Money;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A standard of a grade, or of a fit within it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStandard {
    /// Whom it is for.
    pub grade: Grade,
    /// For customers of this fit alone; none for those whose fit has no standard of its own.
    #[serde(default)]
    pub fit: Option<Fit>,
    /// The first day.
    pub start: Date,
    /// The first day after it; none if it holds until the next one.
    pub end: Option<Date>,
    /// The id of the SLA policy that is tried first; empty if the order of the policies decides.
    pub sla_policy: String,
    /// ISO 8601 duration between regular contacts.
    pub contact_cadence: String,
    /// Ways in which these customers reach us.
    pub channels: Vec<ContactChannel>,
    /// Whether one named employee serves them.
    pub named_owner: bool,
    /// Roles or employees, in order.
    pub escalation: Vec<String>,
    /// What the front line may grant in a case.
    pub remedy_limit: Option<Money>,
    /// What the service profit of a quarter means for the contacts of the next.
    #[serde(default)]
    pub profit_rule: Option<ProfitRule>,
}

/// What the service profit of a quarter means for the contacts of the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfitRule {
    /// The share of the margin that has to be left, at most 1.
    pub least_share: Decimal,
    /// ISO 8601 duration between regular contacts where less was left.
    pub cadence: String,
}

/// Grade and fit whose standards follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The grade.
    pub grade: Grade,
    /// The fit; none for all that have no line of their own.
    pub fit: Option<Fit>,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.fit {
            None => write!(f, "{}", self.grade),
            Some(fit) => write!(f, "{} {fit}", self.grade),
        }
    }
}

/// Why a standard cannot stand beside the others of its line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StandardError {
    /// Two hold on one day.
    #[error("standards of grade {line} overlap from {from}: {other} holds then")]
    Overlap {
        /// Of which grade and fit.
        line: Line,
        /// The first such day.
        from: Date,
        /// The other standard's id.
        other: String,
    },
    /// None holds on a day between two.
    #[error("no standard of grade {line} would hold from {from} to {to}")]
    Gap {
        /// Of which grade and fit.
        line: Line,
        /// The first day without.
        from: Date,
        /// The first day with one again.
        to: Date,
    },
}

impl Fault for StandardError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::Overlap { .. } => "STANDARDS_OVERLAP",
            Self::Gap { .. } => "STANDARDS_GAP",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        let of = |line: &Line| {
            let fit = line.fit.map(|fit| ("fit", fit.to_string()));
            std::iter::once(("grade", line.grade.to_string())).chain(fit).collect::<Vec<_>>()
        };
        match self {
            Self::Overlap { line, from, other } => {
                let days =
                    [("from", from.to_string()), ("other", format!("serviceStandards/{other}"))];
                of(line).into_iter().chain(days).collect()
            }
            Self::Gap { line, from, to } => {
                let days = [("from", from.to_string()), ("to", to.to_string())];
                of(line).into_iter().chain(days).collect()
            }
        }
    }
    fn subject(&self) -> String {
        match self {
            Self::Overlap { other, .. } => format!("serviceStandards/{other}"),
            Self::Gap { line, .. } => format!("grades/{}", line.grade),
        }
    }
}

/// Roles that meet customers.
const FRONT_LINE: [&str; 2] = ["agent", "engineer"];

impl ServiceStandard {
    /// Notes what is wrong with it by itself.
    pub fn check(&self, wrong: &mut Violations) {
        if self.end.is_some_and(|end| end <= self.start) {
            wrong.add("period.end_date", "must be after start_date");
        }
        if !self.contact_cadence.is_empty() {
            self.check_cadence(&self.contact_cadence, "contact_cadence", wrong);
        }
        if let Some(rule) = &self.profit_rule {
            self.check_cadence(&rule.cadence, "profit_rule.contact_cadence", wrong);
            if rule.least_share > Decimal::ONE {
                wrong.add("profit_rule.least_profit_share", "must be at most 1");
            }
        }
        if self.remedy_limit.is_some_and(|limit| limit.micros() < 0) {
            wrong.add("remedy_limit", "must not be negative");
        }
    }

    /// Of days and more: hours between contacts are no cadence.
    fn check_cadence(&self, text: &str, field: &str, wrong: &mut Violations) {
        let sound = text.parse::<jiff::Span>().is_ok_and(|span| {
            span.is_positive() && self.start.checked_add(span).is_ok_and(|to| to > self.start)
        });
        if !sound || text.contains('T') {
            wrong.add(field, "must be an ISO 8601 duration of days or more, as in P1M");
        }
    }

    /// How often regular contacts are after a quarter that left so much of the margin; where that is not known, as always.
    #[must_use]
    pub fn cadence(&self, left: Option<Decimal>) -> &str {
        match &self.profit_rule {
            Some(rule) if left.is_some_and(|left| left < rule.least_share) => &rule.cadence,
            Some(_) | None => &self.contact_cadence,
        }
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn holds(&self, on: Date) -> bool {
        self.start <= on && self.end.is_none_or(|end| on < end)
    }

    /// Whom an escalation goes to, from 0: the list's entries in order, the last of them from then on.
    #[must_use]
    pub fn told_of(&self, escalation: usize) -> Option<&str> {
        self.escalation.get(escalation).or(self.escalation.last()).map(String::as_str)
    }

    /// Whose standard it is.
    #[must_use]
    pub const fn line(&self) -> Line {
        Line { grade: self.grade, fit: self.fit }
    }

    /// The limits of authority as this standard has them: what it lets the front line grant stands beside the roles' own limits.
    /// For HARMFUL customers it is a ceiling instead, in its currency and for want of any in others.
    #[must_use]
    pub fn limits(&self, mut roles: Vec<AuthorityLimit>) -> Vec<AuthorityLimit> {
        let Some(limit) = self.remedy_limit else { return roles };
        let of = |role: &str| AuthorityLimit {
            role: role.to_owned(),
            categories: Vec::new(),
            grades: Vec::new(),
            remedy_kinds: Vec::new(),
            limit,
            elasticity: None,
        };
        if self.fit == Some(Fit::Harmful) {
            roles.retain(|known| !FRONT_LINE.contains(&known.role.as_str()));
        }
        roles.extend(FRONT_LINE.map(of));
        roles
    }
}

/// The standard that a customer gets, and why this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<'a> {
    /// Its id.
    pub id: &'a str,
    /// It.
    pub standard: &'a ServiceStandard,
    /// Why.
    pub reason: String,
}

/// The standard of a grade and fit on a day: that of the fit, else that of the grade. A customer without a grade has none
/// unless its fit was decided; then it counts as of the lowest grade.
#[must_use]
pub fn choose(
    standards: &[(String, ServiceStandard)],
    (grade, fit): (Option<Grade>, Fit),
    on: Date,
) -> Option<Choice<'_>> {
    let (of, said) = match (grade, fit) {
        (Some(grade), _) => (grade, format!("grade {grade}, fit {fit}")),
        (None, Fit::General) => return None,
        (None, _) => (Grade::D, format!("fit {fit}; no grade yet, counted as {}", Grade::D)),
    };
    let held = |fit: Option<Fit>| {
        let line = Line { grade: of, fit };
        standards.iter().find(|(_, standard)| standard.line() == line && standard.holds(on))
    };
    let own = held(Some(fit));
    let why = if own.is_some() { "the standard of the fit" } else { "the standard of the grade" };
    let (id, standard) = own.or_else(|| held(None))?;
    Some(Choice { id, standard, reason: format!("{said}, on {on}: {why}") })
}

/// Puts a new standard after the last of its line and ends that one on its first day: the one to be changed, if any.
///
/// # Errors
/// [`StandardError`] when it would begin before the last one or leave days without.
pub fn succeed(
    known: &[(String, ServiceStandard)],
    new: &ServiceStandard,
) -> Result<Option<(String, ServiceStandard)>, StandardError> {
    let line = new.line();
    let of_line = known.iter().filter(|(_, standard)| standard.line() == line);
    let Some((id, last)) = of_line.max_by_key(|(_, standard)| standard.start) else {
        return Ok(None);
    };
    if new.start <= last.start {
        return Err(StandardError::Overlap { line, from: last.start, other: id.clone() });
    }
    match last.end {
        Some(end) if end < new.start => Err(StandardError::Gap { line, from: end, to: new.start }),
        Some(end) if end == new.start => Ok(None),
        Some(_) | None => {
            Ok(Some((id.clone(), ServiceStandard { end: Some(new.start), ..last.clone() })))
        }
    }
}

/// Every grade alone and with every fit.
fn lines() -> impl Iterator<Item = Line> {
    let fits = || std::iter::once(None).chain(Fit::ALL.iter().copied().map(Some));
    Grade::ALL.iter().flat_map(move |grade| fits().map(|fit| Line { grade: *grade, fit }))
}

/// Whether the standards of each line follow each other day by day.
///
/// # Errors
/// [`StandardError`] for the first two that do not.
pub fn follow_each_other(standards: &[(String, ServiceStandard)]) -> Result<(), StandardError> {
    for line in lines() {
        let mut of_line: Vec<_> =
            standards.iter().filter(|(_, standard)| standard.line() == line).collect();
        of_line.sort_by_key(|(_, standard)| standard.start);
        for pair in of_line.windows(2) {
            let [(_, before), (other, after)] = pair else { continue };
            match before.end {
                Some(end) if end == after.start => {}
                Some(end) if end < after.start => {
                    return Err(StandardError::Gap { line, from: end, to: after.start });
                }
                Some(_) | None => {
                    let (from, other) = (after.start, other.clone());
                    return Err(StandardError::Overlap { line, from, other });
                }
            }
        }
    }
    Ok(())
}
