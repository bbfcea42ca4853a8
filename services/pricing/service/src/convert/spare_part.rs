//! Spare pools and part demand: the wire's words and the domain's.

use super::terms::known;
use crate::handler::{day, parsed};
use crate::store::instant;
use crate::store::spare_pool::{AdjustmentDoc, PoolDoc, entity};
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
use aftercare_pricing_domain::spare_part::pool::{
    Adjustment, Basis, Framework, Kind, Month, Pool, cap, cost_of_sales, inventory_share,
};
use jiff::ToSpan;
use jiff::civil::Date;
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
    let (year_ends, sales) = closed_years(given, purchased, wrong);
    let basis = known("cost_of_sales_basis", given.cost_of_sales_basis, wrong).map(basis_of);
    let framework = known("accounting_framework", given.accounting_framework, wrong);
    let framework = framework.and_then(framework_of);
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
        cost_of_sales: sales?,
        inventory: inventory.flatten(),
        basis: basis?,
        year_ends: year_ends?,
        framework,
        adjustments: Vec::new(),
    })
}

/// The last three closed years: their last days, if they are named, and their cost of sales.
fn closed_years(
    given: &pb::SparePool,
    purchased: Option<Date>,
    wrong: &mut Violations,
) -> (Option<Vec<Date>>, Option<Vec<Money>>) {
    let like = given.cost.clone().unwrap_or_default();
    let (plain, named) = (&given.closed_years_cost_of_sales, &given.closed_years);
    let field = if named.is_empty() { "closed_years_cost_of_sales" } else { "closed_years" };
    if !named.is_empty() && !plain.is_empty() {
        wrong.add(field, "must not be given beside closed_years_cost_of_sales");
    }
    let count = plain.len().max(named.len());
    if count != 0 && count != 3 {
        wrong.add(field, format!("must be the last three closed years, not {count}"));
    }
    if named.is_empty() {
        let sales = plain.iter().enumerate().map(|(i, money)| {
            amount(&format!("closed_years_cost_of_sales[{i}]"), money, &like, wrong)
        });
        // Collected first, so that every wrong one is named.
        let sales: Vec<Option<Money>> = sales.collect();
        return (Some(Vec::new()), sales.into_iter().collect());
    }
    let years: Vec<(Option<Date>, Option<Money>)> = named
        .iter()
        .enumerate()
        .map(|(i, year)| {
            wrong.within(&format!("closed_years[{i}]"), |wrong| {
                let end = wrong.required("end_date", year.end_date.as_ref());
                let sales = wrong.required("cost_of_sales", year.cost_of_sales.as_ref());
                let sales = sales.and_then(|sales| amount("cost_of_sales", sales, &like, wrong));
                (day("end_date", end, wrong), sales)
            })
        })
        .collect();
    let (ends, sales): (Vec<_>, Vec<_>) = years.into_iter().unzip();
    let ends: Option<Vec<Date>> = ends.into_iter().collect();
    if let (Some(ends), Some(purchased)) = (&ends, purchased) {
        check_years(ends, purchased, wrong);
    }
    (ends, sales.into_iter().collect())
}

/// A financial year may end on the last of February, so that a year and a day is a year after.
fn check_years(ends: &[Date], purchased: Date, wrong: &mut Violations) {
    for (i, pair) in ends.windows(2).enumerate() {
        if !(365..=366).contains(&(pair[1] - pair[0]).get_days()) {
            let field = format!("closed_years[{}].end_date", i + 1);
            wrong.add(&field, "must be a year after the one before");
        }
    }
    let Some(last) = ends.last() else { return };
    let field = || format!("closed_years[{}].end_date", ends.len() - 1);
    if *last >= purchased {
        wrong.add(&field(), "must be before the purchase: the year must be closed");
    } else if *last < purchased.saturating_sub(2.years()) {
        wrong.add(&field(), "must lie within two years before the purchase");
    }
}

/// A change of a pool's value from the wire; notes every wrong field.
pub(crate) fn parse_adjustment(
    given: &pb::ValueAdjustment,
    (today, now): (Date, i64),
    wrong: &mut Violations,
) -> Option<AdjustmentDoc> {
    let kind = match known("kind", given.kind, wrong) {
        Some(pb::ValueAdjustmentKind::Unspecified) => {
            wrong.add("kind", "must be a write-down or a reversal");
            None
        }
        Some(pb::ValueAdjustmentKind::WriteDown) => Some(Kind::WriteDown),
        Some(pb::ValueAdjustmentKind::Reversal) => Some(Kind::Reversal),
        None => None,
    };
    let effective = wrong.required("effective_date", given.effective_date.as_ref());
    let effective = day("effective_date", effective, wrong);
    if effective.is_some_and(|effective| effective > today) {
        wrong.add("effective_date", "must not lie in the future");
    }
    let amount = wrong.required("amount", given.amount.as_ref());
    let amount = amount.and_then(|amount| wrong.take("amount", wire::amount(amount)));
    if amount.is_some_and(|amount| amount.amount() <= Decimal::ZERO) {
        wrong.add("amount", "must be above 0");
    }
    let reason = given.reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        wrong.add("reason", "must be 1 to 500 characters");
    }
    Some(AdjustmentDoc {
        kind: kind?,
        day: effective?,
        amount: amount?,
        reason: reason.to_owned(),
        create_time: now,
    })
}

const fn basis_of(basis: pb::CostOfSalesBasis) -> Basis {
    match basis {
        pb::CostOfSalesBasis::Unspecified | pb::CostOfSalesBasis::Sum => Basis::Sum,
        pb::CostOfSalesBasis::Mean => Basis::Mean,
    }
}

const fn basis_to(basis: Basis) -> pb::CostOfSalesBasis {
    match basis {
        Basis::Sum => pb::CostOfSalesBasis::Sum,
        Basis::Mean => pb::CostOfSalesBasis::Mean,
    }
}

const fn framework_of(framework: pb::AccountingFramework) -> Option<Framework> {
    match framework {
        pb::AccountingFramework::Unspecified => None,
        pb::AccountingFramework::Ifrs => Some(Framework::Ifrs),
        pb::AccountingFramework::UsGaap => Some(Framework::UsGaap),
        pb::AccountingFramework::Cas => Some(Framework::Cas),
    }
}

const fn framework_to(framework: Option<Framework>) -> pb::AccountingFramework {
    match framework {
        None => pb::AccountingFramework::Unspecified,
        Some(Framework::Ifrs) => pb::AccountingFramework::Ifrs,
        Some(Framework::UsGaap) => pb::AccountingFramework::UsGaap,
        Some(Framework::Cas) => pb::AccountingFramework::Cas,
    }
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
        framework: doc.framework,
        adjustments: doc
            .adjustments
            .iter()
            .map(|AdjustmentDoc { kind, day, amount, .. }| Adjustment {
                kind: *kind,
                day: *day,
                amount: *amount,
            })
            .collect(),
    })
}

fn years_of(doc: &PoolDoc) -> Option<&[Money; 3]> {
    doc.cost_of_sales.as_slice().try_into().ok()
}

fn cap_of(doc: &PoolDoc) -> Result<Option<Money>, Error> {
    let Some(years) = years_of(doc) else { return Ok(None) };
    let share = parsed(|wrong| wrong.take("cap_share", Share::new(doc.cap_share)))?;
    Ok(Some(cap(share, doc.basis, years).map_err(QuoteError::from)?))
}

/// What the cap is a share of; none without closed years.
pub(crate) fn sales_of(doc: &PoolDoc) -> Result<Option<Money>, Error> {
    let sales = years_of(doc).map(|years| cost_of_sales(doc.basis, years));
    Ok(sales.transpose().map_err(QuoteError::from)?)
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
        closed_years: present_years(&doc),
        cost_of_sales_basis: basis_to(doc.basis).into(),
        accounting_framework: framework_to(doc.framework).into(),
        value_adjustments: doc
            .adjustments
            .iter()
            .map(present_adjustment)
            .collect::<Result<_, _>>()?,
        total_inventory: doc.inventory.map(wire::money),
        cap: cap_of(&doc)?.map(wire::money),
        create_time: Some(wire::timestamp(time)),
    })
}

fn present_years(doc: &PoolDoc) -> Vec<pb::ClosedYear> {
    let years = doc.year_ends.iter().zip(&doc.cost_of_sales);
    years
        .map(|(end, sales)| pb::ClosedYear {
            end_date: Some(wire::date(*end)),
            cost_of_sales: Some(wire::money(*sales)),
        })
        .collect()
}

fn present_adjustment(doc: &AdjustmentDoc) -> Result<pb::ValueAdjustment, StoreError> {
    let kind = match doc.kind {
        Kind::WriteDown => pb::ValueAdjustmentKind::WriteDown,
        Kind::Reversal => pb::ValueAdjustmentKind::Reversal,
    };
    Ok(pb::ValueAdjustment {
        kind: kind.into(),
        effective_date: Some(wire::date(doc.day)),
        amount: Some(wire::money(doc.amount)),
        reason: doc.reason.clone(),
        create_time: Some(wire::timestamp(instant("pricing_spare_pool", doc.create_time)?)),
    })
}

/// A month of a pool to the wire; `sales` is what the cap is a share of.
pub(crate) fn present_month(
    month: &Month,
    pool: &Pool,
    sales: Option<Money>,
) -> Result<pb::PoolMonth, StoreError> {
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
        adjusted_write_down: Some(wire::money(month.adjusted)),
        reversal: Some(wire::money(month.reversal)),
        cost_of_sales_ratio: inventory_share(month.book, sales).map(wire::decimal),
    })
}

pub(crate) const fn method(method: Method) -> pb::DemandMethod {
    match method {
        Method::Croston => pb::DemandMethod::Croston,
        Method::SyntetosBoylan => pb::DemandMethod::SyntetosBoylan,
        Method::Tsb => pb::DemandMethod::Tsb,
    }
}
