//! Campaigns and the machines on their lists.

use super::table::{Shape, drop_all, index};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const CAMPAIGN: Shape = Shape {
    name: "customer_campaign",
    keys: &["id"],
    texts: &["display_name", "kind", "state"],
    integers: &[],
};

const ITEM: Shape = Shape {
    name: "customer_campaign_item",
    keys: &["campaign", "asset"],
    texts: &["customer", "customer_name", "serial_number", "state"],
    integers: &[],
};

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        CAMPAIGN.create(manager).await?;
        ITEM.create(manager).await?;
        let by_customer = ("customer_campaign_item_by_customer", ITEM.name);
        index(manager, by_customer, &["tenant", "customer"]).await?;
        index(manager, ("customer_asset_by_lot", "customer_asset"), &["tenant", "lot"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_lot = Index::drop().name("customer_asset_by_lot").table("customer_asset").to_owned();
        manager.drop_index(by_lot).await?;
        drop_all(manager, &[ITEM.name, CAMPAIGN.name]).await
    }
}
