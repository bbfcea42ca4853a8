//! Spare pools and part demand: the wire's words and the domain's.

use crate::handler::{day, parsed};
use crate::store::instant;
use crate::store::spare_pool::{PoolDoc, entity};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Period;
use aftercare_api::google::r#type::Money as PbMoney;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_kernel::share::Share;
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::quote::QuoteError;
use aftercare_pricing_domain::spare_part::demand::Method;
use aftercare_pricing_domain::spare_part::pool::{Month, Pool, cap, inventory_share};
use jiff::ToSpan;
use rust_decimal::Decimal;

/// A pool from the wire; notes every wrong field.
pub(crate) fn parse(given: &pb::SparePool, wrong: &mut Violations) -> Option<PoolDoc> {
    let name = given.display_name.trim();
    if name.is_empty() || name.chars().count() > 200 {
        wrong.add("display_name", "must be 1 to 200 characters");
    }
    let cost = wrong.required("cost", given.cost.as_ref());
    let cost = cost.and_then(|cost| amount("cost", cost, cost, wrong));
    let like = given.cost.clone().unwrap_or_default();
    let mut optional = |field: &str, money: Option<&PbMoney>| {
        money.map(|money| amount(field, money, &like, wrong))
    };
    let residual = optional("residual_value", given.residual_value.as_ref());
    let monthly = optional("monthly_purchases", given.monthly_purchases.as_ref());
    let inventory = optional("total_inventory", given.total_inventory.as_ref());
    let sales: Vec<Option<Money>> = given
        .closed_years_cost_of_sales
        .iter()
        .enumerate()
        .map(|(i, money)| amount(&format!("closed_years_cost_of_sales[{i}]"), money, &like, wrong))
        .collect();
    if !sales.is_empty() && sales.len() != 3 {
        wrong.add("closed_years_cost_of_sales", "must be those of the last three closed years");
    }
    let life = match given.support_life_months {
        0 => 36,
        months if (1..=600).contains(&months) => months.unsigned_abs(),
        _ => {
            wrong.add("support_life_months", "must be 1 to 600, or 0 for 36");
            36
        }
    };
    let share = match &given.cap_share {
        None => Some(Decimal::new(7, 3)),
        Some(share) => wrong
            .take("cap_share", wire::exact(share))
            .and_then(|share| wrong.take("cap_share", Share::new(share)))
            .map(Share::get),
    };
    let bought = wrong.required("purchase_date", given.purchase_date.as_ref());
    let purchased = day("purchase_date", bought, wrong);
    let cost = cost?;
    let zero = Money::zero(cost.currency());
    let residual = residual.map_or(Some(zero), |residual| residual)?;
    if residual.amount() > cost.amount() {
        wrong.add("residual_value", "must not be above the cost");
    }
    Some(PoolDoc {
        display_name: name.to_owned(),
        cost,
        life_months: life,
        residual,
        purchased: purchased?,
        monthly_purchases: monthly.map_or(Some(zero), |monthly| monthly)?,
        cap_share: share?,
        cost_of_sales: sales.into_iter().collect::<Option<_>>()?,
        inventory: inventory.flatten(),
    })
}

/// An amount of at least 0 in the currency of the cost.
fn amount(field: &str, money: &PbMoney, like: &PbMoney, wrong: &mut Violations) -> Option<Money> {
    let found = wrong.take(field, wire::amount(money))?;
    if found.amount() < Decimal::ZERO {
        wrong.add(field, "must be at least 0");
        return None;
    }
    if money.currency_code != like.currency_code {
        wrong.add(field, "must be in the currency of the cost");
        return None;
    }
    Some(found)
}

/// The pool as it is computed with.
pub(crate) fn pool(doc: &PoolDoc) -> Result<Pool, Error> {
    Ok(Pool {
        cost: doc.cost,
        life_months: doc.life_months,
        residual: doc.residual,
        purchased: doc.purchased,
        monthly_purchases: doc.monthly_purchases,
        cap: cap_of(doc)?,
        inventory: doc.inventory,
    })
}

fn cap_of(doc: &PoolDoc) -> Result<Option<Money>, Error> {
    let Ok(years) = <&[Money; 3]>::try_from(doc.cost_of_sales.as_slice()) else { return Ok(None) };
    let share = parsed(|wrong| wrong.take("cap_share", Share::new(doc.cap_share)))?;
    Ok(Some(cap(share, years).map_err(QuoteError::from)?))
}

/// A pool to the wire.
pub(crate) fn present(row: &entity::Model) -> Result<pb::SparePool, Error> {
    let doc = row.document()?;
    let time = instant("pricing_spare_pool", row.create_time)?;
    Ok(pb::SparePool {
        name: format!("sparePools/{}", row.id),
        display_name: doc.display_name.clone(),
        cost: Some(wire::money(doc.cost)),
        support_life_months: i32::try_from(doc.life_months).unwrap_or(i32::MAX),
        residual_value: Some(wire::money(doc.residual)),
        purchase_date: Some(wire::date(doc.purchased)),
        cap_share: Some(wire::decimal(doc.cap_share)),
        monthly_purchases: Some(wire::money(doc.monthly_purchases)),
        closed_years_cost_of_sales: doc.cost_of_sales.iter().map(|m| wire::money(*m)).collect(),
        total_inventory: doc.inventory.map(wire::money),
        cap: cap_of(&doc)?.map(wire::money),
        create_time: Some(wire::timestamp(time)),
    })
}

/// A month of a pool to the wire.
pub(crate) fn present_month(month: &Month, pool: &Pool) -> Result<pb::PoolMonth, StoreError> {
    let broken = |cause: MoneyError| StoreError::corrupt("pricing_spare_pool", cause);
    let next = month.start.checked_add(1.month()).ok();
    let share = |amount: Money| inventory_share(amount, pool.inventory).map(wire::decimal);
    Ok(pb::PoolMonth {
        month: Some(Period {
            start_date: Some(wire::date(month.start)),
            end_date: next.map(wire::date),
        }),
        book_value: Some(wire::money(month.book)),
        write_down: Some(wire::money(month.write_down)),
        over_cap: Some(wire::money(month.over_cap)),
        purchases: Some(wire::money(month.purchases)),
        cash_tied_up: Some(wire::money(month.tied_up)),
        unreal_profit: Some(wire::money(month.unreal_profit().map_err(broken)?)),
        inventory_share: share(month.tied_up),
        cap_inventory_share: pool.cap.and_then(share),
    })
}

pub(crate) const fn method(method: Method) -> pb::DemandMethod {
    match method {
        Method::Croston => pb::DemandMethod::Croston,
        Method::SyntetosBoylan => pb::DemandMethod::SyntetosBoylan,
        Method::Tsb => pb::DemandMethod::Tsb,
    }
}
