//! What hangs on a case: its clocks, proposals, tasks and timeline.

pub(crate) mod clock;
pub(crate) mod entry;
pub(crate) mod proposal;
pub(crate) mod task;
