//! Names as weighted words: a rare word that two names share says more than a common one.
//!
//! The similarity is the weight of what is shared over the weight of what is there, with words that are nearly alike
//! counted as shared (soft TF-IDF: Cohen, Ravikumar and Fienberg 2003, section 2.3). Chinese names have no spaces: their
//! words are the readings of each two neighbouring characters, so that a homophone, and a name in Latin letters, is found.

use super::likeness::jaro_winkler;
use super::reading::reading_of;
use std::collections::{BTreeMap, HashMap};

/// The words of a name: ids in ascending order, the weight of each, and the whole reading.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tokens {
    pub(crate) ids: Vec<u32>,
    pub(crate) total: f64,
    pub(crate) reading: u32,
}

/// All words of a column with their weights.
#[derive(Debug, Clone, Default)]
pub struct TokenBook {
    ids: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
    pub(crate) weights: Vec<f64>,
    /// Whether a slip in the word is possible: it was written in letters and is long enough.
    spelt: Vec<bool>,
    readings: HashMap<Box<str>, u32>,
}

/// Words at least this alike (Jaro-Winkler) count as shared.
const SAME_WORD: f64 = 0.92;
/// Shorter words must be equal.
const FUZZY_LENGTH: usize = 5;

impl TokenBook {
    /// The words of these texts, each text as frequent as its count says.
    pub(crate) fn new(texts: &[Box<str>], counts: &[u32]) -> Self {
        let mut book = Self::default();
        let mut frequency: Vec<u32> = Vec::new();
        for (text, count) in texts.iter().zip(counts) {
            for (word, spelt) in words(text) {
                let next = u32::try_from(book.texts.len()).unwrap_or(u32::MAX);
                let id = match book.ids.get(word.as_str()) {
                    Some(id) => *id,
                    None => {
                        book.ids.insert(word.as_str().into(), next);
                        book.spelt.push(spelt && word.len() >= FUZZY_LENGTH);
                        book.texts.push(word.into());
                        frequency.push(0);
                        next
                    }
                };
                if let Some(known) = frequency.get_mut(id as usize) {
                    *known = known.saturating_add(*count);
                }
            }
            let next = u32::try_from(book.readings.len()).unwrap_or(u32::MAX) + 1;
            let reading = reading_of(text);
            if !reading.is_empty() {
                book.readings.entry(reading.into()).or_insert(next);
            }
        }
        let all = f64::from(counts.iter().skip(1).sum::<u32>());
        book.weights = frequency.iter().map(|df| rarity(*df, all)).collect();
        book
    }

    /// Weighs the words by how common they are among other records; an unknown word is in one of them.
    pub(crate) fn weigh(&mut self, known: &BTreeMap<String, u32>, records: u32) {
        let all = f64::from(records);
        let weight = |text: &str| rarity(known.get(text).copied().unwrap_or(1), all);
        self.weights = self.texts.iter().map(|text| weight(text)).collect();
    }

    /// How many records have each word.
    pub(crate) fn frequencies(
        &self,
        texts: &[Box<str>],
        counts: &[u32],
    ) -> impl Iterator<Item = (u32, String)> {
        let mut frequency = vec![0u32; self.texts.len()];
        for (text, count) in texts.iter().zip(counts) {
            for id in self.tokens(text).ids {
                if let Some(known) = frequency.get_mut(id as usize) {
                    *known = known.saturating_add(*count);
                }
            }
        }
        frequency.into_iter().zip(self.texts.iter().map(ToString::to_string))
    }

    /// The words of a text, those that the book knows.
    pub(crate) fn tokens(&self, text: &str) -> Tokens {
        let mut ids: Vec<u32> =
            words(text).filter_map(|(word, _)| self.ids.get(word.as_str()).copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        let total = ids.iter().map(|id| self.weight(*id)).sum();
        let reading = self.readings.get(reading_of(text).as_str()).copied().unwrap_or(0);
        Tokens { ids, total, reading }
    }

    pub(crate) fn weight(&self, id: u32) -> f64 {
        self.weights.get(id as usize).copied().unwrap_or(0.0)
    }

    fn text(&self, id: u32) -> &str {
        self.texts.get(id as usize).map_or("", |text| text)
    }

    /// Shared weight over all weight, 0..=1.
    pub(crate) fn similarity(&self, a: &Tokens, b: &Tokens) -> f64 {
        let (mut i, mut j, mut shared) = (0, 0, 0.0);
        let (mut only_a, mut only_b) = (Vec::new(), Vec::new());
        while let (Some(left), Some(right)) = (a.ids.get(i), b.ids.get(j)) {
            match left.cmp(right) {
                std::cmp::Ordering::Equal => {
                    shared += self.weight(*left);
                    (i, j) = (i + 1, j + 1);
                }
                std::cmp::Ordering::Less => {
                    only_a.push(*left);
                    i += 1;
                }
                std::cmp::Ordering::Greater => {
                    only_b.push(*right);
                    j += 1;
                }
            }
        }
        only_a.extend(a.ids.iter().skip(i));
        only_b.extend(b.ids.iter().skip(j));
        let mut all = a.total + b.total - shared;
        for left in only_a {
            let near = |right: &u32| self.near(left, *right);
            if let Some(place) = only_b.iter().position(near) {
                let right = only_b.swap_remove(place);
                let both = self.weight(left).min(self.weight(right));
                shared += both * SAME_WORD;
                all -= both;
            }
        }
        if all > 0.0 { shared / all } else { 0.0 }
    }

    fn near(&self, a: u32, b: u32) -> bool {
        let spelt = |id: u32| self.spelt.get(id as usize).copied().unwrap_or(false);
        if !(spelt(a) && spelt(b)) {
            return false;
        }
        let (a, b) = (self.text(a), self.text(b));
        // Slips are rare in the first letter (Pollock and Zamora 1984), and this is asked very often.
        a.as_bytes().first() == b.as_bytes().first() && jaro_winkler(a, b) >= SAME_WORD
    }
}

/// The weight of a word in so many of all records (inverse document frequency, Sparck Jones 1972).
fn rarity(records: u32, all: f64) -> f64 {
    ((all + 2.0) / (f64::from(records) + 0.5)).max(1.0).ln()
}

/// The words of a name, each once or more, and whether each is spelt in letters.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (String, bool)> + '_ {
    text.split_whitespace().flat_map(|word| {
        if word.is_ascii() {
            return vec![(word.to_owned(), true)];
        }
        let readings: Vec<String> = super::reading::syllables(word);
        if readings.len() < 2 {
            return readings.into_iter().map(|reading| (reading, false)).collect();
        }
        readings.windows(2).map(|pair| (pair.concat(), false)).collect()
    })
}
