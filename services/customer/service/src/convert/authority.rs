//! Authority limits and delegations.

use super::proposal::remedy_number;
use super::value::{instant, money, wire_instant, wire_money};
use super::word::{list, numbers};
use crate::handler::setting::Shown;
use crate::store::Stored;
use crate::store::setting::Setting;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::{AuthorityLimit, Delegation, Elasticity, default_limits};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::Money;
use jiff::Timestamp;

impl Setting for AuthorityLimit {
    const COLLECTION: &'static str = "authorityLimits";
    fn shipped() -> Vec<(&'static str, Self)> {
        const IDS: [(&str, &str); 6] = [
            ("agent", "default-agent"),
            ("engineer", "default-engineer"),
            ("supervisor", "default-supervisor"),
            ("manager", "default-manager"),
            ("director", "default-director"),
            ("admin", "default-admin"),
        ];
        let id = |limit: AuthorityLimit| {
            let (_, id) = IDS.into_iter().find(|(role, _)| *role == limit.role)?;
            Some((id, limit))
        };
        default_limits().into_iter().filter_map(id).collect()
    }
}

impl Shown for AuthorityLimit {
    type Wire = pb::AuthorityLimit;
    const FIELD: &'static str = "authority_limit";
    const PATTERN: &'static str = "authorityLimits/{authority_limit}";

    fn read(wire: &pb::AuthorityLimit, wrong: &mut Violations) -> Option<Self> {
        if wire.role.trim().is_empty() {
            wrong.add("role", "is required");
        }
        let categories = list(&wire.categories, "categories", wrong);
        let grades = list(&wire.grades, "grades", wrong);
        let remedy_kinds = kinds(&wire.remedy_kinds, wrong);
        let limit = money(wire.limit.as_ref(), "limit", wrong);
        let limit = wrong.required("limit", limit)?;
        positive(limit, "limit", wrong);
        let elasticity = elasticity(wire, limit, wrong);
        wrong.is_empty().then(|| Self {
            role: wire.role.clone(),
            categories,
            grades,
            remedy_kinds,
            limit,
            elasticity,
        })
    }

    fn show(name: String, stored: &Stored<Self>) -> pb::AuthorityLimit {
        let limit = &stored.value;
        let elastic = limit.elasticity.as_ref();
        pb::AuthorityLimit {
            name,
            role: limit.role.clone(),
            categories: numbers(&limit.categories),
            grades: numbers(&limit.grades),
            remedy_kinds: limit.remedy_kinds.iter().map(|kind| remedy_number(kind)).collect(),
            limit: Some(wire_money(&limit.limit)),
            elastic_limit: elastic.map(|e| wire_money(&e.limit)),
            incident: elastic.map(|e| e.incident.clone()).unwrap_or_default(),
            elastic_start_time: elastic.map(|e| wire_instant(e.start)),
            elastic_end_time: elastic.map(|e| wire_instant(e.end)),
            create_time: written(stored.created),
            update_time: written(stored.updated),
            etag: stored.etag(),
        }
    }

    fn key(wire: &pb::AuthorityLimit) -> (&str, &str) {
        (&wire.name, &wire.etag)
    }
}

/// Nothing for what is shipped: nobody wrote it.
pub(crate) fn written(at: Timestamp) -> Option<prost_types::Timestamp> {
    (at != Timestamp::UNIX_EPOCH).then(|| wire_instant(at))
}

/// Remedy kinds as words; unspecified and undefined ones are noted.
pub(crate) fn kinds(wire: &[i32], wrong: &mut Violations) -> Vec<String> {
    let mut kinds = Vec::with_capacity(wire.len());
    for (i, number) in wire.iter().enumerate() {
        let kind = pb::RemedyKind::try_from(*number).ok();
        match kind.filter(|kind| *kind != pb::RemedyKind::Unspecified) {
            Some(kind) => {
                kinds.push(kind.as_str_name().trim_start_matches("REMEDY_KIND_").to_owned());
            }
            None => wrong.add(&format!("remedy_kinds[{i}]"), "is not a defined value"),
        }
    }
    kinds
}

fn positive(money: Money, field: &str, wrong: &mut Violations) {
    if money.amount().is_sign_negative() && !money.amount().is_zero() {
        wrong.add(field, "must not be negative");
    }
}

/// The higher limit of an incident: wholly given or not at all.
fn elasticity(
    wire: &pb::AuthorityLimit,
    base: Money,
    wrong: &mut Violations,
) -> Option<Elasticity> {
    let limit = money(wire.elastic_limit.as_ref(), "elastic_limit", wrong);
    let start = instant(wire.elastic_start_time.as_ref(), "elastic_start_time", wrong);
    let end = instant(wire.elastic_end_time.as_ref(), "elastic_end_time", wrong);
    let given = [limit.is_some(), start.is_some(), end.is_some(), !wire.incident.trim().is_empty()];
    if !given.contains(&true) {
        return None;
    }
    let fields = ["elastic_limit", "elastic_start_time", "elastic_end_time", "incident"];
    for (field, _) in fields.into_iter().zip(given).filter(|(_, given)| !given) {
        wrong.add(field, "is required for a higher limit");
    }
    let (limit, start, end) = (limit?, start?, end?);
    if limit.currency() != base.currency() {
        wrong.add("elastic_limit", "must be in the currency of limit");
    } else if limit.amount() <= base.amount() {
        wrong.add("elastic_limit", "must be above limit");
    }
    if end <= start {
        wrong.add("elastic_end_time", "must be after elastic_start_time");
    }
    Some(Elasticity { limit, incident: wire.incident.clone(), start, end })
}

impl Setting for Delegation {
    const COLLECTION: &'static str = "delegations";
}

impl Shown for Delegation {
    type Wire = pb::Delegation;
    const FIELD: &'static str = "delegation";
    const PATTERN: &'static str = "delegations/{delegation}";

    fn read(wire: &pb::Delegation, wrong: &mut Violations) -> Option<Self> {
        let start = instant(wire.start_time.as_ref(), "start_time", wrong);
        let start = wrong.required("start_time", start);
        let end = instant(wire.end_time.as_ref(), "end_time", wrong);
        let end = wrong.required("end_time", end);
        let (start, end) = start.zip(end)?;
        let delegation = Self {
            delegator: wire.delegator.clone(),
            delegate: wire.delegate.clone(),
            roles: Vec::new(),
            start,
            end,
            reason: wire.reason.clone(),
        };
        delegation.check(wrong);
        Some(delegation)
    }

    fn show(name: String, stored: &Stored<Self>) -> pb::Delegation {
        let delegation = &stored.value;
        pb::Delegation {
            name,
            delegator: delegation.delegator.clone(),
            delegate: delegation.delegate.clone(),
            start_time: Some(wire_instant(delegation.start)),
            end_time: Some(wire_instant(delegation.end)),
            reason: delegation.reason.clone(),
        }
    }

    fn key(wire: &pb::Delegation) -> (&str, &str) {
        (&wire.name, "")
    }
}
