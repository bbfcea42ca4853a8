//! Who could take a case or a work order.

use super::service_standard::Held;
use super::{Actor, parsed};
use crate::store::setting;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::CaseFile;
use aftercare_customer_domain::customer::Customer;
use aftercare_customer_domain::employee::{
    Candidate, CompetencyModel, Employee, Roster, Work, candidates,
};
use aftercare_kernel::ids::name_segments;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::status::Error;
use jiff::civil::Date;
use sea_orm::ConnectionTrait;

/// Candidates unless asked for otherwise, and at most.
const RESULTS: (usize, usize) = (5, 100);

/// What is known of the subject.
struct Subject {
    role: &'static str,
    region: Option<RegionCode>,
    on: Date,
    /// The accused of a conduct complaint, as an id.
    accused: String,
}

pub(crate) async fn suggest(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::SuggestAssigneesRequest,
) -> Result<pb::SuggestAssigneesResponse, Error> {
    let (work_order, id, most) = parsed(|wrong| {
        let most = usize::try_from(request.max_results);
        let most = wrong.take("max_results", most.map_err(|_| "must not be negative"));
        let (pattern, work_order) = match request.subject.starts_with("workOrders/") {
            true => ("workOrders/{work_order}", true),
            false => ("cases/{case}", false),
        };
        let [id] = wrong.take("subject", name_segments::<1>(pattern, &request.subject))?;
        most.map(|most| (work_order, id.to_owned(), most))
    })?;
    let most = if most == 0 { RESULTS.0 } else { most.min(RESULTS.1) };
    let subject = match work_order {
        true => of_work_order(db, actor, &id).await?,
        false => of_case(db, actor, &id).await?,
    };
    let people = setting::all::<Employee>(db, &actor.tenant).await?;
    let models = setting::all::<CompetencyModel>(db, &actor.tenant).await?;
    let models: Vec<CompetencyModel> = models.into_iter().map(|(_, m)| m.value).collect();
    let load = store::load::of_everybody(db, &actor.tenant).await?;
    let roster: Vec<Roster<'_>> = people
        .iter()
        .map(|(_, stored)| Roster {
            id: &stored.id,
            employee: &stored.value,
            open: load.get(&stored.id).copied().unwrap_or(0),
        })
        .collect();
    let barred = barred(&people, &subject.accused);
    let region = subject.region.as_ref();
    let work = Work { role: subject.role, region, on: subject.on, barred };
    let found = candidates(&roster, &models, &work);
    let candidates = found.into_iter().take(most).map(shown).collect();
    Ok(pb::SuggestAssigneesResponse { candidates })
}

/// Who must not handle a conduct complaint: the accused and everybody above them, with the reason.
fn barred<'a>(
    people: &'a [(String, Stored<Employee>)],
    accused: &'a str,
) -> Vec<(&'a str, &'static str)> {
    let mut barred = Vec::new();
    let (mut above, mut why) = (accused, "is the accused");
    while !above.is_empty() && barred.len() <= people.len() {
        barred.push((above, why));
        why = "stands in the line of the accused";
        let found = people.iter().find(|(_, person)| person.id == above);
        above = found.map_or("", |(_, person)| person.value.supervisor.as_str());
    }
    barred
}

/// Who owns a new case, and what its timeline says of that: the customer's owner where the service standard names one, unless
/// the case comes with an owner or the named one cannot take it.
pub(crate) async fn owner(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (customer, file): (&Customer, &CaseFile),
    standard: Option<&Held>,
) -> Result<(String, String), Error> {
    let given = file.owner.clone();
    let Some(held) = standard.filter(|held| held.standard.named_owner) else {
        return Ok((given, String::new()));
    };
    let (named, by) = (customer.owner.as_str(), format!("serviceStandards/{}", held.id));
    if named.is_empty() {
        return Ok((given, format!("{by} names an owner, and the customer has none")));
    }
    if !given.is_empty() {
        let note = match given == named {
            true => format!("owner {named}, as {by} names"),
            false => format!("assigned to {given}, not to {named}, whom {by} names"),
        };
        return Ok((given, note));
    }
    let id = |name: &str| name.trim_start_matches("employees/").to_owned();
    let (accused, named_id) = (id(&file.accused), id(named));
    let people = setting::all::<Employee>(db, &actor.tenant).await?;
    let inactive = people.iter().any(|(_, p)| p.id == named_id && !p.value.active);
    let barred = barred(&people, &accused);
    let barred = barred.iter().find(|(who, _)| *who == named_id).map(|(_, why)| *why);
    match barred.or(inactive.then_some("is not active")) {
        Some(why) => Ok((given, format!("not assigned to {named}, whom {by} names: {why}"))),
        None => Ok((named.to_owned(), format!("owner {named}, as {by} names"))),
    }
}

fn shown(candidate: Candidate) -> pb::AssignmentCandidate {
    pb::AssignmentCandidate {
        employee: format!("employees/{}", candidate.id),
        score: f64::from(candidate.score) / 1000.0,
        reasons: candidate.reasons,
        obstacles: candidate.obstacles,
    }
}

async fn of_case(db: &impl ConnectionTrait, actor: &Actor, id: &str) -> Result<Subject, Error> {
    let case = store::case::get(db, &actor.tenant, &actor.principal, id).await?.value;
    let customer = store::customer::get(db, &actor.tenant, &case.customer).await?.value;
    let on = super::service_standard::day(&customer, actor.now);
    let accused = case.accused.trim_start_matches("employees/").to_owned();
    Ok(Subject { role: "agent", region: customer.region, on, accused })
}

async fn of_work_order(
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: &str,
) -> Result<Subject, Error> {
    let found = store::work_order::get(db, &actor.tenant, id).await?;
    let customer = store::customer::get(db, &actor.tenant, &found.customer).await?.value;
    let on = super::service_standard::day(&customer, actor.now);
    let region = found.order.value.region.or(customer.region);
    Ok(Subject { role: "engineer", region, on, accused: String::new() })
}
