//! Every task of the project: `cargo xtask <command>`, one file a command.

use clap::{Parser, Subcommand};

mod codegen;
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
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Codegen(arguments) => codegen::run(&arguments),
    }
}
