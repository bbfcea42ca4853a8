//! From imported work orders to a renewal a simulated three years later: what a contract did cost, how surprising that is, what
//! the terms exclude, and what the next term should cost.

use super::contract_life::{at, date, in_force, micros};
use super::failure_model::history;
use super::quote::{decimal, full_cover};
use super::{call, client, fields, listening, on_both, request_id};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_api::google::r#type::Money;
use aftercare_platform::outbox::{Consumer, deliver};
use aftercare_platform::testing::{Kind, TestSuite};
use prost::Message;
use std::sync::Arc;

on_both!(actual_cost_stands_against_expected_cost_and_excluded_work_is_named);
on_both!(without_experience_the_next_term_costs_what_the_class_does);
on_both!(with_the_failures_of_full_credibility_a_contract_stands_alone);
on_both!(from_imported_work_orders_to_a_renewal_three_simulated_years_later);

/// A piece of work as the customer service tells of it.
pub(crate) struct Job<'a> {
    pub id: &'a str,
    pub machine: &'a str,
    pub day: &'a str,
    pub parts: i64,
    pub currency: &'a str,
    pub cause: &'a str,
    pub contract: &'a str,
    pub warranty: bool,
    pub engineer: &'a str,
}

impl Default for Job<'_> {
    fn default() -> Self {
        Self {
            id: "",
            machine: "customers/c1/assets/zj-0",
            day: "2026-09-01",
            parts: 900,
            currency: "CNY",
            cause: "WEAR",
            contract: "",
            warranty: false,
            engineer: "",
        }
    }
}

impl Job<'_> {
    /// 300 of labour, 200 of travel, and parts.
    pub(crate) fn event(&self) -> Event {
        let money =
            |units| Some(Money { currency_code: self.currency.to_owned(), units, nanos: 0 });
        let day: jiff::Timestamp = format!("{}T06:00:00Z", self.day).parse().unwrap();
        let time = Some(prost_types::Timestamp { seconds: day.as_second(), nanos: 0 });
        let told = customer::WorkOrderCompleted {
            work_order: format!("workOrders/{}", self.id),
            kind: customer::WorkOrderKind::Repair.into(),
            asset: self.machine.to_owned(),
            customer: "customers/c1".to_owned(),
            product: "products/p1".to_owned(),
            failure_mode: "SEAL".to_owned(),
            cause: self.cause.to_owned(),
            report_time: time,
            complete_time: time,
            labour_hours: decimal("3"),
            labour_cost: money(300),
            travel_cost: money(200),
            parts_cost: money(self.parts),
            contract: self.contract.to_owned(),
            under_warranty: self.warranty,
            engineer: self.engineer.to_owned(),
            ..Default::default()
        };
        Event {
            id: format!("event-{}", self.id),
            source: "/customer".to_owned(),
            r#type: "aftercare.customer.v1.WorkOrderCompleted".to_owned(),
            tenant: "demo".to_owned(),
            data: told.encode_to_vec(),
            ..Default::default()
        }
    }
}

pub(crate) type Listening = (TestSuite, Vec<Arc<dyn Consumer>>);

/// Machines with ten years of failures and a model of them, and everything that listens.
pub(crate) async fn observed(kind: Kind) -> Listening {
    let ((suite, consumers), call) = (listening(kind).await, call());
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let requests = vec![super::catalogue::product("p1", "SF")];
    let request = pb::BatchUpdateProductsRequest { requests, request_id: request_id() };
    catalogue.batch_update_products(request).await.unwrap();
    tell(&consumers, &history()).await;
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let fit = pb::FitFailureModelRequest { family: "SF".to_owned(), ..Default::default() };
    models.fit_failure_model(fit).await.unwrap();
    (suite, consumers)
}

pub(crate) async fn tell(consumers: &[Arc<dyn Consumer>], events: &[Event]) {
    for consumer in consumers {
        let wanted: Vec<Event> = events
            .iter()
            .filter(|event| consumer.types().contains(&event.r#type.as_str()))
            .cloned()
            .collect();
        deliver(consumer.as_ref(), &wanted).await.unwrap();
    }
}

/// Full cover that leaves out machines without power.
pub(crate) fn without_power_off(id: &str) -> pb::CreateQuoteRequest {
    let mut ask = full_cover(id);
    let terms = ask.terms.as_mut().unwrap();
    terms.exclusions = vec![pb::Exclusion::PowerOff.into()];
    terms.annual_escalation = decimal("0.03");
    ask
}

async fn profitability(suite: &TestSuite, name: &str, day: &str) -> pb::ContractProfitability {
    let call = at(day);
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let asked = pb::GetContractProfitabilityRequest { name: name.to_owned(), ..Default::default() };
    contracts.get_contract_profitability(asked).await.unwrap().into_inner()
}

fn cents(money: &Option<Money>) -> i64 {
    micros(money.as_ref()) / 10_000
}

async fn actual_cost_stands_against_expected_cost_and_excluded_work_is_named(kind: Kind) {
    let (suite, consumers) = observed(kind).await;
    let contract = in_force(&suite, without_power_off("q1")).await;
    let jobs = [
        Job { id: "w1", day: "2026-09-01", ..Job::default() },
        Job { id: "w2", day: "2027-07-31", contract: &contract.name, ..Job::default() },
        Job { id: "w3", day: "2026-12-24", cause: "power off", parts: 0, ..Job::default() },
        Job { id: "early", day: "2026-07-31", ..Job::default() },
        Job { id: "late", day: "2027-08-01", ..Job::default() },
        Job { id: "warranty", warranty: true, ..Job::default() },
        Job { id: "other", contract: "contracts/other", ..Job::default() },
        Job { id: "stranger", machine: "customers/c9/assets/x", ..Job::default() },
        Job { id: "euro", currency: "EUR", ..Job::default() },
    ];
    let events: Vec<Event> = jobs.iter().map(Job::event).collect();
    tell(&consumers, &events).await;
    tell(&consumers, &events[..1]).await;
    let found = profitability(&suite, &contract.name, "2027-08-01").await;
    assert_eq!(found.revenue, contract.fees[0].fee, "a year has been earned");
    assert_eq!(cents(&found.actual_cost), 330_000, "1,400 + 1,400 + 500");
    assert_eq!(cents(&found.leakage), 50_000);
    assert_eq!(found.failure_count, 2, "what is excluded is no failure of the contract");
    assert_eq!(found.uncounted_work_orders, 1, "the one in euros");
    let leaked: Vec<_> =
        found.leaked_work.iter().map(|work| (work.work_order.as_str(), work.exclusion())).collect();
    assert_eq!(leaked, [("workOrders/w3", pb::Exclusion::PowerOff)]);
    assert!(found.expected_failure_count > 0.0 && cents(&found.expected_cost) > 0);
    assert!(found.funnel_lower <= found.funnel_upper);
    assert!(found.surprise > 0.0 && found.surprise <= 1.0);
    assert!(cents(&found.marginal_cost) > cents(&found.actual_cost), "standing by costs as well");
    assert!(!found.under_water);

    let dear = Job { id: "w9", day: "2026-10-01", parts: 5_000_000, ..Job::default() };
    tell(&consumers, &[dear.event()]).await;
    let drowned = profitability(&suite, &contract.name, "2027-08-01").await;
    assert!(drowned.under_water && drowned.surprise < 0.001, "{drowned:?}");
    let before = profitability(&suite, &contract.name, "2026-07-15").await;
    assert_eq!((cents(&before.revenue), cents(&before.actual_cost)), (0, 0));
    assert!(!before.under_water);
}

async fn propose(suite: &TestSuite, name: &str, day: &str) -> pb::RenewalProposal {
    let call = at(day);
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let asked = pb::ProposeRenewalRequest { name: name.to_owned(), ..Default::default() };
    contracts.propose_renewal(asked).await.unwrap().into_inner()
}

async fn without_experience_the_next_term_costs_what_the_class_does(kind: Kind) {
    let (suite, _) = observed(kind).await;
    let contract = in_force(&suite, without_power_off("q1")).await;
    let proposal = propose(&suite, &contract.name, "2026-07-15").await;
    assert_eq!(proposal.method(), pb::CredibilityMethod::NoExperience);
    assert_eq!((proposal.credibility, proposal.blended_factor), (0.0, 1.0));
    assert!(proposal.reason.starts_with("there is no experience yet"), "{}", proposal.reason);
    assert_eq!((proposal.failure_count, proposal.class_credibility), (0, 0.0));
    assert!((proposal.full_credibility_failures - 1082.41).abs() < 1e-9);
    let call = call();
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let wrong = pb::ProposeRenewalRequest { name: contract.name, max_change: decimal("1.5") };
    assert_eq!(fields(&contracts.propose_renewal(wrong).await.unwrap_err()), ["max_change"]);
}

/// Failures of three machines over three years from 1 August 2026, evenly, about as many times the expectation as asked for.
fn simulated(count: usize) -> Vec<Event> {
    let start: jiff::civil::Date = "2026-08-01".parse().unwrap();
    (0..count)
        .map(|i| {
            let days = 5 + i * 1085 / count;
            let day = start.checked_add(jiff::ToSpan::days(days as i64)).unwrap().to_string();
            let machine = format!("customers/c1/assets/zj-{}", i % 3);
            let (id, parts) = (format!("s{i}"), 700 + 137 * (i as i64 % 5));
            Job { id: &id, machine: &machine, day: &day, parts, ..Job::default() }.event()
        })
        .collect()
}

async fn with_the_failures_of_full_credibility_a_contract_stands_alone(kind: Kind) {
    let (suite, consumers) = observed(kind).await;
    let contract = in_force(&suite, without_power_off("q1")).await;
    tell(&consumers, &simulated(1082)).await;
    let almost = propose(&suite, &contract.name, "2029-07-30").await;
    assert_eq!((almost.failure_count, almost.class_failure_count), (1082, 1082));
    assert_eq!(almost.method(), pb::CredibilityMethod::GammaPoisson);
    assert!(almost.credibility < 1.0);
    let one = Job { id: "one-more", day: "2027-01-01", ..Job::default() };
    tell(&consumers, &[one.event()]).await;
    let alone = propose(&suite, &contract.name, "2029-07-30").await;
    assert_eq!(alone.method(), pb::CredibilityMethod::LimitedFluctuation);
    assert_eq!((alone.credibility, alone.class_credibility), (1.0, 1.0));
    assert_eq!(alone.blended_factor, alone.actual_to_expected);
    assert!(alone.reason.contains("full credibility takes 1082 failures"), "{}", alone.reason);
}

async fn from_imported_work_orders_to_a_renewal_three_simulated_years_later(kind: Kind) {
    // Imported work orders have become evidence, evidence a model.
    let (suite, consumers) = observed(kind).await;
    let contract = in_force(&suite, without_power_off("q1")).await;
    let expected = profitability(&suite, &contract.name, "2029-08-01").await;
    let mean = expected.expected_failure_count;
    assert_eq!((expected.failure_count, expected.surprise), (0, 1.0));

    // Three years in which machines fail twice as often as was expected.
    let count = (2.0 * mean).round() as usize;
    tell(&consumers, &simulated(count)).await;
    let found = profitability(&suite, &contract.name, "2029-08-01").await;
    assert_eq!(found.revenue, contract.price, "all of it has been earned");
    assert_eq!(found.failure_count as usize, count);
    assert!(found.surprise < 0.5, "{found:?}");

    let proposal = propose(&suite, &contract.name, "2029-07-20").await;
    assert_eq!(proposal.method(), pb::CredibilityMethod::GammaPoisson, "one contract is no class");
    assert!((1.7..2.2).contains(&proposal.actual_to_expected), "{proposal:?}");
    let said =
        format!("takes 1082 failures (within 5 % with a probability of 90 %): it has had {count}");
    assert!(proposal.reason.contains(&said), "{}", proposal.reason);
    assert!(proposal.credibility > 0.3 && proposal.credibility < 1.0);
    assert!(proposal.blended_factor > 1.0 && proposal.blended_factor < proposal.actual_to_expected);
    let (price, unchanged) = (cents(&proposal.price), cents(&proposal.unchanged_price));
    assert!(price > unchanged && price <= unchanged * 115 / 100 + 1, "{proposal:?}");
    assert_eq!(proposal.bounded, proposal.price != proposal.unbounded_price);

    // Evidence that came since is learnt, then the next term is quoted by it, offered, and follows.
    let call = at("2029-07-20");
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let fit = pb::FitFailureModelRequest { family: "SF".to_owned(), ..Default::default() };
    let fitted = models.fit_failure_model(fit).await.unwrap().into_inner();
    assert_eq!(fitted.name, "failureModels/sf-v2");
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut ask = without_power_off("q2");
    ask.start_date = date(2029, 8, 1);
    let next = quotes.create_quote(ask).await.unwrap().into_inner();
    assert_eq!(next.failure_models, ["failureModels/sf-v2"]);
    let issue = pb::IssueQuoteRequest { name: next.name.clone(), ..Default::default() };
    quotes.issue_quote(issue).await.unwrap();
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let renew = pb::RenewContractRequest {
        name: contract.name.clone(),
        quote: next.name,
        ..Default::default()
    };
    let successor = contracts.renew_contract(renew).await.unwrap().into_inner();
    assert_eq!(successor.state(), pb::ContractState::Active);
    assert_eq!((successor.renewal_of, &successor.price), (contract.name.clone(), &next.price));
    let get = pb::GetContractRequest { name: contract.name };
    let old = contracts.get_contract(get).await.unwrap().into_inner();
    assert_eq!(old.state(), pb::ContractState::Renewed);
}
