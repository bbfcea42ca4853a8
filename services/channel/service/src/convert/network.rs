//! Stored resources of the network as the domain's values. They were checked when they came in; one that fails is corrupt.

use super::sanction::read_period;
use crate::store::network::TABLE;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::gs1::Gtin;
use aftercare_channel_domain::network::{DistributorId, Product, ProductId};
use aftercare_channel_domain::rebate::{RebatePlan, RebatePlanId, RebateStep};
use aftercare_channel_domain::territory::{
    Agreement, AgreementId, Exception, ExceptionId, ExceptionKind,
};
use aftercare_channel_domain::verdict::PricePolicy;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::Money;
use aftercare_kernel::period::Period;
use aftercare_kernel::region::RegionCode;
use aftercare_kernel::share::Share;
use aftercare_platform::database::StoreError;
use aftercare_platform::wire::{amount, exact};
use std::collections::BTreeMap;

fn corrupt(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::corrupt(TABLE, what)
}

/// The id after the last slash.
fn tail(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

fn regions(codes: &[String]) -> Result<Vec<RegionCode>, StoreError> {
    codes.iter().map(|code| RegionCode::parse(code).map_err(corrupt)).collect()
}

fn products<C: FromIterator<ProductId>>(names: &[String]) -> Result<C, StoreError> {
    names.iter().map(|name| ProductId::parse(tail(name)).map_err(corrupt)).collect()
}

fn period(
    wire: Option<&aftercare_api::aftercare::r#type::v1::Period>,
) -> Result<Period, StoreError> {
    let mut wrong = Violations::new();
    let found = wire.and_then(|wire| read_period(wire, "period", &mut wrong));
    found.ok_or_else(|| corrupt("period"))
}

fn sum(wire: Option<&aftercare_api::google::r#type::Money>) -> Result<Option<Money>, StoreError> {
    wire.map(|wire| amount(wire).map_err(corrupt)).transpose()
}

/// An agreement with its territory's regions; a territory that is gone covers nothing.
pub(crate) fn agreement(
    wire: &pb::TerritoryAgreement,
    territories: &BTreeMap<String, pb::Territory>,
) -> Result<Agreement, StoreError> {
    let territory = territories.get(&wire.territory);
    let channel = territory.map(|t| t.trade_channel.clone()).filter(|channel| !channel.is_empty());
    Ok(Agreement {
        id: AgreementId::parse(tail(&wire.name)).map_err(corrupt)?,
        distributor: DistributorId::parse(tail(&wire.distributor)).map_err(corrupt)?,
        regions: regions(territory.map_or(&[], |t| &t.regions))?,
        trade_channel: channel,
        exclusive: wire.exclusive,
        products: products(&wire.products)?,
        period: period(wire.period.as_ref())?,
    })
}

/// An exception.
pub(crate) fn exception(wire: &pb::TerritoryException) -> Result<Exception, StoreError> {
    let kind = wire.kind().as_str_name().trim_start_matches("TERRITORY_EXCEPTION_KIND_");
    let whose =
        (!wire.distributor.is_empty()).then(|| DistributorId::parse(tail(&wire.distributor)));
    Ok(Exception {
        id: ExceptionId::parse(tail(&wire.name)).map_err(corrupt)?,
        kind: ExceptionKind::parse(kind).map_err(corrupt)?,
        distributor: whose.transpose().map_err(corrupt)?,
        regions: regions(&wire.regions)?,
        products: products(&wire.products)?,
        period: period(wire.period.as_ref())?,
        serials: wire.serials.iter().cloned().collect(),
        max_units: u64::try_from(wire.max_units).ok().filter(|units| *units > 0),
    })
}

/// A product.
pub(crate) fn product(wire: &pb::Product) -> Result<Product, StoreError> {
    Ok(Product {
        id: ProductId::parse(tail(&wire.name)).map_err(corrupt)?,
        gtin: Gtin::parse(&wire.gtin).map_err(corrupt)?,
        list_price: sum(wire.list_price.as_ref())?,
        margin: sum(wire.distributor_margin.as_ref())?,
    })
}

/// A price floor.
pub(crate) fn price_policy(wire: &pb::PricePolicy) -> Result<PricePolicy, StoreError> {
    Ok(PricePolicy {
        product: ProductId::parse(tail(&wire.product)).map_err(corrupt)?,
        regions: regions(&wire.regions)?,
        period: period(wire.period.as_ref())?,
        floor: sum(wire.floor_price.as_ref())?.ok_or_else(|| corrupt("floor_price"))?,
    })
}

/// A rebate plan.
pub(crate) fn rebate_plan(wire: &pb::RebatePlan) -> Result<RebatePlan, StoreError> {
    let mut wrong = Violations::new();
    let steps = steps(wire, &mut wrong);
    wrong.finish().map_err(corrupt)?;
    Ok(RebatePlan {
        id: RebatePlanId::parse(tail(&wire.name)).map_err(corrupt)?,
        distributor: DistributorId::parse(tail(&wire.distributor)).map_err(corrupt)?,
        period: period(wire.period.as_ref())?,
        steps,
        purchases: sum(wire.purchases.as_ref())?,
    })
}

fn steps(wire: &pb::RebatePlan, wrong: &mut Violations) -> Vec<RebateStep> {
    let mut found = Vec::with_capacity(wire.steps.len());
    for (i, step) in wire.steps.iter().enumerate() {
        wrong.within(&format!("steps[{i}]"), |wrong| {
            let threshold = wrong.required("threshold", step.threshold.as_ref());
            let threshold = threshold.and_then(|sum| wrong.take("threshold", amount(sum)));
            let rate = wrong.required("rate", step.rate.as_ref());
            let rate = rate.and_then(|rate| wrong.take("rate", exact(rate)));
            let rate = rate.and_then(|rate| wrong.take("rate", Share::new(rate)));
            found.extend(
                threshold.zip(rate).map(|(threshold, rate)| RebateStep { threshold, rate }),
            );
        });
    }
    found
}

/// Notes what is wrong with the steps of a plan.
pub(crate) fn rebate_steps(wire: &pb::RebatePlan, wrong: &mut Violations) {
    let steps = steps(wire, wrong);
    let parts = RebatePlanId::parse("p").ok().zip(DistributorId::parse("d").ok());
    let whole = Period::new(jiff::civil::Date::MIN, None).ok();
    if let Some((((id, distributor), period), true)) =
        parts.zip(whole).map(|p| (p, steps.len() == wire.steps.len()))
    {
        let purchases = sum(wire.purchases.as_ref()).ok().flatten();
        RebatePlan { id, distributor, period, steps, purchases }.check(wrong);
    }
}
