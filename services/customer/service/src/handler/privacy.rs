//! Personal data: read in clear for a purpose, given out whole, erased.

use super::contact::{ContactErased, forget_domain};
use super::{Actor, Outcome, check_etag, parsed};
use crate::convert::case::present as present_case;
use crate::convert::contact::{contact_name, present as present_contact};
use crate::convert::customer::customer_id;
use crate::convert::follow_up::present as present_follow_up;
use crate::convert::grade::present as present_grade;
use crate::convert::value::wire_instant;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

/// The longest purpose or reason.
const LONGEST: usize = 500;

/// A purpose or reason that says something.
fn words(text: &str, field: &str, wrong: &mut Violations) -> Option<()> {
    let length = text.trim().chars().count();
    if length == 0 {
        return wrong.required(field, None);
    }
    if length > LONGEST {
        wrong.add(field, format!("must have at most {LONGEST} characters"));
        return None;
    }
    Some(())
}

pub(crate) async fn unmask(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UnmaskContactRequest,
) -> Result<pb::Contact, Error> {
    let (customer, id) = parsed(|wrong| {
        let key = contact_name(&request.name, "name", wrong);
        words(&request.purpose, "purpose", wrong).and(key)
    })?;
    let key = (customer.as_str(), id.as_str());
    let stored = store::contact::get(db, &actor.tenant, key).await?;
    Ok(present_contact(&stored, customer.as_str(), true))
}

pub(crate) async fn export(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::ExportPersonalDataRequest,
) -> Result<pb::PersonalDataExport, Error> {
    let id = parsed(|wrong| {
        let id = customer_id(&request.name, "name", wrong);
        words(&request.purpose, "purpose", wrong).and(id)
    })?;
    let (tenant, id) = (&actor.tenant, id.as_str());
    let customer = store::customer::get(db, tenant, id).await?;
    let rows = store::contact::within(tenant, id).all(db).await.map_err(StoreError::from)?;
    let persons = store::contact::opened(db, tenant, rows).await?;
    // All cases, also those that are hidden from the caller: it is the customer's data, not the caller's.
    let cases = {
        use store::case::entity::{Column, Entity};
        Entity::find()
            .filter(Column::Tenant.eq(tenant.as_str()))
            .filter(Column::Customer.eq(id))
            .order_by_asc(Column::CreateTime)
            .all(db)
            .await
            .map_err(StoreError::from)?
    };
    let cases: Result<Vec<Stored<_>>, StoreError> =
        cases.into_iter().map(Stored::try_from).collect();
    let follow_ups = store::follow_up::of_customer(db, tenant, id).await?;
    let grades = store::grade::history(db, tenant, id, 10_000).await?;
    let contacts = persons.iter().map(|person| present_contact(&person.stored, id, true));
    let basis = customer.value.fit_basis.as_ref();
    Ok(pb::PersonalDataExport {
        contacts: contacts.collect(),
        cases: cases?.iter().map(|stored| present_case(stored, Vec::new())).collect(),
        follow_ups: follow_ups.iter().map(|stored| present_follow_up(stored, id)).collect(),
        grades: grades.iter().map(|record| present_grade(record, id)).collect(),
        fit_reason: basis.map(|basis| basis.reason.clone()).unwrap_or_default(),
        customer: Some(super::customer::shown(&customer, actor.now)),
        export_time: Some(wire_instant(actor.now)),
    })
}

pub(crate) async fn erase(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::EraseContactRequest,
) -> Result<Outcome<pb::ErasureReceipt>, Error> {
    let (customer, id) = parsed(|wrong| {
        let key = contact_name(&request.name, "name", wrong);
        words(&request.reason, "reason", wrong).and(key)
    })?;
    let key = (customer.as_str(), id.as_str());
    let stored = store::contact::get(db, &actor.tenant, key).await?;
    check_etag(&request.etag, &stored.etag(), &request.name)?;
    let destroyed = store::contact::erase(db, &actor.tenant, key).await?;
    let key_digest = destroyed.ok_or_else(|| ContactErased(request.name.clone()))?;
    forget_domain(db, actor, (customer.as_str(), &stored.value)).await?;
    Ok(Outcome::quiet(pb::ErasureReceipt {
        contact: request.name.clone(),
        key_digest,
        erase_time: Some(wire_instant(actor.now)),
        // The one table that holds the sealed document; what others were found by, its domain, is gone from them.
        tables: 1,
    }))
}
