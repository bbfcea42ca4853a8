//! What an entitlement promises beside the SLA policy: how soon an engineer is there. The stricter of both is kept.

use crate::calendar::{Timeline, TimelineError};
use crate::instant::Elapsed;
use crate::milestone::Target;
use crate::promise::{Pauses, deadline};
use aftercare_kernel::words;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

words! {
    /// When we come.
    ServiceHours {
        /// In business hours of the region's calendar.
        BusinessHours = "BUSINESS_HOURS",
        /// Also in the evening and on Saturdays.
        Extended = "EXTENDED",
        /// Day and night, every day of the year.
        RoundTheClock = "ROUND_THE_CLOCK",
    }
}

/// A promised time until an engineer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponsePromise {
    /// The promised time.
    pub within: Elapsed,
    /// The hours that it is counted in.
    pub hours: ServiceHours,
}

/// The id of the calendar that a tenant keeps for [`ServiceHours::Extended`].
pub const EXTENDED: &str = "extended";

impl ResponsePromise {
    /// As a target of a clock. Extended hours need a calendar of their own; without one they count like all hours, which never
    /// promises less than was sold.
    #[must_use]
    pub const fn target(self, extended_known: bool) -> Target {
        match self.hours {
            ServiceHours::BusinessHours => Target::BusinessTime(self.within),
            ServiceHours::Extended if extended_known => Target::BusinessTime(self.within),
            ServiceHours::Extended | ServiceHours::RoundTheClock => Target::ClockTime(self.within),
        }
    }
}

/// Which of the offered promises ends first, if it ends before the one that is held: an index into `offered`. The units may
/// differ, because the ends are compared.
///
/// # Errors
/// [`TimelineError`] if a promise has no deadline.
pub fn strictest(
    held: (&Timeline, Target),
    offered: &[(&Timeline, Target)],
    from: Timestamp,
) -> Result<Option<usize>, TimelineError> {
    let ends = |(timeline, target): (&Timeline, Target)| {
        deadline(timeline, target, from, &Pauses::default())
    };
    let mut first = ends(held)?;
    let mut found = None;
    for (i, promise) in offered.iter().enumerate() {
        let end = ends(*promise)?;
        if end.is_some_and(|end| first.is_none_or(|first| end < first)) {
            (first, found) = (end, Some(i));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Calendar, china};

    #[test]
    fn the_promise_that_ends_first_is_kept_whatever_its_unit() {
        let china = Timeline::new(Calendar::new(china()).unwrap());
        let day = Target::ClockTime(Elapsed::hours(24));
        let promise = |within, hours| ResponsePromise { within: Elapsed::hours(within), hours };
        use ServiceHours::{BusinessHours, Extended, RoundTheClock};
        // Thursday 5 March 2026, 09:00; and Friday 16:00, before a weekend.
        let (thursday, friday) = ("2026-03-05T09:00:00+08", "2026-03-06T16:00:00+08");
        for (from, offers, kept) in [
            (thursday, vec![promise(4, RoundTheClock)], Some(0)),
            (thursday, vec![promise(24, RoundTheClock)], None),
            (thursday, vec![promise(4, BusinessHours)], Some(0)),
            (thursday, vec![promise(8, RoundTheClock), promise(4, BusinessHours)], Some(1)),
            // Four business hours from Friday 16:00 end on Monday: later than 24 hours.
            (friday, vec![promise(4, BusinessHours)], None),
            (friday, vec![promise(4, Extended)], Some(0)),
            (friday, vec![], None),
        ] {
            let targets: Vec<_> = offers.iter().map(|o| (&china, o.target(false))).collect();
            let found = strictest((&china, day), &targets, from.parse().unwrap()).unwrap();
            assert_eq!(found, kept, "{from} {offers:?}");
        }
        let counted = promise(4, Extended).target(true);
        assert_eq!(counted, Target::BusinessTime(Elapsed::hours(4)));
    }
}
