//! Distributors: the tree of who buys from whom.

use crate::server::Server;
use crate::store::network::{TABLE, entity, save, within};
use crate::store::{instant, json, micros, parse};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_api::aftercare::r#type::v1::ExternalKey;
use aftercare_channel_domain::gs1::Gln;
use aftercare_channel_domain::network::{DistributorId, DistributorKind, check_tree};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_platform::field_mask::check_into;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::paging::{OrderField, OrderKind, PageLimits, PageRequest};
use aftercare_platform::status::Error;
use aftercare_platform::wire::timestamp;
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};

const KIND: &str = "distributors";
const PATTERN: &str = "distributors/{distributor}";
const WRITABLE: &[&str] =
    &["display_name", "kind", "parent", "gln", "region", "customer", "external_keys"];

/// What no column holds.
#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Doc {
    customer: String,
    /// System and key.
    external_keys: Vec<(String, String)>,
}

fn id_of(name: &str, field: &str, wrong: &mut Violations) -> Option<String> {
    wrong.take(field, name_segments::<1>(PATTERN, name)).map(|[id]| id.to_owned())
}

fn present(row: &entity::Model) -> Result<pb::Distributor, StoreError> {
    let doc: Doc = parse(TABLE, &row.doc)?;
    let kind = format!("DISTRIBUTOR_KIND_{}", row.category);
    let keys = doc.external_keys.into_iter();
    Ok(pb::Distributor {
        name: format!("{KIND}/{}", row.id),
        display_name: row.display_name.clone(),
        kind: pb::DistributorKind::from_str_name(&kind).unwrap_or_default().into(),
        parent: row.parent.clone(),
        gln: row.code.clone(),
        region: row.region.clone(),
        customer: doc.customer,
        external_keys: keys.map(|(system, key)| ExternalKey { system, key }).collect(),
        etag: format!("\"{}\"", row.revision),
        create_time: Some(timestamp(instant(TABLE, row.create_time)?)),
        update_time: Some(timestamp(instant(TABLE, row.update_time)?)),
    })
}

pub(crate) async fn get(
    server: &Server,
    call: Call,
    request: pb::GetDistributorRequest,
) -> Result<pb::Distributor, Error> {
    let mut wrong = Violations::new();
    let id = id_of(&request.name, "name", &mut wrong);
    wrong.finish()?;
    let select = within(call.tenant(), KIND).filter(entity::Column::Id.eq(id.unwrap_or_default()));
    let row = select.one(server.home.read()).await.map_err(StoreError::from)?;
    Ok(present(&row.ok_or(StoreError::NotFound { name: request.name })?)?)
}

pub(crate) async fn list(
    server: &Server,
    call: Call,
    request: pb::ListDistributorsRequest,
) -> Result<pb::ListDistributorsResponse, Error> {
    let text = |name| FilterField { name, column: name, kind: FieldKind::Text };
    let kind = FilterField { name: "kind", column: "category", kind: FieldKind::Text };
    let fields = [kind, text("parent"), text("region"), text("display_name")];
    let orders = [
        OrderField { name: "name", column: "id", kind: OrderKind::Text },
        OrderField { name: "update_time", column: "update_time", kind: OrderKind::Integer },
    ];
    let asked = PageRequest {
        tenant: call.tenant(),
        method: "DistributorService/ListDistributors",
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: &request.filter,
        order_by: &request.order_by,
        parent: "",
    };
    let plan = server.pager.plan(&asked, &fields, &orders, &["id"], PageLimits::default())?;
    let select = within(call.tenant(), KIND);
    let page = plan.fetch(select, server.home.read()).await;
    let (rows, next_page_token) = page.map_err(StoreError::from)?;
    let distributors = rows.iter().map(present).collect::<Result<_, _>>()?;
    Ok(pb::ListDistributorsResponse { distributors, next_page_token })
}

/// The row after a request; what is wrong is noted.
fn change(
    request: &pb::UpdateDistributorRequest,
    current: Option<&entity::Model>,
    wrong: &mut Violations,
) -> Result<entity::Model, Error> {
    let asked = request.distributor.clone().unwrap_or_default();
    let mut next = current.map(present).transpose()?.unwrap_or_default();
    let mask = check_into(wrong, request.update_mask.as_ref(), WRITABLE);
    let empty = pb::Distributor::default();
    macro_rules! take {
        ($($field:ident),+) => {
            $(if current.is_none() || mask.writes(stringify!($field), asked.$field != empty.$field) {
                next.$field = asked.$field;
            })+
        };
    }
    take!(display_name, kind, parent, gln, region, customer, external_keys);
    let word = next.kind().as_str_name().trim_start_matches("DISTRIBUTOR_KIND_").to_owned();
    wrong.within("distributor", |wrong| {
        if next.display_name.is_empty() {
            wrong.add("display_name", "is required");
        }
        wrong.take("kind", DistributorKind::parse(&word));
        if !next.gln.is_empty() {
            wrong.take("gln", Gln::parse(&next.gln));
        }
        if !next.parent.is_empty() {
            id_of(&next.parent, "parent", wrong);
        }
        if !next.region.is_empty() {
            let region = wrong.take("region", RegionCode::parse(&next.region));
            next.region = region.map(|region| region.to_string()).unwrap_or_default();
        }
    });
    let keys = next.external_keys.into_iter().map(|key| (key.system, key.key));
    Ok(entity::Model {
        display_name: next.display_name,
        category: word,
        parent: next.parent,
        code: next.gln,
        region: next.region,
        doc: json(TABLE, &Doc { customer: next.customer, external_keys: keys.collect() })?,
        ..current.cloned().unwrap_or_default()
    })
}

pub(crate) async fn batch_update(
    server: &Server,
    call: Call,
    request: pb::BatchUpdateDistributorsRequest,
) -> Result<pb::BatchUpdateDistributorsResponse, Error> {
    let write = server.home.write(&call, &request.request_id, &request).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let mut wrong = Violations::new();
    if request.requests.is_empty() || request.requests.len() > 1000 {
        wrong.add("requests", "must be 1 to 1,000");
    }
    // The whole tree is read: parents, cycles and party GLNs are checked over all of it.
    let known = within(call.tenant(), KIND).all(write.tx()).await.map_err(StoreError::from)?;
    let mut all: BTreeMap<String, entity::Model> =
        known.into_iter().map(|row| (row.id.clone(), row)).collect();
    let (mut ids, mut touched) = (Vec::new(), BTreeSet::new());
    for (i, asked) in request.requests.iter().enumerate() {
        let wire = asked.distributor.clone().unwrap_or_default();
        let path = format!("requests[{i}]");
        let found = wrong.within(&path, |wrong| id_of(&wire.name, "distributor.name", wrong));
        let Some(id) = found else { continue };
        if ids.contains(&id) {
            wrong.add(&format!("{path}.distributor.name"), "is given twice");
        }
        let current = all.get(&id).cloned();
        if current.is_none() && !asked.allow_missing {
            return Err(StoreError::NotFound { name: wire.name }.into());
        }
        let etag = current.as_ref().map(|row| format!("\"{}\"", row.revision));
        if !wire.etag.is_empty() && etag.is_some_and(|etag| etag != wire.etag) {
            return Err(StoreError::EtagMismatch { name: wire.name }.into());
        }
        let mut next = wrong.within(&path, |wrong| change(asked, current.as_ref(), wrong))?;
        if current.as_ref() != Some(&next) {
            let now = micros(call.now);
            next.tenant = call.tenant().to_string();
            next.kind = KIND.to_owned();
            next.id.clone_from(&id);
            next.create_time = current.map_or(now, |row| row.create_time);
            next.update_time = now;
            next.revision += 1;
            all.insert(id.clone(), next);
            touched.insert(id.clone());
        }
        ids.push(id);
    }
    wrong.finish()?;
    check_network(&all)?;
    let rows = touched.iter().filter_map(|id| all.get(id).cloned()).collect();
    save(write.tx(), rows).await?;
    let stored = ids.iter().filter_map(|id| all.get(id)).map(present);
    let distributors = stored.collect::<Result<_, _>>()?;
    write.commit(pb::BatchUpdateDistributorsResponse { distributors }).await
}

/// The tree is one, and no party GLN is used twice.
fn check_network(all: &BTreeMap<String, entity::Model>) -> Result<(), Error> {
    let (mut parents, mut glns) = (BTreeMap::new(), BTreeMap::new());
    let id = |text: &str| {
        let text = text.rsplit('/').next().unwrap_or_default();
        DistributorId::parse(text).map_err(|error| StoreError::corrupt(TABLE, error))
    };
    for row in all.values() {
        let parent = if row.parent.is_empty() { None } else { Some(id(&row.parent)?) };
        parents.insert(id(&row.id)?, parent);
        if !row.code.is_empty()
            && let Some(other) = glns.insert(&row.code, &row.id)
        {
            let name = format!("{KIND}/{other} with the GLN {}", row.code);
            return Err(StoreError::AlreadyExists { name }.into());
        }
    }
    Ok(check_tree(&parents)?)
}
