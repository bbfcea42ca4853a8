//! Connections to SQLite or PostgreSQL, who holds a data directory, and how storage errors are classed.

use aftercare_kernel::fault::{Class, Fault};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr, SqlErr};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::transaction::WriterQueue;

/// Why storage did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing of that name for this tenant.
    #[error("{name} does not exist")]
    NotFound {
        /// The resource name.
        name: String,
    },
    /// The name is taken.
    #[error("{name} exists already")]
    AlreadyExists {
        /// The resource name.
        name: String,
    },
    /// The resource changed since the caller read it.
    #[error("{name} has changed since it was read")]
    EtagMismatch {
        /// The resource name.
        name: String,
    },
    /// A plain retry can succeed: two writers met.
    #[error("another write came first")]
    WriteRace(#[source] DbErr),
    /// The database cannot be reached for now.
    #[error("the database is unavailable")]
    Unavailable(#[source] DbErr),
    /// A stored row does not make a valid value.
    #[error("a stored row of {table} is corrupt")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Anything else that the database says.
    #[error("the database refused")]
    Database(#[source] DbErr),
}

impl StoreError {
    /// A stored row that does not make a valid value.
    pub fn corrupt(
        table: &'static str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Corrupt { table, cause: cause.into() }
    }

    /// `AlreadyExists` for a violated unique key, the error itself otherwise.
    #[must_use]
    pub fn unique(error: DbErr, name: impl FnOnce() -> String) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::AlreadyExists { name: name() },
            _ => Self::from(error),
        }
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let text = error.to_string();
        // SQLSTATE 40001 and 40P01, SQLITE_BUSY: the other writer won, a retry can succeed.
        if text.contains("could not serialize access")
            || text.contains("deadlock detected")
            || text.contains("database is locked")
        {
            return Self::WriteRace(error);
        }
        match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(error),
            other => Self::Database(other),
        }
    }
}

impl Fault for StoreError {
    fn class(&self) -> Class {
        match self {
            Self::NotFound { .. } => Class::NotFound,
            Self::AlreadyExists { .. } => Class::AlreadyExists,
            Self::EtagMismatch { .. } | Self::WriteRace(_) => Class::Conflict,
            Self::Unavailable(_) => Class::Unavailable,
            Self::Corrupt { .. } | Self::Database(_) => Class::Internal,
        }
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "RESOURCE_NOT_FOUND",
            Self::AlreadyExists { .. } => "RESOURCE_EXISTS",
            Self::EtagMismatch { .. } => "ETAG_MISMATCH",
            Self::WriteRace(_) => "WRITE_RACE",
            Self::Unavailable(_) => "DATABASE_UNAVAILABLE",
            Self::Corrupt { .. } => "CORRUPT_ROW",
            Self::Database(_) => "DATABASE_ERROR",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotFound { name }
            | Self::AlreadyExists { name }
            | Self::EtagMismatch { name } => vec![("name", name.clone())],
            Self::WriteRace(_)
            | Self::Unavailable(_)
            | Self::Corrupt { .. }
            | Self::Database(_) => Vec::new(),
        }
    }
    fn subject(&self) -> String {
        match self {
            Self::NotFound { name }
            | Self::AlreadyExists { name }
            | Self::EtagMismatch { name } => name.clone(),
            Self::WriteRace(_)
            | Self::Unavailable(_)
            | Self::Corrupt { .. }
            | Self::Database(_) => String::new(),
        }
    }
}

/// A service's database: readers beside one writer queue on SQLite, one pool on PostgreSQL.
#[derive(Clone)]
pub struct Database {
    read: DatabaseConnection,
    pub(crate) write: DatabaseConnection,
    pub(crate) queue: Option<WriterQueue>,
}

impl Database {
    /// Opens (and creates) an SQLite file in WAL mode with full durability.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be opened.
    pub async fn sqlite(file: &Path) -> Result<Self, StoreError> {
        let url = format!("sqlite://{}?mode=rwc", file.display());
        let write = connect_sqlite(&url, 1).await?;
        let read = connect_sqlite(&url, 4).await?;
        let queue = WriterQueue::new(write.clone());
        Ok(Self { read, write, queue: Some(queue) })
    }

    /// Opens a pool on PostgreSQL; every table lives in `schema`, which is created if missing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server does not answer.
    pub async fn postgres(url: &str, schema: &str, pool_size: u32) -> Result<Self, StoreError> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(pool_size)
            .acquire_timeout(Duration::from_secs(30))
            .statement_timeout(Duration::from_secs(30))
            .set_schema_search_path(schema)
            .record_stmt_in_spans(false)
            .sqlx_logging(false);
        let pool = sea_orm::Database::connect(options).await?;
        let sound =
            schema.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !sound {
            return Err(StoreError::corrupt("schema", "schema names are a-z, 0-9 and _"));
        }
        pool.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"")).await?;
        Ok(Self { read: pool.clone(), write: pool, queue: None })
    }

    /// For queries that change nothing.
    #[must_use]
    pub const fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Closes every connection; SQLite checkpoints its log.
    ///
    /// # Errors
    /// [`StoreError`] as the driver says.
    pub async fn close(self) -> Result<(), StoreError> {
        drop(self.queue);
        self.read.close().await?;
        self.write.close().await?;
        Ok(())
    }
}

async fn connect_sqlite(url: &str, connections: u32) -> Result<DatabaseConnection, StoreError> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .record_stmt_in_spans(false)
        .sqlx_logging(false)
        // idle connections keep their page cache and prepared statements
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("foreign_keys", "ON")
                // a destroyed key must not stay readable in the free space of a page
                .pragma("secure_delete", "ON")
                .pragma("busy_timeout", "10000")
                .pragma("cache_size", "-65536")
                .pragma("temp_store", "MEMORY")
                .statement_cache_capacity(512)
        });
    Ok(sea_orm::Database::connect(options).await?)
}

/// A data directory that this process holds until the value is dropped.
#[derive(Debug, Clone)]
pub struct DataDirectory {
    path: PathBuf,
    _lock: Arc<File>,
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirectoryError {
    /// Another process holds it.
    #[error("data directory {path} is held by {holder}; stop it first or choose another directory")]
    Held {
        /// The directory.
        path: String,
        /// What the other process wrote of itself.
        holder: String,
    },
    /// It cannot be created or locked.
    #[error("data directory {path} cannot be used")]
    Io {
        /// The directory.
        path: String,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
}

impl DataDirectory {
    /// Creates the directory if missing and takes its lock.
    ///
    /// # Errors
    /// [`DataDirectoryError::Held`] names the process that has it.
    pub fn hold(path: &Path, holder: &str) -> Result<Self, DataDirectoryError> {
        let shown = path.display().to_string();
        let io = |cause| DataDirectoryError::Io { path: shown.clone(), cause };
        std::fs::create_dir_all(path).map_err(io)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("aftercare.lock"))
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.read_to_string(&mut text).map_err(io)?;
                let holder = if text.is_empty() { "another process".to_owned() } else { text };
                return Err(DataDirectoryError::Held { path: shown, holder });
            }
            Err(std::fs::TryLockError::Error(cause)) => return Err(io(cause)),
        }
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        file.write_all(holder.as_bytes()).map_err(io)?;
        file.sync_all().map_err(io)?;
        Ok(Self { path: path.to_owned(), _lock: Arc::new(file) })
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_learns_who_the_first_is() {
        let directory = tempfile::tempdir().unwrap();
        let first = DataDirectory::hold(directory.path(), "process 4711").unwrap();
        let error = DataDirectory::hold(directory.path(), "process 4712").unwrap_err();
        assert!(error.to_string().contains("process 4711"), "{error}");
        drop(first);
        DataDirectory::hold(directory.path(), "process 4712").unwrap();
    }
}
