//! Employees, competency models and conduct records.

use super::case::{evidence, wire_evidence};
use super::value::{date, external_keys, reference, region, wire_date, wire_external_keys};
use super::word::Word;
use crate::handler::setting::Shown;
use crate::store::Stored;
use crate::store::setting::Setting;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::Evidence;
use aftercare_customer_domain::employee::{CompetencyModel, ConductRecord, Employee, Skill};
use aftercare_kernel::fault::Violations;

impl Setting for Employee {
    const COLLECTION: &'static str = "employees";
}

impl Shown for Employee {
    type Wire = pb::Employee;
    const FIELD: &'static str = "employee";
    const PATTERN: &'static str = "employees/{employee}";

    fn read(wire: &pb::Employee, wrong: &mut Violations) -> Option<Self> {
        let supervisor =
            reference::<1>(&wire.supervisor, "employees/{employee}", "supervisor", wrong);
        let territory = |(i, code): (usize, &String)| {
            let field = format!("territories[{i}]");
            if code.is_empty() { wrong.required(&field, None) } else { region(code, &field, wrong) }
        };
        let territories = wire.territories.iter().enumerate().filter_map(territory).collect();
        let max_open = u32::try_from(wire.max_open);
        let max_open = wrong.take("max_open", max_open.map_err(|_| "must not be negative"));
        let employee = Self {
            display_name: wire.display_name.clone(),
            roles: wire.roles.clone(),
            supervisor: supervisor.trim_start_matches("employees/").to_owned(),
            skills: skills(&wire.skills, "skills", wrong),
            territories,
            max_open: max_open.unwrap_or(0),
            active: wire.active,
            external_keys: external_keys(&wire.external_keys),
        };
        employee.check(wrong);
        Some(employee)
    }

    fn show(name: String, stored: &Stored<Self>) -> pb::Employee {
        let employee = &stored.value;
        pb::Employee {
            name,
            display_name: employee.display_name.clone(),
            roles: employee.roles.clone(),
            supervisor: match employee.supervisor.as_str() {
                "" => String::new(),
                id => format!("employees/{id}"),
            },
            skills: employee.skills.iter().map(wire_skill).collect(),
            territories: employee.territories.iter().map(ToString::to_string).collect(),
            max_open: i32::try_from(employee.max_open).unwrap_or(i32::MAX),
            active: employee.active,
            external_keys: wire_external_keys(&employee.external_keys),
            etag: stored.etag(),
        }
    }

    fn key(wire: &pb::Employee) -> (&str, &str) {
        (&wire.name, &wire.etag)
    }
}

fn skills(wire: &[pb::Skill], field: &str, wrong: &mut Violations) -> Vec<Skill> {
    let one = |(i, skill): (usize, &pb::Skill)| {
        let path = format!("{field}[{i}].certificate_end_date");
        Skill {
            dimension: skill.dimension.clone(),
            // out of range stays out of range for the check, which names the field
            level: u8::try_from(skill.level).unwrap_or(0),
            certificate: skill.certificate.clone(),
            certificate_end: date(skill.certificate_end_date.as_ref(), &path, wrong),
        }
    };
    wire.iter().enumerate().map(one).collect()
}

fn wire_skill(skill: &Skill) -> pb::Skill {
    pb::Skill {
        dimension: skill.dimension.clone(),
        level: i32::from(skill.level),
        certificate: skill.certificate.clone(),
        certificate_end_date: skill.certificate_end.map(wire_date),
    }
}

impl Setting for CompetencyModel {
    const COLLECTION: &'static str = "competencyModels";
}

impl Shown for CompetencyModel {
    type Wire = pb::CompetencyModel;
    const FIELD: &'static str = "competency_model";
    const PATTERN: &'static str = "competencyModels/{competency_model}";

    fn read(wire: &pb::CompetencyModel, wrong: &mut Violations) -> Option<Self> {
        let required = skills(&wire.required, "required", wrong);
        let model = Self { role: wire.role.clone(), required };
        model.check(wrong);
        Some(model)
    }

    fn show(name: String, stored: &Stored<Self>) -> pb::CompetencyModel {
        pb::CompetencyModel {
            name,
            role: stored.value.role.clone(),
            required: stored.value.required.iter().map(wire_skill).collect(),
            etag: stored.etag(),
        }
    }

    fn key(wire: &pb::CompetencyModel) -> (&str, &str) {
        (&wire.name, &wire.etag)
    }
}

impl Setting for ConductRecord {
    const COLLECTION: &'static str = "conductRecords";
    const PARENTS: &'static str = "employees";
}

/// The evidence of a conduct record: one piece at least, each with a title.
pub(crate) fn conduct_evidence(wire: &pb::ConductRecord, wrong: &mut Violations) -> Vec<Evidence> {
    if wire.evidence.is_empty() {
        wrong.add("evidence", "needs at least one piece");
    }
    for (i, piece) in wire.evidence.iter().enumerate() {
        if piece.title.trim().is_empty() {
            wrong.add(&format!("evidence[{i}].title"), "is required");
        }
    }
    wire.evidence.iter().map(evidence).collect()
}

pub(crate) fn present_conduct(name: String, stored: &Stored<ConductRecord>) -> pb::ConductRecord {
    let record = &stored.value;
    pb::ConductRecord {
        name,
        case: record.case.clone(),
        step: record.step.number(),
        evidence: record.evidence.iter().map(wire_evidence).collect(),
        reply: record.reply.clone(),
        create_time: Some(super::value::wire_instant(stored.created)),
        etag: stored.etag(),
    }
}
