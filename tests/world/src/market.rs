//! The market of channel goods: what left for whom and when, where it was sold, and what of it was seen.

use crate::catalogue::{Product, Sold, sold};
use crate::dice::Dice;
use crate::distributors::Distributor;
use crate::places::{City, cities_of};
use crate::truth::{DIVERSION_FROM, DIVERSION_TO, DIVERTED, DIVERTER, MOBILITY, SCAN_RATE};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday, date};

/// Units of the agreed project of the Jiangsu distributor in Anhui.
pub const PROJECT_UNITS: usize = 40;
/// From this day on the warehouse scans serials: deliveries are EPCIS events.
pub const EPCIS_FROM: Date = date(2025, 7, 1);

/// Where a delivery's goods are meant to be sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// In the distributor's own territory.
    Home,
    /// In another province, against the agreement.
    Diverted(&'static str),
    /// In another province, by agreement.
    Project(&'static str),
}

/// One delivery of serial goods.
#[derive(Debug)]
pub struct Delivery {
    /// `L20250703001`.
    pub number: String,
    /// When it left, China time.
    pub at: DateTime,
    /// Number of the distributor.
    pub distributor: usize,
    /// What was in it.
    pub units: Vec<Unit>,
    fate: Fate,
}

/// One serial unit.
#[derive(Debug)]
pub struct Unit {
    /// Its product.
    pub product: &'static Product,
    /// `25A000123`.
    pub serial: String,
}

/// A delivery line of lot goods.
#[derive(Debug)]
pub struct LotLine {
    /// When it left.
    pub at: DateTime,
    /// Number of the distributor.
    pub distributor: usize,
    /// Its product.
    pub product: &'static Product,
    /// Lot.
    pub lot: String,
    /// Pieces.
    pub quantity: i64,
}

/// How a unit was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The buyer registered the warranty.
    Warranty,
    /// Somebody scanned it.
    Scan,
    /// A field patrol.
    Patrol,
    /// An invoice, with its price.
    Invoice,
}

/// One unit seen once.
#[derive(Debug)]
pub struct Sighting {
    /// Index of its delivery.
    pub delivery: usize,
    /// Index within the delivery.
    pub unit: usize,
    /// When, China time.
    pub at: DateTime,
    /// Where.
    pub city: &'static City,
    /// How.
    pub seen: Seen,
    /// What the buyer paid, for invoices.
    pub price: Option<f64>,
}

/// Everything that moved.
pub struct Market {
    /// Serial deliveries by time.
    pub deliveries: Vec<Delivery>,
    /// Lot lines by time.
    pub lots: Vec<LotLine>,
    /// Sightings by time.
    pub sightings: Vec<Sighting>,
}

impl Market {
    /// Lets the market run.
    pub fn run(network: &[Distributor]) -> Self {
        let mut dice = Dice::new(23);
        let mut deliveries = Vec::new();
        for distributor in network {
            honest(&mut dice, distributor, &mut deliveries);
        }
        special(&mut dice, &mut deliveries);
        deliveries.sort_by(|a, b| a.at.cmp(&b.at).then(a.distributor.cmp(&b.distributor)));
        number(&mut deliveries);
        let lots = lots(network);
        let sightings = sightings(&deliveries, network);
        Self { deliveries, lots, sightings }
    }

    /// What a distributor bought in 2025 at its price, CNY.
    pub fn purchases_2025(&self, distributor: usize) -> f64 {
        let serial = self.deliveries.iter().filter(|delivery| delivery.distributor == distributor);
        let units = serial.flat_map(|delivery| &delivery.units);
        let lots = self.lots.iter().filter(|l| l.distributor == distributor && l.at.year() == 2025);
        units.map(|unit| unit.product.distributor_price()).sum::<f64>()
            + lots.map(|line| line.quantity as f64 * line.product.distributor_price()).sum::<f64>()
    }

    /// Units of one distributor that were seen in a province, with what they were there for.
    pub fn seen_in(&self, distributor: usize, province: &str) -> impl Iterator<Item = Fate> {
        self.sightings
            .iter()
            .filter(move |seen| self.deliveries[seen.delivery].distributor == distributor)
            .filter(move |seen| seen.city.region[..2] == province[..2])
            .map(|seen| self.deliveries[seen.delivery].fate)
    }
}

/// A year's trade: about four deliveries a month, more before summer and at the year's end.
fn honest(dice: &mut Dice, distributor: &Distributor, deliveries: &mut Vec<Delivery>) {
    let season = [0.85, 0.65, 1.05, 1.1, 1.15, 1.1, 1.0, 0.95, 1.05, 0.95, 1.1, 1.05];
    for (month, factor) in (1i8..).zip(season) {
        // Diverted goods take the place of what the two neighbours would have bought.
        let injured = DIVERTED.iter().any(|(province, _)| *province == distributor.province);
        let lost = if injured && month >= 10 { 0.55 } else { 1.0 };
        let mean = distributor.demand as f64 / 12.0 * factor * lost / 4.0;
        for week in 0..4 {
            let first = date(2025, month, 1 + 7 * week);
            let day = workday(dice.day(first, first.saturating_add(5.days())));
            deliver(dice, deliveries, distributor.number, day, mean, Fate::Home);
        }
    }
}

/// The diversion, and the one project that was agreed.
fn special(dice: &mut Dice, deliveries: &mut Vec<Delivery>) {
    for (province, units) in DIVERTED {
        let mut left = units;
        while left > 0 {
            let many = left.min(usize::try_from(dice.whole(18, 34)).unwrap_or(20));
            let day = workday(dice.day(DIVERSION_FROM, DIVERSION_TO));
            let delivery = load(dice, DIVERTER, day, many, Fate::Diverted(province));
            deliveries.push(delivery);
            left -= many;
        }
    }
    for (day, many) in [(date(2025, 9, 10), 22), (date(2025, 10, 15), PROJECT_UNITS - 22)] {
        let delivery = load(dice, 4, day, many, Fate::Project("340000"));
        deliveries.push(delivery);
    }
}

fn deliver(
    dice: &mut Dice,
    deliveries: &mut Vec<Delivery>,
    distributor: usize,
    day: Date,
    mean: f64,
    fate: Fate,
) {
    let many = usize::try_from(dice.poisson(mean)).unwrap_or(0);
    if many > 0 {
        deliveries.push(load(dice, distributor, day, many, fate));
    }
}

fn load(dice: &mut Dice, distributor: usize, day: Date, many: usize, fate: Fate) -> Delivery {
    let goods = sold(Sold::Serial);
    let units = (0..many)
        .map(|_| Unit {
            product: goods[dice.weighted(&[0.25, 0.25, 0.2, 0.18, 0.12])],
            serial: String::new(),
        })
        .collect();
    Delivery { number: String::new(), at: dice.moment(day, 8, 17), distributor, units, fate }
}

fn workday(day: Date) -> Date {
    match day.weekday() {
        Weekday::Saturday => day.saturating_sub(1.days()),
        Weekday::Sunday => day.saturating_add(1.days()),
        _ => day,
    }
}

fn number(deliveries: &mut [Delivery]) {
    let mut serial = 0;
    let (mut day, mut count) = (Date::MIN, 0);
    for delivery in deliveries {
        count = if delivery.at.date() == day { count + 1 } else { 1 };
        day = delivery.at.date();
        delivery.number = format!("L{}{count:03}", day.strftime("%Y%m%d"));
        for unit in &mut delivery.units {
            serial += 1;
            unit.serial = format!("25A{serial:06}");
        }
    }
}

fn lots(network: &[Distributor]) -> Vec<LotLine> {
    let mut dice = Dice::new(24);
    let mut lines = Vec::new();
    for month in 0..14i16 {
        let (year, of_year) = (2025 + month / 12, i8::try_from(month % 12).unwrap_or(0) + 1);
        for distributor in network {
            let day =
                workday(date(year, of_year, 8 + i8::try_from(distributor.number).unwrap_or(0)));
            let at = dice.moment(day, 8, 17);
            for product in sold(Sold::Lot) {
                let quantity = dice.poisson(distributor.demand as f64 / 40.0).max(1);
                let lot = format!("{}-{}{:02}", product.model, year - 2000, of_year);
                lines.push(LotLine { at, distributor: distributor.number, product, lot, quantity });
            }
        }
    }
    lines
}

fn sightings(deliveries: &[Delivery], network: &[Distributor]) -> Vec<Sighting> {
    let mut dice = Dice::new(25);
    let mut all = Vec::new();
    for (index, delivery) in deliveries.iter().enumerate() {
        for (unit, goods) in delivery.units.iter().enumerate() {
            let Some((at, city)) = sale(&mut dice, delivery, network) else { continue };
            let seen = [Seen::Warranty, Seen::Scan, Seen::Patrol, Seen::Invoice]
                [dice.weighted(&[0.5, 0.28, 0.12, 0.1])];
            let cheap = matches!(delivery.fate, Fate::Diverted(_));
            let share = if cheap { dice.real(0.80, 0.87) } else { dice.real(0.92, 1.0) };
            let price = (seen == Seen::Invoice).then_some(goods.product.list * share);
            all.push(Sighting { delivery: index, unit, at, city, seen, price });
        }
    }
    all.sort_by(|a, b| a.at.cmp(&b.at).then(a.delivery.cmp(&b.delivery)).then(a.unit.cmp(&b.unit)));
    all
}

/// When and where a unit is seen in the hands of its buyer, if anybody sees it in the autumn of 2025.
fn sale(
    dice: &mut Dice,
    delivery: &Delivery,
    network: &[Distributor],
) -> Option<(DateTime, &'static City)> {
    let home = network[delivery.distributor - 1].province;
    let (province, wait) = match delivery.fate {
        Fate::Diverted(province) => (province, 2.0 + 8.0 * dice.exponential()),
        Fate::Project(province) => (province, 6.0 + 10.0 * dice.exponential()),
        Fate::Home if dice.chance(MOBILITY) => {
            let others: Vec<_> = network.iter().filter(|other| other.province != home).collect();
            (dice.pick(&others).province, 4.0 + 16.0 * dice.exponential())
        }
        Fate::Home => (home, 4.0 + 16.0 * dice.exponential()),
    };
    let cities = cities_of(province);
    let city = *dice.pick(&cities);
    let day = delivery.at.date().saturating_add((wait as i64).days());
    let at = dice.moment(day, 8, 20);
    let seen = dice.chance(SCAN_RATE) && at > delivery.at;
    (seen && day >= date(2025, 9, 1) && day <= date(2025, 12, 31)).then_some((at, city))
}
