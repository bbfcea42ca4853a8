//! How an error is classed, so that the wire layer can answer without knowing the domain.

use std::fmt;

/// What the reader of the error can do next. One class maps to one canonical gRPC code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The request is wrong whatever the state: `INVALID_ARGUMENT`.
    Invalid,
    /// Nothing of that name for this tenant: `NOT_FOUND`.
    NotFound,
    /// The name or the request id is taken: `ALREADY_EXISTS`.
    AlreadyExists,
    /// The request is sound but the state forbids it: `FAILED_PRECONDITION`.
    Precondition,
    /// Somebody else wrote first (etag, write race): `ABORTED`.
    Conflict,
    /// A limit of the tenant or principal: `RESOURCE_EXHAUSTED`.
    Exhausted,
    /// A dependency is away for now: `UNAVAILABLE`.
    Unavailable,
    /// A dependency did not answer in the caller's time: `DEADLINE_EXCEEDED`.
    Deadline,
    /// Named in the API, not built yet: `UNIMPLEMENTED`.
    Unimplemented,
    /// Our fault; the cause is logged and never sent: `INTERNAL`.
    Internal,
}

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldViolation {
    /// Path as in the proto: `lines[2].unit_price`.
    pub field: String,
    /// What is wrong with it, for a person.
    pub description: String,
}

/// An error that says its class, its stable reason, and every dynamic part of its message.
///
/// `Display` is the external message: it must hold nothing of another tenant and no secret.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    /// What the reader can do next.
    fn class(&self) -> Class;
    /// `UPPER_SNAKE`, stable, at most 63 characters (AIP-193).
    fn reason(&self) -> &'static str;
    /// Every dynamic part of the message, by name.
    fn metadata(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
    /// `Class::Invalid` only: every wrong field.
    fn violations(&self) -> Vec<FieldViolation> {
        Vec::new()
    }
    /// The resource name that the error is about; empty when there is none.
    fn subject(&self) -> String {
        String::new()
    }
}

/// A request with at least one wrong field; names all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid fields: {}", FieldList(.0))]
pub struct Invalid(Vec<FieldViolation>);

impl Invalid {
    /// A request with exactly one wrong field.
    pub fn field(field: impl Into<String>, description: impl fmt::Display) -> Self {
        Self(vec![FieldViolation { field: field.into(), description: description.to_string() }])
    }

    /// The wrong fields, in the order in which they were found.
    #[must_use]
    pub fn fields(&self) -> &[FieldViolation] {
        &self.0
    }
}

impl Fault for Invalid {
    fn class(&self) -> Class {
        Class::Invalid
    }
    fn reason(&self) -> &'static str {
        "INVALID_FIELDS"
    }
    fn violations(&self) -> Vec<FieldViolation> {
        self.0.clone()
    }
}

struct FieldList<'a>(&'a [FieldViolation]);

impl fmt::Display for FieldList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, violation) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            f.write_str(&violation.field)?;
        }
        Ok(())
    }
}

/// Collects every wrong field of a request, so that the caller learns all of them at once.
///
/// ```
/// use aftercare_kernel::fault::Violations;
/// let mut wrong = Violations::new();
/// let hours = wrong.take("hours", "x".parse::<u32>());
/// assert!(hours.is_none());
/// assert_eq!(wrong.finish().unwrap_err().fields()[0].field, "hours");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Violations {
    prefix: String,
    found: Vec<FieldViolation>,
}

impl Violations {
    /// Nothing wrong yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a wrong field.
    pub fn add(&mut self, field: &str, description: impl fmt::Display) {
        let field = if self.prefix.is_empty() {
            field.to_owned()
        } else if field.is_empty() {
            self.prefix.clone()
        } else if field.starts_with('[') {
            format!("{}{field}", self.prefix)
        } else {
            format!("{}.{field}", self.prefix)
        };
        self.found.push(FieldViolation { field, description: description.to_string() });
    }

    /// The value, or a note of what is wrong with the field.
    pub fn take<T, E: fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(field, error);
                None
            }
        }
    }

    /// The value of a field that must be there.
    pub fn required<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.add(field, "is required");
        }
        value
    }

    /// Runs `check` with every field named under `prefix` (`lines[2]`).
    pub fn within<T>(&mut self, prefix: &str, check: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.prefix.clone();
        self.prefix = if outer.is_empty() {
            prefix.to_owned()
        } else if prefix.starts_with('[') {
            format!("{outer}{prefix}")
        } else {
            format!("{outer}.{prefix}")
        };
        let value = check(self);
        self.prefix = outer;
        value
    }

    /// Whether nothing wrong was found so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// `Err` with every wrong field, if there is one.
    ///
    /// # Errors
    /// [`Invalid`] names all of them.
    pub fn finish(self) -> Result<(), Invalid> {
        if self.found.is_empty() { Ok(()) } else { Err(Invalid(self.found)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_fields_carry_their_whole_path() {
        let mut wrong = Violations::new();
        wrong.within("requests[3]", |wrong| {
            wrong.within("customer", |wrong| wrong.add("uscc", "bad check digit"));
            wrong.add("", "empty");
        });
        wrong.add("etag", "bad");
        let fields: Vec<_> =
            wrong.finish().unwrap_err().fields().iter().map(|v| v.field.clone()).collect();
        assert_eq!(fields, ["requests[3].customer.uscc", "requests[3]", "etag"]);
    }
}
