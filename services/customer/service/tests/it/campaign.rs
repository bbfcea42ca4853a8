//! A campaign over the wire: list, two persons, owners, work, bounds of the rate; and every wrong turn.

use super::{call, client, fields, furnish, li, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::customer::v1::campaign_service_client::CampaignServiceClient;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{Kind, TestSuite};
use tonic::Code;

on_both!(a_campaign_goes_from_draft_to_close_with_two_persons);
on_both!(a_campaign_names_all_that_is_wrong_with_it);

const NAME: &str = "campaigns/seal";

async fn machines(suite: &TestSuite, call: &Call) {
    let asset = |(id, customer, serial, lot): (&str, &str, &str, &str)| pb::UpdateAssetRequest {
        asset: Some(pb::Asset {
            name: format!("customers/{customer}/assets/{id}"),
            serial_number: serial.to_owned(),
            product: "products/p1".to_owned(),
            gtin: "9521234202011".to_owned(),
            lot: lot.to_owned(),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    let all = [
        ("m9", "c1", "ZJ-9", "L1"),
        ("m10", "c1", "ZJ-10", "L1"),
        ("m11", "c2", "ZJ-11", "L1"),
        ("m12", "c2", "ZJ-12", "L1"),
        ("m40", "c2", "ZJ-40", "L7"),
    ];
    let request = pb::BatchUpdateAssetsRequest {
        parent: "customers/-".to_owned(),
        requests: all.map(asset).into(),
        request_id: request_id(),
    };
    let mut client = client!(suite, call, asset_service_client::AssetServiceClient);
    client.batch_update_assets(request).await.unwrap();
}

fn draft() -> pb::Campaign {
    let range = pb::SerialRange { first: "zj-10".to_owned(), last: "ZJ-11".to_owned() };
    pb::Campaign {
        display_name: "Oil seal".to_owned(),
        kind: pb::CampaignKind::Retrofit.into(),
        reason: "The seal of lot L7 leaks".to_owned(),
        scope: Some(pb::CampaignScope {
            lots: vec!["L7".to_owned()],
            serial_ranges: vec![range],
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn create(campaign: pb::Campaign) -> pb::CreateCampaignRequest {
    pb::CreateCampaignRequest {
        campaign: Some(campaign),
        campaign_id: "seal".to_owned(),
        request_id: request_id(),
    }
}

fn record(
    asset: &str,
    state: pb::CampaignItemState,
    work_order: &str,
) -> pb::RecordCampaignItemRequest {
    pb::RecordCampaignItemRequest {
        name: NAME.to_owned(),
        item: Some(pb::CampaignItem {
            asset: format!("customers/-/assets/{asset}"),
            state: state.into(),
            work_order: work_order.to_owned(),
            ..Default::default()
        }),
        request_id: request_id(),
        ..Default::default()
    }
}

fn approval(list: &str) -> pb::ApproveCampaignRequest {
    let scope_sha256 = list.to_owned();
    pb::ApproveCampaignRequest { name: NAME.to_owned(), scope_sha256, ..Default::default() }
}

async fn a_campaign_goes_from_draft_to_close_with_two_persons(kind: Kind) {
    let (suite, li) = (suite(kind).await, li());
    let wang = call("demo", "wang", "2026-02-24T13:00:00+08");
    furnish(&suite, &li).await;
    machines(&suite, &li).await;
    let mut client = client!(suite, &li, campaign_service_client::CampaignServiceClient);
    client.create_campaign(create(draft())).await.unwrap();
    let scope = pb::ScopeCampaignRequest { name: NAME.to_owned(), ..Default::default() };
    let scoped = client.scope_campaign(scope.clone()).await.unwrap().into_inner();
    // Ten and eleven by serial, forty by lot; nine is before ten.
    assert_eq!((scoped.asset_count, scoped.state()), (3, pb::CampaignState::Scoped));
    let list = pb::ListCampaignItemsRequest {
        parent: NAME.to_owned(),
        page_size: 2,
        order_by: "serial_number".to_owned(),
        ..Default::default()
    };
    let page = client.list_campaign_items(list.clone()).await.unwrap().into_inner();
    let next = pb::ListCampaignItemsRequest { page_token: page.next_page_token.clone(), ..list };
    let rest = client.list_campaign_items(next).await.unwrap().into_inner();
    let seen: Vec<_> = page.items.iter().chain(&rest.items).map(|i| i.asset.as_str()).collect();
    let expected =
        ["customers/c1/assets/m10", "customers/c2/assets/m11", "customers/c2/assets/m40"];
    assert_eq!(seen, expected);
    approve(&suite, (&li, &wang), &scoped.scope_sha256).await;
    let refused = client.scope_campaign(scope).await.unwrap_err();
    assert_eq!(reason(&refused), "ILLEGAL_CAMPAIGN_MOVE");
    let early = client.record_campaign_item(record("m10", pb::CampaignItemState::Notified, ""));
    assert_eq!(reason(&early.await.unwrap_err()), "ILLEGAL_CAMPAIGN_MOVE");
    tell(&suite, &li, &mut client).await;
    work(&suite, &li, &mut client).await;
}

async fn approve(suite: &TestSuite, (li, wang): (&Call, &Call), list: &str) {
    let mut client = client!(suite, li, campaign_service_client::CampaignServiceClient);
    let other = client.approve_campaign(approval("0000")).await.unwrap_err();
    assert_eq!(reason(&other), "CAMPAIGN_LIST_CHANGED");
    client.approve_campaign(approval(list)).await.unwrap();
    let again = client.approve_campaign(approval(list)).await.unwrap_err();
    assert_eq!(reason(&again), "CAMPAIGN_SECOND_PERSON_NEEDED");
    let mut second = client!(suite, wang, campaign_service_client::CampaignServiceClient);
    let approved = second.approve_campaign(approval(list)).await.unwrap().into_inner();
    assert_eq!(approved.state(), pb::CampaignState::Approved);
    assert_eq!(approved.approvers, ["li", "wang"]);
}

type Client = CampaignServiceClient<aftercare_platform::link::LinkTransport>;

/// Owners are told as they are by then: m10 was sold meanwhile.
async fn tell(suite: &TestSuite, li: &Call, client: &mut Client) {
    let sale = pb::TransferAssetRequest {
        name: "customers/c1/assets/m10".to_owned(),
        new_customer: "customers/c2".to_owned(),
        reason: "sold".to_owned(),
        ..Default::default()
    };
    let mut assets = client!(suite, li, asset_service_client::AssetServiceClient);
    assets.transfer_asset(sale).await.unwrap();
    let notify = pb::NotifyCampaignRequest { name: NAME.to_owned(), ..Default::default() };
    client.notify_campaign(notify).await.unwrap();
    let list = pb::ListCampaignItemsRequest {
        parent: NAME.to_owned(),
        filter: "customer = \"customers/c2\" AND state = OPEN".to_owned(),
        ..Default::default()
    };
    let items = client.list_campaign_items(list).await.unwrap().into_inner().items;
    assert_eq!(items.len(), 3);
    let holders: Vec<_> = items[0].chain.iter().map(|held| held.holder.as_str()).collect();
    assert_eq!(
        (items[0].serial_number.as_str(), holders),
        ("ZJ-10", vec!["customers/c1", "customers/c2"])
    );
    // Without the channel its custody is not known, and that is said.
    let asked = pb::GetCampaignProgressRequest { name: NAME.to_owned() };
    assert!(!client.get_campaign_progress(asked).await.unwrap().into_inner().custody_known);
}

async fn work(suite: &TestSuite, li: &Call, client: &mut Client) {
    use pb::CampaignItemState::{Done, Notified, Unreachable};
    client.record_campaign_item(record("m10", Notified, "")).await.unwrap();
    let early = client.record_campaign_item(record("m10", Done, "")).await.unwrap_err();
    assert_eq!(reason(&early), "ILLEGAL_CAMPAIGN_MOVE");
    let execute = pb::ExecuteCampaignRequest { name: NAME.to_owned(), ..Default::default() };
    client.execute_campaign(execute).await.unwrap();
    let order = pb::CreateWorkOrderRequest {
        work_order: Some(pb::WorkOrder {
            asset: "customers/-/assets/m10".to_owned(),
            kind: pb::WorkOrderKind::Campaign.into(),
            complete_time: super::at("2026-02-24T11:00:00+08"),
            ..Default::default()
        }),
        work_order_id: "w1".to_owned(),
        ..Default::default()
    };
    let mut orders = client!(suite, li, work_order_service_client::WorkOrderServiceClient);
    orders.create_work_order(order).await.unwrap();
    for (asset, order) in [("m10", ""), ("m10", "workOrders/none"), ("m11", "workOrders/w1")] {
        let refused = client.record_campaign_item(record(asset, Done, order)).await.unwrap_err();
        assert_eq!(reason(&refused), "CAMPAIGN_WORK_NOT_DONE", "{asset} {order}");
    }
    client.record_campaign_item(record("m10", Done, "workOrders/w1")).await.unwrap();
    let undone = client.record_campaign_item(record("m10", Notified, "")).await.unwrap_err();
    assert_eq!(reason(&undone), "ILLEGAL_CAMPAIGN_ITEM_MOVE");
    client.record_campaign_item(record("m11", Unreachable, "")).await.unwrap();
    let asked = pb::GetCampaignProgressRequest { name: NAME.to_owned() };
    let progress = client.get_campaign_progress(asked).await.unwrap().into_inner();
    assert!((progress.closure_rate - 0.5).abs() < 1e-12);
    assert!((progress.closure_lower - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(progress.counts["DONE"], 1);
    let mut close = pb::CloseCampaignRequest { name: NAME.to_owned(), ..Default::default() };
    let refused = client.close_campaign(close.clone()).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "CAMPAIGN_ITEMS_OPEN")
    );
    close.reason = "m40 stands still".to_owned();
    let closed = client.close_campaign(close).await.unwrap().into_inner();
    assert_eq!(closed.state(), pb::CampaignState::Closed);
}

async fn a_campaign_names_all_that_is_wrong_with_it(kind: Kind) {
    let (suite, li) = (suite(kind).await, li());
    furnish(&suite, &li).await;
    let mut client = client!(suite, &li, campaign_service_client::CampaignServiceClient);
    let range = |first: &str, last: &str| pb::SerialRange {
        first: first.to_owned(),
        last: last.to_owned(),
    };
    let wrong = pb::Campaign {
        display_name: " ".to_owned(),
        kind: pb::CampaignKind::Inspection.into(),
        scope: Some(pb::CampaignScope {
            lots: vec![String::new()],
            serial_ranges: vec![range("B", "A"), range("", "A")],
            ..Default::default()
        }),
        ..Default::default()
    };
    let status = client.create_campaign(create(wrong)).await.unwrap_err();
    let expected = [
        "campaign.display_name",
        "campaign.reason",
        "campaign.scope.lots[0]",
        "campaign.scope.serial_ranges[0].last",
        "campaign.scope.serial_ranges[1]",
    ];
    assert_eq!(fields(&status), expected);
    let empty = pb::Campaign { scope: Some(pb::CampaignScope::default()), ..draft() };
    assert_eq!(
        fields(&client.create_campaign(create(empty)).await.unwrap_err()),
        ["campaign.scope"]
    );
    let request = create(draft());
    client.create_campaign(request.clone()).await.unwrap();
    // The same request again gets the stored answer; another one of the same id does not.
    client.create_campaign(request).await.unwrap();
    let twice = client.create_campaign(create(draft())).await.unwrap_err();
    assert_eq!(twice.code(), Code::AlreadyExists);
    let scope = pb::ScopeCampaignRequest { name: NAME.to_owned(), ..Default::default() };
    assert_eq!(reason(&client.scope_campaign(scope).await.unwrap_err()), "CAMPAIGN_SCOPE_EMPTY");
    let unasked = client.record_campaign_item(pb::RecordCampaignItemRequest {
        name: NAME.to_owned(),
        item: Some(pb::CampaignItem::default()),
        ..Default::default()
    });
    assert_eq!(fields(&unasked.await.unwrap_err()), ["item.asset", "item.state"]);
    let stale = pb::UpdateCampaignRequest {
        campaign: Some(pb::Campaign { name: NAME.to_owned(), etag: "\"9\"".to_owned(), ..draft() }),
        ..Default::default()
    };
    assert_eq!(reason(&client.update_campaign(stale).await.unwrap_err()), "ETAG_MISMATCH");
    let strange = call("other", "li", "2026-02-24T12:00:00+08");
    let mut client = client!(suite, &strange, campaign_service_client::CampaignServiceClient);
    let get = pb::GetCampaignRequest { name: NAME.to_owned() };
    assert_eq!(client.get_campaign(get).await.unwrap_err().code(), Code::NotFound);
}
