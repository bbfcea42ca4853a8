//! Opens a plugin file. The only unsafe code of the services: a loaded library is code that we trust.
// dlopen runs the library's initialisers and hands out its entry point; no safe call can do that.
#![allow(unsafe_code)]

use std::{mem::ManuallyDrop, path::Path};

use aftercare_bridge_domain::manifest::{AbiVersion, PluginError, check_manifest};
use aftercare_plugin::{session, wire::Manifest};
use aftercare_plugin_abi::{
    ABI_MAJOR, ABI_MINOR, SYMBOL,
    host::{EntryError, Plugin},
    layout::Entry,
};

/// A plugin that was entered and described itself.
pub(crate) struct Loaded {
    /// Its table.
    pub(crate) plugin: Plugin,
    /// What it says of itself.
    pub(crate) manifest: Manifest,
    /// File name in the plugin directory.
    pub(crate) file: String,
    /// SHA-256 of the file, hexadecimal.
    pub(crate) digest: String,
    /// When it was loaded.
    pub(crate) loaded: jiff::Timestamp,
    // Last, and never dropped: the table points into it, and threads of the plugin may still run.
    _library: ManuallyDrop<libloading::Library>,
}

/// Loads the copy of `file` at `path` with all symbols bound now and none shared with others.
///
/// # Errors
/// [`PluginError::AbiMismatch`] with both versions; [`PluginError::Unusable`] with the loader's or the plugin's words.
pub(crate) fn load(
    file: &str,
    path: &Path,
    digest: String,
    now: jiff::Timestamp,
) -> Result<Loaded, PluginError> {
    let unusable = |cause: String| PluginError::Unusable { file: file.to_owned(), cause };
    let library = open(path).map_err(|error| unusable(words(&error)))?;
    // SAFETY: the symbol has this type by the ABI; a library that lies about it is no plugin of ours to trust.
    let entry = unsafe { library.get::<Entry>(SYMBOL.as_bytes()) }.map(|entry| *entry);
    let entry = entry.map_err(|_| unusable(format!("it exports no {SYMBOL}")));
    // SAFETY: the library is never unloaded, whatever comes of it.
    let library = ManuallyDrop::new(library);
    let plugin = unsafe { Plugin::enter(entry?) }.map_err(|error| match error {
        EntryError::Version { major, minor } => PluginError::AbiMismatch {
            file: file.to_owned(),
            plugin: AbiVersion { major, minor },
            host: AbiVersion { major: ABI_MAJOR, minor: ABI_MINOR },
        },
        EntryError::Malformed { status } => {
            unusable(format!("its entry point answered status {status} and no complete table"))
        }
    })?;
    let manifest = session::describe(&plugin).map_err(|error| unusable(error.to_string()))?;
    check_manifest(file, &manifest.name, &manifest.version)?;
    Ok(Loaded { plugin, manifest, file: file.to_owned(), digest, loaded: now, _library: library })
}

#[cfg(unix)]
fn open(path: &Path) -> Result<libloading::Library, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: the operator put the file into the plugin directory: its initialisers are trusted as the binary is.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map(Into::into)
}

#[cfg(not(unix))]
fn open(path: &Path) -> Result<libloading::Library, libloading::Error> {
    // SAFETY: as on Unix.
    unsafe { libloading::Library::new(path) }
}

fn words(error: &libloading::Error) -> String {
    use std::error::Error as _;
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
