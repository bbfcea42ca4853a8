//! What a service standard says is done: its channels, its named owner, its escalation list.

use super::fit::fit;
use super::follow_up::{begin, contact};
use super::heard::listening;
use super::standard::grade;
use super::{at, call, client, furnish, li, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::testing::{Kind, TestSuite};

on_both!(contacts_go_by_the_standards_channels_only);
on_both!(the_named_owner_owns_new_cases_unless_something_is_said);
on_both!(escalations_go_through_the_standards_list_in_order);

const NOON: &str = "2026-03-02T12:00:00+08";
const END: Option<&str> = Some("2026-12-01T00:00:00+08");

async fn call_about_installation(suite: &TestSuite) -> pb::FollowUp {
    let call = call("demo", "li", NOON);
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    let request = pb::CreateFollowUpRequest {
        parent: "customers/c1".to_owned(),
        follow_up: Some(pb::FollowUp {
            kind: pb::FollowUpKind::InstallationCheck.into(),
            due_time: at("2026-03-03T10:00:00+08"),
            ..Default::default()
        }),
        request_id: request_id(),
        ..Default::default()
    };
    client.create_follow_up(request).await.unwrap().into_inner()
}

async fn contacts_go_by_the_standards_channels_only(kind: Kind) {
    let (suite, heard) = listening(kind, &["aftercare.customer.v1.AcknowledgementReady"]).await;
    furnish(&suite, &li()).await;
    assert_eq!(grade(&suite, "2025", 99_000_000).await, pb::GradeLetter::A);
    contact(&suite, &li(), "c1", |contact| contact.email = "wang@example.com".to_owned()).await;
    let by_phone = call_about_installation(&suite).await;
    assert_eq!(by_phone.channel(), pb::ContactChannel::Phone);
    fit(&suite, NOON, pb::Fit::Harmful, END).await;
    // A harmful customer is written to: also where the contact could be called.
    let written = call_about_installation(&suite).await;
    assert_eq!(written.channel(), pb::ContactChannel::Email);
    let then = call("demo", "li", "2026-03-03T10:30:00+08");
    let mut client = client!(&suite, &then, follow_up_service_client::FollowUpServiceClient);
    let explain = pb::ExplainFollowUpRequest { name: written.name.clone() };
    let checks = client.explain_follow_up(explain).await.unwrap().into_inner().checks;
    let channel = checks.iter().find(|check| check.check == "channel").unwrap();
    let by = "EMAIL to wang (serviceStandards/grade-a-harmful: EMAIL, LETTER)";
    assert_eq!((channel.passed, channel.detail.as_str()), (true, by));
    // What was planned by a way that the standard does not name any longer is held back at sending.
    let held = client.begin_follow_up(begin(&by_phone.name)).await.unwrap().into_inner();
    assert_eq!(held.suppression_reason(), pb::SuppressionReason::ChannelBanned);
    client.begin_follow_up(begin(&written.name)).await.unwrap();
    contact(&suite, &li(), "c1", |contact| {
        contact.email = "wang@example.com".to_owned();
        contact.preferred_channel = pb::ContactChannel::Phone.into();
        contact.banned_channels = vec![pb::ContactChannel::Email.into()];
    })
    .await;
    assert_eq!(call_about_installation(&suite).await.channel(), pb::ContactChannel::Letter);
    open(&suite, "k1", |case| case.contact = "customers/c1/contacts/wang".to_owned()).await;
    let ready = heard.until(|ready: &pb::AcknowledgementReady| ready.case == "cases/k1").await;
    assert_eq!(ready[0].channel(), pb::ContactChannel::Letter);
}

async fn open(suite: &TestSuite, id: &str, change: impl FnOnce(&mut pb::Case)) -> pb::Case {
    let mut case = pb::Case {
        customer: "customers/c1".to_owned(),
        kind: pb::CaseKind::Complaint.into(),
        category: pb::ComplaintCategory::ProductQuality.into(),
        subject: "Leaks oil".to_owned(),
        ..Default::default()
    };
    change(&mut case);
    let request = pb::CreateCaseRequest {
        case: Some(case),
        case_id: id.to_owned(),
        request_id: request_id(),
    };
    let call = call("demo", "li", NOON);
    let mut cases = client!(suite, &call, case_service_client::CaseServiceClient);
    cases.create_case(request).await.unwrap().into_inner()
}

async fn entries(suite: &TestSuite, id: &str) -> Vec<pb::CaseEntry> {
    let mut cases = client!(suite, &li(), case_service_client::CaseServiceClient);
    let parent = format!("cases/{id}");
    let list = pb::ListCaseEntriesRequest { parent, ..Default::default() };
    cases.list_case_entries(list).await.unwrap().into_inner().entries
}

async fn the_named_owner_owns_new_cases_unless_something_is_said(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &li()).await;
    assert_eq!(grade(&suite, "2025", 99_000_000).await, pb::GradeLetter::A);
    let by = "serviceStandards/grade-a";
    assert_eq!(open(&suite, "k0", |_| ()).await.owner, "");
    let note = async |id: &str| entries(&suite, id).await.remove(0).note;
    assert_eq!(note("k0").await, format!("{by} names an owner, and the customer has none"));
    let zhao = "employees/zhao";
    let request = pb::UpdateCustomerRequest {
        customer: Some(pb::Customer {
            name: "customers/c1".to_owned(),
            owner: zhao.to_owned(),
            ..Default::default()
        }),
        request_id: request_id(),
        ..Default::default()
    };
    let mut customers = client!(&suite, &li(), customer_service_client::CustomerServiceClient);
    customers.update_customer(request).await.unwrap();
    assert_eq!(open(&suite, "k1", |_| ()).await.owner, zhao);
    assert_eq!(note("k1").await, format!("owner {zhao}, as {by} names"));
    let sun = open(&suite, "k2", |case| case.owner = "employees/sun".to_owned()).await;
    assert_eq!(sun.owner, "employees/sun");
    let said = format!("assigned to employees/sun, not to {zhao}, whom {by} names");
    assert_eq!(note("k2").await, said);
    let accused = open(&suite, "k3", |case| {
        case.category = pb::ComplaintCategory::StaffConduct.into();
        case.accused_employee = zhao.to_owned();
    })
    .await;
    assert_eq!(accused.owner, "");
    let said = format!("not assigned to {zhao}, whom {by} names: is the accused");
    assert_eq!(note("k3").await, said);
    contact(&suite, &li(), "c1", |_| ()).await;
    let planned = call_about_installation(&suite).await;
    assert_eq!(planned.owner, zhao);
    let mut client = client!(&suite, &li(), follow_up_service_client::FollowUpServiceClient);
    let explain = pb::ExplainFollowUpRequest { name: planned.name };
    let checks = client.explain_follow_up(explain).await.unwrap().into_inner().checks;
    let owner = checks.iter().find(|check| check.check == "owner").unwrap();
    assert_eq!(owner.detail, format!("{zhao}, named by {by}"));
}

async fn escalations_go_through_the_standards_list_in_order(kind: Kind) {
    let (suite, heard) = listening(kind, &["aftercare.customer.v1.ClockLevelFired"]).await;
    furnish(&suite, &li()).await;
    assert_eq!(grade(&suite, "2025", 99_000_000).await, pb::GradeLetter::A);
    fit(&suite, NOON, pb::Fit::Key, None).await;
    open(&suite, "k1", |_| ()).await;
    // The finding is due within an hour; a day later all its levels have become true.
    suite.run_due("customer", "2026-03-03T18:00:00+08".parse().unwrap()).await.unwrap();
    let told = |notify: &[String]| notify.join(",");
    let fired: Vec<_> = entries(&suite, "k1")
        .await
        .into_iter()
        .filter(|entry| entry.clock == "cases/k1/clocks/investigation")
        .filter_map(|entry| Some((entry.fired_level?.level, told(&entry.notify), entry.note)))
        .collect();
    let by = "serviceStandards/grade-a-key";
    let expected = [
        ("at_risk", "agent", String::new()),
        ("supervisor", "manager,supervisor", format!("escalation 1 of {by}: manager")),
        ("manager", "director,manager", format!("escalation 2 of {by}: director")),
    ];
    assert_eq!(fired, expected.map(|(level, who, why)| (level.to_owned(), who.to_owned(), why)));
    let last = |event: &pb::ClockLevelFired| event.level == "manager";
    let events = heard.until(last).await;
    let found: Vec<_> = events
        .iter()
        .filter(|event| event.milestone() == pb::Milestone::Investigation)
        .map(|event| (event.level.as_str(), told(&event.notify)))
        .collect();
    let expected = [
        ("at_risk", "agent"),
        ("supervisor", "manager,supervisor"),
        ("manager", "director,manager"),
    ];
    assert_eq!(found, expected.map(|(level, who)| (level, who.to_owned())));
}
