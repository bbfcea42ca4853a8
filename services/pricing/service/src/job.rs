//! What is done when its time has come: contracts renew themselves or expire, weeks and months are reported on, families are
//! fitted anew.

use crate::handler::contract::renew;
use crate::handler::{failure_model, report};
use crate::server::Server;
use aftercare_platform::identity::Call;
use aftercare_platform::jobs::{Handler, Job, Next, Plan};
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use aftercare_pricing_domain::language::Language;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const CONTRACT_END: &str = "pricing.contract-end";
const REPORT: &str = "pricing.report";
const REFIT: &str = "pricing.refit";

/// The first moment of a day, UTC.
fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |at| at.timestamp())
}

/// Plans a contract's end, and the reports of the week and the month in which it is planned.
///
/// # Errors
/// As the database says.
pub(crate) async fn plan_contract(write: &Write, name: &str, end: Date) -> Result<(), Error> {
    let today = day_of(write.call().now);
    write.schedule(&plan(CONTRACT_END, name, end)).await?;
    let reports = [Rhythm::Week, Rhythm::Month];
    let reports = reports.map(|rhythm| plan(REPORT, rhythm.key(), rhythm.after(today)));
    // What runs already may be weeks behind after an outage; it is not moved past them.
    Ok(write.schedule_new(&reports).await?)
}

/// Plans that families are fitted anew, the next day and each day from then on.
///
/// # Errors
/// As the database says.
pub(crate) async fn plan_refit(write: &Write) -> Result<(), Error> {
    let tomorrow = next_day(day_of(write.call().now));
    Ok(write.schedule_new(&[plan(REFIT, "failureModels", tomorrow)]).await?)
}

fn plan<'a>(kind: &'a str, key: &'a str, due: Date) -> Plan<'a> {
    Plan { kind, key, due: midnight(due), payload: Vec::new() }
}

fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn next_day(day: Date) -> Date {
    day.tomorrow().unwrap_or(Date::MAX)
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
        let end = day_of(job.due);
        let period = (rhythm.before(end), end);
        let made = report::make(&self.server, call, period, Language::English).await?;
        report::keep(write, call, period, &made).await?;
        // Not `Next::At`, which is never in the past: after an outage the next one missed is due then as well.
        Ok(Next::Continue { due: midnight(rhythm.after(end)), payload: Vec::new() })
    }
}

/// Fits families anew, one a turn: a fit of much evidence takes a while, and the turns between are others'.
pub(crate) struct Refit {
    pub server: Server,
}

#[async_trait::async_trait]
impl Handler for Refit {
    fn kind(&self) -> &'static str {
        REFIT
    }

    async fn run(&self, call: &Call, write: &mut Write, job: &Job) -> Result<Next, Error> {
        let after = String::from_utf8_lossy(&job.payload);
        let fitted = failure_model::refit_next(&self.server, call, write, &after).await?;
        Ok(match fitted {
            Some(family) => Next::Continue { due: call.now, payload: family.into_bytes() },
            // After an outage once is enough: a fit takes all evidence that there is.
            None => {
                let due = midnight(next_day(day_of(call.now)));
                Next::Continue { due, payload: Vec::new() }
            }
        })
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
