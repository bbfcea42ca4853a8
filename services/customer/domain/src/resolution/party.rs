//! A customer as a row to be compared: every value in the one form in which it can be compared.

use super::company::company_name;
use super::spec::Spec;
use super::table::Row;
use crate::customer::{Address, Customer};
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// What is known of a party, as it was written down; empty is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Unified Social Credit Code.
    pub uscc: String,
    /// Tax number.
    pub vat_id: String,
    /// D-U-N-S number.
    pub duns: String,
    /// Registered name, or the one in use.
    pub name: String,
    /// ISO 3166 or GB/T 2260 code.
    pub region: String,
    /// Address in one line.
    pub address: String,
    /// Telephone number.
    pub phone: String,
    /// Home page or e-mail address.
    pub website: String,
    /// Domains of the e-mail addresses of its people, the most usual first.
    pub mail: Vec<String>,
}

/// A party to be compared: its row, and every domain that it goes by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// In the order of [`Spec::customers`]; its domain is the first of `domains` until parties are put [`together`].
    pub row: Row,
    /// That of the home page before those of the e-mail addresses, each once.
    pub domains: Vec<String>,
}

/// The party that a customer is, with the domains of its contacts' e-mail addresses, the most usual first.
#[must_use]
pub fn party(customer: &Customer, mail: &[String]) -> Party {
    let name = [&customer.legal_name, &customer.display_name].into_iter().find(|n| !n.is_empty());
    let text = |key: Option<String>| key.unwrap_or_default();
    party_of(&Facts {
        uscc: text(customer.uscc.as_ref().map(ToString::to_string)),
        vat_id: text(customer.vat_id.as_ref().map(ToString::to_string)),
        duns: text(customer.duns.as_ref().map(ToString::to_string)),
        name: name.cloned().unwrap_or_default(),
        region: text(customer.region.as_ref().map(ToString::to_string)),
        address: customer.address.as_ref().map(one_line).unwrap_or_default(),
        phone: text(customer.phone.as_ref().map(ToString::to_string)),
        website: customer.website.clone(),
        mail: mail.to_vec(),
    })
}

/// The party of what is known.
#[must_use]
pub fn party_of(facts: &Facts) -> Party {
    Party { row: row_of(facts), domains: domains(facts) }
}

fn domains(facts: &Facts) -> Vec<String> {
    let mut domains: Vec<String> = Vec::new();
    for found in std::iter::once(&facts.website).chain(&facts.mail).map(|text| domain(text)) {
        if !found.is_empty() && !domains.contains(&found) {
            domains.push(found);
        }
    }
    domains
}

/// The rows of parties that are compared with each other: of the domains that a party goes by the one counts that it shares
/// with the fewest others, its first if it shares none. One number of a row stands for all of them, so that a domain is
/// weighed once however often it was written down.
#[must_use]
pub fn together(parties: Vec<Party>) -> Vec<Row> {
    let mut known: HashMap<String, u32> = HashMap::new();
    for domain in parties.iter().flat_map(|party| &party.domains) {
        *known.entry(domain.clone()).or_default() += 1;
    }
    let place = Spec::customers().place(DOMAIN);
    let settled = |party: Party| {
        let Party { mut row, domains } = party;
        let count = |domain: &&String| known.get(*domain).copied().unwrap_or(0);
        let shared = domains.iter().filter(|domain| count(domain) > 1);
        let chosen = shared.min_by(|a, b| count(a).cmp(&count(b)).then_with(|| a.cmp(b)));
        if let (Some(cell), Some(domain)) = (place.and_then(|at| row.get_mut(at)), chosen) {
            cell.clone_from(domain);
        }
        row
    };
    parties.into_iter().map(settled).collect()
}

/// The comparison of domains.
const DOMAIN: &str = "domain";

/// The row of a party, in the order of [`Spec::customers`].
#[must_use]
pub fn row_of(facts: &Facts) -> Row {
    let name = company_name(&facts.name);
    let stated = (!name.province.is_empty() && name.province != "00")
        .then(|| format!("{}0000", name.province));
    let region = Some(facts.region.clone()).filter(|region| !region.is_empty());
    vec![
        facts.uscc.clone(),
        facts.vat_id.clone(),
        facts.duns.clone(),
        name.core,
        region.or(stated).unwrap_or_default(),
        address(&facts.address),
        phone_digits(&facts.phone),
        domains(facts).into_iter().next().unwrap_or_default(),
    ]
}

/// The name of each column.
#[must_use]
pub fn columns() -> Vec<&'static str> {
    Spec::customers().comparisons.iter().map(|comparison| comparison.name).collect()
}

fn one_line(address: &Address) -> String {
    let parts = [&address.administrative_area, &address.locality];
    parts.into_iter().chain(&address.lines).map(String::as_str).collect()
}

/// An address: half width, lower case, simplified, letters and digits only.
#[must_use]
pub fn address(text: &str) -> String {
    let plain: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let plain = if plain.is_ascii() { plain } else { hanconv::t2s(&plain) };
    plain.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The digits that tell numbers apart: without country code and trunk zero; the last eleven of a mobile number, the area code and
/// number of another.
#[must_use]
pub fn phone_digits(text: &str) -> String {
    let main = text.split(['#', 'x']).next().unwrap_or(text).replace("(0)", "");
    let digits: String = main.nfkc().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    let national = digits.strip_prefix("86").filter(|rest| rest.len() >= 9).unwrap_or(digits);
    national.trim_start_matches('0').to_owned()
}

/// Mail providers that anybody may use: their domain says nothing of the company.
const PUBLIC: &[&str] = &[
    "126.com",
    "139.com",
    "163.com",
    "188.com",
    "189.cn",
    "21cn.com",
    "263.net",
    "aliyun.cn",
    "aliyun.com",
    "aol.com",
    "daum.net",
    "foxmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hanmail.net",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.fr",
    "icloud.com",
    "interia.pl",
    "laposte.net",
    "libero.it",
    "live.cn",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "o2.pl",
    "onet.pl",
    "orange.fr",
    "outlook.cn",
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "sina.cn",
    "sina.com",
    "sina.com.cn",
    "sohu.com",
    "t-online.de",
    "tom.com",
    "vip.126.com",
    "vip.163.com",
    "vip.qq.com",
    "vip.sina.com",
    "virgilio.it",
    "wanadoo.fr",
    "web.de",
    "wo.cn",
    "wp.pl",
    "yahoo.cn",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.cn",
    "yahoo.de",
    "yahoo.fr",
    "yandex.ru",
    "yeah.net",
    "ymail.com",
    "zoho.com",
];

/// The domain of an e-mail address or a home page; empty for public mail providers, whose list is [`PUBLIC`].
#[must_use]
pub fn domain(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let text = text.rsplit_once('@').map_or(text.as_str(), |(_, domain)| domain);
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = text.split(['/', '?', '#', ':']).next().unwrap_or(text);
    let host = host.strip_prefix("www.").unwrap_or(host).trim_end_matches('.');
    if PUBLIC.contains(&host) || !host.contains('.') { String::new() } else { host.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_domains_have_one_form() {
        for (text, digits) in [
            ("+86 571 8888-6666", "57188886666"),
            ("(0571) 88886666", "57188886666"),
            ("0086-571-88886666", "57188886666"),
            ("+86 138 0571 0000", "13805710000"),
            ("138 0571 0000", "13805710000"),
            ("+49 (0)89 636-00", "498963600"),
        ] {
            assert_eq!(phone_digits(text), digits, "{text}");
        }
        for (text, host) in [
            ("https://www.Hailian.com.cn/about?x=1", "hailian.com.cn"),
            ("sales@hailian.com.cn", "hailian.com.cn"),
            ("someone@163.com", ""),
            ("http://hailian.com:8080", "hailian.com"),
            ("none", ""),
            ("wang@outlook.com", ""),
            ("wang@VIP.QQ.com", ""),
        ] {
            assert_eq!(domain(text), host, "{text}");
        }
        let sorted = PUBLIC.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(sorted, "a list that people can check");
    }

    #[test]
    fn a_domain_that_is_shared_counts_before_one_that_is_not_and_once() {
        let party = |website: &str, mail: &[&str]| {
            let mail = mail.iter().map(|text| (*text).to_owned()).collect();
            party_of(&Facts { website: website.to_owned(), mail, ..Facts::default() })
        };
        let place = Spec::customers().place(DOMAIN).unwrap();
        let settled = |parties: Vec<Party>| -> Vec<String> {
            together(parties).into_iter().map(|mut row| row.swap_remove(place)).collect()
        };
        let one = party("https://www.hailian.com.cn", &["hailian-group.cn", "hailian.com.cn"]);
        assert_eq!(one.domains, ["hailian.com.cn", "hailian-group.cn"]);
        let other = party("", &["gmail.com", "hailian-group.cn"]);
        assert_eq!(other.domains, ["hailian-group.cn"]);
        let stranger = party("taihong.cn", &[]);
        assert_eq!(
            settled(vec![one.clone(), other, stranger.clone()]),
            ["hailian-group.cn", "hailian-group.cn", "taihong.cn"]
        );
        assert_eq!(
            settled(vec![one, stranger, party("", &[])]),
            ["hailian.com.cn", "taihong.cn", ""]
        );
    }
}
