//! What tenants configure, the feed of case changes, and who stands above whom.
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Name, text columns, integer columns, and how many of the text columns are the key.
const TABLES: &[(&str, &[&str], &[&str], usize)] = &[
    (
        "customer_setting",
        &["tenant", "collection", "parent", "id", "doc"],
        &["revision", "create_time", "update_time"],
        4,
    ),
    ("customer_case_feed", &["tenant", "position", "case_id"], &["version"], 2),
    ("customer_employee_line", &["tenant", "above", "employee"], &[], 3),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, texts, integers, keys) in TABLES {
            let mut table = Table::create().table(*name).to_owned();
            let mut key = Index::create();
            for column in *texts {
                table.col(ColumnDef::new(*column).text().not_null());
            }
            for column in *integers {
                table.col(ColumnDef::new(*column).big_integer().not_null());
            }
            for column in texts.iter().take(*keys) {
                key.col(*column);
            }
            manager.create_table(table.primary_key(&mut key).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, ..) in TABLES {
            manager.drop_table(Table::drop().table(*name).to_owned()).await?;
        }
        Ok(())
    }
}
