//! Every task of the project: `cargo xtask <command>`, one file a command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod codegen;
mod demo;
mod lint;
mod plugin;
mod postgres;
mod process;
mod steps;
mod test;
mod tidy;
mod tools;
mod workspace;

/// Tasks of the Aftercare workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Generate Rust from the protos, or check that the generated code is fresh.
    Codegen(codegen::Arguments),
    /// Build the suite and let it tell its story on the sample world.
    Demo(demo::Arguments),
    /// Prove that everything works; what CI runs.
    Test(test::Arguments),
    /// Measure ratios against baselines in the same run.
    Bench(bench::Arguments),
    /// Build an adapter plugin, or begin a new one.
    Plugin(plugin::Arguments),
    /// Run a private PostgreSQL until Ctrl-C, for tests run by hand.
    Postgres(postgres::Arguments),
    /// Check the house rules that no compiler checks.
    Tidy,
    /// Check everything that can be checked without running it.
    Lint(lint::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Its chain of causes, never a backtrace: the reader is looking for a command or a file.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Codegen(arguments) => codegen::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Plugin(arguments) => plugin::run(&arguments),
        Command::Postgres(arguments) => postgres::run(&arguments),
        Command::Tidy => tidy::run(),
        Command::Lint(arguments) => lint::run(&arguments),
    }
}
