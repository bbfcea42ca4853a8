//! A customer as a row to be compared: every value in the one form in which it can be compared.

use super::company::company_name;
use super::spec::Spec;
use super::table::Row;
use crate::customer::{Address, Customer};
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
}

/// The row of a customer, in the order of [`Spec::customers`].
#[must_use]
pub fn row(customer: &Customer) -> Row {
    let name = [&customer.legal_name, &customer.display_name].into_iter().find(|n| !n.is_empty());
    let text = |key: Option<String>| key.unwrap_or_default();
    row_of(&Facts {
        uscc: text(customer.uscc.as_ref().map(ToString::to_string)),
        vat_id: text(customer.vat_id.as_ref().map(ToString::to_string)),
        duns: text(customer.duns.as_ref().map(ToString::to_string)),
        name: name.cloned().unwrap_or_default(),
        region: text(customer.region.as_ref().map(ToString::to_string)),
        address: customer.address.as_ref().map(one_line).unwrap_or_default(),
        phone: text(customer.phone.as_ref().map(ToString::to_string)),
        website: customer.website.clone(),
    })
}

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
        domain(&facts.website),
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
    "189.cn",
    "aliyun.com",
    "aol.com",
    "foxmail.com",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.ru",
    "outlook.com",
    "qq.com",
    "sina.cn",
    "sina.com",
    "sohu.com",
    "vip.163.com",
    "vip.qq.com",
    "web.de",
    "yahoo.com",
    "yandex.ru",
    "yeah.net",
];

/// The domain of an e-mail address or a home page; empty for mail providers.
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
        ] {
            assert_eq!(domain(text), host, "{text}");
        }
    }
}
