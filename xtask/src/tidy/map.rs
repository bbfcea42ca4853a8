//! `ARCHITECTURE.md` names every crate, so that the map never lags behind the house.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use super::{Finding, purity};
use crate::workspace;

/// A crate of the workspace.
pub struct Member {
    /// Its package name.
    pub name: String,
    /// The directory of its manifest.
    pub directory: PathBuf,
}

/// All crates of the workspace.
pub fn members() -> Result<Vec<Member>> {
    let metadata = purity::metadata()?;
    let packages = metadata["packages"].as_array().context("cargo metadata has no packages")?;
    let member = |package: &serde_json::Value| {
        let manifest = PathBuf::from(package["manifest_path"].as_str()?);
        let name = package["name"].as_str()?.to_owned();
        Some(Member { name, directory: manifest.parent()?.to_path_buf() })
    };
    Ok(packages.iter().filter_map(member).collect())
}

pub fn check() -> Result<Vec<Finding>> {
    let root = workspace::root();
    let Ok(map) = fs::read_to_string(root.join("ARCHITECTURE.md")) else {
        return Ok(vec!["ARCHITECTURE.md is missing".to_owned()]);
    };
    let missing = members()?.into_iter().filter(|member| !names(&map, &member.name));
    Ok(missing
        .map(|member| format!("ARCHITECTURE.md does not name the crate `{}`", member.name))
        .collect())
}

/// As a word of its own: `aftercare-customer-domain` does not name `aftercare-customer`.
fn names(map: &str, name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    map.split(|c: char| !part(c)).any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn only_a_whole_word_names_a_crate() {
        assert!(names("| `aftercare-customer` | ... |", "aftercare-customer"));
        assert!(!names("| `aftercare-customer-domain` |", "aftercare-customer"));
    }
}
