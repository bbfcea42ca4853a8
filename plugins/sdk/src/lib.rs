//! Write an Aftercare adapter plugin in safe Rust
