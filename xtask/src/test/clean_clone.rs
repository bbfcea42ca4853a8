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
    let target = clone.join("target");
    lend_dependencies(&target.join("debug"))?;
    let mut build = process::cargo(super::BUILD);
    // Built once and thrown away: what incremental builds keep would only fill the disk.
    build.env("CARGO_TARGET_DIR", &target).env("CARGO_INCREMENTAL", "0");
    process::run(build.current_dir(&clone))?;
    let suite = demo::built(&clone, &target);
    let data = tempfile::tempdir()?;
    suite.tell_once(data.path())?;
    begin_an_adapter(&clone)
}

/// Links what was built of the registry's crates into the clone's own target directory: they are the same there. Our own crates
/// are not lent; a shared directory would take the clone's for ours, whose sources may have changed meanwhile.
fn lend_dependencies(to: &Path) -> Result<()> {
    let from = workspace::target().join("debug");
    for part in ["deps", "build", ".fingerprint"] {
        let from = from.join(part);
        for file in workspace::files_below(&from, &|_| true)? {
            let inside = file.strip_prefix(&from)?;
            let ours = inside.components().any(|part| {
                let name = part.as_os_str().to_string_lossy();
                ["aftercare", "xtask", "it-"].iter().any(|own| name.contains(own))
            });
            if !ours {
                let copy = to.join(part).join(inside);
                fs::create_dir_all(copy.parent().unwrap_or(to))?;
                // A hard link costs nothing and keeps the time of change, by which cargo knows that it is fresh.
                fs::hard_link(&file, &copy)?;
            }
        }
    }
    Ok(())
}

/// `cargo xtask plugin new` in the clone: the crate must build and pass the conformance kit as it is written.
fn begin_an_adapter(clone: &Path) -> Result<()> {
    let cargo = |arguments: &[&str]| {
        let mut cargo = process::cargo(arguments.iter().copied());
        cargo.env("CARGO_TARGET_DIR", clone.join("target")).env("CARGO_INCREMENTAL", "0");
        process::run(cargo.current_dir(clone))
    };
    cargo(&["run", "--quiet", "--package", "xtask", "--", "plugin", "new", "probe"])?;
    cargo(&["test", "--quiet", "--package", "aftercare-adapter-probe"])
}
