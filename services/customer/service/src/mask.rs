//! What an update writes: the fields of each resource that callers can write, taken over by mask.

use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_kernel::fault::Violations;
use aftercare_platform::field_mask::{Mask, check_into};
use prost_types::FieldMask;

/// A resource whose fields can be written one by one.
pub(crate) trait Writable: Sized {
    /// Paths that an update can write.
    const FIELDS: &'static [&'static str];

    /// Takes over what the mask names.
    fn take(&mut self, from: &Self, mask: &Mask);
}

/// The resource as it would be after the update; a path that cannot be written is noted.
pub(crate) fn merged<W: Writable>(
    mut current: W,
    wire: &W,
    mask: Option<&FieldMask>,
    wrong: &mut Violations,
) -> W {
    let mask = check_into(wrong, mask, W::FIELDS);
    current.take(wire, &mask);
    current
}

macro_rules! writable {
    ($message:path { $($field:ident),+ $(,)? }) => {
        impl Writable for $message {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];

            fn take(&mut self, from: &Self, mask: &Mask) {
                let empty = Self::default();
                $(if mask.writes(stringify!($field), from.$field != empty.$field) {
                    self.$field.clone_from(&from.$field);
                })+
            }
        }
    };
}

writable!(pb::Customer {
    display_name,
    legal_name,
    kind,
    parent,
    uscc,
    vat_id,
    duns,
    industry,
    region_code,
    address,
    time_zone,
    language_code,
    phone,
    website,
    owner,
    tags,
    external_keys,
    evidence,
    needs_segment,
});

writable!(pb::Contact {
    display_name,
    title,
    role,
    email,
    phone,
    wechat,
    language_code,
    time_zone,
    birthday,
    do_not_disturb,
    preferred_channel,
    banned_channels,
    primary,
    external_keys,
});

writable!(pb::Site { display_name, address, region_code, time_zone, gln, external_keys });

writable!(pb::Asset {
    display_name,
    serial_number,
    lot,
    product,
    product_name,
    gtin,
    site,
    region_code,
    manufacture_date,
    ship_date,
    commission_date,
    decommission_date,
    warranty_end_date,
    environment,
    duty_hours_per_day,
    operating_hours,
    parts,
    distributor,
    purchase_country,
    external_keys,
});

writable!(pb::WorkOrder {
    display_name,
    asset,
    case,
    kind,
    failure_mode,
    failure_mode_name,
    cause,
    remedy,
    parts,
    engineer,
    report_time,
    start_time,
    complete_time,
    labour_hours,
    evening_hours,
    weekend_hours,
    holiday_hours,
    travel_hours,
    travel_distance_km,
    downtime_hours,
    operating_hours,
    labour_cost,
    parts_cost,
    travel_cost,
    region_code,
    under_warranty,
    contract,
    first_time_fix,
    external_keys,
});

writable!(pb::Case {
    customer,
    kind,
    category,
    topic,
    priority,
    subject,
    description,
    contact,
    channel,
    assets,
    contract,
    conflict,
    accused_employee,
    owner,
    previous_case,
    external_keys,
});

writable!(pb::GradePolicy {
    inputs,
    score_weights,
    threshold_a,
    threshold_b,
    threshold_c,
    margin,
    periods_in_a_row,
    currency_code,
    comment,
});

writable!(pb::Calendar {
    display_name,
    time_zone,
    weekly,
    overrides,
    closures,
    breaks,
    coverage,
    no_holidays,
});

writable!(pb::SlaPolicy { display_name, position, conditions, milestones });

writable!(pb::AuthorityLimit {
    role,
    categories,
    grades,
    remedy_kinds,
    limit,
    elastic_limit,
    incident,
    elastic_start_time,
    elastic_end_time,
});

writable!(pb::Delegation { delegator, delegate, start_time, end_time, reason });

writable!(pb::ReplyTemplate { display_name, category, language_code, body, acknowledges });

writable!(pb::KnowledgeArticle { display_name, category, products, language_code, body });

writable!(pb::RemedyRule {
    categories,
    grades,
    min_fault_share,
    max_fault_share,
    long_trade,
    likely_repurchase,
    word_of_mouth_risk,
    remedy,
    reason,
});

writable!(pb::ServiceStandard {
    grade,
    period,
    sla_policy,
    contact_cadence,
    channels,
    named_owner,
    escalation,
    remedy_limit,
    fit,
    profit_rule,
});

writable!(pb::Employee {
    display_name,
    roles,
    supervisor,
    skills,
    territories,
    max_open,
    active,
    external_keys,
});

writable!(pb::CompetencyModel { role, required });

writable!(pb::Campaign { display_name, kind, reason, scope });

writable!(pb::Touchpoint { display_name, stage, importance });

writable!(pb::FollowUpRule {
    display_name,
    kind,
    trigger,
    grades,
    min_days,
    max_days,
    cadence,
    calendar,
    enabled,
    festival,
    earliest,
    latest,
    cap_count,
    cap_days,
    channel,
});
