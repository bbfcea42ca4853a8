//! Contracts, amendments and billing schedules: the wire's words and the domain's.

use super::quote::fees;
use super::terms;
use crate::store::amendment::StoredAmendment;
use crate::store::contract::StoredContract;
use crate::store::{etag, instant};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Period;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_platform::database::StoreError;
use aftercare_platform::wire;
use aftercare_pricing_domain::agreement::{Amendment, CoveredAsset};
use aftercare_pricing_domain::billing::{Charge, ChargeKind};
use aftercare_pricing_domain::contract::ContractState;
use aftercare_pricing_domain::terms::Terms;
use jiff::civil::Date;

pub(crate) const fn state(state: ContractState) -> pb::ContractState {
    match state {
        ContractState::Accepted => pb::ContractState::Accepted,
        ContractState::Active => pb::ContractState::Active,
        ContractState::Suspended => pb::ContractState::Suspended,
        ContractState::Renewed => pb::ContractState::Renewed,
        ContractState::Expired => pb::ContractState::Expired,
        ContractState::Terminated => pb::ContractState::Terminated,
    }
}

/// A half-open period.
pub(crate) fn period(start: Date, end: Option<Date>) -> Period {
    Period { start_date: Some(wire::date(start)), end_date: end.map(wire::date) }
}

/// Names of machines.
pub(crate) fn names(assets: &[CoveredAsset]) -> Vec<String> {
    assets.iter().map(|covered| covered.asset.clone()).collect()
}

/// A promised response.
pub(crate) fn response(terms: &Terms) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds: terms.response_seconds.into(), nanos: 0 })
}

/// Exclusions.
pub(crate) fn exclusions(terms: &Terms) -> Vec<i32> {
    terms.exclusions.iter().map(|word| terms::exclusion(*word).into()).collect()
}

/// A contract as it stands on a day: with its amendments until then.
pub(crate) fn present(
    contract: &StoredContract,
    amendments: &[Amendment],
    day: Date,
) -> Result<pb::Contract, StoreError> {
    let time = |micros| instant("pricing_contract", micros).map(wire::timestamp);
    let agreement = &contract.agreement;
    let notice = agreement.notice.as_ref();
    Ok(pb::Contract {
        name: contract.name(),
        quote: format!("quotes/{}", contract.quote),
        customer: contract.customer.clone(),
        assets: names(&agreement.assets_on(amendments, day)),
        period: Some(period(contract.start, Some(contract.end))),
        terms: Some(pb::Terms {
            // an amendment leaves it as it was agreed
            index_escalation: terms::index(&agreement.terms),
            ..terms::present(agreement.terms_on(amendments, day))
        }),
        price: Some(wire::money(agreement.price)),
        fees: fees(&agreement.fees, &agreement.terms),
        expected_cost: Some(wire::money(agreement.expected_cost)),
        state: state(contract.state).into(),
        renewal_of: agreement.renewal_of.clone(),
        end_reason: contract.end_reason.clone(),
        create_time: Some(time(contract.create_time)?),
        update_time: Some(time(contract.update_time)?),
        etag: etag(contract.revision),
        notice_date: notice.map(|notice| wire::date(notice.day)),
        notice_reason: notice.map(|notice| notice.reason.clone()).unwrap_or_default(),
        salesperson: agreement.salesperson.clone(),
        suspensions: agreement
            .suspensions
            .iter()
            .map(|rest| pb::ContractSuspension {
                period: Some(period(rest.from, rest.until)),
                reason: rest.reason.clone(),
            })
            .collect(),
    })
}

/// An amendment with what it does to the schedule's sum.
pub(crate) fn present_amendment(
    stored: &StoredAmendment,
    fee_change: Money,
) -> Result<pb::Amendment, StoreError> {
    let amendment = &stored.amendment;
    let time = instant("pricing_amendment", stored.create_time)?;
    Ok(pb::Amendment {
        name: stored.name(),
        effective_date: Some(wire::date(amendment.change.effective)),
        terms: amendment.terms.as_ref().map(terms::present),
        added_assets: names(&amendment.added),
        removed_assets: amendment.removed.clone(),
        fee_change: Some(wire::money(fee_change)),
        annual_fee_change: Some(wire::money(amendment.change.annual)),
        create_time: Some(wire::timestamp(time)),
    })
}

/// A billing schedule.
pub(crate) fn present_schedule(
    contract: String,
    charges: &[Charge],
    (terms, zero): (&Terms, Money),
) -> Result<pb::BillingSchedule, MoneyError> {
    let fees = charges.iter().map(|charge| pb::AnnualFee {
        year: i32::try_from(charge.year).unwrap_or(i32::MAX),
        due_date: Some(wire::date(charge.due)),
        fee: Some(wire::money(charge.amount)),
        kind: kind(charge.kind).into(),
        period: Some(period(charge.period.0, Some(charge.period.1))),
        provisional: terms.provisional(charge.year),
    });
    Ok(pb::BillingSchedule {
        contract,
        fees: fees.collect(),
        total: Some(wire::money(sum(charges, zero)?)),
    })
}

/// What charges add up to.
pub(crate) fn sum(charges: &[Charge], zero: Money) -> Result<Money, MoneyError> {
    charges.iter().try_fold(zero, |sum, charge| sum.checked_add(charge.amount))
}

const fn kind(kind: ChargeKind) -> pb::BillingKind {
    match kind {
        ChargeKind::Fee => pb::BillingKind::Fee,
        ChargeKind::Amendment => pb::BillingKind::Amendment,
        ChargeKind::Suspension => pb::BillingKind::Suspension,
        ChargeKind::EarlyEnd => pb::BillingKind::EarlyEnd,
    }
}
