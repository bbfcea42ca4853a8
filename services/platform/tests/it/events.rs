//! An event leaves if and only if its write commits, and a redelivery changes nothing.

use super::{home, insert, tally};
use aftercare_api::aftercare::r#type::v1::{Event, ExternalKey};
use aftercare_kernel::fault::Invalid;
use aftercare_platform::identity::Call;
use aftercare_platform::outbox::{Carrier, Consumer, InProcess, deliver, relay_once};
use aftercare_platform::status::Error;
use aftercare_platform::testing::{Kind, call};
use aftercare_platform::transaction::{Home, Write};
use jiff::Timestamp;
use prost::{Message, Name};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Keeper {
    home: Home,
    refusals: AtomicUsize,
}

#[async_trait::async_trait]
impl Consumer for Keeper {
    fn name(&self) -> &'static str {
        "test.keeper"
    }
    fn types(&self) -> &'static [&'static str] {
        &["aftercare.type.v1.ExternalKey"]
    }
    fn home(&self) -> &Home {
        &self.home
    }
    async fn consume(&self, _: &Call, write: &mut Write, events: &[Event]) -> Result<(), Error> {
        for event in events {
            let key = ExternalKey::decode(event.data.as_slice()).unwrap();
            insert(write.tx(), &key.key).await.unwrap();
        }
        if self
            .refusals
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
            .is_ok()
        {
            return Err(Invalid::field("event", "not now").into());
        }
        Ok(())
    }
}

async fn emit(home: &Home, keys: &[&str], commit: bool) {
    let call = call("acme", &["admin"], Timestamp::UNIX_EPOCH).unwrap();
    let mut write = home.write(&call, "", &()).await.unwrap();
    for key in keys {
        let event = ExternalKey { system: "erp".to_owned(), key: (*key).to_owned() };
        write.emit(key, &event).await.unwrap();
    }
    if commit {
        write.commit(()).await.unwrap();
    }
}

async fn events_arrive_once(kind: Kind) {
    let home = home(kind).await;
    let keeper = Arc::new(Keeper { home: home.clone(), refusals: AtomicUsize::new(0) });
    let carrier = InProcess::new(vec![keeper.clone()]);
    emit(&home, &["e-dropped"], false).await;
    emit(&home, &["e1", "e2", "e3"], true).await;
    assert_eq!(relay_once(&home, &carrier).await.unwrap(), 3);
    assert_eq!(relay_once(&home, &carrier).await.unwrap(), 0);
    assert_eq!(tally(&home, "e").await, 3);
    let again = Event {
        id: "fixed".to_owned(),
        tenant: "acme".to_owned(),
        r#type: ExternalKey::full_name(),
        data: ExternalKey { system: String::new(), key: "once".to_owned() }.encode_to_vec(),
        ..Event::default()
    };
    for _ in 0..3 {
        deliver(keeper.as_ref(), std::slice::from_ref(&again)).await.unwrap();
        carrier.publish(&[again.clone(), again.clone()]).await.unwrap();
    }
    assert_eq!(tally(&home, "once").await, 1);
}

async fn a_refused_event_stays_and_the_others_go_on(kind: Kind) {
    let home = home(kind).await;
    // the batch is refused, then its first event alone
    let keeper = Keeper { home: home.clone(), refusals: AtomicUsize::new(2) };
    let carrier = InProcess::new(vec![Arc::new(keeper)]);
    emit(&home, &["r1", "r2"], true).await;
    assert_eq!(relay_once(&home, &carrier).await.unwrap(), 1);
    assert_eq!(tally(&home, "r").await, 1);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(relay_once(&home, &carrier).await.unwrap(), 1);
    assert_eq!(tally(&home, "r").await, 2);
}

#[tokio::test]
async fn events_arrive_once_on_sqlite() {
    events_arrive_once(Kind::Sqlite).await;
}

#[tokio::test]
async fn events_arrive_once_on_postgresql() {
    events_arrive_once(Kind::Postgres).await;
}

#[tokio::test]
async fn a_refused_event_stays_on_sqlite() {
    a_refused_event_stays_and_the_others_go_on(Kind::Sqlite).await;
}

#[tokio::test]
async fn a_refused_event_stays_on_postgresql() {
    a_refused_event_stays_and_the_others_go_on(Kind::Postgres).await;
}
