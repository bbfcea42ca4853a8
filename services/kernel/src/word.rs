//! Enumerations whose values are written as the glossary's words, in stores and in messages alike.

/// A text that is none of an enumeration's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {expected}")]
pub struct UnknownWord {
    /// The words, comma-separated.
    pub expected: String,
}

/// Defines an enumeration with `ALL`, `as_str`, `parse` and `Display`; serialised as its word.
///
/// ```
/// aftercare_kernel::words! {
///     /// How loud.
///     Volume { /** Hardly. */ Low = "LOW", /** Very. */ High = "HIGH" }
/// }
/// assert_eq!(Volume::parse("HIGH"), Ok(Volume::High));
/// assert_eq!(Volume::parse("NO").unwrap_err().to_string(), "must be one of LOW, HIGH");
/// ```
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, $crate::ids::Serialize, $crate::ids::Deserialize)]
        #[serde(crate = "aftercare_kernel::ids::serde_crate")]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of a word.
            ///
            /// # Errors
            /// `UnknownWord` names the words there are.
            pub fn parse(word: &str) -> Result<Self, $crate::word::UnknownWord> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word).ok_or_else(|| {
                    let words: Vec<_> = Self::ALL.iter().map(|value| value.as_str()).collect();
                    $crate::word::UnknownWord { expected: words.join(", ") }
                })
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
