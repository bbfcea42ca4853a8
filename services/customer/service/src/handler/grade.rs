//! Grading: from evidence to a grade that explains itself, and the policy that decides.

use super::list::asked;
use super::{Actor, Outcome, Raised, check_etag, parsed};
use crate::convert::customer::{customer_id, evidence};
use crate::convert::grade::{GradeRecord, policy, present, present_policy, wire_change};
use crate::convert::value::{wire_decimal, wire_instant};
use crate::convert::word::{Word, number};
use crate::listing::{Asked, computed};
use crate::store::grade_policy::Version;
use crate::store::{self, Stored};
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::customer::{Customer, check_evidence};
use aftercare_customer_domain::grade::{
    Evidence, GradeChange, GradeError, GradeInputKind, PastGrade, changes, decide, score,
};
use aftercare_kernel::fault::{Class, Fault, Invalid, Violations};
use aftercare_platform::paging::{KeyValue, Pager};
use aftercare_platform::status::Error;
use jiff::civil::Date;
use sea_orm::ConnectionTrait;

/// A customer without a grade has nothing to explain.
#[derive(Debug, thiserror::Error)]
#[error("{0} has not been graded")]
struct NotGraded(String);

impl Fault for NotGraded {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "CUSTOMER_NOT_GRADED"
    }
    fn subject(&self) -> String {
        self.0.clone()
    }
}

pub(crate) async fn grade(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::GradeCustomerRequest,
) -> Result<Outcome<pb::GradeRecord>, Error> {
    let (id, sequence, given) = parsed(|wrong| {
        let id = customer_id(&request.name, "name", wrong);
        let sequence = wrong.take("period", sequence(&request.period));
        let given = given(request, wrong);
        id.zip(sequence).map(|(id, sequence)| (id, sequence, given))
    })?;
    let stored = store::customer::get(db, &actor.tenant, id.as_str()).await?;
    check_etag(&request.etag, &stored.etag(), &request.name)?;
    let mut known = given.clone().or_else(|| stored.value.evidence.clone()).unwrap_or_default();
    let (version, _) = store::grade_policy::get(db, &actor.tenant, None).await?;
    if version.policy.scores(GradeInputKind::ServiceProfitShare) {
        let before = before(&request.period, sequence);
        let left = super::profit::left(db, actor, (id.as_str(), Some(&known)), before).await?;
        known.service_profit_share = left.map(|left| left.share);
    }
    let scored = score(&version.policy, &known)?;
    let mut past = store::grade::history(db, &actor.tenant, id.as_str(), 24).await?;
    past.retain(|record| record.period != request.period);
    if let Some(newest) = past.first()
        && self::sequence(&newest.period).is_ok_and(|newest| newest > sequence)
    {
        let (period, newest) = (request.period.clone(), newest.period.clone());
        return Err(GradeError::PeriodOutOfOrder { period, newest }.into());
    }
    let history: Vec<PastGrade> =
        past.iter().map(|past| PastGrade { grade: past.grade, raw: past.raw }).collect();
    let decision = decide(&version.policy, scored.total, &history);
    let about = (request.period.clone(), actor.now, actor.principal.clone());
    let record = GradeRecord::new(decision, scored, (version.version, known), about);
    let response = present(&record, id.as_str());
    if request.validate_only {
        return Ok(Outcome::quiet(response));
    }
    let before = stored.value.grade;
    let (stored, event) = save(db, actor, (stored, sequence), (&record, given)).await?;
    let mut events = vec![event];
    if before != Some(record.grade) {
        let of = (id.as_str(), &stored.value);
        events.extend(super::rebase::regraded(db, timelines, actor, of).await?);
    }
    Ok(Outcome { response, events })
}

fn given(request: &pb::GradeCustomerRequest, wrong: &mut Violations) -> Option<Evidence> {
    let wire = request.evidence.as_ref()?;
    Some(wrong.within("evidence", |wrong| {
        let evidence = evidence(wire, wrong);
        check_evidence(&evidence, wrong);
        evidence
    }))
}

/// Periods in order: `2026` counts as its last quarter, `2026-Q2` as itself, `2026-07` by its month.
fn sequence(period: &str) -> Result<i64, &'static str> {
    const FORM: &str = "must be a year, a quarter or a month: 2026, 2026-Q1, 2026-07";
    let (year, part) = period.split_once('-').map_or((period, None), |(y, part)| (y, Some(part)));
    let year: i64 =
        if year.len() == 4 { year.parse().map_err(|_| FORM)? } else { return Err(FORM) };
    let month = match part {
        None => 12,
        Some(part) => match (part.strip_prefix('Q'), part.len()) {
            (Some(quarter), 2) => {
                3 * quarter.parse::<i64>().ok().filter(|q| (1..=4).contains(q)).ok_or(FORM)?
            }
            (None, 2) => part.parse::<i64>().ok().filter(|m| (1..=12).contains(m)).ok_or(FORM)?,
            _ => return Err(FORM),
        },
    };
    Ok(year * 12 + month)
}

/// First day of the period before a period, and the first day after it.
fn before(period: &str, sequence: i64) -> (Date, Date) {
    let months = match period.split_once('-') {
        None => 12,
        Some((_, part)) if part.starts_with('Q') => 3,
        Some(_) => 1,
    };
    // Months are counted from the first of year 0; `sequence` is that of the period's last month.
    let first = |month: i64| {
        let (year, month) = ((month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
        let year = i16::try_from(year).unwrap_or(i16::MAX);
        Date::new(year, i8::try_from(month).unwrap_or(1), 1).unwrap_or(Date::MIN)
    };
    (first(sequence - 2 * months + 1), first(sequence - months + 1))
}

async fn save(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (stored, sequence): (Stored<Customer>, i64),
    (record, given): (&GradeRecord, Option<Evidence>),
) -> Result<(Stored<Customer>, Raised), Error> {
    store::grade::save(db, &actor.tenant, &stored.id, (sequence, record)).await?;
    let mut value = stored.value.clone();
    value.grade = Some(record.grade);
    if given.is_some() {
        value.evidence = given;
    }
    let stored = stored.revised(value, actor.now);
    store::customer::save(db, vec![store::customer::row(&actor.tenant, &stored)?]).await?;
    let customer = format!("customers/{}", stored.id);
    let event = pb::CustomerGraded {
        customer: customer.clone(),
        grade: record.grade.number(),
        previous_grade: number(record.previous),
        total: Some(wire_decimal(record.scored.total)),
        policy: format!("gradePolicies/{}", record.policy_version),
        region_code: stored.value.region.as_ref().map(ToString::to_string).unwrap_or_default(),
        needs_segment: number(stored.value.needs_segment),
        grade_time: Some(wire_instant(record.at)),
    };
    Ok((stored, Raised::new(customer, &event)))
}

pub(crate) async fn explain(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::ExplainGradeRequest,
) -> Result<pb::GradeExplanation, Error> {
    let id = parsed(|wrong| customer_id(&request.name, "name", wrong))?;
    store::customer::get(db, &actor.tenant, id.as_str()).await?;
    let history = store::grade::history(db, &actor.tenant, id.as_str(), 1).await?;
    let record = history.into_iter().next().ok_or_else(|| NotGraded(request.name.clone()))?;
    let wanted = Some(record.policy_version);
    let (version, newest) = store::grade_policy::get(db, &actor.tenant, wanted).await?;
    let changes = changes(&version.policy, &record.evidence, record.grade)?;
    let nearest = |better: bool| {
        let moves = |change: &&GradeChange| (change.grade < record.grade) == better;
        changes.iter().find(moves).map(wire_change)
    };
    Ok(pb::GradeExplanation {
        customer: request.name.clone(),
        record: Some(present(&record, id.as_str())),
        policy: Some(shown(&version, newest)),
        nearest_up: nearest(true),
        nearest_down: nearest(false),
        changes: changes.iter().map(wire_change).collect(),
    })
}

fn shown(version: &Version, newest: i64) -> pb::GradePolicy {
    let numbers = (version.version, newest);
    present_policy(&version.policy, numbers, &version.comment, version.created)
}

/// The version in a policy's name; none for the newest.
fn version(name: &str) -> Result<Option<i64>, Invalid> {
    match name.strip_prefix("gradePolicies/") {
        Some("current") => Ok(None),
        Some(number) if number.parse::<i64>().is_ok_and(|n| n > 0) => Ok(number.parse().ok()),
        _ => {
            Err(Invalid::field("name", "must be gradePolicies/{version} or gradePolicies/current"))
        }
    }
}

pub(crate) async fn get_policy(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetGradePolicyRequest,
) -> Result<pb::GradePolicy, Error> {
    let wanted = version(&request.name)?;
    let (version, newest) = store::grade_policy::get(db, &actor.tenant, wanted).await?;
    Ok(shown(&version, newest))
}

pub(crate) async fn list_policies(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListGradePoliciesRequest,
) -> Result<pb::ListGradePoliciesResponse, Error> {
    let versions = store::grade_policy::versions(db, &actor.tenant).await?;
    let newest = versions.last().map_or(1, |newest| newest.version);
    let key = |version: &Version, _| KeyValue::Integer(version.version);
    let about = (actor, "GradeService/ListGradePolicies", &["version"][..]);
    let (page, next_page_token) = computed(pager, about, &asked!(request), (versions, key))?;
    let grade_policies = page.iter().map(|version| shown(version, newest)).collect();
    Ok(pb::ListGradePoliciesResponse { grade_policies, next_page_token })
}

pub(crate) async fn update_policy(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateGradePolicyRequest,
) -> Result<Outcome<pb::GradePolicy>, Error> {
    let wire = parsed(|wrong| wrong.required("grade_policy", request.grade_policy.clone()))?;
    if wire.name != "gradePolicies/current" {
        let field = "grade_policy.name";
        return Err(
            Invalid::field(field, "must be gradePolicies/current: versions never change").into()
        );
    }
    let (current, newest) = store::grade_policy::get(db, &actor.tenant, None).await?;
    check_etag(&wire.etag, &store::etag(newest), &wire.name)?;
    let mut wrong = Violations::new();
    let mask = request.update_mask.as_ref();
    let wire = crate::mask::merged(shown(&current, newest), &wire, mask, &mut wrong);
    let value = super::isolated(&mut wrong, "grade_policy", |wrong| policy(&wire, wrong));
    wrong.finish()?;
    let Some(policy) = value else {
        return Err(Invalid::field("grade_policy", "is required").into());
    };
    let (comment, created) = (wire.comment, Some(actor.now));
    let next = Version { version: newest + 1, policy, comment, created };
    store::grade_policy::add(db, &actor.tenant, &next, actor.now).await?;
    Ok(Outcome::quiet(shown(&next, next.version)))
}

#[cfg(test)]
mod tests {
    use super::{before, sequence};
    use jiff::civil::date;

    #[test]
    fn periods_have_their_order_and_their_form() {
        let order = ["2025-Q4", "2026-01", "2026-Q1", "2026-07", "2026-Q4", "2027-Q1"];
        let numbers: Vec<_> = order.iter().map(|period| sequence(period).unwrap()).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
        assert_eq!(sequence("2026"), sequence("2026-Q4"));
        for wrong in ["", "26", "2026-", "2026-Q5", "2026-13", "2026-Q", "2026-1", "2026-Q10"] {
            assert!(sequence(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_period_before_is_as_long_and_ends_where_the_graded_one_begins() {
        for (period, start, end) in [
            ("2026", date(2025, 1, 1), date(2026, 1, 1)),
            ("2026-Q1", date(2025, 10, 1), date(2026, 1, 1)),
            ("2026-Q2", date(2026, 1, 1), date(2026, 4, 1)),
            ("2026-01", date(2025, 12, 1), date(2026, 1, 1)),
            ("2026-07", date(2026, 6, 1), date(2026, 7, 1)),
        ] {
            assert_eq!(before(period, sequence(period).unwrap()), (start, end), "{period}");
        }
    }
}
