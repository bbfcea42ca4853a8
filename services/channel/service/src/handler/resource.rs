//! What all resources of the network have in common: read, listed, changed in batches that hold as a whole or not at all.

use crate::server::Server;
use crate::store::network::{TABLE, entity, save, within};
use crate::store::{document, instant, micros};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_platform::database::StoreError;
use aftercare_platform::field_mask::{Mask, check_into};
use aftercare_platform::filter::FilterField;
use aftercare_platform::identity::Call;
use aftercare_platform::paging::{OrderField, OrderKind, PageLimits, PageRequest};
use aftercare_platform::status::Error;
use aftercare_platform::wire::timestamp;
use prost_types::FieldMask;
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};

/// A resource of the network as the wire has it.
pub(crate) trait Resource:
    prost::Message + prost::Name + Default + Clone + PartialEq
{
    /// The collection: `locations`.
    const KIND: &'static str;
    /// `locations/{location}`.
    const PATTERN: &'static str;
    /// The request's field that holds it: `location`.
    const FIELD: &'static str;
    /// Paths that a mask may name.
    const WRITABLE: &'static [&'static str];
    /// What lists can be filtered by.
    const FILTERS: &'static [FilterField];

    /// Name, etag and times, which are not part of the document.
    fn head(&mut self) -> Head<'_>;
    /// The name as it came.
    fn name(&self) -> &str;
    /// The etag as it came.
    fn etag(&self) -> &str;
    /// Takes over what the mask writes.
    fn take(&mut self, asked: &Self, writes: &dyn Fn(&'static str, bool) -> bool);
    /// Checks what can be checked without looking around, and brings values to their one form.
    fn check(&mut self, wrong: &mut Violations);
    /// Fills the columns that lists and look-ups need.
    fn columns(&self, row: &mut entity::Model);
}

/// The parts of a resource that its row holds.
pub(crate) struct Head<'a> {
    pub name: &'a mut String,
    pub etag: &'a mut String,
    pub created: &'a mut Option<prost_types::Timestamp>,
    pub updated: &'a mut Option<prost_types::Timestamp>,
}

/// One change of a batch.
pub(crate) struct Change<R> {
    pub resource: Option<R>,
    pub mask: Option<FieldMask>,
    pub allow_missing: bool,
}

/// A stored resource.
pub(crate) fn present<R: Resource>(row: &entity::Model) -> Result<R, StoreError> {
    let mut found: R = document::read(TABLE, &row.doc)?;
    let head = found.head();
    *head.name = format!("{}/{}", R::KIND, row.id);
    *head.etag = format!("\"{}\"", row.revision);
    *head.created = Some(timestamp(instant(TABLE, row.create_time)?));
    *head.updated = Some(timestamp(instant(TABLE, row.update_time)?));
    Ok(found)
}

/// The id in a name.
pub(crate) fn id_of<R: Resource>(
    name: &str,
    field: &str,
    wrong: &mut Violations,
) -> Option<String> {
    wrong.take(field, name_segments::<1>(R::PATTERN, name)).map(|[id]| id.to_owned())
}

pub(crate) async fn get<R: Resource>(server: &Server, call: &Call, name: &str) -> Result<R, Error> {
    let mut wrong = Violations::new();
    let id = id_of::<R>(name, "name", &mut wrong);
    wrong.finish()?;
    let of = entity::Column::Id.eq(id.unwrap_or_default());
    let row = within(call.tenant(), R::KIND).filter(of).one(server.home.read()).await;
    let row = row.map_err(StoreError::from)?;
    Ok(present(&row.ok_or_else(|| StoreError::NotFound { name: name.to_owned() })?)?)
}

const ORDERS: &[OrderField] = &[
    OrderField { name: "name", column: "id", kind: OrderKind::Text },
    OrderField { name: "update_time", column: "update_time", kind: OrderKind::Integer },
];

pub(crate) async fn list<R: Resource>(
    server: &Server,
    call: &Call,
    (page_size, page_token): (i32, &str),
    (filter, order_by): (&str, &str),
) -> Result<(Vec<R>, String), Error> {
    let asked = PageRequest {
        tenant: call.tenant(),
        method: R::KIND,
        page_size,
        page_token,
        filter,
        order_by,
        parent: "",
    };
    let plan = server.pager.plan(&asked, R::FILTERS, ORDERS, &["id"], PageLimits::default())?;
    let page = plan.fetch(within(call.tenant(), R::KIND), server.home.read()).await;
    let (rows, next) = page.map_err(StoreError::from)?;
    let found: Result<Vec<R>, StoreError> = rows.iter().map(present).collect();
    Ok((found?, next))
}

/// Everything of the kind after the batch, and the ids that it changes.
pub(crate) struct After<R> {
    pub all: BTreeMap<String, R>,
    pub changed: BTreeSet<String>,
    rows: BTreeMap<String, entity::Model>,
    order: Vec<String>,
}

/// Applies a batch in memory; every wrong field of it is named at once.
pub(crate) async fn apply<R: Resource>(
    db: &impl sea_orm::ConnectionTrait,
    call: &Call,
    changes: &[Change<R>],
) -> Result<After<R>, Error> {
    let known = within(call.tenant(), R::KIND).all(db).await.map_err(StoreError::from)?;
    let mut rows: BTreeMap<String, entity::Model> =
        known.into_iter().map(|row| (row.id.clone(), row)).collect();
    let mut wrong = Violations::new();
    super::shipment::size(changes.len(), "requests", &mut wrong);
    let (mut order, mut changed) = (Vec::new(), BTreeSet::new());
    for (i, change) in changes.iter().enumerate() {
        let next = wrong
            .within(&format!("requests[{i}]"), |wrong| one(call, change, &rows, &order, wrong))?;
        let Some((row, different)) = next else { continue };
        order.push(row.id.clone());
        if different {
            changed.insert(row.id.clone());
        }
        rows.insert(row.id.clone(), row);
    }
    wrong.finish()?;
    let mut all = BTreeMap::new();
    for (id, row) in &rows {
        all.insert(id.clone(), present(row)?);
    }
    Ok(After { all, changed, rows, order })
}

/// The row after one change, and whether it differs from the one before; none if something is wrong.
fn one<R: Resource>(
    call: &Call,
    change: &Change<R>,
    rows: &BTreeMap<String, entity::Model>,
    order: &[String],
    wrong: &mut Violations,
) -> Result<Option<(entity::Model, bool)>, Error> {
    let mask = check_into(wrong, change.mask.as_ref(), R::WRITABLE);
    let Some(asked) = wrong.required(R::FIELD, change.resource.as_ref()) else { return Ok(None) };
    let Some(id) = id_of::<R>(asked.name(), &format!("{}.name", R::FIELD), wrong) else {
        return Ok(None);
    };
    if order.contains(&id) {
        wrong.add(&format!("{}.name", R::FIELD), "is given twice");
    }
    let current = rows.get(&id);
    let name = || format!("{}/{id}", R::KIND);
    if current.is_none() && !change.allow_missing {
        return Err(StoreError::NotFound { name: name() }.into());
    }
    let etag = current.map(|row| format!("\"{}\"", row.revision));
    if !asked.etag().is_empty() && etag.is_some_and(|etag| etag != asked.etag()) {
        return Err(StoreError::EtagMismatch { name: name() }.into());
    }
    let mut next: R = current.map(present).transpose()?.unwrap_or_default();
    next.take(asked, &|path, populated| current.is_none() || writes(&mask, path, populated));
    wrong.within(R::FIELD, |wrong| next.check(wrong));
    let head = next.head();
    (*head.name, *head.etag, *head.created, *head.updated) =
        (String::new(), String::new(), None, None);
    let mut row = entity::Model {
        tenant: call.tenant().to_string(),
        kind: R::KIND.to_owned(),
        id,
        doc: document::write(TABLE, &next)?,
        revision: current.map_or(0, |row| row.revision),
        create_time: current.map_or_else(|| micros(call.now), |row| row.create_time),
        update_time: current.map_or(0, |row| row.update_time),
        ..Default::default()
    };
    next.columns(&mut row);
    let different = current != Some(&row);
    if different {
        row.revision += 1;
        row.update_time = micros(call.now);
    }
    Ok(Some((row, different)))
}

fn writes(mask: &Mask, path: &str, populated: bool) -> bool {
    mask.writes(path, populated)
}

impl<R: Resource> After<R> {
    /// Saves what changed; answers the resources in the order of the requests.
    pub async fn save(self, db: &impl sea_orm::ConnectionTrait) -> Result<Vec<R>, Error> {
        let rows = self.changed.iter().filter_map(|id| self.rows.get(id).cloned()).collect();
        save(db, rows).await?;
        Ok(self.order.iter().filter_map(|id| self.all.get(id).cloned()).collect())
    }

    /// No two of the kind share a code (GLN, GTIN).
    pub fn unique(&self, code: &str) -> Result<(), StoreError> {
        let mut seen = BTreeMap::new();
        for row in self.rows.values().filter(|row| !row.code.is_empty()) {
            if let Some(other) = seen.insert(&row.code, &row.id) {
                let name = format!("{}/{other} with the {code} {}", R::KIND, row.code);
                return Err(StoreError::AlreadyExists { name });
            }
        }
        Ok(())
    }
}

/// Implements what is the same for every resource, by its field names.
macro_rules! resource {
    ($message:ident { kind: $kind:literal, pattern: $pattern:literal, field: $field:literal, filters: $filters:expr, fields: [$($path:ident),+ $(,)?] $(,)? }
        check($self:ident, $wrong:ident) $check:block columns($of:ident, $row:ident) $columns:block) => {
        impl crate::handler::resource::Resource for pb::$message {
            const KIND: &'static str = $kind;
            const PATTERN: &'static str = $pattern;
            const FIELD: &'static str = $field;
            const WRITABLE: &'static [&'static str] = &[$(stringify!($path)),+];
            const FILTERS: &'static [aftercare_platform::filter::FilterField] = $filters;

            fn head(&mut self) -> crate::handler::resource::Head<'_> {
                crate::handler::resource::Head {
                    name: &mut self.name,
                    etag: &mut self.etag,
                    created: &mut self.create_time,
                    updated: &mut self.update_time,
                }
            }
            fn name(&self) -> &str {
                &self.name
            }
            fn etag(&self) -> &str {
                &self.etag
            }
            fn take(&mut self, asked: &Self, writes: &dyn Fn(&'static str, bool) -> bool) {
                let empty = Self::default();
                $(if writes(stringify!($path), asked.$path != empty.$path) {
                    self.$path.clone_from(&asked.$path);
                })+
            }
            fn check(&mut self, $wrong: &mut aftercare_kernel::fault::Violations) {
                let $self = self;
                $check
            }
            fn columns(&self, $row: &mut crate::store::network::entity::Model) {
                let $of = self;
                $columns
            }
        }
    };
}

/// Get, list and batch update of a resource; `refer` checks the whole after a change.
macro_rules! rpcs {
    ($message:ident, $get:ident, $list:ident => $listed:ident . $plural:ident, $batch:ident => $updated:ident, $member:ident, $refer:expr) => {
        pub(crate) async fn get(
            server: &Server,
            call: Call,
            request: pb::$get,
        ) -> Result<pb::$message, Error> {
            crate::handler::resource::get(server, &call, &request.name).await
        }

        pub(crate) async fn list(
            server: &Server,
            call: Call,
            request: pb::$list,
        ) -> Result<pb::$listed, Error> {
            let page = (request.page_size, request.page_token.as_str());
            let which = (request.filter.as_str(), request.order_by.as_str());
            let ($plural, next_page_token) =
                crate::handler::resource::list(server, &call, page, which).await?;
            Ok(pb::$listed { $plural, next_page_token })
        }

        pub(crate) async fn batch_update(
            server: &Server,
            call: Call,
            request: pb::$batch,
        ) -> Result<pb::$updated, Error> {
            let write = server.home.write(&call, &request.request_id, &request).await?;
            if let Some(done) = write.replayed()? {
                return Ok(done);
            }
            let changes: Vec<_> = request
                .requests
                .into_iter()
                .map(|asked| crate::handler::resource::Change {
                    resource: asked.$member,
                    mask: asked.update_mask,
                    allow_missing: asked.allow_missing,
                })
                .collect();
            let after =
                crate::handler::resource::apply::<pb::$message>(write.tx(), &call, &changes)
                    .await?;
            let around = crate::handler::around::Around::load(write.tx(), call.tenant()).await?;
            let refer: fn(
                &crate::handler::resource::After<pb::$message>,
                &crate::handler::around::Around,
            ) -> Result<(), Error> = $refer;
            refer(&after, &around)?;
            let $plural = after.save(write.tx()).await?;
            write.commit(pb::$updated { $plural }).await
        }
    };
}

pub(crate) use {resource, rpcs};
