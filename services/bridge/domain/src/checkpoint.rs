//! Where a run begins, and what a run keeps so that it can go on.

use serde::{Deserialize, Serialize};

/// What a run reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Mode {
    /// Everything from the beginning.
    Full,
    /// What came after the last saved batch of the connection.
    Incremental,
}

/// How far one stream of a run is; saved in the transaction of the batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamState {
    /// The stream's name.
    pub stream: String,
    /// The adapter's cursor after the last saved batch.
    pub cursor: Vec<u8>,
    /// Records read.
    pub read: u64,
    /// Records that a service took.
    pub written: u64,
    /// Records whose content we had.
    pub unchanged: u64,
    /// Records in quarantine.
    pub quarantined: u64,
    /// Records left out by the mapping, and deletions.
    pub skipped: u64,
    /// Records in all, as the adapter estimates; 0 when unknown.
    pub estimated: u64,
    /// Whether the stream was read to its end.
    pub done: bool,
}

/// The streams of a new run with the cursors at which they begin.
///
/// `saved` is the connection's checkpoint of a stream, `interrupted` what the run to be resumed had done.
#[must_use]
pub fn begin(
    mode: Mode,
    streams: &[String],
    saved: impl Fn(&str) -> Option<Vec<u8>>,
    interrupted: Option<&[StreamState]>,
) -> Vec<StreamState> {
    let begin = |stream: &String| {
        if let Some(state) =
            interrupted.and_then(|states| states.iter().find(|s| s.stream == *stream))
        {
            return state.clone();
        }
        let cursor = match mode {
            Mode::Full => None,
            Mode::Incremental => saved(stream),
        };
        StreamState {
            stream: stream.clone(),
            cursor: cursor.unwrap_or_default(),
            ..StreamState::default()
        }
    };
    streams.iter().map(begin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_begins_where_its_mode_says_and_a_resumed_one_where_it_stopped() {
        let streams = ["a".to_owned(), "b".to_owned()];
        let saved = |stream: &str| (stream == "a").then(|| b"end".to_vec());
        let cursors =
            |states: Vec<StreamState>| states.into_iter().map(|s| s.cursor).collect::<Vec<_>>();
        assert_eq!(cursors(begin(Mode::Full, &streams, saved, None)), [b"".to_vec(), b"".to_vec()]);
        assert_eq!(
            cursors(begin(Mode::Incremental, &streams, saved, None)),
            [b"end".to_vec(), b"".to_vec()]
        );
        let stopped = [StreamState {
            stream: "b".to_owned(),
            cursor: b"mid".to_vec(),
            read: 7,
            ..StreamState::default()
        }];
        let resumed = begin(Mode::Full, &streams, saved, Some(&stopped));
        assert_eq!(resumed[1], stopped[0]);
        assert_eq!(resumed[0].cursor, b"");
    }
}
