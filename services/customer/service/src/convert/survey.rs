//! Surveys, answers, figures and touchpoints.

use super::quality::count;
use super::value::{decimal, instant, reference, wire_decimal, wire_instant};
use super::word::{Word, number, optional, required};
use crate::store::Stored;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::survey::{
    Answer, Question, Response, Sample, Statistic, Survey, SurveyId, SurveyState, Touchpoint,
    TouchpointId,
};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;

pub(crate) fn survey_id(name: &str, field: &str, wrong: &mut Violations) -> Option<SurveyId> {
    if name.is_empty() {
        return wrong.required(field, None);
    }
    let [id] = wrong.take(field, name_segments::<1>("surveys/{survey}", name))?;
    wrong.take(field, SurveyId::parse(id))
}

pub(crate) fn touchpoint_id(
    name: &str,
    field: &str,
    wrong: &mut Violations,
) -> Option<TouchpointId> {
    if name.is_empty() {
        return wrong.required(field, None);
    }
    let [id] = wrong.take(field, name_segments::<1>("touchpoints/{touchpoint}", name))?;
    wrong.take(field, TouchpointId::parse(id))
}

pub(crate) fn survey(wire: &pb::Survey, wrong: &mut Violations) -> Option<Survey> {
    let mut questions = Vec::new();
    for (i, asked) in wire.questions.iter().enumerate() {
        questions.extend(wrong.within(&format!("questions[{i}]"), |wrong| question(asked, wrong)));
    }
    let sample = wire.sample.clone().unwrap_or_default();
    let size = u32::try_from(sample.size).map_err(|_| "must not be negative");
    let survey = Survey {
        display_name: wire.display_name.clone(),
        questions,
        sample: Sample {
            size: wrong.take("sample.size", size).unwrap_or(0),
            margin_of_error: sample.margin_of_error,
            stratify_by_grade: sample.stratify_by_grade,
            filter: sample.filter,
            seed: sample.seed,
        },
        start: instant(wire.start_time.as_ref(), "start_time", wrong),
        end: instant(wire.end_time.as_ref(), "end_time", wrong),
        state: SurveyState::Draft,
        population: 0,
        drawn: 0,
    };
    survey.check(wrong);
    wrong.is_empty().then_some(survey)
}

fn question(wire: &pb::SurveyQuestion, wrong: &mut Violations) -> Option<Question> {
    let kind = required(wire.kind, "kind", wrong);
    Some(Question {
        id: wire.question.clone(),
        text: wire.text.clone(),
        touchpoint: reference::<1>(
            &wire.touchpoint,
            "touchpoints/{touchpoint}",
            "touchpoint",
            wrong,
        ),
        dimension: optional(wire.dimension, "dimension", wrong),
        weight: decimal(wire.weight.as_ref(), "weight", wrong),
        kind: kind?,
    })
}

pub(crate) fn present(stored: &Stored<Survey>, responses: u64) -> pb::Survey {
    let survey = &stored.value;
    let question = |asked: &Question| pb::SurveyQuestion {
        question: asked.id.clone(),
        text: asked.text.clone(),
        kind: asked.kind.number(),
        touchpoint: asked.touchpoint.clone(),
        dimension: number(asked.dimension),
        weight: asked.weight.map(wire_decimal),
    };
    pb::Survey {
        name: format!("surveys/{}", stored.id),
        display_name: survey.display_name.clone(),
        questions: survey.questions.iter().map(question).collect(),
        sample: Some(pb::SurveySample {
            size: count(survey.sample.size),
            margin_of_error: survey.sample.margin_of_error,
            stratify_by_grade: survey.sample.stratify_by_grade,
            filter: survey.sample.filter.clone(),
            seed: survey.sample.seed,
        }),
        start_time: survey.start.map(wire_instant),
        end_time: survey.end.map(wire_instant),
        state: survey.state.number(),
        create_time: Some(wire_instant(stored.created)),
        update_time: Some(wire_instant(stored.updated)),
        etag: stored.etag(),
        population: count(survey.population),
        drawn_count: count(survey.drawn),
        response_count: count(responses),
    }
}

pub(crate) fn answers(wire: &[pb::SurveyAnswer]) -> Vec<Answer> {
    let one = |wire: &pb::SurveyAnswer| Answer {
        question: wire.question.clone(),
        score: wire.score,
        text: wire.text.clone(),
    };
    wire.iter().map(one).collect()
}

pub(crate) fn present_response(survey: &str, stored: &Stored<Response>) -> pb::SurveyResponse {
    let answer = |answer: &Answer| pb::SurveyAnswer {
        question: answer.question.clone(),
        score: answer.score,
        text: answer.text.clone(),
    };
    pb::SurveyResponse {
        name: format!("surveys/{survey}/responses/{}", stored.id),
        customer: format!("customers/{}", stored.value.customer),
        answers: stored.value.answers.iter().map(answer).collect(),
        create_time: Some(wire_instant(stored.created)),
    }
}

pub(crate) fn statistic(group: &str, found: &Statistic) -> pb::SatisfactionStatistic {
    pb::SatisfactionStatistic {
        metric: found.metric.to_owned(),
        group: group.to_owned(),
        value: found.estimate.value,
        lower: found.estimate.lower,
        upper: found.estimate.upper,
        sample_size: count(found.sample_size),
        method: found.method.to_owned(),
        assumption: found.assumption.to_owned(),
        moment_of_truth: false,
    }
}

pub(crate) fn touchpoint(wire: &pb::Touchpoint, wrong: &mut Violations) -> Option<Touchpoint> {
    let stage = required(wire.stage, "stage", wrong);
    let importance = decimal(wire.importance.as_ref(), "importance", wrong);
    let point = Touchpoint { display_name: wire.display_name.clone(), stage: stage?, importance };
    point.check(wrong);
    wrong.is_empty().then_some(point)
}

pub(crate) fn present_touchpoint(stored: &Stored<Touchpoint>) -> pb::Touchpoint {
    pb::Touchpoint {
        name: format!("touchpoints/{}", stored.id),
        display_name: stored.value.display_name.clone(),
        stage: stored.value.stage.number(),
        importance: stored.value.importance.map(wire_decimal),
        etag: stored.etag(),
    }
}
