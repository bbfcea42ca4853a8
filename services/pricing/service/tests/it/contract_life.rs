//! What becomes of a contract: it rests, is amended, is given notice of, renews itself or expires; its schedule adds up and
//! others are told.

use super::quote::{decimal, full_cover, installed};
use super::{call, client, fields, on_both, reason, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::{Date, Money};
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{self, Kind, TestSuite};

on_both!(a_suspension_is_credited_by_the_day);
on_both!(an_amendment_changes_fee_machines_and_terms_from_its_day);
on_both!(every_wrong_field_of_an_amendment_is_named);
on_both!(a_contract_renews_itself_with_the_agreed_escalation);
on_both!(a_contract_with_notice_expires);
on_both!(a_contract_is_renewed_by_a_quote_that_starts_where_it_ends);

pub(crate) fn at(day: &str) -> Call {
    let now = format!("{day}T08:00:00Z").parse().unwrap();
    testing::call("demo", &["admin"], now).unwrap()
}

pub(crate) const fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

pub(crate) fn micros(money: Option<&Money>) -> i64 {
    let money = money.unwrap();
    money.units * 1_000_000 + i64::from(money.nanos) / 1000
}

/// A contract from 1 August 2026 for three years, in force.
pub(crate) async fn in_force(suite: &TestSuite, ask: pb::CreateQuoteRequest) -> pb::Contract {
    in_force_at(suite, ask, &call()).await
}

/// A contract in force, made by a call.
pub(crate) async fn in_force_at(
    suite: &TestSuite,
    ask: pb::CreateQuoteRequest,
    call: &Call,
) -> pb::Contract {
    let mut contracts = client!(suite, call, contract_service_client::ContractServiceClient);
    let name = accepted(suite, ask, call).await;
    let activate = pb::ActivateContractRequest { name, ..Default::default() };
    contracts.activate_contract(activate).await.unwrap().into_inner()
}

/// The name of a contract that is agreed and not in force.
pub(crate) async fn accepted(
    suite: &TestSuite,
    ask: pb::CreateQuoteRequest,
    call: &Call,
) -> String {
    let mut quotes = client!(suite, call, quote_service_client::QuoteServiceClient);
    let name = quotes.create_quote(ask.clone()).await.unwrap().into_inner().name;
    let issue = pb::IssueQuoteRequest { name: name.clone(), ..Default::default() };
    quotes.issue_quote(issue).await.unwrap();
    let accept = pb::AcceptQuoteRequest {
        name,
        contract_id: ask.quote_id.replace('q', "k"),
        salesperson: "users/li".to_owned(),
        ..Default::default()
    };
    quotes.accept_quote(accept).await.unwrap().into_inner().name
}

async fn schedule(suite: &TestSuite, name: &str) -> pb::BillingSchedule {
    let call = call();
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let asked = pb::GetBillingScheduleRequest { name: name.to_owned() };
    let schedule = contracts.get_billing_schedule(asked).await.unwrap().into_inner();
    let sum: i64 = schedule.fees.iter().map(|fee| micros(fee.fee.as_ref())).sum();
    assert_eq!(sum, micros(schedule.total.as_ref()));
    schedule
}

async fn a_suspension_is_credited_by_the_day(kind: Kind) {
    let suite = installed(kind, true).await;
    let contract = in_force(&suite, full_cover("q1")).await;
    assert_eq!(contract.salesperson, "users/li");
    let before = schedule(&suite, &contract.name).await;
    assert_eq!(before.total, contract.price);
    assert_eq!(before.fees.len(), 3);

    let suspend = pb::SuspendContractRequest {
        name: contract.name.clone(),
        reason: "no".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    let call = at("2026-09-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let short = contracts.suspend_contract(suspend.clone()).await.unwrap_err();
    assert_eq!(fields(&short), ["reason"]);
    let suspend = pb::SuspendContractRequest {
        reason: "The plant stands still for a month".to_owned(),
        ..suspend
    };
    let rests = contracts.suspend_contract(suspend.clone()).await.unwrap().into_inner();
    assert_eq!(rests.state(), pb::ContractState::Suspended);
    assert_eq!(contracts.suspend_contract(suspend.clone()).await.unwrap().into_inner(), rests);
    let twice = pb::SuspendContractRequest { request_id: String::new(), ..suspend };
    assert_eq!(reason(&contracts.suspend_contract(twice).await.unwrap_err()), "CONTRACT_STATE");

    let call = at("2026-10-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let resume = pb::ResumeContractRequest { name: contract.name.clone(), ..Default::default() };
    let resumed = contracts.resume_contract(resume.clone()).await.unwrap().into_inner();
    assert_eq!(resumed.state(), pb::ContractState::Active);
    let rest = resumed.suspensions[0].period.unwrap();
    assert_eq!((rest.start_date, rest.end_date), (date(2026, 9, 1), date(2026, 10, 1)));
    assert_eq!(reason(&contracts.resume_contract(resume).await.unwrap_err()), "CONTRACT_STATE");
    let after = schedule(&suite, &contract.name).await;
    let credit = &after.fees[1];
    assert_eq!((credit.kind(), credit.due_date), (pb::BillingKind::Suspension, date(2026, 10, 1)));
    let days = micros(after.fees[0].fee.as_ref()) as f64 * 30.0 / 365.0;
    assert!((micros(credit.fee.as_ref()) as f64 + days).abs() <= 10_000.0, "to the cent");
}

fn two_machines(id: &str) -> pb::CreateQuoteRequest {
    let mut ask = full_cover(id);
    ask.assets = ["zj-0", "zj-1"].map(|id| format!("customers/c1/assets/{id}")).to_vec();
    ask.terms.as_mut().unwrap().annual_escalation = decimal("0.03");
    ask
}

async fn an_amendment_changes_fee_machines_and_terms_from_its_day(kind: Kind) {
    let suite = installed(kind, true).await;
    let contract = in_force(&suite, two_machines("q1")).await;
    let call = at("2026-12-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let amend = |id: &str, amendment| pb::CreateAmendmentRequest {
        parent: contract.name.clone(),
        amendment: Some(amendment),
        amendment_id: id.to_owned(),
        request_id: request_id(),
    };
    let zj = |i: usize| format!("customers/c1/assets/zj-{i}");
    let added = pb::Amendment {
        effective_date: date(2027, 2, 1),
        added_assets: vec![zj(2)],
        ..Default::default()
    };
    let request = amend("a1", added);
    let added = contracts.create_amendment(request.clone()).await.unwrap().into_inner();
    assert_eq!(contracts.create_amendment(request).await.unwrap().into_inner(), added);
    assert_eq!(added.name, "contracts/k1/amendments/a1");
    let change = micros(added.fee_change.as_ref());
    assert!(change > 0, "another machine costs more");
    let removed = pb::Amendment {
        effective_date: date(2027, 8, 1),
        removed_assets: vec![zj(0)],
        ..Default::default()
    };
    let removed = contracts.create_amendment(amend("a2", removed)).await.unwrap().into_inner();
    assert!(micros(removed.fee_change.as_ref()) < 0);
    let mut terms = contract.terms.clone().unwrap();
    terms.deductible = Some(Money { currency_code: "CNY".to_owned(), units: 800, nanos: 0 });
    let milder = pb::Amendment {
        effective_date: date(2028, 8, 1),
        terms: Some(terms.clone()),
        ..Default::default()
    };
    let milder = contracts.create_amendment(amend("a3", milder)).await.unwrap().into_inner();
    assert!(micros(milder.annual_fee_change.as_ref()) < 0, "a deductible is worth money");

    let after = schedule(&suite, &contract.name).await;
    let changes: i64 =
        [&added, &removed, &milder].iter().map(|a| micros(a.fee_change.as_ref())).sum();
    let price = micros(contract.price.as_ref());
    assert_eq!(micros(after.total.as_ref()), price + changes);
    assert!(after.fees.iter().any(|fee| fee.due_date == date(2027, 2, 1)), "{after:?}");

    let listed = pb::ListAmendmentsRequest {
        parent: contract.name.clone(),
        page_size: 2,
        ..Default::default()
    };
    let page = contracts.list_amendments(listed.clone()).await.unwrap().into_inner();
    assert_eq!(page.amendments, [added, removed]);
    let listed = pb::ListAmendmentsRequest { page_token: page.next_page_token, ..listed };
    assert_eq!(contracts.list_amendments(listed).await.unwrap().into_inner().amendments, [milder]);

    for (day, assets, deductible) in [
        ("2026-12-01", vec![zj(0), zj(1)], None),
        ("2027-02-01", vec![zj(0), zj(1), zj(2)], None),
        ("2028-09-01", vec![zj(1), zj(2)], terms.deductible),
    ] {
        let call = at(day);
        let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
        let get = pb::GetContractRequest { name: contract.name.clone() };
        let seen = contracts.get_contract(get).await.unwrap().into_inner();
        assert_eq!((seen.assets, seen.terms.unwrap().deductible), (assets, deductible), "{day}");
    }
}

async fn every_wrong_field_of_an_amendment_is_named(kind: Kind) {
    let suite = installed(kind, true).await;
    let contract = in_force(&suite, two_machines("q1")).await;
    let call = call();
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let asset = |name: &str| format!("customers/{name}");
    let mut terms = contract.terms.clone().unwrap();
    terms.term_months = 48;
    terms.notice_days = Some(400);
    let wrong = pb::CreateAmendmentRequest {
        parent: contract.name.clone(),
        amendment: Some(pb::Amendment {
            effective_date: date(2031, 1, 1),
            terms: Some(terms),
            added_assets: vec![asset("c2/assets/x"), asset("c1/assets/zj-0"), "zj-2".to_owned()],
            removed_assets: vec![asset("c1/assets/zj-2")],
            ..Default::default()
        }),
        amendment_id: "No Id".to_owned(),
        ..Default::default()
    };
    let refused = contracts.create_amendment(wrong).await.unwrap_err();
    let mut named = fields(&refused);
    named.sort();
    assert_eq!(
        named,
        [
            "amendment.added_assets[0]",
            "amendment.added_assets[1]",
            "amendment.added_assets[2]",
            "amendment.effective_date",
            "amendment.removed_assets[0]",
            "amendment.terms.notice_days",
            "amendment.terms.term_months",
            "amendment_id",
        ]
    );
    let amendment = |removed: &[&str]| pb::CreateAmendmentRequest {
        parent: contract.name.clone(),
        amendment: Some(pb::Amendment {
            effective_date: date(2027, 1, 1),
            removed_assets: removed.iter().map(|id| asset(&format!("c1/assets/{id}"))).collect(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let nothing = contracts.create_amendment(amendment(&[])).await.unwrap_err();
    assert_eq!(fields(&nothing), ["amendment"]);
    let all = contracts.create_amendment(amendment(&["zj-0", "zj-1"])).await.unwrap_err();
    assert_eq!(fields(&all), ["amendment.removed_assets"]);
    let mut other = full_cover("q2");
    other.assets = vec![asset("c1/assets/zj-2")];
    in_force(&suite, other).await;
    let taken = pb::CreateAmendmentRequest {
        parent: contract.name,
        amendment: Some(pb::Amendment {
            effective_date: date(2027, 1, 1),
            added_assets: vec![asset("c1/assets/zj-2")],
            ..Default::default()
        }),
        ..Default::default()
    };
    let refused = contracts.create_amendment(taken).await.unwrap_err();
    assert_eq!(reason(&refused), "ASSET_ALREADY_COVERED");
}

fn renewing(id: &str) -> pb::CreateQuoteRequest {
    let mut ask = two_machines(id);
    let terms = ask.terms.as_mut().unwrap();
    terms.automatic_renewal = true;
    terms.notice_days = Some(90);
    ask
}

async fn settle(suite: &TestSuite, day: &str) -> pb::SettleDueContractsResponse {
    let call = at(day);
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let due = pb::SettleDueContractsRequest { request_id: request_id(), ..Default::default() };
    contracts.settle_due_contracts(due).await.unwrap().into_inner()
}

async fn a_contract_renews_itself_with_the_agreed_escalation(kind: Kind) {
    let suite = installed(kind, true).await;
    let contract = in_force(&suite, renewing("q1")).await;
    let early = settle(&suite, "2029-07-31").await;
    assert_eq!(early, pb::SettleDueContractsResponse::default());
    let settled = settle(&suite, "2029-08-01").await;
    assert_eq!((settled.successors.len(), settled.expired.len()), (1, 0), "{settled:?}");
    assert_eq!(settle(&suite, "2029-08-01").await, early, "once is enough");

    let call = at("2029-08-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let mut get = async |name: &str| {
        let get = pb::GetContractRequest { name: name.to_owned() };
        contracts.get_contract(get).await.unwrap().into_inner()
    };
    let old = get(&contract.name).await;
    assert_eq!(old.state(), pb::ContractState::Renewed);
    let next = get(&settled.successors[0]).await;
    assert_eq!(next.state(), pb::ContractState::Active);
    assert_eq!((&next.renewal_of, &next.assets), (&contract.name, &contract.assets));
    assert_eq!(next.period.unwrap().start_date, contract.period.unwrap().end_date);
    assert_eq!(next.salesperson, "users/li");
    let fee =
        |contract: &pb::Contract, year: usize| micros(contract.fees[year].fee.as_ref()) as f64;
    for year in 0..3 {
        let escalated = fee(&contract, year) * 1.03f64.powi(3);
        assert!((fee(&next, year) - escalated).abs() <= 20_000.0, "year {year}");
    }
    assert_ne!(next.expected_cost, contract.expected_cost, "the machines are older");
    // The quote of the next term can be priced as of a time like any other.
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let quote = pb::GetQuoteRequest { name: next.quote.clone() };
    let quote = quotes.get_quote(quote).await.unwrap().into_inner();
    let ask = pb::QuoteAsOfRequest {
        source: Some(pb::quote_as_of_request::Source::Name(quote.name.clone())),
        as_of_time: quote.create_time,
    };
    let then = quotes.quote_as_of(ask).await.unwrap().into_inner();
    assert!(then.identical && then.digest == then.stored_digest, "{:?}", then.as_known_today);
    assert_eq!(then.quote.unwrap().input_digest, quote.input_digest);
    let most = pb::SettleDueContractsRequest { max_contracts: 1001, ..Default::default() };
    assert_eq!(fields(&contracts.settle_due_contracts(most).await.unwrap_err()), ["max_contracts"]);
}

async fn a_contract_with_notice_expires(kind: Kind) {
    let suite = installed(kind, true).await;
    let contract = in_force(&suite, renewing("q1")).await;
    let notice = pb::GiveNoticeRequest {
        name: contract.name.clone(),
        reason: "Another supplier is cheaper".to_owned(),
        ..Default::default()
    };
    let late = at("2029-05-04");
    let mut contracts = client!(suite, &late, contract_service_client::ContractServiceClient);
    let refused = contracts.give_notice(notice.clone()).await.unwrap_err();
    assert_eq!(reason(&refused), "NOTICE_TOO_LATE");
    let silent = pb::GiveNoticeRequest { reason: String::new(), ..notice.clone() };
    assert_eq!(fields(&contracts.give_notice(silent).await.unwrap_err()), ["reason"]);
    let last_day = at("2029-05-03");
    let mut contracts = client!(suite, &last_day, contract_service_client::ContractServiceClient);
    let given = contracts.give_notice(notice).await.unwrap().into_inner();
    assert_eq!((given.state(), given.notice_date), (pb::ContractState::Active, date(2029, 5, 3)));
    let settled = settle(&suite, "2029-08-02").await;
    assert_eq!((settled.successors.len(), settled.expired), (0, vec![contract.name.clone()]));
    let get = pb::GetContractRequest { name: contract.name };
    let expired = contracts.get_contract(get).await.unwrap().into_inner();
    assert_eq!(expired.state(), pb::ContractState::Expired);
}

async fn a_contract_is_renewed_by_a_quote_that_starts_where_it_ends(kind: Kind) {
    let suite = installed(kind, true).await;
    let contract = in_force(&suite, two_machines("q1")).await;
    let call = at("2029-07-01");
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    for (id, start) in [("q2", date(2029, 9, 1)), ("q3", date(2029, 8, 1))] {
        let mut ask = two_machines(id);
        ask.start_date = start;
        let name = quotes.create_quote(ask).await.unwrap().into_inner().name;
        let issue = pb::IssueQuoteRequest { name, ..Default::default() };
        quotes.issue_quote(issue).await.unwrap();
    }
    let renew = |quote: &str| pb::RenewContractRequest {
        name: contract.name.clone(),
        quote: quote.to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    for wrong in ["quotes/q2", "q3"] {
        assert_eq!(fields(&contracts.renew_contract(renew(wrong)).await.unwrap_err()), ["quote"]);
    }
    let next = contracts.renew_contract(renew("quotes/q3")).await.unwrap().into_inner();
    assert_eq!((next.quote.as_str(), next.state()), ("quotes/q3", pb::ContractState::Active));
    assert_eq!(next.renewal_of, contract.name);
    let again = contracts.renew_contract(renew("")).await.unwrap_err();
    assert_eq!(reason(&again), "CONTRACT_STATE");
    let listed = pb::ListContractsRequest {
        filter: "state = CONTRACT_STATE_RENEWED".to_owned(),
        ..Default::default()
    };
    let listed = contracts.list_contracts(listed).await.unwrap().into_inner().contracts;
    assert_eq!(listed.len(), 1);
}
