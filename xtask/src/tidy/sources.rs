//! Shape of the source files: length, opening line, names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

use super::Finding;
use crate::workspace;

const LONG: usize = 400;
const TOO_LONG: usize = 500;
const BANNED_NAMES: [&str; 8] =
    ["util", "utils", "helper", "helpers", "manager", "common", "misc", "mod.rs"];

/// A text file of the project.
pub struct Source {
    /// Relative to the workspace's root.
    pub path: PathBuf,
    /// All of it.
    pub text: String,
}

impl Source {
    /// Whether it is Rust that somebody wrote.
    pub fn is_hand_written_rust(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension == "rs")
            && !self.path.starts_with("proto/src/gen")
    }

    /// Whether it only runs in tests, by its place.
    pub fn is_test(&self) -> bool {
        self.path.starts_with("tests")
            || self.path.components().any(|part| part.as_os_str() == "tests")
            || self.path.file_name().is_some_and(|name| name == "tests.rs")
    }

    /// Its lines outside of `#[cfg(test)] mod tests`, which by the house style ends a file.
    pub fn lines_in_use(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.take_while(|(_, line)| line.trim() != "#[cfg(test)]")
    }
}

/// Every text file that is or could be committed; a file that is not text is not judged.
pub fn read() -> Result<Vec<Source>> {
    let root = workspace::root();
    let files = workspace::project_files()?.into_iter();
    Ok(files
        .filter_map(|path| Some(Source { text: fs::read_to_string(root.join(&path)).ok()?, path }))
        .collect())
}

pub fn check(files: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| !file.path.starts_with("proto/google")) {
        findings.extend(name(&file.path));
    }
    for file in files.iter().filter(|file| file.is_hand_written_rust()) {
        let path = file.path.display();
        let length = file.text.lines().count();
        if length > TOO_LONG {
            findings.push(format!("{path}: {length} lines, the limit is {TOO_LONG}: split it"));
        } else if length > LONG {
            println!("  {path}: {length} lines, more than {LONG}: consider splitting it");
        }
        if !file.text.starts_with("//!") {
            findings.push(format!("{path}: must open with a //! line that says what it is for"));
        }
    }
    findings
}

fn name(path: &Path) -> Option<Finding> {
    let names = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let banned = names.into_iter().find(|name| {
        let stem = name.strip_suffix(".rs").unwrap_or(name);
        BANNED_NAMES.contains(&name.as_str()) || BANNED_NAMES.contains(&stem)
    })?;
    Some(format!("{}: the name `{banned}` says nothing", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.into() }
    }

    #[test]
    fn a_long_or_headless_or_vaguely_named_file_is_found() {
        let long = "//! Long.\n".to_owned() + &"x\n".repeat(TOO_LONG);
        let found = check(&[
            source("services/a/src/long.rs", &long),
            source("services/a/src/headless.rs", "fn f() {}\n"),
            source("services/a/src/utils.rs", "//! Vague.\n"),
            source("services/a/src/good.rs", "//! Good.\n"),
            source("proto/src/gen/a.rs", "fn generated() {}\n"),
        ]);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("`utils.rs`"));
        assert!(found[1].contains("501 lines"));
        assert!(found[2].contains("headless.rs"));
    }

    #[test]
    fn lines_of_the_test_module_are_not_in_use() {
        let file = source("a.rs", "//! A.\nfn f() {}\n#[cfg(test)]\nmod tests {}\n");
        assert_eq!(file.lines_in_use().count(), 2);
    }
}
