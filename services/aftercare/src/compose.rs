//! Puts the chosen services on their databases and together into one suite.

use aftercare_platform::config::Settings;
use aftercare_platform::database::{DataDirectory, DataDirectoryError, Database, StoreError};
use aftercare_platform::gate::Gate;
use aftercare_platform::identity::{Authenticator, KeyError};
use aftercare_platform::link::{Link, Links};
use aftercare_platform::migrate::{Migrations, PLATFORM, SchemaState};
use aftercare_platform::module::{Context, Module};
use aftercare_platform::paging::Pager;
use aftercare_platform::permission::{PermissionError, Permissions};
use aftercare_platform::server::{ServeError, Suite};
use aftercare_platform::transaction::Home;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A service that this binary can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Service {
    /// Who is this customer, what did we promise, are we keeping it.
    Customer,
    /// What a contract costs as a distribution, and what it should be sold at.
    Pricing,
    /// Who dumps goods into whose region.
    Channel,
    /// Which systems are connected, through which adapters.
    Bridge,
}

impl Service {
    /// All of them, in the order in which they are put together.
    pub const ALL: [Self; 4] = [Self::Customer, Self::Pricing, Self::Channel, Self::Bridge];

    /// Its name: in routes, tables and schemas.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Pricing => "pricing",
            Self::Channel => "channel",
            Self::Bridge => "bridge",
        }
    }

    fn migrations(self) -> Migrations {
        match self {
            Self::Customer => aftercare_customer::migrations(),
            Self::Pricing => aftercare_pricing::migrations(),
            Self::Channel => aftercare_channel::migrations(),
            Self::Bridge => aftercare_bridge::migrations(),
        }
    }

    fn module(self, context: Context, plugins: PathBuf) -> Module {
        match self {
            Self::Customer => aftercare_customer::module(context),
            Self::Pricing => aftercare_pricing::module(context),
            Self::Channel => aftercare_channel::module(context),
            Self::Bridge => aftercare_bridge::module(context, plugins),
        }
    }
}

/// Why the suite cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The data directory is held or unusable.
    #[error(transparent)]
    DataDirectory(#[from] DataDirectoryError),
    /// The database does not answer as it should.
    #[error("the database of {service} cannot be used")]
    Database {
        /// Whose database.
        service: &'static str,
        /// What it said.
        #[source]
        cause: StoreError,
    },
    /// The schema is not this build's.
    #[error("the schema of {service} is {relation} than this build ({}): {advice}", .versions.join(", "))]
    Schema {
        /// Whose schema.
        service: &'static str,
        /// `older` or `newer`.
        relation: &'static str,
        /// The migrations that make the difference.
        versions: Vec<String>,
        /// What to do.
        advice: &'static str,
    },
    /// The key set cannot be read.
    #[error("the key set cannot be read")]
    KeySet(#[source] KeyError),
    /// A file of the configuration cannot be read.
    #[error("{what} cannot be read")]
    File {
        /// Which.
        what: &'static str,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// A peer's address is none.
    #[error("peers.{0} is no address of the form http://host:port")]
    Peer(String),
    /// The permission table is wrong.
    #[error(transparent)]
    Permission(#[from] PermissionError),
    /// The server's parts do not fit.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// A suite that can be served, and what it must keep while it lives.
pub struct Composed {
    /// The services.
    pub suite: Suite,
    /// The data directory's lock.
    pub held: Option<DataDirectory>,
}

/// Whether migrations are applied or only checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Apply what is missing.
    Migrate,
    /// Refuse an older or newer schema; a database without any tables is set up.
    Check,
}

/// Connects the databases of the chosen services and brings or checks their schema.
///
/// # Errors
/// [`ComposeError`] says which service and what to do.
pub async fn homes(
    settings: &Settings,
    services: &[Service],
    schema: Schema,
) -> Result<(Vec<(Service, Home)>, Option<DataDirectory>), ComposeError> {
    let embedded = settings.database.url.is_empty();
    let mut held = None;
    let mut file = None;
    if embedded {
        let holder = format!("process {}, listening on {}", std::process::id(), settings.listen);
        let directory = DataDirectory::hold(&settings.database.data_dir, &holder)?;
        let database = Database::sqlite(&directory.path().join("aftercare.sqlite"))
            .await
            .map_err(|cause| ComposeError::Database { service: "platform", cause })?;
        held = Some(directory);
        file = Some(database);
    }
    let mut homes = Vec::new();
    for service in services {
        let database = match &file {
            Some(database) => database.clone(),
            None => {
                let schema = format!("{}{}", settings.database.schema_prefix, service.name());
                let url = &settings.database.url;
                Database::postgres(url, &schema, settings.database.max_connections)
                    .await
                    .map_err(|cause| ComposeError::Database { service: service.name(), cause })?
            }
        };
        for migrations in [PLATFORM, service.migrations()] {
            bring(&database, &migrations, schema).await?;
        }
        homes.push((*service, Home::new(database, service.name())));
    }
    Ok((homes, held))
}

async fn bring(
    database: &Database,
    migrations: &Migrations,
    schema: Schema,
) -> Result<(), ComposeError> {
    let service = migrations.owner;
    let failed = |cause| ComposeError::Database { service, cause };
    match migrations.state(database).await.map_err(failed)? {
        SchemaState::Current => Ok(()),
        SchemaState::Newer(versions) => Err(ComposeError::Schema {
            service,
            relation: "newer",
            versions,
            advice: "run a newer build",
        }),
        SchemaState::Older(versions) => {
            let fresh = versions.len() == migrations.known();
            if fresh || schema == Schema::Migrate {
                return migrations.apply(database).await.map_err(failed);
            }
            Err(ComposeError::Schema {
                service,
                relation: "older",
                versions,
                advice: "run `aftercare migrate` first",
            })
        }
    }
}

/// Puts the chosen services together.
///
/// # Errors
/// [`ComposeError`] says what is missing or wrong.
pub async fn compose(settings: &Settings, services: &[Service]) -> Result<Composed, ComposeError> {
    let (homes, held) = homes(settings, services, Schema::Check).await?;
    let key = crate::page_key::page_key(settings)
        .map_err(|cause| ComposeError::File { what: "the page token key", cause })?;
    let links = Links::default();
    let modules = homes
        .into_iter()
        .map(|(service, home)| {
            let context = Context { home, pager: Pager::new(key), links: links.clone() };
            service.module(context, settings.plugins.directory.clone())
        })
        .collect();
    let permissions = Permissions::parse(aftercare_api::PERMISSIONS)?;
    let gate = Gate::new(authenticator(settings)?, permissions);
    let suite = Suite::assemble(modules, gate, &links, peers(settings)?)?;
    Ok(Composed { suite, held })
}

fn authenticator(settings: &Settings) -> Result<Authenticator, ComposeError> {
    if settings.identity.development {
        return Ok(Authenticator::development());
    }
    let Some(file) = &settings.identity.jwks_file else {
        return Ok(Authenticator::closed());
    };
    let set = std::fs::read_to_string(file)
        .map_err(|cause| ComposeError::File { what: "identity.jwks_file", cause })?;
    Authenticator::jwt(&set, &settings.identity.issuer, &settings.identity.audience)
        .map_err(ComposeError::KeySet)
}

fn peers(settings: &Settings) -> Result<BTreeMap<String, Link>, ComposeError> {
    let mut peers = BTreeMap::new();
    for (name, address) in &settings.peers {
        let endpoint = tonic::transport::Endpoint::from_shared(address.clone())
            .map_err(|_| ComposeError::Peer(name.clone()))?;
        peers.insert(name.clone(), Link::Remote(endpoint.connect_lazy()));
    }
    Ok(peers)
}
