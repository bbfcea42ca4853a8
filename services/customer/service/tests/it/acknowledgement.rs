//! What is answered at once to a case goes out with it, for whoever sends for the company.

use super::heard::listening;
use super::{at, client, furnish, li, on_both, request_id};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{Kind, TestSuite};

on_both!(a_complaint_is_acknowledged_in_the_language_of_its_contact);

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
    let (suite, heard) = listening(kind, &["aftercare.customer.v1.AcknowledgementReady"]).await;
    let call = li();
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
    let heard = heard.until(|ready: &pb::AcknowledgementReady| ready.case == "cases/k3").await;
    // There are no words for a complaint about a price, so that none are made up.
    assert_eq!(heard.len(), 2);
    let ready = &heard[0];
    assert_eq!((ready.case.as_str(), ready.contact.as_str()), ("cases/k1", smith));
    assert_eq!((ready.channel(), ready.language_code.as_str()), (pb::ContactChannel::Phone, "en"));
    assert!(ready.body.contains("Oil leaks") && ready.body.contains("k1"), "{}", ready.body);
    assert!(ready.body.starts_with("Customer c1") && !ready.body.contains("{{"), "{}", ready.body);
}
