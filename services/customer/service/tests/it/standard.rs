//! Service standards follow each other; a stricter grade tightens running clocks; rebase and amended calendars move them.

use super::{at, call, client, fields, furnish, li, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::r#type::v1 as common;
use aftercare_api::google::r#type as google;
use aftercare_platform::testing::{Kind, TestSuite};
use prost::Message as _;

on_both!(standards_of_a_grade_leave_no_gap_and_no_overlap);
on_both!(a_better_grade_tightens_running_promises_and_a_worse_one_loosens_none);
on_both!(a_rebase_moves_running_clocks_and_keeps_what_was_counted);
on_both!(an_amended_calendar_moves_deadlines_and_timers);
on_both!(a_calendar_takes_in_an_icalendar_file);
on_both!(calendars_come_in_pages);

const MORNING: &str = "2026-03-02T09:00:00+08";

macro_rules! standards {
    ($suite:expr, $call:expr) => {
        client!($suite, $call, standard_service_client::StandardServiceClient)
    };
}

fn date(year: i32, month: i32, day: i32) -> Option<google::Date> {
    Some(google::Date { year, month, day })
}

fn standard(grade: pb::GradeLetter, start: Option<google::Date>) -> pb::ServiceStandard {
    pb::ServiceStandard {
        grade: grade.into(),
        period: Some(common::Period { start_date: start, end_date: None }),
        ..Default::default()
    }
}

fn create(standard: pb::ServiceStandard, id: &str) -> pb::CreateServiceStandardRequest {
    pb::CreateServiceStandardRequest {
        service_standard: Some(standard),
        service_standard_id: id.to_owned(),
        request_id: request_id(),
    }
}

async fn standards_of_a_grade_leave_no_gap_and_no_overlap(kind: Kind) {
    let suite = suite(kind).await;
    let mut client = standards!(suite, &li());
    let request = create(standard(pb::GradeLetter::A, date(2026, 4, 1)), "a-2026");
    client.create_service_standard(request).await.unwrap();
    let get = pb::GetServiceStandardRequest { name: "serviceStandards/grade-a".to_owned() };
    let before = client.get_service_standard(get).await.unwrap().into_inner();
    assert_eq!(before.period.as_ref().unwrap().end_date, date(2026, 4, 1));
    let early = create(standard(pb::GradeLetter::A, date(2026, 3, 1)), "early");
    let status = client.create_service_standard(early).await.unwrap_err();
    assert_eq!(reason(&status), "STANDARDS_OVERLAP");
    let moved = pb::ServiceStandard {
        period: Some(common::Period {
            start_date: before.period.unwrap().start_date,
            end_date: date(2026, 3, 1),
        }),
        ..before
    };
    let request = pb::UpdateServiceStandardRequest {
        service_standard: Some(moved),
        update_mask: Some(prost_types::FieldMask { paths: vec!["period".to_owned()] }),
        ..Default::default()
    };
    let status = client.update_service_standard(request).await.unwrap_err();
    assert_eq!(reason(&status), "STANDARDS_GAP");
    let bad = pb::ServiceStandard {
        contact_cadence: "PT1H".to_owned(),
        escalation: vec![String::new()],
        sla_policy: "nothing".to_owned(),
        ..standard(pb::GradeLetter::B, date(2026, 13, 1))
    };
    let status = client.create_service_standard(create(bad, "b")).await.unwrap_err();
    let expected = ["period.start_date", "period.start_date", "sla_policy", "escalation[0]"];
    let found = fields(&status);
    for field in expected {
        assert!(found.contains(&format!("service_standard.{field}")), "{field}: {found:?}");
    }
    let unknown = pb::ServiceStandard {
        sla_policy: "slaPolicies/nothing".to_owned(),
        ..standard(pb::GradeLetter::B, date(2026, 5, 1))
    };
    let status = client.create_service_standard(create(unknown, "b")).await.unwrap_err();
    assert_eq!(fields(&status), ["service_standard.sla_policy"]);
    let list = pb::ListServiceStandardsRequest { page_size: 3, ..Default::default() };
    let page = client.list_service_standards(list.clone()).await.unwrap().into_inner();
    assert_eq!(page.service_standards.len(), 3);
    let list =
        pb::ListServiceStandardsRequest { page_token: page.next_page_token, page_size: 14, ..list };
    let rest = client.list_service_standards(list).await.unwrap().into_inner();
    assert_eq!((rest.service_standards.len(), rest.next_page_token.as_str()), (14, ""));
}

fn promise(hours: i64, grades: &[pb::GradeLetter]) -> pb::SlaPolicy {
    let grades = grades.iter().map(|grade| (*grade).into()).collect();
    pb::SlaPolicy {
        display_name: format!("Reply in {hours} h"),
        position: 1,
        conditions: vec![pb::SlaCondition { grades, ..Default::default() }],
        milestones: vec![pb::MilestoneTarget {
            milestone: pb::Milestone::FirstReply.into(),
            start_event: pb::ClockEventKind::CaseOpened.into(),
            stop_events: vec![pb::ClockEventKind::Replied.into()],
            calendar: "calendars/office".to_owned(),
            unit: pb::TimeUnit::BusinessTime.into(),
            target: Some(prost_types::Duration { seconds: hours * 3600, nanos: 0 }),
            levels: vec![pb::EscalationLevel {
                level: "at_risk".to_owned(),
                trigger: Some(pb::escalation_level::Trigger::PercentElapsed(50)),
                notify: vec!["agent".to_owned()],
            }],
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// Monday to Friday, 09:00 to 17:00 in Shanghai, no holidays.
fn office() -> pb::Calendar {
    let time = |hours| Some(google::TimeOfDay { hours, ..Default::default() });
    pb::Calendar {
        name: "calendars/office".to_owned(),
        display_name: "Office".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
        weekly: (1..=5)
            .map(|day| pb::WeeklyInterval { day, start: time(9), end: time(17) })
            .collect(),
        no_holidays: true,
        ..Default::default()
    }
}

async fn calendar(suite: &TestSuite, calendar: pb::Calendar) {
    let request = pb::UpdateCalendarRequest {
        calendar: Some(calendar),
        update_mask: Some(prost_types::FieldMask { paths: vec!["*".to_owned()] }),
        allow_missing: true,
        request_id: request_id(),
    };
    let call = call("demo", "li", MORNING);
    let mut client = client!(suite, &call, calendar_service_client::CalendarServiceClient);
    client.update_calendar(request).await.unwrap();
}

async fn policy(suite: &TestSuite, id: &str, policy: pb::SlaPolicy) -> pb::SlaPolicy {
    let name = format!("slaPolicies/{id}");
    let request = pb::UpdateSlaPolicyRequest {
        sla_policy: Some(pb::SlaPolicy { name, ..policy }),
        allow_missing: true,
        request_id: request_id(),
        ..Default::default()
    };
    standards!(suite, &li()).update_sla_policy(request).await.unwrap().into_inner()
}

/// A question of Monday 2 March 2026, 09:00; answers when the first reply is due.
async fn ask(suite: &TestSuite, id: &str) -> Option<prost_types::Timestamp> {
    let call = call("demo", "li", MORNING);
    let request = pb::CreateCaseRequest {
        case: Some(pb::Case {
            customer: "customers/c1".to_owned(),
            kind: pb::CaseKind::Inquiry.into(),
            subject: "Which oil".to_owned(),
            ..Default::default()
        }),
        case_id: id.to_owned(),
        request_id: request_id(),
    };
    let mut client = client!(suite, &call, case_service_client::CaseServiceClient);
    client.create_case(request).await.unwrap().into_inner().clocks[0].deadline
}

async fn due(suite: &TestSuite, id: &str, now: &str) -> (Option<prost_types::Timestamp>, String) {
    let call = call("demo", "li", now);
    let mut client = client!(suite, &call, case_service_client::CaseServiceClient);
    let request = pb::GetCaseRequest { name: format!("cases/{id}") };
    let clock = client.get_case(request).await.unwrap().into_inner().clocks.remove(0);
    (clock.deadline, clock.sla_policy)
}

pub(crate) async fn grade(suite: &TestSuite, period: &str, revenue: i64) -> pb::GradeLetter {
    let yuan = |units| Some(google::Money { currency_code: "CNY".to_owned(), units, nanos: 0 });
    let share = |value: &str| Some(google::Decimal { value: value.to_owned() });
    let (good, references) = if revenue > 0 { ("0.9", 9) } else { ("0", 0) };
    let evidence = pb::GradeEvidence {
        annual_revenue: yuan(revenue),
        margin_share: share(good),
        wallet_share: share(good),
        industry_standing: Some(if revenue > 0 { 5 } else { 1 }),
        references_given: Some(references),
        planned_purchases: yuan(revenue),
        growth_rate: share(good),
        ..Default::default()
    };
    let request = pb::GradeCustomerRequest {
        name: "customers/c1".to_owned(),
        period: period.to_owned(),
        evidence: Some(evidence),
        request_id: request_id(),
        ..Default::default()
    };
    let call = call("demo", "li", "2026-03-02T10:00:00+08");
    let mut client = client!(suite, &call, grade_service_client::GradeServiceClient);
    client.grade_customer(request).await.unwrap().into_inner().grade()
}

async fn a_better_grade_tightens_running_promises_and_a_worse_one_loosens_none(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &call("demo", "li", MORNING)).await;
    calendar(&suite, office()).await;
    policy(&suite, "best", promise(4, &[pb::GradeLetter::A])).await;
    policy(&suite, "plain", pb::SlaPolicy { position: 2, ..promise(8, &[]) }).await;
    assert_eq!(ask(&suite, "k1").await, at("2026-03-02T17:00:00+08"));
    assert_eq!(grade(&suite, "2025", 99_000_000).await, pb::GradeLetter::A);
    let ten = "2026-03-02T10:01:00+08";
    let (deadline, by) = due(&suite, "k1", ten).await;
    assert_eq!((deadline, by.as_str()), (at("2026-03-02T13:00:00+08"), "slaPolicies/best"));
    let mut worse = pb::GradeLetter::A;
    for period in ["2026-Q1", "2026-Q2", "2026-Q3"] {
        worse = grade(&suite, period, 0).await;
    }
    assert_ne!(worse, pb::GradeLetter::A);
    assert_eq!(due(&suite, "k1", ten).await.0, at("2026-03-02T13:00:00+08"));
    assert_eq!(ask(&suite, "k2").await, at("2026-03-02T17:00:00+08"));
}

async fn a_rebase_moves_running_clocks_and_keeps_what_was_counted(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &call("demo", "li", MORNING)).await;
    calendar(&suite, office()).await;
    policy(&suite, "plain", promise(4, &[])).await;
    assert_eq!(ask(&suite, "k1").await, at("2026-03-02T13:00:00+08"));
    let newest = policy(&suite, "plain", promise(6, &[])).await;
    let ten = "2026-03-02T10:00:00+08";
    // a new version does not move what runs
    assert_eq!(due(&suite, "k1", ten).await.0, at("2026-03-02T13:00:00+08"));
    let request = pb::RebaseClocksRequest {
        name: newest.name.clone(),
        filter: "kind = INQUIRY".to_owned(),
        etag: newest.etag,
        request_id: request_id(),
    };
    let mut client = standards!(suite, &call("demo", "li", ten));
    let done = client.rebase_clocks(request.clone()).await.unwrap().into_inner();
    assert!(done.done);
    let Some(aftercare_api::google::longrunning::operation::Result::Response(any)) = done.result
    else {
        unreachable!("a rebase answers when it is done")
    };
    assert_eq!(pb::RebaseClocksResponse::decode(any.value.as_slice()).unwrap().clocks, 1);
    assert_eq!(due(&suite, "k1", ten).await.0, at("2026-03-02T15:00:00+08"));
    let stale = pb::RebaseClocksRequest {
        request_id: request_id(),
        etag: "\"1\"".to_owned(),
        ..request.clone()
    };
    assert_eq!(reason(&client.rebase_clocks(stale).await.unwrap_err()), "ETAG_MISMATCH");
    let bad = pb::RebaseClocksRequest {
        request_id: request_id(),
        filter: "colour = red".to_owned(),
        ..request
    };
    assert_eq!(reason(&client.rebase_clocks(bad).await.unwrap_err()), "INVALID_FIELDS");
    // half of the six hours: the timer moved with the clock
    let time = |text: &str| text.parse().unwrap();
    assert_eq!(suite.run_due("customer", time("2026-03-02T11:59:00+08")).await.unwrap().done, 0);
    assert_eq!(suite.run_due("customer", time("2026-03-02T12:00:00+08")).await.unwrap().done, 1);
}

async fn an_amended_calendar_moves_deadlines_and_timers(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &call("demo", "li", MORNING)).await;
    calendar(&suite, office()).await;
    policy(&suite, "plain", promise(16, &[])).await;
    assert_eq!(ask(&suite, "k1").await, at("2026-03-03T17:00:00+08"));
    let longer = pb::Calendar {
        weekly: office()
            .weekly
            .into_iter()
            .map(|open| pb::WeeklyInterval {
                end: Some(google::TimeOfDay { hours: 21, ..Default::default() }),
                ..open
            })
            .collect(),
        ..office()
    };
    calendar(&suite, longer).await;
    let noon = "2026-03-02T12:00:00+08";
    assert_eq!(due(&suite, "k1", noon).await.0, at("2026-03-03T13:00:00+08"));
    // the timer rang at 17:00 before; the job moves it first, then it rings on the dot
    let time = |text: &str| text.parse().unwrap();
    assert_eq!(suite.run_due("customer", time(noon)).await.unwrap().done, 1);
    assert_eq!(suite.run_due("customer", time("2026-03-02T16:59:00+08")).await.unwrap().done, 0);
    let shorter = pb::Calendar {
        closures: vec![pb::Closure { date: date(2026, 3, 3), reason: "Works outing".to_owned() }],
        ..office()
    };
    calendar(&suite, shorter).await;
    assert_eq!(due(&suite, "k1", noon).await.0, at("2026-03-04T17:00:00+08"));
    assert_eq!(suite.run_due("customer", time("2026-03-02T16:59:00+08")).await.unwrap().done, 1);
    let ran = suite.run_due("customer", time("2026-03-02T17:00:00+08")).await.unwrap();
    assert_eq!((ran.done, ran.failed), (1, 0));
}

async fn a_calendar_takes_in_an_icalendar_file(kind: Kind) {
    let suite = suite(kind).await;
    calendar(&suite, pb::Calendar { no_holidays: false, ..office() }).await;
    let call = call("demo", "li", MORNING);
    let mut client = client!(suite, &call, calendar_service_client::CalendarServiceClient);
    let text = concat!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20270215\nDTEND;VALUE=DATE:20270217\n",
        "SUMMARY:Spring Festival\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART:20270222T120000\n",
        "DTEND:20270222T140000\nSUMMARY:Stocktaking\nEND:VEVENT\nEND:VCALENDAR\n"
    );
    let mut request = pb::ImportCalendarRequest {
        name: "calendars/office".to_owned(),
        ical: text.to_owned(),
        source: "the city's own file".to_owned(),
        validate_only: true,
        ..Default::default()
    };
    let dry = client.import_calendar(request.clone()).await.unwrap().into_inner();
    assert_eq!((dry.closures.len(), dry.breaks.len(), dry.coverage.len()), (2, 1, 1));
    request.validate_only = false;
    request.request_id = request_id();
    let stored = client.import_calendar(request.clone()).await.unwrap().into_inner();
    assert_eq!((stored.version, stored.closures), (2, dry.closures));
    request.request_id = request_id();
    request.etag = "\"1\"".to_owned();
    let stale = client.import_calendar(request.clone()).await.unwrap_err();
    assert_eq!(reason(&stale), "ETAG_MISMATCH");
    for (ical, source, expected) in [
        ("", "", vec!["ical", "source"]),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\n", "x", vec!["ical"]),
        ("hello", "x", vec!["ical"]),
    ] {
        let bad = pb::ImportCalendarRequest {
            name: "calendars/office".to_owned(),
            ical: ical.to_owned(),
            source: source.to_owned(),
            ..Default::default()
        };
        assert_eq!(fields(&client.import_calendar(bad).await.unwrap_err()), expected);
    }
}

async fn calendars_come_in_pages(kind: Kind) {
    let suite = suite(kind).await;
    calendar(&suite, office()).await;
    let call = li();
    let mut client = client!(suite, &call, calendar_service_client::CalendarServiceClient);
    let list = pb::ListCalendarsRequest { page_size: 5, ..Default::default() };
    let (mut names, mut request) = (Vec::new(), list.clone());
    loop {
        let page = client.list_calendars(request.clone()).await.unwrap().into_inner();
        assert!(page.calendars.len() <= 5);
        names.extend(page.calendars.into_iter().map(|calendar| calendar.name));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let whole = pb::ListCalendarsRequest { order_by: "name".to_owned(), ..Default::default() };
    let all = client.list_calendars(whole).await.unwrap().into_inner();
    let all: Vec<String> = all.calendars.into_iter().map(|calendar| calendar.name).collect();
    assert_eq!(names, all);
    // The shipped ones and the tenant's own.
    assert_eq!(names.len(), 13);
    assert!(names.is_sorted() && names.contains(&office().name), "{names:?}");
    // A token is of its tenant.
    let rival = super::call("rival", "li", MORNING);
    let mut theirs = client!(suite, &rival, calendar_service_client::CalendarServiceClient);
    assert_eq!(fields(&theirs.list_calendars(request).await.unwrap_err()), ["page_token"]);
    let wrong = pb::ListCalendarsRequest { page_size: -1, filter: "name = x".to_owned(), ..list };
    assert_eq!(fields(&client.list_calendars(wrong).await.unwrap_err()), ["filter", "page_size"]);
}
