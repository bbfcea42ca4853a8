//! Terms that share risk and that the policy offers by default: put where the request is silent.

use super::Request;
use crate::store::knowledge::Knowledge;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::{Class, Fault};
use aftercare_platform::status::Error;
use aftercare_pricing_domain::escalation::IndexClause;
use aftercare_pricing_domain::policy::PricingPolicy;
use jiff::civil::Date;

/// The index that fees follow by default has no value yet.
#[derive(Debug, thiserror::Error)]
#[error(
    "the policy offers fees that follow {index}, of which no value is published until {until}: publish one, or decline the term"
)]
struct Unpublished {
    index: String,
    until: Date,
}

impl Fault for Unpublished {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "OFFERED_INDEX_UNPUBLISHED"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("price_index", self.index.clone()), ("until", self.until.to_string())]
    }
    fn subject(&self) -> String {
        format!("priceIndexes/{}", self.index)
    }
}

/// Puts into the terms what is offered, neither declined nor said otherwise. A fee that follows an index stands on the last
/// value that is published on the day of the call.
pub(super) async fn fill(
    known: &Knowledge<'_>,
    request: &mut Request,
    given: &pb::Terms,
    policy: &PricingPolicy,
) -> Result<(), Error> {
    policy.offered.fill(&mut request.terms, &request.declined);
    if given.annual_escalation.is_some() || given.index_escalation.is_some() {
        return Ok(());
    }
    let Some(offer) = policy.offered.index_for(&request.terms, &request.declined) else {
        return Ok(());
    };
    let series = known.series(&offer.index).await?;
    let last = series.range(..=request.today.min(request.start)).next_back();
    let Some((month, _)) = last else {
        return Err(Unpublished { index: offer.index.clone(), until: request.today }.into());
    };
    request.terms.index = Some(IndexClause {
        index: offer.index.clone(),
        base_month: *month,
        floor: offer.floor,
        cap: offer.cap,
        lead: 0,
    });
    Ok(())
}
