//! Every command that the documents show exists and takes the arguments that they show.

// All of this file is test, also what stands outside of the test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The documents, from the workspace's root.
const DOCUMENTS: [&str; 5] =
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "tests/world/README.md", "docs"];

#[test]
fn documented_commands_are_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut commands = Vec::new();
    for document in documents(&root) {
        let text = fs::read_to_string(&document).unwrap();
        commands.extend(shown_commands(&text).into_iter().map(|line| (document.clone(), line)));
    }
    assert!(!commands.is_empty(), "the documents show no command at all");
    let refused: Vec<String> = commands.iter().filter_map(refusal).collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn commands_are_found_in_code_and_nowhere_else() {
    let text = "Run cargo xtask lies.\n\n    cargo xtask demo --once  # says why\n\n```sh\n$ aftercare serve\ncargo xtask test\n```\n";
    assert_eq!(
        shown_commands(text),
        ["cargo xtask demo --once", "aftercare serve", "cargo xtask test"]
    );
}

fn documents(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in DOCUMENTS.map(|name| root.join(name)) {
        if path.is_dir() {
            let entries = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
            found.extend(entries.filter(|path| path.extension().is_some_and(|it| it == "md")));
        } else {
            assert!(path.is_file(), "{} is missing", path.display());
            found.push(path);
        }
    }
    found
}

/// Lines of fenced or indented code that call our own programs, without prompt and comment.
fn shown_commands(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut commands = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") {
            let line = line.trim().trim_start_matches("$ ");
            let line = line.split(" #").next().unwrap_or(line).trim();
            if line.starts_with("cargo xtask ") || line.starts_with("aftercare ") {
                commands.push(line.to_owned());
            }
        }
    }
    commands
}

/// What the program says against the command, if it does not know it: with `--help` it only reads its arguments.
fn refusal((document, line): &(PathBuf, String)) -> Option<String> {
    let (program, arguments) = match line.strip_prefix("cargo xtask ") {
        Some(arguments) => ("xtask", arguments),
        None => ("aftercare", line.strip_prefix("aftercare ").unwrap_or_default()),
    };
    let program = built(program);
    let output = Command::new(&program).args(arguments.split_whitespace()).arg("--help").output();
    let output = output.unwrap_or_else(|error| {
        panic!("{}: {error}; cargo build --workspace makes it", program.display())
    });
    let said = String::from_utf8_lossy(&output.stderr);
    (!output.status.success()).then(|| format!("{}: `{line}`: {said}", document.display()))
}

/// Beside the directory of this test's own executable.
fn built(program: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.ancestors().nth(2).unwrap().join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
}
