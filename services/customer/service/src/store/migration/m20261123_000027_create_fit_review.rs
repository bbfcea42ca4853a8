//! Reviews of HARMFUL fits.

use super::table::{Shape, drop_all, index};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const REVIEW: Shape = Shape {
    name: "customer_fit_review",
    keys: &["id"],
    texts: &["state"],
    integers: &["expire_time"],
};

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        REVIEW.create(manager).await?;
        let by_end = ("customer_fit_review_by_end", REVIEW.name);
        index(manager, by_end, &["tenant", "state", "expire_time"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &[REVIEW.name]).await
    }
}
