//! Figures of satisfaction, each with interval, method and assumption; cells below five customers are not published.

use super::{QuestionKind, ServqualDimension};
use crate::statistics::{
    Estimate, LEAST_PUBLISHED, chapman, net_promoter, propensity, servqual_gap, wilson,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a figure is of.
pub type Metric = &'static str;

/// One answer with a number, and who gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Given<'a> {
    /// The customer's id.
    pub customer: &'a str,
    /// What set of answers it is of: pairs of expectation and perception are within one.
    pub response: usize,
    /// How it was answered.
    pub kind: QuestionKind,
    /// Of SERVQUAL questions.
    pub dimension: Option<ServqualDimension>,
    /// What the question counts for.
    pub weight: f64,
    /// The number.
    pub score: i32,
}

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistic {
    /// What it is of.
    pub metric: Metric,
    /// The figure and its interval.
    pub estimate: Estimate,
    /// n.
    pub sample_size: u32,
    /// How it was computed.
    pub method: &'static str,
    /// What must hold for it to be right.
    pub assumption: &'static str,
}

const LIKE_THE_OTHERS: &str =
    "those who answered are like those who did not; several answers of one customer count singly";

/// The figures of a set of answers. A metric that fewer than five customers answered is left out.
#[must_use]
pub fn statistics(given: &[Given<'_>]) -> Vec<Statistic> {
    let of = |kind| given.iter().filter(move |one| one.kind == kind).collect::<Vec<_>>();
    let mut found = Vec::new();
    for (metric, kind) in
        [("csat_top2", QuestionKind::Csat), ("repurchase", QuestionKind::Repurchase)]
    {
        let answers = published(of(kind));
        let top = count(&answers, |score| score >= 4);
        found.extend(statistic(metric, wilson(top, size(&answers)), size(&answers), "wilson"));
    }
    let answers = published(of(QuestionKind::Nps));
    let (up, down) = (count(&answers, |s| s >= 9), count(&answers, |s| s <= 6));
    let score = net_promoter(up, size(&answers) - up - down, down);
    found.extend(statistic("nps", score, size(&answers), "adjusted_wald"));
    servqual(given, &mut found);
    found
}

fn statistic(
    metric: Metric,
    estimate: Option<Estimate>,
    sample_size: u32,
    method: &'static str,
) -> Option<Statistic> {
    let assumption = LIKE_THE_OTHERS;
    estimate.map(|estimate| Statistic { metric, estimate, sample_size, method, assumption })
}

/// The answers, or none if they are of too few customers.
fn published<'a, 'b>(answers: Vec<&'b Given<'a>>) -> Vec<&'b Given<'a>> {
    let customers: BTreeSet<&str> = answers.iter().map(|one| one.customer).collect();
    if enough(customers.len()) { answers } else { Vec::new() }
}

fn enough(customers: usize) -> bool {
    u32::try_from(customers).unwrap_or(u32::MAX) >= LEAST_PUBLISHED
}

fn size(answers: &[&Given<'_>]) -> u32 {
    u32::try_from(answers.len()).unwrap_or(u32::MAX)
}

fn count(answers: &[&Given<'_>], holds: impl Fn(i32) -> bool) -> u32 {
    let holding = answers.iter().filter(|one| holds(one.score)).count();
    u32::try_from(holding).unwrap_or(u32::MAX)
}

const fn metric_of(dimension: ServqualDimension) -> Metric {
    match dimension {
        ServqualDimension::Tangibles => "servqual_tangibles",
        ServqualDimension::Reliability => "servqual_reliability",
        ServqualDimension::Responsiveness => "servqual_responsiveness",
        ServqualDimension::Assurance => "servqual_assurance",
        ServqualDimension::Empathy => "servqual_empathy",
    }
}

/// Sums of weight times score, and of weights.
#[derive(Default, Clone, Copy)]
struct Mean(f64, f64);

impl Mean {
    fn add(&mut self, weight: f64, score: f64) {
        self.0 += weight * score;
        self.1 += weight;
    }
    fn get(self) -> Option<f64> {
        (self.1 > 0.0).then(|| self.0 / self.1)
    }
}

/// A respondent's perception and expectation of a dimension, and the weight of its questions.
type Pair = (Mean, Mean);

fn servqual(given: &[Given<'_>], found: &mut Vec<Statistic>) {
    let mut pairs: BTreeMap<(usize, ServqualDimension), (&str, Pair)> = BTreeMap::new();
    for one in given {
        let Some(dimension) = one.dimension else { continue };
        let (_, pair) =
            pairs.entry((one.response, dimension)).or_insert((one.customer, Pair::default()));
        let side = match one.kind {
            QuestionKind::ServqualPerception => &mut pair.0,
            QuestionKind::ServqualExpectation => &mut pair.1,
            QuestionKind::Csat
            | QuestionKind::Nps
            | QuestionKind::Repurchase
            | QuestionKind::Text => {
                continue;
            }
        };
        side.add(one.weight, f64::from(one.score));
    }
    let mut whole: BTreeMap<usize, (&str, Mean, Mean)> = BTreeMap::new();
    for dimension in ServqualDimension::ALL {
        let mut gaps = Vec::new();
        let mut customers = BTreeSet::new();
        for ((response, of), (customer, (is, should))) in &pairs {
            let Some((perceived, expected)) = is.get().zip(should.get()) else { continue };
            if of != dimension {
                continue;
            }
            gaps.push((perceived, expected));
            customers.insert(*customer);
            let all =
                whole.entry(*response).or_insert((*customer, Mean::default(), Mean::default()));
            all.1.add(is.1, perceived);
            all.2.add(is.1, expected);
        }
        if enough(customers.len()) {
            let n = u32::try_from(gaps.len()).unwrap_or(u32::MAX);
            found.extend(statistic(metric_of(*dimension), servqual_gap(&gaps), n, "student_t"));
        }
    }
    let customers: BTreeSet<&str> = whole.values().map(|one| one.0).collect();
    let gaps: Vec<(f64, f64)> =
        whole.values().filter_map(|one| one.1.get().zip(one.2.get())).collect();
    if enough(customers.len()) {
        let n = u32::try_from(gaps.len()).unwrap_or(u32::MAX);
        found.extend(statistic("servqual", servqual_gap(&gaps), n, "student_t"));
    }
}

/// Customers who are known to be dissatisfied, by what made them known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hidden {
    /// Customers there are.
    pub population: u32,
    /// Who complained.
    pub complained: u32,
    /// Who answered a question of satisfaction.
    pub answered: u32,
    /// Who answered dissatisfied (1 or 2 of 5).
    pub dissatisfied: u32,
    /// Who did both.
    pub both: u32,
}

/// How many are dissatisfied, and how many of them in silence; no multiplier is assumed. Below five dissatisfied
/// answers nothing is published.
#[must_use]
pub fn hidden(of: Hidden) -> Vec<Statistic> {
    let mut found = Vec::new();
    if of.dissatisfied < LEAST_PUBLISHED {
        return found;
    }
    let mut add = |metric, estimate: Option<Estimate>, method, assumption| {
        let sample_size = of.dissatisfied;
        found.extend(estimate.map(|estimate| Statistic {
            metric,
            estimate,
            sample_size,
            method,
            assumption,
        }));
    };
    let there = f64::from(of.population);
    let survey = wilson(of.dissatisfied, of.answered).map(|share| Estimate {
        value: share.value * there,
        lower: share.lower * there,
        upper: share.upper * there,
    });
    add(
        "dissatisfied_by_survey",
        survey,
        "wilson",
        "those who answered are like those who did not",
    );
    add(
        "dissatisfied_by_propensity",
        propensity(of.complained, of.both, of.dissatisfied),
        "propensity",
        "who is dissatisfied complains as readily whether asked or not",
    );
    let lists = chapman(of.complained, of.dissatisfied, of.both);
    let assumption =
        "complaining and answering dissatisfied are independent, of the same customers";
    add("dissatisfied_two_lists", lists, "chapman", assumption);
    let complained = f64::from(of.complained);
    let silent = lists.map(|all| Estimate {
        value: (all.value - complained).max(0.0),
        lower: (all.lower - complained).max(0.0),
        upper: (all.upper - complained).max(0.0),
    });
    add("silent_dissatisfied", silent, "chapman", assumption);
    found
}
