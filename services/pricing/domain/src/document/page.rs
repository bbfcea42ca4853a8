//! The page itself: skeleton, tables, escaped text, amounts for readers.

use crate::language::Language;
use aftercare_kernel::money::Money;

const STYLE: &str = "body{font:15px/1.5 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:56rem;\
margin:2rem auto;padding:0 1rem;color:#1c2430}h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}\
.id{color:#5b6675;margin:.2rem 0 1rem}table{border-collapse:collapse;width:100%;margin:.5rem 0}\
td,th{padding:.25rem .6rem;border-bottom:1px solid #dde3ea;text-align:left;vertical-align:top}\
th{font-weight:600;color:#5b6675}td:nth-child(n+3){font-variant-numeric:tabular-nums}\
svg{width:100%;height:auto;display:block;margin:.5rem 0}svg text{font-size:11px;fill:#5b6675}\
@media print{body{margin:0}section{break-inside:avoid}}";

/// The whole page.
pub(super) fn whole(language: Language, title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head>\
<body>{body}</body></html>\n",
        language.code()
    )
}

/// A titled part; the body is markup.
pub(super) fn section(title: &str, body: &str) -> String {
    format!("<section><h2>{title}</h2>{body}</section>")
}

/// A table; cells are markup.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut markup = String::from("<table>");
    if !head.is_empty() {
        markup.push_str("<tr>");
        for cell in head {
            markup.push_str(&format!("<th>{cell}</th>"));
        }
        markup.push_str("</tr>");
    }
    for row in rows {
        markup.push_str("<tr>");
        for cell in row {
            markup.push_str(&format!("<td>{cell}</td>"));
        }
        markup.push_str("</tr>");
    }
    markup.push_str("</table>");
    markup
}

/// Text as markup.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut markup = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => markup.push_str("&amp;"),
            '<' => markup.push_str("&lt;"),
            '>' => markup.push_str("&gt;"),
            '"' => markup.push_str("&quot;"),
            '\'' => markup.push_str("&#39;"),
            other => markup.push(other),
        }
    }
    markup
}

/// An amount with groups of three digits: `CNY 1,234,567.80`.
pub(super) fn money(amount: Money) -> String {
    let text = amount.to_string();
    let (code, number) = text.split_once(' ').unwrap_or(("", &text));
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("−", digits));
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if rest.is_empty() { "" } else { "." };
    format!("{code} {sign}{grouped}{point}{rest}")
}

/// A share as a percentage with one place.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
