//! The batch resolution: customers are read, compared on threads of their own, and what was found is stored.

use crate::convert::resolution::review;
use crate::handler::resolution::{join, ordered};
use crate::server::Server;
use crate::store::match_review::pair_id;
use crate::store::resolution::{CANCELLED, DONE, FAILED, RUNNING, Run, tell};
use crate::store::{self, Stored};
use aftercare_customer_domain::customer::{Customer, CustomerState};
use aftercare_customer_domain::resolution::lookup::Learned;
use aftercare_customer_domain::resolution::party::{Party, party, together};
use aftercare_customer_domain::resolution::spec::Spec;
use aftercare_customer_domain::resolution::table::{Row, Table};
use aftercare_customer_domain::resolution::{Progress, Resolution, Thresholds, resolve};
use aftercare_kernel::fault::Class;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Unit;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Customers read at once.
const PAGE: u64 = 5000;
/// Progress is written, and the lease renewed, this often.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// Runs to the end, whatever it is; the row says how it ended.
pub(crate) async fn execute(server: Server, call: Call, id: String, mut run: Run) {
    let state = match work(&server, &call, &id, &mut run).await {
        Ok(true) => DONE,
        Ok(false) => CANCELLED,
        Err(error) => {
            tracing::error!(resolution.id = %id, error = %error, "a resolution failed");
            run.error = "the resolution failed; the log has the cause".to_owned();
            FAILED
        }
    };
    if let Err(error) = say(&server, &call, (&id, &run, state)).await {
        tracing::error!(resolution.id = %id, error = %error, "the end of a resolution was not stored");
    }
}

/// False if it was cancelled.
async fn work(server: &Server, call: &Call, id: &str, run: &mut Run) -> Result<bool, Error> {
    "reading".clone_into(&mut run.stage);
    let (ids, rows) = read(server, call).await?;
    run.records = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let spec = Arc::new(Spec::customers());
    let Some((table, found)) = compare(server, call, (id, run), (spec.clone(), rows)).await? else {
        return Ok(false);
    };
    let learned = Learned::of(&spec, &table, found.model.clone());
    let write = server.home.write(call, "", &()).await?;
    store::match_model::save(write.tx(), call.tenant(), (&learned, call.now)).await?;
    // Merging needs no review; without it every match waits for a person.
    let matches = if run.apply { &[][..] } else { &found.matches };
    let pairs: Vec<_> = found.reviews.iter().chain(matches).collect();
    let mut reviews = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let name = |record: u32| ids.get(record as usize).map_or("", String::as_str);
        let of = (name(pair.left), name(pair.right));
        let kept = review((&spec, &learned, &table), pair, of);
        reviews.push(ordered(kept, call.now));
    }
    let known: Vec<String> = reviews.iter().map(|stored| stored.id.clone()).collect();
    let known = store::match_review::find_all(write.tx(), call.tenant(), &known).await?;
    let decided: BTreeSet<&str> = known
        .iter()
        .filter(|stored| stored.value.state != "REVIEW")
        .map(|stored| stored.id.as_str())
        .collect();
    reviews.retain(|stored| !decided.contains(stored.id.as_str()));
    store::match_review::save(write.tx(), call.tenant(), &reviews).await?;
    write.commit(()).await?;
    run.matches = i64::try_from(found.matches.len()).unwrap_or(i64::MAX);
    run.clusters = i64::try_from(found.parties.len()).unwrap_or(i64::MAX);
    run.reviews = i64::try_from(reviews.len()).unwrap_or(i64::MAX);
    if run.apply {
        "merging".clone_into(&mut run.stage);
        return merge(server, call, (id, run), (&ids, &found)).await;
    }
    Ok(true)
}

/// Every customer in use: its id and its row.
async fn read(server: &Server, call: &Call) -> Result<(Vec<String>, Vec<Row>), StoreError> {
    use store::customer::entity::Column;
    let (mut ids, mut parties): (Vec<String>, Vec<Party>) = (Vec::new(), Vec::new());
    let mail = store::contact::domains(server.home.read(), call.tenant(), None).await?;
    loop {
        let after = ids.last().cloned().unwrap_or_default();
        let page = store::customer::within(call.tenant())
            .filter(Column::State.eq(CustomerState::Active.as_str()))
            .filter(Column::Id.gt(after))
            .order_by_asc(Column::Id)
            .limit(PAGE)
            .all(server.home.read())
            .await?;
        let last = (page.len() as u64) < PAGE;
        for model in page {
            let stored: Stored<Customer> = Stored::try_from(model)?;
            let mail = mail.get(&stored.id).map_or(&[][..], Vec::as_slice);
            parties.push(party(&stored.value, mail));
            ids.push(stored.id);
        }
        if last {
            return Ok((ids, together(parties)));
        }
    }
}

/// Compares on a thread that may block, and says where it is meanwhile; None if it was cancelled.
async fn compare(
    server: &Server,
    call: &Call,
    (id, run): (&str, &mut Run),
    (spec, rows): (Arc<Spec>, Vec<Row>),
) -> Result<Option<(Table, Resolution)>, Error> {
    let stop = Arc::new(AtomicBool::new(false));
    let (told, progress) = watch::channel(Progress { stage: "blocking", pairs: 0, matches: 0 });
    let limits = (Thresholds { lower: run.lower, upper: run.upper }, threads());
    let stopped = stop.clone();
    let mut comparing = tokio::task::spawn_blocking(move || {
        let table = Table::new(&spec, &rows);
        let found = resolve(&spec, &table, limits, &mut |progress| {
            told.send_replace(progress);
            !stopped.load(Ordering::Acquire)
        });
        found.map(|found| (table, found))
    });
    loop {
        tokio::select! {
            done = &mut comparing => {
                let found = done.map_err(|cause| StoreError::corrupt("customer_resolution", cause))?;
                if let Some((_, found)) = &found {
                    run.pairs = i64::try_from(found.pairs).unwrap_or(i64::MAX);
                }
                return Ok(found);
            }
            () = tokio::time::sleep(TELL_EVERY) => {
                let at = *progress.borrow();
                at.stage.clone_into(&mut run.stage);
                run.pairs = i64::try_from(at.pairs).unwrap_or(i64::MAX);
                run.matches = i64::try_from(at.matches).unwrap_or(i64::MAX);
                if !say(server, call, (id, run, RUNNING)).await? {
                    stop.store(true, Ordering::Release);
                }
            }
        }
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

async fn say(
    server: &Server,
    call: &Call,
    (id, run, state): (&str, &Run, &str),
) -> Result<bool, Error> {
    // No entry in the audit log: it is the batch's own bookkeeping.
    let unit = Unit::begin(&server.home.database).await?;
    let alive = tell(unit.tx(), call.tenant(), (id, run, state)).await?;
    unit.commit().await?;
    Ok(alive)
}

/// Merges each party into its earliest customer, a party a write; one that cannot be merged is left as it is.
async fn merge(
    server: &Server,
    call: &Call,
    (id, run): (&str, &mut Run),
    (ids, found): (&[String], &Resolution),
) -> Result<bool, Error> {
    let why = format!("operations/resolutions/{id}");
    for party in &found.parties {
        let names = party.iter().filter_map(|record| ids.get(*record as usize)).cloned().collect();
        match merge_party(server, call, names, &why).await {
            Ok(merged) => run.merged += merged,
            Err(error) if error.fault().class() == Class::Internal => return Err(error),
            Err(error) => tracing::warn!(resolution.id = %id, error = %error, "left a party apart"),
        }
        if !say(server, call, (id, run, RUNNING)).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How many were merged: none if a person's word is against any pair of the party.
async fn merge_party(
    server: &Server,
    call: &Call,
    names: Vec<String>,
    why: &str,
) -> Result<i64, Error> {
    let actor = server.actor(call);
    let pairs: Vec<String> = names
        .iter()
        .enumerate()
        .flat_map(|(i, a)| names.iter().skip(i + 1).map(move |b| pair_id(a, b)))
        .collect();
    let mut write = server.home.write(call, "", &()).await?;
    let decided = store::match_review::find_all(write.tx(), call.tenant(), &pairs).await?;
    if decided.iter().any(|stored| stored.value.state == "DECLINED") {
        return Ok(0);
    }
    let mut members = store::customer::find_all(write.tx(), call.tenant(), &names).await?;
    members.retain(|stored| stored.value.state == CustomerState::Active);
    members.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
    let Some((first, rest)) = members.split_first() else { return Ok(0) };
    let mut events = Vec::new();
    for other in rest {
        events.push(join(write.tx(), &actor, (&first.id, &other.id), why).await?);
    }
    let raised = events.into_iter().map(|event| (event.subject, event.event_type, event.data));
    write.note(why);
    write.emit_all(raised).await?;
    write.commit(()).await?;
    Ok(i64::try_from(rest.len()).unwrap_or(0))
}
