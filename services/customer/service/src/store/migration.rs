//! The tables, in the order in which they came.

use sea_orm_migration::prelude::*;

/// Every migration; append only.
#[must_use]
pub fn list() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20260901_000001_create_customer::Migration),
        Box::new(m20261123_000002_create_setting::Migration),
        Box::new(m20261123_000021_create_parties::Migration),
        Box::new(m20261123_000022_create_campaign::Migration),
        Box::new(m20261123_000023_create_survey::Migration),
        Box::new(m20261123_000024_create_follow_up::Migration),
        Box::new(m20261123_000025_add_contact_domain::Migration),
        Box::new(m20261123_000026_index_view::Migration),
        Box::new(m20261123_000027_create_fit_review::Migration),
        Box::new(m20261123_000028_keep_sla_policy::Migration),
        Box::new(m20261123_000029_create_lot_alert::Migration),
    ]
}

mod m20261123_000002_create_setting;
mod m20261123_000021_create_parties;
mod m20261123_000022_create_campaign;
mod m20261123_000023_create_survey;
mod m20261123_000024_create_follow_up;
mod m20261123_000025_add_contact_domain;
mod m20261123_000026_index_view;
mod m20261123_000027_create_fit_review;
mod m20261123_000028_keep_sla_policy;
mod m20261123_000029_create_lot_alert;
mod table;

mod m20260901_000001_create_customer {
    //! Customers, what they own, what they are owed, their cases.
    use aftercare_platform::migrate::{integer, text};
    use sea_orm_migration::prelude::*;

    #[derive(DeriveMigrationName)]
    pub struct Migration;

    /// A table: name, text columns of its key after `tenant`, further text columns, further integer columns.
    type Shape =
        (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

    const TABLES: &[Shape] = &[
        (
            "customer_customer",
            &["id"],
            &[
                "display_name",
                "grade",
                "region_code",
                "industry",
                "state",
                "parent",
                "uscc",
                "vat_id",
                "duns",
            ],
            &[],
        ),
        ("customer_contact", &["customer", "id"], &["display_name", "role"], &[]),
        (
            "customer_asset",
            &["id"],
            &[
                "customer",
                "product",
                "serial_number",
                "lot",
                "region_code",
                "state",
                "commission_date",
            ],
            &[],
        ),
        (
            "customer_work_order",
            &["id"],
            &["asset", "customer", "asset_name", "customer_name", "failure_mode", "kind", "state"],
            &["complete_time"],
        ),
        ("customer_entitlement", &["customer", "id"], &["asset", "contract", "source"], &[]),
        ("customer_grade", &["customer", "period"], &["grade", "raw"], &["sequence"]),
        (
            "customer_case",
            &["id"],
            &["customer", "customer_name", "kind", "category", "state", "priority", "accused"],
            &[],
        ),
        ("customer_clock", &["case_id", "id"], &[], &["next_due"]),
        (
            "customer_proposal",
            &["case_id", "id"],
            &["customer", "state", "currency"],
            &["value_micros", "grant_time"],
        ),
        ("customer_task", &["case_id", "id"], &["state"], &[]),
        ("customer_sla_policy", &["id"], &[], &["deleted"]),
    ];

    /// Versioned tables: the key ends with an integer.
    const VERSIONED: &[(&str, &[&str])] = &[
        ("customer_grade_policy", &[]),
        ("customer_calendar", &["id"]),
        ("customer_case_entry", &["case_id"]),
    ];

    const INDEXES: &[(&str, &str, &[&str])] = &[
        ("customer_customer_by_name", "customer_customer", &["tenant", "display_name", "id"]),
        ("customer_customer_by_uscc", "customer_customer", &["tenant", "uscc"]),
        ("customer_asset_by_customer", "customer_asset", &["tenant", "customer", "id"]),
        (
            "customer_work_order_by_asset",
            "customer_work_order",
            &["tenant", "asset", "complete_time"],
        ),
        (
            "customer_work_order_by_customer",
            "customer_work_order",
            &["tenant", "customer", "complete_time"],
        ),
        ("customer_entitlement_by_contract", "customer_entitlement", &["tenant", "contract"]),
        ("customer_case_by_customer", "customer_case", &["tenant", "customer", "state"]),
        ("customer_clock_due", "customer_clock", &["next_due"]),
        (
            "customer_proposal_by_customer",
            "customer_proposal",
            &["tenant", "customer", "grant_time"],
        ),
        ("customer_external_key_of", "customer_external_key", &["tenant", "customer"]),
    ];

    fn document(
        name: &str,
        keys: &[&str],
        versioned: bool,
    ) -> (TableCreateStatement, IndexCreateStatement) {
        let mut table = Table::create().table(name.to_owned()).col(text("tenant")).to_owned();
        let mut key = Index::create().col("tenant").to_owned();
        for column in keys {
            table.col(text(column));
            key.col((*column).to_owned());
        }
        if versioned {
            table.col(integer("version"));
            key.col("version");
        }
        (table, key)
    }

    #[async_trait::async_trait]
    impl MigrationTrait for Migration {
        fn use_transaction(&self) -> Option<bool> {
            Some(true)
        }

        async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
            for (name, keys, texts, integers) in TABLES {
                let (mut table, mut key) = document(name, keys, false);
                for column in *texts {
                    table.col(text(column));
                }
                for column in integers.iter().chain(&["revision", "create_time", "update_time"]) {
                    table.col(integer(column));
                }
                table.col(text("doc")).primary_key(&mut key);
                manager.create_table(table).await?;
            }
            for (name, keys) in VERSIONED {
                let (mut table, mut key) = document(name, keys, true);
                table.col(integer("create_time")).col(text("doc")).primary_key(&mut key);
                manager.create_table(table).await?;
            }
            let mut table = Table::create().table("customer_external_key").to_owned();
            for column in ["tenant", "system", "external_key", "customer"] {
                table.col(text(column));
            }
            table.primary_key(Index::create().col("tenant").col("system").col("external_key"));
            manager.create_table(table).await?;
            for (name, table, columns) in INDEXES {
                let mut index = Index::create().name(*name).table((*table).to_owned()).to_owned();
                for column in *columns {
                    index.col((*column).to_owned());
                }
                manager.create_index(index).await?;
            }
            Ok(())
        }

        async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
            let tables = TABLES.iter().map(|table| table.0).chain(VERSIONED.iter().map(|t| t.0));
            for table in tables.chain(["customer_external_key"]) {
                manager.drop_table(Table::drop().table(table.to_owned()).to_owned()).await?;
            }
            Ok(())
        }
    }
}
