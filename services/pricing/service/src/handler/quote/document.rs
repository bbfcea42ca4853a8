//! A quote as a page to read and to print.

use super::PATTERN;
use crate::convert::terms::known;
use crate::handler::{id_of, parsed};
use crate::server::Server;
use crate::store::quote as store;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::document::{Audience, Facts, render};
use aftercare_pricing_domain::language::Language;
use sha2::{Digest, Sha256};

pub(crate) async fn document(
    server: &Server,
    call: Call,
    asked: pb::GetQuoteDocumentRequest,
) -> Result<pb::QuoteDocument, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let (language, audience) = parsed(|wrong| {
        let language = wrong.take("language_code", Language::parse(&asked.language_code));
        let audience = known::<pb::QuoteAudience>("audience", asked.audience, wrong);
        Some((language?, audience?))
    })?;
    let audience = match audience {
        pb::QuoteAudience::Unspecified | pb::QuoteAudience::Customer => Audience::Customer,
        pb::QuoteAudience::Internal => Audience::Internal,
    };
    let stored = store::get(server.home.read(), call.tenant(), &id).await?;
    let facts = Facts {
        name: &stored.name(),
        valid_until: stored.valid_until,
        competitors: &stored.competitors,
    };
    let html = render(&facts, &stored.input, &stored.quote, &stored.drivers, language, audience);
    Ok(pb::QuoteDocument {
        quote: stored.name(),
        language_code: language.code().to_owned(),
        digest: hex::encode(Sha256::digest(html.as_bytes())),
        html,
    })
}
