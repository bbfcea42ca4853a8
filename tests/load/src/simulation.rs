//! The distribution of a contract's cost: exact by transform, against NumPy Monte Carlo that is no more accurate.

use std::time::Instant;

use aftercare_pricing_domain::workload::{VALUE_AT_RISK_99, Workload};
use anyhow::{Result, anyhow, ensure};
use serde::Deserialize;

use crate::{Plan, python, report::Measurement};

const CELLS: usize = 4096;
const PATHS: usize = 1_000_000;

#[derive(Deserialize)]
struct Simulated {
    /// Median of the repeats.
    seconds: f64,
    /// Root mean square over the repeats, as a share of the true quantile.
    relative_error: f64,
}

/// Seconds for the whole distribution from nothing prepared, 4,096 cells, against a million simulated paths.
pub fn measure(plan: &Plan) -> Result<Measurement> {
    let repeats = if plan.short { 3 } else { 8 };
    let simulated = simulate(plan, repeats)?;
    let (seconds, quantile) = exact(if plan.short { 20 } else { 500 })?;
    let error = (quantile - VALUE_AT_RISK_99).abs() / VALUE_AT_RISK_99;
    ensure!(
        error <= simulated.relative_error,
        "the exact quantile is off by {error:.1e}, more than the simulated {:.1e}: not comparable",
        simulated.relative_error
    );
    eprintln!(
        "  99 % quantile: exact off by {error:.1e}, simulated by {:.1e}",
        simulated.relative_error
    );
    Ok(Measurement::cost(
        format!(
            "cost distribution, {CELLS} cells from scratch, against NumPy Monte Carlo of {PATHS} paths"
        ),
        "s",
        seconds,
        simulated.seconds,
        200.0,
    ))
}

/// Median time of one distribution, and its 99 % quantile.
fn exact(repeats: usize) -> Result<(f64, f64)> {
    let workload = Workload::new(CELLS).map_err(|error| anyhow!("{error}"))?;
    let mut times = Vec::with_capacity(repeats);
    let mut quantile = f64::NAN;
    for _ in 0..repeats {
        let start = Instant::now();
        let total = workload.distribution_from_scratch().map_err(|error| anyhow!("{error}"))?;
        times.push(start.elapsed().as_secs_f64());
        quantile = std::hint::black_box(total).quantile(0.99);
    }
    times.sort_by(f64::total_cmp);
    Ok((times[times.len() / 2], quantile))
}

fn simulate(plan: &Plan, repeats: usize) -> Result<Simulated> {
    let arguments = [PATHS.to_string(), repeats.to_string(), VALUE_AT_RISK_99.to_string()];
    python::run(plan, "monte_carlo.py", &arguments.each_ref().map(String::as_str))
}
