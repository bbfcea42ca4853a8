//! What contracts did cost: the work that was done under them, each piece as the terms of its day decide.

use crate::handler::price_index;
use crate::server::Server;
use crate::store::contract::StoredContract;
use crate::store::quote::{self, StoredQuote};
use crate::store::work::{self, WorkDoc, entity::Model as Work};
use crate::store::{amendment, contract};
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::agreement::Amendment;
use aftercare_pricing_domain::classification::{self, ScopedKind, WorkCost, classify};
use aftercare_pricing_domain::leakage::exclusion_of_cause;
use aftercare_pricing_domain::overtime::Overtime;
use aftercare_pricing_domain::policy::model;
use aftercare_pricing_domain::quote::QuoteError;
use aftercare_pricing_domain::rate_card::Rates;
use aftercare_pricing_domain::tariff::{DoneWork, agreed, bill};
use aftercare_pricing_domain::terms::{Exclusion, PricingModel, Terms};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::slice::from_mut;

/// A contract with all that it was agreed and priced on.
pub(crate) struct Book {
    pub contract: StoredContract,
    pub amendments: Vec<Amendment>,
    pub quote: StoredQuote,
}

/// A piece of work under a contract.
pub(crate) struct Piece {
    /// Id of the work order.
    pub work: String,
    /// Name of the machine.
    pub asset: String,
    /// Name of who did it; empty when not said.
    pub engineer: String,
    /// Whether it was a failure, not a planned visit.
    pub repair: bool,
    /// What it cost us: our part if the terms bear it, all of it if they do not.
    pub ours: Money,
    /// What the contract's rate card bills for it, if that is for the customer to pay; nothing if we bear it.
    pub billable: Money,
    /// Whether nobody told when it was done, so that it is billed as in business hours.
    pub hours_unknown: bool,
    /// Whether full coverage excludes it, and by which exclusion: done at our cost.
    pub leaked: Option<Option<Exclusion>>,
}

/// Everything that was done under a contract in a time.
#[derive(Default)]
pub(crate) struct Actuals {
    pub pieces: Vec<Piece>,
    /// Pieces without a cost in the contract's currency.
    pub uncounted: usize,
}

impl Actuals {
    /// Cost of the pieces that satisfy a condition.
    pub fn cost(&self, zero: Money, wanted: impl Fn(&Piece) -> bool) -> Result<Money, Error> {
        let chosen = self.pieces.iter().filter(|piece| wanted(piece));
        let sum = chosen.map(|piece| piece.ours).try_fold(zero, Money::checked_add);
        Ok(sum.map_err(QuoteError::from)?)
    }

    /// What is billed beside the fee.
    pub fn billed(&self, zero: Money) -> Result<Money, Error> {
        let sum = self.pieces.iter().map(Piece::billed).try_fold(zero, Money::checked_add);
        Ok(sum.map_err(QuoteError::from)?)
    }

    /// Repairs that the terms bear or bill.
    pub fn failures(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(|piece| piece.repair && piece.leaked.is_none())
    }
}

impl Piece {
    /// What is billed for it: with full coverage nothing.
    pub fn billed(&self) -> Money {
        match self.leaked {
            None => self.billable,
            Some(_) => Money::zero(self.billable.currency()),
        }
    }
}

/// Midnight UTC of a day, micro-seconds.
pub(crate) fn micros(day: Date) -> i64 {
    day.to_zoned(TimeZone::UTC).map_or(0, |at| at.timestamp().as_microsecond())
}

impl Book {
    /// One contract.
    pub async fn open(server: &Server, call: &Call, id: &str) -> Result<Self, Error> {
        let db = server.home.read();
        let mut contract = contract::get(db, call.tenant(), id).await?;
        price_index::publish(db, call, from_mut(&mut contract)).await?;
        let amendments = amendment::of(db, call.tenant(), id).await?;
        let quote = quote::get(db, call.tenant(), &contract.quote).await?;
        Ok(Self { contract, amendments, quote })
    }

    /// Many contracts.
    pub async fn open_all(
        server: &Server,
        call: &Call,
        mut contracts: Vec<StoredContract>,
    ) -> Result<Vec<Self>, Error> {
        let db = server.home.read();
        price_index::publish(db, call, &mut contracts).await?;
        let ids: Vec<String> = contracts.iter().map(|contract| contract.id.clone()).collect();
        let mut amendments = amendment::of_many(db, call.tenant(), &ids).await?;
        let ids = contracts.iter().map(|contract| contract.quote.clone()).collect();
        let mut quotes = quote::of_ids(db, call.tenant(), ids).await?;
        let open = |contract: StoredContract| -> Result<Self, StoreError> {
            let quote = quotes.remove(&contract.quote).ok_or_else(|| {
                StoreError::corrupt("pricing_contract", format!("{} has no quote", contract.id))
            })?;
            let amendments = amendments.remove(&contract.id).unwrap_or_default();
            Ok(Self { contract, amendments, quote })
        };
        Ok(contracts.into_iter().map(open).collect::<Result<_, _>>()?)
    }

    /// No money of the contract's currency.
    pub fn zero(&self) -> Money {
        Money::zero(self.contract.agreement.price.currency())
    }

    /// Names of every machine that it ever covered.
    pub fn assets(&self) -> Vec<String> {
        let added = self.amendments.iter().flat_map(|amendment| &amendment.added);
        let all = self.contract.agreement.assets.iter().chain(added);
        all.map(|covered| covered.asset.clone()).collect()
    }

    /// Contract months from the start to a day; 0 before the start.
    pub fn months_until(&self, day: Date) -> f64 {
        let days = (day - self.contract.start).get_days();
        (f64::from(days) / 365.2425 * 12.0).max(0.0)
    }

    /// The work that was done under it in a half-open time.
    pub async fn actuals(
        &self,
        server: &Server,
        call: &Call,
        (from, to): (Date, Date),
    ) -> Result<Actuals, Error> {
        let name = self.contract.name();
        let which = (name.as_str(), &self.assets()[..]);
        let window = (micros(self.counted_from(from)), micros(to));
        let rows = work::of_contract(server.home.read(), call.tenant(), which, window).await?;
        self.judge(rows.iter().collect(), (from, to))
    }

    /// The first day of which work has to be known to judge work from a day on: a fixed price counts from the contract's start.
    pub fn counted_from(&self, from: Date) -> Date {
        let scoped = |terms: &Terms| terms.pricing_model == PricingModel::FixedPrice;
        let amended = self.amendments.iter().filter_map(|amendment| amendment.terms.as_ref());
        let counted = amended.chain([&self.contract.agreement.terms]).any(scoped);
        if counted { self.contract.start.min(from) } else { from }
    }

    /// Which of these pieces of work are the contract's, and what those of a half-open time cost us.
    pub fn judge(&self, mut rows: Vec<&Work>, (from, to): (Date, Date)) -> Result<Actuals, Error> {
        rows.sort_by(|a, b| (a.complete_time, &a.id).cmp(&(b.complete_time, &b.id)));
        let window = micros(from)..micros(to);
        let (mut actuals, mut made) = (Actuals::default(), [0; 3]);
        for row in rows {
            let doc = row.document()?;
            let day = crate::store::instant("pricing_work", row.complete_time)?
                .to_zoned(TimeZone::UTC)
                .date();
            if !self.is_ours(row, &doc, day) {
                continue;
            }
            let counted = !self.free(row, &doc) && self.holds(day) && self.covers(&row.asset, day);
            let before = counted.then(|| {
                let made = &mut made[kind_of(row) as usize];
                *made += 1;
                *made - 1
            });
            if !window.contains(&row.complete_time) {
                continue;
            }
            match self.piece(row, &doc, (day, before)).map_err(QuoteError::from)? {
                Some(piece) => actuals.pieces.push(piece),
                None => actuals.uncounted += 1,
            }
        }
        Ok(actuals)
    }

    fn holds(&self, day: Date) -> bool {
        day >= self.contract.start && day < self.contract.end
    }

    /// Whether it is for the maker to pay: under warranty, or a field action.
    fn free(&self, row: &Work, doc: &WorkDoc) -> bool {
        doc.under_warranty || row.kind == "CAMPAIGN"
    }

    fn is_ours(&self, row: &Work, doc: &WorkDoc, day: Date) -> bool {
        let contract = &self.contract;
        if row.contract == contract.name() {
            return true;
        }
        row.contract.is_empty()
            && self.holds(day)
            && !doc.under_warranty
            && !contract.agreement.suspended_on(day)
            && self.covers(&row.asset, day)
    }

    fn covers(&self, asset: &str, day: Date) -> bool {
        let covered = self.contract.agreement.assets_on(&self.amendments, day);
        covered.iter().any(|held| held.asset == asset)
    }

    /// A piece of work as the terms of its day decide; none without a cost in the contract's currency. `before` is how much of
    /// its kind was done before it.
    fn piece(
        &self,
        row: &Work,
        doc: &WorkDoc,
        (day, before): (Date, Option<u32>),
    ) -> Result<Option<Piece>, MoneyError> {
        let Some(cost) = self.cost(row, doc)? else { return Ok(None) };
        let work = classification::Work {
            day: Some(day),
            asset: Some((row.asset.clone(), self.covers(&row.asset, day))),
            causes: exclusion_of_cause(&doc.cause).into_iter().collect(),
            cost: Some(cost),
            kind: kind_of(row),
            before,
            surcharge: self.surcharge(
                (&row.asset, day),
                (doc.labour_hours, doc.overtime),
                &cost,
            )?,
        };
        let terms = self.contract.agreement.terms_on(&self.amendments, day);
        let policy = &self.quote.input.policy;
        let period = (self.contract.start, self.contract.end);
        let verdict = classify(terms, policy, period, &work)?;
        let whole = cost.labour.checked_add(cost.parts)?.checked_add(cost.travel)?;
        let ours = verdict.split.map_or(whole, |(ours, _)| ours);
        let billed = !verdict.covered && !self.free(row, doc);
        let full = terms.pricing_model == PricingModel::FullCoverage;
        Ok(Some(Piece {
            work: row.id.clone(),
            asset: row.asset.clone(),
            engineer: doc.engineer.clone(),
            repair: row.kind == "REPAIR",
            ours: if verdict.covered { ours } else { whole },
            billable: if billed { self.bill(row, doc, &cost, day)? } else { self.zero() },
            hours_unknown: doc.overtime.is_none(),
            leaked: (full && !verdict.covered).then_some(verdict.exclusion),
        }))
    }

    /// What the rate card of the contract's quote bills for a piece of work. Hours that nobody told are those that its labour
    /// cost pays for; a journey that cost nothing was none.
    fn bill(
        &self,
        row: &Work,
        doc: &WorkDoc,
        cost: &WorkCost,
        day: Date,
    ) -> Result<Money, MoneyError> {
        let policy = &self.quote.input.policy;
        let terms = self.contract.agreement.terms_on(&self.amendments, day);
        let rates = &agreed(self.rates_of(&row.asset).into_owned(), terms);
        let labour = model(cost.labour.amount());
        let work = DoneWork {
            hours: doc.labour_hours.unwrap_or(labour / rates.labour_per_hour),
            overtime: doc.overtime.unwrap_or_default(),
            journey: doc.travel_micros != Some(0),
            parts: model(cost.parts.amount()),
            planned: kind_of(row) == ScopedKind::Visit,
            years: self.months_until(day) / 12.0,
        };
        bill(&work, rates, policy)
    }

    /// What a piece of work cost; labour that nobody priced costs what the quote took an hour for.
    fn cost(&self, row: &Work, doc: &WorkDoc) -> Result<Option<WorkCost>, MoneyError> {
        let currency = self.zero().currency();
        let known = doc.currency.is_empty() || doc.currency == currency.code();
        if !known || doc.mixed_currencies {
            return Ok(None);
        }
        let amount = |micros: Option<i64>| Money::from_micros(micros.unwrap_or(0), currency);
        let labour = match (doc.labour_micros, doc.labour_hours) {
            (Some(micros), _) => Money::from_micros(micros, currency),
            (None, Some(hours)) => {
                let rates = self.rates_of(&row.asset);
                let hours = hours + doc.overtime.unwrap_or_default().surcharge(&rates);
                Money::from_model(hours * rates.labour_per_hour, currency)?
            }
            (None, None) => Money::zero(currency),
        };
        let (parts, travel) = (amount(doc.parts_micros), amount(doc.travel_micros));
        Ok(Some(WorkCost { labour, parts, travel }))
    }

    /// The part of labour that is the surcharge of hours which the terms of the day do not promise; none if nobody told the hours.
    pub fn surcharge(
        &self,
        (asset, day): (&str, Date),
        (labour_hours, overtime): (Option<f64>, Option<Overtime>),
        cost: &WorkCost,
    ) -> Result<Option<Money>, MoneyError> {
        let Some((hours, overtime)) = labour_hours.zip(overtime) else { return Ok(None) };
        let terms = self.contract.agreement.terms_on(&self.amendments, day);
        let own = self.rates_of(asset);
        let rates = (&*own, &agreed(own.clone().into_owned(), terms));
        let share = overtime.surcharge_share(hours, rates, terms.after_hours);
        let amount = model(cost.labour.amount()) * share;
        Money::from_model(amount, cost.labour.currency()).map(Some)
    }

    /// The contract's rates for a machine; the policy's own for one of which it says nothing.
    pub fn rates_of(&self, asset: &str) -> Cow<'_, Rates> {
        let standard = || Cow::Owned(self.quote.input.policy.default_rates());
        self.rates(asset).map_or_else(standard, Cow::Borrowed)
    }

    /// The rates at which a machine was quoted, or came in later.
    pub fn rates(&self, asset: &str) -> Option<&Rates> {
        let portfolio = &self.quote.input.portfolio;
        if let Some(priced) = portfolio.assets.iter().find(|priced| priced.asset == asset) {
            return portfolio.rates.get(priced.rates);
        }
        let added = self.amendments.iter().flat_map(|amendment| &amendment.added);
        added
            .filter(|covered| covered.asset == asset)
            .filter_map(|own| own.rates.as_ref())
            .next_back()
    }
}

/// What a piece of work is to a fixed price.
fn kind_of(row: &Work) -> ScopedKind {
    match row.kind.as_str() {
        "REPAIR" => ScopedKind::Repair,
        "PREVENTIVE" => ScopedKind::Visit,
        _ => ScopedKind::Ordered,
    }
}

/// Work by the contract that it names, and by machine if it names none.
pub(crate) struct WorkIndex {
    by_contract: BTreeMap<String, Vec<Work>>,
    by_asset: BTreeMap<String, Vec<Work>>,
}

impl WorkIndex {
    /// Of all work in a half-open time.
    pub async fn load(
        server: &Server,
        call: &Call,
        (from, to): (Date, Date),
    ) -> Result<Self, Error> {
        let window = (micros(from), micros(to));
        let mut index = Self { by_contract: BTreeMap::new(), by_asset: BTreeMap::new() };
        for row in work::within(server.home.read(), call.tenant(), window).await? {
            let (map, key) = if row.contract.is_empty() {
                (&mut index.by_asset, row.asset.clone())
            } else {
                (&mut index.by_contract, row.contract.clone())
            };
            map.entry(key).or_default().push(row);
        }
        Ok(index)
    }

    /// What was done under a contract in a part of that time.
    pub fn actuals(&self, book: &Book, (from, to): (Date, Date)) -> Result<Actuals, Error> {
        let named = self.by_contract.get(&book.contract.name());
        let assets = book.assets();
        let others = assets.iter().filter_map(|asset| self.by_asset.get(asset));
        let window = micros(book.counted_from(from))..micros(to);
        let rows = named.into_iter().chain(others).flatten();
        book.judge(rows.filter(|row| window.contains(&row.complete_time)).collect(), (from, to))
    }
}
