//! `cargo xtask test`: everything that proves it, step by step, each with its time; no step is skipped in silence.

use anyhow::Result;

use crate::{
    bench, codegen, demo, lint,
    postgres::{Durability, Postgres},
    process,
    steps::Steps,
    tidy,
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
    /// Also what needs the whole suite: demo, Python client, benchmarks, clean clone, and the tests of the crates that
    /// are still being put together. It becomes the default when the channel service carries the demo to its end.
    #[arg(long)]
    suite: bool,
}

/// Crates whose tests have not been seen to pass; `--suite` runs them.
pub const UNPROVEN: [&str; 4] =
    ["aftercare-pricing", "aftercare-channel", "aftercare", "aftercare-e2e"];

/// Runs the steps in order; a failure does not keep the later ones from running, so that one run tells all.
pub fn run(arguments: &Arguments) -> Result<()> {
    let mut steps = Steps::default();
    steps.run("generated code is fresh", codegen::check);
    steps.run("tidy", tidy::run);
    steps.run("format", lint::format);
    if !arguments.quick {
        steps.run("protos: buf lint and buf breaking", lint::protos);
        let excluded = if arguments.suite { &[][..] } else { &UNPROVEN[..] };
        steps.run("clippy", || lint::clippy(excluded));
        steps.run("dependencies: cargo deny", lint::dependencies);
    }
    steps.run("build", build);
    let unproven = if arguments.suite { &[][..] } else { &UNPROVEN[..] };
    steps.run("tests, with a private PostgreSQL", || cargo_test(unproven));
    if !arguments.suite {
        println!(
            "\nleft out without --suite: tests of {}; demo, Python client, benchmarks, clean clone",
            UNPROVEN.join(", ")
        );
    } else if arguments.quick {
        println!(
            "\n--quick leaves out: protos, clippy, dependencies, demo, Python client, benchmarks, clean clone"
        );
    } else {
        steps.run("demo", demo::once);
        steps.run("Python client by reflection alone", python::run);
        steps.run("benchmarks run (short)", bench::smoke);
        steps.run("clean clone builds and runs the demo", clean_clone::run);
    }
    steps.conclude()
}

/// Everything at once: libraries, the binary, the adapters' shared objects, tests. One selection of packages for all
/// steps means one set of features, so that nothing is built twice.
fn build() -> Result<()> {
    process::run(&mut process::cargo(BUILD))
}

const BUILD: [&str; 3] = ["build", "--locked", "--workspace"];

fn cargo_test(excluded: &[&str]) -> Result<()> {
    let postgres = Postgres::start(Durability::Volatile)?;
    let mut test = process::cargo(["test", "--locked", "--workspace", "--no-fail-fast"]);
    for package in excluded {
        test.args(["--exclude", package]);
    }
    process::run(test.env("AFTERCARE_TEST_POSTGRES_URL", postgres.url()))
}
