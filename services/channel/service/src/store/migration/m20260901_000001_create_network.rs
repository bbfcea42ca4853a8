//! The network: who may sell what where, at which price, for which rebate.

use aftercare_platform::migrate::{integer, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// One table for all kinds of resources: none has more than some thousand rows, and all are read and written alike.
const TABLE: &str = "channel_network";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create().table(TABLE).to_owned();
        let texts = [
            "tenant",
            "kind",
            "id",
            "display_name",
            "category",
            "parent",
            "code",
            "region",
            "distributor",
            "territory",
            "product",
            "doc",
        ];
        for column in texts {
            table.col(text(column));
        }
        for column in ["revision", "create_time", "update_time"] {
            table.col(integer(column));
        }
        table.primary_key(Index::create().col("tenant").col("kind").col("id"));
        manager.create_table(table).await?;
        let by_code = Index::create()
            .name("channel_network_by_code")
            .table(TABLE)
            .col("tenant")
            .col("kind")
            .col("code")
            .to_owned();
        manager.create_index(by_code).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
