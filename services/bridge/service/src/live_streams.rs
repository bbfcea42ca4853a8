//! The live streams of mappings, parsed once: every view of a customer shows those of every connection.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aftercare_bridge_domain::mapping::Live;

/// Mappings that are kept; beyond these all are forgotten and parsed again.
const MOST_KEPT: usize = 1_000;

/// Live streams by the text of the mapping, so that a changed mapping is another one.
#[derive(Default)]
pub(crate) struct LiveStreams {
    kept: Mutex<HashMap<String, Arc<[Live]>>>,
}

impl LiveStreams {
    /// The live streams of a mapping.
    pub(crate) fn of(&self, mapping: &str) -> Arc<[Live]> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(mapping) {
            return known.clone();
        }
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        let parsed: Arc<[Live]> = Live::of(mapping).into();
        kept.insert(mapping.to_owned(), parsed.clone());
        parsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_parsed_once_and_a_changed_one_again() {
        let text = |stream: &str| {
            format!("[[live]]\nstream = \"{stream}\"\nfields = {{ credit_limit = \"limit\" }}\n")
        };
        let streams = LiveStreams::default();
        let (first, again) = (streams.of(&text("a")), streams.of(&text("a")));
        assert_eq!(first[0].stream, "a");
        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!(streams.of(&text("b"))[0].stream, "b");
        for i in 0..MOST_KEPT {
            streams.of(&text(&i.to_string()));
        }
        assert!(streams.kept.lock().unwrap().len() <= MOST_KEPT);
        assert_eq!(streams.of(&text("a")), first);
    }
}
