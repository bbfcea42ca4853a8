//! The wire: generated messages, clients and servers of every Aftercare service, and nothing else.
//!
//! Everything under `gen/` is written by `cargo xtask codegen` from the `.proto` files beside `src/`.

// Generated code and comments written for protobuf follow other habits than hand-written Rust.
#![allow(clippy::all, rustdoc::all)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

include!("gen/tree.rs");

/// Every file of the API as a serialised `google.protobuf.FileDescriptorSet`: imports and options included, comments not.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("gen/descriptor.bin");

/// The table of roles and of the permission that each RPC needs (`proto/permissions.toml`).
pub const PERMISSIONS: &str = include_str!("../permissions.toml");
