//! Customers.

use super::value::{
    address, date, decimal, external_keys, money, region, text, wire_address, wire_date,
    wire_decimal, wire_external_keys, wire_instant, wire_money,
};
use super::word::{Word, number, optional};
use crate::store::Stored;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::customer::{
    Customer, CustomerId, CustomerKind, CustomerState, Fit, NeedsSegment, RelationshipLevel,
    TrustLevel,
};
use aftercare_customer_domain::grade::Evidence;
use aftercare_customer_domain::keys::{Duns, Phone, Uscc, VatId};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use jiff::Timestamp;

pub(crate) const PATTERN: &str = "customers/{customer}";

/// The id in a customer's name.
pub(crate) fn customer_id(name: &str, field: &str, wrong: &mut Violations) -> Option<CustomerId> {
    if name.is_empty() {
        return wrong.required(field, None);
    }
    let [id] = wrong.take(field, name_segments::<1>(PATTERN, name))?;
    wrong.take(field, CustomerId::parse(id))
}

/// A customer as the caller wants it; what callers cannot write is kept from `kept`.
pub(crate) fn customer(
    wire: &pb::Customer,
    id: &CustomerId,
    kept: Option<&Customer>,
    wrong: &mut Violations,
) -> Option<Customer> {
    let parent =
        if wire.parent.is_empty() { None } else { customer_id(&wire.parent, "parent", wrong) };
    let evidence = wire
        .evidence
        .as_ref()
        .map(|evidence| wrong.within("evidence", |wrong| self::evidence(evidence, wrong)));
    let customer = Customer {
        display_name: wire.display_name.trim().to_owned(),
        legal_name: wire.legal_name.clone(),
        kind: optional(wire.kind, "kind", wrong).unwrap_or(CustomerKind::LegalEntity),
        parent,
        uscc: text(&wire.uscc, "uscc", wrong, Uscc::parse),
        vat_id: text(&wire.vat_id, "vat_id", wrong, VatId::parse),
        duns: text(&wire.duns, "duns", wrong, Duns::parse),
        industry: wire.industry.clone(),
        region: region(&wire.region_code, "region_code", wrong),
        address: wire.address.as_ref().map(address),
        time_zone: wire.time_zone.clone(),
        language_code: wire.language_code.clone(),
        phone: text(&wire.phone, "phone", wrong, Phone::parse),
        website: wire.website.clone(),
        owner: wire.owner.clone(),
        tags: wire.tags.clone(),
        external_keys: external_keys(&wire.external_keys),
        evidence,
        grade: kept.and_then(|kept| kept.grade),
        relationship_level: kept.map_or(RelationshipLevel::Candidate, |k| k.relationship_level),
        trust_level: kept.map_or(TrustLevel::Cognitive, |kept| kept.trust_level),
        fit: kept.map_or(Fit::General, |kept| kept.fit),
        fit_basis: kept.and_then(|kept| kept.fit_basis.clone()),
        needs_segment: optional(wire.needs_segment, "needs_segment", wrong),
        state: kept.map_or(CustomerState::Active, |kept| kept.state),
        merged_into: kept.and_then(|kept| kept.merged_into.clone()),
    };
    customer.check(id, wrong);
    wrong.is_empty().then_some(customer)
}

/// A customer as callers see it.
pub(crate) fn present(stored: &Stored<Customer>) -> pb::Customer {
    let customer = &stored.value;
    pb::Customer {
        name: format!("customers/{}", stored.id),
        display_name: customer.display_name.clone(),
        legal_name: customer.legal_name.clone(),
        kind: customer.kind.number(),
        parent: customer.parent.as_ref().map(|id| format!("customers/{id}")).unwrap_or_default(),
        uscc: customer.uscc.as_ref().map(ToString::to_string).unwrap_or_default(),
        vat_id: customer.vat_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        duns: customer.duns.as_ref().map(ToString::to_string).unwrap_or_default(),
        industry: customer.industry.clone(),
        region_code: customer.region.as_ref().map(ToString::to_string).unwrap_or_default(),
        address: customer.address.as_ref().map(wire_address),
        time_zone: customer.time_zone.clone(),
        language_code: customer.language_code.clone(),
        phone: customer.phone.as_ref().map(ToString::to_string).unwrap_or_default(),
        website: customer.website.clone(),
        owner: customer.owner.clone(),
        tags: customer.tags.clone(),
        external_keys: wire_external_keys(&customer.external_keys),
        evidence: customer.evidence.as_ref().map(wire_evidence),
        grade: number(customer.grade),
        relationship_level: customer.relationship_level.number(),
        trust_level: customer.trust_level.number(),
        fit: customer.fit.number(),
        needs_segment: number(customer.needs_segment),
        state: customer.state.number(),
        merged_into: customer
            .merged_into
            .as_ref()
            .map(|id| format!("customers/{id}"))
            .unwrap_or_default(),
        create_time: Some(wire_instant(stored.created)),
        update_time: Some(wire_instant(stored.updated)),
        etag: stored.etag(),
    }
}

/// Grading evidence; ranges are checked with the customer.
pub(crate) fn evidence(wire: &pb::GradeEvidence, wrong: &mut Violations) -> Evidence {
    let standing = wire.industry_standing.map(u8::try_from);
    let references = wire.references_given.map(u32::try_from);
    Evidence {
        annual_revenue: money(wire.annual_revenue.as_ref(), "annual_revenue", wrong),
        margin_share: decimal(wire.margin_share.as_ref(), "margin_share", wrong),
        wallet_share: decimal(wire.wallet_share.as_ref(), "wallet_share", wrong),
        industry_standing: standing.and_then(|standing| {
            wrong.take("industry_standing", standing.map_err(|_| "must be between 1 and 5"))
        }),
        references_given: references.and_then(|count| {
            wrong.take("references_given", count.map_err(|_| "must not be negative"))
        }),
        planned_purchases: money(wire.planned_purchases.as_ref(), "planned_purchases", wrong),
        growth_rate: decimal(wire.growth_rate.as_ref(), "growth_rate", wrong),
        service_profit_share: None,
        as_of: date(wire.as_of_date.as_ref(), "as_of_date", wrong),
        source: wire.source.clone(),
    }
}

pub(crate) fn wire_evidence(evidence: &Evidence) -> pb::GradeEvidence {
    pb::GradeEvidence {
        annual_revenue: evidence.annual_revenue.as_ref().map(wire_money),
        margin_share: evidence.margin_share.map(wire_decimal),
        wallet_share: evidence.wallet_share.map(wire_decimal),
        industry_standing: evidence.industry_standing.map(i32::from),
        references_given: evidence.references_given.and_then(|count| i32::try_from(count).ok()),
        planned_purchases: evidence.planned_purchases.as_ref().map(wire_money),
        growth_rate: evidence.growth_rate.map(wire_decimal),
        service_profit_share: evidence.service_profit_share.map(wire_decimal),
        as_of_date: evidence.as_of.map(wire_date),
        source: evidence.source.clone(),
    }
}

/// What others learn when what a customer needs is known otherwise than before.
pub(crate) fn needs_changed(
    stored: &Stored<Customer>,
    before: Option<NeedsSegment>,
    now: Timestamp,
) -> Option<pb::CustomerNeedsChanged> {
    let segment = stored.value.needs_segment;
    (segment != before).then(|| pb::CustomerNeedsChanged {
        customer: format!("customers/{}", stored.id),
        needs_segment: number(segment),
        previous_segment: number(before),
        event_time: Some(wire_instant(now)),
    })
}
