//! The key that page tokens are bound with: from configuration, or made once and kept in the data directory.

use aftercare_platform::config::Settings;
use std::io::Write as _;
use std::path::Path;

/// The key; replicas that serve the same lists are given the same secret.
///
/// # Errors
/// When the key file cannot be read or written.
pub fn page_key(settings: &Settings) -> std::io::Result<[u8; 32]> {
    let secret = &settings.identity.page_token_secret;
    if secret.len() >= 32 {
        return Ok(digest(secret.as_bytes()));
    }
    let file = settings.database.data_dir.join("page-token.key");
    match std::fs::read(&file) {
        Ok(bytes) if bytes.len() >= 32 => Ok(digest(&bytes)),
        Ok(_) => make(&file),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(&file),
        Err(error) => Err(error),
    }
}

fn make(file: &Path) -> std::io::Result<[u8; 32]> {
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let secret = [uuid::Uuid::new_v4().into_bytes(), uuid::Uuid::new_v4().into_bytes()].concat();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(&secret)?;
    Ok(digest(&secret))
}

fn digest(secret: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(secret).into()
}
