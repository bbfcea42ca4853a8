//! The same money and failures cut by region, product, age, segment and salesperson: in every dimension the groups add up to
//! all. By technician only work can be cut, against what such repairs were expected to cost: fees are not earned by one person.

use super::Entry;
use crate::convert::terms::segment;
use crate::handler::actuals::Piece;
use crate::server::Server;
use crate::store::evidence::{self, machine};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::credibility::partial_credibility;
use aftercare_pricing_domain::experience::Expected;
use aftercare_pricing_domain::quote::QuoteError;
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};

/// Province of each machine by its name.
pub(super) async fn regions(
    server: &Server,
    call: &Call,
    entries: &[Entry],
) -> Result<BTreeMap<String, String>, Error> {
    let names: BTreeSet<String> = entries.iter().flat_map(|entry| entry.book.assets()).collect();
    let names: Vec<String> = names.into_iter().collect();
    let mut regions = BTreeMap::new();
    for chunk in names.chunks(500) {
        let ids = chunk.iter().filter_map(|name| name.rsplit('/').next());
        let select = evidence::machines(call.tenant()).filter(machine::Column::Id.is_in(ids));
        for row in select.all(server.home.read()).await.map_err(StoreError::from)? {
            regions.insert(row.name, province(&row.region_code));
        }
    }
    Ok(regions)
}

/// The province of a region; empty when it is not known.
pub(super) fn province(region: &str) -> String {
    RegionCode::parse(region).map(|region| region.province().to_string()).unwrap_or_default()
}

/// Money and failures.
#[derive(Clone, Copy)]
struct Figures {
    /// Fees and bills.
    revenue: Money,
    billed: Money,
    actual: Money,
    leakage: Money,
    /// Expected cost of work.
    expected: f64,
    failures: u32,
    /// Expected number of failures and its variance.
    count: (f64, f64),
}

/// What falls to a group.
struct Sum {
    contracts: BTreeSet<String>,
    under_water: BTreeSet<String>,
    figures: Figures,
}

/// A machine's part of a contract.
struct Part {
    asset: String,
    product: String,
    age: Option<f64>,
    figures: Figures,
}

pub(super) fn groups(
    entries: &[Entry],
    regions: &BTreeMap<String, String>,
    zero: Money,
) -> Result<Vec<pb::ProfitabilityGroup>, Error> {
    let mut sums: BTreeMap<(usize, String), Sum> = BTreeMap::new();
    for entry in entries {
        let words = [
            (0, String::new()),
            (4, segment(entry.book.quote.input.segment).as_str_name().to_owned()),
            (5, entry.book.contract.agreement.salesperson.clone()),
        ];
        for part in parts(entry, zero).map_err(QuoteError::from)? {
            let region = regions.get(&part.asset).cloned().unwrap_or_default();
            let cuts = [(1, region), (2, part.product.clone()), (3, age_band(part.age).to_owned())];
            for key in words.iter().chain(&cuts) {
                let sum = sums.entry(key.clone()).or_insert_with(|| Sum::none(zero));
                sum.add(entry, &part).map_err(QuoteError::from)?;
            }
        }
        for piece in &entry.outcome.actuals.pieces {
            let key = (TECHNICIAN, piece.engineer.clone());
            let sum = sums.entry(key).or_insert_with(|| Sum::none(zero));
            sum.contract(entry);
            sum.figures.work(piece).map_err(QuoteError::from)?;
            sum.figures.expected += usual_cost(entry, piece);
        }
    }
    let shown = sums.into_iter().map(|((dimension, value), sum)| sum.present(dimension, value));
    Ok(shown.collect::<Result<_, MoneyError>>().map_err(QuoteError::from)?)
}

const DIMENSIONS: [&str; 7] =
    ["all", "region", "product", "age", "segment", "salesperson", "technician"];

/// The dimension of what each technician's work did cost.
const TECHNICIAN: usize = 6;

const fn age_band(age: Option<f64>) -> &'static str {
    match age {
        None => "unknown",
        Some(age) if age < 3.0 => "0 to 3 years",
        Some(age) if age < 7.0 => "3 to 7 years",
        Some(age) if age < 12.0 => "7 to 12 years",
        Some(_) => "12 years and more",
    }
}

/// What a repair of the machine was expected to cost; nothing for other work.
fn usual_cost(entry: &Entry, piece: &Piece) -> f64 {
    let assets = &entry.book.quote.input.portfolio.assets;
    let at = assets.iter().position(|asset| asset.asset == piece.asset);
    let expected = at.and_then(|at| entry.outcome.expected.get(at));
    match expected.filter(|own| piece.repair && piece.leaked.is_none() && own.count > 0.0) {
        Some(expected) => expected.failures / expected.count,
        None => 0.0,
    }
}

/// A contract's money by machine: fees by the machines' parts of the fee, bills and cost where they arose. Work on a machine
/// that the contract does not cover stays with that machine.
fn parts(entry: &Entry, zero: Money) -> Result<Vec<Part>, MoneyError> {
    let book = &entry.book;
    let input = &book.quote.input;
    let priced = |name: &str| input.portfolio.assets.iter().position(|a| a.asset == name);
    let added = book.amendments.iter().flat_map(|amendment| &amendment.added);
    let covered: Vec<_> = book.contract.agreement.assets.iter().chain(added).collect();
    let mut weights: Vec<Decimal> = covered.iter().map(|asset| asset.weight.amount()).collect();
    if weights.iter().all(Decimal::is_zero) {
        weights.fill(Decimal::ONE);
    }
    let fees = entry.outcome.fees.allocate(&weights)?;
    let mut parts: BTreeMap<&str, Part> = BTreeMap::new();
    for (asset, fee) in covered.into_iter().zip(fees) {
        let at = priced(&asset.asset);
        let years = book.months_until(entry.to) / 12.0;
        let part = parts.entry(&asset.asset).or_insert_with(|| Part {
            asset: asset.asset.clone(),
            product: asset.product.clone(),
            age: at.and_then(|at| input.portfolio.assets.get(at)).map(|a| a.age + years),
            figures: Figures::expected(zero, at.and_then(|at| entry.outcome.expected.get(at))),
        });
        part.figures.revenue = part.figures.revenue.checked_add(fee)?;
    }
    for piece in &entry.outcome.actuals.pieces {
        let part = parts.entry(&piece.asset).or_insert_with(|| Part {
            asset: piece.asset.clone(),
            product: String::new(),
            age: None,
            figures: Figures::expected(zero, None),
        });
        part.figures.work(piece)?;
    }
    Ok(parts.into_values().collect())
}

impl Figures {
    /// Nothing but what was expected.
    fn expected(zero: Money, expected: Option<&Expected>) -> Self {
        Self {
            revenue: zero,
            billed: zero,
            actual: zero,
            leakage: zero,
            expected: expected.map_or(0.0, Expected::work),
            failures: 0,
            count: expected.map_or((0.0, 0.0), |own| (own.count, own.count_variance)),
        }
    }

    fn work(&mut self, piece: &Piece) -> Result<(), MoneyError> {
        self.actual = self.actual.checked_add(piece.ours)?;
        self.billed = self.billed.checked_add(piece.billed())?;
        self.revenue = self.revenue.checked_add(piece.billed())?;
        if piece.leaked.is_some() {
            self.leakage = self.leakage.checked_add(piece.ours)?;
        } else {
            self.failures += u32::from(piece.repair);
        }
        Ok(())
    }

    fn add(&mut self, other: &Self) -> Result<(), MoneyError> {
        self.revenue = self.revenue.checked_add(other.revenue)?;
        self.billed = self.billed.checked_add(other.billed)?;
        self.actual = self.actual.checked_add(other.actual)?;
        self.leakage = self.leakage.checked_add(other.leakage)?;
        self.expected += other.expected;
        self.failures += other.failures;
        self.count = (self.count.0 + other.count.0, self.count.1 + other.count.1);
        Ok(())
    }

    /// The numbers of failures between which a group as expected lies with a probability of 99.8 %.
    fn funnel(&self) -> (u32, u32) {
        let (count, count_variance) = self.count;
        Expected { count, count_variance, ..Expected::default() }.funnel()
    }
}

impl Sum {
    fn none(zero: Money) -> Self {
        Self {
            contracts: BTreeSet::new(),
            under_water: BTreeSet::new(),
            figures: Figures::expected(zero, None),
        }
    }

    fn contract(&mut self, entry: &Entry) {
        self.contracts.insert(entry.book.contract.id.clone());
        if entry.outcome.under_water() {
            self.under_water.insert(entry.book.contract.id.clone());
        }
    }

    fn add(&mut self, entry: &Entry, part: &Part) -> Result<(), MoneyError> {
        self.contract(entry);
        self.figures.add(&part.figures)
    }

    fn present(
        self,
        dimension: usize,
        value: String,
    ) -> Result<pb::ProfitabilityGroup, MoneyError> {
        let count = |set: &BTreeSet<String>| i32::try_from(set.len()).unwrap_or(i32::MAX);
        let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let own = &self.figures;
        let expected = Money::from_model(own.expected, own.revenue.currency())?;
        // Nobody knows how many failures a technician was to be sent to.
        let (lower, upper) = if dimension == TECHNICIAN { (0, 0) } else { own.funnel() };
        Ok(pb::ProfitabilityGroup {
            dimension: DIMENSIONS.get(dimension).copied().unwrap_or_default().to_owned(),
            value,
            contract_count: count(&self.contracts),
            under_water_count: count(&self.under_water),
            revenue: Some(wire::money(own.revenue)),
            actual_cost: Some(wire::money(own.actual)),
            expected_cost: Some(wire::money(expected)),
            leakage: Some(wire::money(own.leakage)),
            billed: Some(wire::money(own.billed)),
            failure_count: number(own.failures),
            expected_failure_count: own.count.0,
            funnel_lower: number(lower),
            funnel_upper: number(upper),
            credibility: partial_credibility(f64::from(own.failures)),
        })
    }
}
