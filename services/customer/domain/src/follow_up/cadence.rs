//! How often contacts repeat.

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Months and days between contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cadence {
    months: u16,
    days: u16,
}

/// The text is no cadence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an ISO 8601 duration of whole years, months, weeks and days, as P1M, from one day to ten years"
)]
pub struct NoCadence;

impl Cadence {
    /// From an ISO 8601 duration: `P1M`, `P6M`, `P1Y`, `P2W`.
    ///
    /// # Errors
    /// [`NoCadence`].
    pub fn parse(text: &str) -> Result<Self, NoCadence> {
        let span: Span = text.parse().map_err(|_| NoCadence)?;
        let whole = Span::new()
            .years(span.get_years())
            .months(span.get_months())
            .weeks(span.get_weeks())
            .days(span.get_days());
        if span.is_negative() || span.fieldwise() != whole.fieldwise() {
            return Err(NoCadence);
        }
        let months = i64::from(span.get_years()) * 12 + i64::from(span.get_months());
        let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
        let within = (0..=120).contains(&months) && (0..=3650).contains(&days) && months + days > 0;
        match (u16::try_from(months), u16::try_from(days)) {
            (Ok(months), Ok(days)) if within => Ok(Self { months, days }),
            _ => Err(NoCadence),
        }
    }

    /// The date after this one; the last day of a shorter month where there is none. None past the end of time.
    #[must_use]
    pub fn after(self, date: Date) -> Option<Date> {
        let span = Span::new().months(i32::from(self.months)).days(i32::from(self.days));
        date.checked_add(span).ok()
    }

    /// As an ISO 8601 duration.
    #[must_use]
    pub fn iso(self) -> String {
        match (self.months, self.days) {
            (months, 0) => format!("P{months}M"),
            (0, days) => format!("P{days}D"),
            (months, days) => format!("P{months}M{days}D"),
        }
    }
}
