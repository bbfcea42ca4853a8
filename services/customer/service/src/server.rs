//! The gRPC services: each method opens the call, runs its handler in a read or a write, and answers.

mod asset;
mod campaign;
mod case;
mod customer;
mod employee;
mod follow_up;
mod grade;
mod privacy;
mod proposal;
mod resolution;
mod survey;

use crate::handler::Actor;
use crate::timelines::Timelines;
use aftercare_platform::identity::{Call, Caller};
use aftercare_platform::link::Links;
use aftercare_platform::paging::Pager;
use aftercare_platform::permission::Permissions;
use aftercare_platform::transaction::Home;
use std::sync::Arc;

/// What every method of the service stands on.
#[derive(Clone)]
pub(crate) struct Server {
    pub home: Home,
    pub pager: Pager,
    /// None if the table cannot be read: then nobody sees personal data.
    pub permissions: Option<Arc<Permissions>>,
    pub timelines: Arc<Timelines>,
    pub links: Links,
}

impl Server {
    fn holds(&self, caller: &Caller, permission: &str) -> bool {
        self.permissions.as_ref().is_some_and(|table| table.hold(&caller.roles, permission))
    }

    /// The caller as handlers see it.
    pub fn actor(&self, call: &Call) -> Actor {
        let caller = &call.caller;
        Actor {
            tenant: caller.tenant.clone(),
            principal: caller.principal.clone(),
            roles: caller.roles.clone(),
            now: call.now,
            personal: self.holds(caller, "personal.read"),
            conduct: self.holds(caller, "employee.conduct"),
        }
    }
}

/// A method that changes nothing.
macro_rules! read {
    ($server:ident, $request:ident, |$db:ident, $actor:ident, $asked:ident| $handler:expr) => {{
        let call = aftercare_platform::module::call_of(&$request)?;
        let $asked = $request.into_inner();
        let $actor = &$server.actor(&call);
        let $asked = &$asked;
        let $db = $server.home.read();
        aftercare_platform::status::respond($handler.await)
    }};
}

/// A method that writes: state, events and the answer for the request id in one transaction.
macro_rules! write {
    ($server:ident, $request:ident, |$db:ident, $actor:ident, $asked:ident| $handler:expr) => {{
        let call = aftercare_platform::module::call_of(&$request)?;
        let $asked = $request.into_inner();
        let $actor = &$server.actor(&call);
        let $asked = &$asked;
        let result: Result<_, aftercare_platform::status::Error> = async {
            let mut write = $server.home.write(&call, &$asked.request_id, $asked).await?;
            if let Some(answer) = write.replayed()? {
                return Ok(answer);
            }
            let outcome = {
                let $db = write.tx();
                $handler.await?
            };
            let events = outcome.events.into_iter();
            write
                .emit_all(events.map(|raised| (raised.subject, raised.event_type, raised.data)))
                .await?;
            write.commit(outcome.response).await
        }
        .await;
        aftercare_platform::status::respond(result)
    }};
}

/// The parts that list requests have in common.
macro_rules! asked {
    ($request:expr) => {
        crate::listing::Asked {
            page_size: $request.page_size,
            page_token: &$request.page_token,
            filter: &$request.filter,
            order_by: &$request.order_by,
            parent: "",
        }
    };
}

pub(crate) use {asked, read, write};
