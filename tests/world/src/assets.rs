//! The installed base.

use crate::catalogue::{PRODUCTS, Product, Sold};
use crate::customers::{Customer, STAR};
use crate::dice::Dice;
use crate::distributors::Distributor;
use crate::row;
use crate::sheet::{Sheet, money, round_to};
use crate::truth::EXPORT_DATE;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use std::collections::BTreeMap;

/// How many machines there are.
const COUNT: usize = 900;
/// Earlier machines came through distributors, later ones from the maker itself.
const DIRECT_SALES: Date = date(2019, 7, 1);
/// Machines of the customer that the demo follows, by product index and day of commissioning.
const STAR_MACHINES: [(usize, Date); 14] = [
    (1, date(2018, 4, 10)),
    (1, date(2018, 4, 11)),
    (2, date(2018, 9, 3)),
    (2, date(2019, 5, 21)),
    (5, date(2019, 5, 22)),
    (6, date(2020, 3, 30)),
    (6, date(2020, 10, 19)),
    (5, date(2021, 6, 8)),
    (3, date(2021, 11, 15)),
    (6, date(2022, 7, 4)),
    (9, date(2022, 7, 5)),
    (7, date(2023, 4, 17)),
    (12, date(2023, 9, 11)),
    (6, date(2024, 5, 27)),
];

/// A machine, as other files need it.
#[derive(Debug)]
pub struct Asset {
    /// `ZJ-2019-00045`.
    pub serial: String,
    /// Index of its owner.
    pub owner: usize,
    /// Its product.
    pub product: &'static Product,
    /// Age counts from here.
    pub commissioned: Date,
    /// First day out of warranty.
    pub warranty_until: Date,
    /// Surroundings.
    pub environment: &'static str,
    /// Hours a day.
    pub duty: i64,
    /// The day it was taken out of use.
    pub retired: Option<Date>,
    manufactured: Date,
}

/// All machines, in the order of their owners.
pub fn machines(people: &[Customer]) -> Vec<Asset> {
    let mut dice = Dice::new(4);
    let mut numbers: BTreeMap<i16, u32> = BTreeMap::new();
    let mut all = Vec::with_capacity(COUNT);
    for owner in owners(&mut dice, people) {
        let star = people[owner].number == STAR;
        let nth = all.iter().filter(|asset: &&Asset| asset.owner == owner).count();
        let (product, commissioned) = if star {
            (&PRODUCTS[STAR_MACHINES[nth].0], STAR_MACHINES[nth].1)
        } else {
            (product(&mut dice, people[owner].industry), commissioning(&mut dice))
        };
        let manufactured = commissioned.saturating_sub(dice.whole(20, 90).days());
        let counter = numbers.entry(manufactured.year()).or_default();
        *counter += u32::try_from(dice.whole(1, 9)).unwrap_or(1);
        let serial = format!("ZJ-{}-{counter:05}", manufactured.year());
        let retire = commissioned < date(2019, 1, 1) && !star && dice.chance(0.1);
        all.push(Asset {
            serial,
            owner,
            product,
            commissioned,
            warranty_until: commissioned.saturating_add(18.months()),
            environment: environment(&mut dice, people[owner].industry),
            duty: if star { 24 } else { [8, 16, 24][dice.weighted(&[0.3, 0.4, 0.3])] },
            retired: retire.then(|| dice.day(date(2024, 1, 8), date(2026, 1, 30))),
            manufactured,
        });
    }
    all
}

/// One owner a machine: everybody has one at least, the large have more.
fn owners(dice: &mut Dice, people: &[Customer]) -> Vec<usize> {
    let weights: Vec<f64> = people
        .iter()
        .map(|customer| if customer.number == STAR { 0.0 } else { customer.size.powf(0.8) })
        .collect();
    let mut owners: Vec<usize> = (0..people.len()).collect();
    owners.extend(std::iter::repeat_n(STAR - 1, STAR_MACHINES.len() - 1));
    while owners.len() < COUNT {
        owners.push(dice.weighted(&weights));
    }
    owners.sort_unstable();
    owners
}

fn product(dice: &mut Dice, industry: usize) -> &'static Product {
    // Food, pharma and electronics need oil-free air; bottles and packaging need high pressure.
    let family = match industry {
        1 | 2 | 4 => ["SF", "SV", "OF", "PB"][dice.weighted(&[0.22, 0.28, 0.42, 0.08])],
        7 => ["SF", "SV", "OF", "PB"][dice.weighted(&[0.2, 0.2, 0.1, 0.5])],
        _ => ["SF", "SV", "OF", "PB"][dice.weighted(&[0.44, 0.36, 0.06, 0.14])],
    };
    let models: Vec<&Product> = PRODUCTS
        .iter()
        .filter(|product| product.family == family && product.sold == Sold::Direct)
        .collect();
    models[dice.weighted(&[0.3, 0.35, 0.22, 0.13])]
}

fn commissioning(dice: &mut Dice) -> Date {
    let weights = [60.0, 75.0, 85.0, 80.0, 105.0, 115.0, 120.0, 118.0, 124.0, 18.0];
    let year = 2017 + i16::try_from(dice.weighted(&weights)).unwrap_or(0);
    let last = if year == 2026 { date(2026, 2, 9) } else { date(year, 12, 28) };
    dice.day(date(year, 1, 5), last)
}

fn environment(dice: &mut Dice, industry: usize) -> &'static str {
    let weights = match industry {
        2 | 4 => [0.6, 0.35, 0.0, 0.05],
        0 | 6 | 8 => [0.0, 0.45, 0.45, 0.1],
        5 | 9 => [0.0, 0.4, 0.1, 0.5],
        _ => [0.15, 0.6, 0.15, 0.1],
    };
    ["CLEAN", "NORMAL", "DUSTY", "CORROSIVE"][dice.weighted(&weights)]
}

/// `assets.csv`.
pub fn assets(people: &[Customer], machines: &[Asset], network: &[Distributor]) -> Sheet {
    let mut dice = Dice::new(5);
    let mut sheet = Sheet::new(&[
        "serial_no",
        "customer_no",
        "product_no",
        "site",
        "region",
        "manufactured_on",
        "commissioned_on",
        "warranty_until",
        "environment",
        "duty_hours_per_day",
        "lot_no",
        "distributor_no",
        "status",
        "retired_on",
        "purchase_price",
        "updated_at",
    ]);
    for asset in machines {
        let owner = &people[asset.owner];
        let hall = *dice.pick(&["1号车间", "2号车间", "3号车间", "空压站"]);
        let discount = dice.real(0.86, 0.99);
        let changed = asset.retired.unwrap_or_else(|| dice.day(date(2026, 1, 5), EXPORT_DATE));
        sheet.push(row![
            asset.serial,
            owner.key(),
            asset.product.number(),
            format!("{} {hall}", owner.city.name),
            owner.city.region,
            asset.manufactured,
            asset.commissioned,
            asset.warranty_until,
            asset.environment,
            asset.duty,
            format!("{}{}", asset.product.model, asset.manufactured.strftime("-%y%m")),
            seller(asset, owner, network),
            if asset.retired.is_some() { "RETIRED" } else { "ACTIVE" },
            asset.retired.map(|day| day.to_string()).unwrap_or_default(),
            money(round_to(asset.product.list * discount, 100.0)),
            dice.moment(changed, 8, 18).strftime("%F %T"),
        ]);
    }
    sheet
}

/// The distributor that sold it: until direct sales began, the one of the owner's province.
fn seller(asset: &Asset, owner: &Customer, network: &[Distributor]) -> String {
    let there = |seller: &&Distributor| seller.province.get(..2) == owner.city.region.get(..2);
    let sold = network.iter().find(there).filter(|_| asset.commissioned < DIRECT_SALES);
    sold.map(Distributor::key).unwrap_or_default()
}
