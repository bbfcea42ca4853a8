//! Computes a quote that nobody asked for as such: for amendments and for the next term.

use super::costs::Costs;
use super::{Request, compute, portfolio};
use crate::handler::today;
use crate::server::Server;
use crate::store::instant;
use crate::store::knowledge::Knowledge;
use crate::store::quote::StoredQuote;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::policy::{PricingPolicy, Segment};
use aftercare_pricing_domain::quote::QuoteInput;
use aftercare_pricing_domain::terms::Terms;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What is to be priced again, by today's models, and today's policy and rate cards unless a contract was agreed on others.
pub(crate) struct Wanted {
    pub customer: String,
    /// Names; at least one.
    pub assets: Vec<String>,
    pub terms: Terms,
    pub start: Date,
    pub segment: Segment,
    /// On what a contract was agreed, if it is priced by that.
    pub agreed: Option<Agreed>,
}

/// What a contract was agreed on.
pub(crate) struct Agreed {
    pub policy: PricingPolicy,
    /// When it was quoted, micro-seconds: the rate cards that were known then hold.
    pub quoted: i64,
    /// Its first day: the cards that held then.
    pub start: Date,
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
            agreed: None,
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
    let (policy, portfolio) = match wanted.agreed {
        None => {
            let policy = known.policy().await?;
            let portfolio = portfolio::load(known, &request, &policy).await?;
            (policy, portfolio)
        }
        Some(Agreed { policy, quoted, start }) => {
            let then = known.then(quoted);
            let day = instant("pricing_quote", quoted)?.to_zoned(TimeZone::UTC).date();
            let costs = Costs::of_quote(&then, (start, day), &request, &policy).await?;
            let portfolio = portfolio::load_by(known, &request, &policy, costs).await?;
            (policy, portfolio)
        }
    };
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
