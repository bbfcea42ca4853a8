//! What the resources of a batch refer to: ids that exist, and territories with their regions.

use super::resource::present;
use crate::store::network::entity;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, BTreeSet};

/// A reference to something that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{from} refers to {to}, which does not exist")]
pub(crate) struct DanglingReference {
    from: String,
    to: String,
}

impl Fault for DanglingReference {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "NETWORK_REFERENCE_MISSING"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("from", self.from.clone()), ("to", self.to.clone())]
    }
    fn subject(&self) -> String {
        self.to.clone()
    }
}

/// Names that exist, and territories.
pub(crate) struct Around {
    names: BTreeSet<String>,
    pub territories: BTreeMap<String, pb::Territory>,
}

impl Around {
    pub async fn load(db: &impl ConnectionTrait, tenant: &TenantId) -> Result<Self, StoreError> {
        let of = entity::Column::Tenant.eq(tenant.as_str());
        let kinds = ["distributors", "products", "territories"];
        let named: Vec<(String, String)> = entity::Entity::find()
            .filter(of.clone())
            .filter(entity::Column::Kind.is_in(kinds))
            .select_only()
            .columns([entity::Column::Kind, entity::Column::Id])
            .into_tuple()
            .all(db)
            .await?;
        let mut territories = BTreeMap::new();
        for row in entity::Entity::find()
            .filter(of)
            .filter(entity::Column::Kind.eq("territories"))
            .all(db)
            .await?
        {
            let territory: pb::Territory = present(&row)?;
            territories.insert(territory.name.clone(), territory);
        }
        let names = named.into_iter().map(|(kind, id)| format!("{kind}/{id}")).collect();
        Ok(Self { names, territories })
    }

    /// Whether the names that are given exist; an empty one refers to nothing.
    pub fn know<'a>(
        &self,
        from: &str,
        names: impl IntoIterator<Item = &'a String>,
    ) -> Result<(), DanglingReference> {
        for name in names {
            if !name.is_empty() && !self.names.contains(name) {
                return Err(DanglingReference { from: from.to_owned(), to: name.clone() });
            }
        }
        Ok(())
    }
}
