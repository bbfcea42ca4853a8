//! Fits every family anew whose evidence has grown enough; what a scheduler calls.

use super::{Asked, drift::drifts, evidence, fitted, model_id};
use crate::handler::{now, parsed};
use crate::server::Server;
use crate::store::failure_model::{self as store, StoredModel, entity};
use crate::store::policy;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Class;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::policy::{PricingPolicy, model};
use aftercare_pricing_domain::power_law::Estimator;
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// A family's least growth of failures, unless the caller says otherwise.
const GROWTH: Decimal = Decimal::from_parts(2, 0, 0, false, 1);

/// A family with its newest model, and the fit that replaces it.
struct Candidate {
    family: String,
    latest: Option<entity::Model>,
    next: Option<StoredModel>,
    reason: String,
}

pub(crate) async fn refit(
    server: &Server,
    call: Call,
    asked: pb::RefitFailureModelsRequest,
) -> Result<pb::RefitFailureModelsResponse, Error> {
    let growth = parsed(|wrong| {
        let growth = match &asked.min_growth {
            None => Some(GROWTH),
            Some(growth) => wrong.take("min_growth", wire::exact(growth)),
        };
        if growth.is_some_and(|growth| growth < Decimal::ZERO) {
            wrong.add("min_growth", "must be at least 0");
        }
        growth
    })?;
    // Fits run before the write is opened: they may take a while.
    let candidates = candidates(server, &call, model(growth)).await?;
    let (policy, _) = policy::current(server.home.read(), call.tenant()).await?;
    if asked.validate_only {
        let families = candidates.iter().map(|own| Ok(told(&call, own, &policy)?.0));
        return Ok(pb::RefitFailureModelsResponse {
            families: families.collect::<Result<_, StoreError>>()?,
        });
    }
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let mut families = Vec::with_capacity(candidates.len());
    for own in &candidates {
        let (told, row) = told(&call, own, &policy)?;
        if let Some(row) = row {
            store::insert(write.tx(), row).await?;
        }
        families.push(told);
    }
    write.commit(pb::RefitFailureModelsResponse { families }).await
}

async fn candidates(server: &Server, call: &Call, growth: f64) -> Result<Vec<Candidate>, Error> {
    let (db, tenant) = (server.home.read(), call.tenant());
    let products = evidence::products(db, tenant).await?;
    let names: BTreeSet<String> = products.into_values().map(|product| product.family).collect();
    let mut found = Vec::new();
    for family in names {
        let latest = store::latest(db, tenant, &family).await?;
        let known = evidence::of_family(db, tenant, &family).await?;
        let seen = dated_failures(&known)?;
        let before = latest.as_ref().map(entity::Model::stored).transpose()?;
        let before = before.map(|stored| stored.model.failures());
        let (wanted, reason) = due(before, seen, growth);
        let mut own = Candidate { family, latest, next: None, reason };
        if wanted {
            let asked = Asked {
                id: model_id(&own.family),
                start: None,
                end: None,
                estimator: Estimator::MaximumLikelihood,
            };
            match fitted(server, call, &own.family, &asked).await {
                Ok(next) => own.next = Some(next),
                // Evidence that cannot be fitted is said of the family and stops no other.
                Err(error) if error.fault().class() == Class::Precondition => {
                    own.reason = error.fault().to_string();
                }
                Err(error) => return Err(error),
            }
        }
        found.push(own);
    }
    Ok(found)
}

/// Failures of machines whose age is known; others are in no model.
fn dated_failures(known: &evidence::Known) -> Result<usize, StoreError> {
    let mut dated = BTreeSet::new();
    for row in &known.machines {
        if row.document()?.commissioned.is_some() {
            dated.insert(row.id.as_str());
        }
    }
    Ok(known.failures.iter().filter(|row| dated.contains(row.asset.as_str())).count())
}

/// Whether a family is due, and why.
fn due(before: Option<usize>, seen: usize, growth: f64) -> (bool, String) {
    match before {
        _ if seen == 0 => (false, "no failure of a machine of known age".to_owned()),
        None => (true, format!("no model yet, {seen} failures")),
        Some(0) => (true, format!("{seen} failures where the model had none")),
        Some(before) => {
            let grown = seen as f64 / before as f64 - 1.0;
            let text = format!("{before} failures in the model, {seen} now");
            (grown >= growth && seen > before, text)
        }
    }
}

/// What is told of a family, and the row to keep.
fn told(
    call: &Call,
    own: &Candidate,
    policy: &PricingPolicy,
) -> Result<(pb::FamilyRefit, Option<entity::Model>), StoreError> {
    let name = |id: &str| format!("failureModels/{id}");
    let mut told = pb::FamilyRefit {
        family: own.family.clone(),
        base: own.latest.as_ref().map(|row| name(&row.id)).unwrap_or_default(),
        other: String::new(),
        reason: own.reason.clone(),
        drifted: false,
    };
    let Some(next) = &own.next else { return Ok((told, None)) };
    let version = own.latest.as_ref().map_or(1, |row| row.version + 1);
    let id = format!("{}-v{version}", model_id(&own.family));
    told.other = name(&id);
    if let Some(row) = &own.latest {
        told.drifted = drifts(&row.stored()?, next, policy).iter().any(|drift| drift.drifted);
    }
    let row = entity::Model {
        tenant: call.tenant().to_string(),
        id,
        family: own.family.clone(),
        doc: store::doc(next)?,
        version,
        create_time: now(call),
    };
    Ok((told, Some(row)))
}
