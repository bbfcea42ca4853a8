//! Fees that follow a published index: expected and bounded in the quote, billed by what is published, provisional until then.

use super::contract_life::{at, date, in_force, micros};
use super::quote::{decimal, full_cover, installed};
use super::{call, client, fields, on_both, reason, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::testing::{Kind, TestSuite};

on_both!(fees_follow_an_index_within_its_collar);
on_both!(a_renewal_goes_on_where_the_index_had_led);
on_both!(a_renewal_stands_on_provisional_values_until_they_are_published);
on_both!(an_index_pays_for_a_discount_as_a_quote_on_it_would);
on_both!(a_published_value_is_corrected_only_on_purpose);
on_both!(every_wrong_field_of_values_and_clauses_is_named);

fn value(month: &str, value: &str) -> pb::PriceIndexValue {
    pb::PriceIndexValue {
        name: format!("priceIndexes/cn-ppi/values/{month}"),
        value: decimal(value),
        source: "National Bureau of Statistics, monthly release".to_owned(),
        ..Default::default()
    }
}

async fn publish(
    suite: &TestSuite,
    values: Vec<pb::PriceIndexValue>,
    correct: bool,
) -> Result<Vec<pb::PriceIndexValue>, tonic::Status> {
    let call = call();
    let mut indexes = client!(suite, &call, price_index_service_client::PriceIndexServiceClient);
    let ask = pb::BatchUpdatePriceIndexValuesRequest {
        price_index_values: values,
        correct,
        request_id: request_id(),
    };
    Ok(indexes.batch_update_price_index_values(ask).await?.into_inner().price_index_values)
}

/// Three years of full cover from August 2026, on the value of March.
fn on_index(id: &str) -> pb::CreateQuoteRequest {
    let mut ask = full_cover(id);
    ask.terms.as_mut().unwrap().index_escalation = Some(pb::IndexEscalation {
        index: "cn-ppi".to_owned(),
        base_month: date(2026, 3, 1),
        floor: decimal("0.01"),
        cap: decimal("0.05"),
        ..Default::default()
    });
    ask
}

/// Year, amount as a multiple of the first year's, whether it is provisional.
async fn schedule(suite: &TestSuite, name: &str) -> Vec<(i32, f64, bool)> {
    let call = call();
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let asked = pb::GetBillingScheduleRequest { name: name.to_owned() };
    let fees = contracts.get_billing_schedule(asked).await.unwrap().into_inner().fees;
    let first = micros(fees[0].fee.as_ref()) as f64;
    let shown = fees.iter().map(|fee| {
        let share = micros(fee.fee.as_ref()) as f64 / first;
        (fee.year, (share * 1e6).round() / 1e6, fee.provisional)
    });
    shown.collect()
}

async fn fees_follow_an_index_within_its_collar(kind: Kind) {
    let suite = installed(kind, true).await;
    let call = call();
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let unknown = quotes.create_quote(on_index("q0")).await.unwrap_err();
    assert_eq!(fields(&unknown), ["terms.index_escalation.base_month"], "no value there yet");
    publish(&suite, vec![value("2026-03", "104.2")], false).await.unwrap();
    let quote = quotes.create_quote(on_index("q9")).await.unwrap().into_inner();
    let clause = quote.terms.as_ref().unwrap().index_escalation.clone().unwrap();
    // The seeded policy takes 3 % of inflation to be what comes.
    assert_eq!(clause.expected_change, decimal("0.03"));
    assert!(clause.published_changes.is_empty());
    let flags: Vec<bool> = quote.fees.iter().map(|fee| fee.provisional).collect();
    assert_eq!(flags, [false, true, true]);
    let base = micros(quote.fees[0].fee.as_ref()) as f64;
    let close = |found: i64, wanted: f64| (found as f64 - wanted).abs() < 10_001.0;
    assert!(close(micros(quote.fees[2].fee.as_ref()), base * 1.0609));
    let bounds = &quote.fee_bounds;
    assert_eq!(bounds.len(), 3);
    assert!(close(micros(bounds[2].lowest.as_ref()), base * 1.0201));
    assert!(close(micros(bounds[2].highest.as_ref()), base * 1.1025));
    let same = quotes
        .reproduce_quote(pb::ReproduceQuoteRequest { name: quote.name })
        .await
        .unwrap()
        .into_inner();
    assert!(same.identical);

    let contract = in_force(&suite, on_index("q1")).await;
    let expected = [(1, 1.0, false), (2, 1.03, true), (3, 1.0609, true)];
    assert_eq!(schedule(&suite, &contract.name).await, expected);
    // 2 % in March 2027, then 10 %, of which the cap leaves 5 %.
    publish(&suite, vec![value("2027-03", "106.284")], false).await.unwrap();
    let expected = [(1, 1.0, false), (2, 1.02, false), (3, 1.0506, true)];
    assert_eq!(schedule(&suite, &contract.name).await, expected);
    publish(&suite, vec![value("2028-03", "116.9124")], false).await.unwrap();
    let expected = [(1, 1.0, false), (2, 1.02, false), (3, 1.071, false)];
    assert_eq!(schedule(&suite, &contract.name).await, expected);
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let got = pb::GetContractRequest { name: contract.name.clone() };
    let got = contracts.get_contract(got).await.unwrap().into_inner();
    let clause = got.terms.unwrap().index_escalation.unwrap();
    assert_eq!(clause.published_changes, [decimal("0.02").unwrap(), decimal("0.05").unwrap()]);
    assert!(got.fees.iter().all(|fee| !fee.provisional));

    // An amendment leaves the clause as it is, and its own fee follows the index as well.
    let amend = |terms: Option<pb::Terms>| pb::CreateAmendmentRequest {
        parent: contract.name.clone(),
        amendment: Some(pb::Amendment {
            effective_date: date(2026, 8, 1),
            terms,
            removed_assets: vec!["customers/c1/assets/zj-1".to_owned()],
            ..Default::default()
        }),
        request_id: request_id(),
        ..Default::default()
    };
    let mut other = on_index("q1").terms.unwrap();
    other.index_escalation.as_mut().unwrap().cap = decimal("0.04");
    let refused = contracts.create_amendment(amend(Some(other))).await.unwrap_err();
    assert_eq!(
        fields(&refused),
        ["amendment.terms.annual_escalation", "amendment.terms.index_escalation"]
    );
    contracts.create_amendment(amend(on_index("q1").terms)).await.unwrap();
    let shares: Vec<f64> = {
        let asked = pb::GetBillingScheduleRequest { name: contract.name.clone() };
        let fees = contracts.get_billing_schedule(asked).await.unwrap().into_inner().fees;
        let out: Vec<f64> = fees
            .iter()
            .filter(|fee| fee.kind() == pb::BillingKind::Amendment)
            .map(|fee| micros(fee.fee.as_ref()) as f64)
            .collect();
        out.iter().map(|fee| (fee / out[0] * 1e4).round() / 1e4).collect()
    };
    assert_eq!(shares, [1.0, 1.02, 1.071]);
}

async fn a_renewal_goes_on_where_the_index_had_led(kind: Kind) {
    let suite = installed(kind, true).await;
    let series = [("2026-03", "100"), ("2027-03", "103"), ("2028-03", "106.09")];
    let values = series.iter().map(|(month, text)| value(month, text)).collect();
    publish(&suite, values, false).await.unwrap();
    let contract = in_force(&suite, on_index("q1")).await;
    let call = at("2029-07-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let renew = pb::RenewContractRequest { name: contract.name.clone(), ..Default::default() };
    let next = contracts.renew_contract(renew).await.unwrap().into_inner();
    let shown = schedule(&suite, &next.name).await;
    assert!(shown.iter().all(|fee| fee.2), "March 2029 is not published: {shown:?}");
    let fee =
        |contract: &pb::Contract, year: usize| micros(contract.fees[year].fee.as_ref()) as f64;
    let old = pb::GetContractRequest { name: contract.name };
    let old = contracts.get_contract(old).await.unwrap().into_inner();
    let growth = |next: &pb::Contract| (fee(next, 0) / fee(&old, 2) * 1e4).round() / 1e4;
    assert_eq!(growth(&next), 1.03, "3 % are expected");
    // 2 % came.
    publish(&suite, vec![value("2029-03", "108.2118")], false).await.unwrap();
    let got = pb::GetContractRequest { name: next.name.clone() };
    let next = contracts.get_contract(got).await.unwrap().into_inner();
    assert_eq!(growth(&next), 1.02);
    let shown: Vec<bool> = schedule(&suite, &next.name).await.iter().map(|fee| fee.2).collect();
    assert_eq!(shown, [false, true, true]);
}

async fn a_renewal_stands_on_provisional_values_until_they_are_published(kind: Kind) {
    let suite = installed(kind, true).await;
    publish(&suite, vec![value("2026-03", "100")], false).await.unwrap();
    let contract = in_force(&suite, on_index("q1")).await;
    let call = at("2029-07-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let renew = pb::RenewContractRequest { name: contract.name.clone(), ..Default::default() };
    let next = contracts.renew_contract(renew).await.unwrap().into_inner();
    // Nothing of 2027 to 2029 is published: 3 % a year are expected, in all of them.
    let base = micros(contract.fees[0].fee.as_ref()) as f64;
    let growth = |contract: &pb::Contract, year: usize| {
        (micros(contract.fees[year].fee.as_ref()) as f64 / base * 1e4).round() / 1e4
    };
    assert_eq!([0, 1, 2].map(|year| growth(&next, year)), [1.0927, 1.1255, 1.1593]);
    assert!(next.fees.iter().all(|fee| fee.provisional));
    // 2 % came, then 10 % of which 5 % count: the first fee stands on them, and still on an expected third.
    let values = vec![value("2027-03", "102"), value("2028-03", "112.2")];
    publish(&suite, values, false).await.unwrap();
    let again = || pb::GetContractRequest { name: next.name.clone() };
    let part = contracts.get_contract(again()).await.unwrap().into_inner();
    assert_eq!(growth(&part, 0), 1.1031, "1.02 x 1.05 x 1.03");
    assert!(part.fees[0].provisional);
    // Then nothing, of which the floor makes 1 %: settled.
    publish(&suite, vec![value("2029-03", "112.2")], false).await.unwrap();
    let settled = contracts.get_contract(again()).await.unwrap().into_inner();
    assert_eq!([0, 1].map(|year| growth(&settled, year)), [1.0817, 1.1142]);
    let flags: Vec<bool> = settled.fees.iter().map(|fee| fee.provisional).collect();
    assert_eq!(flags, [false, true, true]);
    // As if all had been there when it was renewed.
    let old = contracts.get_contract(pb::GetContractRequest { name: contract.name }).await;
    let old = old.unwrap().into_inner();
    assert_eq!(growth(&old, 2), 1.071, "1.02 x 1.05");
    let clause = settled.terms.unwrap().index_escalation.unwrap();
    assert_eq!(clause.published_changes.len(), 3);
}

async fn an_index_pays_for_a_discount_as_a_quote_on_it_would(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    publish(&suite, vec![value("2026-03", "104.2")], false).await.unwrap();
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let first = quotes.create_quote(full_cover("q0")).await.unwrap().into_inner();
    let discount = decimal("0.02").unwrap();
    let mut ask = pb::FindConcessionsRequest {
        name: first.name.clone(),
        target: Some(pb::find_concessions_request::Target::Discount(discount)),
        allowed_levers: vec![pb::ConcessionLever::Escalation.into()],
        index_escalation: on_index("q1").terms.unwrap().index_escalation,
        ..Default::default()
    };
    let found = quotes.find_concessions(ask.clone()).await.unwrap().into_inner();
    assert_eq!(found.evaluated_combinations, 3, "2 %, 4 %, the index");
    let on = |concession: &&pb::Concession| {
        concession.terms.as_ref().unwrap().index_escalation.is_some()
    };
    let offered = found.concessions.iter().find(on).unwrap();
    assert_eq!(offered.changes[0].to, "escalation by cn-ppi within 1 and 5 %, 3 % expected");

    // The same terms as a quote that gives the discount: the same cost, and the fees of an index.
    let mut terms = offered.terms.clone().unwrap();
    let clause = terms.index_escalation.as_mut().unwrap();
    (clause.expected_change, clause.published_changes) = (None, Vec::new());
    let mut wanted = full_cover("q1");
    wanted.terms = Some(terms);
    wanted.discount = decimal("0.02");
    wanted.concession_of = first.name.clone();
    let quote = quotes.create_quote(wanted).await.unwrap().into_inner();
    let ratio = |a: i64, b: i64| a as f64 / b as f64;
    let mean = micros(quote.cost.as_ref().unwrap().mean.as_ref());
    assert!((ratio(micros(offered.mean_cost.as_ref()), mean) - 1.0).abs() < 1e-4);
    let grown = ratio(micros(quote.fees[2].fee.as_ref()), micros(quote.fees[0].fee.as_ref()));
    assert!((grown - 1.0609).abs() < 1e-6);
    assert_eq!(quote.fees.iter().map(|f| f.provisional).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(quote.fee_bounds.len(), 3);

    ask.index_escalation.as_mut().unwrap().base_month = date(2026, 4, 1);
    let unpublished = quotes.find_concessions(ask.clone()).await.unwrap_err();
    assert_eq!(fields(&unpublished), ["index_escalation.base_month"]);
    ask.index_escalation.as_mut().unwrap().cap = decimal("0.001");
    let inverted = quotes.find_concessions(ask).await.unwrap_err();
    assert_eq!(fields(&inverted), ["index_escalation.cap"]);
}

async fn a_published_value_is_corrected_only_on_purpose(kind: Kind) {
    let suite = installed(kind, false).await;
    let first = publish(&suite, vec![value("2026-03", "104.2")], false).await.unwrap();
    assert_eq!((first[0].month, first[0].value.clone()), (date(2026, 3, 1), decimal("104.2")));
    let again = publish(&suite, vec![value("2026-03", "104.200000")], false).await.unwrap();
    assert_eq!(again, first, "the same value is no change");
    let refused = publish(&suite, vec![value("2026-04", "1"), value("2026-03", "140.2")], false);
    assert_eq!(reason(&refused.await.unwrap_err()), "INDEX_VALUE_PUBLISHED");
    let corrected = publish(&suite, vec![value("2026-03", "140.2")], true).await.unwrap();
    assert!(
        corrected[0].correct_time.is_some() && corrected[0].create_time == first[0].create_time
    );
    let call = call();
    let mut indexes = client!(suite, &call, price_index_service_client::PriceIndexServiceClient);
    let list = pb::ListPriceIndexValuesRequest {
        parent: "priceIndexes/cn-ppi".to_owned(),
        ..Default::default()
    };
    let listed = indexes.list_price_index_values(list).await.unwrap().into_inner();
    assert_eq!(listed.price_index_values, corrected, "all or none: April was not kept");
    let list = pb::ListPriceIndexValuesRequest {
        parent: "priceIndexes/other".to_owned(),
        ..Default::default()
    };
    let none = indexes.list_price_index_values(list).await.unwrap().into_inner();
    assert!(none.price_index_values.is_empty());
}

async fn every_wrong_field_of_values_and_clauses_is_named(kind: Kind) {
    let suite = installed(kind, false).await;
    let mut unnamed = value("2026-13", "1");
    unnamed.source = " ".to_owned();
    let wrong = vec![unnamed, value("2026-03", "0"), value("2026-03", "1.0000001")];
    let refused = publish(&suite, wrong, false).await.unwrap_err();
    assert_eq!(
        fields(&refused),
        [
            "price_index_values[0].name",
            "price_index_values[0].source",
            "price_index_values[1].value",
            "price_index_values[2].name",
            "price_index_values[2].value",
        ]
    );
    let call = call();
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut ask = on_index("q1");
    let terms = ask.terms.as_mut().unwrap();
    terms.annual_escalation = decimal("0.02");
    let clause = terms.index_escalation.as_mut().unwrap();
    clause.floor = decimal("0.06");
    clause.base_month = date(2026, 3, 15);
    let refused = quotes.create_quote(ask).await.unwrap_err();
    assert_eq!(
        fields(&refused),
        [
            "terms.index_escalation",
            "terms.index_escalation.cap",
            "terms.index_escalation.base_month"
        ]
    );
}
