//! The 360 view without its neighbours: our own part is there, and who is missing is named.

use super::{client, furnish, li, on_both, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::testing::{self, Kind};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

on_both!(services_that_are_away_are_named);

async fn services_that_are_away_are_named(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    let mut client = client!(suite, &call, customer_service_client::CustomerServiceClient);
    let request =
        pb::GetCustomer360Request { name: "customers/c1".to_owned(), ..Default::default() };
    let view = client.get_customer360(request).await.unwrap().into_inner();
    assert_eq!((view.asset_count, view.assets.len()), (1, 1));
    assert_eq!(view.customer.unwrap().name, "customers/c1");
    let missing: Vec<_> =
        view.missing_sources.iter().map(|m| (m.source.as_str(), m.reason())).collect();
    assert_eq!(
        missing,
        [
            ("pricing", pb::MissingReason::NotConnected),
            ("channel", pb::MissingReason::NotConnected),
            ("bridge", pb::MissingReason::NotConnected)
        ]
    );
    assert_eq!(view.sources.iter().map(|s| s.source.as_str()).collect::<Vec<_>>(), ["customer"]);
}

#[tokio::test]
async fn no_part_of_a_view_is_searched_for_among_all_customers() {
    let tables = aftercare_customer::migrations();
    let database = testing::database(Kind::Sqlite, &tables).await.unwrap();
    for (parts, index) in [
        ("customer_customer WHERE tenant = 't' AND parent = 'c' ORDER BY id", "by_parent"),
        ("customer_contact WHERE tenant = 't' AND customer = 'c'", "autoindex"),
        ("customer_asset WHERE tenant = 't' AND customer = 'c'", "by_customer"),
        ("customer_entitlement WHERE tenant = 't' AND customer = 'c'", "autoindex"),
        ("customer_case WHERE tenant = 't' AND customer = 'c'", "by_customer"),
        ("customer_work_order WHERE tenant = 't' AND customer = 'c'", "by_customer"),
        ("customer_grade WHERE tenant = 't' AND customer = 'c'", "autoindex"),
        (
            "customer_follow_up WHERE tenant = 't' AND customer = 'c' AND state = 's' \
             ORDER BY due_time",
            "by_customer",
        ),
        (
            "customer_survey_response WHERE tenant = 't' AND customer = 'c' AND create_time > 0 \
             ORDER BY id",
            "by_customer",
        ),
    ] {
        let plan = format!("EXPLAIN QUERY PLAN SELECT * FROM {parts} LIMIT 100");
        let plan = Statement::from_string(DbBackend::Sqlite, plan);
        let steps = database.read().query_all_raw(plan).await.unwrap();
        let told: String = steps[0].try_get("", "detail").unwrap();
        let narrow = ["AND customer=?", "AND parent=?"].iter().any(|by| told.contains(by));
        assert!(narrow && told.contains(index), "{told}");
    }
}
