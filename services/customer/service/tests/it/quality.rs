//! The quality loop over the wire: figures worked out by hand, and what is wrong named field by field.

use super::heard::listening;
use super::{at, call, client, fields, furnish, li, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::r#type as google;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{Kind, TestSuite};

on_both!(causes_are_weighed_and_failures_figured_with_machines_that_did_not_fail);
on_both!(the_lot_out_of_control_is_found_page_by_page);
on_both!(a_lot_alert_raises_itself_once_each_time_the_lot_goes_over);

fn yuan(units: i64) -> Option<google::Money> {
    Some(google::Money { currency_code: "CNY".to_owned(), units, nanos: 0 })
}

fn hours(value: &str) -> Option<google::Decimal> {
    Some(google::Decimal { value: value.to_owned() })
}

/// Machines `{lot}-0` and so on of a product, working since the first of January 2025.
async fn machines(suite: &TestSuite, call: &Call, (product, lot): (&str, &str), count: usize) {
    let asset = |i: usize| pb::UpdateAssetRequest {
        asset: Some(pb::Asset {
            name: format!("customers/c1/assets/{lot}-{i}"),
            serial_number: format!("{}-{i}", lot.to_uppercase()),
            product: product.to_owned(),
            lot: lot.to_owned(),
            commission_date: Some(google::Date { year: 2025, month: 1, day: 1 }),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    let request = pb::BatchUpdateAssetsRequest {
        parent: "customers/-".to_owned(),
        requests: (0..count).map(asset).collect(),
        request_id: request_id(),
    };
    let mut client = client!(suite, call, asset_service_client::AssetServiceClient);
    client.batch_update_assets(request).await.unwrap();
}

fn repair(
    id: &str,
    asset: &str,
    mode: &str,
    (from, to): (&str, &str),
) -> pb::UpdateWorkOrderRequest {
    pb::UpdateWorkOrderRequest {
        work_order: Some(pb::WorkOrder {
            name: format!("workOrders/{id}"),
            asset: format!("customers/-/assets/{asset}"),
            kind: pb::WorkOrderKind::Repair.into(),
            failure_mode: mode.to_owned(),
            report_time: at(from),
            complete_time: at(to),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    }
}

async fn repairs(suite: &TestSuite, call: &Call, requests: Vec<pb::UpdateWorkOrderRequest>) {
    let request = pb::BatchUpdateWorkOrdersRequest { requests, request_id: request_id() };
    let mut client = client!(suite, call, work_order_service_client::WorkOrderServiceClient);
    client.batch_update_work_orders(request).await.unwrap();
}

async fn causes_are_weighed_and_failures_figured_with_machines_that_did_not_fail(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    machines(&suite, &call, ("products/p1", "l7"), 2).await;
    let (first, second) = ("2025-01-11T00:00:00Z", "2025-01-12T00:00:00Z");
    let mut all = vec![
        repair("w1", "l7-0", "SEAL", (first, second)),
        // The seal again, 20 days after the first repair; then the valve.
        repair("w2", "l7-0", "SEAL", ("2025-02-01T00:00:00Z", "2025-02-02T00:00:00Z")),
        repair("w3", "l7-0", "VALVE", ("2025-02-03T00:00:00Z", "2025-02-04T00:00:00Z")),
    ];
    for (request, fix) in all.iter_mut().zip([Some(true), Some(false), None]) {
        let order = request.work_order.as_mut().unwrap();
        order.first_time_fix = fix;
        order.labour_cost = yuan(100);
        order.travel_cost = yuan(50);
        order.downtime_hours = hours("2.5");
        order.parts = vec![pb::PartUsage {
            part: "parts/s1".to_owned(),
            part_name: "Seal".to_owned(),
            removed_lot: "Q3".to_owned(),
            quantity: hours("2"),
            unit_cost: yuan(30),
            ..Default::default()
        }];
    }
    repairs(&suite, &call, all).await;
    let mut client = client!(suite, &call, work_order_service_client::WorkOrderServiceClient);
    let mut pareto = pb::AnalyseParetoRequest {
        dimension: pb::ParetoDimension::FailureMode.into(),
        ..Default::default()
    };
    let answer = client.analyse_pareto(pareto.clone()).await.unwrap().into_inner();
    assert_eq!((answer.total, answer.line_count), (3, 2));
    let line = &answer.lines[0];
    assert_eq!((line.key.as_str(), line.count, &line.cost), ("SEAL", 2, &yuan(300)));
    assert_eq!(line.downtime_hours, hours("5"));
    assert!((line.share - 2.0 / 3.0).abs() < 1e-12);
    assert!((answer.lines[1].cumulative_share - 1.0).abs() < 1e-12);
    for (dimension, key, cost) in [
        (pb::ParetoDimension::Lot, "l7", 450),
        (pb::ParetoDimension::Part, "parts/s1", 180),
        (pb::ParetoDimension::PartLot, "Q3", 180),
    ] {
        pareto.dimension = dimension.into();
        let answer = client.analyse_pareto(pareto.clone()).await.unwrap().into_inner();
        let seen: Vec<_> =
            answer.lines.iter().map(|l| (l.key.as_str(), l.count, &l.cost)).collect();
        assert_eq!(seen, [(key, 3, &yuan(cost))]);
    }
    pareto.filter = "failure_mode = VALVE".to_owned();
    assert_eq!(client.analyse_pareto(pareto).await.unwrap().into_inner().total, 1);

    let request = pb::AnalyseReliabilityRequest {
        asset_filter: "product = \"products/p1\"".to_owned(),
        end_time: at("2025-04-21T00:00:00Z"),
        ..Default::default()
    };
    let answer = client.analyse_reliability(request.clone()).await.unwrap().into_inner();
    // Watched from the first failure, 100 days, two machines, one of which never failed.
    assert_eq!(answer.start_time, at(first));
    let found = &answer.figures[0];
    assert_eq!((found.group.as_str(), found.machines, found.failures), ("products/p1", 2, 3));
    assert!((found.machine_days - 200.0).abs() < 1e-9);
    assert!((found.mtbf_days - 200.0 / 3.0).abs() < 1e-9);
    // Chi-square: 17.535 at 8 degrees and 1.237 at 6.
    assert!((found.mtbf_lower - 400.0 / 17.535).abs() < 0.01);
    assert!((found.mtbf_upper - 400.0 / 1.237_3).abs() < 0.1);
    assert_eq!((found.repairs_watched, found.repeat_failures), (3, 1));
    assert_eq!((found.visits_known, found.first_time_fixes), (2, 1));
    let narrow = pb::AnalyseReliabilityRequest { repeat_window_days: 10, ..request };
    let answer = client.analyse_reliability(narrow).await.unwrap().into_inner();
    assert_eq!(answer.figures[0].repeat_failures, 0);

    let wrong = pb::AnalyseReliabilityRequest {
        filter: "colour = RED".to_owned(),
        asset_filter: "product".to_owned(),
        repeat_window_days: -1,
        group_by: 77,
        start_time: at("2025-02-01T00:00:00Z"),
        end_time: at("2025-01-01T00:00:00Z"),
    };
    let status = client.analyse_reliability(wrong).await.unwrap_err();
    let expected = ["filter", "asset_filter", "end_time", "group_by", "repeat_window_days"];
    assert_eq!(fields(&status), expected);
    let wrong = pb::AnalyseParetoRequest { max_lines: -1, ..Default::default() };
    assert_eq!(
        fields(&client.analyse_pareto(wrong).await.unwrap_err()),
        ["dimension", "max_lines"]
    );
}

async fn the_lot_out_of_control_is_found_page_by_page(kind: Kind) {
    let (suite, call) = (suite(kind).await, call("demo", "li", "2026-01-11T00:00:00Z"));
    furnish(&suite, &call).await;
    let mut all = Vec::new();
    for (product, lot, failures) in [
        ("products/p1", "a", 2),
        ("products/p1", "b", 40),
        ("products/p1", "c", 3),
        ("products/p2", "d", 30),
        ("products/p2", "e", 1),
    ] {
        machines(&suite, &call, (product, lot), 10).await;
        for i in 0..failures {
            let (asset, day) = (format!("{lot}-{}", i % 10), 11 + i % 18);
            let from = format!("2025-{:02}-{day}T00:00:00Z", 1 + i / 18);
            let to = format!("2025-{:02}-{day}T08:00:00Z", 1 + i / 18);
            all.push(repair(&format!("{lot}{i}"), &asset, "SEAL", (&from, &to)));
        }
    }
    repairs(&suite, &call, all).await;
    let mut client = client!(suite, &call, work_order_service_client::WorkOrderServiceClient);
    let mut request = pb::ListQualityAlertsRequest { page_size: 1, ..Default::default() };
    let first = client.list_quality_alerts(request.clone()).await.unwrap().into_inner();
    assert_eq!((first.alerts.len(), first.alerts[0].lot.as_str()), (1, "b"));
    assert!(first.alerts[0].rate > first.alerts[0].upper_limit);
    assert_eq!((first.alerts[0].failures, first.alerts[0].machines), (40, 10));
    // Watched for one year of 365 days.
    assert!((first.alerts[0].machine_years - 10.0 * 365.0 / 365.25).abs() < 1e-9);
    request.page_token = first.next_page_token;
    let second = client.list_quality_alerts(request.clone()).await.unwrap().into_inner();
    assert_eq!((second.alerts[0].lot.as_str(), second.next_page_token.as_str()), ("d", ""));
    request.page_token = "x".to_owned();
    assert_eq!(fields(&client.list_quality_alerts(request).await.unwrap_err()), ["page_token"]);
}

/// Failures of a lot so far, as completed repairs of its ten machines.
fn failures(lot: &str, count: std::ops::Range<usize>) -> Vec<pb::UpdateWorkOrderRequest> {
    let one = |i: usize| {
        let (asset, day) = (format!("{lot}-{}", i % 10), 11 + i % 18);
        let from = format!("2025-{:02}-{day}T00:00:00Z", 1 + i / 18);
        let to = format!("2025-{:02}-{day}T08:00:00Z", 1 + i / 18);
        repair(&format!("{lot}{i}"), &asset, "SEAL", (&from, &to))
    };
    count.map(one).collect()
}

async fn lot_alerts(suite: &TestSuite, filter: &str) -> Vec<pb::LotAlert> {
    let call = li();
    let mut client = client!(suite, &call, work_order_service_client::WorkOrderServiceClient);
    let request = pb::ListLotAlertsRequest {
        filter: filter.to_owned(),
        order_by: "create_time".to_owned(),
        ..Default::default()
    };
    client.list_lot_alerts(request).await.unwrap().into_inner().lot_alerts
}

async fn a_lot_alert_raises_itself_once_each_time_the_lot_goes_over(kind: Kind) {
    let (suite, heard) = listening(kind, &["aftercare.customer.v1.LotAlertRaised"]).await;
    let call = call("demo", "li", "2026-01-11T00:00:00Z");
    furnish(&suite, &call).await;
    for lot in ["a", "b", "c"] {
        machines(&suite, &call, ("products/p1", lot), 10).await;
    }
    let run = async |now: &str| {
        let now = now.parse().unwrap();
        let (one, two) =
            tokio::join!(suite.run_due("customer", now), suite.run_due("customer", now));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!((one.failed + two.failed, one.dead + two.dead), (0, 0));
        one.done + two.done
    };
    let alike = [failures("a", 0..2), failures("b", 0..2), failures("c", 0..3)].concat();
    repairs(&suite, &call, alike).await;
    assert_eq!(run("2026-01-11T00:00:59Z").await, 0);
    assert_eq!(run("2026-01-11T00:01:00Z").await, 1);
    assert!(lot_alerts(&suite, "").await.is_empty());
    // Two writes within the minute are one look, by one replica of two, though the server was away for an hour.
    repairs(&suite, &call, failures("b", 2..30)).await;
    repairs(&suite, &call, failures("b", 30..40)).await;
    assert_eq!(run("2026-01-11T01:00:00Z").await, 1);
    let open = lot_alerts(&suite, "state = OPEN").await;
    assert_eq!(open.len(), 1, "{open:?}");
    let alert = open[0].alert.as_ref().unwrap();
    assert_eq!(
        (alert.product.as_str(), alert.lot.as_str(), alert.failures),
        ("products/p1", "b", 40)
    );
    assert_eq!(open[0].create_time, at("2026-01-11T01:00:00Z"));
    // Still over the limit: nothing new is said.
    repairs(&suite, &call, failures("b", 40..45)).await;
    assert_eq!(run("2026-01-11T02:00:00Z").await, 1);
    assert_eq!(lot_alerts(&suite, "").await.len(), 1);
    // The other lots fail as often: it is within the limit again.
    let others = [failures("a", 2..45), failures("c", 3..45)].concat();
    repairs(&suite, &call, others).await;
    run("2026-01-11T03:00:00Z").await;
    let closed = lot_alerts(&suite, "state = CLOSED AND lot = \"b\"").await;
    assert_eq!((closed.len(), closed[0].close_time), (1, at("2026-01-11T03:00:00Z")));
    // And over it once more.
    repairs(&suite, &call, failures("b", 45..140)).await;
    run("2026-01-11T04:00:00Z").await;
    let all = lot_alerts(&suite, "product = \"products/p1\"").await;
    let states: Vec<_> = all.iter().map(pb::LotAlert::state).collect();
    assert_eq!(states, [pb::LotAlertState::Closed, pb::LotAlertState::Open]);
    let last = all[1].name.clone();
    let told = heard.until(|event: &pb::LotAlertRaised| event.lot_alert == last).await;
    let told: Vec<_> = told.iter().map(|event| event.lot_alert.as_str()).collect();
    assert_eq!(told, [all[0].name.as_str(), last.as_str()]);
}
