//! Surveys: answers on the scale, cells too small to publish, figures by hand, the roll-up.

use super::*;
use proptest::prelude::*;

fn survey() -> Survey {
    let question = |id: &str, kind| Question {
        id: id.to_owned(),
        text: "?".to_owned(),
        kind,
        touchpoint: String::new(),
        dimension: None,
        weight: None,
    };
    Survey {
        display_name: "After service".to_owned(),
        questions: vec![question("sat", QuestionKind::Csat), question("why", QuestionKind::Text)],
        sample: Sample::default(),
        start: None,
        end: None,
        state: SurveyState::Draft,
        population: 0,
        drawn: 0,
    }
}

fn answer(question: &str, score: i32, text: &str) -> Answer {
    Answer { question: question.to_owned(), score, text: text.to_owned() }
}

#[test]
fn every_wrong_answer_is_named() {
    let mut wrong = Violations::new();
    let answers =
        [answer("sat", 6, ""), answer("sat", 5, ""), answer("why", 0, " "), answer("who", 1, "")];
    survey().check_answers(&answers, &mut wrong);
    let found = wrong.finish().unwrap_err();
    let fields: Vec<_> = found.fields().iter().map(|field| field.field.as_str()).collect();
    assert_eq!(
        fields,
        ["answers[0].score", "answers[1].question", "answers[2].text", "answers[3].question"]
    );
}

#[test]
fn answers_are_taken_while_it_runs() {
    let (mut one, now) = (survey(), Timestamp::UNIX_EPOCH);
    assert_eq!(one.check_open(now), Err(SurveyError::Closed));
    assert_eq!(one.begin(9, 0, now), Err(SurveyError::NobodyToAsk));
    one.begin(9, 3, now).unwrap();
    assert!(one.begin(9, 3, now).is_err());
    one.check_open(now).unwrap();
    one.finish(now).unwrap();
    assert!(one.check_open(now).is_err() && one.finish(now).is_err());
}

fn given<'a>(customer: &'a str, kind: QuestionKind, score: i32) -> Given<'a> {
    Given { customer, response: 0, kind, dimension: None, weight: 1.0, score }
}

#[test]
fn cells_below_five_customers_are_not_published() {
    let names = ["a", "b", "c", "d", "e"];
    let four: Vec<_> = names[..4].iter().map(|name| given(name, QuestionKind::Csat, 5)).collect();
    assert!(statistics(&four).is_empty());
    // Eight answers of four customers are still four customers.
    assert!(statistics(&[four.clone(), four].concat()).is_empty());
    let five: Vec<_> = names.iter().map(|name| given(name, QuestionKind::Csat, 5)).collect();
    let found = statistics(&five);
    assert_eq!((found.len(), found[0].metric, found[0].sample_size), (1, "csat_top2", 5));
    assert!((found[0].estimate.value - 1.0).abs() < 1e-12);
}

#[test]
fn servqual_weighs_questions_and_pairs_within_a_response() {
    let names = ["a", "b", "c", "d", "e"];
    let mut all = Vec::new();
    for (response, customer) in names.iter().enumerate() {
        for (kind, score, weight) in [
            (QuestionKind::ServqualExpectation, 7, 1.0),
            (QuestionKind::ServqualPerception, 4, 3.0),
            // Weighted: (3 x 4 + 1 x 6) / 4 = 4.5; the gap is -2.5, of every respondent.
            (QuestionKind::ServqualPerception, 6, 1.0),
        ] {
            let dimension = Some(ServqualDimension::Empathy);
            all.push(Given { customer, response, kind, dimension, weight, score });
        }
    }
    let found = statistics(&all);
    let metrics: Vec<_> = found.iter().map(|one| one.metric).collect();
    assert_eq!(metrics, ["servqual_empathy", "servqual"]);
    assert!(found.iter().all(|one| (one.estimate.value + 2.5).abs() < 1e-12));
}

#[test]
fn the_silent_are_those_of_two_lists_who_did_not_complain() {
    let of = Hidden { population: 1000, complained: 10, answered: 100, dissatisfied: 15, both: 5 };
    let found = hidden(of);
    let value = |metric| found.iter().find(|one| one.metric == metric).unwrap().estimate.value;
    assert!((value("dissatisfied_by_survey") - 150.0).abs() < 1e-9);
    assert!((value("dissatisfied_by_propensity") - 30.0).abs() < 1e-9);
    // 11 x 16 / 6 - 1, as in the turtles of the textbooks.
    assert!((value("dissatisfied_two_lists") - 28.333).abs() < 1e-3);
    assert!((value("silent_dissatisfied") - 18.333).abs() < 1e-3);
    assert!(hidden(Hidden { dissatisfied: 4, both: 4, ..of }).is_empty());
}

fn point(stage: JourneyStage, importance: i64) -> Touchpoint {
    let importance = Some(Decimal::new(importance, 1));
    Touchpoint { display_name: "x".to_owned(), stage, importance }
}

#[test]
fn the_important_and_low_touchpoint_is_the_moment_of_truth() {
    let (pre, after) = (JourneyStage::PreSale, JourneyStage::AfterSale);
    let (visit, repair, invoice, parts) =
        (point(pre, 2), point(after, 9), point(after, 3), point(after, 8));
    let roll = roll_up(&[
        met("visit", &visit, (45, 50), 50),
        met("repair", &repair, (20, 50), 50),
        met("invoice", &invoice, (22, 50), 50),
        met("parts", &parts, (2, 4), 4),
    ]);
    let moments: Vec<_> = roll
        .touchpoints
        .iter()
        .filter(|p| p.moment_of_truth)
        .map(|p| p.touchpoint.as_str())
        .collect();
    assert_eq!(moments, ["repair"]);
    // Four answers are too few to publish; they count in the stage.
    assert_eq!(roll.touchpoints.len(), 3);
    assert_eq!(roll.stages[&after].answers, 104);
    assert!(roll.whole.unwrap().value < roll.stages[&pre].value);
    assert_eq!(roll_up(&[]), Roll::default());
}

#[test]
fn many_answers_of_few_customers_are_not_published() {
    let visit = point(JourneyStage::PreSale, 5);
    let roll = roll_up(&[met("visit", &visit, (30, 40), 4)]);
    assert_eq!((roll.touchpoints.len(), roll.stages.len(), roll.whole), (0, 0, None));
    assert_eq!(roll_up(&[met("visit", &visit, (30, 40), 5)]).touchpoints.len(), 1);
}

/// `customers` gave (satisfied, all) answers.
fn met<'a>(
    touchpoint: &'a str,
    point: &'a Touchpoint,
    (satisfied, answers): (u32, u32),
    customers: u32,
) -> Met<'a> {
    let customers = (0..customers).map(|i| &*format!("c{i}").leak()).collect();
    Met { touchpoint, point, satisfied, answers, customers }
}

proptest! {
    #[test]
    fn the_whole_lies_within_its_stages(shares in prop::collection::vec((0u32..40, 5u32..40, 0usize..3, 0i64..11), 1..12)) {
        let points: Vec<(Touchpoint, u32, u32)> = shares
            .iter()
            .map(|(k, n, stage, importance)| (point(JourneyStage::ALL[*stage], *importance), (*k).min(*n), *n))
            .collect();
        let all: Vec<_> = points.iter().map(|(point, k, n)| met("t", point, (*k, *n), *n)).collect();
        let roll = roll_up(&all);
        let whole = roll.whole.unwrap();
        prop_assert!(whole.lower <= whole.value && whole.value <= whole.upper);
        let values: Vec<f64> = roll.touchpoints.iter().map(|point| point.value).collect();
        let (low, high) = (values.iter().copied().fold(1.0, f64::min), values.iter().copied().fold(0.0, f64::max));
        prop_assert!(whole.value >= low - 1e-9 && whole.value <= high + 1e-9);
    }
}
