//! Prices of their own for regions whose cost differs from the rest by more than chance.

use super::groups::province;
use super::period;
use crate::handler::actuals::micros;
use crate::handler::parsed;
use crate::server::Server;
use crate::store::{evidence, policy, work};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::money::Money;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::policy::{PricingPolicy, model};
use aftercare_pricing_domain::quote::QuoteError;
use aftercare_pricing_domain::region::{Difference, RegionCost, differences};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Probability of proposing anything when regions do not differ at all.
const LEVEL: f64 = 0.05;

pub(crate) async fn propose(
    server: &Server,
    call: Call,
    asked: pb::ProposeRegionalPricesRequest,
) -> Result<pb::ProposeRegionalPricesResponse, Error> {
    let time = parsed(|wrong| period(asked.period.as_ref(), wrong))?;
    let (policy, _) = policy::current(server.home.read(), call.tenant()).await?;
    Ok(pb::ProposeRegionalPricesResponse {
        proposals: proposals(server, &call, time, &policy).await?,
    })
}

/// What a time's evidence proposes.
pub(super) async fn proposals(
    server: &Server,
    call: &Call,
    time: (Date, Date),
    policy: &PricingPolicy,
) -> Result<Vec<pb::RegionalPriceProposal>, Error> {
    let mut regions: BTreeMap<String, RegionCost> = BTreeMap::new();
    let mut provinces: BTreeMap<String, String> = BTreeMap::new();
    let machines = evidence::machines(call.tenant()).all(server.home.read()).await;
    for row in machines.map_err(StoreError::from)? {
        let doc = row.document()?;
        let region = province(&row.region_code);
        if region.is_empty() {
            continue;
        }
        let years = years_in(time, (doc.commissioned, doc.decommissioned));
        entry(&mut regions, &region).machine_years += years;
        provinces.insert(row.name, region);
    }
    let window = (micros(time.0), micros(time.1));
    for row in work::within(server.home.read(), call.tenant(), window).await? {
        let Some(region) = provinces.get(&row.asset) else { continue };
        if let Some(cost) = cost(&row, policy)? {
            entry(&mut regions, region).costs.push(cost);
        }
    }
    let regions: Vec<RegionCost> = regions.into_values().collect();
    let found = differences(&regions, LEVEL);
    found.iter().map(|found| present(found, policy)).collect()
}

fn entry<'a>(regions: &'a mut BTreeMap<String, RegionCost>, region: &str) -> &'a mut RegionCost {
    regions.entry(region.to_owned()).or_insert_with(|| RegionCost {
        region: region.to_owned(),
        machine_years: 0.0,
        costs: Vec::new(),
    })
}

/// Years that a machine worked in a time; none if nobody knows when it began.
fn years_in((from, to): (Date, Date), (begin, end): (Option<Date>, Option<Date>)) -> f64 {
    let Some(begin) = begin else { return 0.0 };
    let (from, to) = (from.max(begin), end.map_or(to, |end| to.min(end)));
    f64::from((to - from).get_days().max(0)) / 365.2425
}

/// What a piece of work cost in the policy's currency; none if it cost nothing that is known.
fn cost(row: &work::entity::Model, policy: &PricingPolicy) -> Result<Option<f64>, StoreError> {
    let doc = row.document()?;
    let known = doc.currency.is_empty() || doc.currency == policy.currency.code();
    if !known || doc.mixed_currencies {
        return Ok(None);
    }
    let labour = match (doc.labour_micros, doc.labour_hours) {
        (Some(micros), _) => micros as f64 / 1e6,
        (None, hours) => {
            hours.unwrap_or(0.0) * model(policy.default_costs.labour_cost_per_hour.amount())
        }
    };
    let rest = [doc.parts_micros, doc.travel_micros].into_iter().flatten().sum::<i64>();
    Ok(Some(labour + rest as f64 / 1e6).filter(|cost| *cost > 0.0))
}

fn present(found: &Difference, policy: &PricingPolicy) -> Result<pb::RegionalPriceProposal, Error> {
    let money = |amount: f64| Money::from_model(amount, policy.currency).map_err(QuoteError::from);
    let (own, other) = (money(found.rate)?, money(found.other_rate)?);
    let factor = own.amount().checked_div(other.amount()).unwrap_or(Decimal::ONE).round_dp(2);
    let reason = format!(
        "a machine year costs {own} there and {other} elsewhere, over {:.0} machine years; so large a difference comes by chance with probability {:.2e}",
        found.machine_years, found.p_value
    );
    Ok(pb::RegionalPriceProposal {
        region_code: found.region.clone(),
        factor: Some(wire::decimal(factor)),
        p_value: found.p_value,
        reason,
        machine_years: found.machine_years,
        machine_year_cost: Some(wire::money(own)),
        other_machine_year_cost: Some(wire::money(other)),
    })
}
