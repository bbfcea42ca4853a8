//! Invented names of companies and people. Companies are three rare characters or made-up syllables; people are of the
//! "Zhao A, Qian B" kind that textbooks use.

use crate::dice::Dice;
use std::collections::BTreeSet;

const BRAND: [(&str, &str); 24] = [
    ("澜", "lan"),
    ("棠", "tang"),
    ("砚", "yan"),
    ("翊", "yi"),
    ("岚", "lan"),
    ("珂", "ke"),
    ("霁", "ji"),
    ("芃", "peng"),
    ("淳", "chun"),
    ("禾", "he"),
    ("昀", "yun"),
    ("峤", "qiao"),
    ("沅", "yuan"),
    ("楷", "kai"),
    ("湛", "zhan"),
    ("笙", "sheng"),
    ("蓁", "zhen"),
    ("奕", "yi"),
    ("塬", "yuan"),
    ("樾", "yue"),
    ("渌", "lu"),
    ("堃", "kun"),
    ("韬", "tao"),
    ("硕", "shuo"),
];

/// Industries with their Chinese, English and German trade words.
pub const INDUSTRIES: [(&str, &str, &str, &str); 10] = [
    ("TEXTILE", "纺织印染", "Textile", "Textil"),
    ("FOOD", "食品", "Foods", "Lebensmittel"),
    ("PHARMA", "制药", "Pharma", "Pharma"),
    ("AUTO", "汽车零部件", "Auto Parts", "Fahrzeugteile"),
    ("ELECTRONICS", "电子科技", "Electronics", "Elektronik"),
    ("CHEMICAL", "新材料", "Materials", "Werkstoffe"),
    ("METAL", "金属制品", "Metalworks", "Metallbau"),
    ("PACKAGING", "包装", "Packaging", "Verpackungen"),
    ("CEMENT", "建材", "Building Materials", "Baustoffe"),
    ("PAPER", "纸业", "Paper", "Papier"),
];

const GERMAN_HEADS: [&str; 8] =
    ["Quell", "Ostre", "Hagel", "Birken", "Tannra", "Wolfra", "Elbing", "Sorpe"];
const GERMAN_TAILS: [&str; 6] = ["mark", "vik", "brück", "horn", "wend", "lohe"];
const US_HEADS: [&str; 8] =
    ["Brindle", "Corvane", "Hollow", "Tamsin", "Marrow", "Fenwick", "Ardle", "Pellin"];
const US_TAILS: [&str; 6] = ["wake", "field", "moor", "crest", "dale", "combe"];
const VIET: [&str; 7] = [
    "Lạc Vinh Hòa",
    "Tân Khê Sơn",
    "Minh Đại Thuận",
    "Phú Lạc Giang",
    "An Kỳ Việt",
    "Đông Hải Mộc",
    "Hưng Sa Long",
];
const VIET_LATIN: [&str; 7] = [
    "Lac Vinh Hoa",
    "Tan Khe Son",
    "Minh Dai Thuan",
    "Phu Lac Giang",
    "An Ky Viet",
    "Dong Hai Moc",
    "Hung Sa Long",
];
const THAI: [(&str, &str); 5] = [
    ("ศรีนวกาญจน์", "Srinavakan"),
    ("ไทยวารีพัฒน์", "Thaivaripat"),
    ("เมืองแก้วทอง", "Muangkaewthong"),
    ("บูรพาสินชัย", "Burapasinchai"),
    ("เอกธารา", "Ekthara"),
];

/// The names of one company.
#[derive(Debug, Clone)]
pub struct CompanyName {
    /// Legal name in its own script.
    pub legal: String,
    /// Latin name.
    pub latin: String,
    /// What people call it.
    pub short: String,
}

/// Gives names that were not given before.
#[derive(Default)]
pub struct Namer {
    used: BTreeSet<String>,
}

impl Namer {
    /// A Chinese company of the city.
    pub fn chinese(&mut self, dice: &mut Dice, city: (&str, &str), industry: usize) -> CompanyName {
        let (brand, latin) = self.brand(dice);
        let (_, trade, english, _) = INDUSTRIES[industry];
        let form =
            *dice.pick(&["有限公司", "有限公司", "有限公司", "股份有限公司", "有限责任公司"]);
        CompanyName {
            legal: format!("{}{brand}{trade}{form}", city.0),
            latin: format!("{} {latin} {english} Co., Ltd.", city.1),
            short: format!("{brand}{}", trade.chars().take(2).collect::<String>()),
        }
    }

    /// A trading company that distributes machines in a province.
    pub fn distributor(&mut self, dice: &mut Dice, province: (&str, &str)) -> CompanyName {
        let (brand, latin) = self.brand(dice);
        CompanyName {
            legal: format!("{}{brand}机电设备有限公司", province.0),
            latin: format!("{} {latin} Machinery Co., Ltd.", province.1),
            short: format!("{}{brand}", province.0),
        }
    }

    /// A foreign company; `country` is DE, US, VN or TH.
    pub fn foreign(&mut self, dice: &mut Dice, country: &str, industry: usize) -> CompanyName {
        loop {
            let name = foreign(dice, country, industry);
            if self.used.insert(name.short.clone()) {
                return name;
            }
        }
    }

    fn brand(&mut self, dice: &mut Dice) -> (String, String) {
        loop {
            let parts = [*dice.pick(&BRAND), *dice.pick(&BRAND), *dice.pick(&BRAND)];
            let distinct = parts.iter().collect::<BTreeSet<_>>().len() == parts.len();
            let brand: String = parts.iter().map(|part| part.0).collect();
            if distinct && self.used.insert(brand.clone()) {
                let mut latin: String = parts.iter().map(|part| part.1).collect();
                latin[..1].make_ascii_uppercase();
                return (brand, latin);
            }
        }
    }
}

fn foreign(dice: &mut Dice, country: &str, industry: usize) -> CompanyName {
    let (_, _, english, german) = INDUSTRIES[industry];
    match country {
        "DE" => {
            let short = format!("{}{}", dice.pick(&GERMAN_HEADS), dice.pick(&GERMAN_TAILS));
            let form = *dice.pick(&["GmbH", "GmbH", "GmbH & Co. KG", "AG"]);
            let legal = format!("{short} {german} {form}");
            CompanyName { latin: legal.replace('ü', "ue"), legal, short }
        }
        "US" => {
            let short = format!("{}{}", dice.pick(&US_HEADS), dice.pick(&US_TAILS));
            let legal = format!("{short} {english} {}", dice.pick(&["Inc.", "LLC", "Corp."]));
            CompanyName { latin: legal.clone(), legal, short }
        }
        "VN" => {
            let index = dice.weighted(&[1.0; 7]);
            CompanyName {
                legal: format!("Công ty TNHH {}", VIET[index]),
                latin: format!("{} {english} Co., Ltd.", VIET_LATIN[index]),
                short: VIET[index].to_owned(),
            }
        }
        _ => {
            let (thai, latin) = *dice.pick(&THAI);
            CompanyName {
                legal: format!("บริษัท {thai} จำกัด"),
                latin: format!("{latin} {english} Co., Ltd."),
                short: thai.to_owned(),
            }
        }
    }
}

const SURNAMES: [&str; 24] = [
    "赵", "钱", "孙", "李", "周", "吴", "郑", "冯", "陈", "褚", "卫", "蒋", "沈", "韩", "杨", "朱",
    "秦", "许", "何", "吕", "施", "张", "孔", "曹",
];
const STEMS: [&str; 10] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];

/// A person that cannot be anybody: a surname and a heavenly stem, or its like in the language.
pub fn person(dice: &mut Dice, language: &str, number: usize) -> String {
    match language {
        "de" => {
            format!("{} Muster-{}", dice.pick(&["Erika", "Max", "Lena", "Otto"]), roman(number))
        }
        "en" => format!("{} Doe-{}", dice.pick(&["Jane", "John", "Alex", "Sam"]), roman(number)),
        "vi" => format!("Nguyễn Văn {}", *dice.pick(&["Mẫu", "Thử", "Ví Dụ"])),
        "th" => format!("สมชาย ตัวอย่าง {}", number % 90 + 10),
        _ => {
            let second = if dice.chance(0.4) { *dice.pick(&STEMS) } else { "" };
            format!("{}{}{second}", dice.pick(&SURNAMES), dice.pick(&STEMS))
        }
    }
}

fn roman(number: usize) -> String {
    ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"][number % 10].to_owned()
}

/// A number that cannot ring (see the README).
pub fn phone(dice: &mut Dice, country: &str) -> String {
    let tail = dice.whole(0, 9999);
    match country {
        "DE" => format!("+49 30 23125 {:03}", tail % 1000),
        "US" => format!("+1 419 555 {:04}", 100 + tail % 100),
        "VN" => format!("+84 24 0000 {tail:04}"),
        "TH" => format!("+66 2 000 {tail:04}"),
        _ => format!("+86 571 0000 {tail:04}"),
    }
}
