//! UTF-8 or GB18030, and how to tell them apart.

use encoding_rs::{Encoding, GB18030, UTF_8};

/// What the configuration says about the encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Look at the beginning of the file.
    Auto,
    /// This one.
    Fixed(&'static Encoding),
}

impl Choice {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "utf-8" => Some(Self::Fixed(UTF_8)),
            "gb18030" => Some(Self::Fixed(GB18030)),
            _ => None,
        }
    }

    /// The encoding of a file that begins with `head`.
    ///
    /// Lines vote, because one broken line must not turn a whole file into another encoding: Chinese text in GB18030
    /// is almost never valid UTF-8.
    pub(crate) fn settle(self, head: &[u8]) -> &'static Encoding {
        let Self::Auto = self else {
            return if let Self::Fixed(encoding) = self { encoding } else { UTF_8 };
        };
        // The last line may be cut in the middle of a character.
        let whole = head.iter().rposition(|byte| *byte == b'\n').map_or(head, |end| &head[..end]);
        let (mut utf8, mut other) = (0, 0);
        for line in whole.split(|byte| *byte == b'\n').filter(|line| !line.is_ascii()) {
            if std::str::from_utf8(line).is_ok() { utf8 += 1 } else { other += 1 }
        }
        if other > utf8 { GB18030 } else { UTF_8 }
    }
}

/// The text, or none when the bytes are not of this encoding.
pub(crate) fn decode(bytes: &[u8], encoding: &'static Encoding) -> Option<String> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_vote_on_the_encoding() {
        let (gb, _, _) = GB18030.encode("编号,名称\n1,赵甲\n2,钱乙\n");
        for (bytes, expected) in [
            (&b"a,b\n1,2\n"[..], UTF_8),
            ("编号,名称\n1,赵甲\n".as_bytes(), UTF_8),
            (&gb, GB18030),
            (b"\xe7\xbc\x96,x\n\xe7\xbc\x96,x\n1,\xff\xff\n", UTF_8),
        ] {
            assert_eq!(Choice::Auto.settle(bytes), expected, "{bytes:02x?}");
        }
        assert_eq!(Choice::Fixed(GB18030).settle(b"\xe7\xbc\x96\n"), GB18030);
    }

    #[test]
    fn bytes_of_no_character_are_refused() {
        assert_eq!(decode(b"\xd5\xd4\xbc\xd7", GB18030).as_deref(), Some("赵甲"));
        assert_eq!(decode(b"\xff\xff", GB18030), None);
        assert_eq!(decode(b"\xff\xff", UTF_8), None);
    }
}
