//! GS1 keys: GTIN, GLN, SSCC with their check digits; EPC URNs and Digital Links brought to one form.
//!
//! A URN holds the company prefix and no check digit, a Digital Link the whole key. Both are compared as the canonical
//! Digital Link, which knows no company prefix, so that nothing has to guess where the prefix ends.

mod epc_uri;
mod item;
mod key;
mod link;

pub use item::{Item, ItemError};
pub use key::{Gln, Gtin, KeyError, Sscc, check_digit};
pub use link::canonical_link;
