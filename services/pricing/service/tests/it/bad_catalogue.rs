//! What cannot be in a catalogue is refused by name.

use super::bad_input::{Change, day, hours, money, refused};
use super::catalogue::{product, yuan};
use super::quote::{decimal, installed};
use super::{call, client, on_both, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Period;
use aftercare_platform::testing::Kind;

on_both!(wrong_catalogues_are_refused_by_name);

const CARDS: &[Change<pb::RateCard>] = &[
    ("free labour", "labour_cost_per_hour", |c| c.labour_cost_per_hour = yuan(0)),
    ("no labour", "labour_cost_per_hour", |c| c.labour_cost_per_hour = None),
    ("mixed currencies", "travel_cost_per_visit", |c| c.travel_cost_per_visit = money("EUR", 4)),
    ("an unknown currency", "travel_cost_per_visit", |c| {
        c.travel_cost_per_visit = money("ZZZ", 4);
    }),
    ("a negative journey", "travel_cost_per_visit", |c| c.travel_cost_per_visit = yuan(-4)),
    ("a negative price", "labour_price_per_hour", |c| c.labour_price_per_hour = yuan(-1)),
    ("an unknown region", "region_code", |c| c.region_code = "nowhere".to_owned()),
    ("cheaper evenings", "evening_factor", |c| c.evening_factor = decimal("0.9")),
    ("evenings that are no number", "evening_factor", |c| c.evening_factor = decimal("NaN")),
    ("negative hours", "travel_hours_per_visit", |c| c.travel_hours_per_visit = decimal("-1")),
    ("inflation to nothing", "cost_inflation", |c| c.cost_inflation = decimal("-1")),
    ("negative parts", "parts_price_factor", |c| c.parts_price_factor = decimal("-0.1")),
    ("parts beyond measure", "parts_price_factor", |c| c.parts_price_factor = decimal("101")),
    ("negative technicians", "technician_count", |c| c.technician_count = -3),
    ("a period that runs backwards", "valid_period", |c| {
        let (start_date, end_date) = (day(2026, 5, 1), day(2026, 4, 1));
        c.valid_period = Some(Period { start_date, end_date });
    }),
    ("one promise twice", "readiness_costs[1].response_time", |c| {
        let cost = pb::ReadinessCost { response_time: hours(4), cost_per_year: yuan(5) };
        c.readiness_costs = vec![cost.clone(), cost];
    }),
    ("a promise before the call", "readiness_costs[0].response_time", |c| {
        c.readiness_costs =
            vec![pb::ReadinessCost { response_time: hours(-4), cost_per_year: yuan(5) }];
    }),
    ("a promise without cost", "readiness_costs[0].cost_per_year", |c| {
        c.readiness_costs =
            vec![pb::ReadinessCost { response_time: hours(4), cost_per_year: None }];
    }),
];

const PRODUCTS: &[Change<pb::Product>] = &[
    ("no family", "family", |p| p.family.clear()),
    ("a family of control characters", "family", |p| p.family = "a\u{7}b".to_owned()),
    ("a family longer than an id", "family", |p| p.family = "x".repeat(257)),
    ("a make of control characters", "make", |p| p.make = "a\u{0}b".to_owned()),
    ("no name", "display_name", |p| p.display_name.clear()),
    ("a name of control characters", "display_name", |p| p.display_name = "a\u{0}b".to_owned()),
    ("negative visits", "planned_visits_per_year", |p| p.planned_visits_per_year = Some(-1)),
    ("no failures at all", "prior_failures_per_year", |p| p.prior_failures_per_year = decimal("0")),
    ("failures in words", "prior_failures_per_year", |p| {
        p.prior_failures_per_year = decimal("many");
    }),
    ("negative hours", "planned_visit_hours", |p| p.planned_visit_hours = decimal("-2")),
    ("a negative price", "list_price", |p| p.list_price = yuan(-1)),
    ("mixed currencies", "standard_cost", |p| p.standard_cost = money("USD", 5)),
    ("negative warranty", "warranty_months", |p| p.warranty_months = -1),
];

const PARTS: &[Change<pb::Part>] = &[
    ("no cost", "unit_cost", |p| p.unit_cost = None),
    ("a negative cost", "unit_cost", |p| p.unit_cost = yuan(-1)),
    ("an unknown currency", "unit_cost", |p| p.unit_cost = money("ZZZ", 4)),
    ("mixed currencies", "list_price", |p| p.list_price = money("EUR", 4)),
    ("a piece before it was ordered", "lead_time_days", |p| p.lead_time_days = -1),
    ("no name", "display_name", |p| p.display_name.clear()),
    ("a family of control characters", "families[0]", |p| p.families = vec!["a\u{7}b".to_owned()]),
    ("a family longer than an id", "families[0]", |p| p.families = vec!["x".repeat(257)]),
    ("an unknown class", "part_class", |p| p.part_class = 99),
];

const SERVICE_PRODUCTS: &[Change<pb::ServiceProduct>] = &[
    ("no terms", "terms", |p| p.terms = None),
    ("a step beyond best", "ladder_step", |p| p.ladder_step = 4),
    ("an unknown segment", "segments[0]", |p| p.segments = vec![17]),
    ("negative months", "terms.term_months", |p| p.terms.as_mut().unwrap().term_months = -3),
    ("unknown coverage", "terms.coverage", |p| p.terms.as_mut().unwrap().coverage = 99),
    ("escalation over its bound", "terms.annual_escalation", |p| {
        p.terms.as_mut().unwrap().annual_escalation = decimal("1.5");
    }),
    ("mixed currencies", "terms.cap", |p| {
        let terms = p.terms.as_mut().unwrap();
        (terms.deductible, terms.cap) = (yuan(5), money("EUR", 50));
    }),
    ("a deductible over the cap", "terms.cap", |p| {
        let terms = p.terms.as_mut().unwrap();
        (terms.deductible, terms.cap) = (yuan(500), yuan(50));
    }),
];

async fn wrong_catalogues_are_refused_by_name(kind: Kind) {
    let (suite, call) = (installed(kind, false).await, call());
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    for (case, field, change) in CARDS {
        let mut card = pb::RateCard {
            name: "rateCards/r1".to_owned(),
            labour_cost_per_hour: yuan(180),
            travel_cost_per_visit: yuan(400),
            ..Default::default()
        };
        change(&mut card);
        let one = pb::UpdateRateCardRequest {
            rate_card: Some(card),
            allow_missing: true,
            ..Default::default()
        };
        let ask = pb::BatchUpdateRateCardsRequest { requests: vec![one], request_id: request_id() };
        let status = catalogue.batch_update_rate_cards(ask).await.unwrap_err();
        refused(&status, &format!("requests[0].rate_card.{field}"), case);
    }
    for (case, field, change) in PRODUCTS {
        let mut own = product("p9", "SF").product.unwrap();
        change(&mut own);
        let one = pb::UpdateProductRequest {
            product: Some(own),
            allow_missing: true,
            ..Default::default()
        };
        let ask = pb::BatchUpdateProductsRequest { requests: vec![one], request_id: request_id() };
        let status = catalogue.batch_update_products(ask).await.unwrap_err();
        refused(&status, &format!("requests[0].product.{field}"), case);
    }
    for (case, field, change) in PARTS {
        let mut own = pb::Part {
            name: "parts/p1".to_owned(),
            display_name: "Seal".to_owned(),
            unit_cost: yuan(300),
            ..Default::default()
        };
        change(&mut own);
        let one =
            pb::UpdatePartRequest { part: Some(own), allow_missing: true, ..Default::default() };
        let ask = pb::BatchUpdatePartsRequest { requests: vec![one], request_id: request_id() };
        let status = catalogue.batch_update_parts(ask).await.unwrap_err();
        refused(&status, &format!("requests[0].part.{field}"), case);
    }
    for (case, field, change) in SERVICE_PRODUCTS {
        let mut own = pb::ServiceProduct {
            name: "serviceProducts/s1".to_owned(),
            display_name: "Gold".to_owned(),
            terms: Some(pb::Terms { term_months: 12, ..Default::default() }),
            ..Default::default()
        };
        change(&mut own);
        let one = pb::UpdateServiceProductRequest {
            service_product: Some(own),
            allow_missing: true,
            ..Default::default()
        };
        let ask =
            pb::BatchUpdateServiceProductsRequest { requests: vec![one], request_id: request_id() };
        let status = catalogue.batch_update_service_products(ask).await.unwrap_err();
        refused(&status, &format!("requests[0].service_product.{field}"), case);
    }
}
