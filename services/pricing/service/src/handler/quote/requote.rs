//! Computes a quote that nobody asked for as such: for amendments and for the next term.

use super::{Request, compute, portfolio};
use crate::handler::today;
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

impl Wanted {
    /// What a quote priced: its own machines on the terms that were agreed.
    pub fn of(quote: &StoredQuote) -> Self {
        let input = &quote.input;
        Self {
            customer: input.customer.clone(),
            assets: input.portfolio.assets.iter().map(|own| own.asset.clone()).collect(),
            terms: input.terms.clone(),
            start: input.start,
            segment: input.segment,
        }
    }
}

/// Everything that the price is computed from.
pub(crate) async fn input(
    server: &Server,
    call: &Call,
    wanted: Wanted,
) -> Result<QuoteInput, Error> {
    let known = Knowledge::now(server.home.read(), call.tenant());
    input_by(&known, call, wanted).await
}

/// The same by what is known.
pub(super) async fn input_by(
    known: &Knowledge<'_>,
    call: &Call,
    wanted: Wanted,
) -> Result<QuoteInput, Error> {
    let policy = known.policy().await?;
    let request = Request {
        id: String::new(),
        customer: wanted.customer,
        assets: wanted.assets,
        terms: wanted.terms,
        start: wanted.start,
        discount: None,
        declined: Vec::new(),
        today: today(call),
    };
    let portfolio = portfolio::load(known, &request, &policy).await?;
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
