//! What a view of one customer reads is found by the customer, however many there are.

use super::table::index;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const INDEXES: [(&str, &str, &[&str]); 3] = [
    ("customer_customer_by_parent", "customer_customer", &["tenant", "parent", "id"]),
    (
        "customer_follow_up_by_customer",
        "customer_follow_up",
        &["tenant", "customer", "state", "due_time"],
    ),
    (
        "customer_survey_response_by_customer",
        "customer_survey_response",
        &["tenant", "customer", "create_time"],
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table, columns) in INDEXES {
            index(manager, (name, table), columns).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table, _) in INDEXES {
            manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
        }
        Ok(())
    }
}
