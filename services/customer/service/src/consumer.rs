//! What we listen to: contracts of pricing become entitlements of the customer's machines.

use crate::store::Stored;
use crate::store::entitlement::{self, Entitlement, OwedPolicy};
use crate::store::sla_policy;
use aftercare_api::aftercare::pricing::v1 as pricing;
use aftercare_api::aftercare::r#type::v1::{Event, Period};
use aftercare_customer_domain::entitlement::{ResponsePromise, ServiceHours};
use aftercare_customer_domain::instant::Elapsed;
use aftercare_kernel::ids::name_segments;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::outbox::Consumer;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::{Home, Write};
use aftercare_platform::wire::civil_date;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use prost::Message;
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const ACTIVATED: &str = "aftercare.pricing.v1.ContractActivated";
const AMENDED: &str = "aftercare.pricing.v1.ContractAmended";
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
        &[ACTIVATED, AMENDED, RENEWED, ENDED]
    }

    fn home(&self) -> &Home {
        &self.home
    }

    async fn consume(&self, call: &Call, write: &mut Write, events: &[Event]) -> Result<(), Error> {
        for event in events {
            let data = event.data.as_slice();
            let corrupt = |cause| StoreError::corrupt("event", cause);
            match event.r#type.as_str() {
                ACTIVATED => {
                    let event = pricing::ContractActivated::decode(data).map_err(corrupt)?;
                    let cover = Cover {
                        contract: &event.contract,
                        customer: &event.customer,
                        assets: &event.assets,
                        from: day(event.effective_date.as_ref()).or(start(event.period.as_ref())),
                        end: end(event.period.as_ref()),
                        parts: covers_parts(event.coverage()),
                        response: response(event.response_time.as_ref(), event.after_hours()),
                        policy: owed(write.tx(), call, &event.sla_policy).await?,
                    };
                    cover.entitle(write.tx(), call).await?;
                }
                AMENDED => {
                    let event = pricing::ContractAmended::decode(data).map_err(corrupt)?;
                    let cover = Cover {
                        contract: &event.contract,
                        customer: &event.customer,
                        assets: &event.assets,
                        from: day(event.effective_date.as_ref()),
                        end: end(event.period.as_ref()),
                        parts: covers_parts(event.coverage()),
                        response: response(event.response_time.as_ref(), event.after_hours()),
                        policy: owed(write.tx(), call, &event.sla_policy).await?,
                    };
                    cover.amend(write.tx(), call).await?;
                }
                RENEWED => {
                    let event = pricing::ContractRenewed::decode(data).map_err(corrupt)?;
                    let cover = Cover {
                        contract: &event.successor,
                        customer: &event.customer,
                        assets: &event.assets,
                        from: start(event.period.as_ref()),
                        end: end(event.period.as_ref()),
                        parts: covers_parts(event.coverage()),
                        response: response(event.response_time.as_ref(), event.after_hours()),
                        policy: owed(write.tx(), call, &event.sla_policy).await?,
                    };
                    cover.entitle(write.tx(), call).await?;
                }
                _ => {
                    let event = pricing::ContractEnded::decode(data).map_err(corrupt)?;
                    if let Some(day) = day(event.end_date.as_ref()) {
                        let known = known(write.tx(), call, &event.contract).await?;
                        let ended = known.iter().filter_map(|own| own.ended(day, call.now));
                        save(write.tx(), call, ended.collect()).await?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a contract covers from a day on.
struct Cover<'a> {
    contract: &'a str,
    customer: &'a str,
    /// Empty if all of the customer's machines are covered.
    assets: &'a [String],
    from: Option<Date>,
    end: Option<Date>,
    parts: bool,
    /// How soon an engineer is there; none if nothing is promised.
    response: Option<ResponsePromise>,
    /// Under which policy cases are handled; none for that of the service standard.
    policy: Option<OwedPolicy>,
}

/// An entitlement with the customer who has it.
#[derive(Clone)]
struct Owned {
    customer: String,
    stored: Stored<Entitlement>,
}

fn day(wire: Option<&aftercare_api::google::r#type::Date>) -> Option<Date> {
    wire.and_then(|wire| civil_date(wire).ok())
}

fn start(period: Option<&Period>) -> Option<Date> {
    day(period.and_then(|period| period.start_date.as_ref()))
}

fn end(period: Option<&Period>) -> Option<Date> {
    day(period.and_then(|period| period.end_date.as_ref()))
}

const fn covers_parts(coverage: pricing::CoverageLevel) -> bool {
    matches!(coverage, pricing::CoverageLevel::LabourAndParts | pricing::CoverageLevel::Full)
}

fn response(
    within: Option<&prost_types::Duration>,
    hours: pricing::AfterHours,
) -> Option<ResponsePromise> {
    let within = Elapsed::new(SignedDuration::from_secs(within?.seconds)).ok()?;
    let hours = match hours {
        pricing::AfterHours::Unspecified | pricing::AfterHours::BusinessHours => {
            ServiceHours::BusinessHours
        }
        pricing::AfterHours::Extended => ServiceHours::Extended,
        pricing::AfterHours::RoundTheClock => ServiceHours::RoundTheClock,
    };
    (within > Elapsed::ZERO).then_some(ResponsePromise { within, hours })
}

/// The newest version of the policy that a contract names.
async fn owed(
    db: &impl ConnectionTrait,
    call: &Call,
    name: &str,
) -> Result<Option<OwedPolicy>, StoreError> {
    if name.is_empty() {
        return Ok(None);
    }
    let id = name.trim_start_matches("slaPolicies/");
    let known = sla_policy::all(db, call.tenant()).await?;
    let found = known.into_iter().find(|version| version.id == id);
    if found.is_none() {
        tracing::warn!(sla_policy = name, "a contract names no SLA policy of ours");
    }
    Ok(found.map(|found| OwedPolicy { id: found.id, version: found.version }))
}

impl Cover<'_> {
    /// The same policy as before keeps its version, whatever the newest is.
    fn policy(&self, before: Option<&OwedPolicy>) -> Option<OwedPolicy> {
        let newest = self.policy.as_ref()?;
        Some(before.filter(|before| before.id == newest.id).unwrap_or(newest).clone())
    }

    /// The contract is in force: one entitlement a machine, or one for all if it names none.
    async fn entitle(&self, db: &impl ConnectionTrait, call: &Call) -> Result<(), StoreError> {
        let known = known(db, call, self.contract).await?;
        let whole = [String::new()];
        let assets = if self.assets.is_empty() { &whole[..] } else { self.assets };
        let rows = assets.iter().filter_map(|asset| self.span(&known, asset, call.now));
        save(db, call, rows.collect()).await
    }

    /// The contract changed: machines that went out are entitled until that day, those that came in from then on; what is
    /// promised otherwise begins anew. A contract that is not in force entitles nobody: it tells again when it is.
    async fn amend(&self, db: &impl ConnectionTrait, call: &Call) -> Result<(), StoreError> {
        let known = known(db, call, self.contract).await?;
        let Some(day) = self.from.filter(|_| !known.is_empty()) else { return Ok(()) };
        let mut rows = Vec::new();
        for own in &known {
            let value = &own.stored.value;
            let otherwise = value.parts_covered != self.parts
                || value.response != self.response
                || value.policy != self.policy(value.policy.as_ref());
            let changed = otherwise && value.start.is_none_or(|s| s < day);
            if !self.assets.contains(&value.asset) || changed {
                rows.extend(own.ended(day, call.now));
            }
        }
        // What was just ended no longer covers the day.
        let open: Vec<Owned> = known
            .into_iter()
            .map(|own| {
                rows.iter().find(|row| row.stored.id == own.stored.id).cloned().unwrap_or(own)
            })
            .collect();
        rows.extend(self.assets.iter().filter_map(|asset| self.span(&open, asset, call.now)));
        save(db, call, rows).await
    }

    /// A machine's entitlement from the day on: the one that covers it already, revised, or a new one.
    fn span(&self, known: &[Owned], asset: &str, now: Timestamp) -> Option<Owned> {
        let of_asset = known.iter().filter(|own| own.stored.value.asset == asset);
        let open = of_asset.into_iter().find(|own| own.stored.value.covers(self.from));
        let value = Entitlement {
            asset: asset.to_owned(),
            source: "CONTRACT".to_owned(),
            contract: self.contract.to_owned(),
            start: open.map_or(self.from, |own| own.stored.value.start),
            end: self.end,
            parts_covered: self.parts,
            labour_covered: true,
            travel_covered: true,
            response: self.response,
            policy: self
                .policy(open.or(known.first()).and_then(|own| own.stored.value.policy.as_ref())),
        };
        match open {
            Some(own) if own.stored.value == value => None,
            Some(own) => Some(own.with(value, now)),
            None => {
                let id = entitlement_id(self.contract, asset, self.from);
                let same = known.iter().find(|own| own.stored.id == id);
                let Some(own) = same else {
                    let customer = self.owner(known)?;
                    return Some(Owned { customer, stored: Stored::new(id, value, now) });
                };
                Some(own.with(value, now))
            }
        }
    }

    /// Who has the entitlements: whom the contract names, or into whom that customer was merged since.
    fn owner(&self, known: &[Owned]) -> Option<String> {
        if let Some(own) = known.first() {
            return Some(own.customer.clone());
        }
        match name_segments::<1>("customers/{customer}", self.customer) {
            Ok([customer]) => Some(customer.to_owned()),
            Err(_) => {
                tracing::warn!(contract = self.contract, "a contract names no customer of ours");
                None
            }
        }
    }
}

impl Owned {
    fn with(&self, value: Entitlement, now: Timestamp) -> Self {
        Self { customer: self.customer.clone(), stored: self.stored.revised(value, now) }
    }

    /// It holds no longer than until a day; none if it did not anyway. One that would begin later covers no day.
    fn ended(&self, day: Date, now: Timestamp) -> Option<Self> {
        let value = &self.stored.value;
        if value.end.is_some_and(|end| end <= day) {
            return None;
        }
        let end = value.start.map_or(day, |start| day.max(start));
        (value.end != Some(end))
            .then(|| self.with(Entitlement { end: Some(end), ..value.clone() }, now))
    }
}

async fn known(
    db: &impl ConnectionTrait,
    call: &Call,
    contract: &str,
) -> Result<Vec<Owned>, StoreError> {
    let rows = entitlement::of_contract(db, call.tenant(), contract).await?;
    Ok(rows.into_iter().map(|(customer, stored)| Owned { customer, stored }).collect())
}

/// The last word on each counts.
async fn save(db: &impl ConnectionTrait, call: &Call, rows: Vec<Owned>) -> Result<(), StoreError> {
    let mut last: BTreeMap<String, Owned> = BTreeMap::new();
    for own in rows {
        last.insert(own.stored.id.clone(), own);
    }
    let rows = last.values().map(|own| entitlement::row(call.tenant(), &own.customer, &own.stored));
    entitlement::save(db, rows.collect::<Result<_, _>>()?).await
}

/// The same for the same machine, contract and first day, whatever else the contract covers. The digest keeps it unique where
/// the contract's id has to be cut.
fn entitlement_id(contract: &str, asset: &str, from: Option<Date>) -> String {
    let short: String = contract.rsplit('/').next().unwrap_or_default().chars().take(40).collect();
    let from = from.map(|day| day.to_string()).unwrap_or_default();
    let digest = Sha256::digest(format!("{contract}\n{asset}\n{from}"));
    let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{short}-{digest}")
}
