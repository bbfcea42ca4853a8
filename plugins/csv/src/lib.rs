//! Adapter: a folder of CSV, TSV or JSONL files, UTF-8 or GB18030. A broken row is reported with file, line and reason,
//! and the rest goes on.
#![deny(missing_docs)]

mod adapter;
mod cursor;
mod encoding;
mod index;
mod json;
mod reader;
mod row;
mod settings;
mod source;
mod splitter;

pub use adapter::CsvAdapter;

aftercare_plugin::export_adapter!(CsvAdapter);
