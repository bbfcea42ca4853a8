//! The pricing policy: read, change.

use super::{now, parsed};
use crate::convert::policy::{FIELDS, parse, present};
use crate::server::Server;
use crate::store::{check_etag, etag, instant, policy as store};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Invalid;
use aftercare_platform::database::StoreError;
use aftercare_platform::field_mask::{self, Mask};
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::policy::PricingPolicy;

pub(crate) async fn get(
    server: &Server,
    call: Call,
    asked: pb::GetPricingPolicyRequest,
) -> Result<pb::PricingPolicy, Error> {
    check_name(&asked.name)?;
    let (policy, time) = store::current(server.home.read(), call.tenant()).await?;
    Ok(shown(&policy, time)?)
}

pub(crate) async fn update(
    server: &Server,
    call: Call,
    asked: pb::UpdatePricingPolicyRequest,
) -> Result<pb::PricingPolicy, Error> {
    let given = parsed(|wrong| wrong.required("pricing_policy", asked.pricing_policy.clone()))?;
    check_name(&given.name)?;
    let mask = field_mask::check(asked.update_mask.as_ref(), FIELDS)?;
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let (before, _) = store::current(write.tx(), call.tenant()).await?;
    check_etag(&given.etag, i64::from(before.version), "pricingPolicy")?;
    let merged = merge(&present(&before), &given, &mask);
    let policy = parsed(|wrong| {
        wrong.within("pricing_policy", |wrong| parse(&merged, before.version + 1, wrong))
    })?;
    store::insert(write.tx(), call.tenant(), &policy, now(&call)).await?;
    let response = shown(&policy, Some(now(&call)))?;
    write.commit(response).await
}

fn check_name(name: &str) -> Result<(), Error> {
    if name == "pricingPolicy" {
        return Ok(());
    }
    Err(Invalid::field("name", "must be pricingPolicy").into())
}

fn shown(policy: &PricingPolicy, time: Option<i64>) -> Result<pb::PricingPolicy, StoreError> {
    let update_time = time.map(|micros| instant("pricing_policy", micros)).transpose()?;
    Ok(pb::PricingPolicy {
        update_time: update_time.map(wire::timestamp),
        etag: etag(i64::from(policy.version)),
        ..present(policy)
    })
}

fn merge(before: &pb::PricingPolicy, given: &pb::PricingPolicy, mask: &Mask) -> pb::PricingPolicy {
    let mut merged = before.clone();
    macro_rules! write {
        ($($field:ident),* $(,)?) => {
            $(
                if mask.writes(stringify!($field), given.$field != pb::PricingPolicy::default().$field) {
                    merged.$field = given.$field.clone();
                }
            )*
        };
    }
    write!(
        currency_code,
        target_margin,
        max_loss_probability,
        discount_rate,
        cost_inflation,
        rounding,
        validity_days,
        readiness_exponent,
        after_hours_share,
        consumables_share,
        parts_pool_share,
        technician_spread,
        reference_age_years,
        default_costs,
        failure_prior,
        exclusion_shares,
        concession_levers,
        lever_weights,
        renewal_share,
        approval_ladder,
        approval_window_days,
        site_correlation,
        uncertainty_load,
        offered_terms,
        late_response_share,
        rounding_mode,
        fx_max_age_days,
        hour_bands,
    );
    merged
}
