//! The tables, in the order in which they came.

use sea_orm_migration::prelude::*;

mod after_sale;
mod approval;
mod approval_turn;
mod competitors;
mod fx_rate;
mod history;
mod price_index;
mod segment;
mod segment_source;

/// Every migration; append only.
#[must_use]
pub fn list() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20261123_000001_create_pricing::Migration),
        Box::new(after_sale::Migration),
        Box::new(segment::Migration),
        Box::new(approval::Migration),
        Box::new(approval_turn::Migration),
        Box::new(price_index::Migration),
        Box::new(history::Migration),
        Box::new(competitors::Migration),
        Box::new(segment_source::Migration),
        Box::new(fx_rate::Migration),
    ]
}

mod m20261123_000001_create_pricing {
    //! Catalogue, policy, evidence, failure models, quotes, contracts.
    use aftercare_platform::migrate::{integer, text};
    use sea_orm_migration::prelude::*;

    #[derive(DeriveMigrationName)]
    pub struct Migration;

    /// A table: name, text columns of its key after `tenant`, further text columns, integer columns.
    type Shape =
        (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

    const TABLES: &[Shape] = &[
        (
            "pricing_catalogue",
            &["kind", "id"],
            &["display_name", "family", "make", "part_class", "region_code"],
            &["revision", "create_time", "update_time"],
        ),
        (
            "pricing_machine",
            &["id"],
            &["name", "customer", "product", "region_code", "environment", "doc"],
            &["event_time"],
        ),
        (
            "pricing_failure",
            &["id"],
            &["asset", "product", "failure_mode", "doc"],
            &["failure_time"],
        ),
        ("pricing_failure_model", &["id"], &["family", "doc"], &["version", "create_time"]),
        (
            "pricing_quote",
            &["id"],
            &["customer", "state", "valid_until", "service_product", "input", "figures", "drivers"],
            &["revision", "create_time", "update_time"],
        ),
        (
            "pricing_contract",
            &["id"],
            &["customer", "state", "quote", "start_date", "end_date", "end_reason"],
            &["revision", "create_time", "update_time"],
        ),
    ];

    const INDEXES: &[(&str, &str, &[&str])] = &[
        ("pricing_catalogue_by_family", "pricing_catalogue", &["tenant", "kind", "family"]),
        ("pricing_machine_by_customer", "pricing_machine", &["tenant", "customer", "id"]),
        ("pricing_machine_by_product", "pricing_machine", &["tenant", "product"]),
        ("pricing_failure_by_asset", "pricing_failure", &["tenant", "asset", "failure_time"]),
        ("pricing_failure_by_product", "pricing_failure", &["tenant", "product"]),
        (
            "pricing_failure_model_by_family",
            "pricing_failure_model",
            &["tenant", "family", "version"],
        ),
        ("pricing_quote_by_customer", "pricing_quote", &["tenant", "customer", "create_time"]),
        (
            "pricing_contract_by_customer",
            "pricing_contract",
            &["tenant", "customer", "create_time"],
        ),
    ];

    #[async_trait::async_trait]
    impl MigrationTrait for Migration {
        fn use_transaction(&self) -> Option<bool> {
            Some(true)
        }

        async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
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
                    table.col(integer(column));
                }
                if *name == "pricing_catalogue" {
                    table.col(ColumnDef::new("body").blob().not_null());
                }
                table.primary_key(&mut key);
                manager.create_table(table).await?;
            }
            let mut policy = Table::create()
                .table("pricing_policy")
                .col(text("tenant"))
                .col(integer("version"))
                .col(integer("update_time"))
                .col(text("doc"))
                .to_owned();
            policy.primary_key(Index::create().col("tenant").col("version"));
            manager.create_table(policy).await?;
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
            manager.drop_table(Table::drop().table("pricing_policy").to_owned()).await?;
            for (name, ..) in TABLES.iter().rev() {
                manager.drop_table(Table::drop().table(*name).to_owned()).await?;
            }
            Ok(())
        }
    }
}
