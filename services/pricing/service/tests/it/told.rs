//! Others are told what becomes of a contract.

use super::contract_life::{at, date, in_force};
use super::experience::tell;
use super::failure_model::history;
use super::quote::{decimal, full_cover};
use super::{client, on_both};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_platform::identity::Call;
use aftercare_platform::outbox::Consumer;
use aftercare_platform::status::Error;
use aftercare_platform::testing::{Kind, TestSuite};
use aftercare_platform::transaction::{Home, Write};
use prost::Message;
use std::sync::{Arc, Mutex};
use std::time::Duration;

on_both!(others_are_told_what_becomes_of_a_contract);

/// Keeps what it hears.
struct Listener {
    home: Home,
    heard: Arc<Mutex<Vec<Event>>>,
}

const TYPES: &[&str] = &[
    "aftercare.pricing.v1.ContractActivated",
    "aftercare.pricing.v1.ContractAmended",
    "aftercare.pricing.v1.ContractRenewed",
    "aftercare.pricing.v1.ContractEnded",
    "aftercare.pricing.v1.FailureModelRefitted",
    "aftercare.pricing.v1.ProfitabilityReportCreated",
];

#[async_trait::async_trait]
impl Consumer for Listener {
    fn name(&self) -> &'static str {
        "test-listener"
    }

    fn types(&self) -> &'static [&'static str] {
        TYPES
    }

    fn home(&self) -> &Home {
        &self.home
    }

    async fn consume(&self, _: &Call, _: &mut Write, events: &[Event]) -> Result<(), Error> {
        self.heard.lock().unwrap().extend(events.iter().cloned());
        Ok(())
    }
}

pub(crate) type Overheard = (TestSuite, Vec<Arc<dyn Consumer>>, Arc<Mutex<Vec<Event>>>);

pub(crate) async fn overhearing(kind: Kind) -> Overheard {
    let heard: Arc<Mutex<Vec<Event>>> = Arc::default();
    let consumers: Arc<Mutex<Vec<Arc<dyn Consumer>>>> = Arc::default();
    let (keep, ears) = (Arc::clone(&consumers), Arc::clone(&heard));
    let module: Box<dyn FnOnce(_) -> _ + Send> = Box::new(move |context| {
        let mut module = aftercare_pricing::module(context);
        keep.lock().unwrap().extend(module.consumers.iter().cloned());
        module.consumers.push(Arc::new(Listener { home: module.home.clone(), heard: ears }));
        module
    });
    let service = ("pricing", aftercare_pricing::migrations(), module);
    let suite = TestSuite::start(kind, vec![service]).await.unwrap();
    let consumers = consumers.lock().unwrap().clone();
    (suite, consumers, heard)
}

/// Waits until that many events were heard; by time.
pub(crate) async fn wait(heard: &Arc<Mutex<Vec<Event>>>, count: usize) -> Vec<Event> {
    for _ in 0..600 {
        if heard.lock().unwrap().len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut events = heard.lock().unwrap().clone();
    events.sort_by_key(|event| event.time.map(|time| (time.seconds, time.nanos)));
    events
}

async fn others_are_told_what_becomes_of_a_contract(kind: Kind) {
    let (suite, consumers, heard) = overhearing(kind).await;
    tell(&consumers, &history()).await;
    let mut ask = full_cover("q1");
    ask.terms.as_mut().unwrap().annual_escalation = decimal("0.03");
    let name = in_force(&suite, ask).await.name;
    let call = at("2026-09-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let suspend = pb::SuspendContractRequest {
        name: name.clone(),
        reason: "The plant stands still".to_owned(),
        ..Default::default()
    };
    contracts.suspend_contract(suspend).await.unwrap();
    let call = at("2026-09-10");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let resume = pb::ResumeContractRequest { name: name.clone(), ..Default::default() };
    contracts.resume_contract(resume).await.unwrap();
    let call = at("2026-09-20");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let amend = pb::CreateAmendmentRequest {
        parent: name.clone(),
        amendment: Some(pb::Amendment {
            effective_date: date(2026, 10, 1),
            removed_assets: vec!["customers/c1/assets/zj-1".to_owned()],
            ..Default::default()
        }),
        ..Default::default()
    };
    contracts.create_amendment(amend).await.unwrap();
    let call = at("2029-07-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let renew = pb::RenewContractRequest { name: name.clone(), ..Default::default() };
    let next = contracts.renew_contract(renew).await.unwrap().into_inner();

    let events = wait(&heard, 5).await;
    let told: Vec<&str> =
        events.iter().map(|event| event.r#type.rsplit('.').next().unwrap()).collect();
    assert_eq!(
        told,
        [
            "ContractActivated",
            "ContractEnded",
            "ContractActivated",
            "ContractAmended",
            "ContractRenewed"
        ]
    );
    let activated = pb::ContractActivated::decode(events[0].data.as_slice()).unwrap();
    assert_eq!((activated.contract.as_str(), activated.assets.len()), (name.as_str(), 3));
    let rests = pb::ContractEnded::decode(events[1].data.as_slice()).unwrap();
    assert_eq!((rests.end_date, rests.terminated), (date(2026, 9, 1), false));
    let amended = pb::ContractAmended::decode(events[3].data.as_slice()).unwrap();
    assert_eq!((amended.assets.len(), amended.removed_assets.len()), (2, 1));
    let renewed = pb::ContractRenewed::decode(events[4].data.as_slice()).unwrap();
    assert_eq!((renewed.successor, renewed.assets), (next.name, next.assets));
    assert_eq!(renewed.period.unwrap().start_date, date(2029, 8, 1));
}
