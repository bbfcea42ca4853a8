//! Instants and spans as whole nanoseconds in 64 bits: exact, and fast enough to count with.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Nanoseconds since the epoch, UTC.
pub(crate) type Nanos = i64;

pub(crate) const SECOND: Nanos = 1_000_000_000;
pub(crate) const DAY: Nanos = 86_400 * SECOND;
pub(crate) const YEAR: Nanos = 365 * DAY + DAY / 4;

/// A span that a promise cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be between 0 and 100 years")]
pub struct BadSpan;

/// Elapsed time, zero or more, at most 100 years; whole nanoseconds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Elapsed(Nanos);

impl Elapsed {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// From whole seconds, for constants of the domain.
    #[must_use]
    pub const fn seconds(seconds: u32) -> Self {
        Self(seconds as Nanos * SECOND)
    }

    /// From whole hours, for constants of the domain.
    #[must_use]
    pub const fn hours(hours: u16) -> Self {
        Self(hours as Nanos * 3600 * SECOND)
    }

    /// Checks the range.
    ///
    /// # Errors
    /// [`BadSpan`] if negative or above 100 years.
    pub fn new(span: SignedDuration) -> Result<Self, BadSpan> {
        match Nanos::try_from(span.as_nanos()) {
            Ok(nanos) if (0..=100 * YEAR).contains(&nanos) => Ok(Self(nanos)),
            _ => Err(BadSpan),
        }
    }

    /// The span as a duration.
    #[must_use]
    pub const fn get(self) -> SignedDuration {
        SignedDuration::from_nanos(self.0)
    }

    pub(crate) const fn nanos(self) -> Nanos {
        self.0
    }

    pub(crate) fn of_nanos(nanos: Nanos) -> Self {
        Self(nanos.max(0))
    }
}

/// The instant in nanoseconds; saturates outside the years 1677 to 2262, which every window excludes.
pub(crate) fn nanos(at: Timestamp) -> Nanos {
    at.as_second().saturating_mul(SECOND).saturating_add(Nanos::from(at.subsec_nanosecond()))
}

pub(crate) fn timestamp(nanos: Nanos) -> Timestamp {
    // Every 64-bit count of nanoseconds is within jiff's range.
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or(Timestamp::MAX)
}
