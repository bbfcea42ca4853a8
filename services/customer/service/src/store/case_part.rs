//! What hangs on a case: its clocks, proposals, tasks, timeline, and the feed of all timelines.

pub(crate) mod clock;
pub(crate) mod entry;
pub(crate) mod feed;
pub(crate) mod proposal;
pub(crate) mod task;
