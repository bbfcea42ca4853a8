//! One write: state, outbox rows and the idempotency row in one transaction; on SQLite many writes share an fsync.

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Mutex, Notify, OwnedMutexGuard, oneshot};

use crate::audit;
use crate::database::{Database, StoreError};
use crate::idempotency::{self, Ticket};
use crate::identity::Call;
use crate::outbox;
use crate::status::Error;

/// A write in progress. Dropped without [`Write::commit`], it leaves nothing behind.
///
/// Nothing slow may be awaited while it is open: on SQLite it holds the only writer.
pub struct Write {
    unit: Unit,
    call: Call,
    ticket: Option<Ticket>,
    source: &'static str,
    emitted: usize,
    wake: Arc<Notify>,
    entry: audit::Entry,
}

impl Write {
    /// Begins a write for an RPC. An empty `request_id` means that the write is not idempotent.
    ///
    /// # Errors
    /// `REQUEST_ID_REUSED` when the id came before with another body; `INVALID_FIELDS` when it is no UUID.
    pub async fn begin<M: prost::Message>(
        home: &Home,
        call: &Call,
        request_id: &str,
        request: &M,
    ) -> Result<Self, Error> {
        idempotency::check_id(request_id)?;
        let unit = Unit::begin(&home.database).await?;
        let ticket = if request_id.is_empty() {
            None
        } else {
            Some(idempotency::claim(&unit, call, request_id, request).await?)
        };
        Ok(Self {
            unit,
            call: call.clone(),
            ticket,
            source: home.name,
            emitted: 0,
            wake: home.wake.clone(),
            entry: audit::Entry::of(call, home.name, (request_id, request)),
        })
    }

    /// Says in the audit log why this is done: a purpose, a reason. No personal data.
    pub fn note(&mut self, why: &str) {
        why.clone_into(&mut self.entry.note);
    }

    /// The id of this write's entry in the audit log.
    #[must_use]
    pub fn entry_id(&self) -> &str {
        &self.entry.entry_id
    }

    /// The stored response, if this very request was answered before: return it and do nothing else.
    ///
    /// # Errors
    /// `CORRUPT_ROW` if the stored response cannot be read.
    pub fn replayed<R: prost::Message + Default>(&self) -> Result<Option<R>, Error> {
        match self.ticket.as_ref().and_then(|ticket| ticket.stored.as_ref()) {
            None => Ok(None),
            Some(bytes) => R::decode(bytes.as_slice())
                .map(Some)
                .map_err(|cause| StoreError::corrupt("platform_idempotency", cause).into()),
        }
    }

    /// Where the write's statements run.
    #[must_use]
    pub fn tx(&self) -> &DatabaseTransaction {
        self.unit.tx()
    }

    /// The call that writes.
    #[must_use]
    pub const fn call(&self) -> &Call {
        &self.call
    }

    /// The service that writes.
    pub(crate) const fn source(&self) -> &'static str {
        self.source
    }

    /// Puts an event into the outbox; it leaves if and only if the write commits.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn emit<M: prost::Message + prost::Name>(
        &mut self,
        subject: &str,
        event: &M,
    ) -> Result<(), Error> {
        self.emit_all([(subject.to_owned(), M::full_name(), event.encode_to_vec())]).await
    }

    /// Puts many events into the outbox: (subject, full type name, serialised message) each.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn emit_all(
        &mut self,
        events: impl IntoIterator<Item = (String, String, Vec<u8>)>,
    ) -> Result<(), Error> {
        self.emitted += outbox::store(self.unit.tx(), self.source, &self.call, events).await?;
        Ok(())
    }

    /// Makes everything durable and remembers the response under the request id.
    ///
    /// # Errors
    /// [`StoreError`] as the database says; then nothing of the write is visible.
    pub async fn commit<R: prost::Message>(self, response: R) -> Result<R, Error> {
        self.commit_remembering(&response).await?;
        Ok(response)
    }

    /// Makes everything durable and remembers under the request id what is given here: for answers with personal data, which
    /// must not lie about as they are, something by which the answer can be made again.
    ///
    /// # Errors
    /// [`StoreError`] as the database says; then nothing of the write is visible.
    pub async fn commit_remembering<R: prost::Message>(mut self, kept: &R) -> Result<(), Error> {
        if let Some(ticket) = &self.ticket {
            idempotency::remember(self.unit.tx(), &self.call, ticket, kept).await?;
        }
        self.entry.response_digest = audit::digest(kept);
        audit::append(self.unit.tx(), &self.entry).await?;
        self.unit.commit().await?;
        if self.emitted > 0 {
            self.wake.notify_one();
        }
        Ok(())
    }
}

/// Where a service's writes go: its database, its name, and the relay to wake.
#[derive(Clone)]
pub struct Home {
    /// The service's database.
    pub database: Database,
    /// The service: `customer`.
    pub name: &'static str,
    pub(crate) wake: Arc<Notify>,
}

impl Home {
    /// A service's home in a database.
    #[must_use]
    pub fn new(database: Database, name: &'static str) -> Self {
        Self { database, name, wake: Arc::new(Notify::new()) }
    }

    /// For queries that change nothing.
    #[must_use]
    pub const fn read(&self) -> &DatabaseConnection {
        self.database.read()
    }

    /// Begins a write: see [`Write::begin`].
    ///
    /// # Errors
    /// As [`Write::begin`].
    pub async fn write<M: prost::Message>(
        &self,
        call: &Call,
        request_id: &str,
        request: &M,
    ) -> Result<Write, Error> {
        Write::begin(self, call, request_id, request).await
    }
}

/// A bare transaction: on SQLite a savepoint in the group that shares one commit.
pub struct Unit {
    // dropped before `group`, so that the savepoint is rolled back while the writer is still held
    tx: Option<DatabaseTransaction>,
    group: Option<OwnedMutexGuard<Group>>,
    queue: Option<WriterQueue>,
}

impl Unit {
    /// Begins a transaction on PostgreSQL, or takes a turn in the writer queue on SQLite.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn begin(database: &Database) -> Result<Self, StoreError> {
        let Some(queue) = &database.queue else {
            let tx = database.write.begin().await?;
            return Ok(Self { tx: Some(tx), group: None, queue: None });
        };
        let waiting = Waiting::new(queue.waiting.clone());
        let mut group = queue.group.clone().lock_owned().await;
        drop(waiting);
        if group.outer.is_none() {
            let options = TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            };
            group.outer = Some(queue.connection.begin_with_options(options).await?);
        }
        let savepoint = match &group.outer {
            Some(outer) => outer.begin().await?,
            None => return Err(StoreError::corrupt("transaction", "no outer transaction")),
        };
        Ok(Self { tx: Some(savepoint), group: Some(group), queue: Some(queue.clone()) })
    }

    /// Where the statements run.
    #[must_use]
    #[expect(clippy::expect_used, reason = "commit and drop consume the unit with its transaction")]
    pub fn tx(&self) -> &DatabaseTransaction {
        self.tx.as_ref().expect("a unit has its transaction until it ends")
    }

    /// Makes the unit durable: returns when the commit that holds it is on disk.
    ///
    /// # Errors
    /// [`StoreError`] as the database says; then nothing of the unit is visible.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        if let Some(tx) = self.tx.take() {
            tx.commit().await?;
        }
        let (Some(mut group), Some(queue)) = (self.group.take(), self.queue.take()) else {
            return Ok(());
        };
        let (done, outcome) = oneshot::channel();
        group.members.push(done);
        let others_wait = queue.waiting.load(Ordering::Acquire) > 0;
        if others_wait && group.members.len() < GROUP_LIMIT {
            // the next in the queue goes on in the same transaction and commits for both
            drop(group);
        } else {
            finish(group).await;
        }
        match outcome.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(text)) => Err(StoreError::Unavailable(sea_orm::DbErr::Custom(text))),
            Err(_) => Err(StoreError::Unavailable(sea_orm::DbErr::Custom(
                "the group's commit was abandoned".to_owned(),
            ))),
        }
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        // the savepoint rolls back first; members that already ended still need their commit
        drop(self.tx.take());
        if let Some(group) = self.group.take()
            && !group.members.is_empty()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(finish(group));
        }
    }
}

/// At most so many writes share one commit.
const GROUP_LIMIT: usize = 64;

async fn finish(mut group: OwnedMutexGuard<Group>) {
    let result = match group.outer.take() {
        Some(outer) => outer.commit().await.map_err(|error| error.to_string()),
        None => Ok(()),
    };
    for member in group.members.drain(..) {
        // a member that went away has nobody to tell
        let _ = member.send(result.clone());
    }
}

/// The writer of an SQLite file: one transaction at a time, shared by those who queue.
#[derive(Clone)]
pub struct WriterQueue {
    connection: DatabaseConnection,
    group: Arc<Mutex<Group>>,
    waiting: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Group {
    outer: Option<DatabaseTransaction>,
    members: Vec<oneshot::Sender<Result<(), String>>>,
}

impl WriterQueue {
    pub(crate) fn new(connection: DatabaseConnection) -> Self {
        Self { connection, group: Arc::default(), waiting: Arc::default() }
    }
}

/// Counts those who queue, also when they give up.
struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn new(count: Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
