//! A write is all or nothing, and its request id makes it happen once.

use super::{home, insert, tally};
use aftercare_kernel::fault::Class;
use aftercare_platform::testing::{Kind, call};
use aftercare_platform::transaction::Home;
use jiff::Timestamp;

const ID: &str = "018f0e0e-0000-7000-8000-000000000001";

async fn write(home: &Home, id: &str, request_id: &str, commit: bool) -> Result<String, Class> {
    let mut call = call("acme", &["admin"], Timestamp::UNIX_EPOCH).unwrap();
    call.method = "/test/Write".to_owned();
    let request = id.to_owned();
    let write =
        home.write(&call, request_id, &request).await.map_err(|error| error.fault().class())?;
    if let Some(done) = write.replayed::<String>().unwrap() {
        return Ok(done);
    }
    insert(write.tx(), id).await.unwrap();
    if !commit {
        return Ok("dropped".to_owned());
    }
    write.commit(format!("wrote {id}")).await.map_err(|error| error.fault().class())
}

async fn a_request_id_makes_a_write_happen_once(kind: Kind) {
    let home = home(kind).await;
    let first = write(&home, "a", ID, true).await.unwrap();
    assert_eq!(write(&home, "a", ID, true).await.unwrap(), first);
    assert_eq!(tally(&home, "a").await, 1);
    assert_eq!(write(&home, "b", ID, true).await, Err(Class::AlreadyExists));
    assert_eq!(write(&home, "c", "no uuid", true).await, Err(Class::Invalid));
}

async fn a_dropped_write_leaves_nothing_and_frees_its_request_id(kind: Kind) {
    let home = home(kind).await;
    write(&home, "d", ID, false).await.unwrap();
    assert_eq!(tally(&home, "d").await, 0);
    assert_eq!(write(&home, "d", ID, true).await.unwrap(), "wrote d");
    assert_eq!(tally(&home, "d").await, 1);
}

async fn many_writers_with_some_that_give_up_lose_and_double_nothing(kind: Kind) {
    let home = home(kind).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..200u32 {
        let home = home.clone();
        tasks.spawn(async move { write(&home, &format!("w{n:03}"), "", n % 5 != 0).await });
    }
    let mut committed = 0;
    while let Some(result) = tasks.join_next().await {
        committed += u64::from(result.unwrap().unwrap() != "dropped");
    }
    assert_eq!(committed, 160);
    assert_eq!(tally(&home, "w").await, 160);
}

async fn one_request_id_from_many_callers_at_once_writes_once(kind: Kind) {
    let home = home(kind).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let home = home.clone();
        tasks.spawn(async move { write(&home, "same", ID, true).await });
    }
    while let Some(result) = tasks.join_next().await {
        assert_eq!(result.unwrap().unwrap(), "wrote same");
    }
    assert_eq!(tally(&home, "same").await, 1);
}

macro_rules! on_both {
    ($($test:ident => $sqlite:ident, $postgresql:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $sqlite() { $test(Kind::Sqlite).await; }
        #[tokio::test(flavor = "multi_thread")]
        async fn $postgresql() { $test(Kind::Postgres).await; }
    )*};
}

on_both! {
    a_request_id_makes_a_write_happen_once => request_id_on_sqlite, request_id_on_postgresql;
    a_dropped_write_leaves_nothing_and_frees_its_request_id => dropped_on_sqlite, dropped_on_postgresql;
    many_writers_with_some_that_give_up_lose_and_double_nothing => writers_on_sqlite, writers_on_postgresql;
    one_request_id_from_many_callers_at_once_writes_once => callers_on_sqlite, callers_on_postgresql;
}
