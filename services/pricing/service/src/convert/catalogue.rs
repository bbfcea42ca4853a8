//! The four kinds of the catalogue as one shape, and rate cards as the domain's.

use crate::convert::terms::{check_product as check_terms, known};
use crate::store::catalogue::{TABLE, entity};
use crate::store::{etag, instant};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::{Decimal as PbDecimal, Money as PbMoney};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_platform::field_mask::Mask;
use aftercare_platform::wire;
use prost::Message;
use prost_types::FieldMask;
use rust_decimal::Decimal;

mod rates;
pub(crate) use rates::{converted_card, currency_of, rate_card};

/// What is filtered on.
#[derive(Default)]
pub(crate) struct Columns<'a> {
    pub display_name: &'a str,
    pub family: &'a str,
    pub make: &'a str,
    pub part_class: &'a str,
    pub region_code: &'a str,
}

/// One kind of the catalogue.
pub(crate) trait Resource: Message + Default + Clone {
    const KIND: &'static str;
    const PATTERN: &'static str;
    const FIELDS: &'static [&'static str];
    const FILTERS: &'static [&'static str];

    fn name(&self) -> &str;
    fn etag(&self) -> &str;
    fn set_output(
        &mut self,
        name: String,
        created: prost_types::Timestamp,
        updated: prost_types::Timestamp,
        etag: String,
    );
    fn merge_fields(&mut self, given: &Self, mask: &Mask);
    fn columns(&self) -> Columns<'_>;
    fn check(&self, wrong: &mut Violations);
}

/// A change of one.
pub(crate) trait Update: Message {
    type Resource: Resource;
    const FIELD: &'static str;
    fn resource(&self) -> Option<&Self::Resource>;
    fn mask(&self) -> Option<&FieldMask>;
    fn allow_missing(&self) -> bool;
    fn request_id(&self) -> &str;
}

/// A change of many.
pub(crate) trait Batch: Message {
    type Update: Update;
    type Response: Message + Default;
    fn requests(&self) -> &[Self::Update];
    fn request_id(&self) -> &str;
    fn respond(resources: Vec<<Self::Update as Update>::Resource>) -> Self::Response;
}

macro_rules! kind {
    (
        $resource:ident, $update:ident, $batch:ident, $response:ident,
        $kind:literal, $pattern:literal, $one:ident, $many:ident,
        filters $filters:expr, columns $columns:expr, check $check:expr,
        [$($field:ident),* $(,)?]
    ) => {
        impl Resource for pb::$resource {
            const KIND: &'static str = $kind;
            const PATTERN: &'static str = $pattern;
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];
            const FILTERS: &'static [&'static str] = $filters;

            fn name(&self) -> &str {
                &self.name
            }
            fn etag(&self) -> &str {
                &self.etag
            }
            fn set_output(&mut self, name: String, created: prost_types::Timestamp, updated: prost_types::Timestamp, etag: String) {
                self.name = name;
                self.create_time = Some(created);
                self.update_time = Some(updated);
                self.etag = etag;
            }
            fn merge_fields(&mut self, given: &Self, mask: &Mask) {
                $(
                    if mask.writes(stringify!($field), given.$field != Self::default().$field) {
                        self.$field = given.$field.clone();
                    }
                )*
            }
            fn columns(&self) -> Columns<'_> {
                let columns: fn(&Self) -> Columns<'_> = $columns;
                columns(self)
            }
            fn check(&self, wrong: &mut Violations) {
                let check: fn(&Self, &mut Violations) = $check;
                check(self, wrong);
            }
        }

        impl Update for pb::$update {
            type Resource = pb::$resource;
            const FIELD: &'static str = stringify!($one);
            fn resource(&self) -> Option<&pb::$resource> {
                self.$one.as_ref()
            }
            fn mask(&self) -> Option<&FieldMask> {
                self.update_mask.as_ref()
            }
            fn allow_missing(&self) -> bool {
                self.allow_missing
            }
            fn request_id(&self) -> &str {
                &self.request_id
            }
        }

        impl Batch for pb::$batch {
            type Update = pb::$update;
            type Response = pb::$response;
            fn requests(&self) -> &[pb::$update] {
                &self.requests
            }
            fn request_id(&self) -> &str {
                &self.request_id
            }
            fn respond($many: Vec<pb::$resource>) -> pb::$response {
                pb::$response { $many }
            }
        }
    };
}

kind!(
    ServiceProduct,
    UpdateServiceProductRequest,
    BatchUpdateServiceProductsRequest,
    BatchUpdateServiceProductsResponse,
    "serviceProduct",
    "serviceProducts/{service_product}",
    service_product,
    service_products,
    filters & ["display_name"],
    columns | own | Columns { display_name: &own.display_name, ..Columns::default() },
    check | own,
    wrong | {
        display_name(&own.display_name, wrong);
        if let Some(terms) = wrong.required("terms", own.terms.as_ref()) {
            wrong.within("terms", |wrong| check_terms(terms, wrong));
        }
        if !(0..=3).contains(&own.ladder_step) {
            wrong.add("ladder_step", "must be 1 good, 2 better, 3 best, or 0 for no ladder");
        }
        for (i, number) in own.segments.iter().enumerate() {
            if pb::Segment::try_from(*number).is_ok_and(|word| word != pb::Segment::Unspecified) {
                continue;
            }
            wrong.add(&format!("segments[{i}]"), "must be a segment");
        }
    },
    [display_name, terms, ladder_step, segments]
);
kind!(
    Product, UpdateProductRequest, BatchUpdateProductsRequest, BatchUpdateProductsResponse,
    "product", "products/{product}", product, products,
    filters &["display_name", "family", "make"],
    columns |own| Columns { display_name: &own.display_name, family: &own.family, make: &own.make, ..Columns::default() },
    check check_product,
    [
        display_name, family, make, list_price, rated_power_kw, planned_visits_per_year, planned_visit_hours,
        planned_visit_parts, prior_failures_per_year, external_key, gtin, floor_price, warranty_months, standard_cost,
    ]
);
kind!(
    Part,
    UpdatePartRequest,
    BatchUpdatePartsRequest,
    BatchUpdatePartsResponse,
    "part",
    "parts/{part}",
    part,
    parts,
    filters & ["display_name", "part_class"],
    columns
        | own
        | Columns {
            display_name: &own.display_name,
            part_class: own.part_class().as_str_name(),
            ..Columns::default()
        },
    check | own,
    wrong | {
        display_name(&own.display_name, wrong);
        wrong.required("unit_cost", own.unit_cost.as_ref());
        amounts(
            [("unit_cost", own.unit_cost.as_ref()), ("list_price", own.list_price.as_ref())],
            wrong,
        );
        if own.lead_time_days < 0 {
            wrong.add("lead_time_days", "must be at least 0");
        }
        known::<pb::PartClass>("part_class", own.part_class, wrong);
        for (i, name) in own.families.iter().enumerate() {
            family(&format!("families[{i}]"), name, wrong);
        }
    },
    [
        display_name,
        part_class,
        unit_cost,
        list_price,
        repairable,
        lead_time_days,
        families,
        external_key
    ]
);
kind!(
    RateCard, UpdateRateCardRequest, BatchUpdateRateCardsRequest, BatchUpdateRateCardsResponse,
    "rateCard", "rateCards/{rate_card}", rate_card, rate_cards,
    filters &["region_code"],
    columns |own| Columns { display_name: &own.display_name, region_code: &own.region_code, ..Columns::default() },
    check check_rate_card,
    [
        display_name, region_code, labour_cost_per_hour, labour_price_per_hour, travel_cost_per_visit,
        travel_hours_per_visit, readiness_costs, valid_period, external_key, evening_factor, weekend_factor,
        holiday_factor, planned_visit_cost, technician_count, cost_inflation, add_on_rates,
        travel_price_per_visit, parts_price_factor, hour_bands,
    ]
);

/// The resource of a row, with its output fields.
pub(crate) fn fill<R: Resource>(row: &entity::Model) -> Result<R, StoreError> {
    let mut resource = stored::<R>(row)?;
    let collection = R::PATTERN.split('/').next().unwrap_or_default();
    let time = |micros| instant(TABLE, micros).map(wire::timestamp);
    resource.set_output(
        format!("{collection}/{}", row.id),
        time(row.create_time)?,
        time(row.update_time)?,
        etag(row.revision),
    );
    Ok(resource)
}

/// The resource of a row as it was written.
pub(crate) fn stored<R: Resource>(row: &entity::Model) -> Result<R, StoreError> {
    R::decode(row.body.as_slice()).map_err(|cause| StoreError::corrupt(TABLE, cause))
}

fn display_name(text: &str, wrong: &mut Violations) {
    if !(1..=200).contains(&text.chars().count()) || text.chars().any(char::is_control) {
        wrong.add("display_name", "must be 1 to 200 characters");
    }
}

/// Amounts that must be at least 0, in one currency.
fn amounts<'a>(
    fields: impl IntoIterator<Item = (&'static str, Option<&'a PbMoney>)>,
    wrong: &mut Violations,
) {
    let mut currency = None;
    for (field, amount) in fields {
        let Some(amount) = amount.and_then(|amount| wrong.take(field, wire::amount(amount))) else {
            continue;
        };
        if amount.amount() < Decimal::ZERO {
            wrong.add(field, "must be at least 0");
        }
        if *currency.get_or_insert(amount.currency()) != amount.currency() {
            wrong.add(field, "must be in the currency of the other amounts");
        }
    }
}

/// Decimals with the least that they may be; `open` means above it.
fn decimals<'a>(
    fields: impl IntoIterator<Item = (&'static str, Option<&'a PbDecimal>, Decimal, bool)>,
    wrong: &mut Violations,
) {
    for (field, value, least, open) in fields {
        let Some(value) = value.and_then(|value| wrong.take(field, wire::exact(value))) else {
            continue;
        };
        if value < least || (open && value == least) {
            wrong
                .add(field, format!("must be {} {least}", if open { "above" } else { "at least" }));
        }
    }
}

fn family(field: &str, name: &str, wrong: &mut Violations) {
    if !(1..=40).contains(&name.len()) || name.chars().any(char::is_control) {
        wrong.add(field, "must be 1 to 40 characters");
    }
}

fn check_product(own: &pb::Product, wrong: &mut Violations) {
    display_name(&own.display_name, wrong);
    family("family", &own.family, wrong);
    if own.make.chars().count() > 200 || own.make.chars().any(char::is_control) {
        wrong.add("make", "must be at most 200 characters");
    }
    if own.warranty_months < 0 {
        wrong.add("warranty_months", "must be at least 0");
    }
    if own.planned_visits_per_year.is_some_and(|visits| !(0..=52).contains(&visits)) {
        wrong.add("planned_visits_per_year", "must be 0 to 52");
    }
    amounts(
        [
            ("list_price", own.list_price.as_ref()),
            ("planned_visit_parts", own.planned_visit_parts.as_ref()),
            ("floor_price", own.floor_price.as_ref()),
            ("standard_cost", own.standard_cost.as_ref()),
        ],
        wrong,
    );
    decimals(
        [
            ("rated_power_kw", own.rated_power_kw.as_ref(), Decimal::ZERO, false),
            ("planned_visit_hours", own.planned_visit_hours.as_ref(), Decimal::ZERO, false),
            ("prior_failures_per_year", own.prior_failures_per_year.as_ref(), Decimal::ZERO, true),
        ],
        wrong,
    );
}

fn check_rate_card(own: &pb::RateCard, wrong: &mut Violations) {
    if !own.region_code.is_empty() {
        wrong.take("region_code", RegionCode::parse(&own.region_code));
    }
    let labour = wrong.required("labour_cost_per_hour", own.labour_cost_per_hour.as_ref());
    if labour.is_some_and(|amount| wire::amount(amount).is_ok_and(|m| m.amount().is_zero())) {
        wrong.add("labour_cost_per_hour", "must be above 0");
    }
    wrong.required("travel_cost_per_visit", own.travel_cost_per_visit.as_ref());
    amounts(
        [
            ("labour_cost_per_hour", own.labour_cost_per_hour.as_ref()),
            ("labour_price_per_hour", own.labour_price_per_hour.as_ref()),
            ("travel_cost_per_visit", own.travel_cost_per_visit.as_ref()),
            ("planned_visit_cost", own.planned_visit_cost.as_ref()),
            ("travel_price_per_visit", own.travel_price_per_visit.as_ref()),
        ]
        .into_iter()
        .chain(
            own.readiness_costs.iter().map(|cost| ("readiness_costs", cost.cost_per_year.as_ref())),
        )
        .chain(own.add_on_rates.iter().flat_map(|rate| {
            [("add_on_rates", rate.cost.as_ref()), ("add_on_rates", rate.price.as_ref())]
        })),
        wrong,
    );
    decimals(
        [
            ("travel_hours_per_visit", own.travel_hours_per_visit.as_ref(), Decimal::ZERO, false),
            ("evening_factor", own.evening_factor.as_ref(), Decimal::ONE, false),
            ("weekend_factor", own.weekend_factor.as_ref(), Decimal::ONE, false),
            ("parts_price_factor", own.parts_price_factor.as_ref(), Decimal::ZERO, false),
            ("holiday_factor", own.holiday_factor.as_ref(), Decimal::ONE, false),
            ("cost_inflation", own.cost_inflation.as_ref(), Decimal::NEGATIVE_ONE, true),
        ],
        wrong,
    );
    rates::check_card(own, wrong);
    rates::check_add_ons(&own.add_on_rates, wrong);
}
