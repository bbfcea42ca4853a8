//! The tables, in the order in which they came.

use sea_orm_migration::prelude::*;

/// Every migration; append only.
#[must_use]
pub fn list() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m20261123_000001_create_bridge::Migration)]
}

mod m20261123_000001_create_bridge {
    //! Connections, their runs, what was taken, where they stand, what was refused.
    use sea_orm_migration::prelude::*;

    #[derive(DeriveMigrationName)]
    pub struct Migration;

    /// A table: name, text columns of its key after `tenant`, further text columns, integer columns.
    type Shape =
        (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

    const TABLES: &[Shape] = &[
        (
            "bridge_connection",
            &["id"],
            &["display_name", "plugin", "doc"],
            &["revision", "create_time", "update_time"],
        ),
        (
            "bridge_sync_run",
            &["connection", "id"],
            &["mode", "state", "doc"],
            &["revision", "create_time", "end_time", "lease_until", "cancel_requested"],
        ),
        ("bridge_record", &["connection", "stream", "record_key", "rule"], &["version"], &[]),
        (
            "bridge_checkpoint",
            &["connection", "stream"],
            &["position"],
            &["update_time", "complete_time"],
        ),
        (
            "bridge_quarantine",
            &["connection", "id"],
            &["stream", "record_key", "step", "reason", "sync_run", "doc"],
            &["create_time"],
        ),
    ];

    #[async_trait::async_trait]
    impl MigrationTrait for Migration {
        fn use_transaction(&self) -> Option<bool> {
            Some(true)
        }

        async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
            for (name, key, texts, integers) in TABLES {
                let mut table = Table::create();
                table.table(*name).col(ColumnDef::new("tenant").text().not_null());
                let mut primary = Index::create();
                primary.col("tenant");
                for column in *key {
                    table.col(ColumnDef::new(*column).text().not_null());
                    primary.col(*column);
                }
                for column in *texts {
                    table.col(ColumnDef::new(*column).text().not_null());
                }
                for column in *integers {
                    table.col(ColumnDef::new(*column).big_integer().not_null());
                }
                manager.create_table(table.primary_key(&mut primary).to_owned()).await?;
            }
            let by_stream = Index::create()
                .name("bridge_quarantine_stream")
                .table("bridge_quarantine")
                .col("tenant")
                .col("connection")
                .col("stream")
                .col("create_time")
                .to_owned();
            manager.create_index(by_stream).await
        }

        async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
            for (name, ..) in TABLES.iter().rev() {
                manager.drop_table(Table::drop().table(*name).to_owned()).await?;
            }
            Ok(())
        }
    }
}
