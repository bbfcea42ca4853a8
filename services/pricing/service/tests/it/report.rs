//! Reports add up in every direction; regions that cost more than chance explains are proposed a price of their own.

use super::contract_life::{at, date, in_force, micros};
use super::experience::{Job, Listening, observed, tell, without_power_off};
use super::failure_model::history;
use super::told::{overhearing, wait};
use super::{call, client, fields, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::{Event, Period};
use aftercare_api::google::r#type::{Date, Money};
use aftercare_platform::testing::Kind;
use prost::Message;

on_both!(a_report_adds_up_in_every_direction);
on_both!(a_report_stays_what_it_was_when_it_was_made);
on_both!(a_time_that_cannot_be_is_refused_and_an_empty_one_reported);
on_both!(a_dear_region_is_proposed_a_price_of_its_own);
on_both!(the_report_of_a_week_proposes_regional_prices_and_others_are_told_of_it);
on_both!(the_monitor_holds_losses_and_failures_against_what_was_predicted);

fn period(start: Option<Date>, end: Option<Date>) -> Option<Period> {
    Some(Period { start_date: start, end_date: end })
}

/// A dear contract and a cheap one, with work in September 2026.
async fn two_contracts(kind: Kind) -> Listening {
    let (suite, consumers) = observed(kind).await;
    let (zj0, zj1) = ("customers/c1/assets/zj-0", "customers/c1/assets/zj-1");
    for (id, machine) in [("q1", zj0), ("q2", zj1)] {
        let mut ask = without_power_off(id);
        ask.assets = vec![machine.to_owned()];
        in_force(&suite, ask).await;
    }
    let jobs = [
        Job {
            id: "w1",
            machine: zj0,
            day: "2026-09-03",
            parts: 3_000_000,
            engineer: "employees/wang",
            ..Job::default()
        },
        Job {
            id: "w2",
            machine: zj1,
            day: "2026-09-20",
            engineer: "employees/wang",
            ..Job::default()
        },
        Job { id: "w3", machine: zj1, day: "2026-09-21", cause: "POWER_OFF", ..Job::default() },
        Job { id: "w4", machine: zj1, day: "2026-10-02", ..Job::default() },
    ];
    let events: Vec<Event> = jobs.iter().map(Job::event).collect();
    tell(&consumers, &events).await;
    (suite, consumers)
}

async fn a_report_stays_what_it_was_when_it_was_made(kind: Kind) {
    let ((suite, consumers), call) = (two_contracts(kind).await, call());
    let mut reports = client!(suite, &call, report_service_client::ReportServiceClient);
    let ask = || pb::CreateProfitabilityReportRequest {
        period: period(date(2026, 9, 1), date(2026, 10, 1)),
        request_id: request_id(),
        ..Default::default()
    };
    let report = reports.create_profitability_report(ask()).await.unwrap().into_inner();
    // Work of that month of which nobody had told, other prices of hours, a contract that ends.
    let late =
        Job { id: "w9", machine: "customers/c1/assets/zj-1", day: "2026-09-09", ..Job::default() };
    tell(&consumers, &[late.event()]).await;
    let mut policies = client!(suite, &call, policy_service_client::PolicyServiceClient);
    let change = pb::UpdatePricingPolicyRequest {
        pricing_policy: Some(pb::PricingPolicy {
            name: "pricingPolicy".to_owned(),
            target_margin: super::quote::decimal("0.25"),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["target_margin".to_owned()] }),
        ..Default::default()
    };
    policies.update_pricing_policy(change).await.unwrap();
    let now = reports.create_profitability_report(ask()).await.unwrap().into_inner();
    assert_ne!(now.groups, report.groups, "the same month as it is known now");
    let get = |language: &str| pb::GetProfitabilityReportRequest {
        name: report.name.clone(),
        language_code: language.to_owned(),
    };
    let kept = reports.get_profitability_report(get("")).await.unwrap().into_inner();
    assert_eq!(kept.encode_to_vec(), report.encode_to_vec());
    let again = reports.get_profitability_report(get("en")).await.unwrap().into_inner();
    assert_eq!(again.encode_to_vec(), report.encode_to_vec(), "rendered anew");
    let chinese = reports.get_profitability_report(get("zh")).await.unwrap().into_inner();
    let twice = reports.get_profitability_report(get("zh")).await.unwrap().into_inner();
    assert_eq!(chinese, twice);
}

async fn a_report_adds_up_in_every_direction(kind: Kind) {
    let (suite, _) = two_contracts(kind).await;
    let call = call();
    let mut reports = client!(suite, &call, report_service_client::ReportServiceClient);
    let ask = pb::CreateProfitabilityReportRequest {
        period: period(date(2026, 9, 1), date(2026, 10, 1)),
        request_id: request_id(),
        ..Default::default()
    };
    let report = reports.create_profitability_report(ask.clone()).await.unwrap().into_inner();
    assert_eq!(reports.create_profitability_report(ask).await.unwrap().into_inner(), report);
    let all = report.groups.iter().find(|group| group.dimension == "all").unwrap();
    let sunk = report.funnel.iter().filter(|point| point.under_water).count();
    assert_eq!((all.contract_count, all.under_water_count as usize), (2, sunk));
    let yuan = |money: &Option<Money>| micros(money.as_ref()) / 1_000_000;
    assert_eq!(yuan(&all.actual_cost), 3_000_500 + 1_400 + 1_400);
    assert_eq!(yuan(&all.leakage), 1_400);
    for dimension in ["region", "product", "age", "segment", "salesperson"] {
        let groups = report.groups.iter().filter(|group| group.dimension == dimension);
        let sum = groups.fold((0, 0, 0), |sum, group| {
            let part = |money: &Option<Money>| micros(money.as_ref());
            (
                sum.0 + part(&group.revenue),
                sum.1 + part(&group.actual_cost),
                sum.2 + part(&group.leakage),
            )
        });
        let whole = [&all.revenue, &all.actual_cost, &all.leakage].map(|m| micros(m.as_ref()));
        assert_eq!([sum.0, sum.1, sum.2], whole, "{dimension}");
    }
    for group in &report.groups {
        let own = (f64::from(group.failure_count) / 1082.41).sqrt();
        assert!((group.credibility - own).abs() < 1e-12, "{group:?}");
    }
    assert!(all.credibility > 0.0, "two failures count a little");
    let engineers: Vec<(&str, i64)> = report
        .groups
        .iter()
        .filter(|group| group.dimension == "technician")
        .map(|group| (group.value.as_str(), yuan(&group.actual_cost)))
        .collect();
    assert_eq!(engineers, [("", 1_400), ("employees/wang", 3_000_500 + 1_400)]);
    let region = report.groups.iter().find(|group| group.dimension == "region").unwrap();
    assert_eq!(region.value, "330000");
    let steps: Vec<(&str, i64)> = report
        .waterfall
        .iter()
        .map(|step| (step.step.as_str(), micros(step.amount.as_ref())))
        .collect();
    assert_eq!(steps[0].1 + steps[1].1 + steps[2].1, steps[3].1, "{steps:?}");
    assert_eq!(steps[3].1 + steps[4].1, steps[5].1, "{steps:?}");
    assert_eq!(steps[3], ("pocket price", micros(all.revenue.as_ref())));
    assert_eq!(report.funnel.len(), 2);
    let bad = report.funnel.iter().find(|point| point.under_water).unwrap();
    assert_eq!((bad.contract.as_str(), bad.actual), ("contracts/k1", 1));
    for part in ["<svg", "contracts/k1", "users/li", "330000", "By product"] {
        assert!(report.html.contains(part), "{part}");
    }
    let get = |language: &str| pb::GetProfitabilityReportRequest {
        name: report.name.clone(),
        language_code: language.to_owned(),
    };
    assert_eq!(reports.get_profitability_report(get("")).await.unwrap().into_inner(), report);
    let chinese = reports.get_profitability_report(get("zh-CN")).await.unwrap().into_inner();
    assert!(chinese.html.contains("按技师") && chinese.html.contains("employees/wang"));
    assert_eq!((&chinese.groups, &chinese.funnel), (&report.groups, &report.funnel));
    let refused = reports.get_profitability_report(get("fr")).await.unwrap_err();
    assert_eq!(fields(&refused), ["language_code"]);
    let list = pb::ListProfitabilityReportsRequest::default();
    let listed = reports.list_profitability_reports(list).await.unwrap().into_inner();
    assert_eq!(listed.profitability_reports, [report]);
}

async fn a_time_that_cannot_be_is_refused_and_an_empty_one_reported(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut reports = client!(suite, &call, report_service_client::ReportServiceClient);
    for (start, end, wrong) in [
        (None, date(2026, 10, 1), "period.start_date"),
        (date(2026, 10, 1), date(2026, 10, 1), "period.end_date"),
        (date(1990, 1, 1), date(2026, 10, 1), "period.end_date"),
    ] {
        let ask = pb::CreateProfitabilityReportRequest {
            period: period(start, end),
            ..Default::default()
        };
        let refused = reports.create_profitability_report(ask).await.unwrap_err();
        assert_eq!(fields(&refused), [wrong]);
    }
    let none = pb::CreateProfitabilityReportRequest::default();
    let refused = reports.create_profitability_report(none).await.unwrap_err();
    assert_eq!(fields(&refused), ["period"]);
    let empty = pb::CreateProfitabilityReportRequest {
        period: period(date(2020, 1, 1), date(2020, 2, 1)),
        ..Default::default()
    };
    let empty = reports.create_profitability_report(empty).await.unwrap().into_inner();
    assert!(empty.groups.is_empty() && empty.html.contains("No contract held"));
}

fn machine(id: &str, region: &str) -> Event {
    let told = customer::AssetChanged {
        asset: format!("customers/c2/assets/{id}"),
        customer: "customers/c2".to_owned(),
        product: "products/p1".to_owned(),
        commission_date: date(2020, 1, 1),
        region_code: region.to_owned(),
        event_time: Some(prost_types::Timestamp { seconds: 1_577_836_800, nanos: 0 }),
        ..Default::default()
    };
    Event {
        id: format!("machine-{id}"),
        source: "/customer".to_owned(),
        r#type: "aftercare.customer.v1.AssetChanged".to_owned(),
        tenant: "demo".to_owned(),
        data: told.encode_to_vec(),
        ..Default::default()
    }
}

async fn a_dear_region_is_proposed_a_price_of_its_own(kind: Kind) {
    let (suite, consumers) = observed(kind).await;
    tell(&consumers, &a_dear_region(2025)).await;
    let call = call();
    let mut reports = client!(suite, &call, report_service_client::ReportServiceClient);
    let ask =
        pb::ProposeRegionalPricesRequest { period: period(date(2025, 1, 1), date(2026, 1, 1)) };
    let proposals = reports.propose_regional_prices(ask).await.unwrap().into_inner().proposals;
    let dear = proposals.iter().find(|proposal| proposal.region_code == "350000").unwrap();
    let factor: f64 = dear.factor.as_ref().unwrap().value.parse().unwrap();
    assert!(factor > 3.0 && dear.p_value < 0.001, "{dear:?}");
    // 24 x 5,000 over four machines and a year.
    let rate = micros(dear.machine_year_cost.as_ref()) as f64 / 1e6;
    assert!((rate - 30_000.0).abs() < 50.0, "{rate}");
    assert!((dear.machine_years - 4.0).abs() < 0.01);
    let backwards =
        pb::ProposeRegionalPricesRequest { period: period(date(2026, 1, 1), date(2025, 1, 1)) };
    let refused = reports.propose_regional_prices(backwards).await.unwrap_err();
    assert_eq!(fields(&refused), ["period.end_date"]);
}

async fn the_report_of_a_week_proposes_regional_prices_and_others_are_told_of_it(kind: Kind) {
    let (suite, consumers, heard) = overhearing(kind).await;
    tell(&consumers, &history()).await;
    tell(&consumers, &a_dear_region(2026)).await;
    // Activated on 1 July 2026; the contract holds from 1 August.
    in_force(&suite, without_power_off("q1")).await;
    tell(&consumers, &[Job { id: "w1", day: "2026-08-05", ..Job::default() }.event()]).await;
    for _ in 0..2 {
        suite.run_due("pricing", at("2026-08-10").now).await.unwrap();
    }
    // Six weeks, a month, and the contract itself.
    let told: Vec<pb::ProfitabilityReportCreated> = wait(&heard, 8)
        .await
        .iter()
        .filter(|event| event.r#type.ends_with("ProfitabilityReportCreated"))
        .map(|event| pb::ProfitabilityReportCreated::decode(event.data.as_slice()).unwrap())
        .collect();
    assert_eq!(told.len(), 7, "{told:?}");
    let week = period(date(2026, 8, 3), date(2026, 8, 10));
    let told = told.iter().find(|told| told.period == week).unwrap();
    let call = at("2026-08-10");
    let mut reports = client!(suite, &call, report_service_client::ReportServiceClient);
    let get = |language: &str| pb::GetProfitabilityReportRequest {
        name: told.profitability_report.clone(),
        language_code: language.to_owned(),
    };
    let report = reports.get_profitability_report(get("")).await.unwrap().into_inner();
    let all = report.groups.iter().find(|group| group.dimension == "all").unwrap();
    assert_eq!((report.period, told.contract_count), (week, 1));
    assert_eq!(
        (&told.revenue, &told.actual_cost, told.under_water_count),
        (&all.revenue, &all.actual_cost, all.under_water_count)
    );
    assert!(micros(told.actual_cost.as_ref()) > 0 && micros(told.revenue.as_ref()) > 0);

    assert_eq!(report.regional_period, period(date(2025, 8, 10), date(2026, 8, 10)), "a year");
    let ask = pb::ProposeRegionalPricesRequest { period: report.regional_period };
    let asked = reports.propose_regional_prices(ask).await.unwrap().into_inner().proposals;
    assert_eq!(report.regional_proposals, asked, "as the RPC says");
    assert!(asked.iter().any(|proposal| proposal.region_code == "350000"), "{asked:?}");
    let chinese = reports.get_profitability_report(get("zh")).await.unwrap().into_inner();
    for proposal in &report.regional_proposals {
        let factor = &proposal.factor.as_ref().unwrap().value;
        let row = format!("<tr><td>{}</td><td>{factor}</td>", proposal.region_code);
        assert!(report.html.contains(&row) && chinese.html.contains(&row), "{row}");
    }
}

fn a_dear_region(year: i32) -> Vec<Event> {
    let mut events = Vec::new();
    for (region, repairs, parts) in
        [("350100", 24, 4_500), ("360100", 24, 500), ("340100", 24, 500)]
    {
        for i in 0..4 {
            events.push(machine(&format!("m{region}-{i}"), region));
        }
        for i in 0..repairs {
            let machine = format!("customers/c2/assets/m{region}-{}", i % 4);
            let (id, day) = (format!("r{region}-{i}"), format!("{year}-{:02}-15", 1 + i % 12));
            let job = Job { id: &id, machine: &machine, day: &day, parts, ..Job::default() };
            events.push(job.event());
        }
    }
    events
}

async fn the_monitor_holds_losses_and_failures_against_what_was_predicted(kind: Kind) {
    let (suite, _) = two_contracts(kind).await;
    let call = call();
    let mut reports = client!(suite, &call, report_service_client::ReportServiceClient);
    let early = pb::MonitorLossesRequest { as_of_date: date(2026, 11, 1), ..Default::default() };
    let early = reports.monitor_losses(early).await.unwrap().into_inner();
    assert_eq!((early.finished_contract_count, early.contract_count), (0, 2));
    assert_eq!((early.loss_p_value, early.calibration_p_value), (1.0, None), "too few to test");
    assert!((early.calibration_bars.iter().sum::<f64>() - 10.0).abs() < 1e-9);
    assert_eq!(early.months.len(), 24);
    let months = &early.months[21..];
    let failures: Vec<(Option<Date>, i32)> =
        months.iter().map(|month| (month.month, month.failures)).collect();
    // Contracts hold from 1 August; the machine that was without power is no failure of ours.
    assert_eq!(failures, [(date(2026, 8, 1), 0), (date(2026, 9, 1), 2), (date(2026, 10, 1), 1)]);
    assert!(early.months[..21].iter().all(|month| month.expected_failures == 0.0));
    let mut sum = 0.0f64;
    for month in months {
        assert!(month.expected_failures > 0.0);
        let step = f64::from(month.failures) * 1.5f64.ln() - 0.5 * month.expected_failures;
        sum = (sum + step).max(0.0);
        assert!((month.worse_sum - sum).abs() < 1e-9);
    }
    assert!((early.alarm_limit - 240f64.ln()).abs() < 1e-12);

    // Both terms are over: one contract lost three million, the other did not lose.
    let over = pb::MonitorLossesRequest { as_of_date: date(2029, 8, 1), ..Default::default() };
    let over = reports.monitor_losses(over).await.unwrap().into_inner();
    assert_eq!((over.finished_contract_count, over.realised_losses), (2, 1));
    let quotes: Vec<f64> = {
        let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
        let mut found = Vec::new();
        for name in ["quotes/q1", "quotes/q2"] {
            let get = pb::GetQuoteRequest { name: name.to_owned() };
            found.push(quotes.get_quote(get).await.unwrap().into_inner().loss_probability);
        }
        found
    };
    assert!((over.predicted_losses - quotes.iter().sum::<f64>()).abs() < 1e-12);

    let ratio = Some(aftercare_api::google::r#type::Decimal { value: "1".to_owned() });
    let wrong = pb::MonitorLossesRequest { as_of_date: date(2026, 2, 30), months: 61, ratio };
    let refused = reports.monitor_losses(wrong).await.unwrap_err();
    assert_eq!(fields(&refused), ["as_of_date", "months", "ratio"]);
}
