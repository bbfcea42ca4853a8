//! Former versions of what prices are computed from, when machines and failures came to be known, and requests of quotes.

use aftercare_platform::migrate::{integer, text};
use sea_orm_migration::prelude::*;

/// The migration.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000031_create_history"
    }
}

const TABLE: &str = "pricing_history";
const EVIDENCE: [&str; 2] = ["pricing_machine", "pricing_failure"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create().table(TABLE).to_owned();
        for column in ["tenant", "kind", "id", "scope", "doc"] {
            table.col(text(column));
        }
        for column in ["until_time", "since_time"] {
            table.col(integer(column));
        }
        let key = ["tenant", "kind", "id", "until_time"];
        let mut primary = Index::create();
        for column in key {
            primary.col(column);
        }
        table.primary_key(&mut primary);
        manager.create_table(table).await?;
        let mut index = Index::create().name("pricing_history_by_scope").table(TABLE).to_owned();
        for column in ["tenant", "kind", "scope", "until_time"] {
            index.col(column);
        }
        manager.create_index(index).await?;
        for table in EVIDENCE {
            let column = integer("record_time").default(0).to_owned();
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        let request = ColumnDef::new("request").blob().to_owned();
        manager
            .alter_table(Table::alter().table("pricing_quote").add_column(request).to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let quote = Table::alter().table("pricing_quote").drop_column("request").to_owned();
        manager.alter_table(quote).await?;
        for table in EVIDENCE {
            let table = Table::alter().table(table).drop_column("record_time").to_owned();
            manager.alter_table(table).await?;
        }
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
