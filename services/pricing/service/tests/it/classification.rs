//! A work order comes in: does the contract bear it, under which term, and who pays what.

use super::quote::{full_cover, installed};
use super::{call, client, fields, on_both};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::{Date, Money};
use aftercare_platform::testing::{Kind, TestSuite};
use tonic::Code;

on_both!(an_excluded_cause_is_billable_and_everything_else_is_ours);
on_both!(a_known_work_order_brings_its_machine_day_and_cost);
on_both!(hours_that_are_not_promised_have_a_surcharge);
on_both!(a_wrong_question_is_refused_by_name);

/// A contract from August 2026 that takes out misuse and flood, with a deductible of 500.
async fn signed(kind: Kind, start: Option<Date>) -> TestSuite {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut ask = full_cover("q1");
    let terms = ask.terms.as_mut().unwrap();
    terms.exclusions = vec![pb::Exclusion::Misuse.into(), pb::Exclusion::Flood.into()];
    terms.deductible = Some(Money { currency_code: "CNY".to_owned(), units: 500, nanos: 0 });
    ask.start_date = start;
    // The last machine stays out.
    ask.assets = vec!["customers/c1/assets/zj-0".to_owned(), "customers/c1/assets/zj-1".to_owned()];
    let quote = quotes.create_quote(ask).await.unwrap().into_inner();
    let issue = pb::IssueQuoteRequest { name: quote.name.clone(), ..Default::default() };
    quotes.issue_quote(issue).await.unwrap();
    let contract_id = "k1".to_owned();
    let accept = pb::AcceptQuoteRequest { name: quote.name, contract_id, ..Default::default() };
    quotes.accept_quote(accept).await.unwrap();
    suite
}

fn ask(order: &str, causes: &[pb::Exclusion], day: Option<Date>) -> pb::ClassifyWorkOrderRequest {
    pb::ClassifyWorkOrderRequest {
        name: "contracts/k1".to_owned(),
        work_order: format!("workOrders/{order}"),
        causes: causes.iter().map(|cause| (*cause).into()).collect(),
        work_date: day,
    }
}

async fn an_excluded_cause_is_billable_and_everything_else_is_ours(kind: Kind) {
    let (suite, call) = (signed(kind, None).await, call());
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let within = Some(Date { year: 2027, month: 3, day: 1 });
    let cases = [
        (&[][..], within, true, pb::Exclusion::Unspecified, None),
        (&[pb::Exclusion::Fire][..], within, true, pb::Exclusion::Unspecified, None),
        (
            &[pb::Exclusion::Misuse][..],
            within,
            false,
            pb::Exclusion::Misuse,
            Some("terms.exclusions"),
        ),
        (
            &[pb::Exclusion::PowerOff, pb::Exclusion::Flood][..],
            within,
            false,
            pb::Exclusion::Flood,
            Some("terms.exclusions"),
        ),
        (
            &[][..],
            Some(Date { year: 2030, month: 1, day: 1 }),
            false,
            pb::Exclusion::Unspecified,
            Some("period"),
        ),
    ];
    for (causes, day, covered, exclusion, term) in cases {
        let asked = contracts.classify_work_order(ask("unheard-of", causes, day)).await;
        let verdict = asked.unwrap().into_inner();
        assert_eq!((verdict.covered, verdict.exclusion()), (covered, exclusion), "{causes:?}");
        assert_eq!(verdict.applied_terms.first().map(|applied| applied.term.as_str()), term);
        assert!(verdict.our_cost.is_none(), "nothing is known of its cost");
        assert!(verdict.explanation.starts_with(if covered { "covered" } else { "billable" }));
    }
}

async fn a_known_work_order_brings_its_machine_day_and_cost(kind: Kind) {
    // A contract over the years of the history: 4.5 hours at 180, parts 900, journey 200.
    let start = Some(Date { year: 2020, month: 1, day: 1 });
    let (suite, call) = (signed(kind, start).await, call());
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let units = |money: &Option<Money>| money.as_ref().map(|money| money.units);
    let ours = contracts.classify_work_order(ask("w0-5", &[], None)).await.unwrap().into_inner();
    assert!(ours.covered, "{}", ours.explanation);
    assert_eq!((units(&ours.our_cost), units(&ours.customer_cost)), (Some(1410), Some(500)));
    assert_eq!(ours.applied_terms[0].term, "terms.deductible");
    let misuse = ask("w0-5", &[pb::Exclusion::Misuse], None);
    let misuse = contracts.classify_work_order(misuse).await.unwrap().into_inner();
    assert_eq!((units(&misuse.our_cost), units(&misuse.customer_cost)), (Some(0), Some(1910)));
    // Machine 2 is not in the contract; the last failure of machine 1 came after its end.
    let foreign = contracts.classify_work_order(ask("w2-3", &[], None)).await.unwrap().into_inner();
    assert_eq!((foreign.covered, foreign.applied_terms[0].term.as_str()), (false, "assets"));
    let late = contracts.classify_work_order(ask("w1-14", &[], None)).await.unwrap().into_inner();
    assert_eq!((late.covered, late.applied_terms[0].term.as_str()), (false, "period"));
}

async fn hours_that_are_not_promised_have_a_surcharge(kind: Kind) {
    use super::experience::{observed, tell};
    use super::failure_model::work_event;
    let (suite, consumers) = observed(kind).await;
    let promised = [
        ("k1", "zj-0", pb::AfterHours::BusinessHours),
        ("k2", "zj-1", pb::AfterHours::RoundTheClock),
    ];
    for (id, machine, after_hours) in promised {
        let mut ask = full_cover(&id.replace('k', "q"));
        ask.assets = vec![format!("customers/c1/assets/{machine}")];
        ask.start_date = Some(Date { year: 2024, month: 1, day: 1 });
        ask.terms.as_mut().unwrap().after_hours = after_hours.into();
        super::contract_life::in_force(&suite, ask).await;
    }
    // 4.5 hours at 180, 2 of them in the evening at 1.5; 900 of parts, 200 for the journey.
    let late = |id: &str, machine: usize, told: bool| {
        work_event(id, machine, 1600, |order| {
            order.evening_hours = super::quote::decimal("2").filter(|_| told);
        })
    };
    let events = [late("late-0", 0, true), late("late-1", 1, true), late("unknown", 0, false)];
    tell(&consumers, &events).await;
    let call = call();
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let units = |money: &Option<Money>| money.as_ref().map(|money| money.units);
    for (contract, order, ours, theirs, unknown) in [
        ("contracts/k1", "late-0", 1910, 180, false),
        ("contracts/k2", "late-1", 2090, 0, false),
        ("contracts/k1", "unknown", 1910, 0, true),
    ] {
        let ask =
            pb::ClassifyWorkOrderRequest { name: contract.to_owned(), ..ask(order, &[], None) };
        let found = contracts.classify_work_order(ask).await.unwrap().into_inner();
        let split = (units(&found.our_cost), units(&found.customer_cost));
        assert_eq!((split, found.hours_unknown), ((Some(ours), Some(theirs)), unknown), "{order}");
        let surcharge = found.applied_terms.iter().any(|term| term.term == "terms.after_hours");
        assert_eq!((found.covered, surcharge), (true, theirs > 0), "{order}");
    }
}

async fn a_wrong_question_is_refused_by_name(kind: Kind) {
    let (suite, call) = (signed(kind, None).await, call());
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let wrong = pb::ClassifyWorkOrderRequest {
        work_order: "w1".to_owned(),
        causes: vec![99, pb::Exclusion::Unspecified.into()],
        work_date: Some(Date { year: 2026, month: 13, day: 1 }),
        ..ask("w1", &[], None)
    };
    let refused = contracts.classify_work_order(wrong).await.unwrap_err();
    assert_eq!(fields(&refused), ["work_order", "causes[0]", "causes[1]", "work_date"]);
    let mut nobody = ask("w1", &[], None);
    nobody.name = "contracts/k9".to_owned();
    assert_eq!(contracts.classify_work_order(nobody).await.unwrap_err().code(), Code::NotFound);
}
