//! For tests of services: a database of each kind, and a suite of modules that clients reach without a socket.

use aftercare_kernel::ids::TenantId;
use jiff::Timestamp;
use std::collections::BTreeMap;

use crate::database::{Database, StoreError};
use crate::gate::Gate;
use crate::identity::{Authenticator, Call, Caller};
use crate::jobs;
use crate::link::{LinkTransport, Links};
use crate::migrate::{Migrations, PLATFORM};
use crate::module::{Context, Module};
use crate::paging::Pager;
use crate::permission::Permissions;
use crate::server::Suite;
use crate::transaction::Home;

/// The databases that every end-to-end test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A fresh file in a private directory.
    Sqlite,
    /// A fresh schema on the server that `AFTERCARE_TEST_POSTGRES_URL` names.
    Postgres,
}

/// A fresh, migrated database for one service.
///
/// # Errors
/// [`StoreError`]; without `AFTERCARE_TEST_POSTGRES_URL` it says which command sets it.
pub async fn database(kind: Kind, migrations: &Migrations) -> Result<Database, StoreError> {
    let unique = uuid::Uuid::now_v7().simple().to_string();
    let database = match kind {
        Kind::Sqlite => {
            let directory = std::env::temp_dir().join(format!("aftercare-test-{unique}"));
            std::fs::create_dir_all(&directory)
                .map_err(|cause| StoreError::corrupt("test directory", cause))?;
            Database::sqlite(&directory.join("aftercare.sqlite")).await?
        }
        Kind::Postgres => {
            let url = std::env::var("AFTERCARE_TEST_POSTGRES_URL").map_err(|_| {
                StoreError::corrupt(
                    "AFTERCARE_TEST_POSTGRES_URL",
                    "is not set: run `cargo xtask test`, or `cargo xtask postgres` beside it",
                )
            })?;
            Database::postgres(&url, &format!("t_{unique}"), 8).await?
        }
    };
    PLATFORM.apply(&database).await?;
    migrations.apply(&database).await?;
    Ok(database)
}

/// A service's name, its tables, and how it is put together.
pub type ServiceUnderTest = (&'static str, Migrations, Box<dyn FnOnce(Context) -> Module + Send>);

/// A suite in process, for tests: clients come from [`TestSuite::client`].
pub struct TestSuite {
    links: Links,
    // keeps the relays running
    suite: Suite,
}

impl TestSuite {
    /// Puts the modules together as a server would, in development mode.
    ///
    /// # Errors
    /// What the assembly or the databases say, as text.
    pub async fn start(kind: Kind, services: Vec<ServiceUnderTest>) -> Result<Self, String> {
        let links = Links::default();
        let mut modules = Vec::new();
        for (name, migrations, module) in services {
            let database =
                database(kind, &migrations).await.map_err(|error| format!("{error:?}"))?;
            let context = Context {
                home: Home::new(database, name),
                pager: Pager::new([7; 32]),
                links: links.clone(),
            };
            modules.push(module(context));
        }
        let permissions =
            Permissions::parse(aftercare_api::PERMISSIONS).map_err(|error| error.to_string())?;
        let gate = Gate::new(Authenticator::development(), permissions);
        let suite = Suite::assemble(modules, gate, &links, BTreeMap::new())
            .map_err(|error| error.to_string())?;
        Ok(Self { links, suite })
    }

    /// A transport for a generated client that acts as this caller: `CaseServiceClient::new(suite.client("customer", &call)?)`.
    ///
    /// # Errors
    /// When the suite has no such service.
    pub fn client(&self, service: &str, call: &Call) -> Result<LinkTransport, String> {
        self.links.to(service, call).map_err(|error| error.to_string())
    }

    /// Runs a service's jobs that are due at `now`; a suite under test runs none by itself.
    ///
    /// # Errors
    /// When the suite has no such service or the database fails.
    pub async fn run_due(&self, service: &str, now: Timestamp) -> Result<jobs::Ran, String> {
        self.suite.run_due(service, now).await.map_err(|error| error.to_string())
    }
}

/// A call by a tenant's principal with these roles at a given present.
///
/// # Errors
/// When the tenant is no tenant id.
pub fn call(tenant: &str, roles: &[&str], now: Timestamp) -> Result<Call, String> {
    let tenant = TenantId::parse(tenant).map_err(|error| error.to_string())?;
    let caller = Caller {
        tenant,
        principal: "users/test".to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        bearer: None,
    };
    Ok(Call { caller, now, method: String::new() })
}
