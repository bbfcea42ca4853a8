//! What hours, journeys and parts cost where machines stand: rate cards, exchange rates, calendars of hours.

use super::Request;
use crate::convert::catalogue::{Resource, converted_card, currency_of, fill, rate_card};
use crate::store::knowledge::Knowledge;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::money::Money;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::contract::end_date;
use aftercare_pricing_domain::fx::{FxError, FxRate, usable};
use aftercare_pricing_domain::hour_bands::HourBands;
use aftercare_pricing_domain::policy::{PricingPolicy, model};
use aftercare_pricing_domain::rate_card::{RateCard, Rates, nearest};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Costs of a quote.
pub(super) struct Costs {
    cards: Vec<RateCard>,
    /// The day on which a card must hold.
    on: Date,
    /// Currencies of the cards that are in another than the policy's, by name.
    foreign: BTreeMap<String, Currency>,
    /// Exchange rates to the policy's currency, and the day on which they are looked up; none where only costs in the policy's
    /// currency count.
    exchange: Option<(Vec<FxRate>, Date)>,
    used: BTreeMap<String, FxRate>,
    /// Rates on their calendars, by card.
    made: BTreeMap<String, Rates>,
    /// The contract's first day and the first after it, for calendars of hours.
    term: Option<(Date, Date)>,
}

impl Costs {
    /// What is in the policy's currency alone.
    pub fn in_currency(cards: Vec<RateCard>, on: Date) -> Self {
        let (foreign, used, made) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { cards, on, foreign, exchange: None, used, made, term: None }
    }

    /// Every rate card as it holds on a day, by the exchange rates of another.
    pub async fn of_quote(
        known: &Knowledge<'_>,
        (on, exchanged): (Date, Date),
        request: &Request,
        policy: &PricingPolicy,
    ) -> Result<Self, Error> {
        let end = end_date(request.start, request.terms.term_months);
        let mut costs =
            Self { term: Some((request.start, end)), ..Self::in_currency(Vec::new(), on) };
        let rates = known.fx_rates(policy.currency).await?;
        let limit = (exchanged, policy.fx_max_age_days);
        for row in known.catalogue_of_kind(pb::RateCard::KIND).await? {
            let card: pb::RateCard = fill(&row)?;
            let from = currency_of(&card).filter(|from| *from != policy.currency);
            let Some(from) = from else {
                costs.cards.extend(rate_card(&card, policy));
                continue;
            };
            // Without a rate the card stands here in its own currency, until a machine asks for it.
            let worth = usable(&rates, (from, policy.currency), limit, &card.name);
            let worth = worth.map_or(Decimal::ONE, |own| own.rate);
            costs.cards.extend(converted_card(&card, policy, (from, worth)));
            costs.foreign.insert(card.name, from);
        }
        costs.exchange = Some((rates, exchanged));
        Ok(costs)
    }

    /// The rates that hold in a region; none where no card does.
    ///
    /// # Errors
    /// [`FxError`] if the card is in another currency and no exchange rate may be used.
    pub fn rates(
        &mut self,
        region: Option<&RegionCode>,
        policy: &PricingPolicy,
    ) -> Result<Option<Rates>, FxError> {
        let Some(card) = nearest(&self.cards, region, self.on) else { return Ok(None) };
        let name = card.rates.rate_card.clone();
        if let Some(known) = self.made.get(&name) {
            return Ok(Some(known.clone()));
        }
        let rates = self.on_calendar(card.rates.clone(), card.hours.as_ref(), policy);
        if let Some(from) = self.foreign.get(&name).copied() {
            self.rate(from, &name, policy)?;
        }
        self.made.insert(name, rates.clone());
        Ok(Some(rates))
    }

    /// Rates with the shares of a calendar of hours, the policy's where there is no nearer one.
    pub fn on_calendar(
        &self,
        rates: Rates,
        own: Option<&HourBands>,
        policy: &PricingPolicy,
    ) -> Rates {
        let hours = own.or(policy.hours.as_ref());
        let bands = hours.zip(self.term).and_then(|(hours, (start, end))| hours.shares(start, end));
        Rates { bands, ..rates }
    }

    /// What an amount is worth in the policy's currency, major units; nothing if it is in another one and those do not count.
    ///
    /// # Errors
    /// As [`Costs::rates`].
    pub fn worth(
        &mut self,
        amount: Money,
        needed_by: &str,
        policy: &PricingPolicy,
    ) -> Result<f64, FxError> {
        if amount.currency() == policy.currency {
            return Ok(model(amount.amount()));
        }
        if self.exchange.is_none() {
            return Ok(0.0);
        }
        let rate = self.rate(amount.currency(), needed_by, policy)?;
        Ok(model(amount.amount()) * model(rate))
    }

    /// The exchange rate from a currency, which the quote then stands on.
    fn rate(
        &mut self,
        from: Currency,
        needed_by: &str,
        policy: &PricingPolicy,
    ) -> Result<Decimal, FxError> {
        let Some((rates, today)) = &self.exchange else { return Ok(Decimal::ONE) };
        let limit = (*today, policy.fx_max_age_days);
        let found = usable(rates, (from, policy.currency), limit, needed_by)?;
        let rate = found.rate;
        self.used.entry(found.name.clone()).or_insert_with(|| found.clone());
        Ok(rate)
    }

    /// The exchange rates that were used, by name.
    pub fn used(self) -> Vec<FxRate> {
        self.used.into_values().collect()
    }
}
