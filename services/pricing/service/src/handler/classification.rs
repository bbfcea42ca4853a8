//! Classification: whether a contract bears a work order, under which term and why.

use super::actuals::{Book, micros};
use super::{day, id_of, parsed};
use crate::convert::contract::names;
use crate::convert::terms::{exclusion, exclusion_of, known};
use crate::server::Server;
use crate::store::evidence::{self, FailureDoc, failure, machine};
use crate::store::knowledge::Knowledge;
use crate::store::{amendment, contract, instant, quote};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_kernel::money::Money;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::classification::{Work, WorkCost, classify};
use aftercare_pricing_domain::policy::PricingPolicy;
use aftercare_pricing_domain::quote::QuoteError;
use aftercare_pricing_domain::rate_card::{Rates, nearest};
use aftercare_pricing_domain::terms::Exclusion;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::BTreeSet;

pub(crate) async fn classify_work_order(
    server: &Server,
    call: Call,
    asked: pb::ClassifyWorkOrderRequest,
) -> Result<pb::ClassifyWorkOrderResponse, Error> {
    let contract_id = id_of("contracts/{contract}", &asked.name)?;
    let request = parsed(|wrong| parse(&asked, wrong))?;
    let contract = contract::get(server.home.read(), call.tenant(), &contract_id).await?;
    let quote = quote::get(server.home.read(), call.tenant(), &contract.quote).await?;
    let amendments = amendment::of(server.home.read(), call.tenant(), &contract_id).await?;
    let book = Book { contract, amendments, quote };
    let (contract, amendments, policy) =
        (&book.contract, &book.amendments, &book.quote.input.policy);
    let mut hours_unknown = false;
    let mut work = Work { day: request.day, causes: request.causes, ..Work::default() };
    if let Some(row) = order(server, &call, &request.id).await? {
        let done = instant("pricing_failure", row.failure_time)?.to_zoned(TimeZone::UTC).date();
        work.day = work.day.or(Some(done));
        let covered = names(&contract.agreement.assets_on(amendments, work.day.unwrap_or(done)));
        let machine = machine_of(server, &call, &row.asset).await?;
        let name = machine.as_ref().map(|machine| machine.name.clone());
        work.asset = name.map(|name| (name.clone(), covered.contains(&name)));
        let region = machine.map(|machine| machine.region_code).unwrap_or_default();
        work.before = repairs_before(server, &call, &covered, (contract, row.failure_time)).await?;
        let day = work.day.unwrap_or(done);
        let asset = work.asset.as_ref().map_or("", |(name, _)| name.as_str());
        let rates = match book.rates(asset) {
            Some(rates) => rates.clone(),
            None => rates_today(server, &call, policy, (&region, day)).await?,
        };
        let doc = row.document()?;
        work.cost = cost(policy, &doc, &rates)?;
        if let Some(cost) = &work.cost {
            let hours = (doc.labour_hours, doc.overtime);
            work.surcharge = book.surcharge((asset, day), hours, cost).map_err(QuoteError::from)?;
            hours_unknown = doc.overtime.is_none();
        }
    }
    let period = (contract.start, contract.end);
    // What was promised on that day, amendments included.
    let terms = contract.agreement.terms_on(amendments, work.day.unwrap_or(contract.start));
    let verdict = classify(terms, policy, period, &work).map_err(QuoteError::from)?;
    Ok(pb::ClassifyWorkOrderResponse {
        covered: verdict.covered,
        exclusion: verdict.exclusion.map_or(pb::Exclusion::Unspecified, exclusion).into(),
        explanation: verdict.explanation(),
        applied_terms: verdict
            .applied
            .into_iter()
            .map(|applied| pb::AppliedTerm {
                term: applied.term.to_owned(),
                explanation: applied.explanation,
            })
            .collect(),
        our_cost: verdict.split.map(|(ours, _)| wire::money(ours)),
        customer_cost: verdict.split.map(|(_, theirs)| wire::money(theirs)),
        hours_unknown,
    })
}

struct Request {
    /// Id of the work order.
    id: String,
    causes: BTreeSet<Exclusion>,
    day: Option<Date>,
}

fn parse(asked: &pb::ClassifyWorkOrderRequest, wrong: &mut Violations) -> Option<Request> {
    let order = name_segments::<1>("workOrders/{work_order}", &asked.work_order);
    let order = wrong.take("work_order", order);
    let mut causes = BTreeSet::new();
    for (i, number) in asked.causes.iter().enumerate() {
        let field = format!("causes[{i}]");
        match known(&field, *number, wrong).map(exclusion_of) {
            Some(Some(cause)) => {
                causes.insert(cause);
            }
            Some(None) => wrong.add(&field, "must be said"),
            None => {}
        }
    }
    let day = day("work_date", asked.work_date.as_ref(), wrong);
    let [id] = order?;
    Some(Request { id: id.to_owned(), causes, day })
}

/// The repair as pricing knows it; none if it never came, or is no repair.
async fn order(
    server: &Server,
    call: &Call,
    id: &str,
) -> Result<Option<failure::Model>, StoreError> {
    let select = evidence::failures(call.tenant()).filter(failure::Column::Id.eq(id));
    Ok(select.one(server.home.read()).await?)
}

async fn machine_of(
    server: &Server,
    call: &Call,
    id: &str,
) -> Result<Option<machine::Model>, StoreError> {
    let select = evidence::machines(call.tenant()).filter(machine::Column::Id.eq(id));
    Ok(select.one(server.home.read()).await?)
}

/// Repairs of the contract's machines from its start until a repair.
async fn repairs_before(
    server: &Server,
    call: &Call,
    covered: &[String],
    (contract, until): (&contract::StoredContract, i64),
) -> Result<Option<u32>, Error> {
    let ids: Vec<String> =
        covered.iter().filter_map(|name| Some(name.rsplit('/').next()?.to_owned())).collect();
    let rows = evidence::failures_of(server.home.read(), call.tenant(), &ids).await?;
    let window = micros(contract.start)..until;
    let before = rows.iter().filter(|row| window.contains(&row.failure_time)).count();
    Ok(u32::try_from(before).ok())
}

/// Rates of a machine that the contract does not know, by today's cards.
async fn rates_today(
    server: &Server,
    call: &Call,
    policy: &PricingPolicy,
    (region, day): (&str, Date),
) -> Result<Rates, Error> {
    let known = Knowledge::now(server.home.read(), call.tenant());
    let cards = super::quote::rate_cards(&known, policy).await?;
    let region = RegionCode::parse(region).ok();
    let card = nearest(&cards, region.as_ref(), day);
    Ok(card.map_or_else(|| policy.default_rates(), |card| card.rates.clone()))
}

/// What the repair cost at rates; none if an amount is not known in the policy's currency.
fn cost(
    policy: &PricingPolicy,
    doc: &FailureDoc,
    rates: &Rates,
) -> Result<Option<WorkCost>, Error> {
    let amounts = doc.parts_micros.is_some() || doc.travel_micros.is_some();
    let (Some(hours), true) = (doc.labour_hours, amounts) else { return Ok(None) };
    if doc.currency != policy.currency.code() {
        return Ok(None);
    }
    let of = |micros: Option<i64>| Money::from_micros(micros.unwrap_or(0).max(0), policy.currency);
    let hours = hours.max(0.0) + doc.overtime.unwrap_or_default().surcharge(rates);
    let labour = Money::from_model(hours * rates.labour_per_hour, policy.currency)
        .map_err(QuoteError::from)?;
    Ok(Some(WorkCost { labour, parts: of(doc.parts_micros), travel: of(doc.travel_micros) }))
}
