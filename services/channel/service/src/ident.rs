//! Ids that follow from content, so that the same thing sent twice has one id.

use sha2::{Digest, Sha256};

/// 40 hexadecimal digits of the parts; parts do not run into each other.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut text = hex::encode(hash.finalize());
    text.truncate(40);
    text
}
