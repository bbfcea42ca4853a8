//! Rules of follow-ups.

use super::document::{document, upsert};
use super::{Stored, instant, json, micros, parse};
use aftercare_customer_domain::follow_up::{FollowUpRule, shipped_rules};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, Iterable, ModelTrait, QueryFilter,
    QuerySelect,
};

document!("customer_follow_up_rule", [id], [display_name, kind, enabled], []);

impl TryFrom<entity::Model> for Stored<FollowUpRule> {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            value: parse(TABLE, &row.doc)?,
            revision: row.revision,
            created: instant(TABLE, row.create_time)?,
            updated: instant(TABLE, row.update_time)?,
        })
    }
}

/// Rules of the tenant: its own, and the shipped ones that it has not changed as if somebody had written them.
pub(crate) fn within(tenant: &TenantId) -> Result<sea_orm::Select<entity::Entity>, StoreError> {
    let columns = || entity::Column::iter().map(|column| Alias::new(column.as_str()));
    let own = |query: &mut SelectStatement| {
        query.from(TABLE).and_where(Expr::col("tenant").eq(tenant.as_str())).to_owned()
    };
    let mut known = own(Query::select().columns(columns()));
    for (id, rule) in shipped_rules() {
        let row = row(tenant, &Stored::new(id, rule, Timestamp::UNIX_EPOCH))?;
        let written = own(Query::select().column("id"));
        let mut shipped = Query::select();
        shipped.exprs(entity::Column::iter().map(|column| Expr::val(row.get(column))));
        shipped.and_where(Expr::val(id).not_in_subquery(written));
        known.union(UnionType::All, shipped);
    }
    let mut select = entity::Entity::find();
    QuerySelect::query(&mut select).from_clear().from_subquery(known, TABLE);
    Ok(select)
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<Stored<FollowUpRule>>, StoreError> {
    let row = within(tenant)?.filter(entity::Column::Id.eq(id)).one(db).await?;
    row.map(Stored::try_from).transpose()
}

/// Every rule that is in use, by id.
pub(crate) async fn enabled(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Vec<Stored<FollowUpRule>>, StoreError> {
    use sea_orm::QueryOrder;
    let rows =
        within(tenant)?.filter(entity::Column::Enabled.eq("true")).order_by_asc(entity::Column::Id);
    rows.all(db).await?.into_iter().map(Stored::try_from).collect()
}

fn row(tenant: &TenantId, stored: &Stored<FollowUpRule>) -> Result<entity::Model, StoreError> {
    let rule = &stored.value;
    Ok(entity::Model {
        tenant: tenant.to_string(),
        id: stored.id.clone(),
        display_name: rule.display_name.clone(),
        kind: rule.kind.to_string(),
        enabled: rule.enabled.to_string(),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, rule)?,
    })
}

/// Writes a rule, new or changed.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    stored: &Stored<FollowUpRule>,
) -> Result<(), StoreError> {
    let row = row(tenant, stored)?;
    upsert::<entity::Entity>(db, vec![row]).await
}
