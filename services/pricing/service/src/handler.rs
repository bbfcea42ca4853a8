//! The RPCs, one file a resource: parse, load, decide, save, present. What they share is here.

pub(crate) mod actuals;
pub(crate) mod catalogue;
pub(crate) mod classification;
pub(crate) mod competitor_price;
pub(crate) mod concession;
pub(crate) mod contract;
pub(crate) mod failure_model;
pub(crate) mod fx_rate;
pub(crate) mod policy;
pub(crate) mod price_index;
pub(crate) mod quote;
pub(crate) mod report;
pub(crate) mod segment;
pub(crate) mod spare_part;

use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_kernel::ids::{check_id, name_segments};
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::paging::{OrderField, OrderKind, PageLimits};
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Rows of a page: 100 unless asked for, 1,000 at most.
pub(crate) const LIMITS: PageLimits = PageLimits { default: 100, max: 1000 };

/// The largest batch.
pub(crate) const MAX_BATCH: usize = 1000;

pub(crate) const fn text(name: &'static str) -> FilterField {
    FilterField { name, column: name, kind: FieldKind::Text }
}

/// Orders of most lists.
pub(crate) const ORDERS: [OrderField; 2] = [
    OrderField { name: "name", column: "id", kind: OrderKind::Text },
    OrderField { name: "create_time", column: "create_time", kind: OrderKind::Integer },
];

/// Runs a parse and fails with every wrong field.
pub(crate) fn parsed<T>(parse: impl FnOnce(&mut Violations) -> Option<T>) -> Result<T, Error> {
    let mut wrong = Violations::new();
    let value = parse(&mut wrong);
    wrong.finish()?;
    value.ok_or_else(|| Error::from(Invalid::field("", "cannot be read")))
}

/// The id in a resource name of one segment.
pub(crate) fn id_of(pattern: &'static str, name: &str) -> Result<String, Error> {
    let [id] = name_segments::<1>(pattern, name).map_err(|error| Invalid::field("name", error))?;
    Ok(id.to_owned())
}

/// The id that the caller chose, or a fresh one.
pub(crate) fn chosen_id(chosen: &str, field: &str, wrong: &mut Violations) -> String {
    if chosen.is_empty() {
        return uuid::Uuid::now_v7().to_string();
    }
    wrong.take(field, check_id(chosen));
    chosen.to_owned()
}

/// The call's present, micro-seconds.
pub(crate) fn now(call: &Call) -> i64 {
    call.now.as_microsecond()
}

/// The call's day, UTC.
pub(crate) fn today(call: &Call) -> Date {
    call.now.to_zoned(TimeZone::UTC).date()
}

/// A civil date that may be absent.
pub(crate) fn day(
    field: &str,
    wire: Option<&aftercare_api::google::r#type::Date>,
    wrong: &mut Violations,
) -> Option<Date> {
    let day = wrong.take(field, wire::civil_date(wire?))?;
    if !(1900..=2500).contains(&day.year()) {
        wrong.add(field, "must lie within the years 1900 and 2500");
        return None;
    }
    Some(day)
}
