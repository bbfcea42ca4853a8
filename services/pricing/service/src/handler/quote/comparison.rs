//! The pricing models of a quote's machines side by side.

use super::PATTERN;
use crate::convert::comparison::present;
use crate::handler::id_of;
use crate::server::Server;
use crate::store::quote as store;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::comparison;

pub(crate) async fn compare(
    server: &Server,
    call: Call,
    asked: pb::ComparePricingModelsRequest,
) -> Result<pb::ComparePricingModelsResponse, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let stored = store::get(server.home.read(), call.tenant(), &id).await?;
    let input = stored.input;
    let views = server.compute(move |cache| comparison::compare(&input, cache)).await??;
    Ok(pb::ComparePricingModelsResponse { views: views.iter().map(present).collect() })
}
