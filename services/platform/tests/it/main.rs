//! Writes, request ids, events, jobs and migrations, on SQLite and PostgreSQL.
#![allow(clippy::unwrap_used, clippy::panic)]

mod audit;
mod events;
mod jobs;
mod writes;

use aftercare_platform::migrate::{Migrations, PLATFORM, SchemaState};
use aftercare_platform::testing::{self, Kind};
use aftercare_platform::transaction::Home;
use sea_orm_migration::prelude::*;

struct CreateTally;

impl MigrationName for CreateTally {
    fn name(&self) -> &'static str {
        "m20260901_000001_create_tally"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateTally {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("test_tally")
            .col(ColumnDef::new("id").text().not_null().primary_key())
            .to_owned();
        manager.create_table(table).await
    }
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("test_tally").to_owned()).await
    }
}

const TALLY: Migrations = Migrations { owner: "test", list: || vec![Box::new(CreateTally)] };

async fn home(kind: Kind) -> Home {
    Home::new(testing::database(kind, &TALLY).await.unwrap(), "test")
}

async fn tally(home: &Home, id: &str) -> u64 {
    use sea_orm::{ConnectionTrait, sea_query};
    let query = sea_query::Query::select()
        .expr_as(sea_query::Expr::col("id").count(), "n")
        .from("test_tally")
        .and_where(sea_query::Expr::col("id").like(format!("{id}%")))
        .to_owned();
    let row = home.read().query_one(&query).await.unwrap().unwrap();
    row.try_get::<i64>("", "n").unwrap().unsigned_abs()
}

async fn insert(tx: &impl sea_orm::ConnectionTrait, id: &str) -> Result<(), DbErr> {
    let statement = sea_orm::sea_query::Query::insert()
        .into_table("test_tally")
        .columns(["id"])
        .values_panic([id.into()])
        .to_owned();
    tx.execute(&statement).await.map(drop)
}

async fn migrations_go_up_and_down(kind: Kind) {
    let database = testing::database(kind, &TALLY).await.unwrap();
    for migrations in [PLATFORM, TALLY] {
        assert_eq!(migrations.state(&database).await.unwrap(), SchemaState::Current);
        migrations.revert(&database).await.unwrap();
        assert!(matches!(migrations.state(&database).await.unwrap(), SchemaState::Older(_)));
        migrations.apply(&database).await.unwrap();
        let unknowing = Migrations { owner: migrations.owner, list: Vec::new };
        assert!(matches!(unknowing.state(&database).await.unwrap(), SchemaState::Newer(_)));
    }
}

#[tokio::test]
async fn migrations_go_up_and_down_on_sqlite() {
    migrations_go_up_and_down(Kind::Sqlite).await;
}

#[tokio::test]
async fn migrations_go_up_and_down_on_postgresql() {
    migrations_go_up_and_down(Kind::Postgres).await;
}
