//! Answers to surveys, and touchpoints.

use super::list::{asked, plan};
use super::{Actor, Outcome, check_etag, isolated, parsed};
use crate::convert::survey::{
    answers, present_response, present_touchpoint, survey_id, touchpoint, touchpoint_id,
};
use crate::listing::{Asked, RESPONSES, TOUCHPOINTS};
use crate::mask::merged;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::grade::Grade;
use aftercare_customer_domain::survey::{Response, SurveyError, token_digest};
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::paging::Pager;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;

pub(crate) async fn submit(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::SubmitResponseRequest,
) -> Result<Outcome<pb::SurveyResponse>, Error> {
    parsed(|wrong| {
        let token = (!request.token.trim().is_empty()).then_some(());
        wrong.required("token", token)
    })?;
    let digest = token_digest(&request.token);
    let invitation = store::invitation::by_token(db, &actor.tenant, &digest).await?;
    let invitation = invitation.ok_or(SurveyError::TokenUnusable)?;
    let survey = store::survey::get(db, &actor.tenant, &invitation.survey).await?;
    survey.value.check_open(actor.now)?;
    let answers = answers(&request.answers);
    let mut wrong = Violations::new();
    survey.value.check_answers(&answers, &mut wrong);
    wrong.finish()?;
    // Two calls with one token at the same time: the second finds it used.
    if !store::invitation::use_up(db, &actor.tenant, &digest, actor.now).await? {
        return Err(SurveyError::TokenUnusable.into());
    }
    let (customer, grade) = (invitation.customer, Grade::parse(&invitation.grade).ok());
    let response = Response { customer, grade, answers };
    let stored = Stored::new(uuid::Uuid::now_v7().to_string(), response, actor.now);
    store::survey_response::add(db, &actor.tenant, &survey.id, &stored).await?;
    Ok(Outcome::quiet(present_response(&survey.id, &stored)))
}

pub(crate) async fn responses(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListResponsesRequest,
) -> Result<pb::ListResponsesResponse, Error> {
    let mut survey = None;
    let about = (actor, "SurveyService/ListResponses");
    let asked = Asked {
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: "",
        order_by: "",
        parent: &request.parent,
    };
    let plan = plan(pager, about, (&RESPONSES, &["id"]), &asked, |wrong| {
        survey = survey_id(&request.parent, "parent", wrong);
    })?;
    let survey = survey.map(|id| id.to_string()).unwrap_or_default();
    store::survey::get(db, &actor.tenant, &survey).await?;
    let select = store::survey_response::within(&actor.tenant, &survey);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let stored: Result<Vec<_>, _> = rows.into_iter().map(Stored::try_from).collect();
    let responses = stored?.iter().map(|one| present_response(&survey, one)).collect();
    Ok(pb::ListResponsesResponse { responses, next_page_token })
}

pub(crate) async fn touchpoints(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListTouchpointsRequest,
) -> Result<pb::ListTouchpointsResponse, Error> {
    let about = (actor, "SurveyService/ListTouchpoints");
    let plan = plan(pager, about, (&TOUCHPOINTS, &["id"]), &asked!(request), |_| {})?;
    let select = store::touchpoint::within(&actor.tenant);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let stored: Result<Vec<_>, _> = rows.into_iter().map(Stored::try_from).collect();
    let touchpoints = stored?.iter().map(present_touchpoint).collect();
    Ok(pb::ListTouchpointsResponse { touchpoints, next_page_token })
}

pub(crate) async fn update_touchpoint(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateTouchpointRequest,
) -> Result<Outcome<pb::Touchpoint>, Error> {
    let (wire, id) = parsed(|wrong| {
        let wire = wrong.required("touchpoint", request.touchpoint.clone())?;
        let id = touchpoint_id(&wire.name, "touchpoint.name", wrong)?;
        Some((wire, id))
    })?;
    let known = store::touchpoint::find(db, &actor.tenant, id.as_str()).await?;
    let mut wrong = Violations::new();
    let wire = match &known {
        None if !request.allow_missing => {
            return Err(StoreError::NotFound { name: wire.name }.into());
        }
        None => wire,
        Some(stored) => {
            check_etag(&wire.etag, &stored.etag(), &wire.name)?;
            let mask = request.update_mask.as_ref();
            merged(present_touchpoint(stored), &wire, mask, &mut wrong)
        }
    };
    let value = isolated(&mut wrong, "touchpoint", |wrong| touchpoint(&wire, wrong));
    wrong.finish()?;
    let value = parsed(|_| value)?;
    let stored = match known {
        None => Stored::new(id.as_str(), value, actor.now),
        Some(stored) => stored.revised(value, actor.now),
    };
    store::touchpoint::save(db, &actor.tenant, &stored).await?;
    Ok(Outcome::quiet(present_touchpoint(&stored)))
}
