//! Products, parts and rate cards.

use crate::codes::gtin;
use crate::dice::Dice;
use crate::places::{ABROAD, CITIES, province};
use crate::row;
use crate::sheet::{Sheet, money, round_to, yes};
use crate::truth::FAILURES;

/// A product.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    /// Its number, which is its GTIN's item reference too.
    pub item: u32,
    /// Family code.
    pub family: &'static str,
    /// Model.
    pub model: &'static str,
    /// Rated power; none for consumables.
    pub kw: f64,
    /// List price, CNY.
    pub list: f64,
    /// Direct, through distributors by serial, or consumables by lot.
    pub sold: Sold,
}

/// How a product is sold and tracked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sold {
    /// By us, with commissioning.
    Direct,
    /// By distributors, each piece with a serial.
    Serial,
    /// By distributors, in lots.
    Lot,
}

const fn product(
    item: u32,
    family: &'static str,
    model: &'static str,
    kw: f64,
    list: f64,
    sold: Sold,
) -> Product {
    Product { item, family, model, kw, list, sold }
}

/// The price list.
pub const PRODUCTS: [Product; 25] = [
    product(10101, "SF", "SF-22", 22.0, 62_000.0, Sold::Direct),
    product(10102, "SF", "SF-37", 37.0, 88_000.0, Sold::Direct),
    product(10103, "SF", "SF-55", 55.0, 126_000.0, Sold::Direct),
    product(10104, "SF", "SF-90", 90.0, 189_000.0, Sold::Direct),
    product(10201, "SV", "SV-22", 22.0, 79_000.0, Sold::Direct),
    product(10202, "SV", "SV-37", 37.0, 112_000.0, Sold::Direct),
    product(10203, "SV", "SV-75", 75.0, 205_000.0, Sold::Direct),
    product(10204, "SV", "SV-110", 110.0, 286_000.0, Sold::Direct),
    product(10301, "OF", "OF-45", 45.0, 310_000.0, Sold::Direct),
    product(10302, "OF", "OF-75", 75.0, 420_000.0, Sold::Direct),
    product(10303, "OF", "OF-132", 132.0, 640_000.0, Sold::Direct),
    product(10304, "OF", "OF-200", 200.0, 890_000.0, Sold::Direct),
    product(10401, "PB", "PB-30", 30.0, 145_000.0, Sold::Direct),
    product(10402, "PB", "PB-45", 45.0, 198_000.0, Sold::Direct),
    product(10403, "PB", "PB-75", 75.0, 276_000.0, Sold::Direct),
    product(10404, "PB", "PB-110", 110.0, 365_000.0, Sold::Direct),
    product(20101, "SF", "SF-7", 7.5, 18_600.0, Sold::Serial),
    product(20102, "SF", "SF-11", 11.0, 24_800.0, Sold::Serial),
    product(20103, "SF", "SF-15", 15.0, 31_500.0, Sold::Serial),
    product(20201, "SV", "SV-11", 11.0, 33_900.0, Sold::Serial),
    product(20202, "SV", "SV-15", 15.0, 41_800.0, Sold::Serial),
    product(30101, "CK", "OIL-20", 0.0, 980.0, Sold::Lot),
    product(30102, "CK", "FILTER-A", 0.0, 360.0, Sold::Lot),
    product(30103, "CK", "SEP-B", 0.0, 1_250.0, Sold::Lot),
    product(30104, "CK", "BELT-C", 0.0, 420.0, Sold::Lot),
];

/// Share of the list price that a distributor pays.
pub const DISTRIBUTOR_SHARE: f64 = 0.78;
/// Share of the list price under which a distributor must not sell.
pub const FLOOR_SHARE: f64 = 0.90;

impl Product {
    /// Product number.
    pub fn number(&self) -> String {
        format!("P{}", self.item)
    }

    /// GTIN-14.
    pub fn gtin(&self) -> String {
        gtin(self.item)
    }

    /// What a distributor pays.
    pub fn distributor_price(&self) -> f64 {
        round_to(self.list * DISTRIBUTOR_SHARE, 10.0)
    }
}

/// Products sold in one way.
pub fn sold(how: Sold) -> Vec<&'static Product> {
    PRODUCTS.iter().filter(|product| product.sold == how).collect()
}

fn family_name(family: &str) -> (&'static str, &'static str) {
    match family {
        "SF" => ("定频螺杆空压机", "fixed-speed screw compressor"),
        "SV" => ("变频螺杆空压机", "variable-speed screw compressor"),
        "OF" => ("无油螺杆空压机", "oil-free screw compressor"),
        "PB" => ("活塞增压机", "piston booster"),
        _ => ("保养耗材", "consumable kit"),
    }
}

/// `products.csv`.
pub fn products() -> Sheet {
    let mut sheet = Sheet::new(&[
        "product_no",
        "name",
        "name_en",
        "family",
        "model",
        "power_kw",
        "gtin",
        "tracked_by",
        "sold_through",
        "list_price",
        "floor_price",
        "distributor_margin",
        "standard_cost",
        "currency",
        "warranty_months",
        "launched_on",
    ]);
    for product in &PRODUCTS {
        let (zh, en) = family_name(product.family);
        let direct = product.sold == Sold::Direct;
        let floor = round_to(product.list * FLOOR_SHARE, 10.0);
        let margin = round_to(product.list * 0.96, 10.0) - product.distributor_price();
        sheet.push(row![
            product.number(),
            format!("{zh} {}", product.model),
            format!("{} {en}", product.model),
            product.family,
            product.model,
            if product.kw > 0.0 { product.kw.to_string() } else { String::new() },
            product.gtin(),
            if product.sold == Sold::Lot { "LOT" } else { "SERIAL" },
            if direct { "DIRECT" } else { "DISTRIBUTOR" },
            money(product.list),
            if direct { String::new() } else { money(floor) },
            if direct { String::new() } else { money(margin) },
            money(round_to(product.list * 0.56, 10.0)),
            "CNY",
            if product.sold == Sold::Lot { 0 } else { 18 },
            if product.item < 10_300 { "2016-09-01" } else { "2017-01-01" },
        ]);
    }
    sheet
}

/// The main part of a failure mode: number and the class it belongs to.
pub fn part_of(family: &str, mode: &str) -> (String, &'static str) {
    let class = match mode {
        "AIR_END" | "MOTOR" => "MAJOR",
        "CONTROL" | "INVERTER" => "ELECTRONIC",
        "COOLER" => "CONSUMABLE",
        _ => "WEAR",
    };
    (format!("S-{family}-{}", mode.replace('_', "")), class)
}

/// `parts.csv`.
pub fn parts() -> Sheet {
    let mut dice = Dice::new(11);
    let mut sheet = Sheet::new(&[
        "part_no",
        "name",
        "name_en",
        "family",
        "failure_mode",
        "part_class",
        "unit_cost",
        "list_price",
        "currency",
        "lead_time_days",
        "repairable",
        "support_until",
        "stock_qty",
    ]);
    for truth in &FAILURES {
        let (number, class) = part_of(truth.family, truth.mode);
        let (zh, en) = match truth.mode {
            "AIR_END" => ("主机头", "air end"),
            "BEARING" => ("轴承组件", "bearing set"),
            "SEAL" => ("密封组件", "seal kit"),
            "CONTROL" => ("控制器", "controller"),
            "COOLER" => ("冷却器清洗包", "cooler cleaning kit"),
            "INVERTER" => ("变频器", "inverter"),
            "MOTOR" => ("电机", "motor"),
            _ => ("阀组", "valve set"),
        };
        let cost = round_to(truth.cost_median * 0.55, 10.0);
        sheet.push(row![
            number,
            format!("{} {zh}", truth.family),
            format!("{} {en}", truth.family),
            truth.family,
            truth.mode,
            class,
            money(cost),
            money(round_to(cost * 1.6, 10.0)),
            "CNY",
            if class == "MAJOR" { dice.whole(35, 60) } else { dice.whole(3, 20) },
            yes(class == "MAJOR" || truth.mode == "INVERTER"),
            "2033-12-31",
            if class == "MAJOR" { dice.whole(1, 5) } else { dice.whole(8, 60) },
        ]);
    }
    sheet
}

/// Hours on the road of a visit.
pub fn travel_hours(region: &str) -> f64 {
    if field_rates(region).1 < 200.0 { 1.5 } else { 3.0 }
}

/// What a technician's hour and a journey (without its hours) cost in a region.
pub fn field_rates(region: &str) -> (f64, f64) {
    match province(region).as_str() {
        "330000" => (118.0, 180.0),
        "310000" | "320000" => (128.0, 240.0),
        "440000" => (126.0, 320.0),
        "360000" | "340000" | "350000" => (106.0, 300.0),
        "DE" => (430.0, 1_250.0),
        "US" => (520.0, 1_600.0),
        "VN" | "TH" => (92.0, 420.0),
        _ => (102.0, 420.0),
    }
}

/// `rate_cards.csv`.
pub fn rate_cards() -> Sheet {
    let mut dice = Dice::new(12);
    let mut sheet = Sheet::new(&[
        "rate_card_no",
        "region",
        "valid_from",
        "valid_to",
        "currency",
        "labour_rate_per_hour",
        "technician_cost_per_hour",
        "travel_cost_per_visit",
        "travel_hours_per_visit",
        "evening_factor",
        "weekend_factor",
        "holiday_factor",
        "technicians",
        "readiness_cost_4h",
        "readiness_cost_8h",
        "readiness_cost_24h",
        "readiness_cost_72h",
        "inspection_cost",
        "cost_inflation",
    ]);
    let mut regions: Vec<String> =
        CITIES.iter().chain(&ABROAD).map(|city| province(city.region)).collect();
    regions.sort();
    regions.dedup();
    for region in regions {
        let (hour, travel) = field_rates(&region);
        let far = travel / 180.0;
        let technicians = if region == "330000" { 26 } else { dice.whole(2, 9) };
        sheet.push(row![
            format!("R-{region}"),
            region,
            "2026-01-01",
            "",
            "CNY",
            money(round_to(hour * 2.2, 5.0)),
            money(hour),
            money(travel),
            format!("{:.1}", travel_hours(&region)),
            "1.5",
            "2",
            "3",
            technicians,
            money(round_to(1_900.0 * far, 10.0)),
            money(round_to(950.0 * far, 10.0)),
            money(round_to(260.0 * far, 10.0)),
            money(round_to(80.0 * far, 10.0)),
            money(round_to(3.0 * hour + travel + 180.0, 10.0)),
            "0.03",
        ]);
    }
    sheet
}
