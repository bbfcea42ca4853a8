//! Fits every family anew whose evidence has grown enough: for a caller, and by itself each day.

use super::{Asked, drift::drifts, evidence, fitted, model_id};
use crate::convert::failure_model::drift as change;
use crate::handler::{now, parsed};
use crate::server::Server;
use crate::store::failure_model::{self as store, StoredModel, entity};
use crate::store::policy;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Class;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use aftercare_platform::wire;
use aftercare_pricing_domain::policy::{PricingPolicy, model};
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
    let mut write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let mut families = Vec::with_capacity(candidates.len());
    for own in &candidates {
        families.push(keep(&mut write, &call, own, &policy).await?);
    }
    write.commit(pb::RefitFailureModelsResponse { families }).await
}

/// Fits the first family after a name whose evidence has grown; answers with its name, or none when no family is left.
pub(crate) async fn refit_next(
    server: &Server,
    call: &Call,
    write: &mut Write,
    after: &str,
) -> Result<Option<String>, Error> {
    let (policy, _) = policy::current(server.home.read(), call.tenant()).await?;
    for family in families(server, call).await?.into_iter().filter(|family| &**family > after) {
        let own = candidate(server, call, family, model(GROWTH)).await?;
        if own.next.is_some() {
            keep(write, call, &own, &policy).await?;
            return Ok(Some(own.family));
        }
    }
    Ok(None)
}

/// Keeps what was fitted and tells of it.
async fn keep(
    write: &mut Write,
    call: &Call,
    own: &Candidate,
    policy: &PricingPolicy,
) -> Result<pb::FamilyRefit, Error> {
    let (told, kept) = told(call, own, policy)?;
    if let Some((row, event)) = kept {
        store::insert(write.tx(), row).await?;
        write.emit(&event.failure_model, &event).await?;
    }
    Ok(told)
}

async fn families(server: &Server, call: &Call) -> Result<BTreeSet<String>, Error> {
    let products = evidence::products(server.home.read(), call.tenant()).await?;
    Ok(products.into_values().map(|product| product.family).collect())
}

async fn candidates(server: &Server, call: &Call, growth: f64) -> Result<Vec<Candidate>, Error> {
    let mut found = Vec::new();
    for family in families(server, call).await? {
        found.push(candidate(server, call, family, growth).await?);
    }
    Ok(found)
}

/// A family with its fit, if it is due.
async fn candidate(
    server: &Server,
    call: &Call,
    family: String,
    growth: f64,
) -> Result<Candidate, Error> {
    let (db, tenant) = (server.home.read(), call.tenant());
    let latest = store::latest(db, tenant, &family).await?;
    let known = evidence::of_family(db, tenant, &family).await?;
    let seen = dated_failures(&known)?;
    let stored = latest.as_ref().map(entity::Model::stored).transpose()?;
    let before = stored.as_ref().map(|stored| stored.model.failures());
    let (wanted, reason) = due(before, seen, growth);
    let mut own = Candidate { family, latest, next: None, reason };
    if wanted {
        let asked = Asked {
            id: model_id(&own.family),
            start: None,
            end: None,
            // What was chosen for the family holds until somebody chooses anew.
            choices: stored.as_ref().map(|stored| stored.model.choices).unwrap_or_default(),
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
    Ok(own)
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

/// What is told of a family, the row to keep and its event.
fn told(
    call: &Call,
    own: &Candidate,
    policy: &PricingPolicy,
) -> Result<(pb::FamilyRefit, Option<(entity::Model, pb::FailureModelRefitted)>), StoreError> {
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
    let drifts = match &own.latest {
        Some(row) => drifts(&row.stored()?, next, policy),
        None => Vec::new(),
    };
    told.drifted = drifts.iter().any(|drift| drift.drifted);
    let event = pb::FailureModelRefitted {
        failure_model: told.other.clone(),
        base: told.base.clone(),
        family: told.family.clone(),
        reason: told.reason.clone(),
        drifted: told.drifted,
        changes: drifts.iter().map(change).collect(),
    };
    let row = entity::Model {
        tenant: call.tenant().to_string(),
        id,
        family: own.family.clone(),
        doc: store::doc(next)?,
        version,
        create_time: now(call),
    };
    Ok((told, Some((row, event))))
}
