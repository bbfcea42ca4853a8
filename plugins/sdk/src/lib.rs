//! Write an Aftercare adapter plugin in safe Rust: implement [`Adapter`], then `export_adapter!(MyAdapter);`.
//!
//! A panic in an adapter fails the call that caused it and nothing else. docs/plugins.md walks through a whole adapter.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod adapter;
mod call;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod guest;
pub mod session;
mod value;

pub use adapter::Adapter;
pub use aftercare_api::aftercare::adapter::v1 as wire;
pub use call::Call;
pub use error::{Error, Result};
pub use value::{decimal, field, integer, null, text};

#[doc(hidden)]
pub use aftercare_plugin_abi as abi;
#[doc(hidden)]
pub use guest::Exported;

/// Exports an [`Adapter`] as the one symbol of a plugin file. Once in a crate of type `cdylib`.
#[macro_export]
macro_rules! export_adapter {
    ($adapter:ty) => {
        /// The symbol that the bridge looks for; `plugins/include/aftercare_plugin.h` says what it does.
        ///
        /// # Safety
        /// Called by a host that follows the header.
        // The one place where a Rust plugin meets C: the pointers go straight to the ABI crate.
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn aftercare_plugin_v1(
            host: *const $crate::abi::HostTable,
            out: *mut $crate::abi::PluginTable,
        ) -> i32 {
            // SAFETY: the host follows the header.
            unsafe { $crate::abi::guest::install::<$crate::Exported<$adapter>>(host, out) }
        }
    };
}
