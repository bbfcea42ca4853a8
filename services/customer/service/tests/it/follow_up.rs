//! Follow-ups over the wire: planned by rules, held back for reasons that are told, begun with leave, and what they teach.

use super::{at, call, client, fields, furnish, li, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::customer::v1::follow_up_service_client::FollowUpServiceClient;
use aftercare_api::google::r#type as google;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{Kind, TestSuite};
use tonic::Code;

on_both!(rules_plan_once_within_hours_and_the_explanation_says_why_not);
on_both!(nothing_is_sent_against_the_wish_not_to_be_disturbed);
on_both!(a_lost_deal_is_taken_up_again_and_outcomes_change_trust);
on_both!(pages_of_customers_are_planned_one_after_the_other);
on_both!(a_series_begins_for_a_customer_of_long_standing);
on_both!(holidays_are_those_of_the_customers_country);
on_both!(what_is_only_planned_does_not_hold_back_what_is_sent);
on_both!(what_is_wrong_with_a_rule_or_contact_is_named);

type Client = FollowUpServiceClient<aftercare_platform::link::LinkTransport>;

pub(crate) fn date(year: i32, month: i32, day: i32) -> Option<google::Date> {
    Some(google::Date { year, month, day })
}

pub(crate) async fn contact(
    suite: &TestSuite,
    call: &Call,
    customer: &str,
    change: impl FnOnce(&mut pb::Contact),
) {
    let mut contact = pb::Contact {
        name: format!("customers/{customer}/contacts/wang"),
        display_name: "Wang".to_owned(),
        phone: "+8613800138000".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
        ..Default::default()
    };
    change(&mut contact);
    let request = pb::UpdateContactRequest {
        contact: Some(contact),
        allow_missing: true,
        request_id: request_id(),
        ..Default::default()
    };
    let mut client = client!(suite, call, contact_service_client::ContactServiceClient);
    client.update_contact(request).await.unwrap();
}

fn rule() -> pb::FollowUpRule {
    pb::FollowUpRule {
        name: "followUpRules/thanks".to_owned(),
        display_name: "Thanks after delivery".to_owned(),
        kind: pb::FollowUpKind::ThankYou.into(),
        trigger: pb::FollowUpTrigger::Delivered.into(),
        min_days: 2,
        max_days: 3,
        enabled: true,
        ..Default::default()
    }
}

pub(crate) fn update(rule: pb::FollowUpRule) -> pb::UpdateFollowUpRuleRequest {
    pb::UpdateFollowUpRuleRequest {
        follow_up_rule: Some(rule),
        allow_missing: true,
        ..Default::default()
    }
}

pub(crate) async fn shipped(
    suite: &TestSuite,
    call: &Call,
    (customer, id): (&str, &str),
    day: Option<google::Date>,
) {
    let asset = pb::Asset {
        name: format!("customers/{customer}/assets/{id}"),
        serial_number: id.to_uppercase(),
        product: "products/p1".to_owned(),
        ship_date: day,
        ..Default::default()
    };
    let request = pb::UpdateAssetRequest {
        asset: Some(asset),
        allow_missing: true,
        request_id: request_id(),
        ..Default::default()
    };
    let mut client = client!(suite, call, asset_service_client::AssetServiceClient);
    client.update_asset(request).await.unwrap();
}

async fn rules_plan_once_within_hours_and_the_explanation_says_why_not(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    contact(&suite, &call, "c1", |_| ()).await;
    contact(&suite, &call, "c2", |contact| contact.do_not_disturb = true).await;
    // Long ago, the day before yesterday, and of a customer who wants no contact.
    shipped(&suite, &call, ("c1", "old"), date(2024, 1, 1)).await;
    shipped(&suite, &call, ("c1", "new"), date(2026, 2, 22)).await;
    shipped(&suite, &call, ("c2", "shy"), date(2026, 2, 23)).await;
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    client.update_follow_up_rule(update(rule())).await.unwrap();
    let mut plan = pb::PlanFollowUpsRequest {
        until_time: at("2026-03-31T00:00:00+08"),
        validate_only: true,
        ..Default::default()
    };
    let tried = client.plan_follow_ups(plan.clone()).await.unwrap().into_inner().follow_ups;
    assert_eq!(tried.len(), 2);
    plan.validate_only = false;
    let planned = client.plan_follow_ups(plan.clone()).await.unwrap().into_inner().follow_ups;
    let thanks = &planned[0];
    // Tuesday 24 February at 12:00 is now, within the hours of the first working day after the festival.
    assert_eq!(
        (thanks.state(), &thanks.due_time),
        (pb::FollowUpState::Planned, &at("2026-02-24T12:00:00+08"))
    );
    assert_eq!(thanks.subject, "customers/c1/assets/new");
    assert_eq!(
        (thanks.channel(), thanks.contact.as_str()),
        (pb::ContactChannel::Phone, "customers/c1/contacts/wang")
    );
    let held = &planned[1];
    assert_eq!(held.suppression_reason(), pb::SuppressionReason::DoNotDisturb);
    let explain = pb::ExplainFollowUpRequest { name: held.name.clone() };
    let why = client.explain_follow_up(explain).await.unwrap().into_inner();
    let failed: Vec<_> =
        why.checks.iter().filter(|c| !c.passed).map(|c| c.check.as_str()).collect();
    assert_eq!(failed, ["do_not_disturb"]);
    // Planning again plans nothing twice.
    assert!(client.plan_follow_ups(plan).await.unwrap().into_inner().follow_ups.is_empty());
    let list = pb::ListFollowUpsRequest {
        parent: "customers/-".to_owned(),
        filter: "state = SUPPRESSED".to_owned(),
        ..Default::default()
    };
    let found = client.list_follow_ups(list).await.unwrap().into_inner().follow_ups;
    assert_eq!((found.len(), &found[0].name), (1, &held.name));
}

async fn pages_of_customers_are_planned_one_after_the_other(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    for customer in ["c1", "c2"] {
        contact(&suite, &call, customer, |_| ()).await;
        shipped(&suite, &call, (customer, &format!("of-{customer}")), date(2026, 2, 23)).await;
    }
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    client.update_follow_up_rule(update(rule())).await.unwrap();
    let mut plan = pb::PlanFollowUpsRequest {
        until_time: at("2026-03-31T00:00:00+08"),
        page_size: 1,
        ..Default::default()
    };
    let (mut subjects, mut pages) = (Vec::new(), 0);
    loop {
        let page = client.plan_follow_ups(plan.clone()).await.unwrap().into_inner();
        pages += 1;
        subjects.extend(page.follow_ups.into_iter().map(|planned| planned.subject));
        plan.page_token = page.next_page_token;
        if plan.page_token.is_empty() {
            break;
        }
        // A token walks on only in the walk that it is from.
        let other =
            pb::PlanFollowUpsRequest { until_time: at("2026-04-30T00:00:00+08"), ..plan.clone() };
        assert_eq!(fields(&client.plan_follow_ups(other).await.unwrap_err()), ["page_token"]);
    }
    assert!(pages >= 2, "{pages}");
    assert_eq!(subjects, ["customers/c1/assets/of-c1", "customers/c2/assets/of-c2"]);
}

async fn a_series_begins_for_a_customer_of_long_standing(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    contact(&suite, &call, "c1", |_| ()).await;
    let visit = pb::FollowUpRule {
        name: "followUpRules/visit".to_owned(),
        kind: pb::FollowUpKind::StaffVisit.into(),
        trigger: pb::FollowUpTrigger::Periodic.into(),
        min_days: 0,
        max_days: 10,
        cadence: "P1M".to_owned(),
        channel: pb::ContactChannel::Visit.into(),
        ..rule()
    };
    // The customer came in February; the rule is made, and first planned by, in December.
    let later = super::call("demo", "li", "2026-12-01T10:00:00+08");
    let mut client = client!(suite, &later, follow_up_service_client::FollowUpServiceClient);
    client.update_follow_up_rule(update(visit)).await.unwrap();
    let plan = pb::PlanFollowUpsRequest {
        customer: "customers/c1".to_owned(),
        until_time: at("2026-12-20T00:00:00+08"),
        ..Default::default()
    };
    let planned = client.plan_follow_ups(plan).await.unwrap().into_inner().follow_ups;
    // The turn of 24 November has ten days: until 4 December.
    assert_eq!((planned.len(), &planned[0].due_time), (1, &at("2026-12-01T10:00:00+08")));
}

async fn holidays_are_those_of_the_customers_country(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    let german = pb::Customer {
        name: "customers/c2".to_owned(),
        region_code: "DE-BY".to_owned(),
        ..Default::default()
    };
    let update = pb::UpdateCustomerRequest { customer: Some(german), ..Default::default() };
    let mut customers = client!(suite, &call, customer_service_client::CustomerServiceClient);
    customers.update_customer(update).await.unwrap();
    contact(&suite, &call, "c2", |contact| contact.time_zone = "Europe/Berlin".to_owned()).await;
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    let wish = pb::CreateFollowUpRequest {
        parent: "customers/c2".to_owned(),
        ..create(pb::FollowUpKind::Training, "2026-04-03T10:00:00+02")
    };
    let planned = client.create_follow_up(wish).await.unwrap().into_inner();
    // Good Friday, the weekend and Easter Monday are closed in Germany; in China the Friday is a working day.
    assert_eq!(planned.due_time, at("2026-04-07T09:00:00+02"));
    assert!(!planned.provisional);
}

async fn what_is_only_planned_does_not_hold_back_what_is_sent(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    contact(&suite, &call, "c1", |_| ()).await;
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    let mut names = Vec::new();
    // Two in seven days, the third on the day when the first is a week past.
    for due in ["2026-02-24T12:00:00+08", "2026-02-25T12:00:00+08", "2026-03-03T12:00:00+08"] {
        let planned =
            client.create_follow_up(create(pb::FollowUpKind::Training, due)).await.unwrap();
        let planned = planned.into_inner();
        assert_eq!((planned.state(), &planned.due_time), (pb::FollowUpState::Planned, &at(due)));
        names.push(planned.name);
    }
    // Nothing was sent yet: the first may go late, and the second; a third in the same week may not.
    let late = super::call("demo", "li", "2026-03-03T10:00:00+08");
    let mut client = client!(suite, &late, follow_up_service_client::FollowUpServiceClient);
    for name in &names[..2] {
        let begun = client.begin_follow_up(begin(name)).await.unwrap().into_inner();
        assert_eq!(begun.state(), pb::FollowUpState::Planned, "{name}");
    }
    let held = client.begin_follow_up(begin(&names[2])).await.unwrap().into_inner();
    assert_eq!(held.suppression_reason(), pb::SuppressionReason::FrequencyCap);
}

fn create(kind: pb::FollowUpKind, due: &str) -> pb::CreateFollowUpRequest {
    pb::CreateFollowUpRequest {
        parent: "customers/c1".to_owned(),
        follow_up: Some(pb::FollowUp {
            kind: kind.into(),
            due_time: at(due),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(crate) fn begin(name: &str) -> pb::BeginFollowUpRequest {
    pb::BeginFollowUpRequest { name: name.to_owned(), ..Default::default() }
}

fn complete(name: &str, outcome: pb::FollowUpOutcome) -> pb::CompleteFollowUpRequest {
    let outcome = Some(outcome);
    pb::CompleteFollowUpRequest { name: name.to_owned(), outcome, ..Default::default() }
}

fn result(result: pb::FollowUpResult) -> pb::FollowUpOutcome {
    pb::FollowUpOutcome { result: result.into(), ..Default::default() }
}

async fn nothing_is_sent_against_the_wish_not_to_be_disturbed(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    contact(&suite, &call, "c1", |_| ()).await;
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    // Asked for at night: planned for the morning.
    let wish = create(pb::FollowUpKind::Training, "2026-02-24T22:00:00+08");
    let planned = client.create_follow_up(wish).await.unwrap().into_inner();
    assert_eq!(planned.due_time, at("2026-02-25T09:00:00+08"));
    let early =
        client.complete_follow_up(complete(&planned.name, result(pb::FollowUpResult::Positive)));
    assert_eq!(reason(&early.await.unwrap_err()), "FOLLOW_UP_NOT_BEGUN");
    let night = super::call("demo", "li", "2026-02-25T05:00:00+08");
    let mut late = client!(suite, &night, follow_up_service_client::FollowUpServiceClient);
    let quiet = late.begin_follow_up(begin(&planned.name)).await.unwrap_err();
    assert_eq!(
        (quiet.code(), reason(&quiet).as_str()),
        (Code::FailedPrecondition, "FOLLOW_UP_QUIET_NOW")
    );
    // The wish is made known after the planning and before the sending.
    contact(&suite, &call, "c1", |contact| contact.do_not_disturb = true).await;
    let held = client.begin_follow_up(begin(&planned.name)).await.unwrap().into_inner();
    assert_eq!(held.state(), pb::FollowUpState::Suppressed);
    assert_eq!(held.suppression_reason(), pb::SuppressionReason::DoNotDisturb);
    let over = client.begin_follow_up(begin(&planned.name)).await.unwrap_err();
    assert_eq!(reason(&over), "ILLEGAL_FOLLOW_UP_MOVE");
    // The customer's own case may be answered.
    let wish = create(pb::FollowUpKind::CaseFollowUp, "2026-02-24T12:00:00+08");
    let asked = client.create_follow_up(wish).await.unwrap().into_inner();
    let begun = client.begin_follow_up(begin(&asked.name)).await.unwrap().into_inner();
    assert_eq!(begun.begin_time, at("2026-02-24T12:00:00+08"));
    let cancel = pb::CancelFollowUpRequest { name: asked.name.clone(), ..Default::default() };
    assert_eq!(fields(&client.cancel_follow_up(cancel.clone()).await.unwrap_err()), ["reason"]);
    let cancel = pb::CancelFollowUpRequest { reason: "solved".to_owned(), ..cancel };
    let cancelled = client.cancel_follow_up(cancel).await.unwrap().into_inner();
    assert_eq!(cancelled.state(), pb::FollowUpState::Cancelled);
}

async fn a_lost_deal_is_taken_up_again_and_outcomes_change_trust(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    contact(&suite, &call, "c1", |_| ()).await;
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    let wish = create(pb::FollowUpKind::LostDeal, "2026-02-24T12:00:00+08");
    let lost = client.create_follow_up(wish).await.unwrap().into_inner();
    client.begin_follow_up(begin(&lost.name)).await.unwrap();
    let mut outcome = pb::FollowUpOutcome {
        next_date: date(2026, 5, 1),
        new_argument: "Energy saved in a year".to_owned(),
        ..result(pb::FollowUpResult::Negative)
    };
    let mute = client.complete_follow_up(complete(&lost.name, outcome.clone())).await.unwrap_err();
    assert_eq!(fields(&mute), ["outcome.lost_reason"]);
    outcome.lost_reason = "price".to_owned();
    client.complete_follow_up(complete(&lost.name, outcome)).await.unwrap();
    let list = pb::ListFollowUpsRequest {
        parent: "customers/c1".to_owned(),
        filter: "state = PLANNED AND kind = LOST_DEAL".to_owned(),
        ..Default::default()
    };
    let next = client.list_follow_ups(list).await.unwrap().into_inner().follow_ups;
    // Labour Day of 2026 is from 1 to 5 May.
    assert_eq!((next.len(), &next[0].due_time), (1, &at("2026-05-06T09:00:00+08")));
    let left = pb::ReApproach {
        follow_up: lost.name.clone(),
        lost_reason: "price".to_owned(),
        new_argument: "Energy saved in a year".to_owned(),
        re_approach_date: date(2026, 5, 1),
    };
    assert_eq!(next[0].re_approach.as_ref(), Some(&left));
    let explain = pb::ExplainFollowUpRequest { name: next[0].name.clone() };
    let checks = client.explain_follow_up(explain).await.unwrap().into_inner().checks;
    let carried = checks.iter().find(|check| check.check == "re_approach").unwrap();
    let said = "lost for: price; new argument: Energy saved in a year; on 2026-05-01";
    assert_eq!(carried.detail, said);
    let customer = pb::GetCustomerRequest { name: "customers/c1".to_owned(), ..Default::default() };
    let mut customers = client!(suite, &call, customer_service_client::CustomerServiceClient);
    let before = customers.get_customer(customer.clone()).await.unwrap().into_inner();
    assert_eq!(before.trust_level(), pb::TrustLevel::Cognitive);
    satisfied(&suite, &mut client).await;
    let after = customers.get_customer(customer).await.unwrap().into_inner();
    assert_eq!(after.trust_level(), pb::TrustLevel::Affective);
}

/// One call that went well: the last answers average four or more.
async fn satisfied(suite: &TestSuite, client: &mut Client) {
    let wish = create(pb::FollowUpKind::SatisfactionCall, "2026-03-10T10:00:00+08");
    let planned = client.create_follow_up(wish).await.unwrap().into_inner();
    let then = call("demo", "li", "2026-03-10T10:00:00+08");
    let mut client = client!(suite, &then, follow_up_service_client::FollowUpServiceClient);
    client.begin_follow_up(begin(&planned.name)).await.unwrap();
    let done =
        client.complete_follow_up(complete(&planned.name, result(pb::FollowUpResult::Positive)));
    assert_eq!(done.await.unwrap().into_inner().state(), pb::FollowUpState::Done);
}

async fn what_is_wrong_with_a_rule_or_contact_is_named(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    let wrong = pb::FollowUpRule {
        display_name: String::new(),
        trigger: pb::FollowUpTrigger::Periodic.into(),
        max_days: 1,
        cadence: "monthly".to_owned(),
        calendar: "calendars/none".to_owned(),
        latest: Some(google::TimeOfDay { hours: 25, ..Default::default() }),
        ..rule()
    };
    let status = client.update_follow_up_rule(update(wrong)).await.unwrap_err();
    let expected = ["cadence", "latest", "display_name", "max_days"];
    assert_eq!(fields(&status), expected.map(|field| format!("follow_up_rule.{field}")));
    let lost = pb::FollowUpRule { calendar: "calendars/none".to_owned(), ..rule() };
    let status = client.update_follow_up_rule(update(lost)).await.unwrap_err();
    assert_eq!(fields(&status), ["follow_up_rule.calendar"]);
    let bare = pb::CreateFollowUpRequest { parent: "c1".to_owned(), ..Default::default() };
    assert_eq!(fields(&client.create_follow_up(bare).await.unwrap_err()), ["parent", "follow_up"]);
    let mut strange = create(pb::FollowUpKind::Training, "2026-02-25T10:00:00+08");
    strange.follow_up.as_mut().unwrap().contact = "customers/c1/contacts/nobody".to_owned();
    let status = client.create_follow_up(strange).await.unwrap_err();
    assert_eq!(fields(&status), ["follow_up.contact"]);
    // Nobody to reach: the contact is on record, and says so.
    let lonely = create(pb::FollowUpKind::Training, "2026-02-25T10:00:00+08");
    let held = client.create_follow_up(lonely).await.unwrap().into_inner();
    assert_eq!(held.suppression_reason(), pb::SuppressionReason::NoContact);
    let past =
        pb::PlanFollowUpsRequest { until_time: at("2020-01-01T00:00:00Z"), ..Default::default() };
    assert_eq!(fields(&client.plan_follow_ups(past).await.unwrap_err()), ["until_time"]);
}
