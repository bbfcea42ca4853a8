//! The RPCs, one file a resource: parse, load, decide, save, present. What they share is here.

pub(crate) mod amendment;
pub(crate) mod asset;
pub(crate) mod assignment;
pub(crate) mod authority;
pub(crate) mod calendar;
pub(crate) mod campaign;
pub(crate) mod campaign_step;
pub(crate) mod case;
pub(crate) mod case_step;
pub(crate) mod clock;
pub(crate) mod contact;
pub(crate) mod contract_promise;
pub(crate) mod customer;
pub(crate) mod employee;
pub(crate) mod entitlement;
pub(crate) mod fit_review;
pub(crate) mod follow_up;
pub(crate) mod follow_up_daily;
pub(crate) mod follow_up_plan;
pub(crate) mod follow_up_start;
pub(crate) mod grade;
pub(crate) mod guidance;
pub(crate) mod list;
pub(crate) mod lot_control;
pub(crate) mod merge;
pub(crate) mod privacy;
pub(crate) mod profit;
pub(crate) mod proposal;
pub(crate) mod quality;
pub(crate) mod rebase;
pub(crate) mod relationship;
pub(crate) mod resolution;
pub(crate) mod satisfaction;
pub(crate) mod service_standard;
pub(crate) mod setting;
pub(crate) mod site;
pub(crate) mod sla_timer;
pub(crate) mod standard;
pub(crate) mod survey;
pub(crate) mod survey_answer;
pub(crate) mod task;
pub(crate) mod trust;
pub(crate) mod watch;
pub(crate) mod work_order;

#[cfg(test)]
mod tests;

use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use jiff::Timestamp;
use prost::Name;

/// Who calls, for which tenant, and when.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    pub tenant: TenantId,
    pub principal: String,
    pub roles: Vec<String>,
    /// The present: the same for all that one call does.
    pub now: Timestamp,
    /// Whether the caller may see personal data in clear.
    pub personal: bool,
    /// Whether the caller keeps the conduct records of others.
    pub conduct: bool,
}

impl Actor {
    /// The service itself, for what it does when the time has come.
    pub fn of_job(call: &Call) -> Self {
        Self {
            tenant: call.tenant().clone(),
            principal: call.caller.principal.clone(),
            roles: call.caller.roles.clone(),
            now: call.now,
            personal: false,
            conduct: false,
        }
    }
}

/// An event that goes out with the change that caused it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Raised {
    pub event_type: String,
    pub subject: String,
    pub data: Vec<u8>,
}

impl Raised {
    pub fn new<M: Name>(subject: impl Into<String>, message: &M) -> Self {
        Self { event_type: M::full_name(), subject: subject.into(), data: message.encode_to_vec() }
    }
}

/// What a write answers and what it raises.
#[derive(Debug)]
pub(crate) struct Outcome<T> {
    pub response: T,
    pub events: Vec<Raised>,
}

impl<T> Outcome<T> {
    pub const fn quiet(response: T) -> Self {
        Self { response, events: Vec::new() }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        Outcome { response: change(self.response), events: self.events }
    }
}

/// The largest batch.
pub(crate) const MAX_BATCH: usize = 1000;

/// Runs a parse and fails with every wrong field.
pub(crate) fn parsed<T>(parse: impl FnOnce(&mut Violations) -> Option<T>) -> Result<T, Error> {
    let mut wrong = Violations::new();
    let value = parse(&mut wrong);
    if wrong.is_empty() && value.is_none() {
        wrong.add("", "cannot be read");
    }
    wrong.finish()?;
    value.ok_or_else(|| Error::from(aftercare_kernel::fault::Invalid::field("", "cannot be read")))
}

/// Refuses another version than the caller saw; an empty etag accepts any.
pub(crate) fn check_etag(given: &str, current: &str, name: &str) -> Result<(), StoreError> {
    if given.is_empty() || given == current {
        Ok(())
    } else {
        Err(StoreError::EtagMismatch { name: name.to_owned() })
    }
}

/// Notes a batch that is empty or too large.
pub(crate) fn check_batch(size: usize, wrong: &mut Violations) {
    if size == 0 {
        wrong.add("requests", "needs at least one");
    }
    if size > MAX_BATCH {
        wrong.add("requests", format!("must be at most {MAX_BATCH}"));
    }
}

/// The id that the caller chose, or a fresh one.
pub(crate) fn chosen_id(chosen: &str, field: &str, wrong: &mut Violations) -> String {
    if chosen.is_empty() {
        return uuid::Uuid::now_v7().to_string();
    }
    wrong.take(field, aftercare_kernel::ids::check_id(chosen));
    chosen.to_owned()
}

/// The path of a field of the `i`-th request of a batch, or of the only request.
pub(crate) fn field(i: usize, batch: bool, field: &str) -> String {
    match (batch, field.is_empty()) {
        (true, true) => format!("requests[{i}]"),
        (true, false) => format!("requests[{i}].{field}"),
        (false, _) => field.to_owned(),
    }
}

/// Runs a parse with violations of its own, so that what is wrong elsewhere does not make it fail.
pub(crate) fn isolated<T>(
    wrong: &mut Violations,
    prefix: &str,
    parse: impl FnOnce(&mut Violations) -> Option<T>,
) -> Option<T> {
    let mut own = Violations::new();
    let value = parse(&mut own);
    let Err(invalid) = own.finish() else { return value };
    for violation in invalid.fields() {
        let path = match (prefix, violation.field.as_str()) {
            ("", field) => field.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, field) => format!("{prefix}.{field}"),
        };
        wrong.add(&path, &violation.description);
    }
    None
}

/// Names in a batch that must differ: notes the second of two.
pub(crate) fn check_distinct<'a, K: Ord + 'a>(
    keys: impl Iterator<Item = &'a Option<K>>,
    path: impl Fn(usize) -> String,
    wrong: &mut Violations,
) {
    let mut seen = std::collections::BTreeSet::new();
    for (i, key) in keys.enumerate() {
        if key.as_ref().is_some_and(|key| !seen.insert(key)) {
            wrong.add(&path(i), "is given twice");
        }
    }
}
