//! Every reason an error can carry is raised by one kind of error and explained in `proto/errors.md`.

use std::{collections::BTreeMap, fs};

use anyhow::Result;

use super::{Finding, sources::Source};
use crate::workspace;

const PAGE: &str = "proto/errors.md";

pub fn check(files: &[Source]) -> Result<Vec<Finding>> {
    let page = fs::read_to_string(workspace::root().join(PAGE)).unwrap_or_default();
    Ok(compare(files, &page))
}

fn compare(files: &[Source], page: &str) -> Vec<Finding> {
    let mut raised: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut mentioned = std::collections::BTreeSet::new();
    let code = files.iter().filter(|file| {
        file.is_hand_written_rust() && !file.is_test() && !file.path.starts_with("xtask")
    });
    for file in code {
        mentioned.extend(literals(&file.text));
        for (place, body) in reason_functions(file) {
            let mut reasons: Vec<&str> = literals(body).collect();
            reasons.sort_unstable();
            reasons.dedup();
            for reason in reasons {
                raised.entry(reason).or_default().push(place.clone());
            }
        }
    }
    let mut findings = Vec::new();
    let documented: Vec<&str> =
        page.split('`').skip(1).step_by(2).filter(|x| is_reason(x)).collect();
    for (reason, places) in &raised {
        if !documented.contains(reason) {
            findings.push(format!("{}: reason {reason} is not explained in {PAGE}", places[0]));
        }
        if places.len() > 1 {
            findings.push(format!("reason {reason} has several owners: {}", places.join(", ")));
        }
    }
    for reason in documented.iter().filter(|reason| !mentioned.contains(**reason)) {
        findings.push(format!("{PAGE}: no error carries the reason {reason}"));
    }
    findings
}

/// Place and body of each `fn reason(&self) -> &'static str` outside of the test module.
fn reason_functions(file: &Source) -> Vec<(String, &str)> {
    let end = file.text.find("#[cfg(test)]").unwrap_or(file.text.len());
    let text = &file.text[..end];
    let heads = text.match_indices("fn reason(&self) -> &'static str");
    heads
        .filter_map(|(at, head)| {
            let rest = text[at + head.len()..].trim_start();
            let number = text[..at].lines().count();
            rest.starts_with('{').then(|| (format!("{}:{number}", file.path.display()), body(rest)))
        })
        .collect()
}

/// From the opening brace to the one that closes it.
fn body(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return &text[..=at],
            '}' => depth -= 1,
            _ => {}
        }
    }
    text
}

fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).filter(|literal| is_reason(literal))
}

/// Upper snake case as AIP-193 wants it, of at least two words so that `EUR` or `HTTP` is none.
fn is_reason(word: &str) -> bool {
    word.len() <= 63
        && word.contains('_')
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(path: &str, reason: &str) -> Source {
        let text = format!(
            "//! E.\nimpl Fault for E {{\n    fn reason(&self) -> &'static str {{\n        match self {{\n            Self::A {{ .. }} => \"{reason}\",\n        }}\n    }}\n    fn class(&self) -> &str {{ \"NOT_A_REASON\" }}\n}}\n"
        );
        Source { path: path.into(), text }
    }

    #[test]
    fn an_explained_reason_with_one_owner_passes() {
        let files = [error("services/a/src/e.rs", "QUOTE_EXPIRED")];
        assert_eq!(compare(&files, "| `QUOTE_EXPIRED` | the quote is too old |"), [""; 0]);
    }

    #[test]
    fn unexplained_shared_and_stale_reasons_are_found() {
        let files = [
            error("services/a/src/e.rs", "QUOTE_EXPIRED"),
            error("services/b/src/e.rs", "QUOTE_EXPIRED"),
        ];
        let found = compare(&files, "`NEVER_RAISED`");
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("not explained"));
        assert!(found[1].contains("several owners"));
        assert!(found[2].contains("NEVER_RAISED"));
    }
}
