//! Where records of a separated file begin and end, also when quotes are broken.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// A record over more lines than this has a quote that nobody closed.
const MAX_LINES: usize = 200;
/// A record of more bytes than this is refused.
const MAX_BYTES: usize = 1 << 20;

/// The next record as raw bytes with its line end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The record; of one that is too long only the beginning.
    pub(crate) bytes: Vec<u8>,
    /// How many bytes of the file it takes.
    pub(crate) length: u64,
    pub(crate) lines: u64,
    pub(crate) fault: Option<Fault>,
}

/// Why a piece is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    UnclosedQuote,
    TextAfterQuote,
    TooLong,
}

impl Fault {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::UnclosedQuote => "UNCLOSED_QUOTE",
            Self::TextAfterQuote => "TEXT_AFTER_QUOTE",
            Self::TooLong => "RECORD_TOO_LONG",
        }
    }

    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::UnclosedQuote => "a quote opens a field and none closes it",
            Self::TextAfterQuote => {
                "text follows a closing quote; quotes inside a field must be doubled"
            }
            Self::TooLong => "the record is longer than 1 MiB",
        }
    }
}

/// Takes the next record; none at the end. A record with broken quotes costs its first line only: reading goes on
/// at the line after it. Every byte that is taken goes through `taken`, once and in order.
pub(crate) fn next(
    file: &mut (impl BufRead + Seek),
    delimiter: Option<u8>,
    mut taken: impl FnMut(&[u8]),
) -> io::Result<Option<Piece>> {
    let (mut bytes, mut state) = (Vec::new(), State::FieldStart);
    let (mut first_line, mut lines) = (0, 0);
    loop {
        let before = bytes.len();
        if file.by_ref().take(MAX_BYTES as u64).read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        lines += 1;
        if lines == 1 {
            first_line = bytes.len();
        }
        let Some(delimiter) = delimiter else { break };
        state = bytes[before..].iter().fold(state, |state, byte| state.step(*byte, delimiter));
        if state != State::Quoted || lines >= MAX_LINES || bytes.len() >= MAX_BYTES {
            break;
        }
    }
    if bytes.is_empty() {
        return Ok(None);
    }
    let fault = match state {
        _ if first_line >= MAX_BYTES => Some(Fault::TooLong),
        State::Quoted => Some(Fault::UnclosedQuote),
        // The quote that seemed to close it on a later line belongs to that line.
        State::Broken if lines > 1 => Some(Fault::UnclosedQuote),
        State::Broken => Some(Fault::TextAfterQuote),
        State::FieldStart | State::Bare | State::QuoteSeen => None,
    };
    if fault.is_some() && lines > 1 {
        let back = i64::try_from(bytes.len() - first_line).map_err(io::Error::other)?;
        file.seek(SeekFrom::Current(-back))?;
        bytes.truncate(first_line);
        lines = 1;
    }
    taken(&bytes);
    let mut length = bytes.len() as u64;
    if !bytes.ends_with(b"\n") {
        length += skip_line(file, taken)?;
    }
    Ok(Some(Piece { bytes, length, lines: lines as u64, fault }))
}

/// Passes over the rest of a line without keeping it.
fn skip_line(file: &mut impl BufRead, mut taken: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = file.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n').map(|end| end + 1);
        let part = end.unwrap_or(buffer.len());
        taken(&buffer[..part]);
        file.consume(part);
        skipped += part as u64;
        if end.is_some() || part == 0 {
            return Ok(skipped);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Bare,
    Quoted,
    QuoteSeen,
    Broken,
}

impl State {
    fn step(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Broken, _) => Self::Broken,
            (Self::Quoted, b'"') => Self::QuoteSeen,
            (Self::Quoted, _) | (Self::QuoteSeen, b'"') => Self::Quoted,
            (Self::FieldStart, b'"') => Self::Quoted,
            (Self::QuoteSeen, b'\r') => Self::QuoteSeen,
            (_, byte) if byte == delimiter || byte == b'\n' => Self::FieldStart,
            (Self::QuoteSeen, _) => Self::Broken,
            (Self::FieldStart | Self::Bare, _) => Self::Bare,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn pieces(text: &[u8]) -> Vec<(String, Option<Fault>)> {
        let (mut file, mut all) = (Cursor::new(text), Vec::new());
        while let Some(piece) = next(&mut file, Some(b','), |_| {}).unwrap() {
            all.push((String::from_utf8_lossy(&piece.bytes).into_owned(), piece.fault));
        }
        all
    }

    #[test]
    fn a_broken_quote_costs_its_own_line_only() {
        for (text, expected) in [
            ("a,b\nc,d\n", vec![("a,b\n", None), ("c,d\n", None)]),
            ("a,\"b\nc\",d\ne\n", vec![("a,\"b\nc\",d\n", None), ("e\n", None)]),
            ("a,5\" pipe\nb\n", vec![("a,5\" pipe\n", None), ("b\n", None)]),
            ("a,\"say \"\"hi\"\"\"\r\nb", vec![("a,\"say \"\"hi\"\"\"\r\n", None), ("b", None)]),
            ("a,\"b\nc,d\n", vec![("a,\"b\n", Some(Fault::UnclosedQuote)), ("c,d\n", None)]),
            (
                "a,\"b\nc,\"d\",e\nf\n",
                vec![("a,\"b\n", Some(Fault::UnclosedQuote)), ("c,\"d\",e\n", None), ("f\n", None)],
            ),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(t, f)| (t.to_owned(), f)).collect();
            assert_eq!(pieces(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_without_end_costs_no_memory_and_the_next_is_read() {
        let text = [vec![b'x'; 3 * MAX_BYTES], b"\na,b\n".to_vec()].concat();
        let (mut file, mut taken) = (Cursor::new(&text), 0);
        let piece = next(&mut file, Some(b','), |bytes| taken += bytes.len()).unwrap().unwrap();
        assert_eq!(piece.fault, Some(Fault::TooLong));
        assert_eq!((piece.bytes.len(), piece.length), (MAX_BYTES, 3 * MAX_BYTES as u64 + 1));
        assert_eq!(taken, 3 * MAX_BYTES + 1);
        assert_eq!(next(&mut file, Some(b','), |_| {}).unwrap().unwrap().bytes, b"a,b\n");
    }

    proptest! {
        #[test]
        fn pieces_put_together_are_the_file(text in "[ab,\"\r\n]{0,200}") {
            let whole: String = pieces(text.as_bytes()).into_iter().map(|(text, _)| text).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
