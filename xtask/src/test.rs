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
    steps.run("build", build);
    steps.run("tests, with a private PostgreSQL", cargo_test);
    if arguments.quick {
        println!(
            "\n--quick leaves out: protos, clippy, dependencies, demo, Python client, benchmarks, clean clone"
        );
    } else {
        steps.run("demo", demo::once);
        steps.run(
            "Python clients by reflection alone: a user, and the demo's numbers calculated again",
            python::run,
        );
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

fn cargo_test() -> Result<()> {
    let postgres = Postgres::start(Durability::Volatile)?;
    let mut test = process::cargo(["test", "--locked", "--workspace", "--no-fail-fast"]);
    // a suite under test leaves its database files where they are
    let files = tempfile::Builder::new().prefix("aftercare-tests").tempdir()?;
    test.env("TMPDIR", files.path());
    process::run(test.env("AFTERCARE_TEST_POSTGRES_URL", postgres.url()))
}
