//! `cargo xtask plugin`: builds an adapter plugin, or writes the crate of a new one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail, ensure};

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
    /// Write the crate of a new adapter to `plugins/NAME`: it builds and passes the conformance kit at once.
    New {
        /// 1 to 40 of a-z, 0-9 and '-', beginning with a letter.
        name: String,
    },
}

const MANIFEST: &str = include_str!("../templates/plugin/Cargo.toml.template");
const LIBRARY: &str = include_str!("../templates/plugin/lib.rs.template");
// The new member goes before this one.
const LAST_MEMBER: &str = "    \"tests/world\",";

pub fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.command {
        Command::Build { name } => println!("{}", build(name)?.display()),
        Command::New { name } => begin(name, &workspace::root())?,
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

/// Writes the crate and makes it a member of the workspace.
fn begin(name: &str, root: &Path) -> Result<()> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = name.len() <= 40 && name.starts_with(|c: char| c.is_ascii_lowercase());
    ensure!(fits && name.chars().all(allowed), "`{name}` is not 1 to 40 of a-z, 0-9 and '-'");
    let directory = root.join("plugins").join(name);
    ensure!(!directory.exists(), "plugins/{name} exists already");
    let workspace = fs::read_to_string(root.join("Cargo.toml"))?;
    ensure!(workspace.contains(LAST_MEMBER), "Cargo.toml has no line {LAST_MEMBER}");
    fs::create_dir_all(directory.join("src"))?;
    fs::write(directory.join("Cargo.toml"), MANIFEST.replace("{name}", name))?;
    fs::write(directory.join("src/lib.rs"), LIBRARY.replace("{name}", name))?;
    let member = format!("    \"plugins/{name}\",\n{LAST_MEMBER}");
    fs::write(root.join("Cargo.toml"), workspace.replacen(LAST_MEMBER, &member, 1))?;
    println!("wrote plugins/{name}; next: cargo test -p aftercare-adapter-{name}");
    println!("then name the crate in ARCHITECTURE.md, where `cargo xtask tidy` looks for it");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_adapter_is_a_member_and_an_existing_one_is_not_overwritten() {
        let root = tempfile::tempdir().unwrap();
        let members = format!("members = [\n{LAST_MEMBER}\n]\n");
        fs::write(root.path().join("Cargo.toml"), members).unwrap();
        begin("acme-erp", root.path()).unwrap();
        let workspace = fs::read_to_string(root.path().join("Cargo.toml")).unwrap();
        assert_eq!(
            workspace,
            format!("members = [\n    \"plugins/acme-erp\",\n{LAST_MEMBER}\n]\n")
        );
        let manifest = fs::read_to_string(root.path().join("plugins/acme-erp/Cargo.toml")).unwrap();
        assert!(manifest.contains("name = \"aftercare-adapter-acme-erp\""));
        assert!(begin("acme-erp", root.path()).is_err());
        assert!(begin("Bad_Name", root.path()).is_err());
    }
}
