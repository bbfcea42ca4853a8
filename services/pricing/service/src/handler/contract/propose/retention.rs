//! What would happen at each price: what it leaves us, and how likely customers stayed at such a change before.

use crate::handler::actuals::Book;
use crate::server::Server;
use crate::store::quote;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::contract::{ContractState, QuoteState};
use aftercare_pricing_domain::cost::Outcome;
use aftercare_pricing_domain::policy::model;
use aftercare_pricing_domain::price::{FeePlan, price_at};
use aftercare_pricing_domain::quote::QuoteError;
use aftercare_pricing_domain::retention::{Decision, NoCurve, RetentionCurve};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Percent of the last fee that prices are shown at, from -20 to 20.
const STEPS: std::ops::RangeInclusive<i64> = -4..=4;

/// A curve with what it stands on.
pub(super) struct Fitted {
    curve: RetentionCurve,
    kept: usize,
    lost: usize,
}

/// The fee of a full year at the end of a contract.
pub(super) fn last_fee(book: &Book) -> Result<Money, Error> {
    let agreement = &book.contract.agreement;
    let year = agreement.terms.term_months.div_ceil(12);
    let fee = agreement.annual_fee(&book.amendments, book.contract.start, year);
    Ok(fee.map_err(QuoteError::from)?)
}

/// What each price leaves us.
pub(super) fn points(
    last: Money,
    (plan, outcome): (&FeePlan, &Outcome),
    start: Date,
) -> Result<Vec<pb::RenewalPricePoint>, MoneyError> {
    STEPS
        .map(|step| {
            let change = Decimal::new(5 * step, 2);
            let at = price_at(last.times(Decimal::ONE + change)?, plan, outcome, start)?;
            let margin = Money::from_model(at.present_value - outcome.mean(), last.currency())?;
            Ok(pb::RenewalPricePoint {
                change: Some(wire::decimal(change.normalize())),
                price: Some(wire::money(at.price)),
                margin: Some(wire::money(margin)),
                loss_probability: at.loss_probability,
                keep_probability: None,
                expected_margin: None,
            })
        })
        .collect()
}

/// Weighs each price with how likely the customer stays.
pub(super) fn weigh(points: &mut [pb::RenewalPricePoint], fitted: &Fitted) -> Result<(), Error> {
    for point in points {
        let change = point.change.as_ref().and_then(|change| wire::exact(change).ok());
        let margin = point.margin.as_ref().and_then(|margin| wire::amount(margin).ok());
        let (Some(change), Some(margin)) = (change, margin) else { continue };
        let keeps = fitted.curve.keeps(model(change));
        let expected = Money::from_model(keeps * model(margin.amount()), margin.currency());
        point.keep_probability = Some(keeps);
        point.expected_margin = Some(wire::money(expected.map_err(QuoteError::from)?));
    }
    Ok(())
}

impl Fitted {
    pub(super) fn wire(&self) -> pb::RetentionCurve {
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        pb::RetentionCurve {
            kept: count(self.kept),
            lost: count(self.lost),
            intercept: self.curve.intercept,
            slope: self.curve.slope,
            intercept_standard_error: self.curve.intercept_error,
            slope_standard_error: self.curve.slope_error,
        }
    }
}

/// The curve of all decided renewals among some contracts, or why there is none.
pub(super) async fn curve(
    server: &Server,
    call: &Call,
    class: &[Book],
) -> Result<Result<Fitted, NoCurve>, Error> {
    let decisions = decisions(server, call, class).await?;
    let kept = decisions.iter().filter(|decision| decision.kept).count();
    let lost = decisions.len() - kept;
    Ok(RetentionCurve::fit(&decisions).map(|curve| Fitted { curve, kept, lost }))
}

/// Renewals that were kept: the fee of the contract that followed. Renewals that were lost: the fee of the last quote that
/// started on the day after the end and was not taken, or, of a contract that would have renewed itself and was given notice
/// of, the fee that it would have had. Only where the same machines were covered.
async fn decisions(server: &Server, call: &Call, class: &[Book]) -> Result<Vec<Decision>, Error> {
    let followers: BTreeMap<&str, &Book> = class
        .iter()
        .filter(|book| !book.contract.agreement.renewal_of.is_empty())
        .map(|book| (book.contract.agreement.renewal_of.as_str(), book))
        .collect();
    let over = |book: &&Book| book.contract.state == ContractState::Expired;
    let customers: BTreeSet<String> =
        class.iter().filter(over).map(|book| book.contract.customer.clone()).collect();
    let customers: Vec<String> = customers.into_iter().collect();
    let refused = quote::refused(server.home.read(), call.tenant(), customers).await?;
    let mut decisions = Vec::new();
    for book in class {
        let end = book.contract.end;
        let covered = machines(book.contract.agreement.assets_on(&book.amendments, end));
        let next = match book.contract.state {
            ContractState::Renewed => {
                followers.get(book.contract.name().as_str()).and_then(|next| {
                    let same = machines(next.contract.agreement.assets.clone()) == covered;
                    let growth = next.contract.agreement.terms.growth(1).ok()?;
                    same.then(|| next.contract.agreement.base.times(growth).ok()).flatten()
                })
            }
            ContractState::Expired => {
                let quoted = refused.iter().rfind(|quote| {
                    let lines = quote.quote.lines.iter().map(|line| line.asset.clone());
                    quote.input.customer == book.contract.customer
                        && quote.input.start == end
                        && matches!(quote.state, QuoteState::Offered | QuoteState::Declined)
                        && lines.collect::<BTreeSet<_>>() == covered
                });
                let agreement = &book.contract.agreement;
                let renews = agreement.terms.automatic_renewal && agreement.notice.is_some();
                match quoted {
                    Some(quoted) => Some(quoted.quote.price.base),
                    None if renews => agreement
                        .annual_fee(
                            &book.amendments,
                            book.contract.start,
                            agreement.terms.term_months.div_ceil(12) + 1,
                        )
                        .ok(),
                    None => None,
                }
            }
            ContractState::Accepted
            | ContractState::Active
            | ContractState::Suspended
            | ContractState::Terminated => None,
        };
        let last = last_fee(book)?;
        let Some(next) = next.filter(|next| next.currency() == last.currency()) else { continue };
        if let Some(ratio) = next.amount().checked_div(last.amount()) {
            let kept = book.contract.state == ContractState::Renewed;
            decisions.push(Decision { change: model(ratio) - 1.0, kept });
        }
    }
    Ok(decisions)
}

fn machines(covered: Vec<aftercare_pricing_domain::agreement::CoveredAsset>) -> BTreeSet<String> {
    covered.into_iter().map(|held| held.asset).collect()
}
