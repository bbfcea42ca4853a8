//! Our people: skills, who could take what work, and what follows from upheld conduct complaints.

mod assignment;
mod conduct;

pub use assignment::{Candidate, Roster, Work, candidates};
pub use conduct::{ConductError, ConductRecord, ConductStep, next_step};

use crate::customer::{ExternalKey, external_keys, name};
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_kernel::region::RegionCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A skill with its level and proof; as a requirement, the level at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skill {
    /// What.
    pub dimension: String,
    /// 1 to 5.
    pub level: u8,
    /// The certificate's number; in a requirement not empty if one is needed.
    pub certificate: String,
    /// The first day on which the certificate no longer holds.
    pub certificate_end: Option<Date>,
}

/// Notes what is wrong with skills.
pub fn check_skills(skills: &[Skill], field: &str, wrong: &mut Violations) {
    let mut seen = BTreeSet::new();
    for (i, skill) in skills.iter().enumerate() {
        wrong.within(&format!("{field}[{i}]"), |wrong| {
            if skill.dimension.trim().is_empty() {
                wrong.add("dimension", "is required");
            } else if !seen.insert(&skill.dimension) {
                wrong.add("dimension", "is given twice");
            }
            if !(1..=5).contains(&skill.level) {
                wrong.add("level", "must be between 1 and 5");
            }
        });
    }
}

/// One of our people who serves customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employee {
    /// The person's name.
    pub display_name: String,
    /// Roles.
    pub roles: Vec<String>,
    /// The id of the line above; empty for the top.
    pub supervisor: String,
    /// What the person can do.
    pub skills: Vec<Skill>,
    /// Regions served; none means everywhere.
    pub territories: Vec<RegionCode>,
    /// Cases and work orders that fit at once; 0 means no limit.
    pub max_open: u32,
    /// Whether the person can be assigned.
    pub active: bool,
    /// Keys in other systems.
    pub external_keys: Vec<ExternalKey>,
}

impl Employee {
    /// Notes what is wrong with it.
    pub fn check(&self, wrong: &mut Violations) {
        name(&self.display_name, "display_name", wrong);
        check_skills(&self.skills, "skills", wrong);
        external_keys(&self.external_keys, wrong);
        for (i, role) in self.roles.iter().enumerate() {
            if role.trim().is_empty() {
                wrong.add(&format!("roles[{i}]"), "must not be empty");
            }
        }
    }
}

/// What a role needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompetencyModel {
    /// The role.
    pub role: String,
    /// The level required in each dimension.
    pub required: Vec<Skill>,
}

impl CompetencyModel {
    /// Notes what is wrong with it.
    pub fn check(&self, wrong: &mut Violations) {
        if self.role.trim().is_empty() {
            wrong.add("role", "is required");
        }
        if self.required.is_empty() {
            wrong.add("required", "needs at least one");
        }
        check_skills(&self.required, "required", wrong);
    }
}

/// Somebody would be above himself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{employee} would stand above himself by way of {by}")]
pub struct LineCircle {
    /// Who.
    pub employee: String,
    /// The supervisor that closes the circle.
    pub by: String,
}

impl Fault for LineCircle {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "SUPERVISOR_CIRCLE"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("employee", self.employee.clone()), ("by", self.by.clone())]
    }
    fn subject(&self) -> String {
        format!("employees/{}", self.employee)
    }
}

/// Everybody with each of those who stand above, as pairs (above, employee), oneself not among them.
///
/// # Errors
/// [`LineCircle`] if somebody stands above himself.
pub fn lines(supervisors: &BTreeMap<String, String>) -> Result<Vec<(String, String)>, LineCircle> {
    let mut pairs = Vec::new();
    for employee in supervisors.keys() {
        let mut above = supervisors.get(employee).filter(|above| !above.is_empty());
        let mut seen = BTreeSet::from([employee]);
        while let Some(one) = above {
            if !seen.insert(one) {
                return Err(LineCircle { employee: employee.clone(), by: one.clone() });
            }
            pairs.push((one.clone(), employee.clone()));
            above = supervisors.get(one).filter(|above| !above.is_empty());
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(who, above)| ((*who).to_owned(), (*above).to_owned())).collect()
    }

    #[test]
    fn the_line_reaches_to_the_top() {
        let pairs = lines(&line(&[("li", "wang"), ("wang", "zhao"), ("zhao", "")])).unwrap();
        let expected = [("wang", "li"), ("zhao", "li"), ("zhao", "wang")];
        assert_eq!(pairs, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn nobody_stands_above_himself() {
        for circle in [vec![("li", "li")], vec![("li", "wang"), ("wang", "li")]] {
            assert!(lines(&line(&circle)).is_err(), "{circle:?}");
        }
        // who has no record of his own ends the line
        assert_eq!(lines(&line(&[("li", "gone")])).unwrap().len(), 1);
    }
}
