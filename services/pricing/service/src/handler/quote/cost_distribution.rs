//! The whole distribution of a quote's cost.

use super::PATTERN;
use crate::convert::quote::probabilities;
use crate::handler::id_of;
use crate::server::Server;
use crate::store::quote as store;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::cost::{Masses, term_cost};
use aftercare_pricing_domain::quote::QuoteError;

pub(crate) async fn cost_distribution(
    server: &Server,
    call: Call,
    asked: pb::GetCostDistributionRequest,
) -> Result<pb::GetCostDistributionResponse, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let stored = store::get(server.home.read(), call.tenant(), &id).await?;
    let (input, fee) = (stored.input, stored.quote.price.base);
    let currency = input.policy.currency;
    let found = server.compute(move |cache| term_cost(&input, fee, cache)).await??;
    let shown = |own: &Masses| probabilities(own, currency).map_err(QuoteError::from);
    Ok(pb::GetCostDistributionResponse {
        present_value: Some(shown(&found.present)?),
        undiscounted: Some(shown(&found.undiscounted)?),
        years: found.years.iter().map(shown).collect::<Result<_, _>>()?,
    })
}
