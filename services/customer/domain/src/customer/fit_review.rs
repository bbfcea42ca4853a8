//! The review of a HARMFUL fit: raised by itself ahead of the end, over when somebody decided or the time is.

use super::FitBasis;
use aftercare_kernel::words;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

words! {
    /// What became of a review.
    FitReviewState {
        /// Waits for somebody to propose what comes after.
        Open = "OPEN",
        /// HARMFUL was approved again.
        Renewed = "RENEWED",
        /// Another fit was approved.
        Changed = "CHANGED",
        /// Nobody decided.
        Lapsed = "LAPSED",
    }
}

/// The review of a customer's fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FitReview {
    /// Where it stands.
    pub state: FitReviewState,
    /// What the fit rests on.
    pub basis: FitBasis,
    /// When it ends.
    pub expires: Timestamp,
    /// When the review was decided or lapsed.
    pub closed: Option<Timestamp>,
}

/// How long before the end a review is raised.
const AHEAD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// When a fit that was approved is reviewed: 30 days before it ends, or half-way if it lasts less than 60.
#[must_use]
pub fn review_time(approved: Timestamp, expires: Timestamp) -> Timestamp {
    let half = expires.duration_since(approved) / 2;
    expires - half.min(AHEAD).max(SignedDuration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_comes_a_month_ahead_or_half_way() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (approved, expires, review) in [
            ("2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", "2026-12-01T00:00:00Z"),
            ("2026-01-01T00:00:00Z", "2026-03-02T00:00:00Z", "2026-01-31T00:00:00Z"),
            ("2026-01-01T00:00:00Z", "2026-01-11T00:00:00Z", "2026-01-06T00:00:00Z"),
            // Approved after its end: at once.
            ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(review_time(at(approved), at(expires)), at(review), "{expires}");
        }
    }
}
