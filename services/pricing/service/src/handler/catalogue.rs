//! Service products, equipment, parts and rate cards: get, list, update, batch, delete.

use super::{LIMITS, MAX_BATCH, ORDERS, id_of, now, text};
use crate::convert::catalogue::{Batch, Resource, Update, fill, stored};
use crate::server::Server;
use crate::store::catalogue::{self as store, entity};
use crate::store::{check_etag, history};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_platform::database::StoreError;
use aftercare_platform::field_mask;
use aftercare_platform::identity::Call;
use aftercare_platform::paging::PageRequest;
use aftercare_platform::status::Error;
use std::collections::{BTreeMap, BTreeSet};

/// The fields of a list request.
pub(crate) struct Page<'a> {
    pub size: i32,
    pub token: &'a str,
    pub filter: &'a str,
    pub order_by: &'a str,
}

pub(crate) async fn get<R: Resource>(
    server: &Server,
    call: Call,
    name: String,
) -> Result<R, Error> {
    let id = id_of(R::PATTERN, &name)?;
    let found = store::find(server.home.read(), call.tenant(), R::KIND, &[id]).await?;
    let row = found.into_iter().next().ok_or(StoreError::NotFound { name })?;
    Ok(fill(&row)?)
}

pub(crate) async fn list<R: Resource>(
    server: &Server,
    call: &Call,
    page: Page<'_>,
) -> Result<(Vec<R>, String), Error> {
    let request = PageRequest {
        tenant: call.tenant(),
        method: R::KIND,
        page_size: page.size,
        page_token: page.token,
        filter: page.filter,
        order_by: page.order_by,
        parent: "",
    };
    let fields: Vec<_> = R::FILTERS.iter().copied().map(text).collect();
    let plan = server.pager.plan(&request, &fields, &ORDERS[..1], &["id"], LIMITS)?;
    let select = store::of_kind(call.tenant(), R::KIND);
    let fetched = plan.fetch(select, server.home.read()).await;
    let (rows, next) = fetched.map_err(StoreError::from)?;
    Ok((rows.iter().map(fill).collect::<Result<_, _>>()?, next))
}

pub(crate) async fn update<U: Update>(
    server: &Server,
    call: Call,
    asked: U,
) -> Result<U::Resource, Error> {
    let mut wrong = Violations::new();
    let parsed = parse(&asked, &mut wrong);
    wrong.finish()?;
    let mut write = server.home.write(&call, asked.request_id(), &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let rows = apply(&mut write, &call, &[(String::new(), parsed, &asked)]).await?;
    let response = rows.first().map(fill).transpose()?.unwrap_or_default();
    write.commit(response).await
}

pub(crate) async fn batch_update<B: Batch>(
    server: &Server,
    call: Call,
    asked: B,
) -> Result<B::Response, Error> {
    let mut wrong = Violations::new();
    let requests = asked.requests();
    if requests.is_empty() || requests.len() > MAX_BATCH {
        wrong.add("requests", format!("must be 1 to {MAX_BATCH}"));
    }
    let mut changes = Vec::with_capacity(requests.len());
    let mut seen = BTreeSet::new();
    for (i, request) in requests.iter().enumerate() {
        let path = format!("requests[{i}]");
        let id = wrong.within(&path, |wrong| {
            let id = parse(request, wrong);
            if !id.is_empty() && !seen.insert(id.clone()) {
                wrong.add("", "is given twice");
            }
            id
        });
        changes.push((path, id, request));
    }
    wrong.finish()?;
    let mut write = server.home.write(&call, asked.request_id(), &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let rows = apply(&mut write, &call, &changes).await?;
    let response = B::respond(rows.iter().map(fill).collect::<Result<_, _>>()?);
    write.commit(response).await
}

pub(crate) async fn delete<R: Resource>(
    server: &Server,
    call: &Call,
    asked: &impl prost::Message,
    (name, etag, request_id): (&str, &str, &str),
) -> Result<(), Error> {
    let id = id_of(R::PATTERN, name)?;
    let write = server.home.write(call, request_id, asked).await?;
    if write.replayed::<()>()?.is_some() {
        return Ok(());
    }
    let found = store::find(write.tx(), call.tenant(), R::KIND, &[id]).await?;
    let row = found.into_iter().next().ok_or(StoreError::NotFound { name: name.to_owned() })?;
    check_etag(etag, row.revision, name)?;
    history::keep(write.tx(), std::slice::from_ref(&row), now(call)).await?;
    store::delete(write.tx(), row).await?;
    write.commit(()).await
}

/// The id of one change; every wrong field is noted.
fn parse<U: Update>(asked: &U, wrong: &mut Violations) -> String {
    field_mask::check_into(wrong, asked.mask(), U::Resource::FIELDS);
    let Some(resource) = wrong.required(U::FIELD, asked.resource()) else { return String::new() };
    wrong.within(U::FIELD, |wrong| {
        let found = name_segments::<1>(U::Resource::PATTERN, resource.name());
        wrong.take("name", found).map_or_else(String::new, |[id]| id.to_owned())
    })
}

/// Merges changes into what is stored, checks the result, writes it.
async fn apply<U: Update>(
    write: &mut aftercare_platform::transaction::Write,
    call: &Call,
    changes: &[(String, String, &U)],
) -> Result<Vec<entity::Model>, Error> {
    let kind = U::Resource::KIND;
    let ids: Vec<String> = changes.iter().map(|(_, id, _)| id.clone()).collect();
    let found = store::find(write.tx(), call.tenant(), kind, &ids).await?;
    let known: BTreeMap<&str, &entity::Model> = found.iter().map(|r| (r.id.as_str(), r)).collect();
    let mut wrong = Violations::new();
    let mut rows = Vec::with_capacity(changes.len());
    for (path, id, asked) in changes {
        let Some(given) = asked.resource() else { continue };
        let before = known.get(id.as_str()).copied();
        if before.is_none() && !asked.allow_missing() {
            return Err(StoreError::NotFound { name: given.name().to_owned() }.into());
        }
        let mask = field_mask::check(asked.mask(), U::Resource::FIELDS)?;
        let mut merged = before.map(stored::<U::Resource>).transpose()?.unwrap_or_default();
        if let Some(before) = before {
            check_etag(given.etag(), before.revision, given.name())?;
        }
        merged.merge_fields(given, &mask);
        let field =
            if path.is_empty() { U::FIELD.to_owned() } else { format!("{path}.{}", U::FIELD) };
        wrong.within(&field, |wrong| merged.check(wrong));
        rows.push(row(call, id, before, &merged));
    }
    wrong.finish()?;
    history::keep(write.tx(), &found, now(call)).await?;
    store::save(write.tx(), &rows).await?;
    Ok(rows)
}

fn row<R: Resource>(
    call: &Call,
    id: &str,
    before: Option<&entity::Model>,
    merged: &R,
) -> entity::Model {
    let columns = merged.columns();
    let owned = |text: &str| text.to_owned();
    entity::Model {
        tenant: call.tenant().to_string(),
        kind: R::KIND.to_owned(),
        id: id.to_owned(),
        display_name: owned(columns.display_name),
        family: owned(columns.family),
        make: owned(columns.make),
        part_class: owned(columns.part_class),
        region_code: owned(columns.region_code),
        revision: before.map_or(1, |row| row.revision + 1),
        create_time: before.map_or(now(call), |row| row.create_time),
        update_time: now(call),
        body: merged.encode_to_vec(),
    }
}
