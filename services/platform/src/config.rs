//! Configuration: one TOML file < `AFTERCARE_*` environment < flags; unknown keys are an error.

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::telemetry::LogFormat;

/// Everything that an operator can set. `deploy/aftercare.example.toml` has a line for each.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Seconds that calls in flight are given at shutdown.
    pub drain_timeout_s: u64,
    /// Storage.
    pub database: DatabaseSettings,
    /// Who may call.
    pub identity: IdentitySettings,
    /// Logs, traces, metrics.
    pub telemetry: TelemetryOutput,
    /// Adapter plugins.
    pub plugins: PluginSettings,
    /// Services that run in other processes: name to `http://host:port`.
    pub peers: BTreeMap<String, String>,
}

/// Storage.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `postgres://...`; empty means SQLite in `data_dir`.
    pub url: String,
    /// Directory of the embedded SQLite file and of the page-token key.
    pub data_dir: PathBuf,
    /// Connections per service on PostgreSQL.
    pub max_connections: u32,
    /// Put before each service's schema name on PostgreSQL.
    pub schema_prefix: String,
}

/// Who may call.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySettings {
    /// Development mode: everybody is admitted; loopback only.
    pub development: bool,
    /// File with the JSON Web Key Set that tokens are checked against (Ed25519).
    pub jwks_file: Option<PathBuf>,
    /// Expected `iss`.
    pub issuer: String,
    /// Expected `aud`.
    pub audience: String,
    /// Secret of at least 32 characters that page tokens are bound with; empty means one is made and kept in `data_dir`.
    pub page_token_secret: String,
}

/// Logs, traces, metrics.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryOutput {
    /// `text` or `json`.
    pub log_format: LogFormat,
    /// tracing-subscriber's directives.
    pub log_filter: String,
    /// OTLP collector: `http://host:4317`; empty means none.
    pub otlp_endpoint: String,
}

/// Adapter plugins.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginSettings {
    /// Directory with adapter libraries.
    pub directory: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 50051)),
            drain_timeout_s: 20,
            database: DatabaseSettings {
                url: String::new(),
                data_dir: PathBuf::from("aftercare-data"),
                max_connections: 16,
                schema_prefix: String::new(),
            },
            identity: IdentitySettings {
                development: false,
                jwks_file: None,
                issuer: String::new(),
                audience: "aftercare".to_owned(),
                page_token_secret: String::new(),
            },
            telemetry: TelemetryOutput {
                log_format: LogFormat::Text,
                log_filter: "info".to_owned(),
                otlp_endpoint: String::new(),
            },
            plugins: PluginSettings { directory: PathBuf::from("plugins") },
            peers: BTreeMap::new(),
        }
    }
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key is unknown or a value is of the wrong kind; the message names it.
    #[error("configuration: {0}")]
    Malformed(#[from] Box<figment::Error>),
    /// Development mode admits everybody and is for loopback only.
    #[error("development mode admits everybody: listen must be a loopback address, not {0}")]
    DevelopmentBeyondLoopback(SocketAddr),
    /// Without keys nobody could be told apart.
    #[error(
        "identity.jwks_file and identity.issuer must be set to listen on {0}, which is not loopback"
    )]
    OpenWithoutIdentity(SocketAddr),
}

impl Settings {
    /// Reads the file (if given), then the environment, then `flags` (a TOML document of what flags set).
    ///
    /// # Errors
    /// [`ConfigError`] names the key.
    pub fn load(file: Option<&Path>, flags: &str) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        // AFTERCARE_TEST_* belongs to the test command
        let environment =
            Env::prefixed("AFTERCARE_").filter(|key| !key.starts_with("TEST_")).split("__");
        let settings: Self =
            figment.merge(environment).merge(Toml::string(flags)).extract().map_err(Box::new)?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let loopback = self.listen.ip().is_loopback();
        if self.identity.development && !loopback {
            return Err(ConfigError::DevelopmentBeyondLoopback(self.listen));
        }
        let keys = self.identity.jwks_file.is_some() && !self.identity.issuer.is_empty();
        if !loopback && !keys {
            return Err(ConfigError::OpenWithoutIdentity(self.listen));
        }
        Ok(())
    }

    /// The settings as TOML-like text with secrets masked.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut shown = self.clone();
        if !shown.identity.page_token_secret.is_empty() {
            shown.identity.page_token_secret = "***".to_owned();
        }
        if let Some((scheme, rest)) = shown.database.url.split_once("://")
            && let Some((user, host)) = rest.rsplit_once('@')
        {
            let user = user.split(':').next().unwrap_or_default();
            shown.database.url = format!("{scheme}://{user}:***@{host}");
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_and_unknown_keys_are_named() {
        let settings = Settings::load(None, "listen = \"127.0.0.1:7000\"").unwrap();
        assert_eq!(settings.listen.port(), 7000);
        let error = Settings::load(None, "lissten = \"127.0.0.1:7000\"").unwrap_err().to_string();
        assert!(error.contains("lissten"), "{error}");
    }

    #[test]
    fn nobody_listens_beyond_loopback_without_identity() {
        assert!(Settings::load(None, "listen = \"0.0.0.0:1\"").is_err());
        let development = "listen = \"0.0.0.0:1\"\n[identity]\ndevelopment = true";
        assert!(matches!(
            Settings::load(None, development),
            Err(ConfigError::DevelopmentBeyondLoopback(_))
        ));
    }

    #[test]
    fn secrets_are_masked_when_shown() {
        let mut settings = Settings::default();
        settings.database.url = "postgres://u:secret@host/db".to_owned();
        settings.identity.page_token_secret = "secret".to_owned();
        assert!(!format!("{:?}", settings.masked()).contains("secret@"));
        assert_eq!(settings.masked().identity.page_token_secret, "***");
    }
}
