//! Merging and taking it back: everything returns to where it was; the past stays readable.

use super::{at, call, client, fields, furnish, li, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::r#type::v1 as common;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{Kind, TestSuite};
use tonic::Code;

on_both!(a_merge_moves_everything_and_taking_it_back_restores_it);
on_both!(merges_that_make_no_sense_are_refused);
on_both!(a_customer_can_be_read_as_it_was);
on_both!(harmful_needs_a_second_person_and_ends);
on_both!(sites_are_kept_and_guarded);
on_both!(a_site_with_machines_is_not_deleted);

fn key() -> common::ExternalKey {
    common::ExternalKey { system: "erp".to_owned(), key: "C1".to_owned() }
}

fn name(text: &str) -> String {
    text.to_owned()
}

async fn furnish_more(suite: &TestSuite, call: &Call) {
    furnish(suite, call).await;
    let mut customers = client!(suite, call, customer_service_client::CustomerServiceClient);
    let below = pb::Customer {
        display_name: name("Below"),
        parent: name("customers/c1"),
        ..Default::default()
    };
    let create = pb::CreateCustomerRequest {
        customer: Some(below),
        customer_id: name("c3"),
        request_id: request_id(),
    };
    customers.create_customer(create).await.unwrap();
    let keyed = pb::Customer {
        name: name("customers/c1"),
        external_keys: vec![key()],
        ..Default::default()
    };
    let update = pb::UpdateCustomerRequest { customer: Some(keyed), ..Default::default() };
    customers.update_customer(update).await.unwrap();
    let mut contacts = client!(suite, call, contact_service_client::ContactServiceClient);
    let wang = pb::Contact { display_name: name("王丽"), ..Default::default() };
    let create = pb::CreateContactRequest {
        parent: name("customers/c1"),
        contact: Some(wang),
        contact_id: name("wang"),
        request_id: request_id(),
    };
    contacts.create_contact(create).await.unwrap();
    let site = pb::Site { display_name: name("Works 1"), ..Default::default() };
    let create = pb::CreateSiteRequest {
        parent: name("customers/c1"),
        site: Some(site),
        site_id: name("works"),
        request_id: request_id(),
    };
    contacts.create_site(create).await.unwrap();
    let mut assets = client!(suite, call, asset_service_client::AssetServiceClient);
    let placed = pb::Asset {
        name: name("customers/c1/assets/zj-1"),
        site: name("customers/c1/sites/works"),
        ..Default::default()
    };
    let place = pb::UpdateAssetRequest { asset: Some(placed), ..Default::default() };
    assets.update_asset(place).await.unwrap();
    let mut cases = client!(suite, call, case_service_client::CaseServiceClient);
    let case = pb::Case {
        customer: name("customers/c1"),
        kind: pb::CaseKind::Inquiry.into(),
        subject: name("How often to change the oil"),
        contact: name("customers/c1/contacts/wang"),
        assets: vec![name("customers/c1/assets/zj-1")],
        ..Default::default()
    };
    let create =
        pb::CreateCaseRequest { case: Some(case), case_id: name("q1"), request_id: request_id() };
    cases.create_case(create).await.unwrap();
    call_and_campaign(suite, call).await;
}

/// A visit that is planned, and a list with the machine on it.
async fn call_and_campaign(suite: &TestSuite, call: &Call) {
    let visit = pb::FollowUp {
        kind: pb::FollowUpKind::StaffVisit.into(),
        channel: pb::ContactChannel::Visit.into(),
        subject: name("customers/c1/assets/zj-1"),
        due_time: at("2026-03-10T10:00:00+08"),
        ..Default::default()
    };
    let create = pb::CreateFollowUpRequest {
        parent: name("customers/c1"),
        follow_up: Some(visit),
        follow_up_id: name("visit"),
        request_id: request_id(),
    };
    let mut follow_ups = client!(suite, call, follow_up_service_client::FollowUpServiceClient);
    follow_ups.create_follow_up(create).await.unwrap();
    let scope = pb::CampaignScope { products: vec![name("products/p10103")], ..Default::default() };
    let campaign = pb::Campaign {
        display_name: name("Look at the seal"),
        kind: pb::CampaignKind::Inspection.into(),
        reason: name("seals of one lot leak"),
        scope: Some(scope),
        ..Default::default()
    };
    let create = pb::CreateCampaignRequest {
        campaign: Some(campaign),
        campaign_id: name("seal"),
        request_id: request_id(),
    };
    let mut campaigns = client!(suite, call, campaign_service_client::CampaignServiceClient);
    campaigns.create_campaign(create).await.unwrap();
    let scope = pb::ScopeCampaignRequest { name: name("campaigns/seal"), ..Default::default() };
    campaigns.scope_campaign(scope).await.unwrap();
}

/// Whether everything hangs on this customer.
async fn all_at(suite: &TestSuite, call: &Call, owner: &str) {
    let mut customers = client!(suite, call, customer_service_client::CustomerServiceClient);
    let get = |name: String| pb::GetCustomerRequest { name, read_time: None };
    let below = customers.get_customer(get(name("customers/c3"))).await.unwrap().into_inner();
    assert_eq!(below.parent, owner);
    let by = pb::lookup_customer_request::By::ExternalKey(key());
    let lookup = pb::LookupCustomerRequest { by: Some(by) };
    assert_eq!(customers.lookup_customer(lookup).await.unwrap().into_inner().name, owner);
    let mut contacts = client!(suite, call, contact_service_client::ContactServiceClient);
    let get = pb::GetContactRequest { name: format!("{owner}/contacts/wang") };
    assert_eq!(contacts.get_contact(get).await.unwrap().into_inner().display_name, "王丽");
    let get = pb::GetSiteRequest { name: format!("{owner}/sites/works") };
    contacts.get_site(get).await.unwrap();
    let mut assets = client!(suite, call, asset_service_client::AssetServiceClient);
    let get = pb::GetAssetRequest { name: format!("{owner}/assets/zj-1") };
    let site = assets.get_asset(get).await.unwrap().into_inner().site;
    assert_eq!(site, format!("{owner}/sites/works"));
    let mut cases = client!(suite, call, case_service_client::CaseServiceClient);
    let get = pb::GetCaseRequest { name: name("cases/q1") };
    let case = cases.get_case(get).await.unwrap().into_inner();
    assert_eq!(case.customer, owner);
    assert_eq!(case.contact, format!("{owner}/contacts/wang"));
    assert_eq!(case.assets, [format!("{owner}/assets/zj-1")]);
    let get = pb::GetFollowUpRequest { name: format!("{owner}/followUps/visit") };
    let mut follow_ups = client!(suite, call, follow_up_service_client::FollowUpServiceClient);
    let visit = follow_ups.get_follow_up(get).await.unwrap().into_inner();
    assert_eq!(visit.subject, format!("{owner}/assets/zj-1"));
    let list =
        pb::ListCampaignItemsRequest { parent: name("campaigns/seal"), ..Default::default() };
    let mut campaigns = client!(suite, call, campaign_service_client::CampaignServiceClient);
    let items = campaigns.list_campaign_items(list).await.unwrap().into_inner().items;
    assert_eq!(items[0].asset, format!("{owner}/assets/zj-1"));
}

fn merge(from: &str, into: &str) -> pb::MergeCustomerRequest {
    pb::MergeCustomerRequest {
        name: name(from),
        into: name(into),
        reason: name("one registration"),
        request_id: request_id(),
        ..Default::default()
    }
}

fn unmerge(from: &str) -> pb::UnmergeCustomerRequest {
    pb::UnmergeCustomerRequest {
        name: name(from),
        reason: name("two after all"),
        request_id: request_id(),
        ..Default::default()
    }
}

async fn a_merge_moves_everything_and_taking_it_back_restores_it(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish_more(&suite, &call).await;
    all_at(&suite, &call, "customers/c1").await;
    let mut customers = client!(suite, &call, customer_service_client::CustomerServiceClient);
    let asked = merge("customers/c1", "customers/c2");
    let merged = customers.merge_customer(asked.clone()).await.unwrap().into_inner();
    assert_eq!(merged.state(), pb::CustomerState::Merged);
    assert_eq!(merged.merged_into, "customers/c2");
    // The same request again changes nothing.
    assert_eq!(customers.merge_customer(asked).await.unwrap().into_inner(), merged);
    all_at(&suite, &call, "customers/c2").await;
    let back = customers.unmerge_customer(unmerge("customers/c1")).await.unwrap().into_inner();
    assert_eq!((back.state(), back.merged_into.as_str()), (pb::CustomerState::Active, ""));
    all_at(&suite, &call, "customers/c1").await;
    let get = pb::GetCustomerRequest { name: name("customers/c2"), read_time: None };
    assert!(customers.get_customer(get).await.unwrap().into_inner().external_keys.is_empty());
}

async fn merges_that_make_no_sense_are_refused(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish_more(&suite, &call).await;
    let mut customers = client!(suite, &call, customer_service_client::CustomerServiceClient);
    let itself =
        pb::MergeCustomerRequest { reason: String::new(), ..merge("customers/c1", "customers/c1") };
    let status = customers.merge_customer(itself).await.unwrap_err();
    assert_eq!(
        (status.code(), fields(&status)),
        (Code::InvalidArgument, vec![name("reason"), name("into")])
    );
    let within = customers.merge_customer(merge("customers/c1", "customers/c3")).await.unwrap_err();
    assert_eq!(reason(&within), "MERGE_WITHIN_TREE");
    let nobody = customers.merge_customer(merge("customers/c1", "customers/nobody")).await;
    assert_eq!(nobody.unwrap_err().code(), Code::NotFound);
    let never = customers.unmerge_customer(unmerge("customers/c1")).await.unwrap_err();
    assert_eq!(reason(&never), "CUSTOMER_NOT_MERGED");
    customers.merge_customer(merge("customers/c3", "customers/c1")).await.unwrap();
    let again = customers.merge_customer(merge("customers/c3", "customers/c2")).await.unwrap_err();
    assert_eq!(
        (again.code(), reason(&again)),
        (Code::FailedPrecondition, name("MERGE_NOT_ACTIVE"))
    );
    customers.merge_customer(merge("customers/c1", "customers/c2")).await.unwrap();
    let early = customers.unmerge_customer(unmerge("customers/c3")).await.unwrap_err();
    assert_eq!(reason(&early), "MERGE_NOT_LATEST");
    let rival = super::call("rival", "li", "2026-02-24T12:00:00+08");
    let mut theirs = client!(suite, &rival, customer_service_client::CustomerServiceClient);
    let status = theirs.unmerge_customer(unmerge("customers/c1")).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

async fn a_customer_can_be_read_as_it_was(kind: Kind) {
    let suite = suite(kind).await;
    let (monday, friday) = (
        call("demo", "li", "2026-02-02T09:00:00+08"),
        call("demo", "li", "2026-02-06T09:00:00+08"),
    );
    furnish(&suite, &monday).await;
    let mut customers = client!(suite, &friday, customer_service_client::CustomerServiceClient);
    let renamed = pb::Customer {
        name: name("customers/c1"),
        display_name: name("Renamed"),
        ..Default::default()
    };
    let update = pb::UpdateCustomerRequest { customer: Some(renamed), ..Default::default() };
    customers.update_customer(update).await.unwrap();
    let delete = pb::DeleteCustomerRequest { name: name("customers/c2"), ..Default::default() };
    customers.delete_customer(delete).await.unwrap();
    let late = call("demo", "li", "2026-03-01T09:00:00+08");
    let mut customers = client!(suite, &late, customer_service_client::CustomerServiceClient);
    let get = |id: &str, time: &str| pb::GetCustomerRequest {
        name: format!("customers/{id}"),
        read_time: at(time),
    };
    for (id, time, expected) in [
        ("c1", "2026-02-04T00:00:00+08", Some("Customer c1")),
        ("c1", "2026-02-06T09:00:00+08", Some("Renamed")),
        ("c1", "2026-02-01T00:00:00+08", None),
        ("c2", "2026-02-04T00:00:00+08", Some("Customer c2")),
        ("c2", "2026-02-07T00:00:00+08", None),
    ] {
        let found = customers.get_customer(get(id, time)).await;
        let found = found.map(|found| found.into_inner().display_name);
        match expected {
            Some(expected) => assert_eq!(found.unwrap(), expected, "{id} {time}"),
            None => assert_eq!(found.unwrap_err().code(), Code::NotFound, "{id} {time}"),
        }
    }
    let status = customers.get_customer(get("c1", "2026-03-02T00:00:00+08")).await.unwrap_err();
    assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec![name("read_time")]));
}

async fn harmful_needs_a_second_person_and_ends(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    let mut customers = client!(suite, &call, customer_service_client::CustomerServiceClient);
    let propose = |expires: Option<&str>| pb::ProposeFitRequest {
        name: name("customers/c1"),
        fit: pb::Fit::Harmful.into(),
        reason: name("does not pay and threatens staff"),
        expire_time: expires.and_then(at),
        request_id: request_id(),
        ..Default::default()
    };
    let approve = || pb::ApproveFitRequest {
        name: name("customers/c1"),
        request_id: request_id(),
        ..Default::default()
    };
    let early = customers.approve_fit(approve()).await.unwrap_err();
    assert_eq!(reason(&early), "NO_FIT_PROPOSED");
    let endless = customers.propose_fit(propose(None)).await.unwrap_err();
    assert_eq!(reason(&endless), "EXPIRY_REQUIRED");
    let mute = pb::ProposeFitRequest { reason: String::new(), fit: 0, ..propose(None) };
    let status = customers.propose_fit(mute).await.unwrap_err();
    assert_eq!(fields(&status), ["fit", "reason"]);
    let proposed = customers.propose_fit(propose(Some("2026-05-01T00:00:00+08"))).await.unwrap();
    assert_eq!(proposed.into_inner().proposer, "li");
    let own = customers.approve_fit(approve()).await.unwrap_err();
    assert_eq!(
        (own.code(), reason(&own)),
        (Code::FailedPrecondition, name("FIT_APPROVER_IS_PROPOSER"))
    );
    let wang = super::call("demo", "wang", "2026-02-25T12:00:00+08");
    let mut hers = client!(suite, &wang, customer_service_client::CustomerServiceClient);
    assert_eq!(hers.approve_fit(approve()).await.unwrap().into_inner().fit(), pb::Fit::Harmful);
    let may = super::call("demo", "li", "2026-05-02T12:00:00+08");
    let mut later = client!(suite, &may, customer_service_client::CustomerServiceClient);
    let get = pb::GetCustomerRequest { name: name("customers/c1"), read_time: None };
    assert_eq!(later.get_customer(get).await.unwrap().into_inner().fit(), pb::Fit::General);
    let review = |level: pb::RelationshipLevel| pb::ReviewRelationshipRequest {
        name: name("customers/c1"),
        level: level.into(),
        reason: name("won the tender"),
        request_id: request_id(),
        ..Default::default()
    };
    let far = customers.review_relationship(review(pb::RelationshipLevel::Alliance)).await;
    assert_eq!(reason(&far.unwrap_err()), "RELATIONSHIP_STEP_TOO_FAR");
    let near = customers.review_relationship(review(pb::RelationshipLevel::Supplier)).await;
    assert_eq!(near.unwrap().into_inner().relationship_level(), pb::RelationshipLevel::Supplier);
}

async fn sites_are_kept_and_guarded(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    let mut contacts = client!(suite, &call, contact_service_client::ContactServiceClient);
    let create = |id: &str, site: pb::Site| pb::CreateSiteRequest {
        parent: name("customers/c1"),
        site: Some(site),
        site_id: name(id),
        request_id: request_id(),
    };
    let wrong = pb::Site {
        gln: name("6291041500214"),
        region_code: name("999999"),
        time_zone: name("Asia/Hangzhou"),
        ..Default::default()
    };
    let status = contacts.create_site(create("bad", wrong)).await.unwrap_err();
    assert_eq!(
        fields(&status),
        ["site.region_code", "site.gln", "site.display_name", "site.time_zone"]
    );
    let works = pb::Site {
        display_name: name("Works 1"),
        region_code: name("330100"),
        gln: name("6291041500213"),
        ..Default::default()
    };
    let made = contacts.create_site(create("works", works.clone())).await.unwrap().into_inner();
    let double = contacts.create_site(create("works", works)).await.unwrap_err();
    assert_eq!(double.code(), Code::AlreadyExists);
    let changed = pb::Site { display_name: name("Works One"), ..made.clone() };
    let update = |site: pb::Site| pb::UpdateSiteRequest {
        site: Some(site),
        request_id: request_id(),
        ..Default::default()
    };
    let changed = contacts.update_site(update(changed)).await.unwrap().into_inner();
    assert_eq!(
        (changed.display_name.as_str(), changed.gln.as_str()),
        ("Works One", "6291041500213")
    );
    let stale = contacts.update_site(update(made.clone())).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    let list = pb::ListSitesRequest {
        parent: name("customers/-"),
        filter: name("region_code = \"330100\""),
        ..Default::default()
    };
    let page = contacts.list_sites(list).await.unwrap().into_inner();
    assert_eq!(page.sites, [changed]);
}

async fn a_site_with_machines_is_not_deleted(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    let mut contacts = client!(suite, &call, contact_service_client::ContactServiceClient);
    let create = pb::CreateSiteRequest {
        parent: name("customers/c1"),
        site: Some(pb::Site { display_name: name("Works 1"), ..Default::default() }),
        ..Default::default()
    };
    let made = contacts.create_site(create).await.unwrap().into_inner();
    let mut assets = client!(suite, &call, asset_service_client::AssetServiceClient);
    let placed = pb::Asset {
        name: name("customers/c1/assets/zj-1"),
        site: made.name.clone(),
        ..Default::default()
    };
    let place = pb::UpdateAssetRequest { asset: Some(placed), ..Default::default() };
    assets.update_asset(place).await.unwrap();
    let delete = || pb::DeleteSiteRequest { name: made.name.clone(), ..Default::default() };
    let used = contacts.delete_site(delete()).await.unwrap_err();
    assert_eq!(reason(&used), "SITE_REFERRED_TO");
    let free = pb::UpdateAssetRequest {
        asset: Some(pb::Asset { name: name("customers/c1/assets/zj-1"), ..Default::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec![name("site")] }),
        ..Default::default()
    };
    assets.update_asset(free).await.unwrap();
    contacts.delete_site(delete()).await.unwrap();
    let gone = contacts.get_site(pb::GetSiteRequest { name: made.name.clone() }).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
}
