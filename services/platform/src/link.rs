//! How a service calls another one: the generated client over in-process routes or over a channel, never around the contract.

use aftercare_kernel::fault::{Class, Fault};
use http::{HeaderValue, Request, Response};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::Channel;
use tower::ServiceExt;

use crate::identity::Call;
use crate::trace_context;

/// The service that a link leads to is not part of this process and has no address.
#[derive(Debug, thiserror::Error)]
#[error("service {0} is not connected")]
pub struct NotConnected(String);

impl Fault for NotConnected {
    fn class(&self) -> Class {
        Class::Unavailable
    }
    fn reason(&self) -> &'static str {
        "SERVICE_NOT_CONNECTED"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("service", self.0.clone())]
    }
}

/// Where another service is.
#[derive(Clone)]
pub enum Link {
    /// In this process: its routes, gate included.
    Local(Routes),
    /// In another one.
    Remote(Channel),
}

/// Every other service by name; filled once all services of the process are put together.
#[derive(Clone, Default)]
pub struct Links(Arc<OnceLock<BTreeMap<String, Link>>>);

impl Links {
    /// Sets where the services are; only the first call counts.
    pub fn connect(&self, links: BTreeMap<String, Link>) {
        let _ = self.0.set(links);
    }

    /// A transport for a generated client, which acts for the caller of `call`:
    /// `PricingClient::new(links.to("pricing", &call)?)`.
    ///
    /// # Errors
    /// [`NotConnected`].
    pub fn to(&self, service: &str, call: &Call) -> Result<LinkTransport, NotConnected> {
        let link = self
            .0
            .get()
            .and_then(|links| links.get(service))
            .ok_or_else(|| NotConnected(service.to_owned()))?;
        Ok(LinkTransport { link: link.clone(), call: call.clone() })
    }
}

/// Carries calls of one caller over a link; identity, deadline and trace context go with them.
#[derive(Clone)]
pub struct LinkTransport {
    link: Link,
    call: Call,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl tower::Service<Request<Body>> for LinkTransport {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // each call waits for its own clone below
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        trace_context::inject_current(request.headers_mut());
        match self.link.clone() {
            Link::Local(routes) => {
                request.extensions_mut().insert(self.call.clone());
                Box::pin(async move { Ok(routes.oneshot(request).await?) })
            }
            Link::Remote(channel) => {
                self.sign(&mut request);
                Box::pin(async move { Ok(channel.oneshot(request).await?) })
            }
        }
    }
}

impl LinkTransport {
    /// The caller's own token goes on; development headers where there is none.
    fn sign(&self, request: &mut Request<Body>) {
        let headers = request.headers_mut();
        let mut set = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        if let Some(bearer) = &self.call.caller.bearer {
            set("authorization", &format!("Bearer {}", bearer.0));
        } else {
            set("aftercare-tenant", self.call.tenant().as_str());
            set("aftercare-roles", &self.call.caller.roles.join(","));
            set("aftercare-principal", &self.call.caller.principal);
            set("aftercare-now", &self.call.now.to_string());
        }
    }
}
