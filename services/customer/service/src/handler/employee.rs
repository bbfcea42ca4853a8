//! Employees: their records and line, who could take what work, and upheld conduct complaints with the right of reply.

use super::setting::{Asks, cut, drafted, id_of, save as save_setting};
use super::{Actor, Outcome, check_etag, chosen_id, isolated, parsed};
use crate::convert::employee::{conduct_evidence, present_conduct};
use crate::listing::Asked;
use crate::store::setting::{self, Setting};
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::employee::{ConductRecord, Employee, LineCircle, lines, next_step};
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_kernel::ids::name_segments;
use aftercare_platform::database::StoreError;
use aftercare_platform::paging::Pager;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateEmployeeRequest,
) -> Result<Outcome<pb::Employee>, Error> {
    let asks = Asks {
        wire: request.employee.as_ref(),
        new_id: None,
        mask: request.update_mask.as_ref(),
        allow_missing: request.allow_missing,
    };
    let changed = drafted::<Employee>(db, actor, asks).await?;
    let everybody = setting::all::<Employee>(db, &actor.tenant).await?;
    let mut supervisors: BTreeMap<String, String> =
        everybody.iter().map(|(_, e)| (e.id.clone(), e.value.supervisor.clone())).collect();
    let above = &changed.value.supervisor;
    if !above.is_empty() && *above != changed.id && !supervisors.contains_key(above) {
        return Err(Invalid::field("employee.supervisor", "does not exist").into());
    }
    let before = supervisors.insert(changed.id.clone(), above.clone());
    let pairs = lines(&supervisors)
        .map_err(|LineCircle { by, .. }| LineCircle { employee: changed.id.clone(), by })?;
    if before.as_ref() != Some(above) {
        store::employee_line::replace(db, &actor.tenant, &pairs).await?;
    }
    save_setting(db, actor, &changed).await
}

/// The employee that conduct records are of, if the caller may know of them: the person, or whoever keeps them.
async fn person(db: &impl ConnectionTrait, actor: &Actor, parent: &str) -> Result<String, Error> {
    let id = parsed(|wrong| id_of::<Employee>(parent, "parent", wrong))?;
    if actor.conduct || is(actor, &id) {
        setting::get::<Employee>(db, &actor.tenant, ("", &id)).await?;
        return Ok(id);
    }
    Err(StoreError::NotFound { name: parent.to_owned() }.into())
}

fn is(actor: &Actor, employee: &str) -> bool {
    actor.principal.trim_start_matches("employees/") == employee
}

/// Upheld complaints of a person, oldest first.
async fn of_person(
    db: &impl ConnectionTrait,
    actor: &Actor,
    employee: &str,
) -> Result<Vec<Stored<ConductRecord>>, Error> {
    let all = setting::all::<ConductRecord>(db, &actor.tenant).await?;
    let mut mine: Vec<_> =
        all.into_iter().filter(|(parent, _)| parent == employee).map(|(_, r)| r).collect();
    mine.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.id.cmp(&b.id)));
    Ok(mine)
}

pub(crate) async fn create_conduct(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateConductRecordRequest,
) -> Result<Outcome<pb::ConductRecord>, Error> {
    let (id, case, evidence) = parsed(|wrong| {
        let id = chosen_id(&request.conduct_record_id, "conduct_record_id", wrong);
        let wire = wrong.required("conduct_record", request.conduct_record.as_ref())?;
        let found = isolated(wrong, "conduct_record", |wrong| {
            let evidence = conduct_evidence(wire, wrong);
            let case = wrong.take("case", name_segments::<1>("cases/{case}", &wire.case));
            case.map(|[case]| (case.to_owned(), evidence))
        });
        found.map(|(case, evidence)| (id, case, evidence))
    })?;
    let employee = person(db, actor, &request.parent).await?;
    let of = (employee.as_str(), id.as_str());
    let name = setting::name::<ConductRecord>(of.0, of.1);
    if setting::find::<ConductRecord>(db, &actor.tenant, of).await?.is_some() {
        return Err(StoreError::AlreadyExists { name }.into());
    }
    let file = store::case::get(db, &actor.tenant, &actor.principal, &case).await?;
    let before = of_person(db, actor, &employee).await?;
    let named: Vec<(String, ConductRecord)> = before
        .into_iter()
        .map(|r| (setting::name::<ConductRecord>(&employee, &r.id), r.value))
        .collect();
    let case_name = format!("cases/{case}");
    let accused = format!("employees/{employee}");
    let step = next_step(&accused, (&case_name, &file.value), &named)?;
    let record = ConductRecord { case: case_name, step, evidence, reply: String::new() };
    let stored = Stored::new(id, record, actor.now);
    setting::save(db, &actor.tenant, (&employee, &stored)).await?;
    Ok(Outcome::quiet(present_conduct(name, &stored)))
}

pub(crate) async fn list_conduct(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListConductRecordsRequest,
) -> Result<pb::ListConductRecordsResponse, Error> {
    let employee = person(db, actor, &request.parent).await?;
    let asked = Asked {
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: &request.filter,
        order_by: &request.order_by,
        parent: &request.parent,
    };
    let all = of_person(db, actor, &employee).await?;
    let (page, next_page_token) = cut(pager, (actor, ConductRecord::COLLECTION), all, &asked)?;
    let shown = |stored: &Stored<ConductRecord>| {
        present_conduct(setting::name::<ConductRecord>(&employee, &stored.id), stored)
    };
    let conduct_records = page.iter().map(shown).collect();
    Ok(pb::ListConductRecordsResponse { conduct_records, next_page_token })
}

/// What the person says; nobody else can say it.
pub(crate) async fn reply(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::ReplyToConductRecordRequest,
) -> Result<Outcome<pb::ConductRecord>, Error> {
    const PATTERN: &str = "employees/{employee}/conductRecords/{conduct_record}";
    let (employee, id) = parsed(|wrong: &mut Violations| {
        if request.reply.trim().is_empty() {
            wrong.add("reply", "is required");
        }
        let [employee, id] = wrong.take("name", name_segments::<2>(PATTERN, &request.name))?;
        Some((employee.to_owned(), id.to_owned()))
    })?;
    if !is(actor, &employee) {
        return Err(StoreError::NotFound { name: request.name.clone() }.into());
    }
    let of = (employee.as_str(), id.as_str());
    let stored = setting::get::<ConductRecord>(db, &actor.tenant, of).await?;
    check_etag(&request.etag, &stored.etag(), &request.name)?;
    let mut record = stored.value.clone();
    if !record.reply.is_empty() {
        record.reply.push_str("\n\n");
    }
    record.reply.push_str(request.reply.trim());
    let revised = stored.revised(record, actor.now);
    setting::save(db, &actor.tenant, (&employee, &revised)).await?;
    Ok(Outcome::quiet(present_conduct(request.name.clone(), &revised)))
}
