//! The domain of a contact's e-mail address, apart from the sealed document.

use aftercare_platform::migrate::text;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "customer_contact";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let domain = text("domain").default("").to_owned();
        manager.alter_table(Table::alter().table(TABLE).add_column(domain).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(TABLE).drop_column("domain").to_owned()).await
    }
}
