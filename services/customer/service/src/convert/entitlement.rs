//! Entitlements.

use super::value::{wire_date, wire_instant, wire_span};
use super::word::number;
use crate::store::Stored;
use crate::store::entitlement::Entitlement;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::r#type::v1 as common;
use jiff::Timestamp;

/// An entitlement as callers see it; whether it holds is told for the present, in China Standard Time.
pub(crate) fn present(
    stored: &Stored<Entitlement>,
    customer: &str,
    now: Timestamp,
) -> pb::Entitlement {
    let entitlement = &stored.value;
    let today = now.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date();
    // One that was taken back before it began holds on no day and is not yet to come.
    let never = entitlement.start.zip(entitlement.end).is_some_and(|(start, end)| end <= start);
    let state = if never || entitlement.end.is_some_and(|end| today >= end) {
        pb::EntitlementState::Ended
    } else if entitlement.start.is_some_and(|start| today < start) {
        pb::EntitlementState::Future
    } else {
        pb::EntitlementState::Active
    };
    let source = format!("ENTITLEMENT_SOURCE_{}", entitlement.source);
    pb::Entitlement {
        name: format!("customers/{customer}/entitlements/{}", stored.id),
        asset: entitlement.asset.clone(),
        source: pb::EntitlementSource::from_str_name(&source).map_or(0, |source| source as i32),
        contract: entitlement.contract.clone(),
        sla_policy: entitlement
            .policy
            .as_ref()
            .map(|policy| format!("slaPolicies/{}", policy.id))
            .unwrap_or_default(),
        sla_policy_version: entitlement.policy.as_ref().map_or(0, |policy| policy.version),
        period: entitlement.start.map(|start| common::Period {
            start_date: Some(wire_date(start)),
            end_date: entitlement.end.map(wire_date),
        }),
        parts_covered: entitlement.parts_covered,
        labour_covered: entitlement.labour_covered,
        travel_covered: entitlement.travel_covered,
        response_time: entitlement.response.map(|promise| wire_span(promise.within.get())),
        service_hours: number(entitlement.response.map(|promise| promise.hours)),
        state: state.into(),
        create_time: Some(wire_instant(stored.created)),
        update_time: Some(wire_instant(stored.updated)),
        etag: stored.etag(),
    }
}
