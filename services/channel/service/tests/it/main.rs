//! The channel service over real gRPC, every test on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::panic)]

mod capture;
mod conflict;
mod distributors;
mod market;
mod network;
mod world;
