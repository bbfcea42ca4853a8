//! Proto to domain and back, nothing else.

pub(crate) mod catalogue;
pub(crate) mod comparison;
pub(crate) mod concession;
pub(crate) mod contract;
pub(crate) mod failure_model;
pub(crate) mod fx_rate;
pub(crate) mod hour_bands;
pub(crate) mod policy;
pub(crate) mod quote;
pub(crate) mod report_page;
pub(crate) mod risk_sharing;
pub(crate) mod scope;
pub(crate) mod segment;
pub(crate) mod spare_part;
pub(crate) mod terms;
