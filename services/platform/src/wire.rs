//! Well-known protobuf types to kernel values and back.

use aftercare_api::aftercare::r#type::v1::Period as PbPeriod;
use aftercare_api::google::r#type::{Date as PbDate, Decimal as PbDecimal, Money as PbMoney};
use aftercare_kernel::currency::Currency;
use aftercare_kernel::money::Money;
use aftercare_kernel::period::Period;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// An instant as `google.protobuf.Timestamp`.
#[must_use]
pub fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    let (mut seconds, mut nanos) = (at.as_second(), at.subsec_nanosecond());
    // jiff's parts share the sign; protobuf wants nanos to count forward
    if nanos < 0 {
        seconds -= 1;
        nanos += 1_000_000_000;
    }
    prost_types::Timestamp { seconds, nanos }
}

/// An instant from the wire.
///
/// # Errors
/// A sentence for the field's violation.
pub fn instant(wire: &prost_types::Timestamp) -> Result<Timestamp, &'static str> {
    if !(0..1_000_000_000).contains(&wire.nanos) {
        return Err("must have nanos within a second");
    }
    Timestamp::new(wire.seconds, wire.nanos).map_err(|_| "must lie between the years 1 and 9999")
}

/// A civil date as `google.type.Date`.
#[must_use]
pub fn date(day: Date) -> PbDate {
    PbDate { year: day.year().into(), month: day.month().into(), day: day.day().into() }
}

/// A whole civil date from the wire.
///
/// # Errors
/// A sentence for the field's violation.
pub fn civil_date(wire: &PbDate) -> Result<Date, &'static str> {
    let part = |value: i32| i8::try_from(value).map_err(|_| "must be a whole date that exists");
    let year = i16::try_from(wire.year).map_err(|_| "must be a whole date that exists")?;
    Date::new(year, part(wire.month)?, part(wire.day)?)
        .map_err(|_| "must be a whole date that exists")
}

/// Money as `google.type.Money`.
#[must_use]
pub fn money(amount: Money) -> PbMoney {
    let (units, nanos) = amount.units_nanos();
    PbMoney { currency_code: amount.currency().code().to_owned(), units, nanos }
}

/// Money from the wire.
///
/// # Errors
/// A sentence for the field's violation.
pub fn amount(wire: &PbMoney) -> Result<Money, String> {
    let currency = Currency::parse(&wire.currency_code).map_err(|error| error.to_string())?;
    Money::from_units_nanos(wire.units, wire.nanos, currency).map_err(|error| error.to_string())
}

/// A decimal as `google.type.Decimal`.
#[must_use]
pub fn decimal(value: Decimal) -> PbDecimal {
    PbDecimal { value: value.normalize().to_string() }
}

/// A decimal from the wire.
///
/// # Errors
/// A sentence for the field's violation.
pub fn exact(wire: &PbDecimal) -> Result<Decimal, &'static str> {
    Decimal::from_str_exact(&wire.value)
        .or_else(|_| Decimal::from_scientific(&wire.value))
        .map_err(|_| "must be a decimal number of at most 28 digits")
}

/// A period as civil dates.
#[must_use]
pub fn period(value: Period) -> PbPeriod {
    PbPeriod { start_date: Some(date(value.start())), end_date: value.end().map(date) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn instants_survive_the_wire(seconds in -62_000_000_000i64..250_000_000_000, nanos in 0i32..1_000_000_000) {
            let wire = prost_types::Timestamp { seconds, nanos };
            prop_assert_eq!(timestamp(instant(&wire).unwrap()), wire);
        }

        #[test]
        fn no_date_panics(year in any::<i32>(), month in any::<i32>(), day in any::<i32>()) {
            if let Ok(found) = civil_date(&PbDate { year, month, day }) {
                prop_assert_eq!(date(found), PbDate { year, month, day });
            }
        }
    }
}
