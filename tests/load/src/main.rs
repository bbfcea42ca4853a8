//! The load driver behind `cargo xtask bench`: every number is a ratio to a baseline measured in the same run on the same machine.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use tokio::runtime::Runtime;

mod bare_insert;
mod calls;
mod clocks;
mod closed_loop;
mod deadlines;
mod dice;
mod echo;
mod fitting;
mod latency;
mod python;
mod quotes;
mod report;
mod resolution;
mod simulation;
mod suite;
mod transform;

/// Measures the suite against its baselines; prints a JSON array on its standard output, progress on the other.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run all measurements.
    Run(Plan),
    /// Serve the bare echo until the standard input ends; prints its address. The driver starts it itself.
    Echo,
}

/// How much to measure, and with what.
#[derive(clap::Args)]
struct Plan {
    /// Small data and short rounds: shows that it works; its numbers mean little.
    #[arg(long)]
    short: bool,
    /// This part alone; all without it.
    #[arg(long)]
    only: Option<Part>,
    /// The `aftercare` binary to measure.
    #[arg(long)]
    binary: PathBuf,
    /// A Python with NumPy and businesstimedelta; but for a short run also with aggregate, lifelines,
    /// recordlinkage and reliability.
    #[arg(long)]
    python: PathBuf,
    /// A PostgreSQL that flushes every commit.
    #[arg(long)]
    postgres: String,
}

/// What is measured together.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Cost distributions and quotes, without a server.
    Cost,
    /// Fits of failure models.
    Fitting,
    /// Deadlines and clocks.
    Clocks,
    /// Entity resolution beside recordlinkage.
    Resolution,
    /// Calls of the served suite on SQLite.
    Sqlite,
    /// Calls of the served suite on PostgreSQL.
    Postgres,
}

impl Plan {
    fn wants(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }

    /// How long one round of a measurement lasts.
    fn round(&self) -> Duration {
        if self.short { Duration::from_millis(500) } else { Duration::from_secs(5) }
    }

    /// Whether the packages that take minutes to install are there to compare with.
    fn compares(&self) -> bool {
        !self.short
    }
}

fn main() -> ExitCode {
    match Runtime::new().map_err(Into::into).and_then(drive) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn drive(runtime: Runtime) -> Result<()> {
    match Arguments::parse().command {
        Command::Echo => runtime.block_on(echo::serve()),
        Command::Run(plan) => {
            let measurements = runtime.block_on(run(&plan))?;
            println!("{}", serde_json::to_string_pretty(&measurements)?);
            Ok(())
        }
    }
}

async fn run(plan: &Plan) -> Result<Vec<report::Measurement>> {
    let mut measurements = Vec::new();
    let mut record = |measured: Vec<report::Measurement>| {
        measured.iter().for_each(|line| eprintln!("{:.3}x  {}", line.ratio, line.name));
        measurements.extend(measured);
    };
    if plan.wants(Part::Cost) {
        record(vec![simulation::measure(plan)?]);
        record(transform::measure(plan)?);
        record(quotes::measure(plan)?);
    }
    if plan.wants(Part::Fitting) {
        record(fitting::measure(plan)?);
    }
    if plan.wants(Part::Clocks) {
        record(vec![deadlines::measure(plan)?]);
        record(vec![clocks::measure(plan)?]);
    }
    if plan.wants(Part::Resolution) && plan.compares() {
        record(resolution::measure(plan)?);
    }
    if plan.wants(Part::Sqlite) {
        record(calls::on_sqlite(plan).await?);
    }
    if plan.wants(Part::Postgres) {
        record(calls::on_postgres(plan).await?);
    }
    Ok(measurements)
}
