//! Trade items, as the channel knows them.

use super::resource::{resource, rpcs};
use crate::server::Server;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::gs1::Gtin;
use aftercare_kernel::fault::Violations;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire::amount;

resource! {
    Product {
        kind: "products",
        pattern: "products/{product}",
        field: "product",
        filters: &[
            FilterField { name: "gtin", column: "code", kind: FieldKind::Text },
            FilterField { name: "display_name", column: "display_name", kind: FieldKind::Text },
        ],
        fields: [display_name, gtin, list_price, distributor_margin],
    }
    check(product, wrong) {
        if let Some(gtin) = wrong.take("gtin", Gtin::parse(&product.gtin)) {
            product.gtin = gtin.to_string();
        }
        price(product.list_price.as_ref(), "list_price", wrong);
        price(product.distributor_margin.as_ref(), "distributor_margin", wrong);
    }
    columns(product, row) {
        row.display_name.clone_from(&product.display_name);
        row.code.clone_from(&product.gtin);
    }
}

rpcs!(
    Product,
    GetProductRequest,
    ListProductsRequest => ListProductsResponse.products,
    BatchUpdateProductsRequest => BatchUpdateProductsResponse,
    product,
    |after, _| Ok(after.unique("GTIN")?)
);

/// Notes an amount that is none or negative.
pub(super) fn price(
    wire: Option<&aftercare_api::google::r#type::Money>,
    field: &str,
    wrong: &mut Violations,
) {
    let found = wire.and_then(|wire| wrong.take(field, amount(wire)));
    if found.is_some_and(|found| found.amount().is_sign_negative()) {
        wrong.add(field, "must not be negative");
    }
}
