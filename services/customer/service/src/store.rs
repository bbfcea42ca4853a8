//! Tables of the customer service: entities, migrations and finders, every one of them within a tenant.

pub(crate) mod asset;
pub(crate) mod calendar;
pub(crate) mod campaign;
pub(crate) mod campaign_item;
pub(crate) mod case;
pub(crate) mod case_part;
pub(crate) mod contact;
pub(crate) mod customer;
pub(crate) mod document;
pub(crate) mod employee_line;
pub(crate) mod entitlement;
pub(crate) mod external_key;
pub(crate) mod fit_proposal;
pub(crate) mod fit_review;
pub(crate) mod follow_up;
pub(crate) mod follow_up_rule;
pub(crate) mod grade;
pub(crate) mod grade_policy;
pub(crate) mod invitation;
pub(crate) mod load;
pub(crate) mod lot_alert;
pub(crate) mod match_key;
pub(crate) mod match_model;
pub(crate) mod match_review;
pub(crate) mod merge;
pub mod migration;
pub(crate) mod past;
pub(crate) mod person_key;
pub(crate) mod remedy_cost;
pub(crate) mod resolution;
pub(crate) mod setting;
pub(crate) mod site;
pub(crate) mod sla_policy;
pub(crate) mod survey;
pub(crate) mod survey_response;
pub(crate) mod touchpoint;
pub(crate) mod work_order;

pub(crate) use aftercare_platform::row::{
    ROWS_A_STATEMENT, etag, insert_all, instant, json, micros, parse,
};
use jiff::Timestamp;

/// A stored value with what every row has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored<T> {
    pub id: String,
    pub value: T,
    /// Counts writes from 1.
    pub revision: i64,
    pub created: Timestamp,
    pub updated: Timestamp,
}

impl<T> Stored<T> {
    /// A value that is not in the table yet.
    pub fn new(id: impl Into<String>, value: T, now: Timestamp) -> Self {
        Self { id: id.into(), value, revision: 1, created: now, updated: now }
    }

    /// The next revision.
    pub fn revised(&self, value: T, now: Timestamp) -> Self {
        let (id, created) = (self.id.clone(), self.created);
        Self { id, value, revision: self.revision + 1, created, updated: now }
    }

    pub fn etag(&self) -> String {
        etag(self.revision)
    }
}
