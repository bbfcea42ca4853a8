//! Price floors.

use super::product::price;
use super::resource::{resource, rpcs};
use super::territory::regions;
use crate::convert::sanction::{product_id, read_period};
use crate::server::Server;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;

resource! {
    PricePolicy {
        kind: "pricePolicies",
        pattern: "pricePolicies/{price_policy}",
        field: "price_policy",
        filters: &[FilterField { name: "product", column: "product", kind: FieldKind::Text }],
        fields: [product, regions, period, floor_price],
    }
    check(policy, wrong) {
        product_id(&policy.product, "product", wrong);
        regions(&mut policy.regions, wrong);
        if let Some(period) = wrong.required("period", policy.period.as_ref()) {
            read_period(period, "period", wrong);
        }
        let floor = wrong.required("floor_price", policy.floor_price.as_ref());
        price(floor, "floor_price", wrong);
    }
    columns(policy, row) {
        row.product.clone_from(&policy.product);
    }
}

rpcs!(
    PricePolicy,
    GetPricePolicyRequest,
    ListPricePoliciesRequest => ListPricePoliciesResponse.price_policies,
    BatchUpdatePricePoliciesRequest => BatchUpdatePricePoliciesResponse,
    price_policy,
    |after, around| {
        for wire in after.changed.iter().filter_map(|id| after.all.get(id)) {
            around.know(&wire.name, [&wire.product])?;
        }
        Ok(())
    }
);
