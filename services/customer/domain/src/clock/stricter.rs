//! What becomes of a running clock when the grade or the calendar changes.

use super::{Basis, ClockError, ClockEvent, ClockState, Reading, fold};
use jiff::Timestamp;

/// Whether other terms promise more: after a change of grade in mid-case the stricter promise is kept.
///
/// Both are read from the whole log; the offered terms win only with an earlier deadline.
///
/// # Errors
/// [`ClockError`].
pub fn stricter(
    kept: &[Basis<'_>],
    offered: Basis<'_>,
    log: &[ClockEvent],
    now: Timestamp,
) -> Result<bool, ClockError> {
    let (kept, offered) = (fold(kept, log, now)?, fold(&[offered], log, now)?);
    let deadline = |reading: &Reading| reading.run.as_ref().and_then(|run| run.deadline);
    Ok(match (deadline(&kept), deadline(&offered)) {
        (Some(kept), Some(offered)) => offered < kept,
        (None, Some(_)) => true,
        (_, None) => false,
    })
}

/// The reading under an amended calendar, if the clock is one that is recomputed: a stopped clock keeps its verdict.
///
/// # Errors
/// [`ClockError`].
pub fn amended(
    before: &Reading,
    bases: &[Basis<'_>],
    log: &[ClockEvent],
    now: Timestamp,
) -> Result<Option<Reading>, ClockError> {
    match before.state {
        ClockState::Met | ClockState::MetLate | ClockState::Cancelled => Ok(None),
        ClockState::NotStarted
        | ClockState::Running
        | ClockState::Paused
        | ClockState::BreachedRunning => fold(bases, log, now).map(Some),
    }
}
