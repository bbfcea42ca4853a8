//! What no committed text may hold: places of the machine it was written on, and package registries other than the public ones.

use super::{Finding, sources::Source};

const SELF: &str = "xtask/src/tidy/wording.rs";
const PLACES: [&str; 4] = ["/work/", "/root/", "/home/", "/Users/"];
const REGISTRY_WORDS: [&str; 6] = ["registry", "mirror", "pypi", "artifactory", "nexus", "crates"];
const PUBLIC: [&str; 9] = [
    "crates.io",
    "index.crates.io",
    "static.crates.io",
    "docs.rs",
    "pypi.org",
    "files.pythonhosted.org",
    "registry.npmjs.org",
    "registry.k8s.io",
    "github.com",
];

pub fn check(files: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path != std::path::Path::new(SELF)) {
        for (index, line) in file.text.lines().enumerate() {
            let place = format!("{}:{}", file.path.display(), index + 1);
            if let Some(found) = PLACES.iter().find(|banned| starts_path(line, banned)) {
                findings.push(format!("{place}: `{found}...` is a place of one machine"));
            }
            if let Some(host) = private_registry(line) {
                findings.push(format!("{place}: `{host}` is not a public registry"));
            }
        }
    }
    findings
}

/// `/work/` opens a path; `frame/work/` only contains it.
fn starts_path(line: &str, banned: &str) -> bool {
    line.match_indices(banned)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-}*".contains(c)))
}

fn private_registry(line: &str) -> Option<&str> {
    let addresses = line.match_indices("://").map(|(at, mark)| &line[at + mark.len()..]);
    let hosts = addresses.filter_map(|rest| {
        rest.split(|c: char| !(c.is_ascii_alphanumeric() || ".-:@_".contains(c))).next()
    });
    hosts.into_iter().find(|host| {
        let name = host.rsplit('@').next().unwrap_or(host);
        let name = name.split(':').next().unwrap_or(name);
        REGISTRY_WORDS.iter().any(|word| name.contains(word)) && !PUBLIC.contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_one_machine_is_found_and_a_relative_one_is_not() {
        assert!(starts_path("see /work/main", "/work/"));
        assert!(!starts_path("see frame/work/main", "/work/"));
        assert!(!starts_path("${HOME}/work/x", "/work/"));
    }

    #[test]
    fn only_private_registries_are_found() {
        assert_eq!(
            private_registry("url = \"https://mirror.corp:8080/simple\""),
            Some("mirror.corp:8080")
        );
        assert_eq!(private_registry("https://crates.io/crates/tonic"), None);
        assert_eq!(private_registry("https://example.com/registry"), None);
    }
}
