//! `cargo xtask plugin`: builds an adapter plugin, or writes the crate of a new one.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::{process, workspace};

/// What the command takes.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Build `plugins/NAME` and print the path of its library.
    Build {
        /// The adapter's directory name: csv.
        name: String,
    },
}

pub fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.command {
        Command::Build { name } => println!("{}", build(name)?.display()),
    }
    Ok(())
}

/// Builds the adapter; answers its library's path.
pub fn build(name: &str) -> Result<PathBuf> {
    if !workspace::root().join("plugins").join(name).join("Cargo.toml").is_file() {
        bail!("there is no plugins/{name}/Cargo.toml");
    }
    let package = format!("aftercare-adapter-{name}");
    process::run(&mut process::cargo(["build", "--locked", "--package", &package]))?;
    Ok(workspace::target().join("debug").join(workspace::library(&package)))
}
