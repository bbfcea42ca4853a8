//! The customer service: handlers, conversion and store
