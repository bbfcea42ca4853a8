//! Lists of sites and of matches that wait for a person.

use super::{Asked, Error, Pager, StoreError, Stored, owner, plan};
use crate::convert::{resolution, site};
use crate::handler::Actor;
use crate::listing::{REVIEWS, SITES};
use crate::store;
use aftercare_api::aftercare::customer::v1 as pb;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

pub(crate) async fn sites(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListSitesRequest,
) -> Result<pb::ListSitesResponse, Error> {
    let mut customer = String::new();
    let about = (actor, "ContactService/ListSites");
    let unique: &[&'static str] = &["customer", "id"];
    let asked = asked!(request, &request.parent);
    let plan = plan(pager, about, (&SITES, unique), &asked, |wrong| {
        customer = owner(&request.parent, wrong);
    })?;
    let select = store::site::within(&actor.tenant, &customer);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let mut sites = Vec::with_capacity(rows.len());
    for row in rows {
        let customer = row.customer.clone();
        sites.push(site::present(&Stored::try_from(row)?, &customer));
    }
    Ok(pb::ListSitesResponse { sites, next_page_token })
}

pub(crate) async fn reviews(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListMatchReviewsRequest,
) -> Result<pb::ListMatchReviewsResponse, Error> {
    use store::match_review::entity::Column;
    let about = (actor, "ResolutionService/ListMatchReviews");
    let plan = plan(pager, about, (&REVIEWS, &["id"]), &asked!(request), |_| {})?;
    let select = store::match_review::within(&actor.tenant).filter(Column::State.eq("REVIEW"));
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let stored: Result<Vec<_>, _> = rows.into_iter().map(Stored::try_from).collect();
    let match_reviews = stored?.iter().map(resolution::present).collect();
    Ok(pb::ListMatchReviewsResponse { match_reviews, next_page_token })
}
