//! A quote by what was known at a time: computed, not kept.

use super::requote::{self, Wanted};
use super::{PATTERN, competitors, compute, input};
use crate::convert::quote::{digest, present};
use crate::handler::segment;
use crate::handler::{id_of, parsed};
use crate::server::Server;
use crate::store::knowledge::Knowledge;
use crate::store::quote::{self as store, StoredQuote};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Invalid;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::quote::QuoteInput;
use pb::quote_as_of_request::Source;
use prost::Message;

pub(crate) async fn as_of(
    server: &Server,
    call: Call,
    asked: pb::QuoteAsOfRequest,
) -> Result<pb::QuoteAsOfResponse, Error> {
    let (source, at) = parsed(|wrong| {
        let at = wrong.required("as_of_time", asked.as_of_time.as_ref());
        let at = at.and_then(|at| wrong.take("as_of_time", wire::instant(at)));
        if at.is_some_and(|at| at > call.now) {
            wrong.add("as_of_time", "must not be in the future");
        }
        if asked.source.is_none() {
            wrong.add("source", "must be a name or a request");
        }
        Some((asked.source?, at?))
    })?;
    let (request, kept) = match source {
        Source::Request(request) => (Some(request), None),
        Source::Name(name) => {
            let id = id_of(PATTERN, &name)?;
            let kept = store::get(server.home.read(), call.tenant(), &id).await?;
            (request_of(&kept)?, Some(kept))
        }
    };
    // Days that are counted from the day of the call are counted from that day.
    let then = Call { now: at, ..call };
    let known = Knowledge::at(server.home.read(), then.tenant(), at.as_microsecond());
    let mut segment_source = None;
    let (id, product, input) = match (request, &kept) {
        (Some(request), _) => {
            let (id, input) = input(&known, &then, &request).await?;
            segment_source = segment::source(&known, &request).await?;
            (id, request.service_product, input)
        }
        (None, Some(kept)) => {
            let input = agreed(&known, &then, kept).await?;
            (String::new(), kept.service_product.clone(), input)
        }
        (None, None) => return Err(Invalid::field("source", "must be a name or a request").into()),
    };
    let id = kept.as_ref().map_or(id, |kept| kept.id.clone());
    let mut quote = compute(server, &then, id, product, input).await?;
    quote.competitors = competitors(&known, &then, &quote).await?;
    quote.segment_source = segment_source;
    let figures = |quote: &StoredQuote| digest(&(&quote.quote, &quote.drivers));
    let (digest, stored_digest) = (figures(&quote)?, kept.as_ref().map(figures).transpose()?);
    Ok(pb::QuoteAsOfResponse {
        quote: Some(present(&quote)?),
        as_known_today: known.as_known_today(),
        identical: stored_digest.as_ref() == Some(&digest),
        digest,
        stored_digest: stored_digest.unwrap_or_default(),
    })
}

/// The request that made a quote; none if it was made otherwise, or before requests were kept.
fn request_of(kept: &StoredQuote) -> Result<Option<pb::CreateQuoteRequest>, Error> {
    let request = kept.request.as_deref().map(pb::CreateQuoteRequest::decode).transpose();
    Ok(request.map_err(|cause| StoreError::corrupt("pricing_quote", cause))?)
}

/// The input of a quote that nobody asked for as such: its own machines, on the terms that were agreed.
async fn agreed(
    known: &Knowledge<'_>,
    call: &Call,
    kept: &StoredQuote,
) -> Result<QuoteInput, Error> {
    let input = requote::input_by(known, call, Wanted::of(kept)).await?;
    let (discount, concession_of) = (kept.input.discount, kept.input.concession_of.clone());
    Ok(QuoteInput { discount, concession_of, ..input })
}
