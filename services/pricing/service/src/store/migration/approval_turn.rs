//! Prices under the floor of one customer are decided one after the other.

use aftercare_platform::migrate::{integer, text};
use sea_orm_migration::prelude::*;

/// The migration.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000021_create_approval_turn"
    }
}

const TABLE: &str = "pricing_approval_turn";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [text("tenant"), text("customer"), integer("turn")];
        let mut table = Table::create().table(TABLE).to_owned();
        for column in columns {
            table.col(column);
        }
        table.primary_key(Index::create().col("tenant").col("customer"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
