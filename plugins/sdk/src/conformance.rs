//! What every adapter must do, as checks with a name, a reason and a fix. Run by its own tests and by `CheckPlugin`.

mod configuration;
mod reading;
mod services;

use aftercare_plugin_abi::host::Plugin;

use crate::{
    session::{Session, describe},
    wire,
};

pub use services::Recorder;

/// The secret value that the kit gives for every declared secret; it must turn up nowhere.
pub const SECRET: &str = "s3cr3t-of-the-conformance-kit";

/// What the kit runs on.
pub struct Subject<'a> {
    /// The plugin's table.
    pub plugin: &'a Plugin,
    /// A JSON configuration with which it works and offers at least one stream.
    pub configuration: &'a str,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The check's name, stable.
    pub check: &'static str,
    /// What was seen and how to mend it; none when the check holds.
    pub fault: Option<String>,
}

type Check = (&'static str, fn(&Subject<'_>) -> Result<(), String>);

const CHECKS: &[Check] = &[
    ("manifest-is-complete", manifest_is_complete),
    ("describe-is-stable", describe_is_stable),
    ("configuration-schema-is-json", configuration::schema_is_json),
    ("configuration-that-is-no-json-is-refused", configuration::no_json_is_refused),
    ("unknown-setting-is-named", configuration::unknown_setting_is_named),
    ("system-answers", configuration::system_answers),
    ("malformed-requests-are-refused", configuration::malformed_requests_are_refused),
    ("undeclared-verbs-are-refused", configuration::undeclared_verbs_are_refused),
    ("discover-is-stable", reading::discover_is_stable),
    ("streams-are-well-formed", reading::streams_are_well_formed),
    ("records-have-key-and-version", reading::records_have_key_and_version),
    ("batch-limit-is-kept", reading::batch_limit_is_kept),
    ("resume-at-every-border-loses-and-repeats-nothing", reading::resume_at_every_border),
    ("end-stays-the-end", reading::end_stays_the_end),
    ("unknown-stream-is-refused", reading::unknown_stream_is_refused),
    ("foreign-cursor-is-refused", reading::foreign_cursor_is_refused),
    ("cancelled-call-ends-within-a-second", reading::cancelled_call_ends),
    ("passed-deadline-ends-the-call", reading::passed_deadline_ends_the_call),
    ("calls-from-declared-threads-agree", reading::calls_from_threads_agree),
    ("lookup-finds-what-was-read", reading::lookup_finds_what_was_read),
    ("secrets-turn-up-nowhere", reading::secrets_turn_up_nowhere),
];

/// Runs every check; a fault in one does not keep the others from running.
#[must_use]
pub fn run(subject: &Subject<'_>) -> Vec<Outcome> {
    CHECKS.iter().map(|(check, body)| Outcome { check, fault: body(subject).err() }).collect()
}

fn open(subject: &Subject<'_>, services: &Recorder) -> Result<Session, String> {
    let (session, _) = Session::open(subject.plugin, services, &request(subject.configuration))
        .map_err(|error| format!("the configuration was refused: {error}; give one that works"))?;
    Ok(session)
}

fn request(configuration: &str) -> wire::ConfigureRequest {
    wire::ConfigureRequest {
        connection: "connections/conformance".to_owned(),
        configuration: configuration.to_owned(),
    }
}

fn manifest(subject: &Subject<'_>) -> Result<wire::Manifest, String> {
    describe(subject.plugin).map_err(|error| format!("describe failed: {error}"))
}

fn manifest_is_complete(subject: &Subject<'_>) -> Result<(), String> {
    let manifest = manifest(subject)?;
    let id = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    if manifest.name.is_empty() || manifest.name.len() > 63 || !manifest.name.bytes().all(id) {
        return Err(format!("name {:?}: use 1 to 63 of a-z 0-9 . _ -", manifest.name));
    }
    let numbers: Vec<_> = manifest.version.split(['.', '-', '+']).take(3).collect();
    if numbers.len() != 3 || numbers.iter().any(|number| number.parse::<u32>().is_err()) {
        return Err(format!("version {:?}: use semantic versioning, as 1.0.0", manifest.version));
    }
    if manifest.title.is_empty() || manifest.capabilities.is_empty() {
        return Err("title and at least one capability must be set".to_owned());
    }
    Ok(())
}

fn describe_is_stable(subject: &Subject<'_>) -> Result<(), String> {
    if manifest(subject)? == manifest(subject)? {
        Ok(())
    } else {
        Err("two calls of describe differ; build the manifest from constants".to_owned())
    }
}
