//! `cargo xtask test`: everything that proves it, step by step, each with its time; no step is skipped in silence.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::{
    codegen, demo, lint, plugin,
    postgres::{Durability, Postgres},
    process, tidy,
};

mod clean_clone;
mod python;
mod server;

/// What the command takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only what a change needs again and again: codegen, tidy, format, and the tests.
    #[arg(long)]
    quick: bool,
}

/// Runs the steps in order; a failure does not keep the later ones from running, so that one run tells all.
pub fn run(arguments: &Arguments) -> Result<()> {
    let mut steps = Steps::default();
    steps.run("generated code is fresh", codegen::check);
    steps.run("tidy", tidy::run);
    steps.run("format", lint::format);
    if !arguments.quick {
        steps.run("protos: buf lint and buf breaking", lint::protos);
        steps.run("clippy", lint::clippy);
        steps.run("dependencies: cargo deny", lint::dependencies);
    }
    steps.run("build the csv adapter", || plugin::build("csv").map(drop));
    steps.run("tests, with a private PostgreSQL", cargo_test);
    if arguments.quick {
        println!(
            "\n--quick leaves out: protos, clippy, dependencies, Python client, demo, clean clone"
        );
    } else {
        steps.run("demo", demo::once);
        steps.run("Python client by reflection alone", python::run);
        steps.run("clean clone builds and runs the demo", clean_clone::run);
    }
    steps.conclude()
}

fn cargo_test() -> Result<()> {
    let postgres = Postgres::start(Durability::Volatile)?;
    let mut test = process::cargo(["test", "--locked", "--workspace", "--no-fail-fast"]);
    process::run(test.env("AFTERCARE_TEST_POSTGRES_URL", postgres.url()))
}

#[derive(Default)]
struct Steps {
    done: Vec<(&'static str, Duration, Result<()>)>,
}

impl Steps {
    fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) {
        println!("\n==> {name}");
        let start = Instant::now();
        let outcome = step();
        if let Err(error) = &outcome {
            println!("FAILED: {name}: {error:#}");
        }
        self.done.push((name, start.elapsed(), outcome));
    }

    fn conclude(self) -> Result<()> {
        println!("\n    time  outcome  step");
        for (name, time, outcome) in &self.done {
            let outcome = if outcome.is_ok() { "ok" } else { "FAILED" };
            println!("{:>6} s  {outcome:<7}  {name}", format!("{:.1}", time.as_secs_f64()));
        }
        let failed = self.done.iter().filter(|(_, _, outcome)| outcome.is_err()).count();
        if failed > 0 {
            bail!("{failed} of {} steps failed", self.done.len());
        }
        println!("\nall {} steps passed", self.done.len());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::Steps;

    #[test]
    fn one_failed_step_fails_the_run_and_the_others_still_run() {
        let mut steps = Steps::default();
        let mut ran = false;
        steps.run("bad", || Err(anyhow!("no")));
        steps.run("good", || {
            ran = true;
            Ok(())
        });
        assert!(ran);
        assert_eq!(steps.conclude().unwrap_err().to_string(), "1 of 2 steps failed");
    }
}
