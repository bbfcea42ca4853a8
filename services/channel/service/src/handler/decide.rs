//! The decision: by a person with the authority; a supply hold by two.

use super::investigate::required;
use super::raise::{Raised, raised};
use super::step::{Asked, change, mover};
use crate::convert::sanction;
use crate::server::Server;
use crate::store::conflict::{Decision, Kept};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::conflict::{ConflictError, ConflictState};
use aftercare_channel_domain::sanction::{LADDER, Sanction};
use aftercare_kernel::fault::Violations;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;

pub(crate) async fn decide(
    server: &Server,
    call: Call,
    request: pb::DecideConflictRequest,
) -> Result<pb::Conflict, Error> {
    let mut wrong = Violations::new();
    let mut sanctions = Vec::with_capacity(request.sanctions.len());
    for (i, wire) in request.sanctions.iter().enumerate() {
        sanctions
            .extend(wrong.within(&format!("sanctions[{i}]"), |wrong| sanction::read(wire, wrong)));
    }
    let compensation = request.compensation.as_ref().and_then(|wire| {
        wrong.within("compensation", |wrong| sanction::read_compensation(wire, wrong))
    });
    wrong.finish()?;
    required(&request.rationale, "rationale")?;
    if let Some(compensation) = &compensation {
        compensation.check()?;
    }
    let asked = Asked { name: &request.name, etag: &request.etag };
    change(server, &call, &asked, (&request.request_id, &request), |kept| {
        kept.progress().allowed(ConflictState::Decided)?;
        let two = sanctions.iter().any(Sanction::needs_two);
        kept.conflict.decision = Some(Decision {
            sanctions,
            compensation,
            ladder_version: LADDER.version.to_owned(),
            decider: call.caller.principal.clone(),
            second_decider: String::new(),
            rationale: request.rationale.clone(),
            at: call.now,
        });
        // A hold waits for the second person; until then the conflict stays CONFIRMED and nothing is carried out.
        if two { Ok(Vec::new()) } else { settle(kept, &call, &request.rationale) }
    })
    .await
}

pub(crate) async fn approve_hold(
    server: &Server,
    call: Call,
    request: pb::ApproveHoldRequest,
) -> Result<pb::Conflict, Error> {
    let asked = Asked { name: &request.name, etag: &request.etag };
    change(server, &call, &asked, (&request.request_id, &request), |kept| {
        kept.progress().allowed(ConflictState::Decided)?;
        let (id, state) = (kept.id.clone(), kept.conflict.state);
        let Some(decision) = kept.conflict.decision.as_mut() else {
            let what = "approving a hold that nobody decided";
            return Err(ConflictError::WrongState { id, state, what }.into());
        };
        if decision.decider == call.caller.principal {
            let first = decision.decider.clone();
            return Err(ConflictError::SecondPerson { id, first }.into());
        }
        decision.second_decider.clone_from(&call.caller.principal);
        let rationale = decision.rationale.clone();
        settle(kept, &call, &rationale)
    })
    .await
}

/// Moves to DECIDED, and tells everybody who has to carry a sanction out.
fn settle(kept: &mut Kept, call: &Call, rationale: &str) -> Result<Vec<Raised>, Error> {
    let mut progress = kept.progress();
    progress.go(ConflictState::Decided, &mover(call, rationale))?;
    kept.moved(progress);
    let sanctions = kept.conflict.decision.iter().flat_map(|decision| &decision.sanctions);
    let events = sanctions.zip(0i32..).map(|(decided, index)| {
        let event = pb::SanctionDecided {
            conflict: kept.name(),
            distributor: format!("distributors/{}", kept.conflict.accused),
            sanction: Some(sanction::present(decided)),
            index,
        };
        raised(&kept.name(), &event)
    });
    Ok(events.collect())
}
