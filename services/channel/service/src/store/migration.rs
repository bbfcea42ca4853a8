//! The tables, in the order in which they came.

mod m20260901_000001_create_network;
mod m20260901_000002_create_goods;

use sea_orm_migration::prelude::*;

/// Every migration; append only.
#[must_use]
pub fn list() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20260901_000001_create_network::Migration),
        Box::new(m20260901_000002_create_goods::Migration),
    ]
}
