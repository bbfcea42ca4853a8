//! Terms that share risk: offered by default, left out when the request says so, priced, written down and agreed.

use super::contract_life::{date, in_force, micros};
use super::quote::{decimal, full_cover, installed};
use super::{call, client, fields, on_both, reason, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::testing::{Kind, TestSuite};
use tonic::Status;

on_both!(what_the_policy_offers_is_in_the_quote_its_document_and_the_contract);
on_both!(credits_for_late_responses_are_priced_and_can_be_bargained_away);
on_both!(every_wrong_field_of_an_offer_is_named);

const RENEWAL: i32 = pb::RiskTerm::AutomaticRenewal as i32;
const INDEX: i32 = pb::RiskTerm::IndexEscalation as i32;
const OVERTIME: i32 = pb::RiskTerm::OvertimeRates as i32;
const CREDIT: i32 = pb::RiskTerm::ResponseCredit as i32;

fn overtime(evening: &str, weekend: &str, holiday: &str) -> Option<pb::OvertimeRates> {
    let (evening, weekend, holiday) = (decimal(evening), decimal(weekend), decimal(holiday));
    Some(pb::OvertimeRates { evening, weekend, holiday })
}

fn credit(share: &str, basis: pb::CreditBasis, annual_cap: &str) -> Option<pb::ResponseCredit> {
    let (share, annual_cap) = (decimal(share), decimal(annual_cap));
    Some(pb::ResponseCredit { share, basis: basis.into(), annual_cap })
}

fn whole_offer() -> pb::OfferedTerms {
    pb::OfferedTerms {
        automatic_renewal: true,
        index_escalation: Some(pb::OfferedIndex {
            index: "cn-ppi".to_owned(),
            floor: decimal("0.01"),
            cap: decimal("0.05"),
        }),
        overtime_rates: overtime("1.5", "2.5", "3"),
        response_credit: credit("0.05", pb::CreditBasis::Month, "0.1"),
    }
}

async fn offer(suite: &TestSuite, offered: pb::OfferedTerms) -> Result<pb::PricingPolicy, Status> {
    let call = call();
    let mut policies = client!(suite, &call, policy_service_client::PolicyServiceClient);
    let request = pb::UpdatePricingPolicyRequest {
        pricing_policy: Some(pb::PricingPolicy {
            name: "pricingPolicy".to_owned(),
            offered_terms: Some(offered),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["offered_terms".to_owned()] }),
        request_id: request_id(),
    };
    Ok(policies.update_pricing_policy(request).await?.into_inner())
}

async fn publish(suite: &TestSuite, month: &str) {
    let call = call();
    let mut indexes = client!(suite, &call, price_index_service_client::PriceIndexServiceClient);
    let value = pb::PriceIndexValue {
        name: format!("priceIndexes/cn-ppi/values/{month}"),
        value: decimal("104.2"),
        source: "National Bureau of Statistics".to_owned(),
        ..Default::default()
    };
    let ask = pb::BatchUpdatePriceIndexValuesRequest {
        price_index_values: vec![value],
        correct: false,
        request_id: request_id(),
    };
    indexes.batch_update_price_index_values(ask).await.unwrap();
}

async fn what_the_policy_offers_is_in_the_quote_its_document_and_the_contract(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    // A tenant starts with overtime rates alone.
    let seeded = quotes.create_quote(full_cover("q0")).await.unwrap().into_inner();
    let terms = seeded.terms.unwrap();
    assert_eq!(terms.overtime_rates, overtime("1.5", "2", "3"));
    assert!(!terms.automatic_renewal && terms.response_credit.is_none());

    let policy = offer(&suite, whole_offer()).await.unwrap();
    assert_eq!(policy.offered_terms, Some(whole_offer()));
    let refused = quotes.create_quote(full_cover("q1")).await.unwrap_err();
    assert_eq!(reason(&refused), "OFFERED_INDEX_UNPUBLISHED");
    for month in ["2026-02", "2026-03", "2026-09"] {
        publish(&suite, month).await;
    }
    let quote = quotes.create_quote(full_cover("q1")).await.unwrap().into_inner();
    let terms = quote.terms.clone().unwrap();
    let clause = terms.index_escalation.clone().unwrap();
    // The value of September is published before its time: it is not known on the day of the call.
    assert_eq!((clause.index.as_str(), clause.base_month), ("cn-ppi", date(2026, 3, 1)));
    assert_eq!((clause.floor, clause.cap), (decimal("0.01"), decimal("0.05")));
    assert!(terms.automatic_renewal && quote.fee_bounds.len() == 3);
    assert_eq!(terms.overtime_rates, overtime("1.5", "2.5", "3"));
    assert_eq!(terms.response_credit, whole_offer().response_credit);
    assert!(quote.flags().any(|flag| flag == pb::ModelFlag::LatenessAssumed));

    let page = |language: &str| pb::GetQuoteDocumentRequest {
        name: quote.name.clone(),
        language_code: language.to_owned(),
        audience: pb::QuoteAudience::Customer.into(),
    };
    let page_of = quotes.get_quote_document(page("en")).await.unwrap().into_inner();
    assert!(page_of.html.contains("1.5, 2.5, 3") && page_of.html.contains("5 % of the month"));
    let page_of = quotes.get_quote_document(page("zh")).await.unwrap().into_inner();
    assert!(page_of.html.contains("超时服务费倍数") && page_of.html.contains("每次响应迟到返还"));

    let contract = in_force(&suite, full_cover("q2")).await;
    assert_eq!(contract.terms, Some(terms));

    let mut own = full_cover("q3");
    own.declined_terms = vec![RENEWAL, CREDIT];
    own.terms.as_mut().unwrap().annual_escalation = decimal("0.02");
    own.terms.as_mut().unwrap().overtime_rates = overtime("2", "2", "2");
    let terms = quotes.create_quote(own).await.unwrap().into_inner().terms.unwrap();
    assert_eq!((terms.annual_escalation, terms.index_escalation), (decimal("0.02"), None));
    assert_eq!(terms.overtime_rates, overtime("2", "2", "2"));
    assert!(!terms.automatic_renewal && terms.response_credit.is_none());
    let mut bare = full_cover("q4");
    bare.declined_terms = vec![RENEWAL, INDEX, OVERTIME, CREDIT];
    let bare = quotes.create_quote(bare).await.unwrap().into_inner();
    assert!(bare.terms.unwrap().overtime_rates.is_none());
    assert_eq!(bare.price, seeded.price);

    // What is billed by the hour keeps the card's multiples, unless its own terms say otherwise.
    let mut billed = full_cover("q5");
    let terms = billed.terms.as_mut().unwrap();
    (terms.pricing_model, terms.coverage) = (pb::PricingModel::TimeAndMaterials.into(), 0);
    terms.response_time = None;
    let plain = quotes.create_quote(billed.clone()).await.unwrap().into_inner();
    assert_eq!(plain.billing.as_ref().unwrap().rates[0].weekend_factor, decimal("2"));
    billed.terms.as_mut().unwrap().overtime_rates = overtime("1.5", "2.5", "3");
    (billed.quote_id, billed.request_id) = ("q6".to_owned(), request_id());
    let dearer = quotes.create_quote(billed).await.unwrap().into_inner().billing.unwrap();
    assert_eq!(dearer.rates[0].weekend_factor, decimal("2.5"));
    let bills = |own: &pb::QuoteBilling| micros(own.expected_billing.as_ref());
    assert!(bills(&dearer) > bills(plain.billing.as_ref().unwrap()));
}

async fn credits_for_late_responses_are_priced_and_can_be_bargained_away(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let without = quotes.create_quote(full_cover("q0")).await.unwrap().into_inner();
    let mut ask = full_cover("q1");
    ask.terms.as_mut().unwrap().response_credit = credit("0.5", pb::CreditBasis::Month, "0.1");
    let quote = quotes.create_quote(ask.clone()).await.unwrap().into_inner();
    let cost = quote.response_credit_cost.clone().unwrap();
    assert_eq!(cost.late_response_share, decimal("0.05"), "the seeded policy's assumption");
    let failures = quote.cost.as_ref().unwrap().expected_failures;
    assert!((cost.expected_late_responses - 0.05 * failures).abs() < 1e-9);
    let credits = micros(cost.expected_credits.as_ref());
    let mean = |quote: &pb::Quote| micros(quote.cost.as_ref().unwrap().mean.as_ref());
    assert!((mean(&quote) - mean(&without) - credits).abs() <= 20_000, "to the cent");
    // Each late response costs at most half a month's fee, and the caps leave a part of it.
    let fee = micros(quote.fees[0].fee.as_ref()) as f64;
    assert!(credits > 0 && credits as f64 <= cost.expected_late_responses * fee / 24.0);
    assert!(micros(quote.price.as_ref()) > micros(without.price.as_ref()));
    assert!(quote.expected_margin >= 0.3 - 1e-9 && quote.loss_probability <= 0.2);
    let kind_of = pb::DriverKind::ResponseCredit as i32;
    let driver = quote.drivers.iter().find(|driver| driver.kind == kind_of).unwrap();
    assert_eq!(micros(driver.amount.as_ref()), credits);
    let sum: i64 = quote.drivers.iter().map(|driver| micros(driver.amount.as_ref())).sum();
    assert_eq!(sum, micros(quote.price.as_ref()));
    let again = pb::ReproduceQuoteRequest { name: quote.name.clone() };
    assert!(quotes.reproduce_quote(again).await.unwrap().into_inner().identical);

    let target = pb::find_concessions_request::Target::Discount(decimal("0.01").unwrap());
    let request = pb::FindConcessionsRequest {
        name: quote.name.clone(),
        target: Some(target),
        allowed_levers: vec![
            pb::ConcessionLever::ResponseCredit.into(),
            pb::ConcessionLever::AutomaticRenewal.into(),
        ],
        max_results: 9,
        ..Default::default()
    };
    let found = quotes.find_concessions(request).await.unwrap().into_inner();
    assert_eq!(found.evaluated_combinations, 3);
    for own in &found.concessions {
        let terms = own.terms.as_ref().unwrap();
        assert!(terms.automatic_renewal || terms.response_credit.is_none());
        assert!(own.changes.iter().all(|change| micros(change.cost_change.as_ref()) < 0));
    }
    assert!(!found.concessions.is_empty());
}

async fn every_wrong_field_of_an_offer_is_named(kind: Kind) {
    let (suite, call) = (installed(kind, false).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut bad = whole_offer();
    bad.index_escalation.as_mut().unwrap().index = "no id".to_owned();
    bad.index_escalation.as_mut().unwrap().cap = None;
    bad.overtime_rates = overtime("x", "2", "3");
    bad.response_credit = credit("0.1", pb::CreditBasis::Unspecified, "0.1");
    let refused = offer(&suite, bad).await.unwrap_err();
    let named = [
        "index_escalation.index",
        "index_escalation.cap",
        "overtime_rates.evening",
        "response_credit.basis",
    ];
    let named = named.map(|field| format!("pricing_policy.offered_terms.{field}"));
    assert_eq!(fields(&refused), named);

    let mut ask = full_cover("q1");
    ask.declined_terms = vec![CREDIT, CREDIT, 99, 0];
    let terms = ask.terms.as_mut().unwrap();
    terms.overtime_rates = overtime("0.9", "2", "11");
    terms.response_credit = credit("0.2", pb::CreditBasis::Year, "0.6");
    let refused = quotes.create_quote(ask).await.unwrap_err();
    let named = [
        "terms.overtime_rates.evening",
        "terms.overtime_rates.holiday",
        "terms.response_credit.annual_cap",
        "declined_terms[1]",
        "declined_terms[2]",
        "declined_terms[3]",
    ];
    assert_eq!(fields(&refused), named);
    let mut fixed = full_cover("q2");
    let terms = fixed.terms.as_mut().unwrap();
    (terms.pricing_model, terms.coverage) = (pb::PricingModel::FixedPrice.into(), 0);
    terms.scope = Some(pb::FixedScope { repairs: 3, ..Default::default() });
    terms.response_credit = credit("0.02", pb::CreditBasis::Year, "0.1");
    let refused = quotes.create_quote(fixed).await.unwrap_err();
    assert_eq!(fields(&refused), ["terms.response_credit"]);
}
