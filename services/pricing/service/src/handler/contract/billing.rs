//! What a contract bills, when.

use super::{PATTERN, amendment, store};
use crate::convert::contract::{present_schedule, sum};
use crate::handler::{id_of, price_index};
use crate::server::Server;
use crate::store::contract::StoredContract;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::agreement::Amendment;
use aftercare_pricing_domain::billing::Billing;
use aftercare_pricing_domain::contract::ContractState;
use aftercare_pricing_domain::quote::QuoteError;
use std::slice::from_mut;

pub(crate) async fn schedule(
    server: &Server,
    call: Call,
    asked: pb::GetBillingScheduleRequest,
) -> Result<pb::BillingSchedule, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let mut contract = store::get(server.home.read(), call.tenant(), &id).await?;
    price_index::publish(server.home.read(), &call, from_mut(&mut contract)).await?;
    let amendments = amendment::of(server.home.read(), call.tenant(), &id).await?;
    let zero = Money::zero(contract.agreement.price.currency());
    let charges = billing(&contract, &amendments)
        .and_then(|billing| billing.charges())
        .map_err(QuoteError::from)?;
    Ok(present_schedule(contract.name(), &charges, (&contract.agreement.terms, zero))
        .map_err(QuoteError::from)?)
}

/// A contract as it is billed.
pub(crate) fn billing(
    contract: &StoredContract,
    amendments: &[Amendment],
) -> Result<Billing, MoneyError> {
    let early = (contract.state == ContractState::Terminated).then_some(contract.end);
    Billing::of(&contract.agreement, amendments, contract.start, early)
}

/// What an amendment does to the sum of the schedule.
pub(super) fn fee_change(
    contract: &StoredContract,
    amendments: &[Amendment],
    amendment: &Amendment,
) -> Result<Money, Error> {
    let zero = Money::zero(contract.agreement.price.currency());
    let total = |with: &[Amendment]| sum(&billing(contract, with)?.charges()?, zero);
    let others: Vec<Amendment> =
        amendments.iter().filter(|other| *other != amendment).cloned().collect();
    let mut all = others.clone();
    all.push(amendment.clone());
    let change = total(&all).and_then(|sum| sum.checked_sub(total(&others)?));
    Ok(change.map_err(QuoteError::from)?)
}
