//! The complaint's way with every guard, and every move that must be refused.

use super::*;
use aftercare_kernel::currency::Currency;
use jiff::SignedDuration;
use rust_decimal::Decimal;

fn yuan(amount: i64) -> Money {
    Money::new(Decimal::from(amount), Currency::CNY).unwrap()
}

fn now() -> Timestamp {
    "2025-03-03T09:00:00+08".parse().unwrap()
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn go(state: CaseState, step: Step<'_>) -> Result<CaseState, CaseError> {
    advance(CaseKind::Complaint, state, &step, GuardPolicy::default(), now())
}

fn approve<'a>(approver: &'a str, limit: Option<Money>) -> Step<'a> {
    Step::Approve { approver, proposer: "li", value: yuan(3000), limit }
}

#[test]
fn a_complaint_goes_the_whole_way() {
    use CaseAction as A;
    let finding = Finding { cause: true, evidence: 1 };
    let mut state = CaseState::Registered;
    for (step, next) in [
        (Step::Plain(A::Acknowledge), CaseState::Acknowledged),
        (Step::Plain(A::Investigate), CaseState::Investigating),
        (Step::Plain(A::RecordFinding), CaseState::Analysed),
        (Step::Propose(finding), CaseState::Proposed),
        (Step::Plain(A::Submit), CaseState::PendingApproval),
        (Step::Plain(A::ReturnProposal), CaseState::Returned),
        (Step::Propose(finding), CaseState::Proposed),
        (Step::Plain(A::Submit), CaseState::PendingApproval),
        (approve("wang", Some(yuan(5000))), CaseState::Approved),
        (Step::Offer { value: yuan(3000), limit: None }, CaseState::Offered),
        (Step::Plain(A::Reject), CaseState::Rejected),
        (Step::Plain(A::Investigate), CaseState::Investigating),
        (Step::Plain(A::RecordFinding), CaseState::Analysed),
        (Step::Propose(finding), CaseState::Proposed),
        (Step::Offer { value: yuan(400), limit: Some(yuan(500)) }, CaseState::Offered),
        (Step::Confirm(Confirmation::Evidence), CaseState::Confirmed),
        (Step::Plain(A::Dispatch), CaseState::Dispatched),
        (Step::Plain(A::Execute), CaseState::Executing),
        (Step::Verify { open_tasks: 0 }, CaseState::Verifying),
        (Step::Satisfy(FollowUp::Score(4)), CaseState::Satisfied),
        (Step::Plain(A::Close), CaseState::Closed),
        (Step::Reopen { closed: now() - days(30) }, CaseState::Reopened),
        (Step::Plain(A::Investigate), CaseState::Investigating),
    ] {
        state = go(state, step.clone()).unwrap_or_else(|error| panic!("{step:?}: {error}"));
        assert_eq!(state, next);
    }
}

#[test]
fn guards_hold() {
    let deemed = |attempts: &[i64], offered: i64| {
        Step::Confirm(Confirmation::Deemed {
            attempts: attempts.iter().map(|ago| now() - days(*ago)).collect(),
            offered: now() - days(offered),
        })
    };
    let none = Finding { cause: true, evidence: 0 };
    for (state, step, reason) in [
        (CaseState::Analysed, Step::Propose(none), "NO_FINDING"),
        (CaseState::PendingApproval, approve("li", Some(yuan(9000))), "APPROVER_IS_PROPOSER"),
        (CaseState::PendingApproval, approve("wang", Some(yuan(2999))), "ABOVE_AUTHORITY_LIMIT"),
        (CaseState::PendingApproval, approve("wang", None), "ABOVE_AUTHORITY_LIMIT"),
        (
            CaseState::PendingApproval,
            approve("wang", Some(Money::zero(Currency::EUR))),
            "ABOVE_AUTHORITY_LIMIT",
        ),
        (
            CaseState::Proposed,
            Step::Offer { value: yuan(600), limit: Some(yuan(500)) },
            "ABOVE_AUTHORITY_LIMIT",
        ),
        (CaseState::Offered, deemed(&[3, 1], 13), "CONSENT_NOT_DEEMED"),
        (CaseState::Offered, deemed(&[3], 20), "CONSENT_NOT_DEEMED"),
        (CaseState::Offered, deemed(&[25, 3], 20), "CONSENT_NOT_DEEMED"),
        (CaseState::Executing, Step::Verify { open_tasks: 2 }, "TASKS_OPEN"),
        (CaseState::Verifying, Step::Satisfy(FollowUp::Score(3)), "CUSTOMER_NOT_SATISFIED"),
        (CaseState::Closed, Step::Reopen { closed: now() - days(31) }, "REOPEN_WINDOW_PASSED"),
    ] {
        assert_eq!(go(state, step.clone()).unwrap_err().reason(), reason, "{step:?}");
    }
    assert_eq!(go(CaseState::Offered, deemed(&[3, 1], 14)), Ok(CaseState::Confirmed));
    assert_eq!(go(CaseState::Verifying, Step::Satisfy(FollowUp::Waived)), Ok(CaseState::Satisfied));
}

#[test]
fn every_other_move_is_refused_with_the_moves_there_are() {
    for kind in CaseKind::ALL {
        for state in CaseState::ALL {
            let moves = state.moves(*kind);
            let mut actions: Vec<_> = moves.iter().map(|(action, _)| *action).collect();
            actions.dedup();
            assert_eq!(actions.len(), moves.len(), "{state} knows a move twice");
            for action in CaseAction::ALL.iter().filter(|action| !actions.contains(action)) {
                let step = Step::Plain(*action);
                let error =
                    advance(*kind, *state, &step, GuardPolicy::default(), now()).unwrap_err();
                let allowed = actions.clone();
                assert_eq!(
                    error,
                    CaseError::IllegalMove { state: *state, action: *action, allowed }
                );
            }
        }
    }
    let error = go(CaseState::Registered, Step::Plain(CaseAction::Close)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "CLOSE is not possible in state REGISTERED; possible: ACKNOWLEDGE, MARK_DUPLICATE, WITHDRAW"
    );
}

#[test]
fn every_state_can_be_left_or_is_over_and_can_be_reached() {
    for state in CaseState::ALL {
        assert_eq!(
            state.moves(CaseKind::Complaint).is_empty(),
            matches!(state, CaseState::Duplicate | CaseState::Withdrawn)
        );
        let reached = CaseState::ALL
            .iter()
            .flat_map(|from| from.moves(CaseKind::Complaint))
            .any(|(_, next)| next == *state);
        assert!(reached || *state == CaseState::Registered, "{state}");
    }
}

#[test]
fn requests_may_go_the_short_way_and_complaints_may_not() {
    use CaseAction as A;
    let go = |kind, state, action| {
        advance(kind, state, &Step::Plain(action), GuardPolicy::default(), now())
    };
    assert_eq!(
        go(CaseKind::Request, CaseState::Acknowledged, A::Execute),
        Ok(CaseState::Executing)
    );
    assert_eq!(go(CaseKind::Inquiry, CaseState::Verifying, A::Close), Ok(CaseState::Closed));
    assert!(go(CaseKind::Complaint, CaseState::Acknowledged, A::Execute).is_err());
    assert!(go(CaseKind::Complaint, CaseState::Verifying, A::Close).is_err());
}

#[test]
fn splitting_a_remedy_does_not_slip_under_a_limit() {
    let granted = Granted { value: yuan(400), in_case: yuan(300), to_customer: yuan(900) };
    assert_eq!(granted.cumulated(), Ok(yuan(1300)));
    let limit = |role: &str, amount| AuthorityLimit {
        role: role.to_owned(),
        categories: vec![],
        grades: vec![],
        remedy_kinds: vec![],
        limit: yuan(amount),
        elasticity: None,
    };
    let mut limits = vec![limit("agent", 500), limit("supervisor", 5000)];
    let roles = vec!["agent".to_owned()];
    let facts = (Some(ComplaintCategory::ProductQuality), None, &[] as &[String]);
    assert_eq!(authority(&limits, &roles, facts, now()).unwrap().1, yuan(500));
    limits[0].elasticity = Some(Elasticity {
        limit: yuan(2000),
        incident: "flood".to_owned(),
        start: now(),
        end: now() + days(1),
    });
    assert_eq!(authority(&limits, &roles, facts, now()).unwrap().1, yuan(2000));
    assert_eq!(authority(&limits, &roles, facts, now() + days(1)).unwrap().1, yuan(500));
    assert!(authority(&limits, &["engineer".to_owned()], facts, now()).is_none());
}

#[test]
fn tasks_bounce_and_are_reworked_until_they_are_checked() {
    use TaskAction as A;
    let mut state = TaskState::Open;
    for (action, next) in [
        (A::Bounce, TaskState::Bounced),
        (A::Accept, TaskState::Accepted),
        (A::Complete, TaskState::Done),
        (A::Rework, TaskState::Rework),
        (A::Accept, TaskState::Accepted),
        (A::Complete, TaskState::Done),
        (A::Verify, TaskState::Verified),
    ] {
        state = advance_task(state, action).unwrap();
        assert_eq!(state, next);
    }
    assert!(advance_task(state, A::Rework).is_err());
    assert!(state.is_closed());
}
