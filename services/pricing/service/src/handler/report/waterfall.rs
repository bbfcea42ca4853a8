//! From list price to pocket margin.

use super::Entry;
use crate::server::Server;
use crate::store::quote;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::quote::QuoteError;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// List price less discounts less concessions is what was earned, exactly; less marginal cost it is the pocket margin. The list
/// price of a contract whose terms were changed for a lower price is that of the quote before the change.
pub(super) async fn waterfall(
    server: &Server,
    call: &Call,
    entries: &[Entry],
    zero: Money,
) -> Result<Vec<pb::WaterfallStep>, Error> {
    let asked: Vec<String> = entries
        .iter()
        .filter_map(|entry| entry.book.quote.input.concession_of.as_ref())
        .filter_map(|name| Some(name.strip_prefix("quotes/")?.to_owned()))
        .collect();
    let originals: BTreeMap<String, Money> =
        quote::of_ids(server.home.read(), call.tenant(), asked)
            .await?
            .into_iter()
            .map(|(id, quote)| (format!("quotes/{id}"), quote.quote.price.base))
            .collect();
    let mut sums = [zero; 4];
    for entry in entries {
        let steps = steps(entry, &originals).map_err(QuoteError::from)?;
        for (sum, step) in sums.iter_mut().zip(steps) {
            *sum = sum.checked_add(step).map_err(QuoteError::from)?;
        }
    }
    let [list, undiscounted, pocket, cost] = sums;
    let less = |a: Money, b: Money| a.checked_sub(b).map_err(QuoteError::from);
    let shown = [
        ("list", list),
        ("concession", less(undiscounted, list)?),
        ("discount", less(pocket, undiscounted)?),
        ("pocket price", pocket),
        ("marginal cost", less(zero, cost)?),
        ("pocket margin", less(pocket, cost)?),
    ];
    Ok(shown
        .into_iter()
        .map(|(step, amount)| pb::WaterfallStep {
            step: step.to_owned(),
            amount: Some(wire::money(amount)),
        })
        .collect())
}

/// List price, price before the discount, pocket price, marginal cost: of what the contract earned in the time.
fn steps(entry: &Entry, originals: &BTreeMap<String, Money>) -> Result<[Money; 4], MoneyError> {
    let input = &entry.book.quote.input;
    // Bills are by the rate card, and no discount is on them.
    let (pocket, billed) = (entry.outcome.fees, entry.outcome.billed);
    let paid = Decimal::ONE - input.discount.unwrap_or_default();
    let undiscounted = if paid.is_zero() { pocket } else { pocket.times(Decimal::ONE / paid)? };
    let base = entry.book.quote.quote.price.base.amount();
    let original = input.concession_of.as_ref().and_then(|name| originals.get(name));
    let list = match original {
        Some(original) if !base.is_zero() => {
            let ratio = original.amount() * paid / base;
            undiscounted.times(ratio)?
        }
        Some(_) | None => undiscounted,
    };
    let [list, undiscounted, pocket] = [list, undiscounted, pocket].map(|m| m.checked_add(billed));
    Ok([list?, undiscounted?, pocket?, entry.outcome.marginal_cost])
}
