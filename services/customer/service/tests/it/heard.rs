//! What the service tells others: a consumer that keeps the events of some types.

use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_platform::identity::Call;
use aftercare_platform::outbox::Consumer;
use aftercare_platform::status::Error;
use aftercare_platform::testing::{Kind, TestSuite};
use aftercare_platform::transaction::{Home, Write};
use prost::{Message, Name};
use std::sync::{Arc, Mutex};

/// The events that were heard, in order.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<Event>>>);

struct Ears {
    home: Home,
    types: &'static [&'static str],
    heard: Heard,
}

#[async_trait::async_trait]
impl Consumer for Ears {
    fn name(&self) -> &'static str {
        "ears-of-the-test"
    }
    fn types(&self) -> &'static [&'static str] {
        self.types
    }
    fn home(&self) -> &Home {
        &self.home
    }
    async fn consume(&self, _: &Call, _: &mut Write, events: &[Event]) -> Result<(), Error> {
        self.heard.0.lock().unwrap().extend(events.iter().cloned());
        Ok(())
    }
}

/// The service alone with somebody who listens.
pub(crate) async fn listening(kind: Kind, types: &'static [&'static str]) -> (TestSuite, Heard) {
    let heard = Heard::default();
    let own = heard.clone();
    let module: Box<dyn FnOnce(_) -> _ + Send> =
        Box::new(move |context: aftercare_platform::module::Context| {
            let ears = Ears { home: context.home.clone(), types, heard: own };
            let mut module = aftercare_customer::module(context);
            module.consumers.push(Arc::new(ears));
            module
        });
    let service = ("customer", aftercare_customer::migrations(), module);
    (TestSuite::start(kind, vec![service]).await.unwrap(), heard)
}

impl Heard {
    /// Every event of a type so far.
    pub fn all<M: Message + Name + Default>(&self) -> Vec<M> {
        let events = self.0.lock().unwrap();
        let of_type = events.iter().filter(|event| event.r#type == M::full_name());
        of_type.map(|event| M::decode(event.data.as_slice()).unwrap()).collect()
    }

    /// Every event of a type once one is there that is waited for. Events arrive in order: what was raised before it is there.
    pub async fn until<M: Message + Name + Default>(&self, last: impl Fn(&M) -> bool) -> Vec<M> {
        for _ in 0..100 {
            let found = self.all::<M>();
            if found.iter().any(&last) {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        self.all()
    }
}
