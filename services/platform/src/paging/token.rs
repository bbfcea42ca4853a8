//! Page tokens: the last row's ordering values, bound by a MAC to the tenant, the list and its order.
//!
//! `base64url( version || HMAC-SHA256(key, version || cursor) || cursor )`, the cursor as JSON. Opaque to
//! clients; not secret, since it holds nothing but what the last row of the page showed.

use super::keyset::Key;
use super::{KeyValue, OrderKind, PageRequest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const VERSION: u8 = 1;
const MAC_BYTES: usize = 32;

/// Why a token opens no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenError {
    #[error("is not a page token of this server")]
    Forged,
    #[error(
        "belongs to another list: parent, filter and order_by must stay as they were on the first page"
    )]
    OtherList,
}

/// Where a walk stands, and in which list.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Cursor {
    digest: String,
    after: Vec<KeyValue>,
}

/// What a token is bound to.
pub(super) fn digest(request: &PageRequest<'_>, keys: &[Key]) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        // With its length before it, no part can pretend to be the end of another.
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    part(request.tenant.as_str());
    part(request.method);
    part(request.parent);
    part(request.filter);
    part(request.order_by);
    for key in keys {
        part(key.column);
        part(if key.descending { "desc" } else { "asc" });
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// The token after a row with these values.
pub(super) fn seal(key: &[u8; 32], digest: &str, after: Vec<KeyValue>) -> String {
    // Texts and integers always have a JSON form.
    let cursor =
        serde_json::to_vec(&Cursor { digest: digest.to_owned(), after }).unwrap_or_default();
    let mut bytes = vec![VERSION];
    bytes.extend(mac(key, &cursor).finalize().into_bytes());
    bytes.extend(cursor);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The cursor that this server sealed; none for the empty token.
pub(super) fn open(key: &[u8; 32], token: &str) -> Result<Option<Cursor>, TokenError> {
    if token.is_empty() {
        return Ok(None);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| TokenError::Forged)?;
    let Some((&VERSION, rest)) = bytes.split_first() else {
        return Err(TokenError::Forged);
    };
    let (tag, cursor) = rest.split_at_checked(MAC_BYTES).ok_or(TokenError::Forged)?;
    mac(key, cursor).verify_slice(tag).map_err(|_| TokenError::Forged)?;
    serde_json::from_slice(cursor).map(Some).map_err(|_| TokenError::Forged)
}

/// The values to go on from, if the cursor is of this list.
pub(super) fn position(
    cursor: Cursor,
    digest: &str,
    keys: &[Key],
) -> Result<Vec<KeyValue>, TokenError> {
    let fits = cursor.after.len() == keys.len()
        && cursor.after.iter().zip(keys).all(|(value, key)| match (value, key.kind) {
            (_, None)
            | (KeyValue::Text(_), Some(OrderKind::Text))
            | (KeyValue::Integer(_), Some(OrderKind::Integer)) => true,
            (KeyValue::Text(_), Some(OrderKind::Integer))
            | (KeyValue::Integer(_), Some(OrderKind::Text)) => false,
        });
    if cursor.digest == digest && fits { Ok(cursor.after) } else { Err(TokenError::OtherList) }
}

fn mac(key: &[u8; 32], cursor: &[u8]) -> Hmac<Sha256> {
    // HMAC hashes a key longer than its block and pads a shorter one: here it only pads.
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new(&block.into());
    mac.update(&[VERSION]);
    mac.update(cursor);
    mac
}
