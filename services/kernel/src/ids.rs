//! Identifiers: tenants, resource ids, and the resource names built from them.

use std::fmt;

/// Why a text is no resource id or no resource name of the expected form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The id is empty, too long or has a character that ids don't have.
    #[error("must be 1 to 63 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit")]
    Malformed,
    /// The resource name does not follow its pattern.
    #[error("must have the form {pattern}")]
    Name {
        /// The pattern, as in the proto's `google.api.resource`.
        pattern: &'static str,
    },
}

/// Checks one id segment: 1 to 63 of `a-z 0-9 . _ -`, beginning with a letter or digit.
///
/// # Errors
/// [`IdError::Malformed`].
pub fn check_id(text: &str) -> Result<(), IdError> {
    let bytes = text.as_bytes();
    let first = bytes.first().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let rest = bytes
        .iter()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'));
    if first && rest && bytes.len() <= 63 { Ok(()) } else { Err(IdError::Malformed) }
}

/// The variable segments of a resource name, checked against its pattern.
///
/// ```
/// use aftercare_kernel::ids::name_segments;
/// let [customer, asset] = name_segments("customers/{customer}/assets/{asset}", "customers/c1/assets/a7").unwrap();
/// assert_eq!((customer, asset), ("c1", "a7"));
/// ```
///
/// # Errors
/// [`IdError::Name`] with the pattern; [`IdError::Malformed`] for a segment that is no id.
pub fn name_segments<'a, const N: usize>(
    pattern: &'static str,
    name: &'a str,
) -> Result<[&'a str; N], IdError> {
    let mut found = [""; N];
    let mut count = 0;
    let mut segments = name.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next().ok_or(IdError::Name { pattern })?;
        if expected.starts_with('{') {
            check_id(segment)?;
            let slot = found.get_mut(count).ok_or(IdError::Name { pattern })?;
            *slot = segment;
            count += 1;
        } else if expected != segment {
            return Err(IdError::Name { pattern });
        }
    }
    if segments.next().is_some() || count != N {
        return Err(IdError::Name { pattern });
    }
    Ok(found)
}

/// Defines a newtype for one kind of resource id: a checked text, a UUIDv7 unless the caller chose it.
#[macro_export]
macro_rules! resource_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, $crate::ids::Serialize, $crate::ids::Deserialize)]
        #[serde(crate = "aftercare_kernel::ids::serde_crate", transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks the text.
            ///
            /// # Errors
            /// `IdError::Malformed`.
            pub fn parse(text: &str) -> Result<Self, $crate::ids::IdError> {
                $crate::ids::check_id(text)?;
                Ok(Self(text.to_owned()))
            }

            /// The id of a fresh UUID, which the caller provides.
            #[must_use]
            pub fn from_uuid(uuid: $crate::ids::Uuid) -> Self {
                Self(uuid.to_string())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

#[doc(hidden)]
pub use serde::{self as serde_crate, Deserialize, Serialize};
pub use uuid::Uuid;

/// The tenant whose data a call may see. Comes from the caller's identity, never from a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(String);

impl TenantId {
    /// Checks the text: the same form as a resource id.
    ///
    /// # Errors
    /// [`IdError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, IdError> {
        check_id(text)?;
        Ok(Self(text.to_owned()))
    }

    /// The tenant as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_follow_their_pattern_or_are_refused() {
        let pattern = "customers/{customer}/assets/{asset}";
        assert_eq!(name_segments::<2>(pattern, "customers/a/assets/b"), Ok(["a", "b"]));
        for wrong in [
            "",
            "customers/a",
            "customers/a/assets/b/c",
            "customer/a/assets/b",
            "customers//assets/b",
            "customers/A/assets/b",
        ] {
            assert!(name_segments::<2>(pattern, wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn an_id_survives_being_put_into_a_name(id in "[a-z0-9][a-z0-9._-]{0,62}") {
            let name = format!("customers/{id}");
            prop_assert_eq!(name_segments::<1>("customers/{customer}", &name), Ok([id.as_str()]));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = name_segments::<1>("customers/{customer}", &text);
        }
    }
}
