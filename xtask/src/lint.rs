//! `cargo xtask lint`: every check that reads and does not run: format, protos, clippy, dependencies.

use std::process::Command;

use anyhow::Result;

use crate::{process, steps::Steps, tools, workspace};

/// What the command takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these; without a name all of them.
    checks: Vec<Check>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Check {
    Tidy,
    Format,
    Protos,
    Clippy,
    Dependencies,
}

/// The chosen checks, in the order of their price.
pub fn run(arguments: &Arguments) -> Result<()> {
    type Named = (Check, &'static str, fn() -> Result<()>);
    let all: [Named; 5] = [
        (Check::Tidy, "tidy", crate::tidy::run),
        (Check::Format, "format", format),
        (Check::Protos, "protos: buf lint and buf breaking", protos),
        (Check::Dependencies, "dependencies: cargo deny", dependencies),
        (Check::Clippy, "clippy", clippy),
    ];
    let mut steps = Steps::default();
    for (check, name, step) in all {
        if arguments.checks.is_empty() || arguments.checks.contains(&check) {
            steps.run(name, step);
        }
    }
    steps.conclude()
}

/// Sources are as rustfmt writes them.
pub fn format() -> Result<()> {
    process::run(&mut process::cargo(["fmt", "--all", "--check"]))
}

/// The protos are lint clean, and break nothing that the last release promised.
pub fn protos() -> Result<()> {
    let buf = tools::buf()?;
    let root = workspace::root();
    process::run(Command::new(&buf).current_dir(&root).args(["lint", "proto"]))?;
    let mut tags = Command::new("git");
    tags.current_dir(&root).args(["tag", "--list", "v*", "--sort=-version:refname"]);
    let tags = process::output(&mut tags)?;
    let Some(release) = tags.lines().next() else {
        println!("  buf breaking: no release tag yet, so there is nothing to stay compatible with");
        return Ok(());
    };
    println!("  buf breaking against {release}");
    let against = format!(".git#tag={release},subdir=proto");
    let mut breaking = Command::new(&buf);
    process::run(breaking.current_dir(&root).args(["breaking", "proto", "--against", &against]))
}

/// No warning anywhere, tests and benches included.
pub fn clippy() -> Result<()> {
    let mut cargo =
        process::cargo(["clippy", "--locked", "--workspace", "--all-targets", "--quiet"]);
    process::run(cargo.args(["--", "-D", "warnings"]))
}

/// Licences, banned crates and sources of the dependency tree, by the rules of `deny.toml`.
pub fn dependencies() -> Result<()> {
    let deny = tools::cargo_deny()?;
    let mut check = Command::new(deny);
    check.current_dir(workspace::root()).args(["--log-level", "error", "check"]);
    process::run(check.args(["licenses", "bans", "sources"]))
}
