//! What hangs on a customer: found, and moved to another.

use super::Actor;
use crate::store::merge::Moved;
use crate::store::{self, Stored};
use aftercare_customer_domain::case::CaseFile;
use aftercare_customer_domain::customer::{Customer, CustomerId};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

/// Everything that is to move.
pub(super) async fn all(
    db: &impl ConnectionTrait,
    actor: &Actor,
    customer: &Stored<Customer>,
) -> Result<Moved, StoreError> {
    let (tenant, id) = (&actor.tenant, customer.id.as_str());
    Ok(Moved {
        customers: ids(db, tenant, ("customer_customer", "parent"), id).await?,
        contacts: ids(db, tenant, ("customer_contact", "customer"), id).await?,
        sites: ids(db, tenant, ("customer_site", "customer"), id).await?,
        assets: ids(db, tenant, ("customer_asset", "customer"), id).await?,
        cases: ids(db, tenant, ("customer_case", "customer"), id).await?,
        work_orders: ids(db, tenant, ("customer_work_order", "customer"), id).await?,
        entitlements: ids(db, tenant, ("customer_entitlement", "customer"), id).await?,
        follow_ups: ids(db, tenant, ("customer_follow_up", "customer"), id).await?,
        external_keys: customer.value.external_keys.clone(),
    })
}

/// Of what was moved, what still is where it was moved to.
pub(super) async fn still_there(
    db: &impl ConnectionTrait,
    actor: &Actor,
    moved: &Moved,
    into: &str,
) -> Result<Moved, StoreError> {
    let into = store::customer::get(db, &actor.tenant, into).await?;
    let mut there = all(db, actor, &into).await?;
    there.customers.retain(|id| moved.customers.contains(id));
    there.contacts.retain(|id| moved.contacts.contains(id));
    there.sites.retain(|id| moved.sites.contains(id));
    there.assets.retain(|id| moved.assets.contains(id));
    there.cases.retain(|id| moved.cases.contains(id));
    there.work_orders.retain(|id| moved.work_orders.contains(id));
    there.entitlements.retain(|id| moved.entitlements.contains(id));
    there.follow_ups.retain(|id| moved.follow_ups.contains(id));
    there.external_keys.retain(|key| moved.external_keys.contains(key));
    Ok(there)
}

/// Moves it all from one customer to another.
pub(super) async fn move_all(
    db: &impl ConnectionTrait,
    actor: &Actor,
    moved: &Moved,
    (from, to): (&str, &str),
) -> Result<(), StoreError> {
    let tenant = &actor.tenant;
    for (table, ids) in [
        ("customer_contact", &moved.contacts),
        ("customer_site", &moved.sites),
        ("customer_entitlement", &moved.entitlements),
        ("customer_follow_up", &moved.follow_ups),
    ] {
        refuse_double(db, tenant, (table, to), ids).await?;
        set(db, tenant, (table, ids, from), &[("customer", to.into())]).await?;
    }
    set(db, tenant, ("customer_asset", &moved.assets, from), &[("customer", to.into())]).await?;
    let named = format!("customers/{to}");
    let both = [("customer", to.into()), ("customer_name", named.into())];
    set(db, tenant, ("customer_work_order", &moved.work_orders, from), &both).await?;
    name_assets(db, tenant, &moved.work_orders, to).await?;
    for chunk in moved.cases.chunks(super::super::MAX_BATCH) {
        let mut update = Query::update();
        update
            .table("customer_proposal")
            .value("customer", to)
            .and_where(Expr::col("tenant").eq(tenant.as_str()))
            .and_where(Expr::col("case_id").is_in(chunk.iter().map(String::as_str)));
        db.execute(&update).await?;
    }
    store::campaign_item::move_owner(db, tenant, &moved.assets, (from, to)).await?;
    move_follow_ups(db, actor, moved, (from, to)).await?;
    move_assets(db, actor, moved, (from, to)).await?;
    move_cases(db, actor, moved, (from, to)).await?;
    move_customers(db, actor, &moved.customers, to).await
}

/// A name under one customer becomes one under the other, if that part moved.
fn rename(name: &mut String, (kind, ids): (&str, &[String]), (from, to): (&str, &str)) {
    let id = name.strip_prefix(&format!("customers/{from}/{kind}/")).unwrap_or_default();
    if ids.iter().any(|moved| moved == id) {
        *name = format!("customers/{to}/{kind}/{id}");
    }
}

/// Follow-ups name what they are about with its owner.
async fn move_follow_ups(
    db: &impl ConnectionTrait,
    actor: &Actor,
    moved: &Moved,
    (from, to): (&str, &str),
) -> Result<(), StoreError> {
    let mut changed = store::follow_up::of_customer(db, &actor.tenant, to).await?;
    changed.retain(|stored| moved.follow_ups.contains(&stored.id));
    for stored in &mut changed {
        for parts in [
            ("assets", &moved.assets),
            ("contacts", &moved.contacts),
            ("followUps", &moved.follow_ups),
        ] {
            rename(&mut stored.value.subject, (parts.0, parts.1), (from, to));
        }
    }
    store::follow_up::save(db, &actor.tenant, to, &changed).await
}

/// Machines name their site with its owner.
async fn move_assets(
    db: &impl ConnectionTrait,
    actor: &Actor,
    moved: &Moved,
    owners: (&str, &str),
) -> Result<(), StoreError> {
    let found = store::asset::find_all(db, &actor.tenant, &moved.assets).await?;
    let rows: Result<Vec<_>, _> = found
        .into_iter()
        .map(|mut owned| {
            rename(&mut owned.asset.value.site, ("sites", &moved.sites), owners);
            store::asset::row(&actor.tenant, &owned)
        })
        .collect();
    store::asset::save(db, rows?).await
}

/// Cases carry the customer in their document as well.
async fn move_cases(
    db: &impl ConnectionTrait,
    actor: &Actor,
    moved: &Moved,
    (from, to): (&str, &str),
) -> Result<(), StoreError> {
    use store::case::entity::{Column, Entity};
    for chunk in moved.cases.chunks(super::super::MAX_BATCH) {
        // Also those in which the caller is accused: what moves is not shown.
        let rows = Entity::find()
            .filter(Column::Tenant.eq(actor.tenant.as_str()))
            .filter(Column::Id.is_in(chunk.iter().map(String::as_str)))
            .all(db)
            .await?;
        let mut changed = Vec::with_capacity(rows.len());
        for row in rows {
            let stored: Stored<CaseFile> = Stored::try_from(row)?;
            let mut file = CaseFile { customer: to.to_owned(), ..stored.value.clone() };
            rename(&mut file.contact, ("contacts", &moved.contacts), (from, to));
            for asset in &mut file.assets {
                rename(asset, ("assets", &moved.assets), (from, to));
            }
            let next = stored.revised(file, actor.now);
            changed.push(store::case::row(&actor.tenant, &next)?);
        }
        store::case::save(db, changed).await?;
    }
    Ok(())
}

async fn move_customers(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[String],
    to: &str,
) -> Result<(), StoreError> {
    let found = store::customer::find_all(db, &actor.tenant, ids).await?;
    let parent = CustomerId::parse(to).ok();
    let rows: Result<Vec<_>, _> = found
        .iter()
        .map(|stored| {
            let value = Customer { parent: parent.clone(), ..stored.value.clone() };
            store::customer::row(&actor.tenant, &stored.revised(value, actor.now))
        })
        .collect();
    store::customer::save(db, rows?).await
}

/// Work orders name their machine with its owner.
async fn name_assets(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
    to: &str,
) -> Result<(), StoreError> {
    let found = store::work_order::find_all(db, tenant, ids).await?;
    let rows: Result<Vec<_>, _> = found
        .into_iter()
        .map(|mut placed| {
            placed.customer = to.to_owned();
            store::work_order::row(tenant, &placed)
        })
        .collect();
    store::work_order::save(db, rows?).await
}

async fn ids(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (table, column): (&'static str, &'static str),
    customer: &str,
) -> Result<Vec<String>, StoreError> {
    let mut select = Query::select();
    select
        .column("id")
        .from(table)
        .and_where(Expr::col("tenant").eq(tenant.as_str()))
        .and_where(Expr::col(column).eq(customer))
        .order_by("id", sea_orm::sea_query::Order::Asc);
    let rows = db.query_all(&select).await?;
    rows.into_iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

/// Something of the same id under the other customer would be overwritten.
async fn refuse_double(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (table, to): (&'static str, &str),
    moved: &[String],
) -> Result<(), StoreError> {
    let there = ids(db, tenant, (table, "customer"), to).await?;
    let kind = table.trim_start_matches("customer_");
    match there.into_iter().find(|id| moved.contains(id)) {
        Some(id) => Err(StoreError::AlreadyExists { name: format!("customers/{to}: {kind} {id}") }),
        None => Ok(()),
    }
}

async fn set(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (table, ids, from): (&'static str, &[String], &str),
    values: &[(&'static str, SimpleExpr)],
) -> Result<(), StoreError> {
    for chunk in ids.chunks(super::super::MAX_BATCH) {
        let mut update = Query::update();
        update
            .table(table)
            .values(values.iter().cloned())
            .value("revision", Expr::col("revision").add(1))
            .and_where(Expr::col("tenant").eq(tenant.as_str()))
            .and_where(Expr::col("customer").eq(from))
            .and_where(Expr::col("id").is_in(chunk.iter().map(String::as_str)));
        db.execute(&update).await?;
    }
    Ok(())
}
