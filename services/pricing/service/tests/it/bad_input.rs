//! What cannot be is refused by name, everywhere that pricing takes input, and nothing panics on it.

use super::catalogue::yuan;
use super::quote::{decimal, full_cover, installed};
use super::{call, client, fields, on_both, reason, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::{Date, Money};
use aftercare_platform::testing::{Kind, TestSuite};
use tonic::Code;

on_both!(wrong_quotes_are_refused_by_name);
on_both!(wrong_policies_and_models_are_refused_by_name);
on_both!(costs_beyond_any_lattice_or_amount_are_refused);

pub(crate) fn money(code: &str, units: i64) -> Option<Money> {
    Some(Money { currency_code: code.to_owned(), units, nanos: 0 })
}

pub(crate) fn hours(hours: i64) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds: hours * 3600, nanos: 0 })
}

pub(crate) const fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// Refused as bad input that names the field.
pub(crate) fn refused(status: &tonic::Status, field: &str, case: &str) {
    assert_eq!(status.code(), Code::InvalidArgument, "{case}: {status:?}");
    let named = fields(status);
    assert!(named.iter().any(|name| name == field), "{case}: {field} in {named:?}");
}

pub(crate) type Change<T> = (&'static str, &'static str, fn(&mut T));

/// A change of the terms, with the field that it spoils.
const TERMS: &[Change<pb::Terms>] = &[
    ("no term", "terms.term_months", |t| t.term_months = 0),
    ("a term that runs backwards", "terms.term_months", |t| t.term_months = -12),
    ("more than fifty years", "terms.term_months", |t| t.term_months = 601),
    ("empty coverage", "terms.coverage", |t| t.coverage = 0),
    ("unknown coverage", "terms.coverage", |t| t.coverage = 99),
    ("no response", "terms.response_time", |t| t.response_time = hours(0)),
    ("a response before the call", "terms.response_time", |t| t.response_time = hours(-4)),
    ("a response after a month", "terms.response_time", |t| t.response_time = hours(24 * 31)),
    ("unknown hours", "terms.after_hours", |t| t.after_hours = 9),
    ("a negative deductible", "terms.deductible", |t| t.deductible = yuan(-1)),
    ("a deductible over the cap", "terms.cap", |t| {
        (t.deductible, t.cap) = (yuan(900), yuan(500));
    }),
    ("a cap of nothing", "terms.cap", |t| t.cap = yuan(0)),
    ("mixed currencies", "terms.cap", |t| {
        (t.deductible, t.cap) = (yuan(1), money("EUR", 500));
    }),
    ("an unknown currency", "terms.cap", |t| t.cap = money("ZZZ", 500)),
    ("an amount beyond any", "terms.cap", |t| t.cap = money("CNY", i64::MAX)),
    ("a limit under the deductible", "terms.annual_limit", |t| {
        (t.deductible, t.annual_limit) = (yuan(900), yuan(500));
    }),
    ("a term limit under the year's", "terms.term_limit", |t| {
        (t.annual_limit, t.term_limit) = (yuan(900), yuan(500));
    }),
    ("a negative own part of a year", "terms.annual_deductible", |t| {
        t.annual_deductible = yuan(-5);
    }),
    ("escalation over its bound", "terms.annual_escalation", |t| {
        t.annual_escalation = decimal("1.01");
    }),
    ("escalation to nothing", "terms.annual_escalation", |t| t.annual_escalation = decimal("-1")),
    ("escalation that is no number", "terms.annual_escalation", |t| {
        t.annual_escalation = decimal("NaN");
    }),
    ("escalation without end", "terms.annual_escalation", |t| {
        t.annual_escalation = decimal("Infinity");
    }),
    ("escalation beyond any decimal", "terms.annual_escalation", |t| {
        t.annual_escalation = decimal("1e999");
    }),
    ("more than everything back", "terms.profit_share", |t| t.profit_share = decimal("1.5")),
    ("an unknown exclusion", "terms.exclusions[0]", |t| t.exclusions = vec![99]),
    ("an exclusion of nothing", "terms.exclusions[0]", |t| t.exclusions = vec![0]),
    ("an exclusion twice", "terms.exclusions[1]", |t| t.exclusions = vec![2, 2]),
    ("an unknown add-on", "terms.add_ons[0]", |t| t.add_ons = vec![42]),
    ("an add-on twice", "terms.add_ons[1]", |t| t.add_ons = vec![3, 3]),
    ("an unknown schedule", "terms.payment_schedule", |t| t.payment_schedule = 7),
    ("negative visits", "terms.planned_visits_per_year", |t| t.planned_visits_per_year = Some(-1)),
    ("a visit a day", "terms.planned_visits_per_year", |t| t.planned_visits_per_year = Some(365)),
    ("notice before the start", "terms.notice_days", |t| t.notice_days = Some(367)),
    ("negative notice", "terms.notice_days", |t| t.notice_days = Some(-1)),
    ("an unknown model", "terms.pricing_model", |t| t.pricing_model = 9),
    ("a scope without a fixed price", "terms.scope", |t| {
        t.scope = Some(pb::FixedScope { repairs: 1, ..Default::default() });
    }),
    ("a fixed price of nothing", "terms.scope", |t| {
        (t.coverage, t.pricing_model) = (0, pb::PricingModel::FixedPrice.into());
    }),
    ("negative repairs", "terms.scope.repairs", |t| {
        (t.coverage, t.pricing_model) = (0, pb::PricingModel::FixedPrice.into());
        t.scope = Some(pb::FixedScope { repairs: -1, ..Default::default() });
    }),
    ("a promise with time and materials", "terms.response_time", |t| {
        (t.coverage, t.pricing_model) = (0, pb::PricingModel::TimeAndMaterials.into());
    }),
];

const QUOTES: &[Change<pb::CreateQuoteRequest>] = &[
    ("no customer", "customer", |q| q.customer.clear()),
    ("a customer that is none", "customer", |q| q.customer = "customers/".to_owned()),
    ("control characters", "customer", |q| q.customer = "customers/a\u{7}b".to_owned()),
    ("somebody else's machine", "assets[0]", |q| {
        q.assets = vec!["customers/c2/assets/zj-0".to_owned()];
    }),
    ("a machine twice", "assets[1]", |q| {
        q.assets = vec!["customers/c1/assets/zj-0".to_owned(); 2];
    }),
    ("a machine that nobody knows", "assets[0]", |q| {
        q.assets = vec!["customers/c1/assets/nobody".to_owned()];
    }),
    ("more machines than a quote holds", "assets", |q| {
        q.assets = (0..10_001).map(|i| format!("customers/c1/assets/a{i}")).collect();
    }),
    ("a day that is none", "start_date", |q| q.start_date = day(2026, 2, 30)),
    ("a month that is none", "start_date", |q| q.start_date = day(2026, 13, 1)),
    ("a discount of nothing", "discount", |q| q.discount = decimal("0")),
    ("more than everything off", "discount", |q| q.discount = decimal("1.2")),
    ("a discount in words", "discount", |q| q.discount = decimal("ten")),
    ("an unknown segment", "segment", |q| q.segment = 12),
    ("an id that is none", "quote_id", |q| q.quote_id = "No Id".to_owned()),
    ("a concession of nothing", "concession_of", |q| q.concession_of = "q1".to_owned()),
    ("a product that is none", "service_product", |q| q.service_product = "gold".to_owned()),
];

async fn wrong_quotes_are_refused_by_name(kind: Kind) {
    let (suite, call) = (installed(kind, false).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    for (case, field, change) in TERMS {
        let mut ask = full_cover("q1");
        change(ask.terms.as_mut().unwrap());
        refused(&quotes.create_quote(ask).await.unwrap_err(), field, case);
    }
    for (case, field, change) in QUOTES {
        let mut ask = full_cover("q1");
        change(&mut ask);
        refused(&quotes.create_quote(ask).await.unwrap_err(), field, case);
    }
    let quote = quotes.create_quote(full_cover("q1")).await.unwrap().into_inner();
    use pb::find_concessions_request::Target;
    let price = quote.price.clone().unwrap();
    let targets = [
        ("no target", "target", None),
        ("the price itself", "target_price", Some(Target::TargetPrice(price))),
        ("another currency", "target_price", Some(Target::TargetPrice(money("EUR", 5).unwrap()))),
        ("a gift", "target_price", Some(Target::TargetPrice(yuan(0).unwrap()))),
        ("all of it", "discount", Some(Target::Discount(decimal("1").unwrap()))),
    ];
    for (case, field, target) in targets {
        let ask =
            pb::FindConcessionsRequest { name: quote.name.clone(), target, ..Default::default() };
        refused(&quotes.find_concessions(ask).await.unwrap_err(), field, case);
    }
    let ask = pb::FindConcessionsRequest {
        name: quote.name,
        target: Some(Target::Discount(decimal("0.1").unwrap())),
        allowed_levers: vec![99],
        max_results: 201,
        ..Default::default()
    };
    let status = quotes.find_concessions(ask).await.unwrap_err();
    refused(&status, "allowed_levers[0]", "an unknown lever");
    refused(&status, "max_results", "too many results");
}

const POLICIES: &[Change<pb::PricingPolicy>] = &[
    ("all margin", "target_margin", |p| p.target_margin = decimal("1")),
    ("a certain loss", "max_loss_probability", |p| p.max_loss_probability = decimal("1")),
    ("no loss at all", "max_loss_probability", |p| p.max_loss_probability = decimal("0")),
    ("discounting to nothing", "discount_rate", |p| p.discount_rate = decimal("-1")),
    ("inflation that is no number", "cost_inflation", |p| p.cost_inflation = decimal("NaN")),
    ("no unit", "rounding", |p| p.rounding = yuan(0)),
    ("another currency's unit", "rounding", |p| p.rounding = money("EUR", 10)),
    ("an unknown currency", "currency_code", |p| p.currency_code = "ZZZ".to_owned()),
    ("more than all hours", "after_hours_share", |p| p.after_hours_share = decimal("1.1")),
    ("negative consumables", "consumables_share", |p| p.consumables_share = decimal("-0.1")),
    ("no validity", "validity_days", |p| p.validity_days = 0),
    ("sites that are more than one", "site_correlation", |p| p.site_correlation = decimal("2")),
    ("a load beyond measure", "uncertainty_load", |p| p.uncertainty_load = decimal("5.1")),
    ("a negative load", "uncertainty_load", |p| p.uncertainty_load = decimal("-1")),
    ("a negative inspection", "default_costs.inspection_cost_per_machine", |p| {
        p.default_costs.as_mut().unwrap().inspection_cost_per_machine = yuan(-1);
    }),
    ("free labour", "default_costs.labour_cost_per_hour", |p| {
        p.default_costs.as_mut().unwrap().labour_cost_per_hour = yuan(0);
    }),
    ("no shape", "failure_prior.beta", |p| {
        p.failure_prior.as_mut().unwrap().beta = decimal("0");
    }),
];

const FITS: &[Change<pb::FitFailureModelRequest>] = &[
    ("no family", "family", |f| f.family.clear()),
    ("a family longer than an id", "family", |f| f.family = "x".repeat(300)),
    ("a family of control characters", "family", |f| f.family = "a\u{7}b".to_owned()),
    ("a day that is none", "observation_start_date", |f| {
        f.observation_start_date = day(2026, 0, 1);
    }),
    ("a window that runs backwards", "observation_end_date", |f| {
        f.observation_start_date = day(2026, 1, 1);
        f.observation_end_date = day(2025, 1, 1);
    }),
    ("an unknown estimator", "estimator", |f| f.estimator = 8),
    ("an unknown basis", "pricing_basis", |f| f.pricing_basis = 8),
    ("an unknown family of costs", "severity_family", |f| f.severity_family = 8),
];

async fn wrong_policies_and_models_are_refused_by_name(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut policies = client!(suite, &call, policy_service_client::PolicyServiceClient);
    let get = pb::GetPricingPolicyRequest { name: "pricingPolicy".to_owned() };
    let policy = policies.get_pricing_policy(get).await.unwrap().into_inner();
    for (case, field, change) in POLICIES {
        let mut own = policy.clone();
        change(&mut own);
        let ask = pb::UpdatePricingPolicyRequest {
            pricing_policy: Some(own),
            update_mask: Some(prost_types::FieldMask { paths: vec!["*".to_owned()] }),
            request_id: request_id(),
        };
        let status = policies.update_pricing_policy(ask).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{case}: {status:?}");
        let named = fields(&status);
        assert!(named.iter().any(|name| name.ends_with(field)), "{case}: {field} in {named:?}");
    }
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    for (case, field, change) in FITS {
        let mut ask = pb::FitFailureModelRequest { family: "SF".to_owned(), ..Default::default() };
        change(&mut ask);
        refused(&models.fit_failure_model(ask).await.unwrap_err(), field, case);
    }
    let ages = [
        ("a negative age", "from_age_years", -1.0, 2.0),
        ("an age that is no number", "from_age_years", f64::NAN, 2.0),
        ("an age without end", "from_age_years", f64::INFINITY, 2.0),
        ("ages that run backwards", "to_age_years", 3.0, 2.0),
        ("no exposure", "to_age_years", 3.0, 3.0),
        ("an end that is no number", "to_age_years", 3.0, f64::NAN),
        ("older than any machine", "to_age_years", 3.0, 101.0),
    ];
    for (case, field, from_age_years, to_age_years) in ages {
        let name = "failureModels/sf-v1".to_owned();
        let ask = pb::ForecastFailuresRequest { name, from_age_years, to_age_years };
        refused(&models.forecast_failures(ask).await.unwrap_err(), field, case);
    }
}

/// Gives the machines' product a prior and the whole country a card.
async fn priced(suite: &TestSuite, failures: &str, labour: i64) {
    let call = call();
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let mut product = super::catalogue::product("p1", "SF");
    product.product.as_mut().unwrap().prior_failures_per_year = decimal(failures);
    let ask = pb::BatchUpdateProductsRequest { requests: vec![product], request_id: request_id() };
    catalogue.batch_update_products(ask).await.unwrap();
    let card = pb::RateCard {
        name: "rateCards/all".to_owned(),
        labour_cost_per_hour: yuan(labour),
        travel_cost_per_visit: yuan(400),
        ..Default::default()
    };
    let one = pb::UpdateRateCardRequest {
        rate_card: Some(card),
        allow_missing: true,
        ..Default::default()
    };
    let ask = pb::BatchUpdateRateCardsRequest { requests: vec![one], request_id: request_id() };
    catalogue.batch_update_rate_cards(ask).await.unwrap();
}

async fn costs_beyond_any_lattice_or_amount_are_refused(kind: Kind) {
    let (suite, call) = (installed(kind, false).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    for (failures, labour, why) in
        [("50000000", 180, "LATTICE_OVERFLOW"), ("2", 900_000_000_000, "AMOUNT_OUT_OF_RANGE")]
    {
        priced(&suite, failures, labour).await;
        let status = quotes.create_quote(full_cover("q1")).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, why));
    }
}
