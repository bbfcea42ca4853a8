//! The table of jobs that wait for their time.
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
                    .table("platform_job")
                    .col(ColumnDef::new("tenant").text().not_null())
                    .col(ColumnDef::new("service").text().not_null())
                    .col(ColumnDef::new("kind").text().not_null())
                    .col(ColumnDef::new("job_key").text().not_null())
                    .col(ColumnDef::new("due_time").big_integer().not_null())
                    .col(ColumnDef::new("next_attempt_time").big_integer().not_null())
                    .col(ColumnDef::new("payload").blob().not_null())
                    .col(ColumnDef::new("state").text().not_null())
                    .col(ColumnDef::new("attempts").integer().not_null())
                    .col(ColumnDef::new("lease").text().not_null())
                    .col(ColumnDef::new("lease_end_time").big_integer().not_null())
                    .col(ColumnDef::new("last_error").text().not_null())
                    .primary_key(
                        Index::create().col("tenant").col("service").col("kind").col("job_key"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("platform_job_due")
                    .table("platform_job")
                    .col("service")
                    .col("state")
                    .col("next_attempt_time")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("platform_job").to_owned()).await
    }
}
