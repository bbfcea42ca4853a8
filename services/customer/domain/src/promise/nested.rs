//! Whether an internal promise always ends before the external one that it serves.

use super::{Pauses, deadline};
use crate::calendar::{Timeline, TimelineError};
use crate::instant::{DAY, Nanos, nanos, timestamp};
use crate::milestone::Target;
use jiff::Timestamp;

/// What a check of two promises found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nesting {
    /// The internal promise never ends later within the years checked.
    Nested,
    /// Starting then, the internal promise ends after the external one.
    Conflict {
        /// The first such start found.
        start: Timestamp,
        /// When the internal promise would end.
        internal: Timestamp,
        /// When the external promise would end.
        external: Timestamp,
    },
}

/// Compares two promises over every start within `[from, to)`.
///
/// Both deadlines are piecewise linear in the start, so it is enough to look at every start at which one of them bends
/// or jumps: openings, closings, midnights, and the starts whose deadline falls on an edge; and one nanosecond after.
/// For targets in time that is exact; targets in days bend at those instants too.
///
/// # Errors
/// [`TimelineError`] if a promise has no deadline.
pub fn check_nested(
    external: (&Timeline, Target),
    internal: (&Timeline, Target),
    from: Timestamp,
    to: Timestamp,
) -> Result<Nesting, TimelineError> {
    let (from, to) = (nanos(from), nanos(to));
    let mut starts: Vec<Nanos> =
        (from..to).step_by(usize::try_from(DAY).unwrap_or(usize::MAX)).collect();
    for (timeline, target) in [external, internal] {
        let work = target.span().map_or(0, crate::instant::Elapsed::nanos);
        for edge in timeline.edges(from, to.saturating_add(work.saturating_mul(4))) {
            starts.push(edge);
            starts.extend(target.span().and_then(|_| timeline.rewind_nanos(edge, work)));
            starts.push(edge - work);
        }
    }
    starts.sort_unstable();
    starts.dedup();
    let none = Pauses::default();
    for start in starts.into_iter().flat_map(|at| [at, at + 1]).filter(|at| (from..to).contains(at))
    {
        let start = timestamp(start);
        let ends = deadline(internal.0, internal.1, start, &none)?
            .zip(deadline(external.0, external.1, start, &none)?);
        if let Some((internal, external)) = ends.filter(|(internal, external)| internal > external)
        {
            return Ok(Nesting::Conflict { start, internal, external });
        }
    }
    Ok(Nesting::Nested)
}
