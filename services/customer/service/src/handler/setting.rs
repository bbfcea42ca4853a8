//! What a tenant configures: the same five methods for every collection of settings.

use super::{Actor, Outcome, check_etag, chosen_id, isolated, parsed};
use crate::listing::{Asked, computed};
use crate::mask::{Writable, merged};
use crate::store::setting::{self, Setting};
use crate::store::{Stored, etag};
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_kernel::ids::name_segments;
use aftercare_platform::database::StoreError;
use aftercare_platform::paging::{KeyValue, Pager};
use aftercare_platform::status::Error;
use prost_types::FieldMask;
use sea_orm::ConnectionTrait;

/// A setting with its twin on the wire.
pub(crate) trait Shown: Setting {
    /// The message.
    type Wire: Writable + Clone + Default + Send + Sync;
    /// The field that holds it in requests: `authority_limit`.
    const FIELD: &'static str;
    /// Its name's pattern: `authorityLimits/{authority_limit}`.
    const PATTERN: &'static str;
    /// The value of a message, or what is wrong with it.
    fn read(wire: &Self::Wire, wrong: &mut Violations) -> Option<Self>;
    /// The message of a value.
    fn show(name: String, stored: &Stored<Self>) -> Self::Wire;
    /// The message's name and etag.
    fn key(wire: &Self::Wire) -> (&str, &str);
}

fn shown<T: Shown>(stored: &Stored<T>) -> T::Wire {
    T::show(setting::name::<T>("", &stored.id), stored)
}

pub(crate) fn id_of<T: Shown>(name: &str, field: &str, wrong: &mut Violations) -> Option<String> {
    let [id] = wrong.take(field, name_segments::<1>(T::PATTERN, name))?;
    Some(id.to_owned())
}

pub(crate) async fn get<T: Shown>(
    db: &impl ConnectionTrait,
    actor: &Actor,
    name: &str,
) -> Result<T::Wire, Error> {
    let id = parsed(|wrong| id_of::<T>(name, "name", wrong))?;
    Ok(shown(&setting::get::<T>(db, &actor.tenant, ("", &id)).await?))
}

/// A page: settings are few, so that they are read whole and cut here, by id.
pub(crate) async fn list<T: Shown>(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    asked: &Asked<'_>,
) -> Result<(Vec<T::Wire>, String), Error> {
    let all = setting::all::<T>(db, &actor.tenant).await?;
    let all = all.into_iter().map(|(_, stored)| stored).collect();
    let (page, next) = cut(pager, (actor, T::COLLECTION), all, asked)?;
    Ok((page.iter().map(shown).collect(), next))
}

/// The page of `all` that is asked for, and the token of the next, bound to tenant, collection and parent.
pub(crate) fn cut<T>(
    pager: &Pager,
    (actor, collection): (&Actor, &str),
    mut all: Vec<Stored<T>>,
    asked: &Asked<'_>,
) -> Result<(Vec<Stored<T>>, String), Error> {
    all.sort_by(|a, b| a.id.cmp(&b.id));
    let key = |stored: &Stored<T>, _| KeyValue::Text(stored.id.clone());
    Ok(computed(pager, (actor, collection, &["id"]), asked, (all, key))?)
}

/// What a create or an update makes, before it is saved: the stored value and whether it is new.
pub(crate) async fn drafted<T: Shown>(
    db: &impl ConnectionTrait,
    actor: &Actor,
    asked: Asks<'_, T>,
) -> Result<Stored<T>, Error> {
    let (id, wire) = parsed(|wrong| {
        let wire = wrong.required(T::FIELD, asked.wire)?;
        let id = match asked.new_id {
            Some((id, field)) => Some(chosen_id(id, field, wrong)),
            None => id_of::<T>(T::key(wire).0, &format!("{}.name", T::FIELD), wrong),
        };
        id.map(|id| (id, wire))
    })?;
    let known = setting::find::<T>(db, &actor.tenant, ("", &id)).await?;
    let name = || setting::name::<T>("", &id);
    let mut wrong = Violations::new();
    let (current, merged) = match (known, asked.new_id) {
        (Some(_), Some(_)) => return Err(StoreError::AlreadyExists { name: name() }.into()),
        (None, None) if !asked.allow_missing => {
            return Err(StoreError::NotFound { name: name() }.into());
        }
        (None, _) => (None, wire.clone()),
        (Some(current), None) => {
            check_etag(T::key(wire).1, &current.etag(), &name())?;
            let merged = merged(shown(&current), wire, asked.mask, &mut wrong);
            (Some(current), merged)
        }
    };
    let value = isolated(&mut wrong, T::FIELD, |wrong| T::read(&merged, wrong));
    wrong.finish()?;
    let value = value.ok_or_else(|| Invalid::field(T::FIELD, "cannot be read"))?;
    Ok(match current {
        Some(current) => current.revised(value, actor.now),
        None => Stored::new(id, value, actor.now),
    })
}

/// What a create or an update asks for.
pub(crate) struct Asks<'a, T: Shown> {
    pub wire: Option<&'a T::Wire>,
    /// The id that the caller chose and its field, for a create.
    pub new_id: Option<(&'a str, &'static str)>,
    pub mask: Option<&'a FieldMask>,
    pub allow_missing: bool,
}

/// Saves what was drafted.
pub(crate) async fn save<T: Shown>(
    db: &impl ConnectionTrait,
    actor: &Actor,
    stored: &Stored<T>,
) -> Result<Outcome<T::Wire>, Error> {
    setting::save(db, &actor.tenant, ("", stored)).await?;
    Ok(Outcome::quiet(shown(stored)))
}

pub(crate) async fn create<T: Shown>(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (wire, id, field): (Option<&T::Wire>, &str, &'static str),
) -> Result<Outcome<T::Wire>, Error> {
    let asks = Asks { wire, new_id: Some((id, field)), mask: None, allow_missing: false };
    let stored = drafted::<T>(db, actor, asks).await?;
    save(db, actor, &stored).await
}

pub(crate) async fn update<T: Shown>(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (wire, mask, allow_missing): (Option<&T::Wire>, Option<&FieldMask>, bool),
) -> Result<Outcome<T::Wire>, Error> {
    let stored = drafted::<T>(db, actor, Asks { wire, new_id: None, mask, allow_missing }).await?;
    save(db, actor, &stored).await
}

pub(crate) async fn delete<T: Shown>(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (name, given): (&str, &str),
) -> Result<Outcome<()>, Error> {
    let id = parsed(|wrong| id_of::<T>(name, "name", wrong))?;
    let stored = setting::get::<T>(db, &actor.tenant, ("", &id)).await?;
    check_etag(given, &etag(stored.revision), name)?;
    let gone = stored.revised(stored.value.clone(), actor.now);
    setting::delete(db, &actor.tenant, ("", &gone)).await?;
    Ok(Outcome::quiet(()))
}
