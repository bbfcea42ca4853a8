//! The pricing policy: seeded, changed by mask, versioned, refused when it cannot be.

use super::quote::decimal;
use super::{call, client, fields, on_both, request_id, suite};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::testing::Kind;
use tonic::Code;

on_both!(a_policy_is_seeded_changed_by_mask_and_versioned);

async fn a_policy_is_seeded_changed_by_mask_and_versioned(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut policies = client!(suite, &call, policy_service_client::PolicyServiceClient);
    let name = "pricingPolicy".to_owned();
    let seeded =
        policies.get_pricing_policy(pb::GetPricingPolicyRequest { name: name.clone() }).await;
    let seeded = seeded.unwrap().into_inner();
    assert_eq!((seeded.version, seeded.currency_code.as_str()), (1, "CNY"));
    let change = |margin: &str, etag: &str| pb::UpdatePricingPolicyRequest {
        pricing_policy: Some(pb::PricingPolicy {
            name: name.clone(),
            target_margin: decimal(margin),
            // not in the mask, so it stays
            validity_days: 999,
            etag: etag.to_owned(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["target_margin".to_owned()] }),
        request_id: request_id(),
    };
    let refused = policies.update_pricing_policy(change("1.2", "")).await.unwrap_err();
    assert_eq!(fields(&refused), ["pricing_policy.target_margin"]);
    let changed =
        policies.update_pricing_policy(change("0.25", &seeded.etag)).await.unwrap().into_inner();
    assert_eq!((changed.version, changed.target_margin.clone()), (2, decimal("0.25")));
    assert_eq!((changed.validity_days, &changed.default_costs), (30, &seeded.default_costs));
    let stale = policies.update_pricing_policy(change("0.2", &seeded.etag)).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
}
