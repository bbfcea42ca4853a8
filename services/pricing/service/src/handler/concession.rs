//! What a lower price takes.

use super::{id_of, parsed, price_index};
use crate::convert::concession::present;
use crate::convert::terms::{index_of, known, lever_of, share};
use crate::server::Server;
use crate::store::knowledge::Knowledge;
use crate::store::quote as store;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::pricing::v1::find_concessions_request::Target as Asked;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::concession::{self, Target};
use aftercare_pricing_domain::policy::model;
use aftercare_pricing_domain::spectrum::SpectrumCache;
use rust_decimal::Decimal;

/// Sets that are answered with unless the request says how many.
const DEFAULT_RESULTS: usize = 20;

pub(crate) async fn find(
    server: &Server,
    call: Call,
    asked: pb::FindConcessionsRequest,
) -> Result<pb::FindConcessionsResponse, Error> {
    let id = id_of("quotes/{quote}", &asked.name)?;
    let (allowed, most, clause) = parsed(|wrong| {
        let mut allowed = Vec::new();
        for (i, number) in asked.allowed_levers.iter().enumerate() {
            let field = format!("allowed_levers[{i}]");
            match known(&field, *number, wrong).and_then(lever_of) {
                Some(lever) => allowed.push(lever),
                None => wrong.add(&field, "must be said"),
            }
        }
        let most = usize::try_from(asked.max_results).ok().filter(|most| *most <= 200);
        if most.is_none() {
            wrong.add("max_results", "must be 0 to 200");
        }
        wrong.required("target", asked.target.as_ref());
        let clause = asked.index_escalation.as_ref();
        let clause = clause.and_then(|clause| {
            wrong.within("index_escalation", |wrong| {
                let clause = index_of(clause, wrong)?;
                clause.check(wrong);
                Some(clause)
            })
        });
        Some((allowed, most.unwrap_or(0), clause))
    })?;
    let quote = store::get(server.home.read(), call.tenant(), &id).await?;
    let price = quote.quote.price.price;
    let target = parsed(|wrong| match asked.target.as_ref()? {
        Asked::Discount(discount) => {
            share("discount", discount, wrong).map(|d| Target::Discount(model(d)))
        }
        Asked::TargetPrice(target) => {
            let target = wrong.take("target_price", wire::amount(target))?;
            if target.currency() != price.currency() {
                wrong.add("target_price", format!("must be in {}", price.currency()));
            } else if target.amount() <= Decimal::ZERO || target.amount() >= price.amount() {
                wrong.add("target_price", format!("must be above 0 and below the quote's {price}"));
            }
            Some(Target::Price(target))
        }
    })?;
    let most = if most == 0 { DEFAULT_RESULTS } else { most };
    let input = quote.input;
    let index = match clause {
        Some(clause) => {
            let known = Knowledge::now(server.home.read(), call.tenant());
            let field = "index_escalation.base_month";
            Some(price_index::offer(&known, clause, field, &input.policy).await?)
        }
        None => None,
    };
    // A search makes thousands of spectra of its own; it leaves the shared ones to quotes.
    let search = tokio::task::spawn_blocking(move || {
        let levers = (&allowed[..], index.as_ref());
        concession::find(&input, target, levers, most, &mut SpectrumCache::new())
    });
    let found = search.await.map_err(|_| crate::server::Lost)??;
    Ok(present(&found))
}
