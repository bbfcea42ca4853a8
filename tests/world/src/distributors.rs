//! Who sells the maker's goods where: distributors, their places, territories, rebates and exceptions.

use crate::codes::{Gln, uscc};
use crate::dice::Dice;
use crate::market::Market;
use crate::names::{CompanyName, Namer, phone};
use crate::places::{City, cities_of, province_name};
use crate::row;
use crate::sheet::{Sheet, money, round_to};

/// Province and honest demand (serial units in 2025) of every distributor; the first is the one that diverts.
const NETWORK: [(&str, i64); 12] = [
    ("330000", 980),
    ("360000", 360),
    ("350000", 420),
    ("320000", 760),
    ("440000", 720),
    ("340000", 380),
    ("310000", 340),
    ("370000", 560),
    ("410000", 420),
    ("420000", 400),
    ("430000", 370),
    ("510000", 440),
];

/// Yearly purchases from which a rebate holds, CNY, and its rate on all purchases of the year.
const LARGE_STEPS: [(f64, f64); 3] =
    [(16_000_000.0, 0.015), (24_000_000.0, 0.03), (33_000_000.0, 0.05)];

/// A distributor.
#[derive(Debug)]
pub struct Distributor {
    /// 1 and up.
    pub number: usize,
    /// Names.
    pub name: CompanyName,
    /// Six digits.
    pub province: &'static str,
    /// Where it sits.
    pub city: &'static City,
    /// Serial units that its territory takes in a year.
    pub demand: i64,
}

impl Distributor {
    /// `D01`.
    pub fn key(&self) -> String {
        format!("D{:02}", self.number)
    }

    /// As a party.
    pub fn party(&self) -> Gln {
        Gln::of_partner(u32::try_from(self.number).unwrap_or(0), 0)
    }

    /// Its warehouse.
    pub fn warehouse(&self) -> Gln {
        Gln::of_partner(u32::try_from(self.number).unwrap_or(0), 1)
    }
}

/// A shop whose GLN is known.
#[derive(Debug)]
pub struct Shop {
    /// Its place.
    pub gln: Gln,
    /// Its city.
    pub city: &'static City,
}

/// The maker as a party; reference 1 is its warehouse, 2 its plant.
pub fn maker() -> Gln {
    Gln::ours(0)
}

/// All distributors.
pub fn network(namer: &mut Namer) -> Vec<Distributor> {
    let mut dice = Dice::new(21);
    let mut all = Vec::new();
    for (index, (province, demand)) in NETWORK.iter().enumerate() {
        let name = namer.distributor(&mut dice, province_name(province));
        let city = cities_of(province)[0];
        all.push(Distributor { number: index + 1, name, province, city, demand: *demand });
    }
    all
}

/// A shop with a GLN in the first two cities of every territory.
pub fn shops() -> Vec<Shop> {
    let cities = NETWORK.iter().flat_map(|(province, _)| cities_of(province).into_iter().take(4));
    cities
        .zip(1..)
        .map(|(city, reference)| Shop { gln: Gln::of_partner(500, reference), city })
        .collect()
}

/// `distributors.csv`.
pub fn distributors(network: &[Distributor]) -> Sheet {
    let mut dice = Dice::new(22);
    let mut sheet = Sheet::new(&[
        "distributor_no",
        "name",
        "name_en",
        "short_name",
        "uscc",
        "gln",
        "parent_no",
        "tier",
        "region",
        "city",
        "status",
        "phone",
        "warehouse_address",
        "agreement_no",
        "agreement_from",
        "agreement_to",
        "target_2025",
        "margin_rate",
        "demand_2025",
        "updated_at",
    ]);
    sheet.push(row![
        "D00",
        "浙江澜砚棠压缩机股份有限公司",
        "Zhejiang Lanyantang Compressor Co., Ltd.",
        "澜砚棠",
        uscc("330602", 700_000),
        maker().digits(),
        "",
        "MANUFACTURER",
        "330000",
        "绍兴",
        "ACTIVE",
        phone(&mut dice, "CN"),
        "绍兴市澜桥路1号",
        "",
        "",
        "",
        "",
        "",
        "",
        "2025-01-02 09:00:00",
    ]);
    for distributor in network {
        let registered = format!("{}02", &distributor.city.region[..4]);
        sheet.push(row![
            distributor.key(),
            distributor.name.legal,
            distributor.name.latin,
            distributor.name.short,
            uscc(&registered, 710_000 + u32::try_from(distributor.number * 41).unwrap_or(0)),
            distributor.party().digits(),
            "D00",
            "GENERAL_AGENT",
            distributor.province,
            distributor.city.name,
            "ACTIVE",
            phone(&mut dice, "CN"),
            format!("{}市棠溪大道{}号", distributor.city.name, dice.whole(1, 400)),
            format!("A-2025-{:02}", distributor.number),
            "2025-01-01",
            "2027-01-01",
            money(target(distributor)),
            "0.18",
            distributor.demand,
            "2025-01-02 09:00:00",
        ]);
    }
    sheet
}

fn target(distributor: &Distributor) -> f64 {
    if distributor.number == 1 {
        return LARGE_STEPS[2].0;
    }
    round_to(distributor.demand as f64 * 24_500.0, 500_000.0)
}

/// `locations.csv`.
pub fn locations(network: &[Distributor], shops: &[Shop]) -> Sheet {
    let mut sheet = Sheet::new(&[
        "gln",
        "sgln",
        "name",
        "location_type",
        "distributor_no",
        "region",
        "city",
        "latitude",
        "longitude",
    ]);
    let mut place = |gln: &Gln, name: String, kind: &str, owner: &str, city: &City| {
        let (north, east) = city.at;
        sheet.push(row![
            gln.digits(),
            gln.sgln(),
            name,
            kind,
            owner,
            city.region,
            city.name,
            format!("{north:.2}"),
            format!("{east:.2}"),
        ]);
    };
    let home = cities_of("330000")[5];
    place(&Gln::ours(1), "成品仓库".into(), "WAREHOUSE", "D00", home);
    place(&Gln::ours(2), "绍兴工厂".into(), "PLANT", "D00", home);
    for distributor in network {
        let name = format!("{}仓库", distributor.name.short);
        place(&distributor.warehouse(), name, "DISTRIBUTOR", &distributor.key(), distributor.city);
    }
    for shop in shops {
        let name =
            format!("{}机电市场{}号", shop.city.name, shop.gln.digits().get(9..12).unwrap_or(""));
        place(&shop.gln, name, "RETAIL", "", shop.city);
    }
    sheet
}

/// `territories.csv`.
pub fn territories(network: &[Distributor]) -> Sheet {
    let mut sheet = Sheet::new(&[
        "territory_no",
        "distributor_no",
        "name",
        "region",
        "product_family",
        "exclusive",
        "valid_from",
        "valid_to",
    ]);
    for distributor in network {
        sheet.push(row![
            format!("T{:02}", distributor.number),
            distributor.key(),
            province_name(distributor.province).0,
            distributor.province,
            "",
            "Y",
            "2025-01-01",
            "2027-01-01",
        ]);
    }
    sheet
}

/// `rebate_plans.csv`: what a year's purchases earn.
pub fn rebate_plans(network: &[Distributor], market: &Market) -> Sheet {
    let mut sheet = Sheet::new(&[
        "plan_no",
        "distributor_no",
        "valid_from",
        "valid_to",
        "currency",
        "threshold_1",
        "rate_1",
        "threshold_2",
        "rate_2",
        "threshold_3",
        "rate_3",
        "purchases",
        "target",
    ]);
    for distributor in network {
        let scale = if distributor.number == 1 { 1.0 } else { target(distributor) / 24_000_000.0 };
        let mut row = row![format!("B-2025-{:02}", distributor.number), distributor.key()];
        row.extend(row!["2025-01-01", "2026-01-01", "CNY"]);
        for (threshold, rate) in LARGE_STEPS {
            row.extend(row![money(round_to(threshold * scale, 100_000.0)), rate]);
        }
        row.push(money(market.purchases_2025(distributor.number)));
        row.push(money(target(distributor)));
        sheet.push(row);
    }
    sheet
}

/// `exceptions.csv`: agreed projects across a border.
pub fn exceptions() -> Sheet {
    let mut sheet = Sheet::new(&[
        "exception_no",
        "kind",
        "distributor_no",
        "region",
        "project",
        "max_units",
        "approval",
        "valid_from",
        "valid_to",
    ]);
    sheet.push(row![
        "X-2025-01",
        "CROSS_REGION_PROJECT",
        "D04",
        "340000",
        "合肥电子产业园空压站",
        crate::market::PROJECT_UNITS,
        "渠道部 2025-08-20, 纪要 QD-2025-031",
        "2025-09-01",
        "2026-01-01",
    ]);
    sheet
}
