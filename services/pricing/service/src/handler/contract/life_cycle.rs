//! What becomes of a contract: activated, suspended, resumed, given notice of, terminated; the customer service is told.

use super::amend::amended;
use super::billing::fee_change;
use super::{PATTERN, amendment, check_etag, store};
use crate::convert::contract::{exclusions, names, period, present, response};
use crate::convert::terms;
use crate::handler::{day, id_of, now, parsed, price_index, today};
use crate::job;
use crate::server::Server;
use crate::store::contract::StoredContract;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use aftercare_platform::wire;
use aftercare_pricing_domain::agreement::{Amendment, Suspension};
use aftercare_pricing_domain::contract::{self as life, Notice};
use jiff::civil::Date;
use std::slice::from_mut;

/// The parts that changes of a contract's state have in common.
struct Step<'a> {
    name: &'a str,
    etag: &'a str,
    request_id: &'a str,
}

/// What others are told of a step.
enum Told {
    Nothing,
    /// Its machines are entitled to service, from a day on.
    InForce(Date),
    /// They no longer are, from a day on.
    Over {
        day: Date,
        terminated: bool,
        reason: String,
    },
}

async fn step(
    server: &Server,
    call: &Call,
    asked: &impl prost::Message,
    step: Step<'_>,
    decide: impl FnOnce(&mut StoredContract) -> Result<Told, Error>,
) -> Result<pb::Contract, Error> {
    let id = id_of(PATTERN, step.name)?;
    let mut write = server.home.write(call, step.request_id, asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let mut contract = store::get(write.tx(), call.tenant(), &id).await?;
    check_etag(step.etag, contract.revision, step.name)?;
    let told = decide(&mut contract)?;
    contract.revision += 1;
    contract.update_time = now(call);
    store::update(write.tx(), call.tenant(), &contract).await?;
    let amendments = amendment::of(write.tx(), call.tenant(), &id).await?;
    match told {
        Told::Nothing => {}
        Told::InForce(day) => {
            in_force(&mut write, &contract, &amendments, day).await?;
            job::plan_contract(&write, &contract.name(), contract.end).await?;
        }
        Told::Over { day, terminated, reason } => {
            ended(&mut write, &contract, &amendments, (day, terminated, reason)).await?;
            if terminated {
                job::forget_contract(&write, &contract.name()).await?;
            }
        }
    }
    price_index::publish(write.tx(), call, from_mut(&mut contract)).await?;
    let response = present(&contract, &amendments, today(call))?;
    write.commit(response).await
}

/// Tells that a contract's machines are entitled, and what was agreed to change later.
async fn in_force(
    write: &mut Write,
    contract: &StoredContract,
    amendments: &[Amendment],
    day: Date,
) -> Result<(), Error> {
    write.emit(&contract.name(), &activated(contract, amendments, day)).await?;
    for (i, amendment) in amendments.iter().enumerate() {
        if amendment.change.effective > day {
            let change = fee_change(contract, &amendments[..i], amendment)?;
            let event = amended(contract, &amendments[..i], amendment, change);
            write.emit(&contract.name(), &event).await?;
        }
    }
    Ok(())
}

fn activated(
    contract: &StoredContract,
    amendments: &[Amendment],
    day: Date,
) -> pb::ContractActivated {
    let agreement = &contract.agreement;
    let terms = agreement.terms_on(amendments, day);
    pb::ContractActivated {
        contract: contract.name(),
        customer: contract.customer.clone(),
        assets: names(&agreement.assets_on(amendments, day)),
        period: Some(period(contract.start, Some(contract.end))),
        response_time: response(terms),
        sla_policy: terms.sla_policy.clone(),
        after_hours: terms::hours(terms.after_hours).into(),
        coverage: terms::coverage(terms.coverage).into(),
        exclusions: exclusions(terms),
        price: Some(wire::money(agreement.price)),
        effective_date: Some(wire::date(day)),
    }
}

/// Tells that a contract's machines are no longer entitled to service.
pub(super) async fn ended(
    write: &mut Write,
    contract: &StoredContract,
    amendments: &[Amendment],
    (day, terminated, reason): (Date, bool, String),
) -> Result<(), Error> {
    let event = pb::ContractEnded {
        contract: contract.name(),
        customer: contract.customer.clone(),
        assets: names(&contract.agreement.assets_on(amendments, day)),
        end_date: Some(wire::date(day)),
        terminated,
        reason,
    };
    write.emit(&contract.name(), &event).await
}

pub(crate) async fn activate(
    server: &Server,
    call: Call,
    asked: pb::ActivateContractRequest,
) -> Result<pb::Contract, Error> {
    let which = Step { name: &asked.name, etag: &asked.etag, request_id: &asked.request_id };
    step(server, &call, &asked, which, |contract| {
        contract.state = life::activate(&asked.name, contract.state)?;
        Ok(Told::InForce(contract.start))
    })
    .await
}

/// A reason that says something.
fn reason(given: &str, wrong: &mut Violations) -> String {
    if given.trim().chars().count() < 10 {
        wrong.add("reason", "must be at least 10 characters");
    }
    given.trim().to_owned()
}

pub(crate) async fn suspend(
    server: &Server,
    call: Call,
    asked: pb::SuspendContractRequest,
) -> Result<pb::Contract, Error> {
    let reason = parsed(|wrong| Some(reason(&asked.reason, wrong)))?;
    let which = Step { name: &asked.name, etag: &asked.etag, request_id: &asked.request_id };
    let today = today(&call);
    step(server, &call, &asked, which, |contract| {
        contract.state = life::suspend(&asked.name, contract.state)?;
        if today >= contract.end {
            return Err(Invalid::field("name", "its end has come: it is renewed or expires").into());
        }
        let from = today.max(contract.start);
        let rest = Suspension { from, until: None, reason: reason.clone() };
        contract.agreement.suspensions.push(rest);
        Ok(Told::Over { day: from, terminated: false, reason: format!("suspended: {reason}") })
    })
    .await
}

pub(crate) async fn resume(
    server: &Server,
    call: Call,
    asked: pb::ResumeContractRequest,
) -> Result<pb::Contract, Error> {
    let which = Step { name: &asked.name, etag: &asked.etag, request_id: &asked.request_id };
    let today = today(&call);
    step(server, &call, &asked, which, |contract| {
        contract.state = life::resume(&asked.name, contract.state)?;
        close_suspension(contract, today);
        Ok(Told::InForce(today.max(contract.start)))
    })
    .await
}

/// Ends the suspension that lasts, if one does; one of no day at all is forgotten.
pub(super) fn close_suspension(contract: &mut StoredContract, day: Date) {
    for rest in &mut contract.agreement.suspensions {
        rest.until = rest.until.or(Some(day.max(rest.from)));
    }
    contract.agreement.suspensions.retain(|rest| rest.until != Some(rest.from));
}

pub(crate) async fn give_notice(
    server: &Server,
    call: Call,
    asked: pb::GiveNoticeRequest,
) -> Result<pb::Contract, Error> {
    let reason = parsed(|wrong| Some(reason(&asked.reason, wrong)))?;
    let which = Step { name: &asked.name, etag: &asked.etag, request_id: &asked.request_id };
    let day = today(&call);
    step(server, &call, &asked, which, |contract| {
        let notice = Notice { day, reason };
        let end = (contract.end, &contract.agreement.terms);
        let given = life::give_notice(&asked.name, contract.state, end, notice)?;
        contract.agreement.notice = Some(given);
        Ok(Told::Nothing)
    })
    .await
}

pub(crate) async fn terminate(
    server: &Server,
    call: Call,
    asked: pb::TerminateContractRequest,
) -> Result<pb::Contract, Error> {
    let (reason, end) = parsed(|wrong| {
        let reason = reason(&asked.reason, wrong);
        let end = wrong.required("end_date", asked.end_date.as_ref());
        Some((reason, day("end_date", end, wrong)?))
    })?;
    let which = Step { name: &asked.name, etag: &asked.etag, request_id: &asked.request_id };
    step(server, &call, &asked, which, |contract| {
        contract.state = life::terminate(&asked.name, contract.state)?;
        if end < contract.start || end > contract.end {
            return Err(Invalid::field("end_date", "must lie within the contract").into());
        }
        contract.end = end;
        contract.end_reason.clone_from(&reason);
        close_suspension(contract, end);
        Ok(Told::Over { day: end, terminated: true, reason })
    })
    .await
}
