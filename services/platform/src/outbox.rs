//! Events between services: an outbox row with every change, a relay, and an inbox that makes redelivery harmless.

use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_kernel::ids::TenantId;
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::database::StoreError;
use crate::identity::Call;
use crate::status::Error;
use crate::trace_context;
use crate::transaction::{Home, Unit, Write};

/// Rows that one statement of the outbox holds: below SQLite's limit of bound values.
const ROWS_A_STATEMENT: usize = 500;
/// Events that the relay hands over at once.
const BATCH: u64 = 500;

/// Puts events beside the change that caused them; answers how many.
pub(crate) async fn store(
    tx: &DatabaseTransaction,
    source: &str,
    call: &Call,
    events: impl IntoIterator<Item = (String, String, Vec<u8>)>,
) -> Result<usize, StoreError> {
    let traceparent = trace_context::current_traceparent().unwrap_or_default();
    let events: Vec<_> = events.into_iter().collect();
    for rows in events.chunks(ROWS_A_STATEMENT) {
        let mut insert = Query::insert()
            .into_table("platform_outbox")
            .columns([
                "id",
                "source",
                "tenant",
                "event_type",
                "subject",
                "event_time",
                "traceparent",
                "payload",
                "attempts",
                "next_attempt_time",
            ])
            .to_owned();
        for (subject, event_type, payload) in rows {
            insert.values_panic([
                uuid::Uuid::now_v7().to_string().into(),
                source.into(),
                call.tenant().as_str().into(),
                event_type.as_str().into(),
                subject.as_str().into(),
                call.now.as_microsecond().into(),
                traceparent.as_str().into(),
                payload.clone().into(),
                0.into(),
                0i64.into(),
            ]);
        }
        tx.execute(&insert).await?;
    }
    Ok(events.len())
}

/// Takes events to those who listen. In one process it calls them; in production it is a broker.
#[async_trait::async_trait]
pub trait Carrier: Send + Sync {
    /// Hands events over; returns when every listener has them durably.
    ///
    /// # Errors
    /// Then the relay offers the same events again later.
    async fn publish(&self, events: &[Event]) -> Result<(), Error>;
}

/// Listens to events of some types. Each event is given to it once, in one transaction with what it writes.
#[async_trait::async_trait]
pub trait Consumer: Send + Sync {
    /// Stable name: the inbox knows by it what was consumed.
    fn name(&self) -> &'static str;
    /// Full names of the messages that it wants.
    fn types(&self) -> &'static [&'static str];
    /// Where its writes go.
    fn home(&self) -> &Home;
    /// Acts on events of one tenant, none of which it has seen before.
    ///
    /// # Errors
    /// Then the transaction is rolled back and the events come again.
    async fn consume(&self, call: &Call, write: &mut Write, events: &[Event]) -> Result<(), Error>;
}

/// The carrier of one process: consumers are called in turn.
#[derive(Default, Clone)]
pub struct InProcess {
    consumers: Vec<Arc<dyn Consumer>>,
}

impl InProcess {
    /// A carrier to these consumers.
    #[must_use]
    pub fn new(consumers: Vec<Arc<dyn Consumer>>) -> Self {
        Self { consumers }
    }
}

#[async_trait::async_trait]
impl Carrier for InProcess {
    async fn publish(&self, events: &[Event]) -> Result<(), Error> {
        for consumer in &self.consumers {
            let wanted: Vec<Event> = events
                .iter()
                .filter(|event| consumer.types().contains(&event.r#type.as_str()))
                .cloned()
                .collect();
            for group in wanted.chunk_by(|a, b| a.tenant == b.tenant) {
                deliver(consumer.as_ref(), group).await?;
            }
        }
        Ok(())
    }
}

/// Gives a consumer the events that it has not seen, together with its inbox rows in one transaction.
///
/// # Errors
/// What the consumer says; then nothing is remembered.
pub async fn deliver(consumer: &dyn Consumer, events: &[Event]) -> Result<(), Error> {
    let Some(first) = events.first() else { return Ok(()) };
    let Ok(tenant) = TenantId::parse(&first.tenant) else {
        tracing::error!(event.id = %first.id, "dropped an event without a tenant");
        return Ok(());
    };
    let call = Call::service(tenant, consumer.name(), Timestamp::now());
    let home = consumer.home();
    let mut write = home.write(&call, "", &()).await?;
    let fresh = remember(write.tx(), consumer.name(), &call, events).await?;
    if !fresh.is_empty() {
        consumer.consume(&call, &mut write, &fresh).await?;
    }
    write.commit(()).await
}

async fn remember(
    tx: &DatabaseTransaction,
    consumer: &str,
    call: &Call,
    events: &[Event],
) -> Result<Vec<Event>, StoreError> {
    let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
    let select = Query::select()
        .column("event_id")
        .from("platform_inbox")
        .and_where(Expr::col("consumer").eq(consumer))
        .and_where(Expr::col("event_id").is_in(ids))
        .to_owned();
    let mut seen = HashSet::new();
    for row in tx.query_all(&select).await? {
        seen.insert(row.try_get::<String>("", "event_id")?);
    }
    let mut fresh = Vec::with_capacity(events.len());
    for event in events {
        if seen.insert(event.id.clone()) {
            fresh.push(event.clone());
        }
    }
    for rows in fresh.chunks(ROWS_A_STATEMENT) {
        let mut insert = Query::insert()
            .into_table("platform_inbox")
            .columns(["consumer", "event_id", "receive_time"])
            .on_conflict(OnConflict::columns(["consumer", "event_id"]).do_nothing().to_owned())
            .to_owned();
        for event in rows {
            insert.values_panic([
                consumer.into(),
                event.id.as_str().into(),
                call.now.as_microsecond().into(),
            ]);
        }
        tx.execute(&insert).await?;
    }
    Ok(fresh)
}

/// Takes a service's outbox to the carrier until told to stop.
pub async fn relay(
    home: Home,
    carrier: Arc<dyn Carrier>,
    mut stop: tokio::sync::watch::Receiver<bool>,
) {
    loop {
        match relay_once(&home, carrier.as_ref()).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!(service = home.name, %error, "events were not delivered; they will be offered again");
            }
        }
        if *stop.borrow() {
            return;
        }
        tokio::select! {
            () = home.wake.notified() => {}
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Offers one batch; answers how many events left. A failed batch is tried again event by event, with back-off.
///
/// # Errors
/// What the database or, for a single event, the consumer says.
pub async fn relay_once(home: &Home, carrier: &dyn Carrier) -> Result<usize, Error> {
    let events = due(home).await?;
    if events.is_empty() {
        return Ok(0);
    }
    let batch: Vec<Event> = events;
    if carrier.publish(&batch).await.is_ok() {
        remove(home, &batch).await?;
        return Ok(batch.len());
    }
    let mut left = 0;
    for event in &batch {
        let one = std::slice::from_ref(event);
        match carrier.publish(one).await {
            Ok(()) => {
                remove(home, one).await?;
                left += 1;
            }
            Err(error) => {
                tracing::error!(event.id = %event.id, event.r#type = %event.r#type, %error, "an event was refused");
                postpone(home, event).await?;
            }
        }
    }
    Ok(left)
}

async fn due(home: &Home) -> Result<Vec<Event>, StoreError> {
    let select = Query::select()
        .columns([
            "id",
            "source",
            "tenant",
            "event_type",
            "subject",
            "event_time",
            "traceparent",
            "payload",
        ])
        .from("platform_outbox")
        .and_where(Expr::col("source").eq(home.name))
        .and_where(Expr::col("next_attempt_time").lte(Timestamp::now().as_microsecond()))
        .order_by("id", Order::Asc)
        .limit(BATCH)
        .to_owned();
    home.read().query_all(&select).await?.iter().map(event).collect()
}

fn event(row: &QueryResult) -> Result<Event, StoreError> {
    let micros: i64 = row.try_get("", "event_time")?;
    let time = Timestamp::from_microsecond(micros)
        .map_err(|cause| StoreError::corrupt("platform_outbox", cause))?;
    let source: String = row.try_get("", "source")?;
    Ok(Event {
        id: row.try_get("", "id")?,
        source: format!("/{source}"),
        r#type: row.try_get("", "event_type")?,
        subject: row.try_get("", "subject")?,
        time: Some(crate::wire::timestamp(time)),
        tenant: row.try_get("", "tenant")?,
        traceparent: row.try_get("", "traceparent")?,
        data: row.try_get("", "payload")?,
    })
}

async fn remove(home: &Home, events: &[Event]) -> Result<(), StoreError> {
    let delete = Query::delete()
        .from_table("platform_outbox")
        .and_where(Expr::col("id").is_in(events.iter().map(|event| event.id.as_str())))
        .to_owned();
    let unit = Unit::begin(&home.database).await?;
    unit.tx().execute(&delete).await?;
    unit.commit().await
}

async fn postpone(home: &Home, event: &Event) -> Result<(), StoreError> {
    let unit = Unit::begin(&home.database).await?;
    let select = Query::select()
        .column("attempts")
        .from("platform_outbox")
        .and_where(Expr::col("id").eq(event.id.as_str()))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    if let Some(row) = unit.tx().query_one(&select).await? {
        let attempts: i32 = row.try_get("", "attempts")?;
        let wait = Duration::from_secs(1 << attempts.clamp(0, 10));
        let next = Timestamp::now()
            .checked_add(wait)
            .map_err(|cause| StoreError::corrupt("platform_outbox", cause))?;
        let update = Query::update()
            .table("platform_outbox")
            .value("attempts", attempts.saturating_add(1))
            .value("next_attempt_time", next.as_microsecond())
            .and_where(Expr::col("id").eq(event.id.as_str()))
            .to_owned();
        unit.tx().execute(&update).await?;
    }
    unit.commit().await
}
