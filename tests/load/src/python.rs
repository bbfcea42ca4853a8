//! Baselines in Python: a script of `python/` that prints one JSON object.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::de::DeserializeOwned;

use crate::Plan;

/// What the script printed.
///
/// # Errors
/// If it does not start, fails, or prints something else.
pub fn run<T: DeserializeOwned>(plan: &Plan, script: &str, arguments: &[&str]) -> Result<T> {
    let path = format!("{}/python/{script}", env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new(&plan.python);
    python.arg(&path).args(arguments);
    let output = python.output().with_context(|| format!("starting {}", plan.python.display()))?;
    ensure!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).with_context(|| format!("what {script} printed"))
}
