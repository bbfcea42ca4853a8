//! The baseline of every durable write: one prepared insert a commit, on the same database with the same durability.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use sea_orm::sqlx::{self, postgres::PgPoolOptions};

use crate::closed_loop;

// As wide as what a created case stores, so that the bytes are about the same.
const BODY: &str = concat!(
    "{\"kind\":\"QUALITY_COMPLAINT\",\"title\":\"Discharge temperature above 105 degrees at half load\",",
    "\"description\":\"The unit trips two hours after start; oil was changed last month, the cooler is clean, ",
    "the thermostatic valve was replaced under the last contract.\",\"state\":\"OPEN\"}"
);

/// Rows a second that SQLite commits one by one in WAL mode with `synchronous=FULL`, by one writer in our own process.
pub fn sqlite(directory: &Path, time: Duration) -> Result<f64> {
    let connection = rusqlite::Connection::open(directory.join("bare.sqlite"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS bare (tenant TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id))",
    )?;
    let mut insert =
        connection.prepare("INSERT INTO bare (tenant, id, body) VALUES (?1, ?2, ?3)")?;
    let (start, mut rows) = (Instant::now(), 0_u64);
    while start.elapsed() < time {
        insert.execute(("demo", uuid::Uuid::now_v7().to_string(), BODY))?;
        rows += 1;
    }
    Ok(rows as f64 / start.elapsed().as_secs_f64())
}

/// Rows a second that PostgreSQL commits one by one, by as many connections as there are callers.
pub async fn postgres(url: &str, callers: usize, time: Duration) -> Result<f64> {
    let pool = PgPoolOptions::new().max_connections(callers as u32).connect(url).await?;
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS bare (tenant TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id))",
    )
    .execute(&pool)
    .await?;
    let pool = Arc::new(pool);
    let call = move |_, _| {
        let pool = Arc::clone(&pool);
        async move {
            let id = uuid::Uuid::now_v7().to_string();
            let insert = sqlx::query("INSERT INTO bare (tenant, id, body) VALUES ($1, $2, $3)");
            insert.bind("demo").bind(id).bind(BODY).execute(&*pool).await?;
            Ok(())
        }
    };
    Ok(closed_loop::drive(callers, time, call).await?.per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counted_row_is_in_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let per_second = sqlite(directory.path(), Duration::from_millis(100)).unwrap();
        let file = rusqlite::Connection::open(directory.path().join("bare.sqlite")).unwrap();
        let rows: i64 = file.query_row("SELECT count(*) FROM bare", (), |row| row.get(0)).unwrap();
        assert!(rows > 0 && per_second > 0.0);
        assert!((rows as f64 - per_second * 0.1).abs() <= 0.5 * rows as f64, "{rows} {per_second}");
    }
}
