//! The configuration of a connection, with every wrong field named at once.

use std::{collections::BTreeMap, path::PathBuf};

use aftercare_plugin::{Error, Result};
use serde_json::{Map, Value};

use crate::encoding::Choice;

/// A checked configuration.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) folder: PathBuf,
    pub(crate) empty_is_null: bool,
    pub(crate) defaults: StreamSettings,
    pub(crate) streams: BTreeMap<String, StreamSettings>,
}

/// What one stream has of its own; none takes the default.
#[derive(Debug, Clone, Default)]
pub(crate) struct StreamSettings {
    pub(crate) encoding: Option<Choice>,
    pub(crate) delimiter: Option<u8>,
    pub(crate) key: Vec<String>,
    pub(crate) columns: BTreeMap<String, String>,
}

impl Settings {
    /// Parses the JSON of a ConfigureRequest.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let object = match serde_json::from_str(text) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(wrong("", "must be a JSON object")),
            Err(error) => return Err(wrong("", &format!("is no JSON: {error}"))),
        };
        let mut fields = Fields { wrong: Vec::new() };
        let settings = fields.settings(&object);
        if fields.wrong.is_empty() { Ok(settings) } else { Err(Error::invalid(fields.wrong)) }
    }
}

fn wrong(field: &str, description: &str) -> Error {
    Error::invalid(vec![(field.to_owned(), description.to_owned())])
}

/// Reads fields and collects what is wrong with them.
struct Fields {
    wrong: Vec<(String, String)>,
}

impl Fields {
    fn settings(&mut self, object: &Map<String, Value>) -> Settings {
        let known = ["folder", "encoding", "delimiter", "empty_is_null", "streams"];
        self.unknown("", object, &known);
        let folder = self.text("folder", object.get("folder")).unwrap_or_default();
        if folder.is_empty() {
            self.add("folder", "is required: the folder with the files");
        }
        let empty_is_null = match object.get("empty_is_null") {
            None => true,
            Some(Value::Bool(value)) => *value,
            Some(_) => {
                self.add("empty_is_null", "must be true or false");
                true
            }
        };
        let mut streams = BTreeMap::new();
        match object.get("streams") {
            None => {}
            Some(Value::Object(all)) => {
                for (name, settings) in all {
                    let path = format!("streams.{name}");
                    match settings {
                        Value::Object(settings) => {
                            streams.insert(name.clone(), self.stream(&path, settings));
                        }
                        _ => self.add(&path, "must be an object"),
                    }
                }
            }
            Some(_) => self.add("streams", "must be an object"),
        }
        let defaults = StreamSettings {
            encoding: self.encoding("encoding", object.get("encoding")),
            delimiter: self.delimiter("delimiter", object.get("delimiter")),
            ..StreamSettings::default()
        };
        Settings { folder: folder.into(), empty_is_null, defaults, streams }
    }

    fn stream(&mut self, path: &str, object: &Map<String, Value>) -> StreamSettings {
        self.unknown(path, object, &["encoding", "delimiter", "key", "columns"]);
        let mut key = Vec::new();
        match object.get("key") {
            None => {}
            Some(Value::Array(names)) if !names.is_empty() => {
                for (i, name) in names.iter().enumerate() {
                    key.extend(self.text(&format!("{path}.key[{i}]"), Some(name)));
                }
            }
            Some(_) => self.add(&format!("{path}.key"), "must be a list of at least one column"),
        }
        let mut columns = BTreeMap::new();
        match object.get("columns") {
            None => {}
            Some(Value::Object(names)) => {
                for (header, name) in names {
                    let name = self.text(&format!("{path}.columns.{header}"), Some(name));
                    columns.extend(name.map(|name| (header.clone(), name)));
                }
            }
            Some(_) => self.add(&format!("{path}.columns"), "must be an object"),
        }
        StreamSettings {
            encoding: self.encoding(&format!("{path}.encoding"), object.get("encoding")),
            delimiter: self.delimiter(&format!("{path}.delimiter"), object.get("delimiter")),
            key,
            columns,
        }
    }

    fn encoding(&mut self, path: &str, value: Option<&Value>) -> Option<Choice> {
        let text = self.text(path, value)?;
        let choice = Choice::parse(&text);
        if choice.is_none() {
            self.add(path, "must be auto, utf-8 or gb18030");
        }
        choice
    }

    fn delimiter(&mut self, path: &str, value: Option<&Value>) -> Option<u8> {
        let text = self.text(path, value)?;
        match text.as_bytes() {
            // Below 0x40 no byte of a GB18030 character but digits can be taken for a separator.
            [byte] if byte.is_ascii_punctuation() && *byte < 0x40 && *byte != b'"' => Some(*byte),
            [b'\t'] => Some(b'\t'),
            _ => {
                self.add(path, "must be a tab or one of , ; : ! # $ % & ' ( ) * + - . / < = > ?");
                None
            }
        }
    }

    fn text(&mut self, path: &str, value: Option<&Value>) -> Option<String> {
        match value {
            None => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => {
                self.add(path, "must be text");
                None
            }
        }
    }

    fn unknown(&mut self, path: &str, object: &Map<String, Value>, known: &[&str]) {
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.add(&path, &format!("is no setting; known are {}", known.join(", ")));
        }
    }

    fn add(&mut self, field: &str, description: &str) {
        self.wrong.push((field.to_owned(), description.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_setting_is_named_at_once() {
        let error = Settings::parse(
            r#"{"foldr": "x", "encoding": "big5", "streams": {"a": {"key": [], "delimiter": "ab"}}}"#,
        )
        .unwrap_err();
        let mut fields: Vec<_> =
            error.wire().field_errors.iter().map(|fault| fault.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["encoding", "folder", "foldr", "streams.a.delimiter", "streams.a.key"]);
    }

    #[test]
    fn a_folder_alone_is_enough() {
        let settings = Settings::parse(r#"{"folder": "erp"}"#).unwrap();
        assert!(settings.empty_is_null);
        assert!(settings.streams.is_empty());
    }
}
