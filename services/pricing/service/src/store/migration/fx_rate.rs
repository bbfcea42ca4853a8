//! Exchange rates that costs are converted by.

use aftercare_platform::migrate::{integer, text};
use sea_orm_migration::prelude::*;

/// The migration.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261124_000041_create_fx_rate"
    }
}

const TABLE: &str = "pricing_fx_rate";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create().table(TABLE).to_owned();
        for column in
            ["tenant", "id", "from_currency", "to_currency", "rate", "source", "rate_date"]
        {
            table.col(text(column));
        }
        table.col(integer("create_time"));
        table.primary_key(Index::create().col("tenant").col("id"));
        manager.create_table(table).await?;
        let mut index = Index::create().name("pricing_fx_rate_by_currency").table(TABLE).to_owned();
        for column in ["tenant", "to_currency", "from_currency", "rate_date"] {
            index.col(column);
        }
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
