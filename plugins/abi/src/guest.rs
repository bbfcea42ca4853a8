//! The plugin's side: a safe trait becomes the exported table. Panics end at this border.
// The exported functions take the host's pointers; the header's rules make them valid for the call.
#![allow(unsafe_code)]

use std::{
    ffi::c_void,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::NonNull,
    sync::OnceLock,
};

use crate::{
    Answer, Failure, Verb,
    layout::{self, Buffer, Call, Header, HostTable, PluginTable, Slice},
};

/// What a plugin does, in bytes. Implemented by the SDK over its typed trait.
pub trait Guest: Send + Sync + Sized + 'static {
    /// The serialised `Manifest`.
    fn describe() -> Vec<u8>;
    /// An instance and the serialised `ConfigureResponse`.
    ///
    /// # Errors
    /// The serialised `Error`.
    fn configure(call: &CallHandle<'_>, request: &[u8]) -> Result<(Self, Vec<u8>), Failure>;
    /// One verb.
    ///
    /// # Errors
    /// The serialised `Error`.
    fn call(&self, verb: Verb, call: &CallHandle<'_>, request: &[u8]) -> Answer;
    /// The serialised `Error` for a caught panic.
    fn panicked(message: &str) -> Vec<u8>;
}

static HOST: OnceLock<HostPointer> = OnceLock::new();

struct HostPointer(NonNull<HostTable>);
// SAFETY: the header promises that the table is immutable and lives as long as the process.
unsafe impl Send for HostPointer {}
// SAFETY: as above.
unsafe impl Sync for HostPointer {}

fn host() -> Option<&'static HostTable> {
    // SAFETY: `install` stored a pointer that lives as long as the process.
    HOST.get().map(|pointer| unsafe { pointer.0.as_ref() })
}

/// Fills the table for `G`. The body of every exported `aftercare_plugin_v1`.
///
/// # Safety
/// `host` and `out` are what the header says.
pub unsafe fn install<G: Guest>(host: *const HostTable, out: *mut PluginTable) -> i32 {
    let (Some(host), Some(mut out)) = (NonNull::new(host.cast_mut()), NonNull::new(out)) else {
        return layout::ERROR;
    };
    // SAFETY: both begin with a header, whatever their version.
    let (theirs, room) = unsafe { (host.cast::<Header>().read(), out.cast::<Header>().read()) };
    let same = |header: Header, size: usize| {
        header.magic == layout::ABI_MAGIC
            && header.major == layout::ABI_MAJOR
            && header.size as usize >= size
    };
    if !same(theirs, size_of::<HostTable>()) || !same(room, size_of::<PluginTable>()) {
        // SAFETY: a header fits in every version's struct.
        unsafe { out.cast::<Header>().write(Header::of::<PluginTable>()) };
        return layout::ABI_MISMATCH;
    }
    HOST.get_or_init(|| HostPointer(host));
    // SAFETY: the size was checked above.
    unsafe { *out.as_mut() = table::<G>() };
    layout::OK
}

fn table<G: Guest>() -> PluginTable {
    PluginTable {
        header: Header::of::<PluginTable>(),
        context: std::ptr::null_mut(),
        describe: Some(describe::<G>),
        configure: Some(configure::<G>),
        check: Some(check::<G>),
        discover: Some(discover::<G>),
        read: Some(read::<G>),
        lookup: Some(lookup::<G>),
        write: Some(write::<G>),
        decode_webhook: Some(decode_webhook::<G>),
        close: Some(close::<G>),
    }
}

/// Runs `body`, hands its bytes out, and turns a panic into `AC_PANIC`.
fn guarded<G: Guest>(out: *mut Buffer, body: impl FnOnce() -> Answer) -> i32 {
    let answer = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        let text = payload
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "panic".to_owned());
        let error = catch_unwind(|| G::panicked(&text)).unwrap_or_default();
        Err(Failure { status: layout::PANIC, error })
    });
    let (status, bytes) = match answer {
        Ok(bytes) => (layout::OK, bytes),
        Err(failure) => (failure.status, failure.error),
    };
    if !out.is_null() {
        // SAFETY: the host gives room for one buffer.
        unsafe { out.write(Buffer::give(bytes)) };
    }
    status
}

unsafe extern "C" fn describe<G: Guest>(_context: *mut c_void, out: *mut Buffer) -> i32 {
    guarded::<G>(out, || Ok(G::describe()))
}

unsafe extern "C" fn configure<G: Guest>(
    _context: *mut c_void,
    call: *const Call,
    request: Slice,
    instance: *mut *mut c_void,
    out: *mut Buffer,
) -> i32 {
    guarded::<G>(out, || {
        // SAFETY: the host lends the request for the call.
        let request = unsafe { request.borrow() };
        let (guest, response) = G::configure(
            &CallHandle { call, host: host(), life: std::marker::PhantomData },
            request,
        )?;
        if !instance.is_null() {
            // SAFETY: the host gives room for one pointer.
            unsafe { instance.write(Box::into_raw(Box::new(guest)).cast()) };
        }
        Ok(response)
    })
}

macro_rules! verbs {
    ($($name:ident => $verb:ident),* $(,)?) => {$(
        unsafe extern "C" fn $name<G: Guest>(instance: *mut c_void, call: *const Call, request: Slice, out: *mut Buffer) -> i32 {
            guarded::<G>(out, || {
                // SAFETY: `instance` came from `configure`; the request is lent for the call.
                let (guest, request) = unsafe { (instance.cast::<G>().as_ref(), request.borrow()) };
                let guest = guest.ok_or(Failure { status: layout::ERROR, error: Vec::new() })?;
                guest.call(Verb::$verb, &CallHandle { call, host: host(), life: std::marker::PhantomData }, request)
            })
        }
    )*};
}

verbs! {
    check => Check, discover => Discover, read => Read,
    lookup => Lookup, write => Write, decode_webhook => DecodeWebhook,
}

unsafe extern "C" fn close<G: Guest>(instance: *mut c_void) {
    if !instance.is_null() {
        // A panic while dropping must not cross either; there is nobody to tell.
        // SAFETY: `instance` came from `configure` and is closed once.
        let _ =
            catch_unwind(AssertUnwindSafe(|| drop(unsafe { Box::from_raw(instance.cast::<G>()) })));
    }
}

/// The call at hand, through which the host's services are reached.
pub struct CallHandle<'a> {
    call: *const Call,
    host: Option<&'static HostTable>,
    life: std::marker::PhantomData<&'a Call>,
}

// SAFETY: the header allows host functions from any thread while the call lives.
unsafe impl Send for CallHandle<'_> {}
// SAFETY: as above.
unsafe impl Sync for CallHandle<'_> {}

impl CallHandle<'_> {
    /// Hands a serialised `LogRecord` to the host.
    pub fn log(&self, record: &[u8]) {
        self.report(self.host.and_then(|host| host.log), record);
    }

    /// Hands a serialised `Measurement` to the host.
    pub fn metric(&self, measurement: &[u8]) {
        self.report(self.host.and_then(|host| host.metric), measurement);
    }

    /// Hands a serialised `Progress` to the host.
    pub fn progress(&self, progress: &[u8]) {
        self.report(self.host.and_then(|host| host.progress), progress);
    }

    fn report(&self, function: Option<layout::Report>, bytes: &[u8]) {
        if let Some(function) = function {
            // SAFETY: the call lives, the bytes are lent for the call.
            unsafe { function(self.call, Slice::lend(bytes)) };
        }
    }

    /// Microseconds since the epoch, UTC, by the host's clock; 0 without one.
    #[must_use]
    pub fn now_micros(&self) -> i64 {
        // SAFETY: a host function without arguments.
        self.host.and_then(|host| host.now_micros).map_or(0, |function| unsafe { function() })
    }

    /// Microseconds until the deadline; `i64::MAX` when there is none.
    #[must_use]
    pub fn remaining_micros(&self) -> i64 {
        let function = self.host.and_then(|host| host.remaining_micros);
        // SAFETY: the call lives.
        function.map_or(i64::MAX, |function| unsafe { function(self.call) })
    }

    /// Whether to return soon.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        let function = self.host.and_then(|host| host.cancelled);
        // SAFETY: the call lives.
        function.is_some_and(|function| unsafe { function(self.call) } != 0)
    }

    /// A secret of the connection.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Vec<u8>> {
        let function = self.host.and_then(|host| host.secret)?;
        // SAFETY: the call lives, the name is lent.
        received(|out| unsafe { function(self.call, Slice::lend(name.as_bytes()), out) })
    }

    /// The W3C traceparent of the call.
    #[must_use]
    pub fn traceparent(&self) -> Option<Vec<u8>> {
        let function = self.host.and_then(|host| host.traceparent)?;
        // SAFETY: the call lives.
        received(|out| unsafe { function(self.call, out) })
    }

    /// A value of the connection's state.
    #[must_use]
    pub fn state_get(&self, key: &str) -> Option<Vec<u8>> {
        let function = self.host.and_then(|host| host.state_get)?;
        // SAFETY: the call lives, the key is lent.
        received(|out| unsafe { function(self.call, Slice::lend(key.as_bytes()), out) })
    }

    /// Stores a value in the connection's state; whether the host took it.
    #[must_use]
    pub fn state_put(&self, key: &str, value: &[u8]) -> bool {
        let function = self.host.and_then(|host| host.state_put);
        function.is_some_and(|function| {
            // SAFETY: the call lives, key and value are lent.
            unsafe {
                function(self.call, Slice::lend(key.as_bytes()), Slice::lend(value)) == layout::OK
            }
        })
    }

    /// Deletes a value of the connection's state; whether the host did.
    #[must_use]
    pub fn state_delete(&self, key: &str) -> bool {
        let function = self.host.and_then(|host| host.state_delete);
        function.is_some_and(|function| {
            // SAFETY: the call lives, the key is lent.
            unsafe { function(self.call, Slice::lend(key.as_bytes())) == layout::OK }
        })
    }
}

fn received(ask: impl FnOnce(*mut Buffer) -> i32) -> Option<Vec<u8>> {
    let mut out = Buffer::empty();
    let status = ask(&raw mut out);
    // SAFETY: the host filled the buffer or left it empty.
    let bytes = unsafe { out.take() };
    (status == layout::OK).then_some(bytes)
}
