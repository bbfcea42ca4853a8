//! The bridge service: handlers, conversion and store
