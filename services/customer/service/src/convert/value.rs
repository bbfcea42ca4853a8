//! Values that every resource has: money, decimals, dates, instants, spans, names, keys.

use aftercare_api::aftercare::r#type::v1 as common;
use aftercare_api::google::r#type as google;
use aftercare_customer_domain::customer::{Address, ExternalKey};
use aftercare_customer_domain::instant::Elapsed;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_kernel::money::Money;
use aftercare_kernel::region::RegionCode;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use std::str::FromStr;

pub(crate) fn money(
    wire: Option<&google::Money>,
    field: &str,
    wrong: &mut Violations,
) -> Option<Money> {
    let wire = wire?;
    wrong.within(field, |wrong| {
        let currency = wrong.take("currency_code", Currency::parse(&wire.currency_code))?;
        wrong.take("", Money::from_units_nanos(wire.units, wire.nanos, currency))
    })
}

pub(crate) fn wire_money(money: &Money) -> google::Money {
    let (units, nanos) = money.units_nanos();
    google::Money { currency_code: money.currency().code().to_owned(), units, nanos }
}

pub(crate) fn decimal(
    wire: Option<&google::Decimal>,
    field: &str,
    wrong: &mut Violations,
) -> Option<Decimal> {
    let text = wire?.value.trim();
    let parsed = Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text));
    wrong.take(field, parsed.map_err(|_| "must be a decimal number"))
}

pub(crate) fn wire_decimal(value: Decimal) -> google::Decimal {
    google::Decimal { value: value.normalize().to_string() }
}

pub(crate) fn date(
    wire: Option<&google::Date>,
    field: &str,
    wrong: &mut Violations,
) -> Option<Date> {
    let wire = wire?;
    let parts = (i16::try_from(wire.year), i8::try_from(wire.month), i8::try_from(wire.day));
    let date = match parts {
        (Ok(year), Ok(month), Ok(day)) if year > 0 => Date::new(year, month, day).ok(),
        _ => None,
    };
    wrong.take(field, date.ok_or("must be a full date"))
}

pub(crate) fn wire_date(date: Date) -> google::Date {
    google::Date {
        year: i32::from(date.year()),
        month: i32::from(date.month()),
        day: i32::from(date.day()),
    }
}

pub(crate) fn instant(
    wire: Option<&prost_types::Timestamp>,
    field: &str,
    wrong: &mut Violations,
) -> Option<Timestamp> {
    let wire = wire?;
    let sound = (0..1_000_000_000).contains(&wire.nanos);
    let instant = Timestamp::new(wire.seconds, wire.nanos).ok().filter(|_| sound);
    wrong.take(field, instant.ok_or("must be an instant from year 1 to 9999"))
}

pub(crate) fn wire_instant(at: Timestamp) -> prost_types::Timestamp {
    // Nanoseconds of the proto count forward from the second, also before the epoch.
    let (seconds, nanos) = (at.as_second(), at.subsec_nanosecond());
    if nanos < 0 {
        return prost_types::Timestamp { seconds: seconds - 1, nanos: nanos + 1_000_000_000 };
    }
    prost_types::Timestamp { seconds, nanos }
}

pub(crate) fn elapsed(
    wire: Option<&prost_types::Duration>,
    field: &str,
    wrong: &mut Violations,
) -> Option<Elapsed> {
    let wire = wire?;
    let signs = (wire.seconds >= 0 && wire.nanos >= 0) || (wire.seconds <= 0 && wire.nanos <= 0);
    if !signs || wire.nanos.unsigned_abs() >= 1_000_000_000 {
        wrong.add(field, "seconds and nanos must have the same sign and nanos be below one second");
        return None;
    }
    wrong.take(field, Elapsed::new(SignedDuration::new(wire.seconds, wire.nanos)))
}

pub(crate) fn wire_span(span: SignedDuration) -> prost_types::Duration {
    prost_types::Duration { seconds: span.as_secs(), nanos: span.subsec_nanos() }
}

pub(crate) fn region(code: &str, field: &str, wrong: &mut Violations) -> Option<RegionCode> {
    if code.is_empty() { None } else { wrong.take(field, RegionCode::parse(code)) }
}

/// A reference that may be empty; checked against its pattern.
pub(crate) fn reference<const N: usize>(
    name: &str,
    pattern: &'static str,
    field: &str,
    wrong: &mut Violations,
) -> String {
    if !name.is_empty() {
        wrong.take(field, name_segments::<N>(pattern, name).map(|_| ()));
    }
    name.to_owned()
}

pub(crate) fn external_keys(wire: &[common::ExternalKey]) -> Vec<ExternalKey> {
    let key = |key: &common::ExternalKey| ExternalKey {
        system: key.system.clone(),
        key: key.key.clone(),
    };
    wire.iter().map(key).collect()
}

pub(crate) fn wire_external_keys(keys: &[ExternalKey]) -> Vec<common::ExternalKey> {
    let key = |key: &ExternalKey| common::ExternalKey {
        system: key.system.clone(),
        key: key.key.clone(),
    };
    keys.iter().map(key).collect()
}

pub(crate) fn address(wire: &google::PostalAddress) -> Address {
    Address {
        country: wire.region_code.clone(),
        administrative_area: wire.administrative_area.clone(),
        locality: wire.locality.clone(),
        postal_code: wire.postal_code.clone(),
        lines: wire.address_lines.clone(),
    }
}

pub(crate) fn wire_address(address: &Address) -> google::PostalAddress {
    google::PostalAddress {
        region_code: address.country.clone(),
        administrative_area: address.administrative_area.clone(),
        locality: address.locality.clone(),
        postal_code: address.postal_code.clone(),
        address_lines: address.lines.clone(),
        ..Default::default()
    }
}

/// A text that may be empty, parsed if it is not.
pub(crate) fn text<T, E: std::fmt::Display>(
    text: &str,
    field: &str,
    wrong: &mut Violations,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    if text.is_empty() { None } else { wrong.take(field, parse(text)) }
}
