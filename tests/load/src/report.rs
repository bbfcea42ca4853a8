//! One line of the benchmark table.

use serde::Serialize;

/// A measured value beside its baseline.
#[derive(Debug, Serialize)]
pub struct Measurement {
    /// What was measured, and against what.
    pub name: String,
    /// Ours.
    pub value: f64,
    /// Unit of value and baseline.
    pub unit: &'static str,
    /// The baseline's, measured in the same run; for a plain limit the limit.
    pub baseline: f64,
    /// How many times better we are than the baseline; below 1 worse.
    pub ratio: f64,
    /// The ratio to reach.
    pub target: f64,
    /// Whether it is reached.
    pub met: bool,
}

impl Measurement {
    /// Of a quantity of which more is better.
    pub fn rate(
        name: impl Into<String>,
        unit: &'static str,
        value: f64,
        baseline: f64,
        target: f64,
    ) -> Self {
        Self::with_ratio(name.into(), unit, value, baseline, value / baseline, target)
    }

    /// Of a quantity of which less is better.
    pub fn cost(
        name: impl Into<String>,
        unit: &'static str,
        value: f64,
        baseline: f64,
        target: f64,
    ) -> Self {
        Self::with_ratio(name.into(), unit, value, baseline, baseline / value, target)
    }

    fn with_ratio(
        name: String,
        unit: &'static str,
        value: f64,
        baseline: f64,
        ratio: f64,
        target: f64,
    ) -> Self {
        Self { name, value, unit, baseline, ratio, target, met: ratio >= target }
    }
}

#[cfg(test)]
mod tests {
    use super::Measurement;

    #[test]
    fn a_ratio_above_one_always_means_better() {
        let faster = Measurement::rate("calls", "1/s", 30.0, 20.0, 0.5);
        let slower = Measurement::cost("time", "s", 3.0, 2.0, 1.0);
        assert!((faster.ratio - 1.5).abs() < 1e-12 && faster.met);
        assert!((slower.ratio - 2.0 / 3.0).abs() < 1e-12 && !slower.met);
    }
}
