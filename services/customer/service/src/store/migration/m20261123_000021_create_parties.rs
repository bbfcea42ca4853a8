//! One customer out of many records: how it was, what was merged, what is to be decided; sites; keys of persons.

use aftercare_platform::migrate::{integer, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A table: name, text columns of its key after `tenant`, further text columns, further integer columns.
type Shape =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const TABLES: &[Shape] = &[
    ("customer_site", &["customer", "id"], &["display_name", "region_code", "gln"], &[]),
    ("customer_fit_proposal", &["id"], &[], &[]),
    ("customer_merge", &["id"], &["customer", "into_customer", "state"], &[]),
    ("customer_match_review", &["id"], &["first", "second", "state"], &[]),
    ("customer_resolution", &["id"], &["state"], &["lease_until"]),
    ("customer_match_model", &["id"], &[], &[]),
];

const INDEXES: &[(&str, &str, &[&str])] = &[
    ("customer_match_key_of", "customer_match_key", &["tenant", "customer"]),
    ("customer_merge_of", "customer_merge", &["tenant", "customer", "state"]),
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
            for column in integers.iter().chain(&["revision", "create_time", "update_time"]) {
                table.col(integer(column));
            }
            manager.create_table(table.col(text("doc")).primary_key(&mut key).to_owned()).await?;
        }
        let mut past = Table::create().table("customer_customer_past").to_owned();
        past.col(text("tenant")).col(text("id")).col(integer("version")).col(text("doc"));
        past.primary_key(Index::create().col("tenant").col("id").col("version"));
        manager.create_table(past).await?;
        let mut keys = Table::create().table("customer_match_key").to_owned();
        keys.col(text("tenant")).col(text("match_key")).col(text("customer"));
        keys.primary_key(Index::create().col("tenant").col("match_key").col("customer"));
        manager.create_table(keys).await?;
        let mut persons = Table::create().table("customer_person_key").to_owned();
        persons.col(text("tenant")).col(text("id")).col(text("secret")).col(integer("create_time"));
        persons.primary_key(Index::create().col("tenant").col("id"));
        manager.create_table(persons).await?;
        let person = ColumnDef::new("person").text().not_null().default("").to_owned();
        let add = Table::alter().table("customer_contact").add_column(person).to_owned();
        manager.alter_table(add).await?;
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
        let tables = TABLES.iter().map(|table| table.0);
        let others = ["customer_customer_past", "customer_match_key", "customer_person_key"];
        for table in tables.chain(others) {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        let less = Table::alter().table("customer_contact").drop_column("person").to_owned();
        manager.alter_table(less).await
    }
}
