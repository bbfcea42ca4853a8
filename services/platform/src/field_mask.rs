//! Update masks (AIP-134, AIP-161): which fields of a resource a request writes.
//!
//! A mask names paths; a path covers what lies below it. `*` writes every field, also to nothing. No
//! mask, or an empty one, writes the fields that the request has values for and leaves the others.

use crate::filter::excerpt;
use aftercare_kernel::fault::{Invalid, Violations};
use prost_types::FieldMask;

/// A mask whose every path can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask(Coverage);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Coverage {
    /// No mask was given.
    Populated,
    /// `*`.
    All,
    Paths(Vec<String>),
}

/// Checks a request's `update_mask` against the paths that an update can write.
///
/// `allowed` has every such path at the depth at which the handler reads it: `address` where it takes
/// the address as a whole, `address.city` where it takes the city alone. Output-only fields are not in it.
///
/// # Errors
/// [`Invalid`] naming every path that is unknown or output only.
pub fn check(mask: Option<&FieldMask>, allowed: &[&'static str]) -> Result<Mask, Invalid> {
    let mut wrong = Violations::new();
    let mask = check_into(&mut wrong, mask, allowed);
    wrong.finish()?;
    Ok(mask)
}

/// As [`check`], for a request that has more fields to check: notes what is wrong.
pub fn check_into(
    wrong: &mut Violations,
    mask: Option<&FieldMask>,
    allowed: &[&'static str],
) -> Mask {
    let paths = mask.map_or(&[][..], |mask| &mask.paths);
    match paths {
        [] => return Mask(Coverage::Populated),
        [star] if star == "*" => return Mask(Coverage::All),
        _ => {}
    }
    for path in paths {
        if path == "*" {
            wrong.add("update_mask", "* stands alone or not at all");
        } else if !allowed.iter().any(|known| covers(path, known)) {
            let known = allowed.join(", ");
            let path = excerpt(path);
            wrong.add(
                "update_mask",
                format_args!("{path} is no field that an update writes; these are {known}"),
            );
        }
    }
    Mask(Coverage::Paths(paths.to_vec()))
}

impl Mask {
    /// Whether the mask names the path or one above it, is `*`, or was not given.
    ///
    /// Without a mask the caller still leaves fields alone that the request has no value for: see
    /// [`Mask::writes`].
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.writes(path, true)
    }

    /// Whether the update writes the path, given whether the request has a value for it.
    #[must_use]
    pub fn writes(&self, path: &str, populated: bool) -> bool {
        match &self.0 {
            Coverage::Populated => populated,
            Coverage::All => true,
            Coverage::Paths(paths) => paths.iter().any(|named| covers(named, path)),
        }
    }

    /// Whether the mask is `*`: a replacement of the whole resource.
    #[must_use]
    pub fn is_full_replacement(&self) -> bool {
        self.0 == Coverage::All
    }
}

fn covers(named: &str, path: &str) -> bool {
    path.strip_prefix(named).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALLOWED: &[&str] = &["display_name", "address.city", "address.street", "tags"];

    fn of(paths: &[&str]) -> FieldMask {
        FieldMask { paths: paths.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn named_paths_are_written_and_no_others() {
        let mask = check(Some(&of(&["display_name", "address.city"])), ALLOWED).unwrap();
        assert!(mask.contains("display_name") && mask.contains("address.city"));
        assert!(mask.writes("display_name", false), "a named field without a value is cleared");
        assert!(!mask.contains("tags") && !mask.contains("address.street"));
        assert!(!mask.contains("address"), "a part does not cover the whole");
    }

    #[test]
    fn a_path_covers_what_lies_below_it() {
        let mask = check(Some(&of(&["address"])), ALLOWED).unwrap();
        assert!(mask.contains("address.city") && mask.contains("address.street"));
        assert!(!mask.contains("address_book"));
    }

    #[test]
    fn a_star_writes_everything() {
        let mask = check(Some(&of(&["*"])), ALLOWED).unwrap();
        assert!(ALLOWED.iter().all(|path| mask.writes(path, false)));
        assert!(mask.is_full_replacement());
    }

    #[test]
    fn without_a_mask_only_fields_with_values_are_written() {
        for mask in [None, Some(&of(&[]))] {
            let mask = check(mask, ALLOWED).unwrap();
            assert!(mask.writes("tags", true) && !mask.writes("tags", false));
            assert!(mask.contains("tags") && !mask.is_full_replacement());
        }
    }

    #[test]
    fn every_path_that_cannot_be_written_is_named() {
        let paths = ["create_time", "tags", "tag", "address.zip", "address.city.x", "", "*", "."];
        let invalid = check(Some(&of(&paths)), ALLOWED).unwrap_err();
        let known = "is no field that an update writes; \
                     these are display_name, address.city, address.street, tags";
        let found: Vec<_> = invalid.fields().iter().map(|v| v.description.as_str()).collect();
        let mut expected: Vec<_> = ["create_time", "tag", "address.zip", "address.city.x", ""]
            .iter()
            .map(|path| format!("{path:?} {known}"))
            .collect();
        expected.extend(["* stands alone or not at all".to_owned(), format!("\".\" {known}")]);
        assert_eq!(found, expected);
        assert!(invalid.fields().iter().all(|v| v.field == "update_mask"));
    }

    proptest! {
        #[test]
        fn an_accepted_mask_writes_at_least_one_known_path(
            paths in prop::collection::vec("[a-z_.*]{0,12}|address|tags|display_name", 1..4),
        ) {
            let mask = FieldMask { paths };
            if let Ok(mask) = check(Some(&mask), ALLOWED) {
                prop_assert!(ALLOWED.iter().any(|path| mask.contains(path)));
            }
        }
    }
}
