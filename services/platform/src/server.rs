//! Puts services together and serves them: gate, health, reflection, gRPC-Web, event relays, jobs, graceful drain.

use jiff::Timestamp;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::database::StoreError;
use crate::gate::{self, Gate};
use crate::jobs;
use crate::link::{Link, Links};
use crate::module::Module;
use crate::outbox::{self, Carrier, InProcess};
use crate::permission::PermissionError;
use crate::transaction::Home;

/// Why a server does not start or ended badly.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An RPC has no permission.
    #[error(transparent)]
    Permission(#[from] PermissionError),
    /// The descriptors that were compiled in cannot be read.
    #[error("the API's descriptors cannot be read")]
    Descriptors(#[source] prost::DecodeError),
    /// Reflection cannot be built.
    #[error("server reflection cannot be built")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// The address cannot be bound.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// The transport failed.
    #[error("the server stopped with an error")]
    Transport(#[source] tonic::transport::Error),
}

/// Services that are put together but do not listen yet.
pub struct Suite {
    routes: Routes,
    services: Vec<&'static str>,
    relays: Vec<JoinHandle<()>>,
    jobs: Vec<(Home, Vec<Arc<dyn jobs::Handler>>)>,
    stop: watch::Sender<bool>,
}

impl Suite {
    /// Connects the modules with each other and starts their event relays.
    ///
    /// # Errors
    /// [`ServeError::Permission`] when an RPC has no line in the table.
    pub fn assemble(
        modules: Vec<Module>,
        gate: Gate,
        links: &Links,
        remote: BTreeMap<String, Link>,
    ) -> Result<Self, ServeError> {
        let services: Vec<&'static str> =
            modules.iter().flat_map(|module| module.services.iter().copied()).collect();
        gate.permissions().cover(&methods_of(&services)?)?;
        let gate = Arc::new(gate);
        let mut targets = remote;
        let mut router = axum::Router::new();
        let mut consumers = Vec::new();
        let mut homes = Vec::new();
        let mut jobs = Vec::new();
        for module in modules {
            // each part keeps no fallback of its own: the whole has one
            let part = module
                .routes
                .into_axum_router()
                .reset_fallback()
                .layer(axum::middleware::from_fn_with_state(gate.clone(), gate::pass));
            targets.insert(module.name.to_owned(), Link::Local(Routes::from(part.clone())));
            router = router.merge(part);
            consumers.extend(module.consumers);
            jobs.push((module.home.clone(), module.jobs));
            homes.push(module.home);
        }
        links.connect(targets);
        let carrier: Arc<dyn Carrier> = Arc::new(InProcess::new(consumers));
        let (stop, stopped) = watch::channel(false);
        let relays = homes
            .into_iter()
            .map(|home| tokio::spawn(outbox::relay(home, carrier.clone(), stopped.clone())))
            .collect();
        Ok(Self { routes: Routes::from(router), services, relays, jobs, stop })
    }

    /// Runs what is due at `now` in one service, by hand; a suite that serves does so by itself.
    ///
    /// # Errors
    /// [`StoreError`] when jobs cannot be taken.
    pub async fn run_due(&self, service: &str, now: Timestamp) -> Result<jobs::Ran, StoreError> {
        match self.jobs.iter().find(|(home, _)| home.name == service) {
            Some((home, handlers)) => jobs::run_due(home, handlers, now).await,
            None => Err(StoreError::NotFound { name: format!("services/{service}") }),
        }
    }

    /// The services' routes, gate included: a client can run over them without a socket.
    #[must_use]
    pub fn routes(&self) -> Routes {
        self.routes.clone()
    }

    /// Serves until `shutdown` ends, then drains: not ready first, then what is in flight, then jobs and relays.
    ///
    /// # Errors
    /// [`ServeError`]; a port that is taken is named.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
        drain_timeout: Duration,
    ) -> Result<(), ServeError> {
        let (health, health_service) = tonic_health::server::health_reporter();
        for service in &self.services {
            health.set_service_status(*service, tonic_health::ServingStatus::Serving).await;
        }
        let descriptors = aftercare_api::FILE_DESCRIPTOR_SET;
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(descriptors)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let v1 = reflection().build_v1().map_err(ServeError::Reflection)?;
        let v1alpha = reflection().build_v1alpha().map_err(ServeError::Reflection)?;
        let (drain, draining) = watch::channel(false);
        let started = self.jobs.into_iter();
        let working: Vec<JoinHandle<()>> = started
            .map(|(home, handlers)| tokio::spawn(jobs::run(home, handlers, self.stop.subscribe())))
            .collect();
        let services = self.services.clone();
        tokio::spawn(async move {
            shutdown.await;
            for service in services {
                health.set_service_status(service, tonic_health::ServingStatus::NotServing).await;
            }
            health.set_service_status("", tonic_health::ServingStatus::NotServing).await;
            let _ = drain.send(true);
        });
        let mut finish = draining.clone();
        let mut overdue = draining;
        // An answer is a few small writes: with Nagle's algorithm the last waits for the client's delayed acknowledgement.
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let serving = Server::builder()
            .accept_http1(true)
            .layer(tonic_web::GrpcWebLayer::new())
            .add_routes(self.routes)
            .add_service(health_service)
            .add_service(v1)
            .add_service(v1alpha)
            .serve_with_incoming_shutdown(incoming, async move {
                let _ = finish.wait_for(|draining| *draining).await;
            });
        tokio::select! {
            result = serving => result.map_err(ServeError::Transport)?,
            () = async {
                let _ = overdue.wait_for(|draining| *draining).await;
                tokio::time::sleep(drain_timeout).await;
            } => tracing::warn!("calls still in flight after the drain timeout were cut off"),
        }
        let _ = self.stop.send(true);
        for task in working.into_iter().chain(self.relays) {
            let _ = task.await;
        }
        Ok(())
    }
}

/// Listens on the address.
///
/// # Errors
/// [`ServeError::Listen`] names it.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|cause| ServeError::Listen { address, cause })
}

/// Every RPC path of the services, from the compiled-in descriptors.
///
/// # Errors
/// [`ServeError::Descriptors`].
pub fn methods_of(services: &[&str]) -> Result<Vec<String>, ServeError> {
    let set = FileDescriptorSet::decode(aftercare_api::FILE_DESCRIPTOR_SET)
        .map_err(ServeError::Descriptors)?;
    let mut paths = Vec::new();
    for file in &set.file {
        for service in &file.service {
            let name = format!("{}.{}", file.package(), service.name());
            if services.contains(&name.as_str()) {
                paths.extend(
                    service.method.iter().map(|method| format!("/{name}/{}", method.name())),
                );
            }
        }
    }
    Ok(paths)
}
