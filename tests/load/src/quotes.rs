//! Quotes in memory on one core: one machine, a thousand, and ten thousand contracts whose spectra are made, against limits.

use std::{hint::black_box, time::Instant};

use aftercare_pricing_domain::{
    cost::{CELLS, outcome},
    quote::quote,
    spectrum::SpectrumCache,
    workload::contract,
};
use anyhow::{Result, anyhow};

use crate::{Plan, report::Measurement};

/// Limits of the page: 1 ms a quote, 5 ms a thousand machines, half a core-second ten thousand contracts.
pub fn measure(plan: &Plan) -> Result<Vec<Measurement>> {
    let repeats = if plan.short { 3 } else { 200 };
    let mut measurements = Vec::new();
    for (machines, limit) in [(1, 1.0), (1_000, 5.0)] {
        let name =
            format!("quote of {machines} machines over three years, one core, against the limit");
        measurements.push(Measurement::cost(
            name,
            "ms",
            milliseconds(machines, repeats)?,
            limit,
            1.0,
        ));
    }
    let contracts = if plan.short { 100 } else { 10_000 };
    let name =
        format!("cost distributions of {contracts} contracts again, one core, against the limit");
    let limit = 0.5 * contracts as f64 / 10_000.0;
    measurements.push(Measurement::cost(name, "s", portfolio(contracts)?, limit, 1.0));
    Ok(measurements)
}

/// Median of a whole quote: price, lines with their shares of the tail, figures, flags.
fn milliseconds(machines: usize, repeats: usize) -> Result<f64> {
    let input = contract(machines);
    let mut cache = SpectrumCache::new();
    let mut times = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        let start = Instant::now();
        black_box(quote(black_box(&input), &mut cache).map_err(|error| anyhow!("{error}"))?);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// Seconds for the distribution of each of so many contracts of one to five machines.
fn portfolio(contracts: usize) -> Result<f64> {
    let inputs: Vec<_> = (1..=5).map(contract).collect();
    let mut cache = SpectrumCache::new();
    let mut evaluate = |number: usize| {
        let input = &inputs[number % inputs.len()];
        let found = outcome(&input.portfolio, &input.terms, &input.policy, CELLS, &mut cache);
        found.map(black_box).map_err(|error| anyhow!("{error}"))
    };
    (0..inputs.len()).try_for_each(|number| evaluate(number).map(drop))?;
    let start = Instant::now();
    (0..contracts).try_for_each(|number| evaluate(number).map(drop))?;
    Ok(start.elapsed().as_secs_f64())
}
