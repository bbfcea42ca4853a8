//! Where things are: the workspace's root, its target directory and its files.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// The directory that holds the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    // Cargo sets it when it runs the task; the value baked in at build time serves a binary started by hand.
    let manifest = env::var("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&manifest).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// All files below `directory` that `keep` accepts, sorted, so that what is made of them is the same everywhere.
pub fn files_below(directory: &Path, keep: &dyn Fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_below(&path, keep)?);
        } else if keep(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
