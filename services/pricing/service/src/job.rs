//! What is done when its time has come: contracts renew themselves or expire, and weeks and months are reported on.

use crate::handler::contract::renew;
use crate::handler::report;
use crate::server::Server;
use aftercare_platform::identity::Call;
use aftercare_platform::jobs::{Handler, Job, Next, Plan};
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const CONTRACT_END: &str = "pricing.contract-end";
const REPORT: &str = "pricing.report";

/// The first moment of a day, UTC.
fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |at| at.timestamp())
}

/// Plans a contract's end, and the reports of the week and the month in which it is planned.
///
/// # Errors
/// As the database says.
pub(crate) async fn plan_contract(write: &Write, name: &str, end: Date) -> Result<(), Error> {
    let today = write.call().now.to_zoned(TimeZone::UTC).date();
    let plan = |kind, key, due, payload: &str| Plan {
        kind,
        key,
        due: midnight(due),
        payload: payload.as_bytes().to_vec(),
    };
    let plans = [
        plan(CONTRACT_END, name, end, ""),
        plan(REPORT, Rhythm::Week.key(), Rhythm::Week.after(today), ""),
        plan(REPORT, Rhythm::Month.key(), Rhythm::Month.after(today), ""),
    ];
    Ok(write.schedule_all(&plans).await?)
}

/// Takes a contract's end back.
///
/// # Errors
/// As the database says.
pub(crate) async fn forget_contract(write: &Write, name: &str) -> Result<(), Error> {
    Ok(write.cancel(CONTRACT_END, name).await?)
}

/// Renews a contract whose end has come, or lets it expire.
pub(crate) struct ContractEnd {
    pub server: Server,
}

#[async_trait::async_trait]
impl Handler for ContractEnd {
    fn kind(&self) -> &'static str {
        CONTRACT_END
    }

    async fn run(&self, call: &Call, write: &mut Write, job: &Job) -> Result<Next, Error> {
        let id = job.key.rsplit('/').next().unwrap_or_default();
        let waits = renew::settle_one(&self.server, call, write, id).await?;
        Ok(waits.map_or(Next::Done, |end| Next::At(midnight(end))))
    }
}

/// How often a report is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rhythm {
    Week,
    Month,
}

impl Rhythm {
    const fn key(self) -> &'static str {
        match self {
            Self::Week => "reports/week",
            Self::Month => "reports/month",
        }
    }

    /// The first day of the next week or month: a Monday, or the first.
    fn after(self, day: Date) -> Date {
        match self {
            Self::Week => day.nth_weekday(1, Weekday::Monday).unwrap_or(Date::MAX),
            Self::Month => day.first_of_month().checked_add(1.month()).unwrap_or(Date::MAX),
        }
    }

    /// The first day of the week or month that ended then.
    fn before(self, end: Date) -> Date {
        let span = match self {
            Self::Week => 1.week(),
            Self::Month => 1.month(),
        };
        end.checked_sub(span).unwrap_or(Date::MIN)
    }
}

/// Makes the report of a week or month that is over.
pub(crate) struct PeriodicReport {
    pub server: Server,
}

#[async_trait::async_trait]
impl Handler for PeriodicReport {
    fn kind(&self) -> &'static str {
        REPORT
    }

    async fn run(&self, call: &Call, write: &mut Write, job: &Job) -> Result<Next, Error> {
        let rhythm = if job.key == Rhythm::Month.key() { Rhythm::Month } else { Rhythm::Week };
        let end = job.due.to_zoned(TimeZone::UTC).date();
        let made = report::make(&self.server, call, (rhythm.before(end), end)).await?;
        report::keep(write, call, (rhythm.before(end), end), &made).await?;
        Ok(Next::At(midnight(rhythm.after(end))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn reports_are_made_on_mondays_and_on_the_first() {
        // 1 July 2026 is a Wednesday.
        for (day, monday, first) in [
            (date(2026, 7, 1), date(2026, 7, 6), date(2026, 8, 1)),
            (date(2026, 7, 6), date(2026, 7, 13), date(2026, 8, 1)),
            (date(2026, 12, 31), date(2027, 1, 4), date(2027, 1, 1)),
        ] {
            assert_eq!(Rhythm::Week.after(day), monday);
            assert_eq!(Rhythm::Month.after(day), first);
            assert_eq!(Rhythm::Week.after(Rhythm::Week.before(monday)), monday);
            assert_eq!(Rhythm::Month.after(Rhythm::Month.before(first)), first);
        }
    }
}
