//! The audit log: an entry for each write that came to be, and a walk that finds every way of tampering.

use super::{home, insert};
use aftercare_platform::audit::verify;
use aftercare_platform::testing::{Kind, call};
use aftercare_platform::transaction::Home;
use jiff::Timestamp;
use sea_orm::ConnectionTrait;

async fn write(home: &Home, id: &str, commit: bool) {
    let mut call = call("acme", &["admin"], Timestamp::UNIX_EPOCH).unwrap();
    call.method = "/test/Write".to_owned();
    let mut write = home.write(&call, "", &id.to_owned()).await.unwrap();
    write.note("to see it in the log");
    insert(write.tx(), id).await.unwrap();
    if commit {
        write.commit(format!("wrote {id}")).await.unwrap();
    }
}

async fn every_write_that_commits_has_an_entry_and_no_other(kind: Kind) {
    let home = home(kind).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..60u32 {
        let home = home.clone();
        tasks.spawn(async move { write(&home, &format!("w{n}"), n % 3 != 0).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let found = verify(home.read()).await.unwrap();
    assert_eq!((found.entries, found.breaks), (40, Vec::new()));
    assert!(found.chains >= 1);
}

async fn tampering_is_found_wherever_it_is(kind: Kind) {
    for (statement, what) in [
        (
            "UPDATE platform_audit SET principal = 'nobody' WHERE sequence = 3",
            "the entry was changed",
        ),
        ("UPDATE platform_audit SET note = '' WHERE sequence = 1", "the entry was changed"),
        ("DELETE FROM platform_audit WHERE sequence = 2", "the entry is missing"),
        ("DELETE FROM platform_audit WHERE sequence = 5", "entries are missing at the end"),
        ("DELETE FROM platform_audit", "entries are missing at the end"),
        ("DELETE FROM platform_audit_head", "the head of the chain is missing"),
    ] {
        let home = home(kind).await;
        // One after the other: they share a chain.
        for n in 0..5 {
            write(&home, &format!("t{n}"), true).await;
        }
        assert_eq!(verify(home.read()).await.unwrap().breaks, Vec::new());
        home.read().execute_unprepared(statement).await.unwrap();
        let breaks = verify(home.read()).await.unwrap().breaks;
        assert!(breaks.iter().any(|found| found.what == what), "{statement}: {breaks:?}");
    }
}

#[tokio::test]
async fn every_write_has_an_entry_on_sqlite() {
    every_write_that_commits_has_an_entry_and_no_other(Kind::Sqlite).await;
}

#[tokio::test]
async fn every_write_has_an_entry_on_postgresql() {
    every_write_that_commits_has_an_entry_and_no_other(Kind::Postgres).await;
}

#[tokio::test]
async fn tampering_is_found_on_sqlite() {
    tampering_is_found_wherever_it_is(Kind::Sqlite).await;
}

#[tokio::test]
async fn tampering_is_found_on_postgresql() {
    tampering_is_found_wherever_it_is(Kind::Postgres).await;
}
