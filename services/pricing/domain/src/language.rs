//! Languages that documents and explanations are written in.

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese in simplified characters.
    Chinese,
}

impl Language {
    /// Of a BCP 47 tag by its primary language; empty is English.
    ///
    /// # Errors
    /// A text that says what is possible.
    pub fn parse(tag: &str) -> Result<Self, &'static str> {
        match tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "" | "en" if !tag.starts_with(['-', '_']) => Ok(Self::English),
            "zh" => Ok(Self::Chinese),
            _ => Err("must be en or zh"),
        }
    }

    /// Its code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// The text of the language.
    #[must_use]
    pub const fn say(self, english: &'static str, chinese: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_by_their_primary_language() {
        for tag in ["", "en", "en-GB", "EN_us"] {
            assert_eq!(Language::parse(tag), Ok(Language::English), "{tag}");
        }
        for tag in ["zh", "zh-CN", "zh-Hans-CN", "ZH_cn"] {
            assert_eq!(Language::parse(tag), Ok(Language::Chinese), "{tag}");
        }
        for tag in ["fr", "-", "english", "z"] {
            assert!(Language::parse(tag).is_err(), "{tag}");
        }
    }
}
