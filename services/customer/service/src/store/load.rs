//! How much open work each employee has: cases owned and work orders assigned that are not over.

use super::{case, parse, work_order};
use aftercare_customer_domain::case::CaseState;
use aftercare_customer_domain::work_order::WorkOrderState;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::Deserialize;
use std::collections::HashMap;

/// The one field of a case's document that is needed.
#[derive(Deserialize)]
struct Owned {
    owner: String,
}

/// The one field of a work order's document that is needed.
#[derive(Deserialize)]
struct Assigned {
    engineer: String,
}

/// Open pieces of work by employee id. It reads what is open, and costs as much as there is of that.
pub(crate) async fn of_everybody(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<HashMap<String, u32>, StoreError> {
    let mut load = HashMap::new();
    let mut count = |name: String| {
        if let Some(id) = name.strip_prefix("employees/") {
            *load.entry(id.to_owned()).or_insert(0) += 1;
        }
    };
    let over = CaseState::ALL.iter().filter(|state| state.is_over()).map(|state| state.as_str());
    let cases = case::entity::Entity::find()
        .select_only()
        .column(case::entity::Column::Doc)
        .filter(case::entity::Column::Tenant.eq(tenant.as_str()))
        .filter(case::entity::Column::State.is_not_in(over));
    for doc in cases.into_tuple::<String>().all(db).await? {
        count(parse::<Owned>("customer_case", &doc)?.owner);
    }
    let open = [WorkOrderState::Planned, WorkOrderState::Started].map(WorkOrderState::as_str);
    let orders = work_order::entity::Entity::find()
        .select_only()
        .column(work_order::entity::Column::Doc)
        .filter(work_order::entity::Column::Tenant.eq(tenant.as_str()))
        .filter(work_order::entity::Column::State.is_in(open));
    for doc in orders.into_tuple::<String>().all(db).await? {
        count(parse::<Assigned>("customer_work_order", &doc)?.engineer);
    }
    Ok(load)
}
