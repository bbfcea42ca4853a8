//! The one table of who may call what (`proto/permissions.toml`), and the check before every RPC.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Roles, and the permission that each RPC needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    roles: BTreeMap<String, Vec<String>>,
    methods: BTreeMap<String, String>,
}

/// Why the table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PermissionError {
    /// The table is not of its form.
    #[error("the permission table is malformed: {0}")]
    Malformed(String),
    /// RPCs that nobody declared a permission for.
    #[error("these RPCs have no line in proto/permissions.toml: {}", .0.join(", "))]
    Undeclared(Vec<String>),
}

impl Permissions {
    /// Reads the table.
    ///
    /// # Errors
    /// [`PermissionError::Malformed`].
    pub fn parse(table: &str) -> Result<Self, PermissionError> {
        use figment::providers::{Format, Toml};
        figment::Figment::from(Toml::string(table))
            .extract()
            .map_err(|error| PermissionError::Malformed(error.to_string()))
    }

    /// The permission that the RPC needs; none if it has no line. `path` is `/package.Service/Method`.
    #[must_use]
    pub fn needed(&self, path: &str) -> Option<&str> {
        self.methods.get(path.strip_prefix('/').unwrap_or(path)).map(String::as_str)
    }

    /// Whether one of the roles holds the permission.
    #[must_use]
    pub fn hold(&self, roles: &[String], permission: &str) -> bool {
        roles
            .iter()
            .filter_map(|role| self.roles.get(role))
            .flatten()
            .any(|pattern| covers(pattern, permission))
    }

    /// Refuses a server whose RPCs are not all in the table.
    ///
    /// # Errors
    /// [`PermissionError::Undeclared`] names them.
    pub fn cover(&self, paths: &[String]) -> Result<(), PermissionError> {
        let missing: Vec<String> =
            paths.iter().filter(|path| self.needed(path).is_none()).cloned().collect();
        if missing.is_empty() { Ok(()) } else { Err(PermissionError::Undeclared(missing)) }
    }
}

fn covers(pattern: &str, permission: &str) -> bool {
    if pattern == "*" || pattern == permission {
        return true;
    }
    match (pattern.split_once('.'), permission.split_once('.')) {
        (Some(("*", verb)), Some((noun, wanted))) => {
            // personal data is never part of a blanket grant
            verb == wanted && noun != "personal"
        }
        (Some((noun, "*")), Some((wanted, _))) => noun == wanted,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_grant_what_they_say_and_no_personal_data_by_blanket() {
        for (pattern, permission, granted) in [
            ("*", "personal.read", true),
            ("*.read", "case.read", true),
            ("*.read", "case.write", false),
            ("*.read", "personal.read", false),
            ("case.*", "case.write", true),
            ("case.*", "caseload.write", false),
            ("case.write", "case.write", true),
        ] {
            assert_eq!(covers(pattern, permission), granted, "{pattern} {permission}");
        }
    }

    #[test]
    fn the_shipped_table_reads() {
        let table = Permissions::parse(aftercare_api::PERMISSIONS).unwrap();
        assert!(table.hold(&["viewer".to_owned()], "customer.read"));
        assert!(!table.hold(&["viewer".to_owned(), "nobody".to_owned()], "customer.write"));
        assert!(table.cover(&["/no.Such/Method".to_owned()]).is_err());
    }
}
