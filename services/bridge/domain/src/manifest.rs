//! What a plugin may be loaded: its ABI, its name, its version.

use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::ids::check_id;

/// ABI version: a plugin fits a host of the same major and at least its minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbiVersion {
    /// A new border.
    pub major: u16,
    /// Members added at the end.
    pub minor: u16,
}

impl std::fmt::Display for AbiVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Why a plugin is not loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PluginError {
    /// It was built against another ABI.
    #[error("plugin {file} speaks ABI {plugin}, this bridge speaks ABI {host}")]
    AbiMismatch {
        /// The file.
        file: String,
        /// What the plugin speaks.
        plugin: AbiVersion,
        /// What we speak.
        host: AbiVersion,
    },
    /// It is no shared library, or has no entry point, or answers nonsense.
    #[error("plugin {file} cannot be used: {cause}")]
    Unusable {
        /// The file.
        file: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The plugin directory has no such file.
    #[error("the plugin directory has no file {file}")]
    FileNotFound {
        /// The file.
        file: String,
    },
    /// No adapter of that name is loaded.
    #[error("no adapter {name} is loaded")]
    NotLoaded {
        /// The adapter.
        name: String,
    },
}

impl Fault for PluginError {
    fn class(&self) -> Class {
        match self {
            Self::AbiMismatch { .. } | Self::Unusable { .. } | Self::NotLoaded { .. } => {
                Class::Precondition
            }
            Self::FileNotFound { .. } => Class::NotFound,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::AbiMismatch { .. } => "ABI_MISMATCH",
            Self::Unusable { .. } => "PLUGIN_UNUSABLE",
            Self::FileNotFound { .. } => "PLUGIN_FILE_NOT_FOUND",
            Self::NotLoaded { .. } => "PLUGIN_NOT_LOADED",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::AbiMismatch { file, plugin, host } => vec![
                ("file", file.clone()),
                ("plugin_abi", plugin.to_string()),
                ("host_abi", host.to_string()),
            ],
            Self::Unusable { file, cause } => {
                vec![("file", file.clone()), ("cause", cause.clone())]
            }
            Self::FileNotFound { file } => vec![("file", file.clone())],
            Self::NotLoaded { name } => vec![("plugin", name.clone())],
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::AbiMismatch { file, .. }
            | Self::Unusable { file, .. }
            | Self::FileNotFound { file } => file.clone(),
            Self::NotLoaded { name } => format!("plugins/{name}"),
        }
    }
}

/// Checks what a manifest must be for its plugin to be listed: a name that is an id and a semantic version.
///
/// # Errors
/// [`PluginError::Unusable`].
pub fn check_manifest(file: &str, name: &str, version: &str) -> Result<(), PluginError> {
    let unusable = |cause: String| PluginError::Unusable { file: file.to_owned(), cause };
    check_id(name).map_err(|error| unusable(format!("the manifest's name {name:?} {error}")))?;
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<_> = core.split('.').map(str::parse::<u64>).collect();
    if numbers.len() == 3 && numbers.iter().all(Result::is_ok) {
        Ok(())
    } else {
        Err(unusable(format!("the manifest's version {version:?} is no semantic version")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mismatch_names_both_versions() {
        let error = PluginError::AbiMismatch {
            file: "x.so".to_owned(),
            plugin: AbiVersion { major: 2, minor: 3 },
            host: AbiVersion { major: 1, minor: 0 },
        };
        assert_eq!(error.to_string(), "plugin x.so speaks ABI 2.3, this bridge speaks ABI 1.0");
        assert_eq!(error.reason(), "ABI_MISMATCH");
    }

    #[test]
    fn names_and_versions_are_checked() {
        assert!(check_manifest("x", "csv", "1.2.3-beta+5").is_ok());
        for (name, version) in
            [("", "1.0.0"), ("CSV", "1.0.0"), ("csv", "1.0"), ("csv", "1.x.0"), ("csv", "")]
        {
            assert!(check_manifest("x", name, version).is_err(), "{name} {version}");
        }
    }
}
