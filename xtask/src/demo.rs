//! `cargo xtask demo`: builds the suite and the csv adapter, and lets the suite tell its story on the sample world.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{process, workspace};

/// What the command takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// Exit when the story is told; without it the suite keeps serving until Ctrl-C.
    #[arg(long)]
    once: bool,
    /// Passed on to `aftercare demo`.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// The built binary and what its demo needs.
pub struct Suite {
    /// `aftercare` itself.
    pub binary: PathBuf,
    plugin: PathBuf,
    world: PathBuf,
}

impl Suite {
    /// `aftercare demo` on the sample world; the caller may add arguments.
    pub fn command(&self) -> Command {
        let mut demo = Command::new(&self.binary);
        demo.arg("demo").arg("--world").arg(&self.world).arg("--plugin").arg(&self.plugin);
        demo
    }
}

/// Builds and runs it.
pub fn run(arguments: &Arguments) -> Result<()> {
    let suite = build()?;
    let mut demo = suite.command();
    if arguments.once {
        demo.arg("--once");
    }
    process::run(demo.args(&arguments.rest))
}

/// `cargo xtask demo --once` in a data directory that is thrown away.
pub fn once() -> Result<()> {
    let data = tempfile::tempdir()?;
    process::run(build()?.command().arg("--once").arg("--data-dir").arg(data.path()))
}

/// Builds the binary and the adapter of this workspace.
pub fn build() -> Result<Suite> {
    build_in(&workspace::root())
}

/// Builds those of another copy of the workspace, into this one's target directory.
pub fn build_in(root: &Path) -> Result<Suite> {
    let target = workspace::target();
    let mut cargo = process::cargo(["build", "--locked", "--package", "aftercare"]);
    cargo.args(["--package", "aftercare-adapter-csv"]);
    process::run(cargo.current_dir(root).env("CARGO_TARGET_DIR", &target))?;
    let built = target.join("debug");
    Ok(Suite {
        binary: built.join(format!("aftercare{}", std::env::consts::EXE_SUFFIX)),
        plugin: built.join(workspace::library("aftercare-adapter-csv")),
        world: root.join("tests/world"),
    })
}
