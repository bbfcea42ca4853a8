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

    /// `aftercare demo --once` that leaves everything in one directory.
    pub fn tell_once(&self, data: &Path) -> Result<()> {
        let mut demo = self.command();
        demo.arg("--once").arg("--data-dir").arg(data);
        process::run(demo.arg("--report").arg(data.join("report.html")))
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

/// `cargo xtask demo --once` in a data directory that is thrown away, with what is built.
pub fn once() -> Result<()> {
    let data = tempfile::tempdir()?;
    built(&workspace::root(), &workspace::target()).tell_once(data.path())
}

/// Builds the binary and the adapter.
fn build() -> Result<Suite> {
    let mut cargo = process::cargo(["build", "--locked", "--package", "aftercare"]);
    process::run(cargo.args(["--package", "aftercare-adapter-csv"]))?;
    Ok(built(&workspace::root(), &workspace::target()))
}

/// What was built last in a target directory, with the sample world of that copy of the workspace.
pub fn built(root: &Path, target: &Path) -> Suite {
    let built = target.join("debug");
    Suite {
        binary: built.join(format!("aftercare{}", std::env::consts::EXE_SUFFIX)),
        plugin: built.join(workspace::library("aftercare-adapter-csv")),
        world: root.join("tests/world"),
    }
}
