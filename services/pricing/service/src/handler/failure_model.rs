//! Failure models: evidence at a glance, fits, forecasts.

mod drift;
mod evidence;
mod observation;
mod refit;

use super::{LIMITS, ORDERS, day, id_of, now, parsed, text, today};
use crate::convert::failure_model::{basis_of, estimator, family_of, present};
use crate::convert::terms::known;
use crate::server::Server;
use crate::store::failure_model::{self as store, StoredModel, entity};
use crate::store::policy;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_kernel::ids::check_id;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::paging::PageRequest;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::failure_model::{Choices, fit_failure_model};
use aftercare_pricing_domain::power_law::FitError;
use jiff::civil::Date;
use observation::{Window, observe};

pub(crate) use drift::compare;
pub(crate) use evidence::{list as list_evidence, summarise};
pub(crate) use refit::{refit, refit_next};

const PATTERN: &str = "failureModels/{failure_model}";

/// Why no model can be fitted.
#[derive(Debug, thiserror::Error)]
enum NoFit {
    #[error(
        "no machine of family {family} with a commissioning date worked between {start} and {end}"
    )]
    NoEvidence { family: String, start: Date, end: Date },
    #[error("the evidence of family {family} cannot be: {cause}")]
    Evidence { family: String, cause: FitError },
}

impl Fault for NoFit {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::NoEvidence { .. } => "NO_FAILURE_EVIDENCE",
            Self::Evidence { .. } => "FAILURE_EVIDENCE_IMPOSSIBLE",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        let (Self::NoEvidence { family, .. } | Self::Evidence { family, .. }) = self;
        vec![("family", family.clone())]
    }
    fn subject(&self) -> String {
        let (Self::NoEvidence { family, .. } | Self::Evidence { family, .. }) = self;
        family.clone()
    }
}

/// A fit as it was asked for.
struct Asked {
    id: String,
    start: Option<Date>,
    end: Option<Date>,
    choices: Choices,
}

fn asked_of(asked: &pb::FitFailureModelRequest, wrong: &mut Violations) -> Option<Asked> {
    let id = model_id(&asked.family);
    if asked.family.is_empty() {
        wrong.add("family", "is required");
    } else if let Err(error) = check_id(&format!("{id}-v1")) {
        wrong.add("family", error);
    } else if asked.family.chars().any(char::is_control) {
        wrong.add("family", "must not have control characters");
    }
    let start = day("observation_start_date", asked.observation_start_date.as_ref(), wrong);
    let end = day("observation_end_date", asked.observation_end_date.as_ref(), wrong);
    if start.zip(end).is_some_and(|(start, end)| end <= start) {
        wrong.add("observation_end_date", "must be after observation_start_date");
    }
    let estimator = estimator(asked.estimator);
    if estimator.is_none() {
        wrong.add("estimator", "is not defined");
    }
    let basis = known::<pb::PricingBasis>("pricing_basis", asked.pricing_basis, wrong);
    let family = known::<pb::SeverityFamily>("severity_family", asked.severity_family, wrong);
    let choices = Choices {
        estimator: estimator?,
        basis: basis.and_then(basis_of),
        family: family.and_then(family_of),
    };
    Some(Asked { id, start, end, choices })
}

/// The family as the beginning of an id: lower case, other characters become `-`.
fn model_id(family: &str) -> String {
    let kept = |c: char| {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '-' }
    };
    family.chars().map(kept).collect()
}

pub(crate) async fn fit(
    server: &Server,
    call: Call,
    asked: pb::FitFailureModelRequest,
) -> Result<pb::FailureModel, Error> {
    let wanted = parsed(|wrong| asked_of(&asked, wrong))?;
    let stored = fitted(server, &call, &asked.family, &wanted).await?;
    let numbered = |before: Option<entity::Model>| -> Result<entity::Model, StoreError> {
        let version = before.map_or(1, |before| before.version + 1);
        Ok(entity::Model {
            tenant: call.tenant().to_string(),
            id: format!("{}-v{version}", wanted.id),
            family: asked.family.clone(),
            doc: store::doc(&stored)?,
            version,
            create_time: now(&call),
        })
    };
    if asked.validate_only {
        let before = store::latest(server.home.read(), call.tenant(), &asked.family).await?;
        return Ok(present(&numbered(before)?)?);
    }
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let row = numbered(store::latest(write.tx(), call.tenant(), &asked.family).await?)?;
    let response = present(&row)?;
    store::insert(write.tx(), row).await?;
    write.commit(response).await
}

/// The model of what is known now. Runs before the write is opened: a fit may take a while.
async fn fitted(
    server: &Server,
    call: &Call,
    family: &str,
    wanted: &Asked,
) -> Result<StoredModel, Error> {
    let db = server.home.read();
    let (policy, _) = policy::current(db, call.tenant()).await?;
    let known = evidence::of_family(db, call.tenant(), family).await?;
    let (first, last) = evidence::span(db, call.tenant()).await?;
    let tomorrow = |day: Date| day.tomorrow().unwrap_or(day);
    let end = wanted.end.or(last.map(tomorrow)).unwrap_or_else(|| tomorrow(today(call)));
    // Without a failure nothing says when records began: then nothing before the fit counts as observed.
    let start = wanted.start.or(first).unwrap_or_else(|| today(call));
    let window = Window { start, end, currency: policy.currency };
    let observed = observe(&known.machines, &known.failures, window)?;
    if observed.evidence.is_empty() {
        return Err(NoFit::NoEvidence { family: family.to_owned(), start, end }.into());
    }
    let (currency, choices) = (policy.currency, wanted.choices);
    let prior = known.prior_failures_per_year;
    let flags = observed.flags;
    let fit = move |_: &mut _| fit_failure_model(&observed.evidence, &policy, prior, choices);
    let mut model = server
        .compute(fit)
        .await?
        .map_err(|cause| NoFit::Evidence { family: family.to_owned(), cause })?;
    model.flags.extend(flags);
    Ok(StoredModel { start: Some(start), end, currency: currency.code().to_owned(), model })
}

pub(crate) async fn get(
    server: &Server,
    call: Call,
    asked: pb::GetFailureModelRequest,
) -> Result<pb::FailureModel, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    Ok(present(&store::get(server.home.read(), call.tenant(), &id).await?)?)
}

pub(crate) async fn list(
    server: &Server,
    call: Call,
    asked: pb::ListFailureModelsRequest,
) -> Result<pb::ListFailureModelsResponse, Error> {
    let request = PageRequest {
        tenant: call.tenant(),
        method: "failureModels",
        page_size: asked.page_size,
        page_token: &asked.page_token,
        filter: &asked.filter,
        order_by: &asked.order_by,
        parent: "",
    };
    let plan = server.pager.plan(&request, &[text("family")], &ORDERS, &["id"], LIMITS)?;
    let fetched = plan.fetch(store::all(call.tenant()), server.home.read()).await;
    let (rows, next_page_token) = fetched.map_err(StoreError::from)?;
    let failure_models = rows.iter().map(present).collect::<Result<_, _>>()?;
    Ok(pb::ListFailureModelsResponse { failure_models, next_page_token })
}

pub(crate) async fn forecast(
    server: &Server,
    call: Call,
    asked: pb::ForecastFailuresRequest,
) -> Result<pb::ForecastFailuresResponse, Error> {
    let (from, to) = (asked.from_age_years, asked.to_age_years);
    parsed(|wrong| {
        if !(from.is_finite() && from >= 0.0) {
            wrong.add("from_age_years", "must be at least 0");
        }
        if !(to > from && to <= 100.0) {
            wrong.add("to_age_years", "must be above from_age_years and at most 100");
        }
        Some(())
    })?;
    let id = id_of(PATTERN, &asked.name)?;
    let stored = store::get(server.home.read(), call.tenant(), &id).await?.stored()?;
    let modes = stored.model.modes.iter().map(|mode| {
        let (expected_failures, standard_error) = mode.forecast(from, to);
        pb::ModeForecast {
            mode: mode.mode.clone(),
            expected_failures,
            standard_error,
            renewal_failures: mode.renewal.map_or(0.0, |fit| fit.life.renewals(from, to - from)),
        }
    });
    let modes: Vec<pb::ModeForecast> = modes.collect();
    let expected_failures = modes.iter().map(|mode| mode.expected_failures).sum();
    Ok(pb::ForecastFailuresResponse { modes, expected_failures })
}
