//! Where repairable pieces go: parts with their centre and depots from the wire, METRIC, and what to buy.

use crate::convert::catalogue::{Resource, fill};
use crate::handler::parsed;
use crate::server::{Lost, Server};
use crate::store::catalogue;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::Decimal as PbDecimal;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_kernel::money::Money;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::failure_model::DAYS_PER_YEAR;
use aftercare_pricing_domain::policy::model;
use aftercare_pricing_domain::quote::QuoteError;
use aftercare_pricing_domain::spare_part::metric::{Item, Plan, Target, plan};
use aftercare_pricing_domain::spare_part::repairable::{Depot, Network};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Parts of one call, and depots of one part.
const MOST: usize = 50;

/// Pieces of a part on their way: beyond, the tables of every stock at every place are too large to answer at once.
const MOST_PIPELINE: f64 = 200.0;

type Wanted = pb::allocate_repairable_parts_request::Target;

pub(crate) async fn allocate(
    server: &Server,
    call: Call,
    asked: pb::AllocateRepairablePartsRequest,
) -> Result<pb::AllocateRepairablePartsResponse, Error> {
    let known = parts(server, &call, &asked).await?;
    let request = parsed(|wrong| parse(&asked, &known, wrong))?;
    let Request { items, machines, target, .. } = request.clone();
    // Beside the runtime's threads: the tables may take a while.
    let found = tokio::task::spawn_blocking(move || plan(&items, machines, target))
        .await
        .map_err(|_| Lost)?;
    present(&asked, &request, &found)
}

/// What is asked for, parsed.
#[derive(Clone)]
struct Request {
    items: Vec<Item>,
    /// Cost of a piece of each, in one currency.
    costs: Vec<Money>,
    machines: u32,
    target: Target,
}

/// The parts that the request names, by name.
async fn parts(
    server: &Server,
    call: &Call,
    asked: &pb::AllocateRepairablePartsRequest,
) -> Result<BTreeMap<String, pb::Part>, Error> {
    let named = asked.parts.iter().take(MOST);
    let ids: Vec<String> = named
        .filter_map(|given| name_segments::<1>(pb::Part::PATTERN, &given.part).ok())
        .map(|[id]| id.to_owned())
        .collect();
    let rows = catalogue::find(server.home.read(), call.tenant(), pb::Part::KIND, &ids).await?;
    let mut found = BTreeMap::new();
    for row in &rows {
        let part: pb::Part = fill(row)?;
        found.insert(part.name.clone(), part);
    }
    Ok(found)
}

fn parse(
    asked: &pb::AllocateRepairablePartsRequest,
    known: &BTreeMap<String, pb::Part>,
    wrong: &mut Violations,
) -> Option<Request> {
    if asked.parts.is_empty() || asked.parts.len() > MOST {
        wrong.add("parts", format!("must be 1 to {MOST}"));
    }
    let mut seen = BTreeSet::new();
    let (mut items, mut costs) = (Vec::new(), Vec::<Money>::new());
    for (i, given) in asked.parts.iter().enumerate().take(MOST) {
        let read = wrong.within(&format!("parts[{i}]"), |wrong| {
            if !seen.insert(&given.part) {
                wrong.add("part", "is given twice");
            }
            item(given, known, wrong)
        });
        let Some((item, cost)) = read else { continue };
        if costs.first().is_some_and(|first| first.currency() != cost.currency()) {
            wrong.add(&format!("parts[{i}].unit_cost"), "must be in the currency of the first");
        }
        items.push(item);
        costs.push(cost);
    }
    let machines = u32::try_from(asked.machine_count).ok().filter(|n| (1..=1_000_000).contains(n));
    if machines.is_none() {
        wrong.add("machine_count", "must be 1 to 1,000,000");
    }
    let currency = costs.first().map(|cost| cost.currency());
    let target = target(asked.target.as_ref(), currency, wrong);
    Some(Request { items, costs, machines: machines?, target: target? })
}

fn target(
    given: Option<&Wanted>,
    currency: Option<Currency>,
    wrong: &mut Violations,
) -> Option<Target> {
    match given {
        None => {
            wrong.add("target", "is required: a budget or a target availability");
            None
        }
        Some(Wanted::Budget(budget)) => {
            let budget = wrong.take("budget", wire::amount(budget))?;
            if budget.amount() < Decimal::ZERO {
                wrong.add("budget", "must be at least 0");
            }
            if currency.is_some_and(|currency| currency != budget.currency()) {
                wrong.add("budget", "must be in the currency of the parts");
            }
            Some(Target::Budget(model(budget.amount())))
        }
        Some(Wanted::TargetAvailability(share)) => {
            let share = wrong.take("target_availability", wire::exact(share)).map(model)?;
            if !(share > 0.0 && share < 1.0) {
                wrong.add("target_availability", "must be above 0 and below 1");
            }
            Some(Target::Availability(share))
        }
    }
}

fn item(
    given: &pb::RepairablePart,
    known: &BTreeMap<String, pb::Part>,
    wrong: &mut Violations,
) -> Option<(Item, Money)> {
    wrong.take("part", name_segments::<1>(pb::Part::PATTERN, &given.part))?;
    let part = known.get(&given.part);
    match part {
        None => wrong.add("part", "does not exist"),
        Some(part) if !part.repairable => wrong.add("part", "is not repairable"),
        Some(_) => {}
    }
    let part = part?;
    let cost = given.unit_cost.as_ref().or(part.unit_cost.as_ref());
    let cost = wrong.required("unit_cost", cost);
    let cost = cost.and_then(|cost| wrong.take("unit_cost", wire::amount(cost)));
    if cost.is_some_and(|cost| cost.amount() <= Decimal::ZERO) {
        wrong.add("unit_cost", "must be above 0");
    }
    let per_machine = match given.pieces_per_machine {
        0 => Some(1),
        pieces => u32::try_from(pieces).ok().filter(|pieces| *pieces <= 1000),
    };
    if per_machine.is_none() {
        wrong.add("pieces_per_machine", "must be 0 to 1,000");
    }
    let turnaround = match given.centre_repair_days {
        0 => years("centre_repair_days", part.lead_time_days, wrong),
        days => years("centre_repair_days", days, wrong),
    };
    if given.depots.is_empty() || given.depots.len() > MOST {
        wrong.add("depots", format!("must be 1 to {MOST}"));
    }
    let mut names = BTreeSet::new();
    let mut depots = Vec::new();
    for (i, given) in given.depots.iter().enumerate().take(MOST) {
        depots.extend(wrong.within(&format!("depots[{i}]"), |wrong| {
            if !names.insert(given.depot.trim()) {
                wrong.add("depot", "is given twice");
            }
            depot(given, wrong)
        }));
    }
    let network = Network { turnaround: turnaround?, depots };
    if network.pipelines(0).iter().sum::<f64>() > MOST_PIPELINE {
        wrong.add("depots", format!("must have at most {MOST_PIPELINE} pieces on their way"));
        return None;
    }
    let cost = cost?;
    let item = Item { unit_cost: model(cost.amount()), network, per_machine: per_machine? };
    Some((item, cost))
}

fn depot(given: &pb::PartDepot, wrong: &mut Violations) -> Option<Depot> {
    if given.depot.trim().is_empty() || given.depot.chars().count() > 200 {
        wrong.add("depot", "must be 1 to 200 characters");
    }
    let number = |field: &str, given: Option<&PbDecimal>, wrong: &mut Violations| {
        given.and_then(|given| wrong.take(field, wire::exact(given))).map(model)
    };
    let demand = wrong.required("annual_demand", given.annual_demand.as_ref());
    let demand = number("annual_demand", demand, wrong);
    if demand.is_some_and(|demand| demand < 0.0) {
        wrong.add("annual_demand", "must be at least 0");
    }
    let repaired = match &given.repaired_share {
        None => Some(0.0),
        share => number("repaired_share", share.as_ref(), wrong),
    };
    if repaired.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
        wrong.add("repaired_share", "must be 0 to 1");
    }
    let repair_time = years("repair_days", given.repair_days, wrong);
    let ship_time = years("ship_days", given.ship_days, wrong);
    Some(Depot {
        demand: demand.filter(|demand| *demand >= 0.0)?,
        repaired_here: repaired?,
        repair_time: repair_time?,
        ship_time: ship_time?,
    })
}

fn years(field: &str, days: i32, wrong: &mut Violations) -> Option<f64> {
    if !(0..=3650).contains(&days) {
        wrong.add(field, "must be 0 to 3,650");
        return None;
    }
    Some(f64::from(days) / DAYS_PER_YEAR)
}

fn present(
    asked: &pb::AllocateRepairablePartsRequest,
    request: &Request,
    found: &Plan,
) -> Result<pb::AllocateRepairablePartsResponse, Error> {
    let count = |pieces: u32| i32::try_from(pieces).unwrap_or(i32::MAX);
    let placed = asked.parts.iter().zip(&request.items).zip(&found.items);
    let parts = placed.map(|((part, item), places)| {
        let pipelines = item.network.pipelines(places.centre);
        let depots = part.depots.iter().zip(&places.depots).zip(pipelines);
        pb::PartAllocation {
            part: part.part.clone(),
            centre_pieces: count(places.centre),
            depots: depots
                .map(|((depot, pieces), pipeline)| pb::DepotAllocation {
                    depot: depot.depot.clone(),
                    pieces: count(*pieces),
                    pipeline,
                })
                .collect(),
            backorders: places.backorders,
        }
    });
    let mut cost = request.costs.first().map(|cost| Money::zero(cost.currency()));
    let mut purchases = Vec::with_capacity(found.steps.len());
    for step in &found.steps {
        let bought = request.costs.get(step.item).map(|unit| unit.times(step.pieces.into()));
        if let (Some(sum), Some(bought)) = (cost, bought) {
            let sum = bought.and_then(|bought| sum.checked_add(bought));
            cost = Some(sum.map_err(QuoteError::from)?);
        }
        purchases.push(pb::PartPurchase {
            part: asked.parts.get(step.item).map(|part| part.part.clone()).unwrap_or_default(),
            pieces: count(step.pieces),
            cost: cost.map(wire::money),
            backorders: step.backorders,
            availability: step.availability,
        });
    }
    Ok(pb::AllocateRepairablePartsResponse {
        parts: parts.collect(),
        cost: cost.map(wire::money),
        backorders: found.backorders,
        availability: found.availability,
        reached: match request.target {
            Target::Budget(_) => true,
            Target::Availability(wanted) => found.availability >= wanted,
        },
        purchases,
    })
}
