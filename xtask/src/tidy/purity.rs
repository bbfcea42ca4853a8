//! Domain crates stay pure: no runtime, no wire, no database, no clock and no hidden randomness in what they are built from.

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;
use crate::process;

const BANNED: [&str; 6] = ["tokio", "tonic", "prost", "sea-orm", "sqlx", "reqwest"];
const AMBIENT: [&str; 7] = [
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "rand::rng(",
    "thread_rng(",
    "OsRng",
];

pub fn check() -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (name, directory) in domain_crates()? {
        let tree = process::output(&mut process::cargo([
            "tree",
            "--locked",
            "--package",
            &name,
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}|{f}",
        ]))?;
        findings.extend(dependencies(&name, &tree));
        findings.extend(calls(&directory)?);
    }
    Ok(findings)
}

/// Name and source directory of the kernel and of every domain crate.
fn domain_crates() -> Result<Vec<(String, std::path::PathBuf)>> {
    let crates = super::map::members()?.into_iter();
    Ok(crates
        .filter(|member| member.name == "aftercare-kernel" || member.name.ends_with("-domain"))
        .map(|member| (member.name, member.directory.join("src")))
        .collect())
}

/// Lines are `name vX.Y.Z (path)|feature,feature`, as `cargo tree` resolves them for this crate alone.
fn dependencies(name: &str, tree: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for line in tree.lines() {
        let (package, features) = line.split_once('|').unwrap_or((line, ""));
        let package = package.split_whitespace().next().unwrap_or_default();
        // sqlx-core is sqlx.
        let family = |banned: &str| {
            package
                .strip_prefix(banned)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        if BANNED.into_iter().any(family) {
            findings.push(format!("{name}: a domain crate must not depend on {package}"));
        }
        let ambient = |feature: &str| matches!(feature.trim(), "thread_rng" | "os_rng");
        if package == "rand" && features.split(',').any(ambient) {
            findings.push(format!(
                "{name}: rand comes with a generator of its own ({features}); take one as an argument"
            ));
        }
    }
    findings.sort();
    findings.dedup();
    findings
}

fn calls(directory: &std::path::Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let is_rust =
        |path: &std::path::Path| path.extension().is_some_and(|extension| extension == "rs");
    for path in crate::workspace::files_below(directory, &is_rust)? {
        let text = std::fs::read_to_string(&path)?;
        for (index, line) in text.lines().enumerate() {
            if let Some(call) = AMBIENT.iter().find(|call| line.contains(**call)) {
                let place = format!("{}:{}", path.display(), index + 1);
                findings.push(format!("{place}: `{call}`: time and randomness are arguments here"));
            }
        }
    }
    Ok(findings)
}

/// What cargo knows of the workspace, without its dependencies.
pub(super) fn metadata() -> Result<Value> {
    let arguments = ["metadata", "--locked", "--no-deps", "--format-version", "1"];
    let printed = process::output(&mut process::cargo(arguments))?;
    serde_json::from_str(&printed).context("cargo metadata printed no JSON")
}

#[cfg(test)]
mod tests {
    use super::dependencies;

    #[test]
    fn a_runtime_or_a_thread_generator_below_a_domain_crate_is_found() {
        let tree = "a-domain v0.1.0 (/a)|\ntokio v1.0.0|rt\nsqlx-core v0.9.0|\nrand v0.9.0|std,thread_rng\n";
        assert_eq!(dependencies("a-domain", tree).len(), 3);
    }

    #[test]
    fn pure_dependencies_pass() {
        let tree = "a-domain v0.1.0 (/a)|\nrand v0.9.0|std,small_rng\nprostate v1.0.0|\n";
        assert_eq!(dependencies("a-domain", tree), [""; 0]);
    }
}
