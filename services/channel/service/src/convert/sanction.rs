//! Sanctions and compensation on the wire.

use super::sighting::word;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::compensation::{Compensation, CompensationShare};
use aftercare_channel_domain::network::{DistributorId, ProductId};
use aftercare_channel_domain::rebate::RebatePlanId;
use aftercare_channel_domain::sanction::{Intent, Sanction, SanctionKind};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_kernel::money::Money;
use aftercare_kernel::region::RegionCode;
use aftercare_kernel::share::Share;
use aftercare_platform::wire::{amount, civil_date, decimal, exact, money, period};

/// A sanction.
pub(crate) fn present(sanction: &Sanction) -> pb::Sanction {
    let plan = sanction.rebate_plan.as_ref().map(|id| format!("rebatePlans/{id}"));
    pb::Sanction {
        kind: word(pb::SanctionKind::from_str_name, "SANCTION_KIND", sanction.kind.as_str()),
        amount: sanction.amount.map(money),
        rebate_share: sanction.rebate_share.map(|share| decimal(share.get())),
        rebate_plan: plan.unwrap_or_default(),
        products: sanction.products.iter().map(|id| format!("products/{id}")).collect(),
        period: sanction.period.map(period),
        regions: sanction.regions.iter().map(ToString::to_string).collect(),
        reasons: sanction.reasons.clone(),
    }
}

/// A sanction that a person decides.
pub(crate) fn read(wire: &pb::Sanction, wrong: &mut Violations) -> Option<Sanction> {
    let kind = wire.kind().as_str_name().trim_start_matches("SANCTION_KIND_");
    let kind = wrong.take("kind", SanctionKind::parse(kind));
    let plan = (!wire.rebate_plan.is_empty()).then(|| {
        let [id] = wrong.take(
            "rebate_plan",
            name_segments::<1>("rebatePlans/{rebate_plan}", &wire.rebate_plan),
        )?;
        wrong.take("rebate_plan", RebatePlanId::parse(id))
    });
    let share = wire.rebate_share.as_ref().and_then(|share| {
        let value = wrong.take("rebate_share", exact(share))?;
        wrong.take("rebate_share", Share::new(value))
    });
    let amount = wire.amount.as_ref().and_then(|sum| wrong.take("amount", amount(sum)));
    if amount.is_some_and(|sum| sum.amount().is_sign_negative()) {
        wrong.add("amount", "must not be negative");
    }
    if kind == Some(SanctionKind::RebateDeduction) && amount.is_none() {
        wrong.add("amount", "is required for a deduction");
    }
    let hold = wire.period.as_ref().and_then(|wire| read_period(wire, "period", wrong));
    if kind == Some(SanctionKind::SupplyHold) && hold.is_none() {
        wrong.add("period", "is required for a hold");
    }
    let mut products = Vec::with_capacity(wire.products.len());
    for (i, name) in wire.products.iter().enumerate() {
        products.extend(product_id(name, &format!("products[{i}]"), wrong));
    }
    let mut regions = Vec::with_capacity(wire.regions.len());
    for (i, code) in wire.regions.iter().enumerate() {
        regions.extend(wrong.take(&format!("regions[{i}]"), RegionCode::parse(code)));
    }
    Some(Sanction {
        kind: kind?,
        amount,
        rebate_share: share,
        rebate_plan: plan.flatten(),
        products,
        period: hold,
        regions,
        reasons: wire.reasons.clone(),
    })
}

/// The id in `products/x`.
pub(crate) fn product_id(name: &str, field: &str, wrong: &mut Violations) -> Option<ProductId> {
    let [id] = wrong.take(field, name_segments::<1>("products/{product}", name))?;
    wrong.take(field, ProductId::parse(id))
}

/// Civil dates, half-open.
pub(crate) fn read_period(
    wire: &aftercare_api::aftercare::r#type::v1::Period,
    field: &str,
    wrong: &mut Violations,
) -> Option<aftercare_kernel::period::Period> {
    let start = wrong.required(&format!("{field}.start_date"), wire.start_date.as_ref());
    let start = start.and_then(|day| wrong.take(&format!("{field}.start_date"), civil_date(day)));
    let end =
        wire.end_date.as_ref().map(|day| wrong.take(&format!("{field}.end_date"), civil_date(day)));
    let end = match end {
        Some(None) => return None,
        Some(Some(day)) => Some(day),
        None => None,
    };
    wrong.take(field, aftercare_kernel::period::Period::new(start?, end))
}

/// An intent; none where it is not said.
pub(crate) fn read_intent(wire: pb::Intent) -> Option<Intent> {
    Intent::parse(wire.as_str_name().trim_start_matches("INTENT_")).ok()
}

/// A compensation.
pub(crate) fn present_compensation(
    compensation: &Compensation,
    reasons: &[String],
) -> pb::Compensation {
    let shares = compensation.shares.iter().map(|share| pb::CompensationShare {
        distributor: format!("distributors/{}", share.distributor),
        loss: Some(money(share.loss)),
        amount: Some(money(share.amount)),
        from_deduction: Some(money(share.from_deduction)),
        from_fund: Some(money(share.from_fund)),
    });
    pb::Compensation {
        shares: shares.collect(),
        total: Some(money(compensation.total)),
        from_deduction: Some(money(compensation.from_deduction)),
        from_fund: Some(money(compensation.from_fund)),
        reasons: reasons.to_vec(),
    }
}

/// A compensation that a person decides.
pub(crate) fn read_compensation(
    wire: &pb::Compensation,
    wrong: &mut Violations,
) -> Option<Compensation> {
    let total = sum(wire.total.as_ref(), "total", wrong)?;
    let zero = Money::zero(total.currency());
    let mut shares = Vec::with_capacity(wire.shares.len());
    for (i, share) in wire.shares.iter().enumerate() {
        shares
            .extend(wrong.within(&format!("shares[{i}]"), |wrong| read_share(share, zero, wrong)));
    }
    let part = |wire: Option<&_>, field, wrong: &mut Violations| match wire {
        None => Some(zero),
        some => sum(some, field, wrong),
    };
    Some(Compensation {
        shares,
        total,
        from_deduction: part(wire.from_deduction.as_ref(), "from_deduction", wrong)?,
        from_fund: part(wire.from_fund.as_ref(), "from_fund", wrong)?,
    })
}

fn read_share(
    wire: &pb::CompensationShare,
    zero: Money,
    wrong: &mut Violations,
) -> Option<CompensationShare> {
    let segments = name_segments::<1>("distributors/{distributor}", &wire.distributor);
    let distributor = wrong.take("distributor", segments);
    let distributor =
        distributor.and_then(|[id]| wrong.take("distributor", DistributorId::parse(id)));
    let amount = sum(wire.amount.as_ref(), "amount", wrong);
    let part = |wire: Option<&_>, field, wrong: &mut Violations| match wire {
        None => Some(zero),
        some => sum(some, field, wrong),
    };
    Some(CompensationShare {
        loss: part(wire.loss.as_ref(), "loss", wrong)?,
        from_deduction: part(wire.from_deduction.as_ref(), "from_deduction", wrong)?,
        from_fund: part(wire.from_fund.as_ref(), "from_fund", wrong)?,
        distributor: distributor?,
        amount: amount?,
    })
}

fn sum(
    wire: Option<&aftercare_api::google::r#type::Money>,
    field: &str,
    wrong: &mut Violations,
) -> Option<Money> {
    let wire = wrong.required(field, wire)?;
    wrong.take(field, amount(wire))
}
