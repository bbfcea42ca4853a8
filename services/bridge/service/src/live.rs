//! Answers of external systems as they are asked for: kept with their age, asked for once however many wait for the same,
//! and never more at a time than the adapter takes.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aftercare_plugin::wire::Record;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{OnceCell, Semaphore};

use crate::host::instance::AdapterError;

/// Answers that are kept; beyond these the oldest goes.
const MOST_KEPT: usize = 10_000;

/// A stream of one version of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) tenant: String,
    pub(crate) connection: String,
    /// Of the connection: what an older configuration answered is not used.
    pub(crate) revision: i64,
    pub(crate) stream: String,
}

/// What the system said of a key, and when.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    /// None for a key that it does not know.
    pub(crate) record: Option<Record>,
    pub(crate) at: Timestamp,
}

type Answer = Result<(Vec<Record>, Timestamp), AdapterError>;
type Flight = Arc<OnceCell<Answer>>;

/// The answers of all connections.
#[derive(Default)]
pub(crate) struct Live {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    kept: HashMap<(Place, String), Seen>,
    order: VecDeque<(Place, String)>,
    flights: HashMap<(Place, Vec<String>), Flight>,
    gates: HashMap<(String, String), Arc<Semaphore>>,
}

impl Live {
    /// What lets so many calls at a time through to a connection.
    pub(crate) fn gate(&self, place: &Place, calls: u32) -> Arc<Semaphore> {
        let key = (place.tenant.clone(), place.connection.clone());
        let fresh = || Arc::new(Semaphore::new(calls.max(1) as usize));
        self.lock().gates.entry(key).or_insert_with(fresh).clone()
    }

    /// What the system says of each key: kept answers of at most `max_age`, and for the other keys what `ask` gets.
    ///
    /// # Errors
    /// What `ask` failed with; a kept answer that is too old never stands in for it.
    pub(crate) async fn fetch(
        &self,
        (place, keys): (&Place, &[String]),
        (now, max_age): (Timestamp, SignedDuration),
        ask: impl AsyncFnOnce(Vec<String>) -> Result<Vec<Record>, AdapterError>,
    ) -> Result<Vec<Seen>, AdapterError> {
        let mut seen = self.young(place, keys, (now, max_age));
        let missing: Vec<String> =
            keys.iter().filter(|key| !seen.contains_key(*key)).cloned().collect();
        if !missing.is_empty() {
            let flight_key = (place.clone(), missing.clone());
            let flight = self.lock().flights.entry(flight_key.clone()).or_default().clone();
            // Whoever comes first asks; should it be given up, the next of those who wait asks.
            let asked = async {
                // As old as the question: the answer may be from any moment since.
                Ok((ask(missing.clone()).await?, now))
            };
            let answer = flight.get_or_init(|| asked).await.clone();
            self.land(&flight_key, &flight);
            let (records, at) = answer?;
            for key in missing {
                let record = records.iter().find(|record| record.key == key).cloned();
                self.keep((place, &key), Seen { record: record.clone(), at });
                seen.insert(key, Seen { record, at });
            }
        }
        Ok(keys.iter().filter_map(|key| seen.get(key).cloned()).collect())
    }

    /// Kept answers that are young enough. An answer of the future is none: its age is not known.
    fn young(
        &self,
        place: &Place,
        keys: &[String],
        (now, max_age): (Timestamp, SignedDuration),
    ) -> HashMap<String, Seen> {
        if !max_age.is_positive() {
            return HashMap::new();
        }
        let inner = self.lock();
        let fits = |seen: &&Seen| {
            let age = now.duration_since(seen.at);
            !age.is_negative() && age <= max_age
        };
        let one = |key: &String| {
            let seen = inner.kept.get(&(place.clone(), key.clone())).filter(fits)?;
            Some((key.clone(), seen.clone()))
        };
        keys.iter().filter_map(one).collect()
    }

    fn keep(&self, (place, key): (&Place, &str), seen: Seen) {
        let mut inner = self.lock();
        let slot = (place.clone(), key.to_owned());
        if inner.kept.insert(slot.clone(), seen).is_none() {
            inner.order.push_back(slot);
        }
        while inner.order.len() > MOST_KEPT {
            let Some(oldest) = inner.order.pop_front() else { break };
            inner.kept.remove(&oldest);
        }
    }

    /// Ends a flight that was answered: who comes later asks anew.
    fn land(&self, key: &(Place, Vec<String>), flight: &Flight) {
        let mut inner = self.lock();
        if inner.flights.get(key).is_some_and(|current| Arc::ptr_eq(current, flight)) {
            inner.flights.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn place() -> Place {
        let text = |text: &str| text.to_owned();
        Place {
            tenant: text("demo"),
            connection: text("erp"),
            revision: 1,
            stream: text("accounts"),
        }
    }

    fn record(key: &str) -> Record {
        Record { key: key.to_owned(), ..Record::default() }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    const MINUTE: SignedDuration = SignedDuration::from_secs(60);

    #[tokio::test]
    async fn an_answer_is_used_again_while_it_is_young_and_asked_for_when_it_is_not() {
        let (live, asked) = (Live::default(), AtomicUsize::new(0));
        let keys = ["a".to_owned(), "b".to_owned()];
        let ask = async |keys: Vec<String>| {
            asked.fetch_add(keys.len(), Ordering::Relaxed);
            Ok(vec![record("a")])
        };
        let first = live.fetch((&place(), &keys), (at(0), MINUTE), ask).await.unwrap();
        assert_eq!((first[0].record.clone(), first[1].record.clone()), (Some(record("a")), None));
        let later = live.fetch((&place(), &keys), (at(30), MINUTE), ask).await.unwrap();
        assert_eq!((later, asked.load(Ordering::Relaxed)), (first, 2));
        // Too old; and where no age is good enough.
        live.fetch((&place(), &keys), (at(90), MINUTE), ask).await.unwrap();
        live.fetch((&place(), &keys), (at(91), SignedDuration::ZERO), ask).await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 6);
        // Another configuration of the connection is another system.
        let changed = Place { revision: 2, ..place() };
        live.fetch((&changed, &keys), (at(92), MINUTE), ask).await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 8);
    }

    #[tokio::test]
    async fn a_failure_is_told_and_never_covered_by_an_older_answer() {
        let live = Live::default();
        let keys = ["a".to_owned()];
        let works = async |_: Vec<String>| Ok(vec![record("a")]);
        live.fetch((&place(), &keys), (at(0), MINUTE), works).await.unwrap();
        let late = std::time::Duration::from_millis(5);
        let fails = async |_: Vec<String>| Err(AdapterError::late(late));
        let failed = live.fetch((&place(), &keys), (at(100), MINUTE), fails).await.unwrap_err();
        assert_eq!(failed.reason, "ANSWER_LATE");
        // The failure is not kept.
        assert!(live.fetch((&place(), &keys), (at(101), MINUTE), works).await.is_ok());
    }

    #[tokio::test]
    async fn who_asks_the_same_at_the_same_time_shares_one_answer() {
        let (live, asked, gate) = (Live::default(), AtomicUsize::new(0), Semaphore::new(0));
        let keys = ["a".to_owned()];
        let ask = async |_: Vec<String>| {
            asked.fetch_add(1, Ordering::Relaxed);
            let _open = gate.acquire().await;
            Ok(vec![record("a")])
        };
        let here = place();
        let one = || live.fetch((&here, &keys), (at(0), SignedDuration::ZERO), ask);
        let release = async { gate.add_permits(1) };
        let (first, second, ()) = tokio::join!(one(), one(), release);
        assert_eq!((first.unwrap(), asked.load(Ordering::Relaxed)), (second.unwrap(), 1));
    }
}
