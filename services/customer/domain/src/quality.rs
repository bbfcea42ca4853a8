//! The quality loop: causes by weight, repeat failures, time between failures, first-time fixes, lots out of control.

mod lot;
mod pareto;
mod reliability;

pub use lot::{Crossings, LotAlert, LotAlertState, LotRecord, alerts, crossings};
pub use pareto::{Cause, CauseLine, Causes};
pub use reliability::{Exposure, Failure, Figures, figures, repeats};

use aftercare_kernel::words;

words! {
    /// What causes are counted by.
    ParetoDimension {
        /// Failure mode.
        FailureMode = "FAILURE_MODE",
        /// Part that was put in.
        Part = "PART",
        /// Lot of the machine.
        Lot = "LOT",
        /// Lot of the part that was taken out.
        PartLot = "PART_LOT",
    }
}

words! {
    /// What reliability is figured by.
    ReliabilityGroup {
        /// Product.
        Product = "PRODUCT",
        /// Product and lot of the machine.
        Lot = "LOT",
        /// Owner.
        Customer = "CUSTOMER",
    }
}
