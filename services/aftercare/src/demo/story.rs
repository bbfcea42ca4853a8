//! What every chapter needs: clients over one real connection, the identity that they act under, where the world lies.

use super::cast::{self, Person};
use super::error::DemoError;
use aftercare_api::aftercare::bridge::v1::connection_service_client::ConnectionServiceClient;
use aftercare_api::aftercare::bridge::v1::plugin_service_client::PluginServiceClient;
use aftercare_api::aftercare::bridge::v1::sync_service_client::SyncServiceClient;
use aftercare_api::aftercare::channel::v1::capture_service_client::CaptureServiceClient;
use aftercare_api::aftercare::channel::v1::conflict_service_client::ConflictServiceClient;
use aftercare_api::aftercare::channel::v1::detection_service_client::DetectionServiceClient;
use aftercare_api::aftercare::channel::v1::distributor_service_client::DistributorServiceClient;
use aftercare_api::aftercare::customer::v1::case_service_client::CaseServiceClient;
use aftercare_api::aftercare::customer::v1::customer_service_client::CustomerServiceClient;
use aftercare_api::aftercare::customer::v1::grade_service_client::GradeServiceClient;
use aftercare_api::aftercare::customer::v1::work_order_service_client::WorkOrderServiceClient;
use aftercare_api::aftercare::pricing::v1::failure_model_service_client::FailureModelServiceClient;
use aftercare_api::aftercare::pricing::v1::quote_service_client::QuoteServiceClient;
use std::path::{Path, PathBuf};
use tonic::metadata::MetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// The customer that the story follows: a dyeing mill in Shaoxing.
pub const CUSTOMER: &str = "customers/c0007";

/// A message may be this large: an EPCIS document of a month, a view of everything.
const MESSAGE_LIMIT: usize = 32 * 1024 * 1024;

type Wire = InterceptedService<Channel, Caller>;

/// Adds who calls and when to every request, as development mode reads it.
#[derive(Debug, Clone)]
pub struct Caller {
    person: Person,
    now: Option<&'static str>,
}

impl Interceptor for Caller {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert("aftercare-tenant", MetadataValue::from_static("demo"));
        metadata.insert("aftercare-principal", MetadataValue::from_static(self.person.principal));
        metadata.insert("aftercare-roles", MetadataValue::from_static(self.person.role));
        if let Some(now) = self.now {
            metadata.insert("aftercare-now", MetadataValue::from_static(now));
        }
        Ok(request)
    }
}

/// One run of the demo.
#[derive(Debug, Clone)]
pub struct Story {
    channel: Channel,
    caller: Caller,
    world: PathBuf,
    plugin: PathBuf,
}

macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident: $client:ident),* $(,)?) => {
        $($(#[$doc])*
        pub fn $name(&self) -> $client<Wire> {
            $client::with_interceptor(self.channel.clone(), self.caller.clone())
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT)
        })*
    };
}

impl Story {
    /// Connects to a suite that serves at the address.
    pub async fn connect(address: &str, world: &Path, plugin: &Path) -> Result<Self, DemoError> {
        let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
        let channel = endpoint.connect().await?;
        let world = std::path::absolute(world)
            .map_err(|source| DemoError::File { path: world.to_owned(), source })?;
        let caller = Caller { person: cast::OPERATOR, now: None };
        Ok(Self { channel, caller, world, plugin: plugin.to_owned() })
    }

    /// The same story with somebody else acting, at a time of the story.
    #[must_use]
    pub fn with(&self, person: Person, now: &'static str) -> Self {
        Self { caller: Caller { person, now: Some(now) }, ..self.clone() }
    }

    /// Where the sample world lies.
    pub fn world(&self) -> &Path {
        &self.world
    }

    /// The adapter's file name within the plugin directory.
    pub fn plugin_file(&self) -> Result<String, DemoError> {
        let name = self.plugin.file_name().and_then(|name| name.to_str());
        name.map(str::to_owned).ok_or_else(|| {
            DemoError::missing(format!("{} is no plugin file", self.plugin.display()))
        })
    }

    /// A new request id: no write of the demo repeats another.
    pub fn request_id(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }

    clients! {
        /// Adapters.
        plugins: PluginServiceClient,
        /// Connected systems.
        connections: ConnectionServiceClient,
        /// Syncs.
        syncs: SyncServiceClient,
        /// Customers.
        customers: CustomerServiceClient,
        /// Grades.
        grades: GradeServiceClient,
        /// Cases.
        cases: CaseServiceClient,
        /// Repairs.
        work_orders: WorkOrderServiceClient,
        /// Failure models.
        failure_models: FailureModelServiceClient,
        /// Quotes.
        quotes: QuoteServiceClient,
        /// Distributors and places.
        distributors: DistributorServiceClient,
        /// EPCIS documents.
        capture: CaptureServiceClient,
        /// Sightings and patterns.
        detection: DetectionServiceClient,
        /// Conflicts.
        conflicts: ConflictServiceClient,
    }
}
