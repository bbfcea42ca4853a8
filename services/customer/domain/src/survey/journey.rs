//! Touchpoints, rolled up to the stages of the journey and to the whole.

use crate::customer::name;
use crate::statistics::{LEAST_PUBLISHED, prior, shrunk};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::resource_id;
use aftercare_kernel::words;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

resource_id! {
    /// The id of a touchpoint.
    TouchpointId
}

words! {
    /// Where on the journey.
    JourneyStage {
        /// Before the sale.
        PreSale = "PRE_SALE",
        /// During the sale.
        InSale = "IN_SALE",
        /// After the sale.
        AfterSale = "AFTER_SALE",
    }
}

/// A point at which a customer meets us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touchpoint {
    /// The name that people use.
    pub display_name: String,
    /// Where on the journey.
    pub stage: JourneyStage,
    /// 0..=1; a half if not said.
    pub importance: Option<Decimal>,
}

impl Touchpoint {
    /// Notes what is wrong with the parts that types cannot tell.
    pub fn check(&self, wrong: &mut Violations) {
        name(&self.display_name, "display_name", wrong);
        if self.importance.is_some_and(|share| share < Decimal::ZERO || share > Decimal::ONE) {
            wrong.add("importance", "must be between 0 and 1");
        }
    }

    fn weight(&self) -> f64 {
        self.importance.and_then(|share| share.to_f64()).unwrap_or(0.5)
    }
}

/// A touchpoint's share of satisfied answers.
#[derive(Debug, Clone, PartialEq)]
pub struct TouchpointShare {
    /// The touchpoint's id.
    pub touchpoint: String,
    /// Its stage.
    pub stage: JourneyStage,
    /// The share, drawn to that of all touchpoints of the stage.
    pub value: f64,
    /// Lower end of its 95 % interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Answers.
    pub answers: u32,
    /// More important than touchpoints are on average, and lower than they are on average.
    pub moment_of_truth: bool,
}

/// A stage's share, or the whole journey's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageShare {
    /// Mean of the touchpoints' shares, weighted by importance.
    pub value: f64,
    /// Lower end of its 95 % interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Answers.
    pub answers: u32,
}

/// A journey, rolled up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Roll {
    /// Published touchpoints, by id.
    pub touchpoints: Vec<TouchpointShare>,
    /// Stages with answers.
    pub stages: BTreeMap<JourneyStage, StageShare>,
    /// All of it; none without answers.
    pub whole: Option<StageShare>,
}

/// The answers that a touchpoint got.
#[derive(Debug, Clone)]
pub struct Met<'a> {
    /// The touchpoint's id.
    pub touchpoint: &'a str,
    /// The touchpoint.
    pub point: &'a Touchpoint,
    /// Satisfied answers.
    pub satisfied: u32,
    /// Answers.
    pub answers: u32,
    /// Ids of the customers who gave them.
    pub customers: BTreeSet<&'a str>,
}

struct Cell<'a> {
    met: &'a Met<'a>,
    value: f64,
    lower: f64,
    upper: f64,
}

impl Cell<'_> {
    /// Variance of the share, from the interval that is 1.96 deviations to either side.
    fn variance(&self) -> f64 {
        ((self.upper - self.lower) / (2.0 * 1.96)).powi(2)
    }
}

/// Rolls answers up. Each touchpoint is drawn to the others of its stage by the beta-binomial law; stages and the whole
/// are means weighted by importance. Moments of truth are the quadrant "concentrate here" of Martilla and James (1977),
/// Journal of Marketing 41: 77-79. A touchpoint with answers of fewer than five customers counts in its stage and is not
/// published by itself; nor is a stage of fewer.
#[must_use]
pub fn roll_up(points: &[Met<'_>]) -> Roll {
    let mut roll = Roll::default();
    let mut cells: Vec<Cell<'_>> = Vec::new();
    for stage in JourneyStage::ALL {
        let of_stage = || points.iter().filter(|met| met.point.stage == *stage && met.answers > 0);
        let groups: Vec<_> = of_stage().map(|met| (met.satisfied, met.answers)).collect();
        let prior = prior(&groups);
        let first = cells.len();
        for met in of_stage() {
            let Some(found) = shrunk(prior, met.satisfied, met.answers) else { continue };
            let (value, lower, upper) = (found.value, found.lower, found.upper);
            cells.push(Cell { met, value, lower, upper });
        }
        let found = cells.get(first..).and_then(mean);
        roll.stages.extend(found.map(|found| (*stage, found)));
    }
    roll.whole = mean(&cells);
    let count = cells.len().max(1) as f64;
    let importance = cells.iter().map(|cell| cell.met.point.weight()).sum::<f64>() / count;
    let level = cells.iter().map(|cell| cell.value).sum::<f64>() / count;
    let published = cells.iter().filter(|cell| enough(std::slice::from_ref(cell)));
    roll.touchpoints = published
        .map(|cell| TouchpointShare {
            touchpoint: cell.met.touchpoint.to_owned(),
            stage: cell.met.point.stage,
            value: cell.value,
            lower: cell.lower,
            upper: cell.upper,
            answers: cell.met.answers,
            moment_of_truth: cell.met.point.weight() > importance && cell.value < level,
        })
        .collect();
    roll.touchpoints.sort_by(|a, b| a.touchpoint.cmp(&b.touchpoint));
    roll
}

/// Whether the answers are of enough customers to be published.
fn enough(cells: &[Cell<'_>]) -> bool {
    let customers: BTreeSet<&str> =
        cells.iter().flat_map(|cell| cell.met.customers.iter().copied()).collect();
    u32::try_from(customers.len()).unwrap_or(u32::MAX) >= LEAST_PUBLISHED
}

fn mean(cells: &[Cell<'_>]) -> Option<StageShare> {
    if !enough(cells) {
        return None;
    }
    let answers = cells.iter().fold(0_u32, |sum, cell| sum.saturating_add(cell.met.answers));
    let mut weight: f64 = cells.iter().map(|cell| cell.met.point.weight()).sum();
    // Where nothing is important everything counts alike.
    let alike = weight <= 0.0;
    if alike {
        weight = cells.len() as f64;
    }
    let part = |cell: &Cell<'_>| if alike { 1.0 } else { cell.met.point.weight() } / weight;
    let value: f64 = cells.iter().map(|cell| part(cell) * cell.value).sum();
    let variance: f64 = cells.iter().map(|cell| part(cell).powi(2) * cell.variance()).sum();
    let half = 1.96 * variance.sqrt();
    let (lower, upper) = ((value - half).max(0.0), (value + half).min(1.0));
    Some(StageShare { value, lower, upper, answers })
}
