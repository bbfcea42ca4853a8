//! Segments: scored from answers and past choices, overridden by a person, answered with a ladder of products.

use super::{now, parsed};
use crate::convert::catalogue::{Resource, fill};
use crate::convert::segment::{present, question, rung};
use crate::convert::terms::{known, segment as wire_segment, segment_of};
use crate::server::Server;
use crate::store::knowledge::Knowledge;
use crate::store::segment::{self as store, Override, Source, StoredAssessment};
use crate::store::{catalogue, check_etag, contract, quote};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Invalid;
use aftercare_kernel::ids::name_segments;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::policy::Segment;
use aftercare_pricing_domain::segment::{
    LEAST_LEAD, LEAST_POINTS, QUESTIONS, check_answers, ladder, score,
};
use aftercare_pricing_domain::terms::Terms;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};

const PATTERN: &str = "customers/{customer}/segmentAssessment";

/// Contracts whose choices count, the newest first.
const CONTRACTS: u64 = 10;

fn customer_of(name: &str) -> Result<String, Error> {
    let [customer] = name_segments::<1>(PATTERN, name).map_err(|e| Invalid::field("name", e))?;
    Ok(customer.to_owned())
}

pub(crate) async fn get(
    server: &Server,
    call: Call,
    asked: pb::GetSegmentAssessmentRequest,
) -> Result<pb::SegmentAssessment, Error> {
    let customer = customer_of(&asked.name)?;
    Ok(present(&store::get(server.home.read(), call.tenant(), &customer).await?)?)
}

pub(crate) async fn assess(
    server: &Server,
    call: Call,
    asked: pb::AssessSegmentRequest,
) -> Result<pb::SegmentAssessment, Error> {
    let customer = customer_of(&asked.name)?;
    let answers = parsed(|wrong| {
        let answers = asked.answers.clone().into_iter().collect();
        check_answers(&answers, wrong);
        Some(answers)
    })?;
    let write = server.home.write(&call, &asked.request_id, &in_order(&asked)).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let mut stored = store::get(write.tx(), call.tenant(), &customer).await?;
    let kept = &mut stored.assessment.answers;
    kept.extend(answers);
    kept.retain(|_, answer| !answer.is_empty());
    let accepted = accepted_terms(write.tx(), &call, &customer).await?;
    stored.assessment.score = score(&stored.assessment.answers, &accepted);
    save(write, &call, stored).await
}

/// The request with its answers in one order: a map on the wire has none, and a repeat must be the same bytes.
fn in_order(asked: &pb::AssessSegmentRequest) -> prost_types::Struct {
    let text = |text: &str| prost_types::Value {
        kind: Some(prost_types::value::Kind::StringValue(text.to_owned())),
    };
    let answers = asked.answers.iter().map(|(id, answer)| (format!("answers.{id}"), text(answer)));
    prost_types::Struct {
        fields: answers.chain([("name".to_owned(), text(&asked.name))]).collect(),
    }
}

/// Writes the next revision and answers with it.
async fn save(
    write: aftercare_platform::transaction::Write,
    call: &Call,
    before: StoredAssessment,
) -> Result<pb::SegmentAssessment, Error> {
    let create_time = if before.revision == 0 { now(call) } else { before.create_time };
    let stored = StoredAssessment {
        revision: before.revision + 1,
        create_time,
        update_time: now(call),
        ..before
    };
    store::save(write.tx(), call.tenant(), &stored).await?;
    let response = present(&stored)?;
    write.commit(response).await
}

/// The terms of the customer's newest contracts.
async fn accepted_terms(
    db: &impl ConnectionTrait,
    call: &Call,
    customer: &str,
) -> Result<Vec<Terms>, StoreError> {
    let rows = contract::all(call.tenant())
        .filter(contract::entity::Column::Customer.eq(format!("customers/{customer}")))
        .order_by_desc(contract::entity::Column::CreateTime)
        .order_by_asc(contract::entity::Column::Id)
        .limit(CONTRACTS)
        .all(db)
        .await?;
    let mut terms = Vec::with_capacity(rows.len());
    for row in rows {
        terms.push(quote::get(db, call.tenant(), &row.quote).await?.input.terms);
    }
    Ok(terms)
}

pub(crate) async fn set(
    server: &Server,
    call: Call,
    asked: pb::OverrideSegmentRequest,
) -> Result<pb::SegmentAssessment, Error> {
    let customer = customer_of(&asked.name)?;
    let segment = parsed(|wrong| {
        if asked.reason.trim().chars().count() < 10 {
            wrong.add("reason", "must be at least 10 characters");
        }
        known::<pb::Segment>("segment", asked.segment, wrong).map(segment_of)
    })?;
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let mut stored = store::get(write.tx(), call.tenant(), &customer).await?;
    check_etag(&asked.etag, stored.revision, &asked.name)?;
    stored.assessment.overridden = (segment != Segment::Unknown).then(|| Override {
        segment,
        reason: asked.reason.trim().to_owned(),
        principal: call.caller.principal.clone(),
    });
    save(write, &call, stored).await
}

pub(crate) fn questions() -> pb::ListSegmentQuestionsResponse {
    pb::ListSegmentQuestionsResponse {
        segment_questions: QUESTIONS.iter().map(question).collect(),
        least_points: LEAST_POINTS,
        least_lead: LEAST_LEAD,
    }
}

pub(crate) async fn offer_ladder(
    server: &Server,
    call: Call,
    asked: pb::ListOfferLadderRequest,
) -> Result<pb::ListOfferLadderResponse, Error> {
    let known = Knowledge::now(server.home.read(), call.tenant());
    let segment = of_customer(&known, "customer", &asked.customer).await?;
    let kind = pb::ServiceProduct::KIND;
    let rows = catalogue::of_kind(call.tenant(), kind).all(server.home.read()).await;
    let products: Vec<pb::ServiceProduct> =
        rows.map_err(StoreError::from)?.iter().map(fill).collect::<Result<_, _>>()?;
    let rungs: Vec<_> = products.iter().map(rung).collect();
    let chosen = ladder(&rungs, segment);
    Ok(pb::ListOfferLadderResponse {
        service_products: chosen.into_iter().map(|index| products[index].clone()).collect(),
        segment: wire_segment(segment).into(),
    })
}

/// The segment that counts for a customer named in a field.
pub(super) async fn of_customer(
    known: &Knowledge<'_>,
    field: &str,
    customer: &str,
) -> Result<Segment, Error> {
    let [id] = name_segments::<1>("customers/{customer}", customer)
        .map_err(|error| Invalid::field(field, error))?;
    Ok(known.segment(id).await?.0)
}

/// Where the segment of a quote comes from: the request, or what is on record.
pub(super) async fn source(
    known: &Knowledge<'_>,
    asked: &pb::CreateQuoteRequest,
) -> Result<Option<Source>, Error> {
    if segment_of(asked.segment()) != Segment::Unknown {
        return Ok(Some(Source::Request));
    }
    let [id] = name_segments::<1>("customers/{customer}", &asked.customer)
        .map_err(|error| Invalid::field("customer", error))?;
    Ok(known.segment(id).await?.1)
}
