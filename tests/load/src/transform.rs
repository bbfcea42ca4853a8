//! The distribution of a contract's cost from spectra that are made, against a limit, NumPy's own transform, and the package aggregate.

use std::{hint::black_box, time::Instant};

use aftercare_pricing_domain::{
    aggregate::Distribution,
    workload::{VALUE_AT_RISK_99, Workload},
};
use anyhow::{Result, anyhow, ensure};
use serde::Deserialize;

use crate::{Plan, python, report::Measurement};

const CELLS: usize = 4096;
// The page's limit of a distribution from cached spectra, microseconds on one core.
const LIMIT: f64 = 40.0;

#[derive(Deserialize)]
struct Baseline {
    /// Median of the repeats, microseconds.
    microseconds: f64,
    /// The 99 % quantile that it found.
    quantile: f64,
}

/// Microseconds of one distribution, median; every side must know the 99 % quantile to a cell or two.
pub fn measure(plan: &Plan) -> Result<Vec<Measurement>> {
    let workload = Workload::new(CELLS).map_err(|error| anyhow!("{error}"))?;
    let repeats = if plan.short { 50 } else { 2_000 };
    let cached = median(repeats, || workload.distribution().map_err(|error| anyhow!("{error}")))?;
    let scratch = median(repeats, || {
        workload.distribution_from_scratch().map_err(|error| anyhow!("{error}"))
    })?;
    let repeats = repeats.to_string();
    let numpy: Baseline = python::run(plan, "transform.py", &[&repeats])?;
    near(numpy.quantile)?;
    let what = format!("cost distribution, {CELLS} cells");
    let mut measurements = vec![
        Measurement::cost(
            format!("{what}, spectra made, against the limit"),
            "us",
            cached,
            LIMIT,
            1.0,
        ),
        Measurement::cost(
            format!("{what}, spectra made, against NumPy's FFT with its spectrum made"),
            "us",
            cached,
            numpy.microseconds,
            2.0,
        ),
    ];
    if plan.compares() {
        let package: Baseline = python::run(plan, "aggregate_package.py", &["30"])?;
        near(package.quantile)?;
        for (how, ours) in [("spectra made", cached), ("from scratch", scratch)] {
            measurements.push(Measurement::cost(
                format!("{what}, {how}, against the package aggregate at 2^12"),
                "us",
                ours,
                package.microseconds,
                200.0,
            ));
        }
    }
    Ok(measurements)
}

fn near(quantile: f64) -> Result<()> {
    let cells = (quantile - VALUE_AT_RISK_99).abs() / (131_072.0 / CELLS as f64);
    ensure!(cells <= 2.0, "a quantile of {quantile} is {cells:.1} cells off: not comparable");
    Ok(())
}

fn median(repeats: usize, distribution: impl Fn() -> Result<Distribution>) -> Result<f64> {
    let mut times = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        let start = Instant::now();
        let total = black_box(distribution()?);
        times.push(start.elapsed().as_secs_f64() * 1e6);
        near(total.quantile(0.99))?;
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
