//! Index values that fees follow.

use aftercare_platform::migrate::{integer, text};
use sea_orm_migration::prelude::*;

/// The migration.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000022_create_price_index"
    }
}

const TABLE: &str = "pricing_price_index";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create().table(TABLE).to_owned();
        for column in ["tenant", "price_index", "month", "source"] {
            table.col(text(column));
        }
        for column in ["value_micros", "create_time", "correct_time"] {
            table.col(integer(column));
        }
        table.primary_key(Index::create().col("tenant").col("price_index").col("month"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
