//! The RPCs: parse, load, decide, save, present.

pub(crate) mod agreement;
pub(crate) mod around;
pub(crate) mod capture;
mod cells;
pub(crate) mod conflict;
pub(crate) mod custody;
pub(crate) mod decide;
pub(crate) mod detection;
pub(crate) mod distributor;
pub(crate) mod exception;
pub(crate) mod explain;
pub(crate) mod investigate;
mod judge;
pub(crate) mod location;
pub(crate) mod measure;
pub(crate) mod price_policy;
pub(crate) mod product;
pub(crate) mod propose;
pub(crate) mod raise;
pub(crate) mod rebate_plan;
pub(crate) mod record;
pub(crate) mod resource;
pub(crate) mod shipment;
pub(crate) mod sighting;
mod step;
mod suspect;
pub(crate) mod territory;
