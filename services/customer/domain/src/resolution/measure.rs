//! How alike two values of a column are, as one of a few levels.

use super::likeness::{is_one_slip, jaro_winkler};
use super::table::{Column, MISSING};
use aftercare_kernel::words;

words! {
    /// How alike two values are.
    Level {
        /// One of them is not known.
        Missing = "missing",
        /// The same.
        Exact = "exact",
        /// Read the same, written otherwise.
        Reading = "same_reading",
        /// A slip apart.
        Close = "close",
        /// Something in common.
        Alike = "alike",
        /// Nothing in common.
        Different = "different",
    }
}

impl Level {
    /// Its place in a pattern, below [`LEVELS`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// How many levels there are.
pub(crate) const LEVELS: usize = 6;

/// How values of a column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Equal or not.
    Same,
    /// Codes and numbers: equal, or one character inserted, lost, changed or two neighbours exchanged.
    Code,
    /// Words: equal, Jaro-Winkler of 0.88 or more, of 0.75 or more.
    Text,
    /// Names of companies: equal, read the same, or weight of shared words 0.7 or more, 0.35 or more.
    Name,
    /// GB/T 2260 or ISO 3166 codes: equal, same province, other.
    Region,
}

/// Jaro-Winkler similarity (Winkler 1990) that is a slip, and that is something in common.
const TEXT: (f64, f64) = (0.88, 0.75);
/// Share of the words' weight that makes names near, and alike.
const NAME: (f64, f64) = (0.7, 0.35);

impl Measure {
    /// The levels that this measure knows, best first, without `Missing`.
    #[must_use]
    pub const fn levels(self) -> &'static [Level] {
        use Level::{Alike, Close, Different, Exact, Reading};
        match self {
            Self::Same => &[Exact, Different],
            Self::Code => &[Exact, Close, Different],
            Self::Text | Self::Region => &[Exact, Close, Alike, Different],
            Self::Name => &[Exact, Reading, Close, Alike, Different],
        }
    }

    /// How alike two symbols of the column are.
    pub(crate) fn level(self, column: &Column, a: u32, b: u32) -> Level {
        if a == MISSING || b == MISSING {
            return Level::Missing;
        }
        if a == b {
            return Level::Exact;
        }
        match self {
            Self::Same => Level::Different,
            Self::Code => code(column.text(a), column.text(b)),
            Self::Text => graded(jaro_winkler(column.text(a), column.text(b)), TEXT),
            Self::Region => region(column.text(a), column.text(b)),
            Self::Name => {
                let (a, b) = (column.tokens.get(a as usize), column.tokens.get(b as usize));
                let (Some(a), Some(b)) = (a, b) else { return Level::Different };
                if a.reading != 0 && a.reading == b.reading {
                    return Level::Reading;
                }
                graded(column.book.similarity(a, b), NAME)
            }
        }
    }
}

fn graded(similarity: f64, (close, alike): (f64, f64)) -> Level {
    if similarity >= close {
        Level::Close
    } else if similarity >= alike {
        Level::Alike
    } else {
        Level::Different
    }
}

fn code(a: &str, b: &str) -> Level {
    if is_one_slip(a, b) { Level::Close } else { Level::Different }
}

/// Same city is close, same province or country alike; a code that only says the province fits all within.
fn region(a: &str, b: &str) -> Level {
    let digits = |code: &str| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
    if !(digits(a) && digits(b)) {
        let country = |code: &str| code.get(..2).unwrap_or(code).to_owned();
        return if country(a) == country(b) { Level::Alike } else { Level::Different };
    }
    if a.get(..2) != b.get(..2) {
        return Level::Different;
    }
    let whole = |code: &str| code.get(2..) == Some("0000");
    if whole(a) || whole(b) || a.get(..4) == b.get(..4) { Level::Close } else { Level::Alike }
}
