//! What crosses crates, over real gRPC on SQLite and PostgreSQL
