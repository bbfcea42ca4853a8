//! Service standards: what customers of a grade get, from one date to another, without gap and without overlap.

use crate::case::AuthorityLimit;
use crate::contact::ContactChannel;
use crate::grade::Grade;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_kernel::money::Money;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A standard of a grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStandard {
    /// Whom it is for.
    pub grade: Grade,
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
}

/// Why a standard cannot stand beside the others of its grade.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StandardError {
    /// Two hold on one day.
    #[error("standards of grade {grade} overlap from {from}: {other} holds then")]
    Overlap {
        /// The grade.
        grade: Grade,
        /// The first such day.
        from: Date,
        /// The other standard's id.
        other: String,
    },
    /// None holds on a day between two.
    #[error("no standard of grade {grade} would hold from {from} to {to}")]
    Gap {
        /// The grade.
        grade: Grade,
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
        match self {
            Self::Overlap { grade, from, other } => vec![
                ("grade", grade.to_string()),
                ("from", from.to_string()),
                ("other", format!("serviceStandards/{other}")),
            ],
            Self::Gap { grade, from, to } => {
                vec![
                    ("grade", grade.to_string()),
                    ("from", from.to_string()),
                    ("to", to.to_string()),
                ]
            }
        }
    }
    fn subject(&self) -> String {
        match self {
            Self::Overlap { other, .. } => format!("serviceStandards/{other}"),
            Self::Gap { grade, .. } => format!("grades/{grade}"),
        }
    }
}

impl ServiceStandard {
    /// Notes what is wrong with it by itself.
    pub fn check(&self, wrong: &mut Violations) {
        if self.end.is_some_and(|end| end <= self.start) {
            wrong.add("period.end_date", "must be after start_date");
        }
        if !self.contact_cadence.is_empty() {
            let span = self.contact_cadence.parse::<jiff::Span>();
            // of days and more: hours between contacts are no cadence
            let sound = span.is_ok_and(|span| {
                span.is_positive() && self.start.checked_add(span).is_ok_and(|to| to > self.start)
            });
            if !sound || self.contact_cadence.contains('T') {
                wrong.add(
                    "contact_cadence",
                    "must be an ISO 8601 duration of days or more, as in P1M",
                );
            }
        }
        if self.remedy_limit.is_some_and(|limit| limit.micros() < 0) {
            wrong.add("remedy_limit", "must not be negative");
        }
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn holds(&self, on: Date) -> bool {
        self.start <= on && self.end.is_none_or(|end| on < end)
    }

    /// What the front line may grant these customers, as limits beside the others.
    #[must_use]
    pub fn front_line_limits(&self) -> Vec<AuthorityLimit> {
        let Some(limit) = self.remedy_limit else { return Vec::new() };
        let of = |role: &str| AuthorityLimit {
            role: role.to_owned(),
            categories: Vec::new(),
            grades: vec![self.grade],
            remedy_kinds: Vec::new(),
            limit,
            elasticity: None,
        };
        ["agent", "engineer"].map(of).to_vec()
    }
}

/// The standard of a grade on a day.
#[must_use]
pub fn in_force(
    standards: &[(String, ServiceStandard)],
    grade: Grade,
    on: Date,
) -> Option<&ServiceStandard> {
    standards.iter().map(|(_, standard)| standard).find(|s| s.grade == grade && s.holds(on))
}

/// Puts a new standard after the last of its grade and ends that one on its first day: the one to be changed, if any.
///
/// # Errors
/// [`StandardError`] when it would begin before the last one or leave days without.
pub fn succeed(
    known: &[(String, ServiceStandard)],
    new: &ServiceStandard,
) -> Result<Option<(String, ServiceStandard)>, StandardError> {
    let of_grade = known.iter().filter(|(_, standard)| standard.grade == new.grade);
    let Some((id, last)) = of_grade.max_by_key(|(_, standard)| standard.start) else {
        return Ok(None);
    };
    if new.start <= last.start {
        let (grade, from) = (new.grade, last.start);
        return Err(StandardError::Overlap { grade, from, other: id.clone() });
    }
    match last.end {
        Some(end) if end < new.start => {
            Err(StandardError::Gap { grade: new.grade, from: end, to: new.start })
        }
        Some(end) if end == new.start => Ok(None),
        Some(_) | None => {
            Ok(Some((id.clone(), ServiceStandard { end: Some(new.start), ..last.clone() })))
        }
    }
}

/// Whether the standards of each grade follow each other day by day.
///
/// # Errors
/// [`StandardError`] for the first two that do not.
pub fn follow_each_other(standards: &[(String, ServiceStandard)]) -> Result<(), StandardError> {
    for grade in Grade::ALL {
        let mut of_grade: Vec<_> =
            standards.iter().filter(|(_, standard)| standard.grade == *grade).collect();
        of_grade.sort_by_key(|(_, standard)| standard.start);
        for pair in of_grade.windows(2) {
            let [(_, before), (other, after)] = pair else { continue };
            match before.end {
                Some(end) if end == after.start => {}
                Some(end) if end < after.start => {
                    return Err(StandardError::Gap { grade: *grade, from: end, to: after.start });
                }
                Some(_) | None => {
                    let (from, other) = (after.start, other.clone());
                    return Err(StandardError::Overlap { grade: *grade, from, other });
                }
            }
        }
    }
    Ok(())
}

/// What a tenant begins with: visits monthly to the best, half-yearly to the rest; a named owner for A and B.
#[must_use]
pub fn default_standards() -> Vec<(&'static str, ServiceStandard)> {
    use ContactChannel::{Email, Phone, Visit, Wechat};
    let seeds = [
        ("grade-a", Grade::A, "P1M", vec![Phone, Wechat, Email, Visit], true, 2_000),
        ("grade-b", Grade::B, "P3M", vec![Phone, Wechat, Email, Visit], true, 1_000),
        ("grade-c", Grade::C, "P6M", vec![Phone, Wechat, Email], false, 500),
        ("grade-d", Grade::D, "P1Y", vec![Phone, Email], false, 200),
    ];
    let standard = |(id, grade, cadence, channels, named_owner, yuan): Seed| {
        let standard = ServiceStandard {
            grade,
            start: jiff::civil::date(2000, 1, 1),
            end: None,
            sla_policy: String::new(),
            contact_cadence: cadence.to_owned(),
            channels,
            named_owner,
            escalation: ["supervisor", "manager", "director"].map(str::to_owned).to_vec(),
            remedy_limit: Some(Money::from_micros(yuan * 1_000_000, Currency::CNY)),
        };
        (id, standard)
    };
    seeds.map(standard).to_vec()
}

type Seed = (&'static str, Grade, &'static str, Vec<ContactChannel>, bool, i64);

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn standard(start: Date, end: Option<Date>) -> ServiceStandard {
        let (_, first) = default_standards().remove(0);
        ServiceStandard { start, end, ..first }
    }

    #[test]
    fn a_new_standard_ends_the_one_before_and_leaves_no_gap() {
        let known = vec![("old".to_owned(), standard(date(2000, 1, 1), None))];
        let new = standard(date(2026, 4, 1), None);
        let (id, ended) = succeed(&known, &new).unwrap().unwrap();
        assert_eq!((id.as_str(), ended.end), ("old", Some(date(2026, 4, 1))));
        let both = vec![(id, ended), ("new".to_owned(), new)];
        follow_each_other(&both).unwrap();
        assert_eq!(in_force(&both, Grade::A, date(2026, 3, 31)), Some(&both[0].1));
        assert_eq!(in_force(&both, Grade::A, date(2026, 4, 1)), Some(&both[1].1));
        assert_eq!(in_force(&both, Grade::B, date(2026, 4, 1)), None);
        let early = succeed(&both, &standard(date(2026, 4, 1), None)).unwrap_err();
        assert_eq!(early.reason(), "STANDARDS_OVERLAP");
    }

    #[test]
    fn days_without_a_standard_are_refused() {
        let known = vec![("old".to_owned(), standard(date(2000, 1, 1), Some(date(2025, 1, 1))))];
        let late = succeed(&known, &standard(date(2025, 1, 2), None)).unwrap_err();
        assert_eq!(late.reason(), "STANDARDS_GAP");
        assert_eq!(succeed(&known, &standard(date(2025, 1, 1), None)), Ok(None));
        let later = ("new".to_owned(), standard(date(2025, 2, 1), None));
        let gap = follow_each_other(&[known[0].clone(), later]).unwrap_err();
        assert!(matches!(gap, StandardError::Gap { to, .. } if to == date(2025, 2, 1)));
    }

    #[test]
    fn a_cadence_is_of_days_or_more() {
        for (cadence, sound) in [
            ("P1M", true),
            ("P10D", true),
            ("PT5H", false),
            ("-P1M", false),
            ("often", false),
            ("P0D", false),
        ] {
            let mut wrong = Violations::new();
            let of = standard(date(2026, 1, 1), None);
            ServiceStandard { contact_cadence: cadence.to_owned(), ..of }.check(&mut wrong);
            assert_eq!(wrong.is_empty(), sound, "{cadence}");
        }
    }
}
