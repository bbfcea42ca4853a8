//! Warnings and escalations fire by jobs: once for each clock and level, in order, also after an outage and in a race.

use super::{at, call, client, furnish, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::testing::{Kind, TestSuite};
use jiff::Timestamp;

on_both!(levels_fire_when_their_time_comes_and_never_again);
on_both!(after_an_outage_everything_missed_fires_in_order_with_its_true_time);
on_both!(replicas_that_race_fire_each_level_once);
on_both!(a_clock_that_stopped_in_time_fires_nothing);

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A quality complaint of Saturday 28 February 2026, 09:00, a make-up day: the finding is due after one business hour, the
/// first reply after 24 hours, the rest in 30 days.
async fn complain(suite: &TestSuite, id: &str) {
    let call = call("demo", "li", "2026-02-28T09:00:00+08");
    let request = pb::CreateCaseRequest {
        case: Some(pb::Case {
            customer: "customers/c1".to_owned(),
            kind: pb::CaseKind::Complaint.into(),
            category: pb::ComplaintCategory::ProductQuality.into(),
            subject: "Compressor down again".to_owned(),
            report_time: at("2026-02-28T09:00:00+08"),
            ..Default::default()
        }),
        case_id: id.to_owned(),
        request_id: request_id(),
    };
    client!(suite, &call, case_service_client::CaseServiceClient)
        .create_case(request)
        .await
        .unwrap();
}

async fn begin(kind: Kind) -> TestSuite {
    let suite = suite(kind).await;
    furnish(&suite, &call("demo", "li", "2026-02-28T08:59:00+08")).await;
    complain(&suite, "k1").await;
    suite
}

/// Clock, level, true time and observed time of what the timeline says fired.
async fn fired(suite: &TestSuite, case: &str) -> Vec<(String, String, String, String)> {
    let call = call("demo", "li", "2026-05-01T12:00:00+08");
    let mut client = client!(suite, &call, case_service_client::CaseServiceClient);
    let request =
        pb::ListCaseEntriesRequest { parent: format!("cases/{case}"), ..Default::default() };
    let entries = client.list_case_entries(request).await.unwrap().into_inner().entries;
    let local = |at: Option<prost_types::Timestamp>| {
        let at = Timestamp::new(at.unwrap().seconds, 0).unwrap();
        at.to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai").unwrap())
            .strftime("%d %H:%M")
            .to_string()
    };
    let told = entries.into_iter().filter_map(|entry| {
        let clock = entry.clock.rsplit('/').next().unwrap_or_default().to_owned();
        assert_eq!(entry.fired_level.is_some(), !entry.notify.is_empty());
        entry.fired_level.map(|f| (clock, f.level, local(f.true_time), local(f.observe_time)))
    });
    told.collect()
}

fn row(
    clock: &str,
    level: &str,
    true_time: &str,
    observed: &str,
) -> (String, String, String, String) {
    (clock.to_owned(), level.to_owned(), true_time.to_owned(), observed.to_owned())
}

async fn levels_fire_when_their_time_comes_and_never_again(kind: Kind) {
    let suite = begin(kind).await;
    let none = suite.run_due("customer", time("2026-02-28T09:47:59+08")).await.unwrap();
    assert_eq!((none.done, fired(&suite, "k1").await), (0, vec![]));
    let ran = suite.run_due("customer", time("2026-02-28T09:48:00+08")).await.unwrap();
    assert_eq!(ran.done, 1);
    let first = row("investigation", "at_risk", "28 09:48", "28 09:48");
    assert_eq!(fired(&suite, "k1").await, vec![first.clone()]);
    suite.run_due("customer", time("2026-02-28T09:48:00+08")).await.unwrap();
    suite.run_due("customer", time("2026-02-28T10:00:30+08")).await.unwrap();
    let second = row("investigation", "supervisor", "28 10:00", "28 10:00");
    assert_eq!(fired(&suite, "k1").await, vec![first, second]);
    let call = call("demo", "li", "2026-02-28T10:01:00+08");
    let mut cases = client!(suite, &call, case_service_client::CaseServiceClient);
    let case = cases.get_case(pb::GetCaseRequest { name: "cases/k1".to_owned() }).await.unwrap();
    let finding = case.into_inner().clocks.into_iter().find(|c| c.name.ends_with("investigation"));
    let levels: Vec<_> = finding.unwrap().fired_levels.into_iter().map(|f| f.level).collect();
    assert_eq!(levels, ["at_risk", "supervisor"]);
}

async fn after_an_outage_everything_missed_fires_in_order_with_its_true_time(kind: Kind) {
    let suite = begin(kind).await;
    let ran = suite.run_due("customer", time("2026-03-02T12:00:00+08")).await.unwrap();
    assert_eq!((ran.done, ran.failed), (1, 0));
    let observed = "02 12:00";
    let expected = [
        ("investigation", "at_risk", "28 09:48"),
        ("investigation", "supervisor", "28 10:00"),
        ("investigation", "manager", "28 11:00"),
        ("first-reply", "at_risk", "01 04:12"),
        ("first-reply", "supervisor", "01 09:00"),
        ("first-reply", "manager", "02 09:00"),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(clock, level, at)| row(clock, level, at, observed)).collect();
    assert_eq!(fired(&suite, "k1").await, expected);
    suite.run_due("customer", time("2026-03-02T13:00:00+08")).await.unwrap();
    assert_eq!(fired(&suite, "k1").await, expected);
}

async fn replicas_that_race_fire_each_level_once(kind: Kind) {
    let suite = begin(kind).await;
    for n in 2..=12 {
        complain(&suite, &format!("k{n}")).await;
    }
    let now = time("2026-03-02T12:00:00+08");
    let racing = tokio::join!(
        suite.run_due("customer", now),
        suite.run_due("customer", now),
        suite.run_due("customer", now)
    );
    let ran = [racing.0.unwrap(), racing.1.unwrap(), racing.2.unwrap()];
    assert_eq!(ran.iter().map(|ran| ran.done).sum::<usize>(), 12, "{ran:?}");
    for n in 1..=12 {
        assert_eq!(fired(&suite, &format!("k{n}")).await.len(), 6, "case {n}");
    }
}

async fn a_clock_that_stopped_in_time_fires_nothing(kind: Kind) {
    let suite = begin(kind).await;
    let call = call("demo", "li", "2026-02-28T09:10:00+08");
    let mut cases = client!(suite, &call, case_service_client::CaseServiceClient);
    let request = pb::WithdrawCaseRequest {
        name: "cases/k1".to_owned(),
        reason: "solved by itself".to_owned(),
        ..Default::default()
    };
    cases.withdraw_case(request).await.unwrap();
    let ran = suite.run_due("customer", time("2026-06-01T12:00:00+08")).await.unwrap();
    assert_eq!((ran.done, fired(&suite, "k1").await), (0, vec![]));
}
