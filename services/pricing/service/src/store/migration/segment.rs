//! Customers' segments.

use sea_orm_migration::prelude::*;

/// The migration.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000010_create_pricing_segment"
    }
}

fn column(name: &str) -> ColumnDef {
    ColumnDef::new(name.to_owned())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create().table("pricing_segment").to_owned();
        for name in ["tenant", "customer", "doc"] {
            table.col(column(name).text().not_null());
        }
        for name in ["revision", "create_time", "update_time"] {
            table.col(column(name).big_integer().not_null());
        }
        table.primary_key(Index::create().col("tenant").col("customer"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("pricing_segment").to_owned()).await
    }
}
