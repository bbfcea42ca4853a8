//! How alike two texts are, letter by letter: batches ask it millions of times, so that nothing is set aside or decoded twice.

/// Longer texts are left to `strsim`.
const MOST: usize = 64;

/// Nothing of interest is less alike; Winkler's bonus begins here too.
const LEAST: f64 = 0.7;

/// A text, letter by letter.
struct Letters {
    letters: [char; MOST],
    length: usize,
    /// A bit for each letter that occurs, by the last six bits of its code.
    occurring: u64,
}

impl Letters {
    /// None if they are too many.
    fn of(text: &str) -> Option<Self> {
        let mut found = Self { letters: ['\0'; MOST], length: 0, occurring: 0 };
        for letter in text.chars() {
            *found.letters.get_mut(found.length)? = letter;
            found.length += 1;
            found.occurring |= 1 << (u32::from(letter) % 64);
        }
        Some(found)
    }

    fn as_slice(&self) -> &[char] {
        &self.letters[..self.length]
    }

    /// At most so many of the letters occur in the other text.
    fn at_most_in(&self, other: &Self) -> usize {
        self.length - (self.occurring & !other.occurring).count_ones() as usize
    }
}

/// Similarity of Jaro (1989) with the bonus of Winkler (1990) for up to four equal first letters, 0..=1; the bonus only above
/// 0.7, as `strsim` and Winkler's own program have it. Where it is at most 0.7, so is the answer, but it may be larger.
pub(crate) fn jaro_winkler(a: &str, b: &str) -> f64 {
    let (Some(left), Some(right)) = (Letters::of(a), Letters::of(b)) else {
        return strsim::jaro_winkler(a, b);
    };
    let most = left.at_most_in(&right).min(right.at_most_in(&left));
    let bound = similarity((left.length, right.length), (most, 0));
    if bound <= LEAST {
        return bound;
    }
    let (left, right) = (left.as_slice(), right.as_slice());
    let similarity = jaro(left, right);
    if similarity <= LEAST {
        return similarity;
    }
    let same = left.iter().take(4).zip(right).take_while(|(a, b)| a == b).count();
    similarity + 0.1 * float(same) * (1.0 - similarity)
}

/// Of texts of two lengths with so many matching letters, of which so many pairs are exchanged.
fn similarity((m, n): (usize, usize), (matches, exchanged): (usize, usize)) -> f64 {
    if matches == 0 {
        return if (m, n) == (0, 0) { 1.0 } else { 0.0 };
    }
    let all = float(matches);
    (all / float(m) + all / float(n) + float(matches - exchanged) / all) / 3.0
}

fn jaro(left: &[char], right: &[char]) -> f64 {
    let lengths = (left.len(), right.len());
    let range = (left.len().max(right.len()) / 2).saturating_sub(1);
    // A bit for each letter that has found its like.
    let (mut of_left, mut of_right) = (0_u64, 0_u64);
    for (i, letter) in left.iter().enumerate() {
        let (start, end) = (i.saturating_sub(range), right.len().min(i + range + 1));
        for (j, other) in right.iter().enumerate().take(end).skip(start) {
            if other == letter && of_right >> j & 1 == 0 {
                (of_left, of_right) = (of_left | 1 << i, of_right | 1 << j);
                break;
            }
        }
    }
    let matches = of_left.count_ones() as usize;
    let bound = similarity(lengths, (matches, 0));
    if bound <= LEAST {
        return bound;
    }
    let mut unlike = 0;
    while of_left != 0 {
        let (i, j) = (of_left.trailing_zeros(), of_right.trailing_zeros());
        unlike += usize::from(left.get(i as usize) != right.get(j as usize));
        (of_left, of_right) = (of_left & (of_left - 1), of_right & (of_right - 1));
    }
    similarity(lengths, (matches, unlike / 2))
}

/// Counts of letters are at most 64.
#[expect(clippy::cast_precision_loss, reason = "a count of letters is far below 2^53")]
const fn float(count: usize) -> f64 {
    count as f64
}

/// Whether texts are equal but for one letter inserted, lost or changed, or two neighbours exchanged: an optimal string
/// alignment distance of at most 1.
pub(crate) fn is_one_slip(a: &str, b: &str) -> bool {
    let mut left = a.chars();
    let mut right = b.chars();
    // Without what they begin and end with alike, one slip is all that is left.
    loop {
        let (rest_a, rest_b) = (left.clone(), right.clone());
        match (left.next(), right.next()) {
            (Some(a), Some(b)) if a == b => {}
            _ => {
                (left, right) = (rest_a, rest_b);
                break;
            }
        }
    }
    loop {
        let (rest_a, rest_b) = (left.clone(), right.clone());
        match (left.next_back(), right.next_back()) {
            (Some(a), Some(b)) if a == b => {}
            _ => {
                (left, right) = (rest_a, rest_b);
                break;
            }
        }
    }
    let mut ends = || (left.next(), right.next());
    match (ends(), ends()) {
        (_, (None, None)) => true,
        ((Some(a), Some(b)), (Some(c), Some(d))) => a == d && b == c && ends() == (None, None),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAST, is_one_slip, jaro_winkler};
    use proptest::prelude::{ProptestConfig, TestCaseError, prop_assert, prop_assert_eq, proptest};

    #[test]
    fn the_published_examples_hold() {
        // Winkler (1990), table 2.1, as Wikipedia and many programs repeat it.
        for (a, b, known) in
            [("MARTHA", "MARHTA", 0.9611), ("DWAYNE", "DUANE", 0.84), ("DIXON", "DICKSONX", 0.8133)]
        {
            assert!((jaro_winkler(a, b) - known).abs() < 5e-5, "{a} {b}");
        }
    }

    #[test]
    fn a_slip_is_one_letter_or_two_neighbours() {
        for (a, b, slip) in [
            ("12345", "12345", true),
            ("12345", "12435", true),
            ("12345", "1235", true),
            ("12345", "123745", true),
            ("12345", "12945", true),
            ("12345", "14325", false),
            ("12345", "1254", false),
            ("12", "34", false),
            ("", "1", true),
            ("", "12", false),
        ] {
            assert_eq!(is_one_slip(a, b), slip, "{a} {b}");
            assert_eq!(is_one_slip(b, a), slip, "{b} {a}");
        }
    }

    fn same(a: &str, b: &str) -> Result<(), TestCaseError> {
        let (ours, theirs) = (jaro_winkler(a, b), strsim::jaro_winkler(a, b));
        prop_assert!(theirs <= ours && (ours.to_bits() == theirs.to_bits() || ours <= LEAST));
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn both_are_what_strsim_says(a in "[abc\u{4e00}-\u{4e03}]{0,8}", b in "[abc\u{4e00}-\u{4e03}]{0,8}") {
            same(&a, &b)?;
            prop_assert_eq!(is_one_slip(&a, &b), strsim::osa_distance(&a, &b) <= 1);
        }

        #[test]
        fn long_texts_too(a in "[a-d]{50,70}", b in "[a-d]{50,70}") {
            same(&a, &b)?;
        }
    }
}
