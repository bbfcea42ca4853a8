//! Lots that went over their control limit.

use super::table::{Shape, drop_all, index};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ALERT: Shape = Shape {
    name: "customer_lot_alert",
    keys: &["id"],
    texts: &["product", "lot", "state"],
    integers: &[],
};

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ALERT.create(manager).await?;
        let by_product = ("customer_lot_alert_by_product", ALERT.name);
        index(manager, by_product, &["tenant", "product", "state"]).await?;
        let of_product = ("customer_asset_by_product", "customer_asset");
        index(manager, of_product, &["tenant", "product", "id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_product =
            Index::drop().name("customer_asset_by_product").table("customer_asset").to_owned();
        manager.drop_index(of_product).await?;
        drop_all(manager, &[ALERT.name]).await
    }
}
