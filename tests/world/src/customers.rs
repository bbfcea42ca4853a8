//! Customers and their contacts.

use crate::codes::uscc;
use crate::dice::Dice;
use crate::names::{CompanyName, INDUSTRIES, Namer, person, phone};
use crate::places::{ABROAD, CUSTOMER_WEIGHTS, City, cities_of};
use crate::row;
use crate::sheet::{Sheet, money, round_to, yes};
use jiff::civil::{Date, date};

/// How many good customers there are.
const COUNT: usize = 300;
/// From this one on they are foreign.
const FIRST_FOREIGN: usize = 269;
/// The customer that the demo follows: a dyeing mill in Shaoxing with fourteen machines.
pub const STAR: usize = 7;

/// A customer, as other files need it.
#[derive(Debug)]
pub struct Customer {
    /// 1 and up.
    pub number: usize,
    /// Names.
    pub name: CompanyName,
    /// ISO 3166-1.
    pub country: &'static str,
    /// Where it is.
    pub city: &'static City,
    /// Index into `INDUSTRIES`.
    pub industry: usize,
    /// The head of its group.
    pub parent: Option<usize>,
    /// 0.05 (small) to 30 (large), lognormal about 1.
    pub size: f64,
    /// When it first bought.
    pub since: Date,
}

impl Customer {
    /// `C0007`.
    pub fn key(&self) -> String {
        key(self.number)
    }

    fn language(&self) -> &'static str {
        match self.country {
            "DE" => "de",
            "US" => "en",
            "VN" => "vi",
            "TH" => "th",
            _ => "zh-CN",
        }
    }
}

/// `C0007`.
pub fn key(number: usize) -> String {
    format!("C{number:04}")
}

/// Everybody.
pub fn people(namer: &mut Namer) -> Vec<Customer> {
    let mut dice = Dice::new(1);
    let mut all: Vec<Customer> = Vec::with_capacity(COUNT);
    for number in 1..=COUNT {
        let customer = if number == STAR {
            star(&mut dice, namer)
        } else if number >= FIRST_FOREIGN {
            foreign(&mut dice, namer, number)
        } else {
            chinese(&mut dice, namer, number, &all)
        };
        all.push(customer);
    }
    all
}

fn star(dice: &mut Dice, namer: &mut Namer) -> Customer {
    let city = cities_of("330000")[5];
    let name = namer.chinese(dice, (city.name, city.latin), 0);
    let since = date(2018, 3, 12);
    Customer {
        number: STAR,
        name,
        country: "CN",
        city,
        industry: 0,
        parent: None,
        size: 8.0,
        since,
    }
}

fn chinese(dice: &mut Dice, namer: &mut Namer, number: usize, before: &[Customer]) -> Customer {
    let weights = CUSTOMER_WEIGHTS.map(|(_, weight)| weight);
    let cities = cities_of(CUSTOMER_WEIGHTS[dice.weighted(&weights)].0);
    let city = *dice.pick(&cities);
    let since = dice.day(date(2016, 5, 1), date(2025, 3, 31));
    let size = dice.lognormal(1.0, 1.0).clamp(0.05, 25.0);
    if number > 40 && dice.chance(0.08) {
        let head = dice.pick(&before[..30]);
        let legal = format!("{}{}分公司", head.name.legal, city.name);
        let latin = format!("{}, {} Branch", head.name.latin, city.latin);
        let short = format!("{}{}", head.name.short, city.name);
        let name = CompanyName { legal, latin, short };
        let (industry, parent) = (head.industry, Some(head.number));
        return Customer { number, name, country: "CN", city, industry, parent, size, since };
    }
    let industry = dice.weighted(&[16.0, 12.0, 8.0, 14.0, 12.0, 10.0, 12.0, 8.0, 4.0, 4.0]);
    let name = namer.chinese(dice, (city.name, city.latin), industry);
    Customer { number, name, country: "CN", city, industry, parent: None, size, since }
}

fn foreign(dice: &mut Dice, namer: &mut Namer, number: usize) -> Customer {
    let country = match number - FIRST_FOREIGN {
        0..12 => "DE",
        12..20 => "US",
        20..27 => "VN",
        _ => "TH",
    };
    let cities: Vec<&City> = ABROAD.iter().filter(|c| c.region.starts_with(country)).collect();
    let industry = dice.weighted(&[1.0; 10]);
    let city = *dice.pick(&cities);
    let name = namer.foreign(dice, country, industry);
    let size = dice.lognormal(0.9, 0.8).clamp(0.1, 8.0);
    let since = dice.day(date(2018, 1, 1), date(2024, 12, 31));
    Customer { number, name, country, city, industry, parent: None, size, since }
}

/// `customers.csv`.
pub fn customers(people: &[Customer]) -> Sheet {
    let mut dice = Dice::new(2);
    let mut sheet = Sheet::new(&[
        "customer_no",
        "name",
        "name_en",
        "short_name",
        "uscc",
        "vat_no",
        "country",
        "region",
        "city",
        "address",
        "postal_code",
        "industry",
        "parent_no",
        "status",
        "currency",
        "language",
        "account_owner",
        "customer_since",
        "revenue_2023",
        "revenue_2024",
        "revenue_2025",
        "revenue_12m",
        "margin_12m",
        "wallet_share",
        "industry_standing",
        "references_given",
        "referrals",
        "planned_purchases_12m",
        "planned_purchases_24m",
        "growth_rate",
        "repeat_purchase_share",
        "satisfaction_2023",
        "satisfaction_2024",
        "satisfaction_2025",
        "complaints_12m",
        "complaints_resolved_12m",
        "payment_days",
        "need_response",
        "need_cover",
        "need_own_staff",
        "updated_at",
    ]);
    for customer in people {
        let mut row = identity(&mut dice, customer);
        row.extend(trade(&mut dice, customer));
        sheet.push(row);
    }
    broken(&mut sheet);
    sheet
}

fn identity(dice: &mut Dice, customer: &Customer) -> Vec<String> {
    let china = customer.country == "CN";
    let number = dice.whole(1, 1980);
    let street = *dice.pick(&["澜桥路", "棠溪大道", "砚湖路", "霁云街", "珂山路"]);
    let address = if china {
        format!("{}市{street}{number}号", customer.city.name)
    } else {
        format!("{number} Sample Road, {}", customer.city.latin)
    };
    let vat = match customer.country {
        "DE" => format!("DE000{:06}", dice.whole(0, 999_999)),
        "US" => format!("00-{:07}", dice.whole(0, 9_999_999)),
        "VN" | "TH" => format!("00{:08}", dice.whole(0, 99_999_999)),
        _ => String::new(),
    };
    let currency = match customer.country {
        "DE" => "EUR",
        "US" => "USD",
        _ => "CNY",
    };
    let code = u32::try_from(customer.number * 317 + 10_000).unwrap_or(0);
    let uscc = if china {
        uscc(&format!("{}02", &customer.city.region[..4]), code)
    } else {
        String::new()
    };
    row![
        customer.key(),
        customer.name.legal,
        customer.name.latin,
        customer.name.short,
        uscc,
        vat,
        customer.country,
        customer.city.region,
        customer.city.name,
        address,
        customer.city.postal,
        INDUSTRIES[customer.industry].0,
        customer.parent.map(key).unwrap_or_default(),
        if customer.size < 0.2 { "DORMANT" } else { "ACTIVE" },
        currency,
        customer.language(),
        format!("E{}", 101 + customer.number % 17),
        customer.since,
    ]
}

fn trade(dice: &mut Dice, customer: &Customer) -> Vec<String> {
    let star = customer.number == STAR;
    let level = 260_000.0 * customer.size;
    let growth = if star { 0.12 } else { dice.normal(0.06, 0.09).clamp(-0.25, 0.4) };
    let year = |dice: &mut Dice, power: f64| {
        round_to(level * (1.0 + growth).powf(power) * dice.lognormal(1.0, 0.18), 100.0)
    };
    let (y2023, y2024, y2025) = (year(dice, -2.5), year(dice, -1.5), year(dice, -0.5));
    let last = year(dice, 0.0);
    let margin = round_to(last * dice.normal(0.29, 0.06).clamp(0.08, 0.45), 100.0);
    let wallet = if star { 0.72 } else { dice.normal(0.42, 0.2).clamp(0.03, 0.97) };
    let rank = (1.6 + customer.size.ln() + dice.normal(0.6, 0.7)).round().clamp(1.0, 5.0);
    let happy = if star { 4.2 } else { dice.normal(3.9, 0.45).clamp(1.5, 4.9) };
    let survey = |dice: &mut Dice, asked: f64| {
        let score = (happy + dice.normal(0.0, 0.2)).clamp(1.0, 5.0);
        if star || dice.chance(asked) { format!("{score:.1}") } else { String::new() }
    };
    let complaints = dice.poisson(0.25 + 0.05 * customer.size);
    let planned = if star { 0.9 } else { dice.lognormal(0.5, 0.7) };
    row![
        money(y2023),
        money(y2024),
        money(y2025),
        money(last),
        money(margin),
        format!("{wallet:.2}"),
        rank,
        if star { 3 } else { dice.poisson(0.3 + 0.12 * customer.size.min(12.0)) },
        if star { 2 } else { dice.poisson(0.2) },
        money(round_to(level * planned * 0.55, 1_000.0)),
        money(round_to(level * planned, 1_000.0)),
        format!("{growth:.3}"),
        format!("{:.2}", (0.35 + 0.5 * wallet + dice.normal(0.0, 0.1)).clamp(0.0, 1.0)),
        survey(dice, 0.5),
        survey(dice, 0.6),
        survey(dice, 0.8),
        complaints,
        complaints - i64::from(complaints > 0 && dice.chance(0.25)),
        dice.whole(15, 95),
        if star { 5 } else { dice.whole(1, 5) },
        if star { 4 } else { dice.whole(1, 5) },
        if star { 2 } else { dice.whole(1, 5) },
        dice.moment(dice_day(customer.number), 8, 18).strftime("%F %T"),
    ]
}

fn dice_day(number: usize) -> Date {
    date(
        2026,
        1 + i8::try_from(number % 2).unwrap_or(0),
        1 + i8::try_from(number % 28).unwrap_or(0),
    )
}

/// Three rows that must be refused while all others come in (README, "Broken rows").
fn broken(sheet: &mut Sheet) {
    let row = |no: &str, name: &str, uscc: &str, since: &str| {
        let mut row = row![
            no,
            name,
            name,
            name,
            uscc,
            "",
            "CN",
            "330600",
            "绍兴",
            "绍兴市砚湖路1号",
            "312000",
            "METAL",
            "",
            "ACTIVE",
            "CNY",
            "zh-CN",
            "E101",
            since
        ];
        row.extend([0.0; 5].map(money));
        row.extend(row![
            "0.10", "1", "0", "0", "0.00", "0.00", "0.000", "0.00", "", "", "", "0", "0"
        ]);
        row.extend(row!["30", "3", "3", "3", "2026-01-05 09:00:00"]);
        row
    };
    let good = |number: u32| uscc("330602", number);
    let mut wrong = good(900_003);
    let last = if wrong.pop() == Some('0') { '1' } else { '0' };
    wrong.push(last);
    sheet.insert(86, row("C0901", "绍兴日期错误有限公司", &good(900_001), "2021-02-30"));
    sheet.insert(141, row("", "绍兴缺编号有限公司", &good(900_002), "2021-03-01"));
    sheet.insert(210, row("C0903", "绍兴信用代码错误有限公司", &wrong, "2021-03-02"));
}

/// `contacts.csv`.
pub fn contacts(people: &[Customer]) -> Sheet {
    let mut dice = Dice::new(3);
    let mut sheet = Sheet::new(&[
        "contact_no",
        "customer_no",
        "name",
        "role",
        "phone",
        "mobile",
        "email",
        "language",
        "time_zone",
        "preferred_channel",
        "do_not_disturb",
        "updated_at",
    ]);
    let mut number = 0;
    for customer in people {
        let many = if customer.number == STAR { 4 } else { 1 + dice.weighted(&[0.5, 0.35, 0.15]) };
        for role in ["MAINTENANCE", "BUYER", "PLANT_MANAGER", "FINANCE"].iter().take(many) {
            number += 1;
            let zone = match customer.country {
                "DE" => "Europe/Berlin",
                "US" => "America/New_York",
                "VN" => "Asia/Ho_Chi_Minh",
                "TH" => "Asia/Bangkok",
                _ => "Asia/Shanghai",
            };
            let domain = format!("{}.example", customer.key().to_lowercase());
            sheet.push(row![
                format!("K{number:05}"),
                customer.key(),
                person(&mut dice, customer.language(), number),
                role,
                phone(&mut dice, customer.country),
                phone(&mut dice, customer.country),
                format!("{}{number}@{domain}", role.to_lowercase().replace('_', ".")),
                customer.language(),
                zone,
                *dice.pick(&["PHONE", "EMAIL", "WECHAT"]),
                yes(dice.chance(0.04)),
                dice.moment(dice_day(number), 8, 18).strftime("%F %T"),
            ]);
        }
    }
    sheet
}
