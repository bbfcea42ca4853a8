//! Follow-ups and their rules.

use super::table::{Shape, drop_all, index};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const RULE: Shape = Shape {
    name: "customer_follow_up_rule",
    keys: &["id"],
    texts: &["display_name", "kind", "enabled"],
    integers: &[],
};

const FOLLOW_UP: Shape = Shape {
    name: "customer_follow_up",
    keys: &["customer", "id"],
    texts: &["kind", "state"],
    integers: &["due_time"],
};

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RULE.create(manager).await?;
        FOLLOW_UP.create(manager).await?;
        let due = ("customer_follow_up_by_due", FOLLOW_UP.name);
        index(manager, due, &["tenant", "state", "due_time"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &[FOLLOW_UP.name, RULE.name]).await
    }
}
