//! The 360 view without its neighbours: our own part is there, and who is missing is named.

use super::{client, furnish, li, on_both, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::testing::Kind;

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
