//! A seeded generator of company records with known truth, Chinese and Western.
//!
//! A party is a city, a brand of two or three characters (or one or two Western words), a trade and a legal form, with a
//! registration number whose check character is right, a telephone number, a home page and an address. One party in ten
//! is a sister of the one before: same brand and home page, other city, trade and number; it is another party.
//! A record is a party as some system wrote it down. Names: the region is left out, put in brackets or written with its
//! province; the legal form is written otherwise; the script is traditional; letters and brackets are full-width; one
//! character is replaced by one that sounds alike; the trade is shortened; the name is written in Latin letters; Western
//! names lose a word or get a slip. Other fields: registration number missing in 45 of 100, telephone missing in 40 and
//! another one in 8, home page missing in 60, region missing in 25, address missing in 50 and written otherwise in 25.

use aftercare_customer_domain::resolution::Resolution;
use aftercare_customer_domain::resolution::party::{Facts, row_of};
use aftercare_customer_domain::resolution::reading::reading_of;
use aftercare_customer_domain::resolution::table::Row;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::HashMap;

/// One record and the party that it is of.
#[derive(Debug, Clone)]
pub struct Record {
    pub party: u32,
    pub facts: Facts,
}

#[derive(Clone)]
struct Party {
    western: bool,
    city: usize,
    brand: String,
    trade: usize,
    form: usize,
    facts: Facts,
}

const CITIES: &[(&str, &str, &str)] = &[
    ("浙江", "杭州", "330100"),
    ("浙江", "宁波", "330200"),
    ("浙江", "温州", "330300"),
    ("江苏", "苏州", "320500"),
    ("江苏", "无锡", "320200"),
    ("上海", "上海", "310000"),
    ("广东", "深圳", "440300"),
    ("广东", "东莞", "441900"),
    ("江西", "南昌", "360100"),
    ("福建", "泉州", "350500"),
    ("山东", "青岛", "370200"),
    ("四川", "成都", "510100"),
    ("湖北", "武汉", "420100"),
    ("河南", "郑州", "410100"),
    ("辽宁", "沈阳", "210100"),
];
const BRAND: &str = "海联达泰宏鑫盛华丰恒瑞信杰源创德安邦诚东方富高光广国汉昊和弘鸿建江金锦京晶久巨凯康科立利龙美明南宁鹏\
    启强荣三申升圣顺思天通万伟文沃西祥新兴星旭亚阳益永友宇远越云展兆振正志中众卓";
const TRADES: &[(&str, &str)] = &[
    ("压缩机制造", "压缩机"),
    ("机械设备", "机械"),
    ("机电设备", "机电"),
    ("科技", "科技"),
    ("贸易", "贸易"),
    ("精密机械", "机械"),
    ("纺织", "纺织"),
    ("化工", "化工"),
    ("食品", "食品"),
    ("电子科技", "电子"),
    ("汽车零部件", "汽配"),
    ("环保工程", "环保"),
    ("包装材料", "包装"),
    ("工业气体", "气体"),
    ("建筑工程", "建筑"),
];
const FORMS: &[&str] = &["有限公司", "股份有限公司", "有限责任公司", "集团有限公司"];
const SYLLABLES: &[&str] = &[
    "al", "ber", "cor", "dan", "el", "fer", "gar", "hol", "in", "jan", "kor", "lan", "mar", "nor",
    "ol", "pet", "ros", "sto", "tel", "ul", "ver", "wil", "xan", "yor", "zim", "bach", "dorf",
    "feld", "mann", "stein", "ton", "wick",
];
const WESTERN_TRADES: &[(&str, &str)] = &[
    ("Compressors", "Compressor"),
    ("Industrial Gases", "Gases"),
    ("Machinery", "Machines"),
    ("Logistics", "Logistics"),
    ("Engineering", "Engineering"),
    ("Plastics", "Plastics"),
    ("Foods", "Food"),
    ("Automotive", "Automotive"),
];
const WESTERN_FORMS: &[&[&str]] = &[
    &["GmbH", "G.m.b.H.", "GmbH & Co. KG"],
    &["Ltd.", "Limited", "LTD"],
    &["Inc.", "Incorporated", "INC"],
    &["S.A.", "SA"],
    &["B.V.", "BV"],
    &["AG", "Aktiengesellschaft"],
];
const COUNTRIES: &[&str] = &["DE", "GB", "US", "FR", "NL", "CH"];
const ALIKE: &[(char, char)] = &[
    ('联', '莲'),
    ('达', '答'),
    ('泰', '太'),
    ('宏', '红'),
    ('鑫', '新'),
    ('盛', '胜'),
    ('华', '花'),
    ('丰', '峰'),
    ('恒', '衡'),
    ('瑞', '锐'),
    ('信', '欣'),
    ('杰', '捷'),
    ('源', '元'),
    ('德', '得'),
    ('诚', '成'),
    ('利', '力'),
];

/// `records` records of up to `parties` parties; the same for the same seed.
#[must_use]
pub fn generate(seed: u64, parties: u32, records: usize) -> Vec<Record> {
    let mut draw = ChaCha8Rng::seed_from_u64(seed);
    let mut all: Vec<Party> = Vec::with_capacity(parties as usize);
    for _ in 0..parties {
        let sister = all.last().filter(|_| draw.random_ratio(1, 10)).cloned();
        all.push(party(&mut draw, sister.as_ref()));
    }
    (0..records)
        .map(|i| {
            // Every party once, then some again.
            let of = if i < all.len() { i } else { draw.random_range(0..all.len()) };
            let facts = written(&mut draw, &all[of]);
            Record { party: u32::try_from(of).unwrap_or(0), facts }
        })
        .collect()
}

/// The row that is compared.
#[must_use]
pub fn row(record: &Record) -> Row {
    row_of(&record.facts)
}

fn pick<'a, T>(draw: &mut ChaCha8Rng, from: &'a [T]) -> &'a T {
    &from[draw.random_range(0..from.len())]
}

fn party(draw: &mut ChaCha8Rng, sister: Option<&Party>) -> Party {
    let western = sister.map_or_else(|| draw.random_ratio(3, 10), |party| party.western);
    let chars: Vec<char> = BRAND.chars().collect();
    let mut brand = String::new();
    if western {
        for word in 0..draw.random_range(1..=2) {
            if word > 0 {
                brand.push(' ');
            }
            let mut text: String = (0..3).map(|_| *pick(draw, SYLLABLES)).collect();
            text[..1].make_ascii_uppercase();
            brand.push_str(&text);
        }
    } else {
        brand = (0..draw.random_range(2..=3)).map(|_| *pick(draw, &chars)).collect();
    }
    let mut city = draw.random_range(0..if western { COUNTRIES.len() } else { CITIES.len() });
    let mut trade = draw.random_range(0..if western { WESTERN_TRADES.len() } else { TRADES.len() });
    let mut website =
        format!("www.{}{}.com", reading_of(&brand).to_lowercase(), draw.random_range(0..999));
    if let Some(sister) = sister {
        brand.clone_from(&sister.brand);
        website.clone_from(&sister.facts.website);
        let (cities, trades) = if western {
            (COUNTRIES.len(), WESTERN_TRADES.len())
        } else {
            (CITIES.len(), TRADES.len())
        };
        city = (sister.city + draw.random_range(1..cities)) % cities;
        trade = (sister.trade + draw.random_range(1..trades)) % trades;
    }
    let digits = |draw: &mut ChaCha8Rng, count: usize| -> String {
        (0..count).map(|_| char::from(b'0' + draw.random_range(0..10u8))).collect()
    };
    let number = draw.random_range(1..999);
    let street = if western {
        format!("{} Street {number}", pick(draw, SYLLABLES))
    } else {
        format!("{}{}路{number}号", pick(draw, &chars), pick(draw, &chars))
    };
    let facts = Facts {
        uscc: if western {
            String::new()
        } else {
            uscc(&format!("91{}{}", CITIES[city].2, digits(draw, 9)))
        },
        vat_id: if western {
            format!("{}{}", COUNTRIES[city], digits(draw, 9))
        } else {
            String::new()
        },
        region: if western { COUNTRIES[city] } else { CITIES[city].2 }.to_owned(),
        address: street,
        phone: if western {
            format!("+49{}", digits(draw, 9))
        } else {
            format!("+86 1{}", digits(draw, 10))
        },
        website,
        ..Facts::default()
    };
    let form = draw.random_range(0..if western { WESTERN_FORMS.len() } else { FORMS.len() });
    Party { western, city, brand, trade, form, facts }
}

/// The code with its check character (GB 32100-2015).
fn uscc(body: &str) -> String {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let (mut weight, mut sum) = (1, 0);
    for c in body.chars() {
        sum += ALPHABET.find(c).unwrap_or(0) * weight;
        weight = weight * 3 % 31;
    }
    let check = ALPHABET.chars().nth((31 - sum % 31) % 31).unwrap_or('0');
    format!("{body}{check}")
}

fn written(draw: &mut ChaCha8Rng, party: &Party) -> Facts {
    let mut facts = party.facts.clone();
    facts.name = if party.western { western(draw, party) } else { chinese(draw, party) };
    let mut lost = |text: &mut String, percent: u32| {
        if draw.random_ratio(percent, 100) {
            text.clear();
        }
    };
    lost(&mut facts.uscc, 45);
    lost(&mut facts.vat_id, 45);
    lost(&mut facts.phone, 40);
    lost(&mut facts.website, 60);
    lost(&mut facts.region, 25);
    lost(&mut facts.address, 50);
    if !facts.phone.is_empty() && draw.random_ratio(8, 60) {
        facts.phone = format!("+86 571 8{:07}", draw.random_range(0..9_999_999));
    }
    if !facts.address.is_empty() && !party.western {
        match draw.random_range(0..4) {
            0 => facts.address.insert_str(0, CITIES[party.city].1),
            1 => facts.address = facts.address.replace('路', "大道"),
            _ => {}
        }
    }
    facts
}

fn chinese(draw: &mut ChaCha8Rng, party: &Party) -> String {
    let (province, city, _) = CITIES[party.city];
    let mut brand = party.brand.clone();
    if draw.random_ratio(6, 100)
        && let Some((from, to)) = ALIKE.iter().find(|(from, _)| brand.contains(*from))
    {
        brand = brand.replacen(*from, &to.to_string(), 1);
    }
    let trade = TRADES[party.trade];
    let trade = if draw.random_ratio(20, 100) { trade.1 } else { trade.0 };
    if draw.random_ratio(4, 100) {
        return format!("{} {} Co., Ltd.", reading_of(city), reading_of(&brand));
    }
    let form = if draw.random_ratio(80, 100) { FORMS[party.form] } else { *pick(draw, FORMS) };
    let name = match draw.random_range(0..10) {
        0..=4 => format!("{city}{brand}{trade}{form}"),
        5 => format!("{city}市{brand}{trade}{form}"),
        6 => format!("{province}省{city}{brand}{trade}{form}").replace("上海省上海", "上海"),
        7 => format!("{brand}{trade}({city}){form}"),
        8 => format!("{brand}{trade}（{city}）{form}"),
        _ => format!("{brand}{trade}{form}"),
    };
    if draw.random_ratio(10, 100) { hanconv::s2t(&name) } else { name }
}

fn western(draw: &mut ChaCha8Rng, party: &Party) -> String {
    let mut brand = party.brand.clone();
    if draw.random_ratio(8, 100) {
        // A slip in the middle of the first word.
        let at = draw.random_range(2..5);
        brand.replace_range(at..=at, "e");
    }
    let trade = WESTERN_TRADES[party.trade];
    let trade = if draw.random_ratio(15, 100) { trade.1 } else { trade.0 };
    let form = *pick(draw, WESTERN_FORMS[party.form]);
    let name = if draw.random_ratio(8, 100) {
        format!("{brand} {form}")
    } else {
        format!("{brand} {trade} {form}")
    };
    match draw.random_range(0..10) {
        0 => name.to_uppercase(),
        1 => name
            .chars()
            .map(|c| {
                if c.is_ascii_alphabetic() {
                    char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c)
                } else {
                    c
                }
            })
            .collect(),
        _ => name,
    }
}

/// F1, precision and recall of pairs of records that were put into one party.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of pairs are far below 2^53")]
pub fn f1(found: &Resolution, truth: &[String]) -> (f64, f64, f64) {
    let choose = |n: usize| n * n.saturating_sub(1) / 2;
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for party in truth {
        *sizes.entry(party).or_default() += 1;
    }
    let real: usize = sizes.values().map(|size| choose(*size)).sum();
    let (mut said, mut hits) = (0, 0);
    for party in &found.parties {
        said += choose(party.len());
        let mut within: HashMap<&str, usize> = HashMap::new();
        for record in party {
            *within.entry(truth[*record as usize].as_str()).or_default() += 1;
        }
        hits += within.values().map(|size| choose(*size)).sum::<usize>();
    }
    let (precision, recall) = (hits as f64 / said.max(1) as f64, hits as f64 / real.max(1) as f64);
    (2.0 * precision * recall / (precision + recall).max(1e-12), precision, recall)
}

/// Pairs of one party that were not found, as text: for a look at what is missing.
#[must_use]
pub fn missed(found: &Resolution, records: &[Record]) -> Vec<String> {
    let mut home: HashMap<u32, usize> = HashMap::new();
    for (i, party) in found.parties.iter().enumerate() {
        home.extend(party.iter().map(|record| (*record, i + 1)));
    }
    let reviewed: std::collections::HashSet<(u32, u32)> =
        found.reviews.iter().map(|pair| (pair.left, pair.right)).collect();
    let mut of: HashMap<u32, Vec<u32>> = HashMap::new();
    for (i, record) in records.iter().enumerate() {
        of.entry(record.party).or_default().push(u32::try_from(i).unwrap_or(0));
    }
    let mut all = Vec::new();
    for members in of.values() {
        for (i, a) in members.iter().enumerate() {
            for b in members.iter().skip(i + 1) {
                if !home.contains_key(a) || home.get(a) != home.get(b) {
                    let review = reviewed.contains(&(*a, *b));
                    all.push(format!(
                        "{review} {:?}\n      {:?}",
                        row(&records[*a as usize]),
                        row(&records[*b as usize])
                    ));
                }
            }
        }
    }
    all.sort();
    all
}
