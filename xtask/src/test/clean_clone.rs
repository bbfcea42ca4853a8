//! What a newcomer gets: the committed tree alone, cloned elsewhere, builds with the lock file and tells the demo's story.

use std::{fs, path::Path, process::Command};

use anyhow::Result;

use crate::{demo, process, workspace};

pub fn run() -> Result<()> {
    let root = workspace::root();
    let mut changes = Command::new("git");
    let changes = process::output(changes.current_dir(&root).args(["status", "--porcelain"]))?;
    if !changes.is_empty() {
        println!("  {} uncommitted changes are not in the clone:", changes.lines().count());
        changes.lines().take(10).for_each(|line| println!("    {line}"));
    }
    // Always the same place, so that repeated runs replace what they built and do not pile it up.
    let clone = workspace::target().join("clean-clone");
    if clone.exists() {
        fs::remove_dir_all(&clone)?;
    }
    let mut git = Command::new("git");
    git.args(["clone", "--quiet", "--no-local", "--depth", "1"]);
    process::quiet(git.arg(format!("file://{}", root.display())).arg(&clone))?;
    // The same target directory: crates of the registry are the same there and here, our own are built anew from the clone.
    let target = workspace::target();
    process::run(process::cargo(super::BUILD).current_dir(&clone).env("CARGO_TARGET_DIR", target))?;
    let suite = demo::built(&clone);
    let data = tempfile::tempdir()?;
    let mut demo = suite.command();
    process::run(demo.current_dir(&clone).arg("--once").arg("--data-dir").arg(data.path()))?;
    begin_an_adapter(&clone)
}

/// `cargo xtask plugin new` in the clone: the crate must build and pass the conformance kit as it is written.
fn begin_an_adapter(clone: &Path) -> Result<()> {
    let cargo = |arguments: &[&str]| {
        let mut cargo = process::cargo(arguments.iter().copied());
        process::run(cargo.current_dir(clone).env("CARGO_TARGET_DIR", workspace::target()))
    };
    cargo(&["run", "--quiet", "--package", "xtask", "--", "plugin", "new", "probe"])?;
    cargo(&["test", "--quiet", "--package", "aftercare-adapter-probe"])
}
