//! Half-open periods of civil dates.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A period that would be empty or run backwards.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must end after it starts")]
pub struct EmptyPeriod;

/// Civil dates `[start, end)`; the end may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    start: Date,
    end: Option<Date>,
}

impl Period {
    /// A period that ends the day before `end`.
    ///
    /// # Errors
    /// [`EmptyPeriod`] unless `end` is after `start`.
    pub fn new(start: Date, end: Option<Date>) -> Result<Self, EmptyPeriod> {
        match end {
            Some(end) if end <= start => Err(EmptyPeriod),
            _ => Ok(Self { start, end }),
        }
    }

    /// The first day.
    #[must_use]
    pub const fn start(&self) -> Date {
        self.start
    }

    /// The first day after the period; none if it is open.
    #[must_use]
    pub const fn end(&self) -> Option<Date> {
        self.end
    }

    /// Whether the day lies in the period.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.start <= day && self.end.is_none_or(|end| day < end)
    }

    /// Whether the two share a day.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.end.is_none_or(|end| other.start < end) && other.end.is_none_or(|end| self.start < end)
    }

    /// Days in the period; none if it is open.
    #[must_use]
    pub fn days(&self) -> Option<i32> {
        self.end.map(|end| (end - self.start).get_days())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn neighbours_do_not_overlap() {
        let a = Period::new(date(2025, 1, 1), Some(date(2025, 7, 1))).unwrap();
        let b = Period::new(date(2025, 7, 1), None).unwrap();
        assert!(!a.overlaps(&b) && !b.overlaps(&a));
        assert!(!a.contains(date(2025, 7, 1)) && b.contains(date(2025, 7, 1)));
        assert_eq!(a.days(), Some(181));
        assert!(Period::new(date(2025, 1, 1), Some(date(2025, 1, 1))).is_err());
    }
}
