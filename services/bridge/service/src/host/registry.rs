//! The loaded plugins of this process, and the files of the plugin directory.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use aftercare_bridge_domain::manifest::PluginError;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::library::{self, Loaded};

/// Loaded plugins by adapter name. Plugins belong to the process; no tenant owns one.
pub(crate) struct Registry {
    directory: PathBuf,
    // Libraries are loaded from private copies: the loader takes a replaced file of the same path for the old one.
    copies: Mutex<Option<TempDir>>,
    loaded: RwLock<BTreeMap<String, Entry>>,
}

/// An adapter's current version and how many older ones stay mapped.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) current: Arc<Loaded>,
    pub(crate) retired: i32,
}

impl Registry {
    /// A registry over the directory; nothing is loaded yet.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory, copies: Mutex::default(), loaded: RwLock::default() }
    }

    /// The loaded adapters by name.
    pub(crate) fn all(&self) -> BTreeMap<String, Entry> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A loaded adapter.
    ///
    /// # Errors
    /// [`PluginError::NotLoaded`].
    pub(crate) fn get(&self, name: &str) -> Result<Entry, PluginError> {
        self.all().remove(name).ok_or_else(|| PluginError::NotLoaded { name: name.to_owned() })
    }

    /// The library files of the directory, by name.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|file| is_library(file))
            .collect();
        files.sort_unstable();
        files
    }

    /// Loads a file of the directory; the same content twice is loaded once. Blocks while it loads.
    ///
    /// # Errors
    /// [`PluginError`] as [`library::load`], and `FileNotFound` for a file outside the directory.
    pub(crate) fn load(&self, file: &str, now: jiff::Timestamp) -> Result<Entry, PluginError> {
        let missing = || PluginError::FileNotFound { file: file.to_owned() };
        let plain = Path::new(file).file_name().is_some_and(|name| name == file);
        if !plain || !self.files().iter().any(|known| known == file) {
            return Err(missing());
        }
        let content = fs::read(self.directory.join(file)).map_err(|_| missing())?;
        let digest = hex::encode(Sha256::digest(&content));
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = loaded.values().find(|entry| entry.current.digest == digest) {
            return Ok(entry.clone());
        }
        let copy = self.copy(&format!("{digest}-{file}"), &content).map_err(|error| {
            let cause = format!("it cannot be copied for loading: {error}");
            PluginError::Unusable { file: file.to_owned(), cause }
        })?;
        let fresh = Arc::new(library::load(file, &copy, digest, now)?);
        let name = fresh.manifest.name.clone();
        // Whoever uses the older version keeps it until done; new sessions get the new one.
        let retired = loaded.get(&name).map_or(0, |entry| entry.retired + 1);
        let entry = Entry { current: fresh, retired };
        loaded.insert(name, entry.clone());
        Ok(entry)
    }

    fn copy(&self, name: &str, content: &[u8]) -> std::io::Result<PathBuf> {
        let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = match copies.take() {
            Some(directory) => directory,
            None => TempDir::with_prefix("aftercare-plugins-")?,
        };
        let copy = directory.path().join(name);
        *copies = Some(directory);
        fs::write(&copy, content)?;
        Ok(copy)
    }
}

fn is_library(file: &str) -> bool {
    let extension = Path::new(file).extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("so" | "dylib" | "dll"))
}
