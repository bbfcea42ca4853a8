//! Schema migrations: each service has its own list and its own migration table; so has the platform.

use crate::database::{Database, StoreError};
use sea_orm_migration::MigratorTraitSelf;
use sea_orm_migration::prelude::*;

/// One owner's migrations, in order.
pub struct Migrations {
    /// The owner: `platform`, `customer`, ...
    pub owner: &'static str,
    /// Its list; append only.
    pub list: fn() -> Vec<Box<dyn MigrationTrait>>,
}

impl MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        (self.list)()
    }
    fn migration_table_name(&self) -> DynIden {
        Alias::new(format!("{}_migration", self.owner)).into_iden()
    }
}

/// Whether a database's schema is the one that this build knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// Exactly this build's migrations are applied.
    Current,
    /// Migrations of this build are not applied yet.
    Older(Vec<String>),
    /// The database has migrations that this build does not know.
    Newer(Vec<String>),
}

impl Migrations {
    /// Compares what is applied with what this build knows.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn state(&self, database: &Database) -> Result<SchemaState, StoreError> {
        self.install(&database.write).await?;
        let applied: Vec<String> = self
            .get_migration_models(&database.write)
            .await?
            .into_iter()
            .map(|model| model.version)
            .collect();
        let known: Vec<String> =
            self.migrations().iter().map(|migration| migration.name().to_owned()).collect();
        let unknown: Vec<String> = applied.iter().filter(|v| !known.contains(v)).cloned().collect();
        if !unknown.is_empty() {
            return Ok(SchemaState::Newer(unknown));
        }
        let missing: Vec<String> = known.into_iter().filter(|v| !applied.contains(v)).collect();
        if missing.is_empty() { Ok(SchemaState::Current) } else { Ok(SchemaState::Older(missing)) }
    }

    /// How many migrations this build knows.
    #[must_use]
    pub fn known(&self) -> usize {
        (self.list)().len()
    }

    /// Applies everything that is missing.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn apply(&self, database: &Database) -> Result<(), StoreError> {
        Ok(self.up(&database.write, None).await?)
    }

    /// Takes everything back, newest first.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn revert(&self, database: &Database) -> Result<(), StoreError> {
        Ok(self.down(&database.write, None).await?)
    }
}

/// The platform's own tables: idempotency, outbox, inbox, jobs, audit.
pub const PLATFORM: Migrations = Migrations { owner: "platform", list: platform_list };

fn platform_list() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20260901_000001_create_platform::Migration),
        Box::new(m20261123_000002_create_job::Migration),
        Box::new(m20261123_000021_create_audit::Migration),
    ]
}

/// A column of text that every row has.
#[must_use]
pub fn text(name: &str) -> ColumnDef {
    ColumnDef::new(name.to_owned()).text().not_null().to_owned()
}

/// A column of 64-bit integers that every row has: instants in microseconds, money in millionths, revisions.
#[must_use]
pub fn integer(name: &str) -> ColumnDef {
    ColumnDef::new(name.to_owned()).big_integer().not_null().to_owned()
}

mod m20261123_000002_create_job;
mod m20261123_000021_create_audit;

mod m20260901_000001_create_platform {
    //! Idempotency, outbox and inbox tables.
    use sea_orm_migration::prelude::*;

    #[derive(DeriveMigrationName)]
    pub struct Migration;

    #[async_trait::async_trait]
    impl MigrationTrait for Migration {
        fn use_transaction(&self) -> Option<bool> {
            Some(true)
        }

        async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
            manager
                .create_table(
                    Table::create()
                        .table("platform_idempotency")
                        .col(ColumnDef::new("tenant").text().not_null())
                        .col(ColumnDef::new("method").text().not_null())
                        .col(ColumnDef::new("request_id").text().not_null())
                        .col(ColumnDef::new("principal").text().not_null())
                        .col(ColumnDef::new("request_digest").text().not_null())
                        .col(ColumnDef::new("response").blob().not_null())
                        .col(ColumnDef::new("create_time").big_integer().not_null())
                        .primary_key(Index::create().col("tenant").col("method").col("request_id"))
                        .to_owned(),
                )
                .await?;
            manager
                .create_table(
                    Table::create()
                        .table("platform_outbox")
                        .col(ColumnDef::new("id").text().not_null().primary_key())
                        .col(ColumnDef::new("source").text().not_null())
                        .col(ColumnDef::new("tenant").text().not_null())
                        .col(ColumnDef::new("event_type").text().not_null())
                        .col(ColumnDef::new("subject").text().not_null())
                        .col(ColumnDef::new("event_time").big_integer().not_null())
                        .col(ColumnDef::new("traceparent").text().not_null())
                        .col(ColumnDef::new("payload").blob().not_null())
                        .col(ColumnDef::new("attempts").integer().not_null())
                        .col(ColumnDef::new("next_attempt_time").big_integer().not_null())
                        .to_owned(),
                )
                .await?;
            manager
                .create_index(
                    Index::create()
                        .name("platform_outbox_due")
                        .table("platform_outbox")
                        .col("source")
                        .col("next_attempt_time")
                        .col("id")
                        .to_owned(),
                )
                .await?;
            manager
                .create_table(
                    Table::create()
                        .table("platform_inbox")
                        .col(ColumnDef::new("consumer").text().not_null())
                        .col(ColumnDef::new("event_id").text().not_null())
                        .col(ColumnDef::new("receive_time").big_integer().not_null())
                        .primary_key(Index::create().col("consumer").col("event_id"))
                        .to_owned(),
                )
                .await
        }

        async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
            for table in ["platform_inbox", "platform_outbox", "platform_idempotency"] {
                manager.drop_table(Table::drop().table(table).to_owned()).await?;
            }
            Ok(())
        }
    }
}
