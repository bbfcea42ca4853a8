//! Which machines a campaign concerns, and the digest of the list once it is frozen.

use crate::asset::Asset;
use aftercare_kernel::fault::Violations;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::cmp::Ordering;

/// Serial numbers from one to another, both within.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialRange {
    /// The first.
    pub first: String,
    /// The last.
    pub last: String,
}

/// Which machines are concerned.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CampaignScope {
    /// Only of these products, if any are named.
    pub products: Vec<String>,
    /// Of these lots.
    pub lots: Vec<String>,
    /// Within these ranges.
    pub serial_ranges: Vec<SerialRange>,
    /// With a part of these lots, as shipped.
    pub part_lots: Vec<String>,
}

impl CampaignScope {
    /// Notes an empty scope, empty words and ranges that end before they begin.
    pub fn check(&self, wrong: &mut Violations) {
        let nothing = self.products.is_empty() && !self.chooses();
        if nothing {
            wrong.add("", "needs products, lots, serial_ranges or part_lots");
        }
        let texts =
            [("products", &self.products), ("lots", &self.lots), ("part_lots", &self.part_lots)];
        for (field, values) in texts {
            for (i, value) in values.iter().enumerate() {
                if value.trim().is_empty() {
                    wrong.add(&format!("{field}[{i}]"), "must not be empty");
                }
            }
        }
        for (i, range) in self.serial_ranges.iter().enumerate() {
            if range.first.trim().is_empty() || range.last.trim().is_empty() {
                wrong.add(&format!("serial_ranges[{i}]"), "needs a first and a last serial");
            } else if compare_serials(&range.first, &range.last) == Ordering::Greater {
                wrong.add(&format!("serial_ranges[{i}].last"), "comes before first");
            }
        }
    }

    /// Whether lots, ranges or part lots choose among the products' machines.
    #[must_use]
    pub fn chooses(&self) -> bool {
        !(self.lots.is_empty() && self.serial_ranges.is_empty() && self.part_lots.is_empty())
    }

    /// Whether the machine is concerned.
    #[must_use]
    pub fn concerns(&self, asset: &Asset) -> bool {
        if !self.products.is_empty() && !self.products.contains(&asset.product) {
            return false;
        }
        let within = |range: &SerialRange| {
            compare_serials(&range.first, &asset.serial_number) != Ordering::Greater
                && compare_serials(&asset.serial_number, &range.last) != Ordering::Greater
        };
        !self.chooses()
            || self.lots.contains(&asset.lot)
            || self.serial_ranges.iter().any(within)
            || asset.parts.iter().any(|part| self.part_lots.contains(&part.lot))
    }
}

/// Orders serials: runs of digits as numbers of any length, all else as text, whatever the case; equal numbers with
/// more leading zeros come later.
#[must_use]
pub fn compare_serials(a: &str, b: &str) -> Ordering {
    let (left, right) = (a.trim().to_uppercase(), b.trim().to_uppercase());
    let (mut left, mut right) = (left.as_str(), right.as_str());
    let mut zeros = Ordering::Equal;
    while let (Some(l), Some(r)) = (left.chars().next(), right.chars().next()) {
        if l.is_ascii_digit() && r.is_ascii_digit() {
            let ((l, l_rest), (r, r_rest)) = (run(left), run(right));
            let (number_l, number_r) = (l.trim_start_matches('0'), r.trim_start_matches('0'));
            let found = number_l.len().cmp(&number_r.len()).then_with(|| number_l.cmp(number_r));
            if found != Ordering::Equal {
                return found;
            }
            zeros = zeros.then(l.len().cmp(&r.len()));
            (left, right) = (l_rest, r_rest);
        } else if l == r {
            (left, right) = (&left[l.len_utf8()..], &right[r.len_utf8()..]);
        } else {
            return l.cmp(&r);
        }
    }
    left.len().cmp(&right.len()).then(zeros)
}

fn run(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// SHA-256 of a list of (asset id, serial number), in hexadecimal: of the lines `id TAB serial LF` in the order of the
/// ids, so that anyone who holds the list can check it.
#[must_use]
pub fn digest(list: &[(String, String)]) -> String {
    let mut lines: Vec<&(String, String)> = list.iter().collect();
    lines.sort();
    let mut hash = Sha256::new();
    for (id, serial) in lines {
        hash.update(format!("{id}\t{serial}\n"));
    }
    hex::encode(hash.finalize())
}
