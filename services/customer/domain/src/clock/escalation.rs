//! Which warnings and escalations fire: a decision from the reading, the log of what fired, and the present.

use super::reading::{Amount, reach};
use super::{Basis, ClockError, Reading};
use crate::milestone::{EscalationLevel, Trigger};
use jiff::Timestamp;

/// A level that fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// The level's name.
    pub level: String,
    /// When its condition became true.
    pub true_time: Timestamp,
    /// When that was noticed; later after an outage.
    pub observe_time: Timestamp,
    /// Roles or employees to tell.
    pub notify: Vec<String>,
}

/// The levels that are due and have not fired, in the order in which they became true.
///
/// The caller saves the firings and the names together, so that each level of a clock fires once. A clock that stopped
/// before a level became true never fires it, however late that is looked at.
///
/// # Errors
/// [`ClockError`].
pub fn due(
    bases: &[Basis<'_>],
    reading: &Reading,
    fired: &[String],
    now: Timestamp,
) -> Result<Vec<Firing>, ClockError> {
    let ahead = ahead(bases, reading, fired)?;
    let firings = ahead.into_iter().take_while(|(true_time, _)| *true_time <= now);
    Ok(firings
        .map(|(true_time, level)| Firing {
            level: level.level.clone(),
            true_time,
            observe_time: now,
            notify: level.notify.clone(),
        })
        .collect())
}

/// The next instant at which a level becomes true, for a timer.
///
/// # Errors
/// [`ClockError`].
pub fn next_due(
    bases: &[Basis<'_>],
    reading: &Reading,
    fired: &[String],
) -> Result<Option<Timestamp>, ClockError> {
    Ok(ahead(bases, reading, fired)?.first().map(|(true_time, _)| *true_time))
}

/// Levels that have not fired and will unless the clock stops, by true time.
fn ahead<'a>(
    bases: &'a [Basis<'a>],
    reading: &Reading,
    fired: &[String],
) -> Result<Vec<(Timestamp, &'a EscalationLevel)>, ClockError> {
    let (Some(run), Some(newest)) = (&reading.run, bases.last()) else { return Ok(Vec::new()) };
    let mut ahead = Vec::new();
    for level in newest.terms.levels.iter().filter(|level| !fired.contains(&level.level)) {
        let amount = match level.trigger {
            Trigger::PercentElapsed(percent) => Amount::Percent(percent),
            Trigger::TimeLeft(left) => Amount::Offset(-left.nanos()),
            Trigger::TimeOver(over) => Amount::Offset(over.nanos()),
        };
        let true_time = reach(bases, run.started, &reading.pauses, amount)?;
        let alive = |at: &Timestamp| run.stopped.is_none_or(|stopped| *at < stopped);
        ahead.extend(true_time.filter(alive).map(|at| (at, level)));
    }
    ahead.sort_by_key(|(at, _)| *at);
    Ok(ahead)
}
