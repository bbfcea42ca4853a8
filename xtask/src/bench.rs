//! `cargo xtask bench`: one table of ratios against baselines that are measured in the same run.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::{
    postgres::{Durability, Postgres},
    process, tools, workspace,
};

const PACKAGES: [&str; 2] = ["numpy>=2.2,<3", "businesstimedelta==1.0.1"];

// With what they need 500 MB and minutes to install: for the whole run, not for the short one of the tests.
const COMPARED: [&str; 6] = [
    "numpy>=2.2,<3",
    "businesstimedelta==1.0.1",
    "aggregate==0.30.1",
    "lifelines==0.30.3",
    "recordlinkage==0.16",
    "reliability==0.9.0",
];

/// What the command takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// Print an array of {name, value, unit, baseline, ratio, target, met} instead of the table.
    #[arg(long)]
    json: bool,
    /// Small data, short rounds and an unoptimised build: shows that the benchmarks work, its numbers mean little.
    #[arg(long)]
    short: bool,
    /// One part alone: cost, fitting, clocks, resolution, sqlite or postgres.
    #[arg(long)]
    only: Option<String>,
}

#[derive(Deserialize)]
struct Measurement {
    name: String,
    value: f64,
    unit: String,
    baseline: f64,
    ratio: f64,
    target: f64,
    met: bool,
}

/// Measures and prints; a missed target is shown, not a failure, because machines differ.
pub fn run(arguments: &Arguments) -> Result<()> {
    if arguments.short {
        process::run(&mut process::cargo(["build", "--locked", "--workspace", "--all-targets"]))?;
    }
    let measured = measure(arguments.short, arguments.only.as_deref())?;
    if arguments.json {
        println!("{}", measured.trim());
        return Ok(());
    }
    let measurements: Vec<Measurement> = serde_json::from_str(&measured)?;
    println!(
        "{:>12} {:>12} {:<8} {:>9} {:>8}  {:<5} measured",
        "value", "baseline", "unit", "ratio", "target", ""
    );
    for line in &measurements {
        let (value, baseline) = (short(line.value), short(line.baseline));
        let met = if line.met { "met" } else { "missed" };
        println!(
            "{value:>12} {baseline:>12} {:<8} {:>9} {:>8}  {met:<6} {}",
            line.unit,
            short(line.ratio),
            short(line.target),
            line.name
        );
    }
    Ok(())
}

/// That the benchmarks run and give one line for each measurement; for the tests, which have built everything.
pub fn smoke() -> Result<()> {
    let measurements: Vec<Measurement> = serde_json::from_str(&measure(true, None)?)?;
    if measurements.is_empty()
        || measurements.iter().any(|line| !line.ratio.is_finite() || line.ratio <= 0.0)
    {
        bail!("a benchmark measured nothing");
    }
    println!("  {} measurements; their numbers mean nothing in this short run", measurements.len());
    Ok(())
}

fn measure(short: bool, only: Option<&str>) -> Result<String> {
    let environment = if short {
        tools::python_environment("bench", &PACKAGES)?
    } else {
        tools::python_environment("bench-compared", &COMPARED)?
    };
    if !short {
        process::run(&mut process::cargo([
            "build",
            "--locked",
            "--release",
            "--package",
            "aftercare",
            "--package",
            "aftercare-load",
        ]))?;
    }
    let built = workspace::target().join(if short { "debug" } else { "release" });
    let postgres = Postgres::start(Durability::Durable)?;
    let mut driver = Command::new(built.join("aftercare-load"));
    driver.arg("run").args(short.then_some("--short"));
    driver.args(only.iter().flat_map(|part| ["--only", part]));
    driver.arg("--binary").arg(built.join("aftercare"));
    driver.arg("--python").arg(environment.join("bin/python"));
    driver.arg("--postgres").arg(postgres.url()).stderr(Stdio::inherit());
    let output = driver.output().context("cannot start the load driver")?;
    if !output.status.success() {
        bail!("the load driver failed: {}", output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Three digits are more than such a number is worth.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        small if small < 0.01 => format!("{value:.2e}"),
        small if small < 10.0 => format!("{value:.3}"),
        small if small < 1000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_keep_about_three_digits() {
        let cases = [
            (0.0, "0"),
            (0.000_040_1, "4.01e-5"),
            (0.512_3, "0.512"),
            (64.04, "64.0"),
            (54_321.4, "54321"),
        ];
        for (value, shown) in cases {
            assert_eq!(short(value), shown);
        }
    }
}
