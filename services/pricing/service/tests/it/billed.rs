//! What contracts earn under the other pricing models: bills by the rate card beside the fee, each with the numbers of the card.

use super::contract_life::{at, date, in_force, micros};
use super::experience::{Job, Listening, observed, tell, without_power_off};
use super::pricing_model::{by_model, card};
use super::{call, client, on_both, request_id};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::{Event, Period};
use aftercare_api::google::r#type::Money;
use aftercare_platform::testing::{Kind, TestSuite};
use prost::Message;

on_both!(time_and_materials_earns_what_the_card_bills);
on_both!(a_fixed_price_earns_its_fee_and_bills_what_goes_beyond);
on_both!(hours_outside_business_hours_are_billed_by_the_cards_multiples);
on_both!(excluded_work_shows_what_could_be_billed);

/// Machines, a model of them, and a card that sells an hour at 300, a journey at 500, parts at 1.4 times their cost, today and
/// for ever.
async fn with_card(kind: Kind) -> Listening {
    let listening = observed(kind).await;
    card(&listening.0, super::quote::decimal("0")).await;
    listening
}

/// Work of another kind than a repair.
fn other(job: &Job<'_>, kind: customer::WorkOrderKind) -> Event {
    let event = job.event();
    let mut told = customer::WorkOrderCompleted::decode(event.data.as_slice()).unwrap();
    told.set_kind(kind);
    Event { data: told.encode_to_vec(), ..event }
}

fn yuan(money: &Option<Money>) -> i64 {
    micros(money.as_ref()) / 1_000_000
}

async fn profitability(suite: &TestSuite, name: &str, day: &str) -> pb::ContractProfitability {
    let call = at(day);
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let asked = pb::GetContractProfitabilityRequest { name: name.to_owned(), ..Default::default() };
    contracts.get_contract_profitability(asked).await.unwrap().into_inner()
}

async fn report(suite: &TestSuite, from: i32, to: i32) -> pb::ProfitabilityReport {
    let call = call();
    let mut reports = client!(suite, &call, report_service_client::ReportServiceClient);
    let period = Period { start_date: date(2026, from, 1), end_date: date(2026, to, 1) };
    let ask = pb::CreateProfitabilityReportRequest {
        period: Some(period),
        request_id: request_id(),
        ..Default::default()
    };
    reports.create_profitability_report(ask).await.unwrap().into_inner()
}

fn all(report: &pb::ProfitabilityReport) -> &pb::ProfitabilityGroup {
    report.groups.iter().find(|group| group.dimension == "all").unwrap()
}

/// Every dimension but technicians adds up to all; the waterfall ends with what is earned less what it cost.
fn adds_up(report: &pb::ProfitabilityReport) {
    let all = all(report);
    let of = |group: &pb::ProfitabilityGroup| {
        let money = [&group.revenue, &group.billed, &group.actual_cost, &group.leakage];
        (money.map(|money| micros(money.as_ref())), group.failure_count)
    };
    for dimension in ["region", "product", "age", "segment", "salesperson"] {
        let groups = report.groups.iter().filter(|group| group.dimension == dimension);
        let sum = groups.map(of).fold(([0; 4], 0), |sum, own| {
            let money: Vec<i64> = sum.0.iter().zip(own.0).map(|(a, b)| a + b).collect();
            (money.try_into().unwrap(), sum.1 + own.1)
        });
        assert_eq!(sum, of(all), "{dimension}");
    }
    let groups = report.groups.iter().filter(|group| group.dimension != "technician");
    for group in groups.clone() {
        assert!(group.funnel_lower <= group.funnel_upper && group.expected_failure_count >= 0.0);
    }
    let expected: f64 = groups.map(|group| group.expected_failure_count).sum();
    assert!((expected - 6.0 * all.expected_failure_count).abs() < 1e-9, "in every dimension");
    let steps: Vec<i64> = report.waterfall.iter().map(|s| micros(s.amount.as_ref())).collect();
    assert_eq!(steps[0] + steps[1] + steps[2], steps[3]);
    assert_eq!(steps[3], micros(all.revenue.as_ref()), "the pocket price is fees and bills");
    assert_eq!(steps[3] + steps[4], steps[5]);
}

async fn time_and_materials_earns_what_the_card_bills(kind: Kind) {
    let (suite, consumers) = with_card(kind).await;
    let contract = in_force(&suite, by_model("q1", pb::PricingModel::TimeAndMaterials)).await;
    assert!(contract.fees.is_empty());
    let visit = Job { id: "v1", day: "2026-09-10", engineer: "employees/wang", ..Job::default() };
    let free = Job { contract: &contract.name, day: "2026-09-24", ..Job::default() };
    let events = [
        Job { id: "w1", day: "2026-09-01", ..Job::default() }.event(),
        Job { id: "w2", day: "2026-10-20", parts: 0, engineer: "employees/wang", ..Job::default() }
            .event(),
        other(&visit, customer::WorkOrderKind::Preventive),
        Job { id: "warranty", warranty: true, ..free }.event(),
        Job { id: "early", day: "2026-07-31", ..Job::default() }.event(),
    ];
    tell(&consumers, &events).await;
    let found = profitability(&suite, &contract.name, "2026-11-01").await;
    // 3 h x 300 + 500 + 900 x 1.4 = 2,660 with parts, 1,400 without; what is under warranty is not billed.
    let bills: Vec<(&str, i64, i64)> = found
        .billed_work
        .iter()
        .map(|work| (work.work_order.as_str(), yuan(&work.bill), yuan(&work.cost)))
        .collect();
    assert_eq!(
        bills,
        [
            ("workOrders/w1", 2_660, 1_400),
            ("workOrders/v1", 2_660, 1_400),
            ("workOrders/w2", 1_400, 500)
        ]
    );
    assert_eq!((yuan(&found.fees), yuan(&found.billed), yuan(&found.revenue)), (0, 6_720, 6_720));
    assert_eq!(yuan(&found.actual_cost), 1_400 + 1_400 + 500 + 1_400);
    assert_eq!((yuan(&found.leakage), found.leaked_work.len()), (0, 0));
    assert_eq!(found.failure_count, 3, "w1, w2 and the one under warranty");
    assert!(found.expected_failure_count > 0.0 && found.surprise > 0.0);
    assert!(yuan(&found.marginal_cost) >= 4_700);

    let september = report(&suite, 9, 10).await;
    adds_up(&september);
    assert_eq!((yuan(&all(&september).billed), yuan(&all(&september).revenue)), (5_320, 5_320));
    assert_eq!(yuan(&all(&september).actual_cost), 4_200);
    let wang = |report: &pb::ProfitabilityReport| {
        let mut groups = report.groups.iter();
        let own = groups.find(|g| g.dimension == "technician" && g.value == "employees/wang");
        let own = own.unwrap();
        (yuan(&own.billed), yuan(&own.actual_cost), own.failure_count, yuan(&own.expected_cost))
    };
    assert_eq!(wang(&september), (2_660, 1_400, 0, 0), "a visit");
    let october = wang(&report(&suite, 10, 11).await);
    assert_eq!((october.0, october.1, october.2), (1_400, 500, 1));
    assert!((500..5_000).contains(&october.3), "what a repair was expected to cost: {october:?}");

    // A field action costs and is not billed: under water.
    let dear = Job { id: "c1", parts: 50_000, contract: &contract.name, ..Job::default() };
    tell(&consumers, &[other(&dear, customer::WorkOrderKind::Campaign)]).await;
    let drowned = profitability(&suite, &contract.name, "2026-11-01").await;
    assert!(drowned.under_water);
    assert_eq!((yuan(&drowned.billed), yuan(&drowned.actual_cost)), (6_720, 4_700 + 50_500));
    assert_eq!(all(&report(&suite, 9, 10).await).under_water_count, 1);
}

async fn a_fixed_price_earns_its_fee_and_bills_what_goes_beyond(kind: Kind) {
    use customer::WorkOrderKind::{Overhaul, Preventive};
    let (suite, consumers) = with_card(kind).await;
    let mut ask = by_model("q1", pb::PricingModel::FixedPrice);
    let work = pb::ScopedWork {
        description: "replace the air end".to_owned(),
        labour_hours: super::quote::decimal("16"),
        quantity: 1,
        ..Default::default()
    };
    ask.terms.as_mut().unwrap().scope =
        Some(pb::FixedScope { repairs: 1, visits: 1, works: vec![work] });
    let contract = in_force(&suite, ask).await;
    let job = |id, day| Job { id, day, ..Job::default() };
    let events = [
        job("w1", "2026-09-01").event(),
        job("w2", "2026-09-20").event(),
        Job { parts: 0, ..job("w3", "2026-10-05") }.event(),
        other(&job("v1", "2026-09-02"), Preventive),
        other(&job("v2", "2026-09-03"), Preventive),
        other(&job("o1", "2026-09-04"), Overhaul),
        other(&job("o2", "2026-09-05"), Overhaul),
    ];
    tell(&consumers, &events).await;
    let found = profitability(&suite, &contract.name, "2027-08-01").await;
    let bills: Vec<(&str, i64)> =
        found.billed_work.iter().map(|w| (w.work_order.as_str(), yuan(&w.bill))).collect();
    // The first of each kind is within the scope.
    assert_eq!(
        bills,
        [
            ("workOrders/v2", 2_660),
            ("workOrders/o2", 2_660),
            ("workOrders/w2", 2_660),
            ("workOrders/w3", 1_400)
        ]
    );
    assert_eq!(found.fees, contract.fees[0].fee, "a year has been earned");
    assert_eq!(micros(found.revenue.as_ref()), micros(found.fees.as_ref()) + 9_380_000_000);
    assert_eq!((yuan(&found.billed), yuan(&found.actual_cost)), (9_380, 6 * 1_400 + 500));
    assert_eq!((yuan(&found.leakage), found.failure_count), (0, 3));

    // A month is judged by all that was done before it.
    let october = report(&suite, 10, 11).await;
    adds_up(&october);
    let month = all(&october);
    assert_eq!((yuan(&month.billed), yuan(&month.actual_cost)), (1_400, 500));
    // 31 of the year's 365 days, by rounded cumulative parts: to the minor unit.
    let fee = (micros(month.revenue.as_ref()) - 1_400_000_000) as f64;
    assert!((fee - micros(contract.fees[0].fee.as_ref()) as f64 * 31.0 / 365.0).abs() < 10_001.0);
    assert_eq!((month.failure_count, month.funnel_lower), (1, 0));
    assert!(month.funnel_upper >= 1 && month.expected_failure_count > 0.0);
}

async fn excluded_work_shows_what_could_be_billed(kind: Kind) {
    let (suite, consumers) = with_card(kind).await;
    let contract = in_force(&suite, without_power_off("q1")).await;
    let job = Job { id: "w1", cause: "power off", parts: 0, ..Job::default() };
    tell(&consumers, &[job.event()]).await;
    let found = profitability(&suite, &contract.name, "2026-11-01").await;
    let leaked = &found.leaked_work[0];
    assert_eq!((yuan(&leaked.cost), yuan(&leaked.billable)), (500, 1_400));
    assert_eq!((yuan(&found.leakage), yuan(&found.billed)), (500, 0));
    assert_eq!(found.revenue, found.fees, "nobody has billed it");
}

/// Work with hours in the evening, at the weekend and on holidays.
fn late(job: &Job<'_>, hours: [&str; 3]) -> Event {
    let event = job.event();
    let mut told = customer::WorkOrderCompleted::decode(event.data.as_slice()).unwrap();
    told.labour_cost = None;
    [told.evening_hours, told.weekend_hours, told.holiday_hours] =
        hours.map(|own| super::quote::decimal(own).filter(|own| !own.value.is_empty()));
    Event { data: told.encode_to_vec(), ..event }
}

async fn hours_outside_business_hours_are_billed_by_the_cards_multiples(kind: Kind) {
    let (suite, consumers) = with_card(kind).await;
    let mut ask = by_model("q1", pb::PricingModel::TimeAndMaterials);
    ask.assets = vec!["customers/c1/assets/zj-0".to_owned()];
    let contract = in_force(&suite, ask).await;
    // The other machine's contract agrees on an hour in the evening at three times instead of the card's one and a half.
    let mut ask = by_model("q2", pb::PricingModel::TimeAndMaterials);
    let other = "customers/c1/assets/zj-1";
    ask.assets = vec![other.to_owned()];
    let three = super::quote::decimal("3");
    ask.terms.as_mut().unwrap().overtime_rates =
        Some(pb::OvertimeRates { evening: three.clone(), weekend: three.clone(), holiday: three });
    let agreed = in_force(&suite, ask).await;
    let job = |id| Job { id, parts: 0, ..Job::default() };
    // Of three hours; the policy's multiples are 1.5, 2 and 3 where the card says nothing.
    let events = [
        late(&job("w1"), ["", "", ""]),
        late(&job("w2"), ["0", "", ""]),
        late(&job("w3"), ["2", "", ""]),
        late(&job("w4"), ["1", "1", "1"]),
        late(&job("w5"), ["2", "2", ""]),
        late(&Job { machine: other, ..job("w6") }, ["2", "", ""]),
    ];
    tell(&consumers, &events).await;
    let found = profitability(&suite, &contract.name, "2026-11-01").await;
    let mut bills: Vec<(&str, i64, i64, bool)> = found
        .billed_work
        .iter()
        .map(|w| (w.work_order.as_str(), yuan(&w.bill), yuan(&w.cost), w.hours_unknown))
        .collect();
    bills.sort_unstable();
    // A journey at 500 that cost 200, hours at 300 that cost 180.
    assert_eq!(
        bills,
        [
            ("workOrders/w1", 1_400, 740, true),
            ("workOrders/w2", 1_400, 740, false),
            ("workOrders/w3", 1_700, 920, false),
            ("workOrders/w4", 2_450, 1_370, false),
            // More hours than there were: not told.
            ("workOrders/w5", 1_400, 740, true),
        ]
    );
    let found = profitability(&suite, &agreed.name, "2026-11-01").await;
    let bill = &found.billed_work[0];
    // 3 h and two times two more at 300; for us an evening hour costs what the card says.
    assert_eq!((yuan(&bill.bill), yuan(&bill.cost)), (2_600, 920));
}
