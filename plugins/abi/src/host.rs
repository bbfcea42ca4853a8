//! The host's side: calls into a plugin's table, and the table of services that the plugin calls back.
// Calls go through the plugin's function pointers; the header's rules make them sound.
#![allow(unsafe_code)]

use std::{
    ffi::c_void,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::{
    Answer, Failure, Verb,
    layout::{self, Buffer, Call, Entry, Header, HostTable, PluginTable, Slice},
};

/// What the host does for a plugin during one call.
pub trait Services: Send + Sync {
    /// A serialised `LogRecord`.
    fn log(&self, record: &[u8]);
    /// A serialised `Measurement`.
    fn metric(&self, measurement: &[u8]);
    /// A serialised `Progress`.
    fn progress(&self, progress: &[u8]);
    /// Microseconds until the deadline; `i64::MAX` when there is none.
    fn remaining_micros(&self) -> i64;
    /// Whether the call is cancelled.
    fn cancelled(&self) -> bool;
    /// A secret of the connection.
    fn secret(&self, name: &str) -> Option<Vec<u8>>;
    /// The W3C traceparent; empty when there is none.
    fn traceparent(&self) -> String;
    /// A value of the connection's state.
    fn state_get(&self, key: &str) -> Option<Vec<u8>>;
    /// Stores a value; whether it was taken.
    fn state_put(&self, key: &str, value: &[u8]) -> bool;
    /// Deletes a value; whether it is gone.
    fn state_delete(&self, key: &str) -> bool;
}

/// Why an entry point gave no usable table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryError {
    /// The plugin speaks another major, or an older minor of which this host needs more.
    Version {
        /// The plugin's major.
        major: u16,
        /// The plugin's minor.
        minor: u16,
    },
    /// It answered this status, or a table without magic or without the verbs that every plugin has.
    Malformed {
        /// What it answered.
        status: i32,
    },
}

/// A plugin's table, checked.
#[derive(Debug, Clone, Copy)]
pub struct Plugin(PluginTable);

// SAFETY: the header makes verbs callable from any thread; how many at once is the manifest's word, which callers keep.
unsafe impl Send for Plugin {}
// SAFETY: as above.
unsafe impl Sync for Plugin {}

/// One configured instance. Closed when dropped.
#[derive(Debug)]
pub struct Instance {
    plugin: Plugin,
    pointer: *mut c_void,
}

// SAFETY: as for Plugin.
unsafe impl Send for Instance {}
// SAFETY: as for Plugin.
unsafe impl Sync for Instance {}

impl Plugin {
    /// Asks the entry point for its table and checks version and size.
    ///
    /// # Safety
    /// `entry` is the `aftercare_plugin_v1` of a library that stays mapped as long as the process.
    ///
    /// # Errors
    /// [`EntryError`].
    pub unsafe fn enter(entry: Entry) -> Result<Self, EntryError> {
        let mut table = PluginTable {
            header: Header::of::<PluginTable>(),
            context: std::ptr::null_mut(),
            describe: None,
            configure: None,
            check: None,
            discover: None,
            read: None,
            lookup: None,
            write: None,
            decode_webhook: None,
            close: None,
        };
        // SAFETY: the host table is static; `table` is ours and of the size that its header says.
        let status = unsafe { entry(&raw const HOST_TABLE.0, &raw mut table) };
        let header = table.header;
        if header.magic != layout::ABI_MAGIC {
            return Err(EntryError::Malformed { status });
        }
        let small = (header.size as usize) < size_of::<PluginTable>();
        if header.major != layout::ABI_MAJOR || status == layout::ABI_MISMATCH || small {
            return Err(EntryError::Version { major: header.major, minor: header.minor });
        }
        let complete = table.describe.is_some()
            && table.configure.is_some()
            && table.check.is_some()
            && table.discover.is_some()
            && table.close.is_some();
        if status != layout::OK || !complete {
            return Err(EntryError::Malformed { status });
        }
        Ok(Self(table))
    }

    /// The ABI version that the plugin was built against.
    #[must_use]
    pub fn abi(&self) -> (u16, u16) {
        (self.0.header.major, self.0.header.minor)
    }

    /// The serialised `Manifest`.
    ///
    /// # Errors
    /// The plugin's failure.
    pub fn describe(&self) -> Answer {
        let describe = self.0.describe.ok_or_else(unsupported)?;
        // SAFETY: the table's own context and function.
        answered(|out| unsafe { describe(self.0.context, out) })
    }

    /// An instance and the serialised `ConfigureResponse`.
    ///
    /// # Errors
    /// The plugin's failure.
    pub fn configure(
        &self,
        services: &dyn Services,
        request: &[u8],
    ) -> Result<(Instance, Vec<u8>), Failure> {
        let configure = self.0.configure.ok_or_else(unsupported)?;
        let mut pointer = std::ptr::null_mut();
        let response = within_call(services, |call| {
            // SAFETY: everything lent lives until the function returns.
            answered(|out| unsafe {
                configure(self.0.context, call, Slice::lend(request), &raw mut pointer, out)
            })
        })?;
        Ok((Instance { plugin: *self, pointer }, response))
    }

    fn verb(&self, verb: Verb) -> Option<layout::VerbFn> {
        match verb {
            Verb::Check => self.0.check,
            Verb::Discover => self.0.discover,
            Verb::Read => self.0.read,
            Verb::Lookup => self.0.lookup,
            Verb::Write => self.0.write,
            Verb::DecodeWebhook => self.0.decode_webhook,
        }
    }
}

impl Instance {
    /// Calls one verb.
    ///
    /// # Errors
    /// The plugin's failure; status [`layout::ERROR`] with no bytes when the table lacks the verb.
    pub fn call(&self, verb: Verb, services: &dyn Services, request: &[u8]) -> Answer {
        let function = self.plugin.verb(verb).ok_or_else(unsupported)?;
        within_call(services, |call| {
            // SAFETY: everything lent lives until the function returns.
            answered(|out| unsafe { function(self.pointer, call, Slice::lend(request), out) })
        })
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(close) = self.plugin.0.close {
            // SAFETY: ownership of the instance means that no call runs and none follows.
            unsafe { close(self.pointer) };
        }
    }
}

fn unsupported() -> Failure {
    Failure { status: layout::ERROR, error: Vec::new() }
}

fn answered(ask: impl FnOnce(*mut Buffer) -> i32) -> Answer {
    let mut out = Buffer::empty();
    let status = ask(&raw mut out);
    // SAFETY: the plugin filled the buffer or left it empty.
    let bytes = unsafe { out.take() };
    if status == layout::OK { Ok(bytes) } else { Err(Failure { status, error: bytes }) }
}

fn within_call<T>(services: &dyn Services, body: impl FnOnce(*const Call) -> T) -> T {
    // A fat pointer does not fit into one C pointer; the call holds a pointer to it.
    let mut fat: &dyn Services = services;
    let call = Call { header: Header::of::<Call>(), context: (&raw mut fat).cast() };
    body(&raw const call)
}

/// The services of the call at hand; none outside a call.
///
/// # Safety
/// `call` is null or a call of this host that still lives.
unsafe fn services<'a>(call: *const Call) -> Option<&'a dyn Services> {
    // SAFETY: as promised; `within_call` put the pointer there.
    unsafe {
        call.as_ref().and_then(|call| call.context.cast::<&'a dyn Services>().as_ref()).copied()
    }
}

struct SharedTable(HostTable);
// SAFETY: function pointers and numbers only.
unsafe impl Sync for SharedTable {}

static HOST_TABLE: SharedTable = SharedTable(HostTable {
    header: Header::of::<HostTable>(),
    log: Some(log),
    metric: Some(metric),
    progress: Some(progress),
    now_micros: Some(now_micros),
    remaining_micros: Some(remaining_micros),
    cancelled: Some(cancelled),
    secret: Some(secret),
    traceparent: Some(traceparent),
    state_get: Some(state_get),
    state_put: Some(state_put),
    state_delete: Some(state_delete),
});

/// Runs a host service; a panic in it must not unwind into the plugin.
fn served<T>(call: *const Call, otherwise: T, body: impl FnOnce(&dyn Services) -> T) -> T {
    // SAFETY: plugins hand back the call that they were given.
    let Some(services) = (unsafe { services(call) }) else { return otherwise };
    catch_unwind(AssertUnwindSafe(|| body(services))).unwrap_or(otherwise)
}

fn give(found: Option<Vec<u8>>, out: *mut Buffer) -> i32 {
    match found {
        Some(bytes) if !out.is_null() => {
            // SAFETY: the plugin gives room for one buffer.
            unsafe { out.write(Buffer::give(bytes)) };
            layout::OK
        }
        _ => layout::NOT_FOUND,
    }
}

fn text(slice: Slice) -> String {
    // SAFETY: lent by the plugin for this call.
    String::from_utf8_lossy(unsafe { slice.borrow() }).into_owned()
}

unsafe extern "C" fn log(call: *const Call, record: Slice) {
    // SAFETY: lent for this call; likewise below.
    served(call, (), |services| services.log(unsafe { record.borrow() }));
}

unsafe extern "C" fn metric(call: *const Call, measurement: Slice) {
    served(call, (), |services| services.metric(unsafe { measurement.borrow() }));
}

unsafe extern "C" fn progress(call: *const Call, progress: Slice) {
    served(call, (), |services| services.progress(unsafe { progress.borrow() }));
}

unsafe extern "C" fn now_micros() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

unsafe extern "C" fn remaining_micros(call: *const Call) -> i64 {
    served(call, i64::MAX, |services| services.remaining_micros())
}

unsafe extern "C" fn cancelled(call: *const Call) -> i32 {
    served(call, 0, |services| i32::from(services.cancelled()))
}

unsafe extern "C" fn secret(call: *const Call, name: Slice, out: *mut Buffer) -> i32 {
    give(served(call, None, |services| services.secret(&text(name))), out)
}

unsafe extern "C" fn traceparent(call: *const Call, out: *mut Buffer) -> i32 {
    give(served(call, None, |services| Some(services.traceparent().into_bytes())), out)
}

unsafe extern "C" fn state_get(call: *const Call, key: Slice, out: *mut Buffer) -> i32 {
    give(served(call, None, |services| services.state_get(&text(key))), out)
}

unsafe extern "C" fn state_put(call: *const Call, key: Slice, value: Slice) -> i32 {
    let stored =
        served(call, false, |services| services.state_put(&text(key), unsafe { value.borrow() }));
    if stored { layout::OK } else { layout::ERROR }
}

unsafe extern "C" fn state_delete(call: *const Call, key: Slice) -> i32 {
    if served(call, false, |services| services.state_delete(&text(key))) {
        layout::OK
    } else {
        layout::NOT_FOUND
    }
}
