//! A small market that tests fill: a maker, three distributors, two exclusive provinces.

use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Period;
use aftercare_api::google::r#type::{Date, Money};
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{self, Kind, TestSuite};
use pb::capture_service_client::CaptureServiceClient;
use pb::conflict_service_client::ConflictServiceClient;
use pb::custody_service_client::CustodyServiceClient;
use pb::detection_service_client::DetectionServiceClient;
use pb::distributor_service_client::DistributorServiceClient;
use pb::policy_service_client::PolicyServiceClient;
use pb::territory_service_client::TerritoryServiceClient;
use serde_json::{Value, json};

/// A running channel service.
pub struct Channel {
    suite: TestSuite,
    pub call: Call,
}

macro_rules! clients {
    ($($name:ident: $client:ident),+) => {
        $(pub fn $name(&self) -> $client<aftercare_platform::link::LinkTransport> {
            $client::new(self.suite.client("channel", &self.call).unwrap())
        })+
    };
}

impl Channel {
    pub async fn start(kind: Kind) -> Self {
        let service: (_, _, Box<dyn FnOnce(_) -> _ + Send>) =
            ("channel", aftercare_channel::migrations(), Box::new(aftercare_channel::module));
        let suite = TestSuite::start(kind, vec![service]).await.unwrap();
        let now = "2026-02-24T12:00:00+08".parse().unwrap();
        Self { suite, call: testing::call("demo", &["admin"], now).unwrap() }
    }

    clients!(
        distributors: DistributorServiceClient,
        territories: TerritoryServiceClient,
        policies: PolicyServiceClient,
        capture: CaptureServiceClient,
        custody: CustodyServiceClient,
        detection: DetectionServiceClient,
        conflicts: ConflictServiceClient
    );

    /// The same service for somebody else.
    pub fn acting(&mut self, principal: &str) {
        self.call.caller.principal = principal.to_owned();
    }

    /// The maker d0; d1 in Zhejiang, d2 in Jiangxi, d3 without a territory; product p1 and places.
    pub async fn with_market(kind: Kind) -> Self {
        let channel = Self::start(kind).await;
        let distributors = [
            ("d0", "", PARTIES[0]),
            ("d1", "distributors/d0", PARTIES[1]),
            ("d2", "distributors/d0", PARTIES[2]),
            ("d3", "distributors/d0", PARTIES[3]),
        ];
        let requests = distributors.map(|(id, parent, gln)| pb::UpdateDistributorRequest {
            distributor: Some(pb::Distributor {
                name: format!("distributors/{id}"),
                display_name: id.to_owned(),
                kind: if parent.is_empty() {
                    pb::DistributorKind::Manufacturer
                } else {
                    pb::DistributorKind::GeneralAgent
                }
                .into(),
                parent: parent.to_owned(),
                gln: gln.to_owned(),
                ..Default::default()
            }),
            allow_missing: true,
            ..Default::default()
        });
        let batch = pb::BatchUpdateDistributorsRequest {
            requests: requests.to_vec(),
            ..Default::default()
        };
        channel.distributors().batch_update_distributors(batch).await.unwrap();
        channel
            .territories()
            .batch_update_territories(territories(&[("t1", "330000"), ("t2", "360000")]))
            .await
            .unwrap();
        let rights = agreements(&[("a1", "d1", "t1"), ("a2", "d2", "t2")]);
        channel.territories().batch_update_territory_agreements(rights).await.unwrap();
        channel.policies().batch_update_products(product("p1", GTIN)).await.unwrap();
        let location = pb::UpdateLocationRequest {
            location: Some(pb::Location {
                name: "locations/shop".to_owned(),
                gln: "9525500000301".to_owned(),
                region: "360100".to_owned(),
                ..Default::default()
            }),
            allow_missing: true,
            ..Default::default()
        };
        let batch =
            pb::BatchUpdateLocationsRequest { requests: vec![location], ..Default::default() };
        channel.distributors().batch_update_locations(batch).await.unwrap();
        channel
    }
}

pub const GTIN: &str = "09521234202011";
/// Party GLNs of d0 to d3.
pub const PARTIES: [&str; 4] = ["9521234000006", "9525001000008", "9525002000007", "9525003000006"];

pub fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

pub fn year_2025() -> Option<Period> {
    Some(Period { start_date: day(2025, 1, 1), end_date: day(2026, 1, 1) })
}

pub fn cny(units: i64) -> Option<Money> {
    Some(Money { currency_code: "CNY".to_owned(), units, nanos: 0 })
}

pub fn territories(pairs: &[(&str, &str)]) -> pb::BatchUpdateTerritoriesRequest {
    let requests = pairs.iter().map(|(id, region)| pb::UpdateTerritoryRequest {
        territory: Some(pb::Territory {
            name: format!("territories/{id}"),
            regions: vec![(*region).to_owned()],
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    });
    pb::BatchUpdateTerritoriesRequest { requests: requests.collect(), ..Default::default() }
}

pub fn agreements(triples: &[(&str, &str, &str)]) -> pb::BatchUpdateTerritoryAgreementsRequest {
    let requests =
        triples.iter().map(|(id, distributor, territory)| pb::UpdateTerritoryAgreementRequest {
            territory_agreement: Some(pb::TerritoryAgreement {
                name: format!("territoryAgreements/{id}"),
                distributor: format!("distributors/{distributor}"),
                territory: format!("territories/{territory}"),
                exclusive: true,
                period: year_2025(),
                ..Default::default()
            }),
            allow_missing: true,
            ..Default::default()
        });
    pb::BatchUpdateTerritoryAgreementsRequest { requests: requests.collect(), ..Default::default() }
}

pub fn product(id: &str, gtin: &str) -> pb::BatchUpdateProductsRequest {
    let request = pb::UpdateProductRequest {
        product: Some(pb::Product {
            name: format!("products/{id}"),
            gtin: gtin.to_owned(),
            list_price: cny(20_000),
            distributor_margin: cny(3_000),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    pb::BatchUpdateProductsRequest { requests: vec![request], ..Default::default() }
}

pub fn document(events: Vec<Value>) -> pb::CaptureDocumentRequest {
    let document = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"aftercare": "https://aftercare.dev/epcis/"}],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2025-12-01T00:00:00Z",
        "epcisBody": {"eventList": events}});
    pb::CaptureDocumentRequest { document: document.to_string().into_bytes(), ..Default::default() }
}

pub fn sgtin(serial: &str) -> String {
    format!("urn:epc:id:sgtin:9521234.020201.{serial}")
}

pub fn shipping(items: &[String], from: usize, to: usize, time: &str) -> Value {
    let party = |i: usize| format!("https://id.gs1.org/417/{}", PARTIES[i]);
    json!({"type": "ObjectEvent", "eventTime": time, "eventTimeZoneOffset": "+08:00", "epcList": items, "action": "OBSERVE",
        "bizStep": "shipping", "disposition": "in_transit",
        "sourceList": [{"type": "owning_party", "source": party(from)}],
        "destinationList": [{"type": "owning_party", "destination": party(to)}]})
}

pub fn seen(item: &str, region: &str, time: &str) -> Value {
    json!({"type": "ObjectEvent", "eventTime": time, "eventTimeZoneOffset": "+08:00", "epcList": [item], "action": "OBSERVE",
        "bizStep": "other", "aftercare:region": region})
}
