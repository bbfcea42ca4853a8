//! The audit log and the heads of its chains.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = |name: &str| ColumnDef::new(name.to_owned()).text().not_null().to_owned();
        let integer =
            |name: &str| ColumnDef::new(name.to_owned()).big_integer().not_null().to_owned();
        let mut log = Table::create().table("platform_audit").to_owned();
        log.col(text("tenant")).col(text("source")).col(integer("lane")).col(integer("sequence"));
        for column in [
            "entry_id",
            "principal",
            "method",
            "request_id",
            "request_digest",
            "response_digest",
            "note",
            "previous",
            "hash",
        ] {
            log.col(text(column));
        }
        log.col(integer("event_time"));
        log.primary_key(Index::create().col("tenant").col("source").col("lane").col("sequence"));
        manager.create_table(log).await?;
        let mut head = Table::create().table("platform_audit_head").to_owned();
        head.col(text("tenant")).col(text("source")).col(integer("lane"));
        head.col(integer("sequence")).col(text("hash"));
        head.primary_key(Index::create().col("tenant").col("source").col("lane"));
        manager.create_table(head).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["platform_audit_head", "platform_audit"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
