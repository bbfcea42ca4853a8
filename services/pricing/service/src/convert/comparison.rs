//! Pricing models side by side, to the wire.

use super::quote::cost;
use super::terms;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::wire;
use aftercare_pricing_domain::comparison::View;

/// A pricing model.
pub(crate) fn present(view: &View) -> pb::PricingModelView {
    pb::PricingModelView {
        pricing_model: terms::pricing_model(view.terms.pricing_model).into(),
        customer_cost: Some(cost(&view.customer)),
        our_cost: Some(cost(&view.ours)),
        terms: Some(terms::present(&view.terms)),
        price: Some(wire::money(view.price)),
        expected_billing: Some(wire::money(view.billing)),
        revenue: Some(wire::money(view.revenue)),
        failure_cost: Some(wire::money(view.failures)),
        expected_margin: view.margin,
        loss_probability: view.loss_probability,
        segments: view
            .segments
            .iter()
            .map(|own| pb::SegmentView {
                segment: terms::segment(own.segment).into(),
                certainty_equivalent: Some(wire::money(own.certainty_equivalent)),
                best: own.best,
            })
            .collect(),
        efficient: view.efficient,
        explanation: view.explanation(),
    }
}
