//! One place builds a `tonic::Status`, so that every error carries its details and none carries its cause.

use super::{Finding, sources::Source};

const HOME: &str = "services/platform/src/status.rs";
const CONSTRUCTORS: [&str; 24] = [
    "new",
    "ok",
    "cancelled",
    "unknown",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal",
    "unavailable",
    "data_loss",
    "unauthenticated",
    "with_details",
    "with_metadata",
    "with_details_and_metadata",
    "with_error_details",
    "with_error_details_vec",
    "from_error",
];

pub fn check(files: &[Source]) -> Vec<Finding> {
    let judged = files.iter().filter(|file| {
        file.path.starts_with("services")
            && file.is_hand_written_rust()
            && !file.is_test()
            && file.path != std::path::Path::new(HOME)
            && !file.path.starts_with(HOME.trim_end_matches(".rs"))
    });
    let mut findings = Vec::new();
    for file in judged {
        for (number, line) in file.lines_in_use().filter(|(_, line)| constructs(line)) {
            let place = format!("{}:{number}", file.path.display());
            findings.push(format!("{place}: only {HOME} constructs a Status: {}", line.trim()));
        }
    }
    findings
}

fn constructs(line: &str) -> bool {
    if line.trim_start().starts_with("//") {
        return false;
    }
    let calls = line.match_indices("Status::").filter(|(at, _)| {
        // `QuoteStatus::new` is somebody else's.
        !line[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
    });
    calls.map(|(at, path)| &line[at + path.len()..]).any(|rest| {
        let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next();
        let is_call = name.is_some_and(|name| rest[name.len()..].starts_with(['(', ')', ',']));
        is_call && name.is_some_and(|name| CONSTRUCTORS.contains(&name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constructor_is_found_however_it_is_called() {
        assert!(constructs("Err(Status::not_found(\"x\"))"));
        assert!(constructs("let s = tonic::Status::with_error_details(code, m, d);"));
        assert!(constructs(".map_err(Status::from_error)"));
        assert!(!constructs("fn f() -> Result<(), Status> {"));
        assert!(!constructs("QuoteStatus::new(1)"));
        assert!(!constructs("// Status::internal(\"...\")"));
    }

    #[test]
    fn its_home_and_tests_may_construct_one() {
        let line = "//! A.\nStatus::internal(\"x\");\n";
        let file = |path: &str| Source { path: path.into(), text: line.into() };
        assert!(
            check(&[file(HOME), file("services/customer/service/tests/it/main.rs")]).is_empty()
        );
        assert_eq!(check(&[file("services/customer/service/src/handler/case.rs")]).len(), 1);
    }
}
