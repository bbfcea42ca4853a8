//! A customer asks for a price: the quote, why it is so, what a lower one takes, and that it can be computed again.

use super::catalogue::product;
use super::failure_model::history;
use super::{call, client, fields, on_both, reason, request_id, suite};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::{Date, Decimal, Money};
use aftercare_platform::outbox::deliver;
use aftercare_platform::testing::{Kind, TestSuite};
use pb::quote_service_client::QuoteServiceClient;
use tonic::Code;

on_both!(a_quote_is_a_distribution_with_a_price_that_adds_up);
on_both!(the_same_quote_comes_out_again_and_again);
on_both!(a_lower_price_takes_other_terms);
on_both!(machines_without_a_model_are_quoted_by_the_prior_and_say_so);
on_both!(every_wrong_field_of_a_quote_is_named);
on_both!(a_price_under_the_floor_waits_for_approval);

pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    Some(Decimal { value: text.to_owned() })
}

fn micros(money: &Money) -> i64 {
    money.units * 1_000_000 + i64::from(money.nanos) / 1000
}

fn of(money: Option<&Money>) -> f64 {
    micros(money.unwrap()) as f64 / 1e6
}

/// Machines with ten years of failures, and a model of them unless told otherwise.
pub(crate) async fn installed(kind: Kind, fitted: bool) -> TestSuite {
    let ((suite, consumer), call) = (suite(kind).await, call());
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let requests = vec![product("p1", "SF")];
    let request = pb::BatchUpdateProductsRequest { requests, request_id: request_id() };
    catalogue.batch_update_products(request).await.unwrap();
    deliver(consumer.as_ref(), &history()).await.unwrap();
    if fitted {
        let mut models =
            client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
        let request = pb::FitFailureModelRequest {
            family: "SF".to_owned(),
            request_id: request_id(),
            ..Default::default()
        };
        models.fit_failure_model(request).await.unwrap();
    }
    suite
}

/// Three years of full cover, as a simple client would ask for it.
pub(crate) fn full_cover(id: &str) -> pb::CreateQuoteRequest {
    pb::CreateQuoteRequest {
        customer: "customers/c1".to_owned(),
        terms: Some(pb::Terms {
            term_months: 36,
            coverage: pb::CoverageLevel::Full.into(),
            response_time: Some(prost_types::Duration { seconds: 8 * 3600, nanos: 0 }),
            after_hours: pb::AfterHours::Extended.into(),
            ..Default::default()
        }),
        quote_id: id.to_owned(),
        request_id: request_id(),
        ..Default::default()
    }
}

async fn a_quote_is_a_distribution_with_a_price_that_adds_up(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let quote = quotes.create_quote(full_cover("q1")).await.unwrap().into_inner();
    assert_eq!((quote.name.as_str(), quote.state()), ("quotes/q1", pb::QuoteState::Quoted));
    // The machine without a commissioning date is left out; the rest are covered from the first of next month.
    assert_eq!(quote.lines.len(), 3);
    assert_eq!(quote.start_date, Some(Date { year: 2026, month: 8, day: 1 }));
    assert_eq!(quote.failure_models, ["failureModels/sf-v1"]);
    assert!(
        (quote.lines[0].age_years - 2404.0 / 365.2425).abs() < 1e-9,
        "2020-01-01 to 2026-08-01"
    );

    let cost = quote.cost.as_ref().unwrap();
    let levels: Vec<f64> = cost.quantiles.iter().map(|quantile| quantile.level).collect();
    assert_eq!(levels, [0.5, 0.8, 0.95, 0.99]);
    for pair in cost.quantiles.windows(2) {
        assert!(of(pair[0].cost.as_ref()) < of(pair[1].cost.as_ref()));
        assert!(of(pair[0].cost.as_ref()) <= of(pair[0].expected_shortfall.as_ref()));
    }
    assert!(cost.truncated_mass <= 1e-7 && !cost.curve.is_empty() && cost.curve.len() <= 200);
    assert!(quote.expected_margin >= 0.3 && quote.loss_probability <= 0.2);
    let margin = 1.0 - of(cost.mean.as_ref()) / of(quote.price_present_value.as_ref());
    assert!((margin - quote.expected_margin).abs() < 1e-5);

    let price = micros(quote.price.as_ref().unwrap());
    let sum = |parts: Vec<&Option<Money>>| -> i64 {
        parts.into_iter().map(|part| micros(part.as_ref().unwrap())).sum()
    };
    assert_eq!(sum(quote.lines.iter().map(|line| &line.price).collect()), price);
    assert_eq!(sum(quote.fees.iter().map(|fee| &fee.fee).collect()), price);
    assert_eq!(sum(quote.drivers.iter().map(|driver| &driver.amount).collect()), price);
    let explained = pb::ExplainQuoteRequest { name: quote.name.clone() };
    let explained = quotes.explain_quote(explained).await.unwrap().into_inner();
    assert_eq!((explained.drivers, explained.evaluations), (quote.drivers.clone(), 1024));

    let got = quotes.get_quote(pb::GetQuoteRequest { name: quote.name.clone() }).await.unwrap();
    assert_eq!(got.into_inner(), quote);
    let filter = "customer = \"customers/c1\" AND state = QUOTE_STATE_QUOTED".to_owned();
    let listed = pb::ListQuotesRequest { filter, ..Default::default() };
    assert_eq!(quotes.list_quotes(listed).await.unwrap().into_inner().quotes, [quote]);
}

async fn the_same_quote_comes_out_again_and_again(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let ask = full_cover("q1");
    let first = quotes.create_quote(ask.clone()).await.unwrap().into_inner();
    let again = quotes.create_quote(ask).await.unwrap().into_inner();
    assert_eq!(first, again, "one request id, one quote");
    let taken = quotes.create_quote(full_cover("q1")).await.unwrap_err();
    assert_eq!(taken.code(), Code::AlreadyExists);
    let request = pb::ReproduceQuoteRequest { name: first.name.clone() };
    let reproduced = quotes.reproduce_quote(request).await.unwrap().into_inner();
    assert!(reproduced.identical, "{reproduced:?}");
    assert_eq!(reproduced.quote, Some(first));
}

async fn a_lower_price_takes_other_terms(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let quote = quotes.create_quote(full_cover("q1")).await.unwrap().into_inner();
    let target =
        pb::find_concessions_request::Target::Discount(Decimal { value: "0.1".to_owned() });
    let request = pb::FindConcessionsRequest {
        name: quote.name.clone(),
        target: Some(target),
        max_results: 5,
        ..Default::default()
    };
    let found = quotes.find_concessions(request).await.unwrap().into_inner();
    assert_eq!(found.concessions.len(), 5);
    assert!(found.evaluated_combinations > found.feasible_combinations);
    let target = of(found.target_price.as_ref());
    assert!((target / of(quote.price.as_ref()) - 0.9).abs() < 1e-6);
    for concession in &found.concessions {
        assert!(of(concession.price.as_ref()) <= target + 0.01);
        assert!(concession.expected_margin >= 0.3 - 1e-9 && concession.loss_probability <= 0.2);
    }
    assert!(found.unchanged.unwrap().explanation.starts_with("refused"));

    // The best one, asked for as a quote, costs the customer what was said.
    let best = &found.concessions[0];
    let mut changed = full_cover("q2");
    changed.terms = best.terms.clone();
    let changed = quotes.create_quote(changed).await.unwrap().into_inner();
    assert!(of(changed.price.as_ref()) <= of(best.contract_price.as_ref()) * 1.005);

    let mut plain = full_cover("q3");
    plain.discount = decimal("0.1");
    let refused = quotes.create_quote(plain.clone()).await.unwrap_err();
    assert_eq!(reason(&refused), "DISCOUNT_WITHOUT_TERMS");
    plain.concession_of = quote.name;
    let refused = quotes.create_quote(plain).await.unwrap_err();
    assert_eq!(reason(&refused), "DISCOUNT_WITHOUT_TERMS");
}

async fn machines_without_a_model_are_quoted_by_the_prior_and_say_so(kind: Kind) {
    let (suite, call) = (installed(kind, false).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let quote = quotes.create_quote(full_cover("q1")).await.unwrap().into_inner();
    let flags: Vec<pb::ModelFlag> = quote.flags().collect();
    for flag in
        [pb::ModelFlag::PriorOnly, pb::ModelFlag::SeverityPrior, pb::ModelFlag::DefaultRates]
    {
        assert!(flags.contains(&flag), "{flag:?} in {flags:?}");
    }
    assert!(quote.failure_models.is_empty());
    let mut dry = full_cover("dry");
    dry.validate_only = true;
    let dry = quotes.create_quote(dry).await.unwrap().into_inner();
    assert_eq!(dry.price, quote.price);
    let gone = quotes.get_quote(pb::GetQuoteRequest { name: dry.name }).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
}

async fn every_wrong_field_of_a_quote_is_named(kind: Kind) {
    let (suite, call) = (installed(kind, false).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let money = |units| Some(Money { currency_code: "CNY".to_owned(), units, nanos: 0 });
    let wrong = pb::CreateQuoteRequest {
        customer: "c1".to_owned(),
        assets: vec!["customers/c1/assets/zj-0".to_owned(), "customers/c1/assets/zj-0".to_owned()],
        terms: Some(pb::Terms {
            term_months: 601,
            deductible: money(900),
            cap: money(500),
            annual_limit: Some(Money { currency_code: "EUR".to_owned(), units: 9000, nanos: 0 }),
            annual_escalation: decimal("1.5"),
            add_ons: vec![99],
            ..Default::default()
        }),
        discount: decimal("1"),
        start_date: Some(Date { year: 2026, month: 2, day: 30 }),
        quote_id: "No Id".to_owned(),
        ..Default::default()
    };
    let refused = quotes.create_quote(wrong).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let named = fields(&refused);
    for field in [
        "customer",
        "assets[1]",
        "terms.coverage",
        "terms.term_months",
        "terms.cap",
        "terms.annual_limit",
        "terms.annual_escalation",
        "terms.add_ons[0]",
        "discount",
        "start_date",
        "quote_id",
    ] {
        assert!(named.iter().any(|name| name == field), "{field} in {named:?}");
    }
    let mut unknown = full_cover("q1");
    unknown.assets =
        vec!["customers/c1/assets/zj-9".to_owned(), "customers/c1/assets/nobody".to_owned()];
    let refused = quotes.create_quote(unknown).await.unwrap_err();
    assert_eq!(fields(&refused), ["assets[0]", "assets[1]"], "no commissioning date; not known");
    let mut nobody = full_cover("q1");
    nobody.customer = "customers/nobody".to_owned();
    assert_eq!(reason(&quotes.create_quote(nobody).await.unwrap_err()), "QUOTE_WITHOUT_ASSETS");
}

async fn a_price_under_the_floor_waits_for_approval(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes: QuoteServiceClient<_> =
        client!(suite, &call, quote_service_client::QuoteServiceClient);
    quotes.create_quote(full_cover("q1")).await.unwrap();
    let mut cheap = full_cover("q2");
    cheap.discount = decimal("0.6");
    cheap.concession_of = "quotes/q1".to_owned();
    cheap.terms.as_mut().unwrap().customer_inspections = true;
    let cheap = quotes.create_quote(cheap).await.unwrap().into_inner();
    assert!(of(cheap.price.as_ref()) < of(cheap.floor.as_ref()));
    let name = cheap.name;
    let issue = pb::IssueQuoteRequest {
        name: name.clone(),
        request_id: request_id(),
        ..Default::default()
    };
    let issued = quotes.issue_quote(issue).await.unwrap().into_inner();
    assert_eq!(issued.state(), pb::QuoteState::AwaitingApproval);
    let accept = pb::AcceptQuoteRequest { name: name.clone(), ..Default::default() };
    assert_eq!(reason(&quotes.accept_quote(accept).await.unwrap_err()), "QUOTE_STATE");
    let silent = pb::ApproveQuoteRequest { name: name.clone(), ..Default::default() };
    assert_eq!(fields(&quotes.approve_quote(silent).await.unwrap_err()), ["reason"]);
    let reason = "A reference customer in a new region".to_owned();
    let approve = pb::ApproveQuoteRequest { name, reason, ..Default::default() };
    assert_eq!(
        quotes.approve_quote(approve).await.unwrap().into_inner().state(),
        pb::QuoteState::Offered
    );
}
