//! One key a person: what it seals can be read while it exists, and never again after.

use super::{ROWS_A_STATEMENT, micros};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, AeadCore, KeyInit, OsRng, Payload};
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_person_key")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        /// 32 bytes in hexadecimal.
        pub secret: String,
        pub create_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Bytes of a nonce in front of what is sealed.
const NONCE: usize = 24;

/// A person's key. Never shown, never logged.
pub(crate) struct PersonKey([u8; 32]);

impl PersonKey {
    pub fn fresh() -> Self {
        Self(XChaCha20Poly1305::generate_key(&mut OsRng).into())
    }

    /// Seals a text for one purpose; None only if it is larger than the cipher allows.
    pub fn seal(&self, about: &str, text: &str) -> Option<String> {
        let cipher = XChaCha20Poly1305::new((&self.0).into());
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload { msg: text.as_bytes(), aad: about.as_bytes() };
        let sealed = cipher.encrypt(&nonce, payload).ok()?;
        Some(STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// What was sealed for this purpose; None if it was not, or was changed.
    pub fn open(&self, about: &str, sealed: &str) -> Option<String> {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
        let cipher = XChaCha20Poly1305::new((&self.0).into());
        let payload = Payload { msg: sealed, aad: about.as_bytes() };
        let text = cipher.decrypt(nonce.into(), payload).ok()?;
        String::from_utf8(text).ok()
    }
}

/// Keys of these persons, as far as they exist.
pub(crate) async fn find_all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    persons: &[String],
) -> Result<BTreeMap<String, PersonKey>, StoreError> {
    let mut found = BTreeMap::new();
    for chunk in persons.chunks(ROWS_A_STATEMENT) {
        let rows = entity::Entity::find()
            .filter(entity::Column::Tenant.eq(tenant.as_str()))
            .filter(entity::Column::Id.is_in(chunk.iter().map(String::as_str)));
        for row in rows.all(db).await? {
            let mut key = [0; 32];
            hex::decode_to_slice(&row.secret, &mut key)
                .map_err(|cause| StoreError::corrupt("customer_person_key", cause))?;
            found.insert(row.id, PersonKey(key));
        }
    }
    Ok(found)
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    keys: &[(&str, &PersonKey, Timestamp)],
) -> Result<(), StoreError> {
    for chunk in keys.chunks(ROWS_A_STATEMENT) {
        let rows = chunk.iter().map(|(person, key, now)| {
            let row = entity::Model {
                tenant: tenant.to_string(),
                id: (*person).to_owned(),
                secret: hex::encode(key.0),
                create_time: micros(*now),
            };
            row.into_active_model()
        });
        entity::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Destroys a key; answers its digest if there was one.
pub(crate) async fn destroy(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    person: &str,
) -> Result<Option<String>, StoreError> {
    let id = (tenant.to_string(), person.to_owned());
    let Some(row) = entity::Entity::find_by_id(id.clone()).one(db).await? else { return Ok(None) };
    entity::Entity::delete_by_id(id).exec(db).await?;
    let bytes = hex::decode(&row.secret).unwrap_or_default();
    Ok(Some(hex::encode(Sha256::digest(bytes))))
}

/// Takes destroyed keys, and what else was erased with them, out of what the database keeps beside its tables: the log of
/// SQLite, dead rows of PostgreSQL.
pub(crate) async fn sweep(db: &DatabaseConnection) -> Result<(), StoreError> {
    let statement = match db.get_database_backend() {
        DbBackend::Sqlite => "PRAGMA wal_checkpoint(TRUNCATE)",
        _ => {
            "VACUUM customer_person_key, customer_contact, customer_match_key, customer_match_review"
        }
    };
    db.execute_unprepared(statement).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_for_its_key_and_purpose_only() {
        let (key, other) = (PersonKey::fresh(), PersonKey::fresh());
        let sealed = key.seal("demo/1", "王丽").unwrap();
        assert_eq!(key.open("demo/1", &sealed).as_deref(), Some("王丽"));
        assert_eq!(other.open("demo/1", &sealed), None);
        assert_eq!(key.open("demo/2", &sealed), None);
        let mut changed = sealed.clone();
        changed.replace_range(40..41, if sealed.as_bytes()[40] == b'A' { "B" } else { "A" });
        assert_eq!(key.open("demo/1", &changed), None);
        for text in ["", "AAAA", "%"] {
            assert_eq!(key.open("demo/1", text), None);
        }
        assert_ne!(key.seal("demo/1", "王丽"), Some(sealed));
    }
}
