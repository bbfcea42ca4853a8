//! How a name is read: Chinese characters in pinyin without tones, everything else as written.

use pinyin::ToPinyin;

/// Syllables of a word: one for each Chinese character, one for each run of anything else.
pub(crate) fn syllables(word: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut run = String::new();
    for (character, reading) in word.chars().zip(word.to_pinyin()) {
        match reading {
            None => run.push(character),
            Some(reading) => {
                if !run.is_empty() {
                    all.push(std::mem::take(&mut run));
                }
                all.push(reading.plain().to_owned());
            }
        }
    }
    if !run.is_empty() {
        all.push(run);
    }
    all
}

/// The whole text as it is read, without spaces.
#[must_use]
pub fn reading_of(text: &str) -> String {
    if text.is_ascii() {
        return text.split_whitespace().collect();
    }
    text.split_whitespace().flat_map(syllables).collect()
}
