//! Surveys: written, started with a drawn sample, ended; whom they invite.

use super::list::{asked, plan};
use super::quality::condition;
use super::{Actor, MAX_BATCH, Outcome, check_etag, chosen_id, isolated, parsed};
use crate::convert::customer::customer_id;
use crate::convert::quality::count;
use crate::convert::survey::{present, survey, survey_id};
use crate::listing::{Asked, CUSTOMERS, SURVEYS};
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::grade::Grade;
use aftercare_customer_domain::statistics::{allocate, draw, sample_size};
use aftercare_customer_domain::survey::{Sample, Survey, token_digest};
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::paging::Pager;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;

pub(crate) async fn load(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (name, etag): (&str, &str),
) -> Result<Stored<Survey>, Error> {
    let id = parsed(|wrong| survey_id(name, "name", wrong))?;
    let stored = store::survey::get(db, &actor.tenant, id.as_str()).await?;
    check_etag(etag, &stored.etag(), name)?;
    Ok(stored)
}

async fn shown(
    db: &impl ConnectionTrait,
    actor: &Actor,
    stored: &Stored<Survey>,
) -> Result<pb::Survey, Error> {
    let responses = store::survey_response::count(db, &actor.tenant, &stored.id).await?;
    Ok(present(stored, responses))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetSurveyRequest,
) -> Result<pb::Survey, Error> {
    let stored = load(db, actor, (&request.name, "")).await?;
    shown(db, actor, &stored).await
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListSurveysRequest,
) -> Result<pb::ListSurveysResponse, Error> {
    let about = (actor, "SurveyService/ListSurveys");
    let plan = plan(pager, about, (&SURVEYS, &["id"]), &asked!(request), |_| {})?;
    let select = store::survey::within(&actor.tenant);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let mut surveys = Vec::with_capacity(rows.len());
    for row in rows {
        surveys.push(shown(db, actor, &Stored::try_from(row)?).await?);
    }
    Ok(pb::ListSurveysResponse { surveys, next_page_token })
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateSurveyRequest,
) -> Result<Outcome<pb::Survey>, Error> {
    let mut wrong = Violations::new();
    let id = chosen_id(&request.survey_id, "survey_id", &mut wrong);
    let wire = wrong.required("survey", request.survey.as_ref());
    let draft = wire.and_then(|wire| isolated(&mut wrong, "survey", |wrong| survey(wire, wrong)));
    if let Some(draft) = &draft {
        condition(&draft.sample.filter, "survey.sample.filter", &CUSTOMERS, &mut wrong);
        let points = store::touchpoint::all(db, &actor.tenant).await?;
        for (i, question) in draft.questions.iter().enumerate() {
            let id = question.touchpoint.trim_start_matches("touchpoints/");
            if !id.is_empty() && !points.iter().any(|point| point.id == id) {
                wrong.add(&format!("survey.questions[{i}].touchpoint"), "does not exist");
            }
        }
    }
    wrong.finish()?;
    if store::survey::find(db, &actor.tenant, &id).await?.is_some() {
        return Err(StoreError::AlreadyExists { name: format!("surveys/{id}") }.into());
    }
    let stored = Stored::new(id, parsed(|_| draft)?, actor.now);
    store::survey::save(db, &actor.tenant, &stored).await?;
    Ok(Outcome::quiet(present(&stored, 0)))
}

pub(crate) async fn start(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::StartSurveyRequest,
) -> Result<Outcome<pb::Survey>, Error> {
    let stored = load(db, actor, (&request.name, &request.etag)).await?;
    let mut survey = stored.value.clone();
    let population = population(db, actor, &survey.sample).await?;
    let drawn = drawn(&survey.sample, &population);
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    survey.begin(size(population.len()), size(drawn.len()), actor.now)?;
    store::invitation::draw(db, &actor.tenant, &stored.id, &drawn, actor.now).await?;
    let stored = stored.revised(survey, actor.now);
    store::survey::save(db, &actor.tenant, &stored).await?;
    Ok(Outcome::quiet(present(&stored, 0)))
}

/// Customers in use that the sample's filter takes, with their grades.
async fn population(
    db: &impl ConnectionTrait,
    actor: &Actor,
    sample: &Sample,
) -> Result<BTreeMap<String, Option<Grade>>, Error> {
    let filter =
        parsed(|wrong| Some(condition(&sample.filter, "sample.filter", &CUSTOMERS, wrong)))?;
    Ok(store::customer::grades(db, &actor.tenant, filter).await?.into_iter().collect())
}

/// Who is asked: as many as asked for or as the margin needs, from every grade by its share if that is asked for.
fn drawn(
    sample: &Sample,
    population: &BTreeMap<String, Option<Grade>>,
) -> Vec<(String, Option<Grade>)> {
    let all = u32::try_from(population.len()).unwrap_or(u32::MAX);
    let margin = if sample.margin_of_error > 0.0 { sample.margin_of_error } else { 0.05 };
    let size = if sample.size > 0 { sample.size.min(all) } else { sample_size(all, margin) };
    let mut strata: BTreeMap<Option<Grade>, Vec<&str>> = BTreeMap::new();
    for (id, grade) in population {
        let stratum = if sample.stratify_by_grade { *grade } else { None };
        strata.entry(stratum).or_default().push(id);
    }
    let sizes: Vec<u32> =
        strata.values().map(|ids| u32::try_from(ids.len()).unwrap_or(u32::MAX)).collect();
    let mut found = Vec::new();
    for (ids, size) in strata.into_values().zip(allocate(&sizes, size)) {
        let ids = draw(sample.seed, ids, usize::try_from(size).unwrap_or(usize::MAX));
        let graded = |id: &str| (id.to_owned(), population.get(id).copied().flatten());
        found.extend(ids.into_iter().map(graded));
    }
    found
}

pub(crate) async fn end(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::EndSurveyRequest,
) -> Result<Outcome<pb::Survey>, Error> {
    let stored = load(db, actor, (&request.name, &request.etag)).await?;
    let mut survey = stored.value.clone();
    survey.finish(actor.now)?;
    let stored = stored.revised(survey, actor.now);
    store::survey::save(db, &actor.tenant, &stored).await?;
    let shown = shown(db, actor, &stored).await?;
    Ok(Outcome::quiet(shown))
}

/// Gives tokens out. Only their digests are stored, so that this answer is the only place where they are.
pub(crate) async fn invite(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::InviteRespondentsRequest,
) -> Result<Outcome<pb::InviteRespondentsResponse>, Error> {
    let (most, named) = parsed(|wrong| {
        survey_id(&request.name, "name", wrong);
        let most = u64::try_from(request.max_invitations).map_err(|_| "must not be negative");
        let most = wrong.take("max_invitations", most);
        if request.customers.len() > MAX_BATCH {
            wrong.add("customers", format!("must be at most {MAX_BATCH}"));
        }
        let mut named = Vec::with_capacity(request.customers.len());
        for (i, name) in request.customers.iter().enumerate() {
            named.extend(
                customer_id(name, &format!("customers[{i}]"), wrong).map(|id| id.to_string()),
            );
        }
        Some((most?, named))
    })?;
    let stored = load(db, actor, (&request.name, "")).await?;
    stored.value.check_running("asked")?;
    let most = if most == 0 { 100 } else { most.min(MAX_BATCH as u64) };
    let tenant = &actor.tenant;
    let customers = if named.is_empty() {
        store::invitation::waiting(db, tenant, &stored.id, most).await?.0
    } else {
        let open = store::invitation::unanswered(db, tenant, &stored.id, &named).await?;
        let mut wrong = Violations::new();
        for (i, id) in named.iter().enumerate().filter(|(_, id)| !open.contains(id)) {
            wrong.add(&format!("customers[{i}]"), format!("{id} was not drawn, or has answered"));
        }
        wrong.finish()?;
        open
    };
    let mut invitations = Vec::with_capacity(customers.len());
    for customer in customers {
        let token = fresh_token();
        let of = (stored.id.as_str(), customer.as_str());
        store::invitation::give(db, tenant, of, &token_digest(&token), actor.now).await?;
        let customer = format!("customers/{customer}");
        invitations.push(pb::SurveyInvitation { customer, token });
    }
    let (_, remaining) = store::invitation::waiting(db, tenant, &stored.id, 0).await?;
    let remaining = count(remaining);
    Ok(Outcome::quiet(pb::InviteRespondentsResponse { invitations, remaining }))
}

/// 244 random bits from the operating system.
fn fresh_token() -> String {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
}
