//! Surveys, who was drawn, answers, touchpoints.

use super::table::{Shape, drop_all, index};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: [Shape; 4] = [
    Shape {
        name: "customer_survey",
        keys: &["id"],
        texts: &["display_name", "state"],
        integers: &[],
    },
    Shape {
        name: "customer_survey_invitation",
        keys: &["survey", "customer"],
        texts: &["grade", "state", "token_sha256"],
        integers: &[],
    },
    Shape {
        name: "customer_survey_response",
        keys: &["survey", "id"],
        texts: &["customer"],
        integers: &[],
    },
    Shape {
        name: "customer_touchpoint",
        keys: &["id"],
        texts: &["display_name", "stage"],
        integers: &[],
    },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in &TABLES {
            table.create(manager).await?;
        }
        let by_token = ("customer_survey_invitation_by_token", "customer_survey_invitation");
        index(manager, by_token, &["tenant", "token_sha256"]).await?;
        let by_time = ("customer_survey_response_by_time", "customer_survey_response");
        index(manager, by_time, &["tenant", "create_time"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &TABLES.map(|table| table.name)).await
    }
}
