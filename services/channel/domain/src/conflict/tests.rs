//! Every pair of states, the guards, and that no walk leaves the machine.

use super::*;
use proptest::prelude::*;

fn progress(state: ConflictState) -> Progress {
    Progress { id: ConflictId::parse("k1").unwrap(), state, hearing: None, history: vec![] }
}

fn mover(second: i64) -> Mover {
    Mover {
        actor: "users/li".into(),
        note: "why".into(),
        now: Timestamp::from_second(second).unwrap(),
    }
}

#[test]
fn only_the_moves_of_the_design_are_possible() {
    use ConflictState as S;
    let allowed = [
        (S::Suspected, S::Investigating),
        (S::Suspected, S::Dismissed),
        (S::Investigating, S::Dismissed),
        (S::Investigating, S::Confirmed),
        (S::Confirmed, S::Decided),
        (S::Decided, S::Executing),
        (S::Executing, S::Restoring),
        (S::Restoring, S::Closed),
        (S::Restoring, S::Reopened),
        (S::Dismissed, S::Reopened),
        (S::Closed, S::Reopened),
        (S::Reopened, S::Investigating),
        (S::Reopened, S::Dismissed),
    ];
    for from in S::ALL {
        for to in S::ALL {
            let moved = progress(*from).go(*to, &mover(0));
            assert_eq!(moved.is_ok(), allowed.contains(&(*from, *to)), "{from} to {to}");
        }
    }
}

#[test]
fn an_illegal_move_names_the_state_and_what_is_allowed() {
    let error =
        progress(ConflictState::Suspected).go(ConflictState::Decided, &mover(0)).unwrap_err();
    assert_eq!(error.reason(), "CONFLICT_ILLEGAL_MOVE");
    assert!(error.metadata().contains(&("allowed", "INVESTIGATING, DISMISSED".to_owned())));
    assert_eq!(
        error.to_string(),
        "conflicts/k1 is SUSPECTED; from there it goes to INVESTIGATING, DISMISSED"
    );
}

#[test]
fn nothing_is_confirmed_before_the_accused_was_heard() {
    let mut conflict = progress(ConflictState::Suspected);
    let due = Timestamp::from_second(100).unwrap();
    assert!(conflict.investigate(due, &mover(100)).is_err());
    conflict.investigate(due, &mover(0)).unwrap();
    assert!(matches!(conflict.confirm(&mover(99)), Err(ConflictError::NotHeard { .. })));
    let mut silent = conflict.clone();
    silent.confirm(&mover(100)).unwrap();
    conflict.record_statement("we did not".into(), mover(50).now).unwrap();
    assert!(conflict.record_statement("again".into(), mover(51).now).is_err());
    conflict.confirm(&mover(60)).unwrap();
    assert_eq!(conflict.history.len(), 2);
}

proptest! {
    #[test]
    fn any_walk_leaves_an_unbroken_history(targets in prop::collection::vec(0usize..9, 0..60)) {
        let mut conflict = progress(ConflictState::Suspected);
        for (i, target) in targets.into_iter().enumerate() {
            let before = conflict.clone();
            if conflict.go(ConflictState::ALL[target], &mover(i as i64)).is_err() {
                prop_assert_eq!(&before, &conflict);
            }
        }
        let mut at = ConflictState::Suspected;
        for step in &conflict.history {
            prop_assert_eq!(step.from, at);
            at = step.to;
        }
        prop_assert_eq!(at, conflict.state);
    }
}
