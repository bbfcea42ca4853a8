//! The distribution network: distributors as a tree, their places and goods.

use crate::gs1::{Gln, Gtin};
use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::money::Money;
use aftercare_kernel::region::RegionCode;
use aftercare_kernel::{resource_id, words};
use std::collections::BTreeMap;

resource_id! {
    /// The id of a distributor.
    DistributorId
}
resource_id! {
    /// The id of a product.
    ProductId
}

words! {
    /// What a distributor is in the network.
    DistributorKind {
        /// The maker itself, with whom custody begins.
        Manufacturer = "MANUFACTURER",
        /// Buys from the maker.
        GeneralAgent = "GENERAL_AGENT",
        /// Buys from a general agent.
        SubDealer = "SUB_DEALER",
        /// Sells to users.
        Retailer = "RETAILER",
    }
}

/// What decisions need to know of a distributor.
#[derive(Debug, Clone, PartialEq)]
pub struct Distributor {
    /// Its id.
    pub id: DistributorId,
    /// Its place in the network.
    pub kind: DistributorKind,
    /// From whom it buys; none for the root.
    pub parent: Option<DistributorId>,
    /// Its party GLN.
    pub gln: Option<Gln>,
    /// Where it sits.
    pub region: Option<RegionCode>,
}

/// What decisions need to know of a product.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Its GTIN.
    pub gtin: Gtin,
    /// Price per unit at list.
    pub list_price: Option<Money>,
    /// What a distributor earns on a unit in its own territory.
    pub margin: Option<Money>,
}

/// A tree that would not be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Following the parents comes back to the start.
    #[error("distributors/{id} would be its own ancestor")]
    Cycle {
        /// Where it was noticed.
        id: DistributorId,
    },
    /// A parent that is not known.
    #[error("distributors/{id} names distributors/{parent} as its parent, which does not exist")]
    ParentMissing {
        /// Whose.
        id: DistributorId,
        /// Which.
        parent: DistributorId,
    },
}

impl Fault for NetworkError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::Cycle { .. } => "DISTRIBUTOR_CYCLE",
            Self::ParentMissing { .. } => "DISTRIBUTOR_PARENT_MISSING",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Cycle { id } => vec![("distributor", id.to_string())],
            Self::ParentMissing { id, parent } => {
                vec![("distributor", id.to_string()), ("parent", parent.to_string())]
            }
        }
    }
    fn subject(&self) -> String {
        match self {
            Self::Cycle { id } | Self::ParentMissing { id, .. } => format!("distributors/{id}"),
        }
    }
}

/// Checks that parents exist and that following them ends.
///
/// # Errors
/// [`NetworkError`].
pub fn check_tree(
    parents: &BTreeMap<DistributorId, Option<DistributorId>>,
) -> Result<(), NetworkError> {
    for (id, parent) in parents {
        let mut at = parent.as_ref();
        let mut steps = 0;
        while let Some(ancestor) = at {
            if ancestor == id || steps > parents.len() {
                return Err(NetworkError::Cycle { id: id.clone() });
            }
            steps += 1;
            at = match parents.get(ancestor) {
                Some(next) => next.as_ref(),
                None => {
                    let (id, parent) = (id.clone(), ancestor.clone());
                    return Err(NetworkError::ParentMissing { id, parent });
                }
            };
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> DistributorId {
        DistributorId::parse(text).unwrap()
    }

    #[test]
    fn a_tree_has_no_cycles_and_no_missing_parents() {
        let tree = |pairs: &[(&str, Option<&str>)]| {
            check_tree(&pairs.iter().map(|(i, p)| (id(i), p.map(id))).collect())
        };
        assert_eq!(tree(&[("d0", None), ("d1", Some("d0")), ("d2", Some("d1"))]), Ok(()));
        assert!(matches!(
            tree(&[("a", Some("b")), ("b", Some("a"))]),
            Err(NetworkError::Cycle { .. })
        ));
        assert!(matches!(tree(&[("a", Some("a"))]), Err(NetworkError::Cycle { .. })));
        assert_eq!(
            tree(&[("a", Some("z"))]),
            Err(NetworkError::ParentMissing { id: id("a"), parent: id("z") })
        );
    }
}
