//! What we listen to: contracts of pricing become entitlements of the customer's machines.

use crate::store::entitlement::{self, Entitlement};
use crate::store::{self, Stored};
use aftercare_api::aftercare::pricing::v1 as pricing;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_kernel::ids::{TenantId, name_segments};
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::outbox::Consumer;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::{Home, Write};
use aftercare_platform::wire::civil_date;
use jiff::Timestamp;
use jiff::civil::Date;
use prost::Message;
use sea_orm::ConnectionTrait;

const ACTIVATED: &str = "aftercare.pricing.v1.ContractActivated";
const RENEWED: &str = "aftercare.pricing.v1.ContractRenewed";
const ENDED: &str = "aftercare.pricing.v1.ContractEnded";

/// Turns contracts into entitlements.
pub(crate) struct Contracts {
    pub home: Home,
}

#[async_trait::async_trait]
impl Consumer for Contracts {
    fn name(&self) -> &'static str {
        "customer-entitlements"
    }

    fn types(&self) -> &'static [&'static str] {
        &[ACTIVATED, RENEWED, ENDED]
    }

    fn home(&self) -> &Home {
        &self.home
    }

    async fn consume(&self, call: &Call, write: &mut Write, events: &[Event]) -> Result<(), Error> {
        for event in events {
            let data = event.data.as_slice();
            let corrupt = |cause| StoreError::corrupt("event", cause);
            let done = match event.r#type.as_str() {
                ACTIVATED => {
                    let event = pricing::ContractActivated::decode(data).map_err(corrupt)?;
                    let period = event.period.as_ref();
                    let contract = Contract {
                        name: &event.contract,
                        customer: &event.customer,
                        assets: &event.assets,
                        start: day(period.and_then(|period| period.start_date.as_ref())),
                        end: day(period.and_then(|period| period.end_date.as_ref())),
                        parts: covers_parts(event.coverage()),
                    };
                    entitle(write.tx(), call.tenant(), &contract, call.now).await
                }
                RENEWED => {
                    let event = pricing::ContractRenewed::decode(data).map_err(corrupt)?;
                    let period = event.period.as_ref();
                    let contract = Contract {
                        name: &event.successor,
                        customer: &event.customer,
                        assets: &event.assets,
                        start: day(period.and_then(|period| period.start_date.as_ref())),
                        end: day(period.and_then(|period| period.end_date.as_ref())),
                        parts: covers_parts(event.coverage()),
                    };
                    entitle(write.tx(), call.tenant(), &contract, call.now).await
                }
                _ => {
                    let event = pricing::ContractEnded::decode(data).map_err(corrupt)?;
                    let end = day(event.end_date.as_ref());
                    end_all(write.tx(), call.tenant(), (&event.contract, end), call.now).await
                }
            };
            done?;
        }
        Ok(())
    }
}

/// What an entitlement takes from a contract.
struct Contract<'a> {
    name: &'a str,
    customer: &'a str,
    assets: &'a [String],
    start: Option<Date>,
    end: Option<Date>,
    parts: bool,
}

fn day(wire: Option<&aftercare_api::google::r#type::Date>) -> Option<Date> {
    wire.and_then(|wire| civil_date(wire).ok())
}

const fn covers_parts(coverage: pricing::CoverageLevel) -> bool {
    matches!(coverage, pricing::CoverageLevel::LabourAndParts | pricing::CoverageLevel::Full)
}

/// One entitlement a machine, or one for all if the contract names none.
async fn entitle(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    contract: &Contract<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Ok([customer]) = name_segments::<1>("customers/{customer}", contract.customer) else {
        tracing::warn!(contract = contract.name, "a contract names no customer of ours");
        return Ok(());
    };
    let short = contract.name.rsplit('/').next().unwrap_or_default();
    let known = entitlement::of_contract(db, tenant, contract.name).await?;
    let whole = [String::new()];
    let assets = if contract.assets.is_empty() { &whole[..] } else { contract.assets };
    let mut rows = Vec::with_capacity(assets.len());
    for (i, asset) in assets.iter().enumerate() {
        let value = Entitlement {
            asset: asset.clone(),
            source: "CONTRACT".to_owned(),
            contract: contract.name.to_owned(),
            start: contract.start,
            end: contract.end,
            parts_covered: contract.parts,
            labour_covered: true,
            travel_covered: true,
        };
        let before = known.iter().find(|(_, stored)| stored.value.asset == *asset);
        let stored = match before {
            Some((_, stored)) => stored.revised(value, now),
            None => Stored::new(entitlement_id(short, i), value, now),
        };
        rows.push(entitlement::row(tenant, customer, &stored)?);
    }
    store::entitlement::save(db, rows).await
}

/// Unique in the customer and no longer than an id may be.
fn entitlement_id(contract: &str, i: usize) -> String {
    let kept: String = contract.chars().take(56).collect();
    format!("{kept}-{}", i + 1)
}

async fn end_all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (contract, end): (&str, Option<Date>),
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (customer, stored) in entitlement::of_contract(db, tenant, contract).await? {
        let value = Entitlement { end: end.or(stored.value.end), ..stored.value.clone() };
        rows.push(entitlement::row(tenant, &customer, &stored.revised(value, now))?);
    }
    entitlement::save(db, rows).await
}
