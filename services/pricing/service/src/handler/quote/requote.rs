//! Computes a quote that nobody asked for as such: for amendments and for the next term.

use super::{Request, compute, portfolio};
use crate::server::Server;
use crate::store::knowledge::Knowledge;
use crate::store::quote::StoredQuote;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::policy::Segment;
use aftercare_pricing_domain::quote::QuoteInput;
use aftercare_pricing_domain::terms::Terms;
use jiff::civil::Date;

/// What is to be priced again, by today's policy and models.
pub(crate) struct Wanted {
    pub customer: String,
    /// Names; at least one.
    pub assets: Vec<String>,
    pub terms: Terms,
    pub start: Date,
    pub segment: Segment,
}

/// Everything that the price is computed from.
pub(crate) async fn input(
    server: &Server,
    call: &Call,
    wanted: Wanted,
) -> Result<QuoteInput, Error> {
    let known = Knowledge::now(server.home.read(), call.tenant());
    let policy = known.policy().await?;
    let request = Request {
        id: String::new(),
        customer: wanted.customer,
        assets: wanted.assets,
        terms: wanted.terms,
        start: wanted.start,
        discount: None,
        declined: Vec::new(),
    };
    let portfolio = portfolio::load(&known, &request, &policy).await?;
    Ok(QuoteInput {
        customer: request.customer,
        start: request.start,
        terms: request.terms,
        segment: wanted.segment,
        policy,
        portfolio,
        discount: None,
        concession_of: None,
    })
}

/// The quote of an input, under a fresh id.
pub(crate) async fn stored(
    server: &Server,
    call: &Call,
    service_product: String,
    input: QuoteInput,
) -> Result<StoredQuote, Error> {
    let id = uuid::Uuid::now_v7().to_string();
    compute(server, call, id, service_product, input).await
}
