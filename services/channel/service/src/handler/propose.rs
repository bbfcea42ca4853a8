//! Proposals: what the ladder says, and how the injured are made whole. They change nothing.

use super::detection::bounds;
use crate::convert::sanction::{present, present_compensation, read_intent};
use crate::convert::sighting::id_in;
use crate::server::Server;
use crate::store::conflict::{self, Kept, Measured};
use crate::store::market::MarketFacts;
use crate::store::{market, movement};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::compensation::{CompensationError, compensate};
use aftercare_channel_domain::conflict::ConflictError;
use aftercare_channel_domain::rebate::RebatePlan;
use aftercare_channel_domain::sanction::{LADDER, Offence, propose};
use aftercare_channel_domain::scale::losses;
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::money::Money;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire::amount;
use jiff::ToSpan;
use rust_decimal::Decimal;
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;

pub(crate) async fn sanctions(
    server: &Server,
    call: Call,
    request: pb::ProposeSanctionsRequest,
) -> Result<pb::ProposeSanctionsResponse, Error> {
    let kept = load(server, &call, &request.name).await?;
    let measured = measured(&kept)?;
    let intent = kept.conflict.intent.or_else(|| read_intent(request.intent()));
    let intent = intent
        .ok_or_else(|| Invalid::field("intent", "is required before the conflict is confirmed"))?;
    let db = server.home.read();
    let facts = market::load(db, call.tenant(), server.zone.clone()).await?;
    let since = call.now.checked_sub((2 * 365 * 24).hours()).unwrap_or(jiff::Timestamp::MIN);
    let all = conflict::of_accused(db, call.tenant(), &kept.conflict.accused).await?;
    let earlier = all.iter().filter(|other| {
        other.id != kept.id
            && other.conflict.state.is_proven()
            && other.created >= since
            && other.created < kept.created
    });
    let offence = Offence {
        scale: &measured.scale,
        intent,
        earlier: u32::try_from(earlier.count()).unwrap_or(u32::MAX),
        products: &kept.conflict.products,
    };
    let start = kept.conflict.window.start();
    let plan = facts
        .plans
        .iter()
        .find(|plan| plan.distributor == kept.conflict.accused && plan.period.contains(start));
    let plan = match plan {
        Some(plan) => {
            purchases(db, call.tenant(), server, &facts, plan).await?.map(|sum| (plan, sum))
        }
        None => None,
    };
    let today = call.now.to_zoned(server.zone.clone()).date();
    let proposal = propose(&LADDER, &offence, plan, today).map_err(CompensationError::from)?;
    let mut reasons = proposal.reasons;
    if plan.is_none() {
        reasons.push(
            "no rebate plan with known purchases covers the window: no deduction is proposed"
                .to_owned(),
        );
    }
    Ok(pb::ProposeSanctionsResponse {
        sanctions: proposal.sanctions.iter().map(present).collect(),
        ladder_version: proposal.version.to_owned(),
        reasons,
    })
}

/// What the distributor bought in the plan's period: as the ERP says, or its shipments at list price.
async fn purchases(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    server: &Server,
    facts: &MarketFacts,
    plan: &RebatePlan,
) -> Result<Option<Money>, Error> {
    if plan.purchases.is_some() {
        return Ok(plan.purchases);
    }
    let Some(currency) = plan.steps.first().map(|step| step.threshold.currency()) else {
        return Ok(None);
    };
    let mut units: BTreeMap<String, i64> = BTreeMap::new();
    for (_, gtin, consignee) in
        movement::shipped(db, tenant, bounds(plan.period, &server.zone)).await?
    {
        if consignee == plan.distributor.as_str() {
            *units.entry(gtin).or_default() += 1;
        }
    }
    let mut sum = Money::zero(currency);
    for (gtin, count) in units {
        let product = facts.market.products.get(&gtin).and_then(|id| facts.goods.get(id));
        if let Some(price) = product.and_then(|product| product.list_price) {
            let line = price.times(Decimal::from(count)).map_err(CompensationError::from)?;
            sum = sum.checked_add(line).map_err(CompensationError::from)?;
        }
    }
    Ok(Some(sum))
}

pub(crate) async fn compensation(
    server: &Server,
    call: Call,
    request: pb::ProposeCompensationRequest,
) -> Result<pb::ProposeCompensationResponse, Error> {
    let mut wrong = Violations::new();
    let deduction =
        request.from_deduction.as_ref().and_then(|sum| wrong.take("from_deduction", amount(sum)));
    let fund = request.fund_limit.as_ref().and_then(|sum| wrong.take("fund_limit", amount(sum)));
    for (sum, field) in [(deduction, "from_deduction"), (fund, "fund_limit")] {
        if sum.is_some_and(|sum| sum.amount().is_sign_negative()) {
            wrong.add(field, "must not be negative");
        }
    }
    wrong.finish()?;
    let kept = load(server, &call, &request.name).await?;
    let losses = losses(&measured(&kept)?.scale).map_err(CompensationError::from)?;
    let lost = losses.iter().try_fold(None, |sum: Option<Money>, (_, loss)| match sum {
        None => Ok(Some(*loss)),
        Some(sum) => sum.checked_add(*loss).map(Some),
    });
    let lost = lost.map_err(CompensationError::from)?.ok_or(CompensationError::NoLoss)?;
    let deduction = deduction.unwrap_or(Money::zero(lost.currency()));
    // Unless it says otherwise, the maker bears what the deduction does not.
    let found = compensate(&losses, deduction, fund.unwrap_or(lost))?;
    let reasons = vec![
        format!("the injured lost {lost} by the measured scale"),
        format!(
            "the deduction of {deduction} pays first, the maker's fund the rest up to its limit; shared by loss, to the last cent"
        ),
    ];
    Ok(pb::ProposeCompensationResponse {
        compensation: Some(present_compensation(&found, &reasons)),
    })
}

async fn load(server: &Server, call: &Call, name: &str) -> Result<Kept, Error> {
    let mut wrong = Violations::new();
    let id = id_in(name, "conflicts/{conflict}", "name", &mut wrong);
    wrong.finish()?;
    Ok(conflict::get(server.home.read(), call.tenant(), &id.unwrap_or_default()).await?)
}

fn measured(kept: &Kept) -> Result<&Measured, ConflictError> {
    kept.conflict.scale.as_ref().ok_or_else(|| ConflictError::NotMeasured { id: kept.id.clone() })
}
