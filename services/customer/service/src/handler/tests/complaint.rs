//! A quality complaint over the Spring Festival of 2026, from the call to the close.

use super::*;

const NAME: &str = "cases/k1";

async fn register(world: &World) -> pb::Case {
    world.customer("c1").await;
    world.machine("c1", "zj-1").await;
    let request = pb::CreateCaseRequest {
        case: Some(pb::Case {
            customer: "customers/c1".to_owned(),
            kind: pb::CaseKind::Complaint.into(),
            category: pb::ComplaintCategory::ProductQuality.into(),
            subject: "Compressor down again".to_owned(),
            assets: vec!["customers/c1/assets/zj-1".to_owned()],
            report_time: Some(wire("2026-02-14T17:30:00+08")),
            ..Default::default()
        }),
        case_id: "k1".to_owned(),
        ..Default::default()
    };
    let actor = actor_at(AGENT, "2026-02-14T17:31:00+08");
    let outcome = case::create(&world.db, &world.timelines, &actor, &request).await.unwrap();
    assert_eq!(outcome.events[0].event_type, "aftercare.customer.v1.CaseOpened");
    outcome.response
}

fn clock<'a>(case: &'a pb::Case, id: &str) -> &'a pb::Clock {
    let name = format!("{NAME}/clocks/{id}");
    case.clocks.iter().find(|clock| clock.name == name).unwrap()
}

fn states(case: &pb::Case) -> Vec<(&str, pb::ClockState)> {
    let id = |clock: &'static str| clock;
    ["investigation", "first-reply", "resolution"]
        .into_iter()
        .map(|milestone| (id(milestone), clock(case, milestone).state()))
        .collect()
}

#[tokio::test]
async fn clocks_start_with_the_case_and_explain_every_stretch() {
    let world = World::new().await;
    let case = register(&world).await;
    // Half an hour is left on make-up Saturday 14 February; the other half is on Tuesday 24 February.
    assert_eq!(clock(&case, "investigation").deadline, Some(wire("2026-02-24T09:30:00+08")));
    assert_eq!(clock(&case, "first-reply").deadline, Some(wire("2026-02-15T17:30:00+08")));
    assert_eq!(clock(&case, "resolution").deadline, Some(wire("2026-03-16T17:30:00+08")));
    let event = |control: pb::ClockControl, time: &str| pb::RecordClockEventRequest {
        name: NAME.to_owned(),
        event: Some(pb::ClockEvent {
            control: control.into(),
            reason: "awaiting_customer".to_owned(),
            event_time: Some(wire(time)),
            ..Default::default()
        }),
        ..Default::default()
    };
    for request in [
        event(pb::ClockControl::Pause, "2026-02-24T09:10:00+08"),
        event(pb::ClockControl::Resume, "2026-02-24T10:10:00+08"),
    ] {
        crate::handler::clock::record(&world.db, &world.timelines, &actor(AGENT), &request)
            .await
            .unwrap();
    }
    let request = pb::ExplainClockRequest {
        name: format!("{NAME}/clocks/investigation"),
        read_time: Some(wire("2026-02-24T10:25:00+08")),
    };
    let explained =
        crate::handler::clock::explain(&world.db, &world.timelines, &actor(AGENT), &request)
            .await
            .unwrap();
    let sum = |counted| -> i64 {
        let of = explained.segments.iter().filter(|segment| segment.counted == counted);
        of.map(|segment| segment.duration.unwrap().seconds).sum()
    };
    assert_eq!(sum(true), 55 * 60);
    assert_eq!(explained.counted.unwrap().seconds, 55 * 60);
    assert_eq!(sum(true) + sum(false), 9 * 86_400 + 16 * 3600 + 55 * 60);
    assert_eq!(explained.clock.unwrap().deadline, Some(wire("2026-02-24T10:30:00+08")));
    let reasons: Vec<_> = explained.segments.iter().map(|segment| segment.reason()).collect();
    use pb::SegmentReason::*;
    assert_eq!(reasons, [MakeUpDay, OverrideClosed, Closure, OutsideHours, Open, Paused, Open]);
    let bad = pb::RecordClockEventRequest {
        clock: "cases/other/clocks/x".to_owned(),
        event: None,
        ..event(pb::ClockControl::Pause, "2026-02-24T09:10:00+08")
    };
    let error = crate::handler::clock::record(&world.db, &world.timelines, &actor(AGENT), &bad)
        .await
        .unwrap_err();
    assert_eq!(fields(&error), ["event", "clock"]);
}

#[tokio::test]
async fn a_complaint_goes_from_the_call_to_the_close() {
    let world = World::new().await;
    let (db, timelines) = (&world.db, &world.timelines);
    register(&world).await;
    let name = || NAME.to_owned();
    let li = actor(AGENT);
    let acknowledge = pb::AcknowledgeCaseRequest {
        name: name(),
        event_time: Some(wire("2026-02-14T17:41:00+08")),
        ..Default::default()
    };
    case_step::acknowledge(db, timelines, &li, &acknowledge).await.unwrap();
    let twice = case_step::acknowledge(db, timelines, &li, &acknowledge).await.unwrap_err();
    assert_eq!(reason(&twice), "ILLEGAL_CASE_MOVE");
    assert_eq!(twice.fault().subject(), NAME);
    assert!(twice.to_string().contains("possible: INVESTIGATE"), "{twice}");
    case_step::investigate(
        db,
        timelines,
        &li,
        &pb::InvestigateCaseRequest { name: name(), ..Default::default() },
    )
    .await
    .unwrap();
    let finding = |investigation| pb::RecordFindingRequest {
        name: name(),
        investigation: Some(investigation),
        event_time: Some(wire("2026-02-24T09:30:00+08")),
        ..Default::default()
    };
    let empty =
        case_step::record_finding(db, timelines, &li, &finding(pb::Investigation::default()))
            .await
            .unwrap_err();
    assert_eq!(fields(&empty), ["investigation.cause", "investigation.evidence"]);
    let found = pb::Investigation {
        cause: "coolant filter clogged".to_owned(),
        evidence: vec![pb::Evidence { title: "photo".to_owned(), ..Default::default() }],
        ..Default::default()
    };
    let case =
        case_step::record_finding(db, timelines, &li, &finding(found)).await.unwrap().response;
    assert_eq!(
        states(&case),
        [
            ("investigation", pb::ClockState::Met),
            ("first-reply", pb::ClockState::BreachedRunning),
            ("resolution", pb::ClockState::Running)
        ]
    );
    let fired: Vec<_> =
        clock(&case, "first-reply").fired_levels.iter().map(|f| f.level.as_str()).collect();
    assert_eq!(fired, ["at_risk", "supervisor", "manager"]);

    let propose = pb::CreateProposalRequest {
        parent: name(),
        proposal: Some(pb::Proposal {
            remedies: vec![
                pb::Remedy {
                    kind: pb::RemedyKind::Repair.into(),
                    value: yuan(2_000),
                    description: "new filter".to_owned(),
                },
                pb::Remedy {
                    kind: pb::RemedyKind::Credit.into(),
                    value: yuan(1_000),
                    ..Default::default()
                },
            ],
            reason: "our filter".to_owned(),
            ..Default::default()
        }),
        proposal_id: "p1".to_owned(),
        ..Default::default()
    };
    let proposed = proposal::create(db, timelines, &li, &propose).await.unwrap().response;
    assert_eq!(proposed.value, yuan(3_000));
    let proposal_name = proposed.name.clone();
    let offer = pb::OfferProposalRequest { name: proposal_name.clone(), ..Default::default() };
    let above = proposal::offer(db, timelines, &li, &offer).await.unwrap_err();
    assert_eq!(reason(&above), "ABOVE_AUTHORITY_LIMIT");
    proposal::submit(
        db,
        timelines,
        &li,
        &pb::SubmitProposalRequest { name: proposal_name.clone(), ..Default::default() },
    )
    .await
    .unwrap();
    let approve = pb::ApproveProposalRequest { name: proposal_name.clone(), ..Default::default() };
    assert_eq!(
        reason(&proposal::approve(db, timelines, &li, &approve).await.unwrap_err()),
        "APPROVER_IS_PROPOSER"
    );
    let approved =
        proposal::approve(db, timelines, &actor("wang"), &approve).await.unwrap().response;
    assert_eq!(
        (approved.state(), approved.approver.as_str()),
        (pb::ProposalState::Approved, "wang")
    );
    proposal::offer(db, timelines, &li, &offer).await.unwrap();
    let confirm = pb::ConfirmProposalRequest {
        name: proposal_name.clone(),
        confirmation: Some(pb::Confirmation {
            basis: Some(pb::confirmation::Basis::Evidence(pb::Evidence {
                title: "e-mail".to_owned(),
                ..Default::default()
            })),
            ..Default::default()
        }),
        ..Default::default()
    };
    proposal::confirm(db, timelines, &li, &confirm).await.unwrap();
    let authority =
        authority::get_authority(db, &li, &pb::GetAuthorityRequest { name: name() }).await.unwrap();
    assert_eq!((authority.limit, authority.available), (yuan(500), yuan(0)));
    assert_eq!(authority.used_in_case, yuan(3_000));

    let dispatch = pb::DispatchCaseRequest {
        name: name(),
        tasks: vec![pb::Task {
            department: "technical".to_owned(),
            description: "change the filter".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    };
    case_step::dispatch(db, timelines, &li, &dispatch).await.unwrap();
    case_step::execute(
        db,
        timelines,
        &li,
        &pb::ExecuteCaseRequest { name: name(), ..Default::default() },
    )
    .await
    .unwrap();
    let verify = pb::VerifyCaseRequest { name: name(), ..Default::default() };
    assert_eq!(
        reason(&case_step::verify(db, timelines, &li, &verify).await.unwrap_err()),
        "TASKS_OPEN"
    );
    let tasks = task::list(
        db,
        &world.pager,
        &li,
        &pb::ListTasksRequest { parent: name(), ..Default::default() },
    )
    .await
    .unwrap()
    .tasks;
    let of = tasks[0].name.clone();
    task::accept(db, &li, &pb::AcceptTaskRequest { name: of.clone(), ..Default::default() })
        .await
        .unwrap();
    task::complete(
        db,
        &li,
        &pb::CompleteTaskRequest {
            name: of.clone(),
            result: "changed".to_owned(),
            ..Default::default()
        },
    )
    .await
    .unwrap();
    task::verify(db, &li, &pb::VerifyTaskRequest { name: of, ..Default::default() }).await.unwrap();
    case_step::verify(db, timelines, &li, &verify).await.unwrap();
    let satisfy = |score| pb::SatisfyCaseRequest {
        name: name(),
        follow_up_score: Some(pb::FollowUpScore { score: Some(score), ..Default::default() }),
        ..Default::default()
    };
    assert_eq!(
        reason(&case_step::satisfy(db, timelines, &li, &satisfy(3)).await.unwrap_err()),
        "CUSTOMER_NOT_SATISFIED"
    );
    case_step::satisfy(db, timelines, &li, &satisfy(5)).await.unwrap();
    let closed = case_step::close(
        db,
        timelines,
        &li,
        &pb::CloseCaseRequest { name: name(), ..Default::default() },
    )
    .await
    .unwrap();
    assert_eq!(closed.events[0].event_type, "aftercare.customer.v1.CaseClosed");
    assert_eq!(
        states(&closed.response),
        [
            ("investigation", pb::ClockState::Met),
            ("first-reply", pb::ClockState::MetLate),
            ("resolution", pb::ClockState::Met)
        ]
    );
    let entries = pb::ListCaseEntriesRequest { parent: name(), ..Default::default() };
    let timeline = list::case_entries(db, &world.pager, &li, &entries).await.unwrap().entries;
    let places: Vec<_> = timeline.iter().map(|entry| entry.sequence).collect();
    assert_eq!(places, (1..=i64::try_from(timeline.len()).unwrap()).collect::<Vec<_>>());

    let reopen = pb::ReopenCaseRequest {
        name: name(),
        reason: "it stands again".to_owned(),
        ..Default::default()
    };
    let late = actor_at(AGENT, "2026-04-01T09:00:00+08");
    let follow = case_step::reopen(db, timelines, &late, &reopen).await.unwrap().response;
    assert_eq!((follow.previous_case.as_str(), follow.state()), (NAME, pb::CaseState::Registered));
    let soon = actor_at(AGENT, "2026-03-01T09:00:00+08");
    let again = case_step::reopen(db, timelines, &soon, &reopen).await.unwrap().response;
    assert_eq!((again.name.as_str(), again.state()), (NAME, pb::CaseState::Reopened));
}

#[tokio::test]
async fn the_accused_does_not_see_the_case() {
    let world = World::new().await;
    world.customer("c1").await;
    let request = pb::CreateCaseRequest {
        case: Some(pb::Case {
            customer: "customers/c1".to_owned(),
            kind: pb::CaseKind::Complaint.into(),
            category: pb::ComplaintCategory::StaffConduct.into(),
            subject: "Rude on the phone".to_owned(),
            accused_employee: "employees/chen".to_owned(),
            ..Default::default()
        }),
        case_id: "k2".to_owned(),
        ..Default::default()
    };
    case::create(&world.db, &world.timelines, &actor(AGENT), &request).await.unwrap();
    let get = pb::GetCaseRequest { name: "cases/k2".to_owned() };
    case::get(&world.db, &world.timelines, &actor(AGENT), &get).await.unwrap();
    let hidden = case::get(&world.db, &world.timelines, &actor("chen"), &get).await.unwrap_err();
    assert_eq!(reason(&hidden), "RESOURCE_NOT_FOUND");
    let lists = (&world.pager, &world.timelines);
    let all = pb::ListCasesRequest::default();
    assert!(list::cases(&world.db, lists, &actor("chen"), &all).await.unwrap().cases.is_empty());
    assert_eq!(list::cases(&world.db, lists, &actor(AGENT), &all).await.unwrap().cases.len(), 1);
    let bad = pb::CreateCaseRequest {
        case: Some(pb::Case {
            customer: "customers/c9".to_owned(),
            kind: pb::CaseKind::Complaint.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let error = case::create(&world.db, &world.timelines, &actor(AGENT), &bad).await.unwrap_err();
    assert_eq!(fields(&error), ["case.subject", "case.category"]);
}
