//! Figures of satisfaction over the answers of a period, by grade, touchpoint or stage.

use super::{Actor, parsed};
use crate::convert::customer::customer_id;
use crate::convert::quality::count;
use crate::convert::survey::statistic;
use crate::convert::value::date;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Period;
use aftercare_customer_domain::case::CaseKind;
use aftercare_customer_domain::customer::CustomerState;
use aftercare_customer_domain::survey::{
    self, Given, Hidden, Met, Question, QuestionKind, Response, StageShare, roll_up,
};
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive;
use sea_orm::{ColumnTrait, ConnectionTrait, PaginatorTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, BTreeSet};

/// Civil dates of UTC as instants, from the first to the first after; open ends are those of time.
pub(crate) fn within(
    period: Option<&Period>,
    wrong: &mut Violations,
) -> Option<(Timestamp, Timestamp)> {
    let midnight = |date: Date| date.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).ok();
    wrong.within("period", |wrong| {
        let start = date(period.and_then(|p| p.start_date.as_ref()), "start_date", wrong);
        let end = date(period.and_then(|p| p.end_date.as_ref()), "end_date", wrong);
        let from = start.and_then(midnight).unwrap_or(Timestamp::UNIX_EPOCH);
        // Year 9999 is beyond what microseconds of the store can need.
        let to = end.and_then(midnight).unwrap_or(Timestamp::MAX);
        if to <= from {
            wrong.add("end_date", "must be after start_date");
            return None;
        }
        Some((from, to))
    })
}

/// All answers of a time with the questions of their surveys.
struct Answers {
    responses: Vec<(String, Stored<Response>)>,
    questions: BTreeMap<String, BTreeMap<String, Question>>,
}

impl Answers {
    async fn read(
        db: &impl ConnectionTrait,
        actor: &Actor,
        time: (Timestamp, Timestamp),
        customer: Option<&str>,
    ) -> Result<Self, Error> {
        let responses = store::survey_response::between(db, &actor.tenant, time, customer).await?;
        let mut questions = BTreeMap::new();
        for (survey, _) in &responses {
            if !questions.contains_key(survey) {
                let stored = store::survey::get(db, &actor.tenant, survey).await?;
                let by_id = stored.value.questions.into_iter().map(|q| (q.id.clone(), q));
                questions.insert(survey.clone(), by_id.collect());
            }
        }
        Ok(Self { responses, questions })
    }

    /// Answers with a number, each with its question; `group` is asked for every response.
    fn given<'a>(&'a self, keep: impl Fn(&Response) -> bool) -> Vec<(Given<'a>, &'a Question)> {
        let mut all = Vec::new();
        for (response, (survey, stored)) in self.responses.iter().enumerate() {
            let Some(questions) = self.questions.get(survey).filter(|_| keep(&stored.value)) else {
                continue;
            };
            for answer in &stored.value.answers {
                let Some(question) = questions.get(&answer.question) else { continue };
                if question.kind == QuestionKind::Text {
                    continue;
                }
                let given = Given {
                    customer: &stored.value.customer,
                    response,
                    kind: question.kind,
                    dimension: question.dimension,
                    weight: question.weight.and_then(|weight| weight.to_f64()).unwrap_or(1.0),
                    score: answer.score,
                };
                all.push((given, question));
            }
        }
        all
    }
}

fn figures(group: &str, given: Vec<(Given<'_>, &Question)>) -> Vec<pb::SatisfactionStatistic> {
    let given: Vec<Given<'_>> = given.into_iter().map(|(given, _)| given).collect();
    survey::statistics(&given).iter().map(|found| statistic(group, found)).collect()
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetSatisfactionRequest,
) -> Result<pb::GetSatisfactionResponse, Error> {
    let (customer, time) = parsed(|wrong| {
        let customer = match request.customer.as_str() {
            "" => None,
            name => customer_id(name, "customer", wrong).map(|id| id.to_string()),
        };
        if !["", "grade", "touchpoint", "stage"].contains(&request.group_by.as_str()) {
            wrong.add("group_by", "must be grade, touchpoint or stage, or empty");
        }
        within(request.period.as_ref(), wrong).map(|time| (customer, time))
    })?;
    if let Some(customer) = &customer {
        store::customer::get(db, &actor.tenant, customer).await?;
    }
    let answers = Answers::read(db, actor, time, customer.as_deref()).await?;
    let statistics = match request.group_by.as_str() {
        "grade" => by_grade(&answers),
        "touchpoint" | "stage" => journey(db, actor, &answers, &request.group_by).await?,
        _ => {
            let mut all = figures("", answers.given(|_| true));
            if customer.is_none() {
                let of = of_two_lists(db, actor, &answers, time).await?;
                all.extend(survey::hidden(of).iter().map(|found| statistic("", found)));
            }
            all
        }
    };
    Ok(pb::GetSatisfactionResponse { statistics })
}

/// Scores that a customer gave to one kind of question, oldest first, with when.
pub(crate) async fn scores(
    db: &impl ConnectionTrait,
    actor: &Actor,
    time: (Timestamp, Timestamp),
    (customer, kind): (&str, QuestionKind),
) -> Result<Vec<(Timestamp, i32)>, Error> {
    let answers = Answers::read(db, actor, time, Some(customer)).await?;
    let mut found = Vec::new();
    for (given, _) in answers.given(|_| true) {
        if given.kind == kind
            && let Some((_, stored)) = answers.responses.get(given.response)
        {
            found.push((stored.created, given.score));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// What the customer answered last to each kind of question, as it was said: no figure of many, and so without interval.
pub(crate) async fn last_answers(
    db: &impl ConnectionTrait,
    actor: &Actor,
    customer: &str,
) -> Result<Vec<pb::SatisfactionStatistic>, Error> {
    let mut found = Vec::new();
    let always = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let answers = Answers::read(db, actor, always, Some(customer)).await?;
    let given = answers.given(|_| true);
    for (kind, metric) in [
        (QuestionKind::Csat, "csat_last"),
        (QuestionKind::Nps, "nps_last"),
        (QuestionKind::Repurchase, "repurchase_last"),
    ] {
        let of_kind = given.iter().filter(|(given, _)| given.kind == kind);
        let when = |response: usize| answers.responses.get(response).map(|(_, one)| one.created);
        let Some((last, _)) = of_kind.max_by_key(|(given, _)| when(given.response)) else {
            continue;
        };
        let value = f64::from(last.score);
        found.push(pb::SatisfactionStatistic {
            metric: metric.to_owned(),
            value,
            lower: value,
            upper: value,
            sample_size: 1,
            method: "last_answer".to_owned(),
            assumption: "one answer of one customer, on the scale of its question".to_owned(),
            ..Default::default()
        });
    }
    Ok(found)
}

fn by_grade(answers: &Answers) -> Vec<pb::SatisfactionStatistic> {
    let grades: BTreeSet<_> =
        answers.responses.iter().filter_map(|(_, stored)| stored.value.grade).collect();
    let of = |grade| {
        figures(
            aftercare_customer_domain::grade::Grade::as_str(grade),
            answers.given(|response| response.grade == Some(grade)),
        )
    };
    grades.into_iter().flat_map(of).collect()
}

const ROLL_UP: &str =
    "touchpoints of a stage are alike but for chance and their own share; answers are independent";

/// Satisfied answers by touchpoint, or rolled up to stages and the whole (`journey`).
async fn journey(
    db: &impl ConnectionTrait,
    actor: &Actor,
    answers: &Answers,
    group_by: &str,
) -> Result<Vec<pb::SatisfactionStatistic>, Error> {
    let points = store::touchpoint::all(db, &actor.tenant).await?;
    let mut met: BTreeMap<&str, Met<'_>> = BTreeMap::new();
    for point in &points {
        let (touchpoint, point, customers) = (point.id.as_str(), &point.value, BTreeSet::new());
        met.insert(touchpoint, Met { touchpoint, point, satisfied: 0, answers: 0, customers });
    }
    let given = answers.given(|_| true);
    for (given, question) in given.iter().filter(|(given, _)| given.kind == QuestionKind::Csat) {
        let id = question.touchpoint.trim_start_matches("touchpoints/");
        let Some(met) = met.get_mut(id) else { continue };
        met.satisfied += u32::from(given.score >= 4);
        met.answers += 1;
        met.customers.insert(given.customer);
    }
    let roll = roll_up(&met.into_values().collect::<Vec<_>>());
    let share = |group: String, share: StageShare| pb::SatisfactionStatistic {
        metric: "csat_top2".to_owned(),
        group,
        value: share.value,
        lower: share.lower,
        upper: share.upper,
        sample_size: count(share.answers),
        method: "beta_binomial".to_owned(),
        assumption: ROLL_UP.to_owned(),
        moment_of_truth: false,
    };
    if group_by == "stage" {
        let stages = roll.stages.into_iter().map(|(stage, found)| share(stage.to_string(), found));
        return Ok(stages
            .chain(roll.whole.map(|whole| share("journey".to_owned(), whole)))
            .collect());
    }
    let one = |point: survey::TouchpointShare| {
        let (value, lower, upper, answers) = (point.value, point.lower, point.upper, point.answers);
        let found = share(
            format!("touchpoints/{}", point.touchpoint),
            StageShare { value, lower, upper, answers },
        );
        pb::SatisfactionStatistic { moment_of_truth: point.moment_of_truth, ..found }
    };
    Ok(roll.touchpoints.into_iter().map(one).collect())
}

/// Who complained and who answered dissatisfied, of customers in use.
async fn of_two_lists(
    db: &impl ConnectionTrait,
    actor: &Actor,
    answers: &Answers,
    (from, to): (Timestamp, Timestamp),
) -> Result<Hidden, Error> {
    use store::case::entity::Column as Case;
    use store::customer::entity::Column as Customer;
    let population = store::customer::within(&actor.tenant)
        .filter(Customer::State.eq(CustomerState::Active.as_str()))
        .count(db)
        .await
        .map_err(StoreError::from)?;
    let complained: Vec<String> = store::case::within(&actor.tenant, &actor.principal)
        .filter(Case::Kind.eq(CaseKind::Complaint.as_str()))
        .filter(Case::CreateTime.gte(store::micros(from)))
        .filter(Case::CreateTime.lt(store::micros(to)))
        .select_only()
        .column(Case::Customer)
        .distinct()
        .into_tuple()
        .all(db)
        .await
        .map_err(StoreError::from)?;
    let complained: BTreeSet<&str> = complained.iter().map(String::as_str).collect();
    let given = answers.given(|_| true);
    let csat = || given.iter().filter(|(given, _)| given.kind == QuestionKind::Csat);
    let answered: BTreeSet<&str> = csat().map(|(given, _)| given.customer).collect();
    let dissatisfied: BTreeSet<&str> =
        csat().filter(|(given, _)| given.score <= 2).map(|(given, _)| given.customer).collect();
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(Hidden {
        population: u32::try_from(population).unwrap_or(u32::MAX),
        complained: size(complained.len()),
        answered: size(answered.len()),
        dissatisfied: size(dissatisfied.len()),
        both: size(complained.intersection(&dissatisfied).count()),
    })
}
