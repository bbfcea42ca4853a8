//! Values as people read them: money, dates, instants in China time, shares, names without their prefixes.

use aftercare_api::google::r#type::{Decimal, Money};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use prost_types::{Duration, Timestamp as WireTimestamp};

/// China time; it has had one offset since 1991.
fn china() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

/// An amount of money as a number, for charts.
pub fn amount(money: Option<&Money>) -> f64 {
    money.map_or(0.0, |money| money.units as f64 + f64::from(money.nanos) / 1e9)
}

/// `¥1,234` with the currency's sign, no cents.
pub fn money(money: Option<&Money>) -> String {
    let Some(money) = money else { return "–".to_owned() };
    let sign = match money.currency_code.as_str() {
        "CNY" => "¥",
        "EUR" => "€",
        "USD" => "$",
        code => return format!("{code} {}", grouped(amount(Some(money)).round() as i64)),
    };
    let value = amount(Some(money)).round() as i64;
    if value < 0 {
        format!("-{sign}{}", grouped(-value))
    } else {
        format!("{sign}{}", grouped(value))
    }
}

/// `¥1.2 M` or `¥340 k`, for axes.
pub fn short_money(value: f64) -> String {
    let (sign, size) = (if value < 0.0 { "-" } else { "" }, value.abs());
    if size >= 1e6 {
        format!("{sign}¥{:.1} M", size / 1e6)
    } else if size >= 1e3 {
        format!("{sign}¥{:.0} k", size / 1e3)
    } else {
        format!("{sign}¥{size:.0}")
    }
}

/// `1,234,567`.
pub fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

/// A decimal as a number, 0 if absent or malformed.
pub fn number(decimal: Option<&Decimal>) -> f64 {
    decimal.and_then(|decimal| decimal.value.parse().ok()).unwrap_or(0.0)
}

/// `12.3 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// `Fri 13 Feb 2026 16:20`, China time.
pub fn instant(time: Option<&WireTimestamp>) -> String {
    moment(time).map_or_else(
        || "–".to_owned(),
        |time| time.to_zoned(china()).strftime("%a %d %b %Y %H:%M").to_string(),
    )
}

/// The instant of a message.
pub fn moment(time: Option<&WireTimestamp>) -> Option<Timestamp> {
    let time = time?;
    Timestamp::new(time.seconds, time.nanos).ok()
}

/// An instant given in China time, `2026-02-13T16:20`, as a message. The texts are constants of the story.
pub fn china_time(text: &str) -> Option<WireTimestamp> {
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    let at = civil.to_zoned(china()).ok()?.timestamp();
    Some(WireTimestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() })
}

/// `3 d 4 h`, `1 h 30 min`.
pub fn span(duration: Option<&Duration>) -> String {
    let Some(duration) = duration else { return "–".to_owned() };
    let minus = if duration.seconds < 0 { "-" } else { "" };
    let minutes = duration.seconds.unsigned_abs() / 60;
    let parts = [(minutes / 1440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "min")];
    let text: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if text.is_empty() { "0 min".to_owned() } else { format!("{minus}{}", text.join(" ")) }
}

/// The last segment of a resource name.
pub fn id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// An enum value's name without its prefix, in lower case: `annual revenue`.
pub fn plain(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix)
        .unwrap_or(name)
        .trim_start_matches('_')
        .to_lowercase()
        .replace('_', " ")
}

/// The name of a Chinese province in the sample world, and where its capital lies (degrees north, east).
pub fn province(code: &str) -> Option<(&'static str, f64, f64)> {
    let place = match code.get(..2)? {
        "33" => ("Zhejiang", 30.27, 120.15),
        "36" => ("Jiangxi", 28.68, 115.86),
        "35" => ("Fujian", 26.07, 119.30),
        "32" => ("Jiangsu", 32.06, 118.80),
        "44" => ("Guangdong", 23.13, 113.26),
        "34" => ("Anhui", 31.82, 117.23),
        "31" => ("Shanghai", 31.23, 121.47),
        "37" => ("Shandong", 36.65, 117.12),
        "41" => ("Henan", 34.75, 113.63),
        "42" => ("Hubei", 30.59, 114.31),
        "43" => ("Hunan", 28.23, 112.94),
        "51" => ("Sichuan", 30.57, 104.07),
        _ => return None,
    };
    Some(place)
}

/// A region by name if the sample world knows it, else its code.
pub fn region(code: &str) -> String {
    province(code).map_or_else(|| code.to_owned(), |(name, _, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_grouped_and_signed() {
        let of = |units, nanos| Money { currency_code: "CNY".to_owned(), units, nanos };
        assert_eq!(money(Some(&of(1_234_567, 890_000_000))), "¥1,234,568");
        assert_eq!(money(Some(&of(-1_500, 0))), "-¥1,500");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(-12_345), "-12,345");
    }

    #[test]
    fn instants_are_shown_in_china_time() {
        let at = china_time("2026-02-13T16:20").unwrap();
        assert_eq!(at.seconds, 1_770_970_800);
        assert_eq!(instant(Some(&at)), "Fri 13 Feb 2026 16:20");
    }

    #[test]
    fn spans_leave_out_what_is_nothing() {
        let of = |seconds| Duration { seconds, nanos: 0 };
        assert_eq!(span(Some(&of(90 * 60))), "1 h 30 min");
        assert_eq!(span(Some(&of(86_400))), "1 d");
        assert_eq!(span(Some(&of(-60))), "-1 min");
        assert_eq!(span(Some(&of(0))), "0 min");
    }

    #[test]
    fn enum_names_lose_their_prefix() {
        let kind = "GRADE_INPUT_KIND_ANNUAL_REVENUE";
        assert_eq!(plain(kind, "GRADE_INPUT_KIND"), "annual revenue");
    }
}
