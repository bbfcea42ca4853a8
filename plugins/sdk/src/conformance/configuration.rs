//! Checks of configuration, and of calls that no sound host makes.

use aftercare_plugin_abi::Verb;

use super::{Recorder, Subject, manifest, open, request};
use crate::{
    Error,
    session::Session,
    wire::{Capability, ErrorKind},
};

/// A setting that no adapter has.
const UNKNOWN: &str = "no_adapter_has_this_setting";

pub(super) fn schema_is_json(subject: &Subject<'_>) -> Result<(), String> {
    let schema = manifest(subject)?.configuration_schema;
    let schema: serde_json::Value = serde_json::from_str(&schema)
        .map_err(|error| format!("configuration_schema is no JSON: {error}"))?;
    if schema.get("type").and_then(serde_json::Value::as_str) == Some("object") {
        Ok(())
    } else {
        Err("configuration_schema must describe an object: set \"type\": \"object\"".to_owned())
    }
}

pub(super) fn no_json_is_refused(subject: &Subject<'_>) -> Result<(), String> {
    for wrong in ["", "{", "[]", "\"text\"", "nul"] {
        let error = refused(subject, wrong)?;
        expect_kind(&error, ErrorKind::Invalid, &format!("configuration {wrong:?}"))?;
    }
    Ok(())
}

pub(super) fn unknown_setting_is_named(subject: &Subject<'_>) -> Result<(), String> {
    let mut configuration: serde_json::Value = serde_json::from_str(subject.configuration)
        .map_err(|error| format!("the kit was given no JSON configuration: {error}"))?;
    if let Some(object) = configuration.as_object_mut() {
        object.insert(UNKNOWN.to_owned(), serde_json::Value::Bool(true));
    }
    let error = refused(subject, &configuration.to_string())?;
    if error.wire().field_errors.iter().any(|fault| fault.field.contains(UNKNOWN)) {
        Ok(())
    } else {
        Err(format!("an unknown setting is refused but not named in field_errors: {error}"))
    }
}

pub(super) fn system_answers(subject: &Subject<'_>) -> Result<(), String> {
    let services = Recorder::default();
    open(subject, &services)?
        .check(&services)
        .map(drop)
        .map_err(|error| format!("check failed with the configuration under test: {error}"))
}

pub(super) fn malformed_requests_are_refused(subject: &Subject<'_>) -> Result<(), String> {
    let services = Recorder::default();
    let session = open(subject, &services)?;
    // A length-delimited field that promises more bytes than follow, and a wire type that does not exist.
    for wrong in [&[0x0a, 0xff, 0x01, 0x41][..], &[0x0f, 0x00][..]] {
        for verb in Verb::ALL {
            match session.raw(verb, &services, wrong) {
                Ok(_) => return Err(format!("{verb:?} took a malformed request: {wrong:02x?}")),
                Err(error) if error.wire().reason == "PLUGIN_PANICKED" => {
                    return Err(format!("{verb:?} panicked on a malformed request: {error}"));
                }
                Err(_) => {}
            }
        }
    }
    Ok(())
}

pub(super) fn undeclared_verbs_are_refused(subject: &Subject<'_>) -> Result<(), String> {
    let services = Recorder::default();
    let (manifest, session) = (manifest(subject)?, open(subject, &services)?);
    for (capability, verb) in [
        (Capability::Read, Verb::Read),
        (Capability::Lookup, Verb::Lookup),
        (Capability::Write, Verb::Write),
        (Capability::Webhook, Verb::DecodeWebhook),
    ] {
        let declared = manifest.capabilities.contains(&capability.into());
        if !declared && session.raw(verb, &services, &[]).is_ok() {
            return Err(format!("{verb:?} works but the manifest does not declare {capability:?}"));
        }
    }
    Ok(())
}

fn refused(subject: &Subject<'_>, configuration: &str) -> Result<Error, String> {
    match Session::open(subject.plugin, &Recorder::default(), &request(configuration)) {
        Ok(_) => Err(format!("configuration {configuration} was taken; refuse it")),
        Err(error) => Ok(error),
    }
}

pub(super) fn expect_kind(error: &Error, kind: ErrorKind, what: &str) -> Result<(), String> {
    if error.wire().kind() == kind {
        Ok(())
    } else {
        Err(format!("{what}: answer kind {kind:?}, not {:?} ({error})", error.wire().kind()))
    }
}
