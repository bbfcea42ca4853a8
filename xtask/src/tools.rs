//! Tools of other ecosystems, installed privately under `target/tools` at pinned versions: nothing of the host changes,
//! except Debian packages where the caller is root and a program is missing.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{process, workspace};

const BUF: &str = "buf-bin==1.75.0";
const CARGO_DENY: &str = "0.20.2";

/// The protobuf linter.
pub fn buf() -> Result<PathBuf> {
    Ok(python_environment("buf", &[BUF])?.join("bin/buf"))
}

/// The checker of licences, bans and sources of the dependency tree.
pub fn cargo_deny() -> Result<PathBuf> {
    let directory = directory("cargo-deny");
    let program = directory.join("bin/cargo-deny");
    installed(&directory, CARGO_DENY, || {
        // Without optimisation and without its git client it builds in a minute instead of ten.
        let mut install = process::cargo(["install", "cargo-deny", "--version", CARGO_DENY]);
        install.args(["--locked", "--debug", "--no-default-features", "--quiet", "--root"]);
        install.arg(&directory).env("CARGO_TARGET_DIR", directory.join("build"));
        process::run(&mut install)?;
        // The build is ten times the size of the program.
        fs::remove_dir_all(directory.join("build")).context("removing the build of cargo-deny")
    })?;
    Ok(program)
}

/// A virtual environment that holds exactly these packages.
pub fn python_environment(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let directory = directory(name);
    installed(&directory, &packages.join("\n"), || {
        python_with_venv(&directory)?;
        let mut install = Command::new(directory.join("bin/python"));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        process::quiet(install.args(packages))
    })?;
    Ok(directory)
}

/// Installs Debian packages where we may; says what to install where we may not.
pub fn debian(packages: &[&str]) -> Result<()> {
    let line = packages.join(" ");
    if !is_root() {
        bail!("missing on this machine: {line}; install it (Debian: apt-get install -y {line})");
    }
    println!("  installing Debian packages: {line}");
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        process::quiet(&mut command)
    };
    apt(&["update", "-qq"])?;
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(packages);
    apt(&install)
}

/// Whether we run as the superuser.
pub fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn directory(name: &str) -> PathBuf {
    workspace::target().join("tools").join(name)
}

/// Calls `install` unless the directory's stamp says that exactly this version is there already.
fn installed(directory: &Path, version: &str, install: impl FnOnce() -> Result<()>) -> Result<()> {
    // A virtual environment holds its own absolute path, so a moved one counts as absent.
    let version = format!("{version}\n{}", directory.display());
    let stamp = directory.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == version) {
        return Ok(());
    }
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir_all(directory)?;
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    install().with_context(|| format!("installing {name}"))?;
    fs::write(&stamp, version).with_context(|| format!("writing {}", stamp.display()))
}

fn python_with_venv(directory: &Path) -> Result<()> {
    let create = || Command::new("python3").args(["-m", "venv"]).arg(directory).output();
    if create().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    debian(&["python3", "python3-venv"])?;
    let output = create().context("cannot start python3")?;
    if !output.status.success() {
        bail!("python3 -m venv failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
