//! The shape that most tables have: tenant and key, searched columns, revision, times and a document.

use aftercare_platform::migrate::{integer, text};
use sea_orm_migration::prelude::*;

pub(super) struct Shape {
    pub name: &'static str,
    /// Text columns of the key after `tenant`.
    pub keys: &'static [&'static str],
    pub texts: &'static [&'static str],
    pub integers: &'static [&'static str],
}

impl Shape {
    pub async fn create(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let mut table = Table::create().table(self.name).col(text("tenant")).to_owned();
        let mut key = Index::create().col("tenant").to_owned();
        for column in self.keys {
            table.col(text(column));
            key.col(*column);
        }
        for column in self.texts {
            table.col(text(column));
        }
        for column in self.integers.iter().chain(&["revision", "create_time", "update_time"]) {
            table.col(integer(column));
        }
        table.col(text("doc")).primary_key(&mut key);
        manager.create_table(table).await
    }
}

pub(super) async fn index(
    manager: &SchemaManager<'_>,
    (name, table): (&'static str, &'static str),
    columns: &'static [&'static str],
) -> Result<(), DbErr> {
    let mut index = Index::create().name(name).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}

pub(super) async fn drop_all(
    manager: &SchemaManager<'_>,
    tables: &[&'static str],
) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).to_owned()).await?;
    }
    Ok(())
}
