//! Follow-ups plan themselves: daily, once over replicas and outages and merges, and again when a complaint is over.

use super::follow_up::{begin, contact, date, shipped, update};
use super::{at, call, client, furnish, li, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{Kind, TestSuite};
use jiff::Timestamp;

on_both!(cadences_of_practice_are_shipped_and_not_in_use);
on_both!(contacts_are_planned_daily_and_once);
on_both!(what_a_complaint_held_back_is_planned_when_it_is_over);
on_both!(a_series_without_a_cadence_follows_the_service_standard);
on_both!(a_merge_plans_nothing_twice);
on_both!(a_birthday_on_closed_days_moves_to_the_next_open_one);
on_both!(a_lost_deal_without_a_date_is_taken_up_again_by_its_rule);
on_both!(a_greeting_of_two_customers_that_became_one_is_made_once);

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn run(suite: &TestSuite, now: &str) {
    let ran = suite.run_due("customer", time(now)).await.unwrap();
    assert_eq!((ran.failed, ran.dead), (0, 0), "{ran:?}");
}

async fn enable(suite: &TestSuite, call: &Call, rule: &str) {
    let mut client = client!(suite, call, follow_up_service_client::FollowUpServiceClient);
    let rule = pb::FollowUpRule {
        name: format!("followUpRules/{rule}"),
        enabled: true,
        ..Default::default()
    };
    let request = pb::UpdateFollowUpRuleRequest { allow_missing: false, ..update(rule) };
    assert!(client.update_follow_up_rule(request).await.unwrap().into_inner().enabled);
}

/// State, due time and subject of what is planned for a customer, by due time.
async fn planned(suite: &TestSuite, customer: &str) -> Vec<pb::FollowUp> {
    let call = li();
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    let list = pb::ListFollowUpsRequest {
        parent: format!("customers/{customer}"),
        order_by: "due_time".to_owned(),
        ..Default::default()
    };
    client.list_follow_ups(list).await.unwrap().into_inner().follow_ups
}

async fn cadences_of_practice_are_shipped_and_not_in_use(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    contact(&suite, &call, "c1", |_| ()).await;
    shipped(&suite, &call, ("c1", "new"), date(2026, 2, 24)).await;
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    let list = pb::ListFollowUpRulesRequest { page_size: 5, ..Default::default() };
    let mut rules = Vec::new();
    let mut request = list.clone();
    loop {
        let page = client.list_follow_up_rules(request.clone()).await.unwrap().into_inner();
        rules.extend(page.follow_up_rules);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let known: Vec<_> = rules
        .iter()
        .map(|rule| (rule.name.trim_start_matches("followUpRules/"), rule.kind().as_str_name()))
        .map(|(id, kind)| (id, kind.trim_start_matches("FOLLOW_UP_KIND_")))
        .collect();
    assert_eq!(
        known,
        [
            ("birthday", "GREETING"),
            ("case-follow-up", "CASE_FOLLOW_UP"),
            ("installation-check", "INSTALLATION_CHECK"),
            ("lost-deal", "LOST_DEAL"),
            ("management-visit", "MANAGEMENT_VISIT"),
            ("mid-autumn", "GREETING"),
            ("re-purchase", "RE_PURCHASE"),
            ("satisfaction-call", "SATISFACTION_CALL"),
            ("spring-festival", "GREETING"),
            ("staff-visit", "STAFF_VISIT"),
            ("testimonial-request", "TESTIMONIAL_REQUEST"),
            ("thank-you", "THANK_YOU"),
            ("training", "TRAINING"),
            ("usage-guidance", "USAGE_GUIDANCE"),
        ]
    );
    assert!(rules.iter().all(|rule| !rule.enabled));
    run(&suite, "2026-02-24T12:00:00+08").await;
    assert!(planned(&suite, "c1").await.is_empty());
    enable(&suite, &call, "thank-you").await;
    for (filter, found) in [("enabled = true", 1), ("enabled = false", 13), ("kind = GREETING", 3)]
    {
        let request =
            pb::ListFollowUpRulesRequest { filter: filter.to_owned(), ..Default::default() };
        let page = client.list_follow_up_rules(request).await.unwrap().into_inner();
        assert_eq!(page.follow_up_rules.len(), found, "{filter}");
    }
    run(&suite, "2026-02-24T12:00:00+08").await;
    assert_eq!(planned(&suite, "c1").await.len(), 1);
}

async fn contacts_are_planned_daily_and_once(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    contact(&suite, &call, "c1", |_| ()).await;
    enable(&suite, &call, "thank-you").await;
    run(&suite, "2026-02-24T12:00:00+08").await;
    shipped(&suite, &call, ("c1", "first"), date(2026, 2, 24)).await;
    // It is midnight in China, and not before.
    run(&suite, "2026-02-24T23:59:59+08").await;
    assert!(planned(&suite, "c1").await.is_empty());
    let now = time("2026-02-25T00:00:00+08");
    let racing = tokio::join!(
        suite.run_due("customer", now),
        suite.run_due("customer", now),
        suite.run_due("customer", now)
    );
    let ran = [racing.0.unwrap(), racing.1.unwrap(), racing.2.unwrap()];
    assert_eq!(ran.iter().map(|ran| ran.done).sum::<usize>(), 1, "{ran:?}");
    let found = planned(&suite, "c1").await;
    assert_eq!((found.len(), &found[0].due_time), (1, &at("2026-02-26T09:00:00+08")));
    // After an outage: what still has its days is planned, what has not is not made up for.
    shipped(&suite, &call, ("c1", "passed"), date(2026, 3, 2)).await;
    shipped(&suite, &call, ("c1", "just"), date(2026, 3, 9)).await;
    run(&suite, "2026-03-12T10:30:00+08").await;
    run(&suite, "2026-03-12T10:31:00+08").await;
    let found = planned(&suite, "c1").await;
    let seen: Vec<_> = found.iter().map(|f| (f.subject.as_str(), f.due_time)).collect();
    assert_eq!(
        seen,
        [
            ("customers/c1/assets/first", at("2026-02-26T09:00:00+08")),
            ("customers/c1/assets/just", at("2026-03-12T10:30:00+08")),
        ]
    );
}

async fn complain(suite: &TestSuite, call: &Call, id: &str) {
    let case = pb::Case {
        customer: "customers/c1".to_owned(),
        kind: pb::CaseKind::Complaint.into(),
        category: pb::ComplaintCategory::ProductQuality.into(),
        subject: "Leaks oil".to_owned(),
        ..Default::default()
    };
    let request = pb::CreateCaseRequest {
        case: Some(case),
        case_id: id.to_owned(),
        request_id: request_id(),
    };
    client!(suite, call, case_service_client::CaseServiceClient)
        .create_case(request)
        .await
        .unwrap();
}

async fn withdraw(suite: &TestSuite, call: &Call, id: &str) {
    let request = pb::WithdrawCaseRequest {
        name: format!("cases/{id}"),
        reason: "it was another machine".to_owned(),
        ..Default::default()
    };
    client!(suite, call, case_service_client::CaseServiceClient)
        .withdraw_case(request)
        .await
        .unwrap();
}

async fn what_a_complaint_held_back_is_planned_when_it_is_over(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    contact(&suite, &call, "c1", |_| ()).await;
    shipped(&suite, &call, ("c1", "early"), date(2026, 2, 22)).await;
    shipped(&suite, &call, ("c1", "late"), date(2026, 2, 24)).await;
    complain(&suite, &call, "k1").await;
    complain(&suite, &call, "k2").await;
    enable(&suite, &call, "thank-you").await;
    run(&suite, "2026-02-24T12:00:00+08").await;
    let held = planned(&suite, "c1").await;
    let complaint = pb::SuppressionReason::OpenComplaint;
    assert!(held.len() == 2 && held.iter().all(|f| f.suppression_reason() == complaint));
    // One of two complaints is over: the other one still stands.
    let later = super::call("demo", "li", "2026-02-26T10:00:00+08");
    withdraw(&suite, &later, "k1").await;
    run(&suite, "2026-02-26T10:00:00+08").await;
    assert!(planned(&suite, "c1").await.iter().all(|f| f.suppression_reason() == complaint));
    withdraw(&suite, &later, "k2").await;
    run(&suite, "2026-02-26T10:00:00+08").await;
    let found = planned(&suite, "c1").await;
    let by = |id: &str| found.iter().find(|f| f.subject.ends_with(id)).unwrap();
    // The days of the first are over since the 25th.
    assert_eq!(by("early").suppression_reason(), complaint);
    let late = by("late");
    assert_eq!(
        (late.state(), late.due_time, late.suppression_reason()),
        (
            pb::FollowUpState::Planned,
            at("2026-02-26T10:00:00+08"),
            pb::SuppressionReason::Unspecified
        )
    );
    let mut client = client!(suite, &later, follow_up_service_client::FollowUpServiceClient);
    let explain = pb::ExplainFollowUpRequest { name: late.name.clone() };
    let checks = client.explain_follow_up(explain).await.unwrap().into_inner().checks;
    let told: Vec<_> = checks
        .iter()
        .filter(|c| ["complaint", "asked_again"].contains(&c.check.as_str()))
        .map(|c| (c.check.as_str(), c.passed))
        .collect();
    assert_eq!(told, [("complaint", false), ("asked_again", true), ("complaint", true)]);
    let again = checks.iter().find(|c| c.check == "asked_again").unwrap();
    assert!(again.detail.starts_with("was held back by OPEN_COMPLAINT"), "{}", again.detail);
    // The daily round finds nothing more to do, and the contact can be made.
    run(&suite, "2026-02-27T00:00:00+08").await;
    assert_eq!(planned(&suite, "c1").await.len(), 2);
    let begun = client.begin_follow_up(begin(&late.name)).await.unwrap().into_inner();
    assert_eq!(begun.begin_time, at("2026-02-26T10:00:00+08"));
}

async fn a_series_without_a_cadence_follows_the_service_standard(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    contact(&suite, &call, "c1", |_| ()).await;
    contact(&suite, &call, "c2", |contact| contact.name = "customers/c2/contacts/zhao".to_owned())
        .await;
    assert_eq!(super::standard::grade(&suite, "2025", 99_000_000).await, pb::GradeLetter::A);
    let regular = pb::FollowUpRule {
        name: "followUpRules/regular".to_owned(),
        display_name: "As often as the standard says".to_owned(),
        kind: pb::FollowUpKind::StaffVisit.into(),
        trigger: pb::FollowUpTrigger::Periodic.into(),
        max_days: 10,
        enabled: true,
        ..Default::default()
    };
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    client.update_follow_up_rule(update(regular)).await.unwrap();
    run(&suite, "2026-03-20T00:00:00+08").await;
    let found = planned(&suite, "-").await;
    // Grade A monthly, from 24 February on; the other customer has no grade and no standard.
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].name.starts_with("customers/c1/"));
    assert_eq!(found[0].due_time, at("2026-03-24T09:00:00+08"));
}

async fn merge(suite: &TestSuite, call: &Call) {
    let request = pb::MergeCustomerRequest {
        name: "customers/c1".to_owned(),
        into: "customers/c2".to_owned(),
        reason: "one company".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    client!(suite, call, customer_service_client::CustomerServiceClient)
        .merge_customer(request)
        .await
        .unwrap();
}

async fn a_merge_plans_nothing_twice(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    contact(&suite, &call, "c1", |_| ()).await;
    shipped(&suite, &call, ("c1", "new"), date(2026, 2, 24)).await;
    enable(&suite, &call, "thank-you").await;
    run(&suite, "2026-02-24T12:00:00+08").await;
    let before = planned(&suite, "c1").await;
    assert_eq!(before.len(), 1);
    merge(&suite, &call).await;
    run(&suite, "2026-02-25T00:00:00+08").await;
    let moved = planned(&suite, "-").await;
    assert_eq!((moved.len(), moved[0].subject.as_str()), (1, "customers/c2/assets/new"));
    let unmerge = pb::UnmergeCustomerRequest {
        name: "customers/c1".to_owned(),
        reason: "two after all".to_owned(),
        ..Default::default()
    };
    let mut customers = client!(suite, &call, customer_service_client::CustomerServiceClient);
    customers.unmerge_customer(unmerge).await.unwrap();
    run(&suite, "2026-02-26T00:00:00+08").await;
    let back = planned(&suite, "-").await;
    assert_eq!((back.len(), &back[0].name), (1, &before[0].name));
    assert_eq!(back[0].subject, before[0].subject);
}

async fn a_greeting_of_two_customers_that_became_one_is_made_once(kind: Kind) {
    let (suite, call) = (suite(kind).await, call("demo", "li", "2026-09-20T12:00:00+08"));
    furnish(&suite, &call).await;
    contact(&suite, &call, "c1", |_| ()).await;
    contact(&suite, &call, "c2", |contact| {
        contact.name = "customers/c2/contacts/zhao".to_owned();
    })
    .await;
    enable(&suite, &call, "mid-autumn").await;
    run(&suite, "2026-09-20T12:00:00+08").await;
    merge(&suite, &call).await;
    run(&suite, "2026-09-21T00:00:00+08").await;
    let both = planned(&suite, "c2").await;
    // The Mid-Autumn Festival of 2026 begins on 25 September.
    let due = at("2026-09-24T09:00:00+08");
    assert!(both.len() == 2 && both.iter().all(|f| f.due_time == due), "{both:?}");
    let then = super::call("demo", "li", "2026-09-24T10:00:00+08");
    let mut client = client!(suite, &then, follow_up_service_client::FollowUpServiceClient);
    let first = client.begin_follow_up(begin(&both[0].name)).await.unwrap().into_inner();
    assert_eq!(first.state(), pb::FollowUpState::Planned);
    let second = client.begin_follow_up(begin(&both[1].name)).await.unwrap().into_inner();
    assert_eq!(second.suppression_reason(), pb::SuppressionReason::Duplicate);
}

async fn a_birthday_on_closed_days_moves_to_the_next_open_one(kind: Kind) {
    let (suite, call) = (suite(kind).await, call("demo", "li", "2026-02-10T12:00:00+08"));
    furnish(&suite, &call).await;
    // In the Spring Festival of 2026, closed from 15 to 23 February.
    contact(&suite, &call, "c1", |contact| contact.birthday = date(1980, 2, 17)).await;
    enable(&suite, &call, "birthday").await;
    run(&suite, "2026-02-10T12:00:00+08").await;
    let found = planned(&suite, "c1").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].state(), found[0].due_time),
        (pb::FollowUpState::Planned, at("2026-02-24T09:00:00+08"))
    );
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    let explain = pb::ExplainFollowUpRequest { name: found[0].name.clone() };
    let checks = client.explain_follow_up(explain).await.unwrap().into_inner().checks;
    let moved = checks.iter().find(|check| check.check == "open_date").unwrap();
    let said = "2026-02-17 and the days after it are closed; moved to 2026-02-24, Asia/Shanghai";
    assert_eq!((moved.passed, moved.detail.as_str()), (true, said));
    // The day itself has leave.
    let then = super::call("demo", "li", "2026-02-24T09:30:00+08");
    let mut client = client!(suite, &then, follow_up_service_client::FollowUpServiceClient);
    let begun = client.begin_follow_up(begin(&found[0].name)).await.unwrap().into_inner();
    assert_eq!(begun.begin_time, at("2026-02-24T09:30:00+08"));
}

async fn a_lost_deal_without_a_date_is_taken_up_again_by_its_rule(kind: Kind) {
    let (suite, call) = (suite(kind).await, call("demo", "li", "2026-03-02T10:00:00+08"));
    furnish(&suite, &call).await;
    contact(&suite, &call, "c1", |_| ()).await;
    let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
    let request = pb::CreateFollowUpRequest {
        parent: "customers/c1".to_owned(),
        follow_up: Some(pb::FollowUp {
            kind: pb::FollowUpKind::LostDeal.into(),
            due_time: at("2026-03-02T10:00:00+08"),
            ..Default::default()
        }),
        follow_up_id: "lost".to_owned(),
        request_id: request_id(),
    };
    let lost = client.create_follow_up(request).await.unwrap().into_inner();
    client.begin_follow_up(begin(&lost.name)).await.unwrap();
    let outcome = pb::FollowUpOutcome {
        result: pb::FollowUpResult::Negative.into(),
        lost_reason: "the rival delivers sooner".to_owned(),
        new_argument: "stock in Hangzhou since May".to_owned(),
        ..Default::default()
    };
    let complete = pb::CompleteFollowUpRequest {
        name: lost.name.clone(),
        outcome: Some(outcome),
        request_id: request_id(),
        ..Default::default()
    };
    client.complete_follow_up(complete).await.unwrap();
    enable(&suite, &call, "lost-deal").await;
    // The rule comes back after 60 days, when Labour Day is over.
    run(&suite, "2026-04-28T00:00:00+08").await;
    let found = planned(&suite, "c1").await;
    let next = found.iter().find(|known| known.name != lost.name).unwrap();
    assert_eq!(
        (next.subject.as_str(), next.due_time),
        (lost.name.as_str(), at("2026-05-06T09:00:00+08"))
    );
    let left = next.re_approach.clone().unwrap();
    assert_eq!(
        (left.follow_up.as_str(), left.re_approach_date),
        (lost.name.as_str(), date(2026, 5, 6))
    );
    assert_eq!(left.lost_reason, "the rival delivers sooner");
    assert_eq!(left.new_argument, "stock in Hangzhou since May");
}
