//! The pricing service: handlers, conversion and store
