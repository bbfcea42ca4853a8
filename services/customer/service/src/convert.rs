//! Proto to domain and back, nothing else: one file a resource.

pub(crate) mod asset;
pub(crate) mod authority;
pub(crate) mod calendar;
pub(crate) mod campaign;
pub(crate) mod case;
pub(crate) mod clock;
pub(crate) mod contact;
pub(crate) mod customer;
pub(crate) mod employee;
pub(crate) mod entitlement;
pub(crate) mod follow_up;
pub(crate) mod grade;
pub(crate) mod guidance;
pub(crate) mod proposal;
pub(crate) mod quality;
pub(crate) mod resolution;
pub(crate) mod service_standard;
pub(crate) mod site;
pub(crate) mod sla;
pub(crate) mod survey;
pub(crate) mod value;
pub(crate) mod word;
pub(crate) mod work_order;
