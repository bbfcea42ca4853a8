//! The header's structs and constants, word for word.

use std::ffi::c_void;

/// `AC_ABI_MAGIC`.
pub const ABI_MAGIC: u32 = 0x3150_4341;
/// `AC_ABI_MAJOR`.
pub const ABI_MAJOR: u16 = 1;
/// `AC_ABI_MINOR`.
pub const ABI_MINOR: u16 = 0;

/// `AC_OK`.
pub const OK: i32 = 0;
/// `AC_ERROR`.
pub const ERROR: i32 = 1;
/// `AC_ABI_MISMATCH`.
pub const ABI_MISMATCH: i32 = 2;
/// `AC_PANIC`.
pub const PANIC: i32 = 3;
/// `AC_NOT_FOUND`.
pub const NOT_FOUND: i32 = 4;

/// `ac_slice`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    /// First byte; may be null when `len` is 0.
    pub ptr: *const u8,
    /// How many bytes.
    pub len: usize,
}

/// `ac_buffer`.
#[repr(C)]
#[derive(Debug)]
pub struct Buffer {
    /// First byte.
    pub ptr: *mut u8,
    /// How many bytes.
    pub len: usize,
    /// For the giver's own use.
    pub capacity: usize,
    /// Frees it; null means nothing to free.
    pub release: Option<unsafe extern "C" fn(*mut Buffer)>,
}

/// `ac_header`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// [`ABI_MAGIC`].
    pub magic: u32,
    /// Size of the whole struct in bytes, as its writer knows it.
    pub size: u32,
    /// ABI major.
    pub major: u16,
    /// ABI minor.
    pub minor: u16,
    /// 0.
    pub reserved: u32,
}

impl Header {
    /// The header of a `T` of this ABI version.
    #[must_use]
    pub const fn of<T>() -> Self {
        // The structs of this file are a few hundred bytes.
        #[allow(clippy::cast_possible_truncation)]
        let size = size_of::<T>() as u32;
        Self { magic: ABI_MAGIC, size, major: ABI_MAJOR, minor: ABI_MINOR, reserved: 0 }
    }
}

/// `ac_call`.
#[repr(C)]
#[derive(Debug)]
pub struct Call {
    /// Size and version.
    pub header: Header,
    /// The host's.
    pub context: *mut c_void,
}

/// A host function that takes a message and answers nothing.
pub type Report = unsafe extern "C" fn(*const Call, Slice);

/// `ac_host`.
#[repr(C)]
#[derive(Debug)]
pub struct HostTable {
    /// Size and version.
    pub header: Header,
    /// Takes a `LogRecord`.
    pub log: Option<Report>,
    /// Takes a `Measurement`.
    pub metric: Option<Report>,
    /// Takes a `Progress`.
    pub progress: Option<Report>,
    /// Microseconds since the epoch, UTC.
    pub now_micros: Option<unsafe extern "C" fn() -> i64>,
    /// Microseconds until the deadline.
    pub remaining_micros: Option<unsafe extern "C" fn(*const Call) -> i64>,
    /// Not 0 once the call is cancelled.
    pub cancelled: Option<unsafe extern "C" fn(*const Call) -> i32>,
    /// A secret by name.
    pub secret: Option<unsafe extern "C" fn(*const Call, Slice, *mut Buffer) -> i32>,
    /// The W3C traceparent.
    pub traceparent: Option<unsafe extern "C" fn(*const Call, *mut Buffer) -> i32>,
    /// Reads the connection's state.
    pub state_get: Option<unsafe extern "C" fn(*const Call, Slice, *mut Buffer) -> i32>,
    /// Writes the connection's state.
    pub state_put: Option<unsafe extern "C" fn(*const Call, Slice, Slice) -> i32>,
    /// Deletes from the connection's state.
    pub state_delete: Option<unsafe extern "C" fn(*const Call, Slice) -> i32>,
}

/// A verb of an instance.
pub type VerbFn = unsafe extern "C" fn(*mut c_void, *const Call, Slice, *mut Buffer) -> i32;

/// `ac_plugin`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PluginTable {
    /// Size and version.
    pub header: Header,
    /// The plugin's.
    pub context: *mut c_void,
    /// Response: `Manifest`.
    pub describe: Option<unsafe extern "C" fn(*mut c_void, *mut Buffer) -> i32>,
    /// `ConfigureRequest` to `ConfigureResponse` and an instance.
    pub configure: Option<
        unsafe extern "C" fn(*mut c_void, *const Call, Slice, *mut *mut c_void, *mut Buffer) -> i32,
    >,
    /// `CheckRequest` to `CheckResponse`.
    pub check: Option<VerbFn>,
    /// `DiscoverRequest` to `DiscoverResponse`.
    pub discover: Option<VerbFn>,
    /// `ReadRequest` to `Batch`.
    pub read: Option<VerbFn>,
    /// `LookupRequest` to `LookupResponse`.
    pub lookup: Option<VerbFn>,
    /// `WriteRequest` to `WriteResponse`.
    pub write: Option<VerbFn>,
    /// `DecodeWebhookRequest` to `DecodeWebhookResponse`.
    pub decode_webhook: Option<VerbFn>,
    /// Frees an instance.
    pub close: Option<unsafe extern "C" fn(*mut c_void)>,
}

/// `aftercare_plugin_v1_fn`.
pub type Entry = unsafe extern "C" fn(*const HostTable, *mut PluginTable) -> i32;
