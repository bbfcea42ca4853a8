//! What is answered at once to a case goes out with it, for whoever sends for the company.

use super::{at, client, furnish, li, on_both, request_id};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_platform::identity::Call;
use aftercare_platform::outbox::Consumer;
use aftercare_platform::status::Error;
use aftercare_platform::testing::{Kind, TestSuite};
use aftercare_platform::transaction::{Home, Write};
use prost::Message;
use std::sync::{Arc, Mutex};

on_both!(a_complaint_is_acknowledged_in_the_language_of_its_contact);

type Heard = Arc<Mutex<Vec<pb::AcknowledgementReady>>>;

/// The company's own channel, as far as a test needs it.
struct Channel {
    home: Home,
    heard: Heard,
}

#[async_trait::async_trait]
impl Consumer for Channel {
    fn name(&self) -> &'static str {
        "channel-of-the-test"
    }
    fn types(&self) -> &'static [&'static str] {
        &["aftercare.customer.v1.AcknowledgementReady"]
    }
    fn home(&self) -> &Home {
        &self.home
    }
    async fn consume(&self, _: &Call, _: &mut Write, events: &[Event]) -> Result<(), Error> {
        let found = events
            .iter()
            .map(|event| pb::AcknowledgementReady::decode(event.data.as_slice()).unwrap());
        self.heard.lock().unwrap().extend(found);
        Ok(())
    }
}

async fn contact(suite: &TestSuite, call: &Call) {
    let request = pb::UpdateContactRequest {
        contact: Some(pb::Contact {
            name: "customers/c1/contacts/smith".to_owned(),
            display_name: "Smith".to_owned(),
            email: "smith@example.com".to_owned(),
            phone: "+8613800138000".to_owned(),
            language_code: "en".to_owned(),
            banned_channels: vec![pb::ContactChannel::Email.into()],
            ..Default::default()
        }),
        allow_missing: true,
        request_id: request_id(),
        ..Default::default()
    };
    let mut contacts = client!(suite, call, contact_service_client::ContactServiceClient);
    contacts.update_contact(request).await.unwrap();
}

fn case(id: &str, category: pb::ComplaintCategory, contact: &str) -> pb::CreateCaseRequest {
    pb::CreateCaseRequest {
        case: Some(pb::Case {
            customer: "customers/c1".to_owned(),
            kind: pb::CaseKind::Complaint.into(),
            category: category.into(),
            subject: "Oil leaks".to_owned(),
            contact: contact.to_owned(),
            report_time: at("2026-02-24T11:59:00+08"),
            ..Default::default()
        }),
        case_id: id.to_owned(),
        request_id: request_id(),
    }
}

async fn a_complaint_is_acknowledged_in_the_language_of_its_contact(kind: Kind) {
    let heard = Heard::default();
    let ears = Arc::clone(&heard);
    let module: Box<dyn FnOnce(_) -> _ + Send> =
        Box::new(move |context: aftercare_platform::module::Context| {
            let channel = Channel { home: context.home.clone(), heard: ears };
            let mut module = aftercare_customer::module(context);
            module.consumers.push(Arc::new(channel));
            module
        });
    let service = ("customer", aftercare_customer::migrations(), module);
    let (suite, call) = (TestSuite::start(kind, vec![service]).await.unwrap(), li());
    furnish(&suite, &call).await;
    contact(&suite, &call).await;
    let mut cases = client!(&suite, &call, case_service_client::CaseServiceClient);
    let quality = pb::ComplaintCategory::ProductQuality;
    let smith = "customers/c1/contacts/smith";
    let opened = cases.create_case(case("k1", quality, smith)).await.unwrap().into_inner();
    // Nobody has sent it yet: the promise to acknowledge runs on.
    assert_eq!(opened.state(), pb::CaseState::Registered);
    cases.create_case(case("k2", pb::ComplaintCategory::Price, smith)).await.unwrap();
    // Events arrive in order: once that of a third case is there, nothing of the second can come any more.
    cases.create_case(case("k3", quality, smith)).await.unwrap();
    let mut found = Vec::new();
    for _ in 0..100 {
        found = heard.lock().unwrap().clone();
        if found.iter().any(|ready: &pb::AcknowledgementReady| ready.case == "cases/k3") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let heard = found;
    // There are no words for a complaint about a price, so that none are made up.
    assert_eq!(heard.len(), 2);
    let ready = &heard[0];
    assert_eq!((ready.case.as_str(), ready.contact.as_str()), ("cases/k1", smith));
    assert_eq!((ready.channel(), ready.language_code.as_str()), (pb::ContactChannel::Phone, "en"));
    assert!(ready.body.contains("Oil leaks") && ready.body.contains("k1"), "{}", ready.body);
    assert!(ready.body.starts_with("Customer c1") && !ready.body.contains("{{"), "{}", ready.body);
}
