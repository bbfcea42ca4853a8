//! What changed from one model of a family to a later one.

use super::PATTERN;
use crate::convert::failure_model::drift;
use crate::handler::parsed;
use crate::server::Server;
use crate::store::failure_model::{self as store, StoredModel};
use crate::store::policy;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Invalid;
use aftercare_kernel::ids::name_segments;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::drift::{ModeDrift, compare as compare_models};
use aftercare_pricing_domain::policy::PricingPolicy;

/// Age at which families are compared, years.
const AGE: f64 = 5.0;

pub(crate) async fn compare(
    server: &Server,
    call: Call,
    asked: pb::CompareFailureModelsRequest,
) -> Result<pb::CompareFailureModelsResponse, Error> {
    let (base, other) = parsed(|wrong| {
        let base = wrong.take("base", name_segments::<1>(PATTERN, &asked.base));
        let other = wrong.take("other", name_segments::<1>(PATTERN, &asked.other));
        let ([base], [other]) = (base?, other?);
        Some((base.to_owned(), other.to_owned()))
    })?;
    let db = server.home.read();
    let base = store::get(db, call.tenant(), &base).await?;
    let other = store::get(db, call.tenant(), &other).await?;
    if base.family != other.family {
        let text = format!("must be of the family of base, {}", base.family);
        return Err(Invalid::field("other", text).into());
    }
    let (policy, _) = policy::current(db, call.tenant()).await?;
    let (base, other) = (base.stored()?, other.stored()?);
    let changes = drifts(&base, &other, &policy);
    let (before, after) = (base.model.failures(), other.model.failures());
    Ok(pb::CompareFailureModelsResponse {
        drifted: changes.iter().any(|change| change.drifted),
        changes: changes.iter().map(drift).collect(),
        base_failures: base.model.expected(AGE, AGE + 1.0),
        other_failures: other.model.expected(AGE, AGE + 1.0),
        evidence_growth: if before > 0 { after as f64 / before as f64 } else { 0.0 },
    })
}

/// The drift of every mode; the later fit holds the earlier one's evidence if its window does.
pub(super) fn drifts(
    base: &StoredModel,
    other: &StoredModel,
    policy: &PricingPolicy,
) -> Vec<ModeDrift> {
    let nested = other.start <= base.start && other.end >= base.end;
    compare_models(&base.model, &other.model, nested, policy)
}
