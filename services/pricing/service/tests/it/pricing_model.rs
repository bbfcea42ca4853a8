//! The three pricing models: time and materials by the rate card, a fixed price for a scope, full coverage; side by side.

use super::catalogue::yuan;
use super::quote::{decimal, full_cover, installed};
use super::{call, client, on_both, reason, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::{Decimal, Money};
use aftercare_platform::testing::{Kind, TestSuite};

on_both!(time_and_materials_quotes_rates_and_what_they_may_come_to);
on_both!(a_fixed_price_bears_its_scope_and_bills_the_rest);
on_both!(the_models_stand_side_by_side);
on_both!(another_makers_machine_is_inspected_and_its_uncertainty_priced);

fn of(money: Option<&Money>) -> f64 {
    money.map_or(0.0, |m| m.units as f64 + f64::from(m.nanos) / 1e9)
}

fn cents(money: Option<&Money>) -> i64 {
    (of(money) * 100.0).round() as i64
}

/// A card that sells an hour at 300, a journey at 500, parts at 1.4 times their cost.
pub(crate) async fn card(suite: &TestSuite, cost_inflation: Option<Decimal>) {
    let call = call();
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let card = pb::RateCard {
        name: "rateCards/all".to_owned(),
        labour_cost_per_hour: yuan(180),
        labour_price_per_hour: yuan(300),
        travel_cost_per_visit: yuan(400),
        travel_price_per_visit: yuan(500),
        parts_price_factor: decimal("1.4"),
        cost_inflation,
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

pub(crate) fn by_model(id: &str, model: pb::PricingModel) -> pb::CreateQuoteRequest {
    let mut ask = full_cover(id);
    let terms = ask.terms.as_mut().unwrap();
    terms.pricing_model = model.into();
    terms.coverage = 0;
    if model == pb::PricingModel::TimeAndMaterials {
        terms.response_time = None;
    }
    ask
}

async fn time_and_materials_quotes_rates_and_what_they_may_come_to(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    card(&suite, None).await;
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let ask = by_model("tm", pb::PricingModel::TimeAndMaterials);
    let quote = quotes.create_quote(ask).await.unwrap().into_inner();
    assert_eq!(quote.terms.as_ref().unwrap().pricing_model(), pb::PricingModel::TimeAndMaterials);
    assert!(quote.fees.is_empty() && cents(quote.price.as_ref()) == 0, "no fee by year");
    let billing = quote.billing.as_ref().unwrap();
    let rate = &billing.rates[0];
    assert_eq!((billing.rates.len(), rate.rate_card.as_str()), (1, "rateCards/all"));
    assert_eq!((&rate.labour_price_per_hour, &rate.journey_price), (&yuan(300), &yuan(500)));
    assert_eq!(rate.parts_price_factor, decimal("1.4"));
    assert!(quote.expected_margin > 0.0 && quote.loss_probability < 0.5);
    let paid = billing.customer_cost.as_ref().unwrap();
    assert_eq!(cents(paid.mean.as_ref()), cents(billing.expected_billing.as_ref()));
    assert!(of(paid.standard_deviation.as_ref()) > 0.0 && paid.quantiles.len() == 4);
    assert!(of(paid.mean.as_ref()) > of(quote.cost.as_ref().unwrap().mean.as_ref()));

    let ask = pb::ExplainQuoteRequest { name: quote.name.clone() };
    let explained = quotes.explain_quote(ask).await.unwrap().into_inner();
    let sum: i64 = explained.drivers.iter().map(|driver| cents(driver.amount.as_ref())).sum();
    assert_eq!(sum, cents(billing.expected_billing.as_ref()));
    assert_eq!(sum, cents(explained.price.as_ref()));
    let tail: i64 = explained.tail.iter().map(|part| cents(part.cost.as_ref())).sum();
    assert_eq!(tail, cents(explained.tail_cost.as_ref()), "the machines add up to the shortfall");
    assert!(explained.tail[0].share >= explained.tail[1].share);
    assert!(explained.tail[0].explanation.contains("% of a bad term"));

    let page = pb::GetQuoteDocumentRequest { name: quote.name.clone(), ..Default::default() };
    let html = quotes.get_quote_document(page.clone()).await.unwrap().into_inner().html;
    assert!(html.contains("by the rates below") && html.contains("CNY 300"));
    let chinese = pb::GetQuoteDocumentRequest { language_code: "zh".to_owned(), ..page };
    let html = quotes.get_quote_document(chinese).await.unwrap().into_inner().html;
    assert!(html.contains("计费标准"));

    let target = pb::find_concessions_request::Target::Discount(decimal("0.1").unwrap());
    let ask = pb::FindConcessionsRequest {
        name: quote.name.clone(),
        target: Some(target),
        ..Default::default()
    };
    let refused = quotes.find_concessions(ask).await.unwrap_err();
    assert_eq!(reason(&refused), "CONCESSIONS_NEED_FULL_COVERAGE");
    let ask = pb::ReproduceQuoteRequest { name: quote.name.clone() };
    assert!(quotes.reproduce_quote(ask).await.unwrap().into_inner().identical);

    // Accepted and in force, a repair is billed.
    let issue = pb::IssueQuoteRequest { name: quote.name.clone(), ..Default::default() };
    let issued = quotes.issue_quote(issue).await.unwrap().into_inner();
    assert_eq!(issued.state(), pb::QuoteState::Offered, "bills bear the cost");
    let accept = pb::AcceptQuoteRequest {
        name: quote.name,
        contract_id: "tm".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    quotes.accept_quote(accept).await.unwrap();
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let ask = pb::ClassifyWorkOrderRequest {
        name: "contracts/tm".to_owned(),
        work_order: "workOrders/unseen".to_owned(),
        work_date: Some(aftercare_api::google::r#type::Date { year: 2026, month: 9, day: 1 }),
        ..Default::default()
    };
    let found = contracts.classify_work_order(ask).await.unwrap().into_inner();
    assert!(!found.covered);
    assert_eq!(found.applied_terms[0].term, "terms.pricing_model");
}

async fn a_fixed_price_bears_its_scope_and_bills_the_rest(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    card(&suite, None).await;
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut ask = by_model("fixed", pb::PricingModel::FixedPrice);
    let work = pb::ScopedWork {
        description: "replace the air end".to_owned(),
        labour_hours: decimal("16"),
        parts_cost: yuan(9_000),
        quantity: 1,
    };
    let scope = pb::FixedScope { repairs: 4, visits: 6, works: vec![work] };
    ask.terms.as_mut().unwrap().scope = Some(scope.clone());
    let quote = quotes.create_quote(ask.clone()).await.unwrap().into_inner();
    assert_eq!(quote.terms.as_ref().unwrap().scope, Some(scope));
    let price = cents(quote.price.as_ref());
    assert_eq!(quote.fees.iter().map(|fee| cents(fee.fee.as_ref())).sum::<i64>(), price);
    assert_eq!(quote.lines.iter().map(|line| cents(line.price.as_ref())).sum::<i64>(), price);
    assert_eq!(quote.drivers.iter().map(|d| cents(d.amount.as_ref())).sum::<i64>(), price);
    assert!(quote.drivers.iter().any(|driver| driver.kind() == pb::DriverKind::Scope));
    assert!(quote.expected_margin >= 0.3 && quote.loss_probability <= 0.2);
    let beyond = of(quote.billing.as_ref().unwrap().expected_billing.as_ref());
    let page = pb::GetQuoteDocumentRequest { name: quote.name.clone(), ..Default::default() };
    let html = quotes.get_quote_document(page).await.unwrap().into_inner().html;
    assert!(html.contains("4 repairs, 6 planned visits, 1 × replace the air end"));

    // A wider scope costs more and leaves less to be billed.
    ask.quote_id = "wide".to_owned();
    ask.request_id = request_id();
    ask.terms.as_mut().unwrap().scope.as_mut().unwrap().repairs = 40;
    let wide = quotes.create_quote(ask).await.unwrap().into_inner();
    assert!(cents(wide.price.as_ref()) > price);
    assert!(of(wide.billing.as_ref().unwrap().expected_billing.as_ref()) < beyond);
    let ask = pb::ReproduceQuoteRequest { name: wide.name };
    assert!(quotes.reproduce_quote(ask).await.unwrap().into_inner().identical);
}

async fn the_models_stand_side_by_side(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    card(&suite, None).await;
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let quote = quotes.create_quote(full_cover("q1")).await.unwrap().into_inner();
    let ask = pb::ComparePricingModelsRequest { name: quote.name.clone() };
    let found = quotes.compare_pricing_models(ask).await.unwrap().into_inner();
    let models: Vec<pb::PricingModel> =
        found.views.iter().map(|view| view.pricing_model()).collect();
    assert_eq!(
        models,
        [
            pb::PricingModel::TimeAndMaterials,
            pb::PricingModel::FixedPrice,
            pb::PricingModel::FullCoverage
        ]
    );
    let full = &found.views[2];
    assert_eq!((&full.price, &full.terms), (&quote.price, &quote.terms));
    assert!((full.loss_probability - quote.loss_probability).abs() < 1e-12);
    let mut spread = f64::INFINITY;
    for view in &found.views {
        assert_eq!(view.failure_cost, full.failure_cost, "the failures are the same");
        let (mine, theirs) =
            (view.our_cost.as_ref().unwrap(), view.customer_cost.as_ref().unwrap());
        assert_eq!((mine.quantiles.len(), theirs.quantiles.len()), (4, 4));
        assert_eq!(cents(theirs.mean.as_ref()), cents(view.revenue.as_ref()));
        let margin = 1.0 - of(mine.mean.as_ref()) / of(view.revenue.as_ref());
        assert!((margin - view.expected_margin).abs() < 1e-5);
        let own = of(theirs.standard_deviation.as_ref());
        assert!(own < spread, "the more we bear, the less the customer's cost spreads");
        spread = own;
        assert_eq!(view.segments.len(), 3);
        assert!(!view.explanation.is_empty());
    }
    for i in 0..3 {
        assert_eq!(found.views.iter().filter(|view| view.segments[i].best).count(), 1);
    }
    assert!(found.views.iter().any(|view| view.efficient));
}

async fn another_makers_machine_is_inspected_and_its_uncertainty_priced(kind: Kind) {
    let (suite, call) = (installed(kind, false).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let own = quotes.create_quote(full_cover("own")).await.unwrap().into_inner();
    assert!(own.planned_cost.as_ref().unwrap().inspection.is_none());

    let mut policies = client!(suite, &call, policy_service_client::PolicyServiceClient);
    let get = pb::GetPricingPolicyRequest { name: "pricingPolicy".to_owned() };
    let mut policy = policies.get_pricing_policy(get).await.unwrap().into_inner();
    policy.uncertainty_load = decimal("0.5");
    policy.default_costs.as_mut().unwrap().inspection_cost_per_machine = yuan(1_500);
    let ask = pb::UpdatePricingPolicyRequest {
        pricing_policy: Some(policy),
        request_id: request_id(),
        ..Default::default()
    };
    policies.update_pricing_policy(ask).await.unwrap();
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let mut product = super::catalogue::product("p1", "SF");
    product.product.as_mut().unwrap().make = "Atlas".to_owned();
    let ask = pb::BatchUpdateProductsRequest { requests: vec![product], request_id: request_id() };
    catalogue.batch_update_products(ask).await.unwrap();

    let foreign = quotes.create_quote(full_cover("foreign")).await.unwrap().into_inner();
    let planned = foreign.planned_cost.as_ref().unwrap();
    assert_eq!(planned.inspection, yuan(4_500), "three machines of which nothing is known");
    let driver = |quote: &pb::Quote, kind: pb::DriverKind| {
        let found = quote.drivers.iter().find(|driver| driver.kind() == kind);
        found.map(|driver| of(driver.amount.as_ref()))
    };
    assert_eq!(driver(&foreign, pb::DriverKind::Inspection), Some(4_500.0));
    let error = of(foreign.cost.as_ref().unwrap().parameter_standard_error.as_ref());
    let load = driver(&foreign, pb::DriverKind::Uncertainty).unwrap();
    assert!((load - 0.5 * error).abs() < 0.02 && load > 0.0);
    let sum: i64 = foreign.drivers.iter().map(|d| cents(d.amount.as_ref())).sum();
    assert_eq!(sum, cents(foreign.price.as_ref()));

    // Evidence takes the inspection away and shrinks the load.
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let fit = pb::FitFailureModelRequest {
        family: "SF".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    models.fit_failure_model(fit).await.unwrap();
    let known = quotes.create_quote(full_cover("known")).await.unwrap().into_inner();
    assert!(known.planned_cost.as_ref().unwrap().inspection.is_none());
    let mean = |quote: &pb::Quote| of(quote.cost.as_ref().unwrap().mean.as_ref());
    let share = driver(&known, pb::DriverKind::Uncertainty).unwrap() / mean(&known);
    assert!(share < load / mean(&foreign), "{share}");
}
