//! Lists: a page of a collection, filtered and ordered.

use super::Actor;
use super::clock::of_case;
use super::customer::shown;
use crate::convert::asset::present as present_asset;
use crate::convert::case::{case_id, present as present_case, present_entry};
use crate::convert::contact::present as present_contact;
use crate::convert::customer::customer_id;
use crate::convert::grade::present as present_grade;
use crate::convert::work_order::present as present_work_order;
use crate::listing::{
    ASSETS, Asked, CASES, CONTACTS, CUSTOMERS, ENTITLEMENTS, ENTRIES, GRADES, LIMITS, Listing,
    WORK_ORDERS,
};
use crate::store::{self, Stored};
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::paging::{Pager, Plan};
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;

/// Plans a page; `parent` adds what is wrong with the parent.
pub(crate) fn plan(
    pager: &Pager,
    (actor, method): (&Actor, &str),
    (listing, unique): (&Listing, &[&'static str]),
    asked: &Asked<'_>,
    parent: impl FnOnce(&mut Violations),
) -> Result<Plan, Error> {
    let mut wrong = Violations::new();
    parent(&mut wrong);
    let request = asked.by(actor, method);
    let plan =
        pager.plan_into(&mut wrong, &request, &listing.fields, &listing.orders, unique, LIMITS);
    wrong.finish()?;
    plan.ok_or_else(|| {
        aftercare_kernel::fault::Invalid::field("page_token", "cannot be used").into()
    })
}

/// The customer of a collection; `-` for all.
pub(crate) fn owner(parent: &str, wrong: &mut Violations) -> String {
    if parent == "customers/-" {
        return "-".to_owned();
    }
    customer_id(parent, "parent", wrong).map(|id| id.to_string()).unwrap_or_default()
}

macro_rules! asked {
    ($request:expr) => {
        asked!($request, "")
    };
    ($request:expr, $parent:expr) => {
        Asked {
            page_size: $request.page_size,
            page_token: &$request.page_token,
            filter: &$request.filter,
            order_by: &$request.order_by,
            parent: $parent,
        }
    };
}
pub(crate) use asked;

mod party;
pub(crate) use party::{reviews, sites};

pub(crate) async fn customers(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListCustomersRequest,
) -> Result<pb::ListCustomersResponse, Error> {
    let about = (actor, "CustomerService/ListCustomers");
    let plan = plan(pager, about, (&CUSTOMERS, &["id"]), &asked!(request), |_| {})?;
    let select = store::customer::within(&actor.tenant);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let stored: Result<Vec<_>, _> = rows.into_iter().map(Stored::try_from).collect();
    let customers = stored?.iter().map(|stored| shown(stored, actor.now)).collect();
    Ok(pb::ListCustomersResponse { customers, next_page_token })
}

pub(crate) async fn contacts(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListContactsRequest,
) -> Result<pb::ListContactsResponse, Error> {
    let mut customer = String::new();
    let about = (actor, "ContactService/ListContacts");
    let unique: &[&'static str] = &["customer", "id"];
    let asked = asked!(request, &request.parent);
    let plan = plan(pager, about, (&CONTACTS, unique), &asked, |wrong| {
        customer = owner(&request.parent, wrong);
    })?;
    let select = store::contact::within(&actor.tenant, &customer);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let persons = store::contact::opened(db, &actor.tenant, rows).await?;
    let shown = |person: &store::contact::Person| {
        present_contact(&person.stored, &person.customer, actor.personal)
    };
    let contacts = persons.iter().map(shown).collect();
    Ok(pb::ListContactsResponse { contacts, next_page_token })
}

pub(crate) async fn assets(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListAssetsRequest,
) -> Result<pb::ListAssetsResponse, Error> {
    let mut customer = String::new();
    let about = (actor, "AssetService/ListAssets");
    let asked = asked!(request, &request.parent);
    let plan = plan(pager, about, (&ASSETS, &["id"]), &asked, |wrong| {
        customer = owner(&request.parent, wrong);
    })?;
    let select = store::asset::within(&actor.tenant, &customer);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let mut assets = Vec::with_capacity(rows.len());
    for row in rows {
        let customer = row.customer.clone();
        assets.push(present_asset(&Stored::try_from(row)?, &customer));
    }
    Ok(pb::ListAssetsResponse { assets, next_page_token })
}

pub(crate) async fn work_orders(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListWorkOrdersRequest,
) -> Result<pb::ListWorkOrdersResponse, Error> {
    let about = (actor, "WorkOrderService/ListWorkOrders");
    let plan = plan(pager, about, (&WORK_ORDERS, &["id"]), &asked!(request), |_| {})?;
    let select = store::work_order::within(&actor.tenant);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let mut work_orders = Vec::with_capacity(rows.len());
    for row in rows {
        let (asset, customer) = (row.asset.clone(), row.customer.clone());
        work_orders.push(present_work_order(&Stored::try_from(row)?, &asset, &customer));
    }
    Ok(pb::ListWorkOrdersResponse { work_orders, next_page_token })
}

pub(crate) async fn cases(
    db: &impl ConnectionTrait,
    (pager, timelines): (&Pager, &Timelines),
    actor: &Actor,
    request: &pb::ListCasesRequest,
) -> Result<pb::ListCasesResponse, Error> {
    let about = (actor, "CaseService/ListCases");
    let plan = plan(pager, about, (&CASES, &["id"]), &asked!(request), |_| {})?;
    let select = store::case::within(&actor.tenant, &actor.principal);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let mut cases = Vec::with_capacity(rows.len());
    for row in rows {
        let stored = Stored::try_from(row)?;
        let clocks = of_case(db, timelines, actor, &stored.id).await?;
        cases.push(present_case(&stored, clocks));
    }
    Ok(pb::ListCasesResponse { cases, next_page_token })
}

pub(crate) async fn case_entries(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListCaseEntriesRequest,
) -> Result<pb::ListCaseEntriesResponse, Error> {
    let mut case = None;
    let about = (actor, "CaseService/ListCaseEntries");
    let asked = Asked {
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: "",
        order_by: "",
        parent: &request.parent,
    };
    let plan = plan(pager, about, (&ENTRIES, &["version"]), &asked, |wrong| {
        case = case_id(&request.parent, "parent", wrong);
    })?;
    let case = case.map(|case| case.to_string()).unwrap_or_default();
    store::case::get(db, &actor.tenant, &actor.principal, &case).await?;
    let select = store::case_part::entry::within(&actor.tenant, &case);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let (sequence, entry) = store::case_part::entry::of_row(row)?;
        entries.push(present_entry(&case, sequence, &entry));
    }
    Ok(pb::ListCaseEntriesResponse { entries, next_page_token })
}

pub(crate) async fn grade_history(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListGradeHistoryRequest,
) -> Result<pb::ListGradeHistoryResponse, Error> {
    let mut customer = None;
    let about = (actor, "GradeService/ListGradeHistory");
    let asked = Asked {
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: "",
        order_by: "period desc",
        parent: &request.name,
    };
    let plan = plan(pager, about, (&GRADES, &["period"]), &asked, |wrong| {
        customer = customer_id(&request.name, "name", wrong);
    })?;
    let customer = customer.map(|id| id.to_string()).unwrap_or_default();
    store::customer::get(db, &actor.tenant, &customer).await?;
    let select = store::grade::within(&actor.tenant, &customer);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let mut records = Vec::with_capacity(rows.len());
    for row in &rows {
        records.push(present_grade(&store::grade::of_row(row)?, &customer));
    }
    Ok(pb::ListGradeHistoryResponse { records, next_page_token })
}

pub(crate) async fn entitlements(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListEntitlementsRequest,
) -> Result<pb::ListEntitlementsResponse, Error> {
    let mut customer = String::new();
    let about = (actor, "CustomerService/ListEntitlements");
    let unique: &[&'static str] = &["customer", "id"];
    let asked = asked!(request, &request.parent);
    let plan = plan(pager, about, (&ENTITLEMENTS, unique), &asked, |wrong| {
        customer = owner(&request.parent, wrong);
    })?;
    let select = store::entitlement::within(&actor.tenant, &customer);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let mut entitlements = Vec::with_capacity(rows.len());
    for row in rows {
        let customer = row.customer.clone();
        let stored = Stored::try_from(row)?;
        entitlements.push(crate::convert::entitlement::present(&stored, &customer, actor.now));
    }
    Ok(pb::ListEntitlementsResponse { entitlements, next_page_token })
}
