//! What a quote is computed on: the customer's machines with their models, circumstances, histories and rates.

use super::Request;
use super::costs::Costs;
use super::history::{histories, history, part_ages};
use crate::convert::catalogue::{Resource, fill, rate_card};
use crate::store::evidence::{MachineDoc, machine};
use crate::store::failure_model::StoredModel;
use crate::store::knowledge::Knowledge;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_kernel::ids::name_segments;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::cost::{AssetExposure, Portfolio, PricedMode, PricedModel};
use aftercare_pricing_domain::covariate::{Covariate, Levels, duty_band, factor_of};
use aftercare_pricing_domain::failure_model::{FailureModel, Flag, age_years, prior_model};
use aftercare_pricing_domain::fx::FxError;
use aftercare_pricing_domain::policy::{PricingPolicy, model};
use aftercare_pricing_domain::quote::QuoteError;
use aftercare_pricing_domain::rate_card::RateCard;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The terms of a service product; none if no product is named.
pub(super) async fn service_product(
    known: &Knowledge<'_>,
    name: &str,
) -> Result<Option<pb::Terms>, Error> {
    if name.is_empty() {
        return Ok(None);
    }
    let [id] = name_segments::<1>(pb::ServiceProduct::PATTERN, name)
        .map_err(|error| Invalid::field("service_product", error))?;
    let kind = pb::ServiceProduct::KIND;
    let rows = known.catalogue(kind, &[id.to_owned()]).await?;
    let row = rows.first().ok_or_else(|| StoreError::NotFound { name: name.to_owned() })?;
    Ok(fill::<pb::ServiceProduct>(row)?.terms)
}

/// Everything that a quote is computed on.
pub(super) async fn load(
    knowledge: &Knowledge<'_>,
    request: &Request,
    policy: &PricingPolicy,
) -> Result<Portfolio, Error> {
    let costs = Costs::of_quote(knowledge, (request.start, request.today), request, policy).await?;
    load_by(knowledge, request, policy, costs).await
}

/// The same by the costs of another time.
pub(super) async fn load_by(
    knowledge: &Knowledge<'_>,
    request: &Request,
    policy: &PricingPolicy,
    costs: Costs,
) -> Result<Portfolio, Error> {
    let machines = machines(knowledge, request).await?;
    made(knowledge, request.start, policy, &machines, costs).await
}

/// What the failures of machines are computed on, from a day on; of what they cost only what is in the policy's currency.
pub(crate) async fn of_machines(
    knowledge: &Knowledge<'_>,
    start: Date,
    policy: &PricingPolicy,
    machines: &[Machine],
) -> Result<Portfolio, Error> {
    let costs = Costs::in_currency(rate_cards(knowledge, policy).await?, start);
    made(knowledge, start, policy, machines, costs).await
}

async fn made(
    knowledge: &Knowledge<'_>,
    start: Date,
    policy: &PricingPolicy,
    machines: &[Machine],
    costs: Costs,
) -> Result<Portfolio, Error> {
    let products = products(knowledge, machines).await?;
    let mut making = Making {
        policy,
        start,
        portfolio: Portfolio {
            models: Vec::new(),
            rates: vec![costs.on_calendar(policy.default_rates(), None, policy)],
            assets: Vec::new(),
            fx: Vec::new(),
        },
        costs,
        known: BTreeMap::new(),
        sites: Vec::new(),
    };
    let counts = histories(knowledge, machines).await?;
    for (row, doc) in machines {
        let product = products.get(&row.product);
        let index = making.model(knowledge, product).await?;
        let failures = counts.get(&row.id).map_or(&[][..], Vec::as_slice);
        making.asset(row, doc, product, index, failures)?;
    }
    making.portfolio.fx = making.costs.used();
    Ok(making.portfolio)
}

pub(crate) type Machine = (machine::Model, MachineDoc);

/// The machines that are asked for, in service at the start; named ones that are not are refused by name.
async fn machines(known: &Knowledge<'_>, request: &Request) -> Result<Vec<Machine>, Error> {
    let rows = known.machines(&request.customer).await?;
    let mut own: BTreeMap<String, Machine> = BTreeMap::new();
    for row in rows {
        let doc = row.document()?;
        own.insert(row.id.clone(), (row, doc));
    }
    let (start, mut wrong) = (request.start, Violations::new());
    let chosen: Vec<Machine> = if request.assets.is_empty() {
        own.into_values().filter(|(_, doc)| refusal(doc, start).is_none()).collect()
    } else {
        let mut chosen = Vec::new();
        for (i, name) in request.assets.iter().enumerate() {
            let id = name.rsplit('/').next().unwrap_or_default();
            match own.remove(id) {
                None => {
                    wrong.add(&format!("assets[{i}]"), "is not known to pricing as the customer's")
                }
                Some(machine) => match refusal(&machine.1, start) {
                    Some(reason) => wrong.add(&format!("assets[{i}]"), reason),
                    None => chosen.push(machine),
                },
            }
        }
        chosen
    };
    wrong.finish()?;
    if chosen.is_empty() {
        return Err(QuoteError::NoAssets.into());
    }
    if chosen.len() > super::MAX_ASSETS {
        let most = super::MAX_ASSETS;
        return Err(Invalid::field(
            "assets",
            format!("the customer has more than {most}: name them"),
        )
        .into());
    }
    Ok(chosen)
}

/// Why a machine cannot be covered from a day on.
pub(crate) fn refusal(doc: &MachineDoc, start: Date) -> Option<&'static str> {
    match doc.commissioned {
        None => Some("has no commissioning date"),
        Some(day) if day > start => Some("begins to work after the contract starts"),
        Some(_) => doc.decommissioned.filter(|day| *day <= start).map(|_| "is out of service"),
    }
}

async fn products(
    known: &Knowledge<'_>,
    machines: &[Machine],
) -> Result<BTreeMap<String, pb::Product>, Error> {
    let ids: BTreeSet<String> = machines
        .iter()
        .filter_map(|(row, _)| Some(row.product.strip_prefix("products/")?.to_owned()))
        .collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let rows = known.catalogue(pb::Product::KIND, &ids).await?;
    let products = rows.iter().map(|row| Ok((format!("products/{}", row.id), fill(row)?)));
    Ok(products.collect::<Result<_, StoreError>>()?)
}

/// Every rate card in the policy's currency.
pub(crate) async fn rate_cards(
    known: &Knowledge<'_>,
    policy: &PricingPolicy,
) -> Result<Vec<RateCard>, Error> {
    let rows = known.catalogue_of_kind(pb::RateCard::KIND).await?;
    let mut cards = Vec::with_capacity(rows.len());
    for row in rows {
        cards.extend(rate_card(&fill(&row)?, policy));
    }
    Ok(cards)
}

/// A model that was loaded: its index, its fit, its observation; no observation for the prior.
#[derive(Clone)]
pub(super) struct Known {
    index: usize,
    pub model: FailureModel,
    pub observed: Option<(Option<Date>, Date)>,
}

struct Making<'a> {
    policy: &'a PricingPolicy,
    start: Date,
    costs: Costs,
    portfolio: Portfolio,
    /// By family and, for the prior, by its yearly rate.
    known: BTreeMap<String, Known>,
    /// Region codes of the customer's machines, in the order in which they came.
    sites: Vec<String>,
}

impl Making<'_> {
    /// The newest model of a product's family, or the prior.
    async fn model(
        &mut self,
        knowledge: &Knowledge<'_>,
        product: Option<&pb::Product>,
    ) -> Result<Known, Error> {
        let family = product.map(|product| product.family.as_str()).unwrap_or_default();
        let prior = product.and_then(|product| product.prior_failures_per_year.as_ref());
        let rate = prior.and_then(|rate| wire::exact(rate).ok()).map(model);
        let key = format!("{family} {rate:?}");
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let row = knowledge.model(family).await?;
        let known = match row {
            Some(row) => {
                let StoredModel { start, end, model, .. } = row.stored()?;
                let index = self.add(format!("failureModels/{}", row.id), &model);
                Known { index, model, observed: Some((start, end)) }
            }
            None => {
                let model = prior_model(self.policy, rate);
                let index = self.add(String::new(), &model);
                Known { index, model, observed: None }
            }
        };
        self.known.insert(key, known.clone());
        Ok(known)
    }

    fn add(&mut self, name: String, model: &FailureModel) -> usize {
        let modes = model.modes.iter().map(|mode| PricedMode {
            mode: mode.mode.clone(),
            posterior: mode.posterior,
            costs: mode.costs.clone(),
            renewal: mode.priced_renewal(),
        });
        self.portfolio.models.push(PricedModel { name, modes: modes.collect() });
        self.portfolio.models.len() - 1
    }

    /// The site of a machine: what the customer has in one region.
    fn site(&mut self, region_code: &str) -> usize {
        let at = self.sites.iter().position(|known| known == region_code);
        at.unwrap_or_else(|| {
            self.sites.push(region_code.to_owned());
            self.sites.len() - 1
        })
    }

    /// The rates of a region and whether a card gave them.
    fn rates(&mut self, region: Option<&RegionCode>) -> Result<(usize, bool), FxError> {
        let Some(rates) = self.costs.rates(region, self.policy)? else {
            return Ok((0, false));
        };
        let at = self.portfolio.rates.iter().position(|known| *known == rates);
        let index = at.unwrap_or_else(|| {
            self.portfolio.rates.push(rates);
            self.portfolio.rates.len() - 1
        });
        Ok((index, true))
    }

    fn asset(
        &mut self,
        row: &machine::Model,
        doc: &MachineDoc,
        product: Option<&pb::Product>,
        known: Known,
        failures: &[(i64, String)],
    ) -> Result<(), FxError> {
        let region = RegionCode::parse(&row.region_code).ok();
        let levels = levels(row, doc);
        let (rates, by_card) = self.rates(region.as_ref())?;
        let site = self.site(&row.region_code);
        let mut flags: BTreeSet<Flag> = known
            .model
            .flags
            .iter()
            .copied()
            // What was left out of the evidence is said of the model, not of each machine.
            .filter(|flag| !matches!(flag, Flag::MachinesLeftOut | Flag::FailuresLeftOut))
            .collect();
        if !by_card {
            flags.insert(Flag::DefaultRates);
        }
        let mut factor = |covariate| match factor_of(&known.model.effects, covariate, &levels) {
            Some(factor) => factor,
            None => {
                if known.observed.is_some() && !levels.of(covariate).is_empty() {
                    flags.insert(Flag::UnseenLevel);
                }
                1.0
            }
        };
        let (environment, regional, duty) =
            (factor(Covariate::Environment), factor(Covariate::Region), factor(Covariate::Duty));
        let commissioned = doc.commissioned.unwrap_or(self.start);
        let circumstances = environment * regional * duty;
        let frailty = history(&known, commissioned, circumstances, failures);
        let visits = visits(product, self.policy, &mut self.costs)?;
        let foreign = product.is_some_and(|product| !product.make.is_empty());
        let inspected = foreign && flags.contains(&Flag::PriorOnly);
        self.portfolio.assets.push(AssetExposure {
            asset: row.name.clone(),
            product: row.product.clone(),
            model: known.index,
            rates,
            age: age_years(commissioned, self.start),
            environment,
            region: regional,
            duty,
            frailty,
            site,
            visits_per_year: visits.per_year,
            visit_hours: visits.hours,
            visit_parts: visits.parts,
            part_ages: part_ages(&known.model, self.start, failures),
            inspected,
            flags,
        });
        Ok(())
    }
}

/// Planned visits of a machine.
struct Visits {
    per_year: f64,
    hours: f64,
    parts: f64,
}

/// What a product says of its planned visits, the policy where it is silent.
fn visits(
    product: Option<&pb::Product>,
    policy: &PricingPolicy,
    costs_of: &mut Costs,
) -> Result<Visits, FxError> {
    let costs = &policy.default_costs;
    let decimal = |wire: Option<&aftercare_api::google::r#type::Decimal>| {
        wire.and_then(|wire| wire::exact(wire).ok()).map(model)
    };
    let per_year = product.and_then(|product| product.planned_visits_per_year);
    let hours = decimal(product.and_then(|product| product.planned_visit_hours.as_ref()));
    let parts = product
        .and_then(|product| product.planned_visit_parts.as_ref())
        .and_then(|amount| wire::amount(amount).ok());
    let name = product.map(|product| product.name.as_str()).unwrap_or_default();
    let parts = match parts {
        Some(amount) => costs_of.worth(amount, name, policy)?,
        None => 0.0,
    };
    Ok(Visits {
        per_year: per_year.map_or_else(|| f64::from(costs.planned_visits_per_year), f64::from),
        hours: hours.unwrap_or_else(|| model(costs.planned_visit_hours)),
        parts,
    })
}

/// The covariate levels of a machine.
pub(crate) fn levels(row: &machine::Model, doc: &MachineDoc) -> Levels {
    let region = RegionCode::parse(&row.region_code);
    Levels {
        environment: row.environment.clone(),
        region: region.map(|region| region.province().to_string()).unwrap_or_default(),
        duty: duty_band(doc.duty_hours).to_owned(),
    }
}
