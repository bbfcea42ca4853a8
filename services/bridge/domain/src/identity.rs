//! Ids that follow from what they name, so that doing a thing twice is doing it once.

use uuid::Uuid;

/// The namespace of every id here: drawn once, never changed, or every id would change with it.
pub const NAMESPACE: Uuid = Uuid::from_u128(0x5cb2_9d1f_1a6d_5e43_9b0a_6f10_7f3c_21d8);

/// The id of the write of one version of a record by one mapping rule: the same write has the same id.
///
/// `mapping` is the digest of the mapping, because another mapping makes another write of the same record.
#[must_use]
pub fn write_id(connection: &str, stream: &str, key: &str, version: &str, mapping: &str) -> Uuid {
    derive(&["write", connection, stream, key, version, mapping])
}

/// The request id of a batch: that of the writes in it, in their order.
#[must_use]
pub fn batch_id(tenant: &str, entity: &str, writes: impl IntoIterator<Item = Uuid>) -> Uuid {
    let writes: Vec<String> = writes.into_iter().map(|id| id.to_string()).collect();
    let mut parts = vec!["batch", tenant, entity];
    parts.extend(writes.iter().map(String::as_str));
    derive(&parts)
}

/// The id of a record's place in the quarantine: by key, or by line where there is no key.
#[must_use]
pub fn quarantine_id(connection: &str, stream: &str, key: &str, source: &str, line: u64) -> Uuid {
    if key.is_empty() {
        derive(&["unreadable", connection, stream, source, &line.to_string()])
    } else {
        derive(&["record", connection, stream, key])
    }
}

/// A digest of a text: of a mapping document.
#[must_use]
pub fn digest(text: &str) -> String {
    derive(&["digest", text]).to_string()
}

fn derive(parts: &[&str]) -> Uuid {
    // Lengths keep ("ab", "c") and ("a", "bc") apart.
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    Uuid::new_v5(&NAMESPACE, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_write_has_the_same_id_and_any_other_another() {
        let id = write_id("erp", "customers", "C1", "v1", "m");
        assert_eq!(id, write_id("erp", "customers", "C1", "v1", "m"));
        for other in [
            write_id("crm", "customers", "C1", "v1", "m"),
            write_id("erp", "contacts", "C1", "v1", "m"),
            write_id("erp", "customers", "C2", "v1", "m"),
            write_id("erp", "customers", "C1", "v2", "m"),
            write_id("erp", "customers", "C1", "v1", "n"),
        ] {
            assert_ne!(id, other);
        }
        assert_eq!(id.get_version_num(), 5);
    }

    proptest! {
        #[test]
        fn moving_a_border_between_parts_changes_the_id(a in "[ab]{0,4}", b in "[ab]{1,4}", c in "[ab]{0,4}") {
            let joined = format!("{a}{b}");
            prop_assert_ne!(write_id("x", &joined, &c, "v", "m"), write_id("x", &a, &format!("{b}{c}"), "v", "m"));
        }
    }
}
