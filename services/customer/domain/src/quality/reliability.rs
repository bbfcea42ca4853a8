//! Time between failures with machines that did not fail counted, repeat failures, first-time fixes.

use crate::statistics::mean_time_between;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

const DAY_SECONDS: f64 = 86_400.0;

/// A machine as it was watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposure {
    /// What it is counted under.
    pub group: String,
    /// When it began to work, or the watch began, whichever is later.
    pub from: Timestamp,
    /// When it was taken out of service, or the watch ended, whichever is earlier.
    pub to: Timestamp,
}

impl Exposure {
    /// Days watched; none if the machine did not work within the watch.
    #[must_use]
    pub fn days(&self) -> Option<f64> {
        let seconds = self.to.duration_since(self.from).as_secs_f64();
        (seconds > 0.0).then_some(seconds / DAY_SECONDS)
    }
}

/// A repair after a failure.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The machine.
    pub asset: String,
    /// What it is counted under.
    pub group: String,
    /// Code of the failure.
    pub mode: String,
    /// When it was reported.
    pub at: Timestamp,
    /// Whether the machine was watched then; if not, the failure says nothing of the time between failures.
    pub watched: bool,
    /// When the repair was verified, or completed where nobody verified it.
    pub mended: Timestamp,
    /// Whether the first visit was enough, if that was recorded.
    pub first_time: Option<bool>,
}

/// The figures of one group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Machines that worked within the watch.
    pub machines: u32,
    /// Failures of these within the watch.
    pub failures: u32,
    /// Days watched, of all machines together.
    pub machine_days: f64,
    /// Mean days between failures; none without a failure.
    pub mtbf_days: Option<f64>,
    /// Lower end of its interval; none without time.
    pub mtbf_lower: Option<f64>,
    /// Upper end; none without a failure.
    pub mtbf_upper: Option<f64>,
    /// Repairs whose window is over.
    pub repairs_watched: u32,
    /// Of these, followed by the same failure of the same machine within the window.
    pub repeat_failures: u32,
    /// Repairs of which the number of visits is known.
    pub visits_known: u32,
    /// Of these, mended at the first visit.
    pub first_time_fixes: u32,
}

/// For every failure whether the same machine failed in the same mode again within `window` of the repair, that
/// failure reported after the repair; none as long as the window is open at `until` and nothing has happened, and for
/// repairs without a mode.
#[must_use]
pub fn repeats(
    failures: &[Failure],
    window: SignedDuration,
    until: Timestamp,
) -> Vec<Option<bool>> {
    let mut by: BTreeMap<(&str, &str), Vec<Timestamp>> = BTreeMap::new();
    for failure in failures.iter().filter(|failure| !failure.mode.is_empty()) {
        by.entry((&failure.asset, &failure.mode)).or_default().push(failure.at);
    }
    by.values_mut().for_each(|times| times.sort_unstable());
    let one = |failure: &Failure| {
        let times = by.get(&(failure.asset.as_str(), failure.mode.as_str()))?;
        let next = times.get(times.partition_point(|at| *at <= failure.mended));
        // A window past the end of time stays open.
        let end = failure.mended.checked_add(window).ok()?;
        let again = next.is_some_and(|at| *at <= end);
        (end <= until).then_some(again)
    };
    failures.iter().map(one).collect()
}

/// The figures of every group that has machines or failures.
#[must_use]
pub fn figures(
    machines: &[Exposure],
    failures: &[Failure],
    window: SignedDuration,
    until: Timestamp,
) -> BTreeMap<String, Figures> {
    let mut groups: BTreeMap<String, Figures> = BTreeMap::new();
    for machine in machines {
        let Some(days) = machine.days() else { continue };
        let group = groups.entry(machine.group.clone()).or_default();
        group.machines = group.machines.saturating_add(1);
        group.machine_days += days;
    }
    for (failure, again) in failures.iter().zip(repeats(failures, window, until)) {
        let group = groups.entry(failure.group.clone()).or_default();
        group.failures += u32::from(failure.watched);
        group.repairs_watched += u32::from(again.is_some());
        group.repeat_failures += u32::from(again == Some(true));
        group.visits_known += u32::from(failure.first_time.is_some());
        group.first_time_fixes += u32::from(failure.first_time == Some(true));
    }
    for group in groups.values_mut() {
        let Some((mean, lower, upper)) = mean_time_between(group.failures, group.machine_days)
        else {
            continue;
        };
        (group.mtbf_days, group.mtbf_lower, group.mtbf_upper) = (mean, Some(lower), upper);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(day: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * day)
    }

    fn failure(asset: &str, mode: &str, at: i64, mended: i64) -> Failure {
        Failure {
            asset: asset.to_owned(),
            group: "p".to_owned(),
            mode: mode.to_owned(),
            at: day(at),
            watched: true,
            mended: day(mended),
            first_time: None,
        }
    }

    const WINDOW: SignedDuration = SignedDuration::from_hours(24 * 30);

    #[test]
    fn a_repeat_is_the_same_machine_and_mode_within_the_window() {
        let all = [
            failure("a", "seal", 0, 1),
            failure("a", "seal", 31, 32),
            failure("a", "valve", 33, 34),
            failure("b", "seal", 35, 36),
            failure("a", "seal", 63, 64),
            failure("a", "", 5, 6),
        ];
        // 31 is within 30 days of 1; 63 is one day too late after 32; the window of the last is open at day 80.
        let found = repeats(&all, WINDOW, day(80));
        assert_eq!(found, [Some(true), Some(false), Some(false), Some(false), None, None]);
    }

    #[test]
    fn machines_that_never_failed_lengthen_the_mean() {
        let machine = |from, to| Exposure { group: "p".to_owned(), from: day(from), to: day(to) };
        let machines = [machine(0, 100), machine(50, 100), machine(100, 90)];
        let mut failures = [failure("a", "seal", 10, 11), failure("a", "valve", 20, 21)];
        failures[0].first_time = Some(true);
        failures[1].first_time = Some(false);
        let found = figures(&machines, &failures, WINDOW, day(100)).remove("p").unwrap();
        assert_eq!((found.machines, found.failures, found.mtbf_days), (2, 2, Some(75.0)));
        assert_eq!((found.repairs_watched, found.repeat_failures), (2, 0));
        assert_eq!((found.visits_known, found.first_time_fixes), (2, 1));
    }

    proptest! {
        #[test]
        fn a_wider_window_finds_no_fewer_repeats(times in prop::collection::vec(0i64..300, 1..30), window in 1i64..60) {
            let all: Vec<_> = times.iter().map(|at| failure("a", "m", *at, at + 1)).collect();
            let count = |days: i64| {
                repeats(&all, SignedDuration::from_hours(24 * days), day(1000)).iter().filter(|r| **r == Some(true)).count()
            };
            prop_assert!(count(window) <= count(window + 1));
        }
    }
}
