//! The channel service: handlers, conversion and store
