//! Adapter: a folder of CSV, TSV or JSONL files
