//! What comes after the sale: agreements and amendments, work done, spare pools, competitor prices, reports.

use aftercare_platform::migrate::text;
use sea_orm_migration::prelude::*;

/// The migration; its name is kept with what was applied.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000010_create_after_sale"
    }
}

/// A table: name, text columns of its key after `tenant`, further text columns, integer columns.
type Shape =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const TABLES: &[Shape] = &[
    ("pricing_amendment", &["contract", "id"], &["effective_date", "doc"], &["create_time"]),
    (
        "pricing_work",
        &["id"],
        &["kind", "asset", "contract", "product", "region_code", "doc"],
        &["complete_time"],
    ),
    ("pricing_part_use", &["work", "part"], &[], &["quantity_micros", "complete_time"]),
    ("pricing_spare_pool", &["id"], &["doc"], &["create_time"]),
    (
        "pricing_competitor_price",
        &["id"],
        &["competitor", "service_product", "region_code", "observation_date", "doc"],
        &["create_time"],
    ),
    ("pricing_report", &["id"], &["start_date", "end_date"], &["create_time"]),
];

const INDEXES: &[(&str, &str, &[&str])] = &[
    ("pricing_contract_by_end", "pricing_contract", &["tenant", "state", "end_date"]),
    ("pricing_contract_by_quote", "pricing_contract", &["tenant", "quote"]),
    ("pricing_work_by_asset", "pricing_work", &["tenant", "asset", "complete_time"]),
    ("pricing_work_by_contract", "pricing_work", &["tenant", "contract"]),
    ("pricing_work_by_time", "pricing_work", &["tenant", "complete_time"]),
    ("pricing_part_use_by_part", "pricing_part_use", &["tenant", "part", "complete_time"]),
    (
        "pricing_competitor_price_by_date",
        "pricing_competitor_price",
        &["tenant", "observation_date"],
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let doc = text("doc").default("").to_owned();
        let altered = Table::alter().table("pricing_contract").add_column(doc).to_owned();
        manager.alter_table(altered).await?;
        for (name, keys, texts, integers) in TABLES {
            let mut table = Table::create().table(*name).col(text("tenant")).to_owned();
            let mut key = Index::create().col("tenant").to_owned();
            for column in *keys {
                table.col(text(column));
                key.col(*column);
            }
            for column in *texts {
                table.col(text(column));
            }
            for column in *integers {
                table.col(ColumnDef::new(*column).big_integer().not_null());
            }
            if *name == "pricing_report" {
                table.col(ColumnDef::new("body").blob().not_null());
            }
            table.primary_key(&mut key);
            manager.create_table(table).await?;
        }
        for (name, table, columns) in INDEXES {
            let mut index = Index::create().name(*name).table(*table).to_owned();
            for column in *columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table, _) in INDEXES.iter().rev() {
            manager.drop_index(Index::drop().name(*name).table(*table).to_owned()).await?;
        }
        for (name, ..) in TABLES.iter().rev() {
            manager.drop_table(Table::drop().table(*name).to_owned()).await?;
        }
        let altered = Table::alter().table("pricing_contract").drop_column("doc").to_owned();
        manager.alter_table(altered).await
    }
}
