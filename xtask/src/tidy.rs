//! `cargo xtask tidy`: the house rules that no compiler checks, each named in `ARCHITECTURE.md` or `CONTRIBUTING.md`.

use anyhow::{Result, bail};

mod map;
mod purity;
mod reasons;
mod sources;
mod status;
mod wording;

/// One broken rule: where, and what is wrong there.
pub type Finding = String;

/// Checks every rule and names every place where one is broken.
pub fn run() -> Result<()> {
    let files = sources::read()?;
    let mut findings = Vec::new();
    findings.extend(purity::check()?);
    findings.extend(sources::check(&files));
    findings.extend(wording::check(&files));
    findings.extend(status::check(&files));
    findings.extend(map::check()?);
    findings.extend(reasons::check(&files)?);
    if findings.is_empty() {
        return Ok(());
    }
    for finding in &findings {
        eprintln!("  {finding}");
    }
    bail!("tidy: {} rules broken", findings.len())
}
