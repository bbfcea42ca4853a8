//! The sample world: its diversion is found, and nothing else is.

use crate::market::{Channel, day};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Period;
use aftercare_api::google::r#type::{Date, Money};
use aftercare_platform::testing::Kind;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/world")
}

fn table(name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder().join("erp").join(name)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn date(text: &str) -> Option<Date> {
    let day: jiff::civil::Date = text.parse().ok()?;
    Some(Date { year: day.year().into(), month: day.month().into(), day: day.day().into() })
}

fn period(row: &BTreeMap<String, String>) -> Option<Period> {
    Some(Period { start_date: date(&row["valid_from"]), end_date: date(&row["valid_to"]) })
}

fn money(text: &str) -> Option<Money> {
    let (units, cents) = text.split_once('.')?;
    Some(Money {
        currency_code: "CNY".into(),
        units: units.parse().ok()?,
        nanos: cents.parse::<i32>().ok()? * 10_000_000,
    })
}

fn name(collection: &str, key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("{collection}/{}", key.to_lowercase()) }
}

async fn load(channel: &Channel) {
    let kinds = |tier: &str| {
        if tier == "MANUFACTURER" {
            pb::DistributorKind::Manufacturer
        } else {
            pb::DistributorKind::GeneralAgent
        }
    };
    let rows = table("distributors.csv");
    let requests = rows.iter().map(|row| pb::UpdateDistributorRequest {
        distributor: Some(pb::Distributor {
            name: name("distributors", &row["distributor_no"]),
            display_name: row["name"].clone(),
            kind: kinds(&row["tier"]).into(),
            parent: name("distributors", &row["parent_no"]),
            gln: row["gln"].clone(),
            region: row["region"].clone(),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    });
    let batch =
        pb::BatchUpdateDistributorsRequest { requests: requests.collect(), ..Default::default() };
    channel.distributors().batch_update_distributors(batch).await.unwrap();
    let rows = table("locations.csv");
    let requests = rows.iter().map(|row| pb::UpdateLocationRequest {
        location: Some(pb::Location {
            name: name("locations", &row["gln"]),
            gln: row["gln"].clone(),
            region: row["region"].clone(),
            distributor: name("distributors", &row["distributor_no"]),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    });
    let batch =
        pb::BatchUpdateLocationsRequest { requests: requests.collect(), ..Default::default() };
    channel.distributors().batch_update_locations(batch).await.unwrap();
    load_rights(channel).await;
    load_policies(channel).await;
}

async fn load_rights(channel: &Channel) {
    let rows = table("territories.csv");
    let requests = rows.iter().map(|row| pb::UpdateTerritoryRequest {
        territory: Some(pb::Territory {
            name: name("territories", &row["territory_no"]),
            regions: vec![row["region"].clone()],
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    });
    let batch =
        pb::BatchUpdateTerritoriesRequest { requests: requests.collect(), ..Default::default() };
    channel.territories().batch_update_territories(batch).await.unwrap();
    let requests = rows.iter().map(|row| pb::UpdateTerritoryAgreementRequest {
        territory_agreement: Some(pb::TerritoryAgreement {
            name: name("territoryAgreements", &row["territory_no"]),
            distributor: name("distributors", &row["distributor_no"]),
            territory: name("territories", &row["territory_no"]),
            exclusive: row["exclusive"] == "Y",
            period: period(row),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    });
    let batch = pb::BatchUpdateTerritoryAgreementsRequest {
        requests: requests.collect(),
        ..Default::default()
    };
    channel.territories().batch_update_territory_agreements(batch).await.unwrap();
    let rows = table("exceptions.csv");
    let requests = rows.iter().map(|row| pb::UpdateTerritoryExceptionRequest {
        territory_exception: Some(pb::TerritoryException {
            name: name("territoryExceptions", &row["exception_no"]),
            kind: pb::TerritoryExceptionKind::CrossRegionProject.into(),
            distributor: name("distributors", &row["distributor_no"]),
            regions: vec![row["region"].clone()],
            approval: row["approval"].clone(),
            max_units: row["max_units"].parse().unwrap(),
            period: period(row),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    });
    let batch = pb::BatchUpdateTerritoryExceptionsRequest {
        requests: requests.collect(),
        ..Default::default()
    };
    channel.territories().batch_update_territory_exceptions(batch).await.unwrap();
}

async fn load_policies(channel: &Channel) {
    let rows = table("products.csv");
    let requests = rows.iter().filter(|row| row["sold_through"] == "DISTRIBUTOR").map(|row| {
        pb::UpdateProductRequest {
            product: Some(pb::Product {
                name: name("products", &row["product_no"]),
                gtin: row["gtin"].clone(),
                list_price: money(&row["list_price"]),
                distributor_margin: money(&row["distributor_margin"]),
                ..Default::default()
            }),
            allow_missing: true,
            ..Default::default()
        }
    });
    let batch =
        pb::BatchUpdateProductsRequest { requests: requests.collect(), ..Default::default() };
    channel.policies().batch_update_products(batch).await.unwrap();
    let step = |row: &BTreeMap<String, String>, i: u8| pb::rebate_plan::Step {
        threshold: money(&row[&format!("threshold_{i}")]),
        rate: Some(aftercare_api::google::r#type::Decimal {
            value: row[&format!("rate_{i}")].clone(),
        }),
    };
    let rows = table("rebate_plans.csv");
    let requests = rows.iter().map(|row| pb::UpdateRebatePlanRequest {
        rebate_plan: Some(pb::RebatePlan {
            name: name("rebatePlans", &row["plan_no"]),
            distributor: name("distributors", &row["distributor_no"]),
            period: period(row),
            steps: (1..=3).map(|i| step(row, i)).collect(),
            purchases: money(&row["purchases"]),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    });
    let batch =
        pb::BatchUpdateRebatePlansRequest { requests: requests.collect(), ..Default::default() };
    channel.policies().batch_update_rebate_plans(batch).await.unwrap();
}

async fn ship(channel: &Channel) {
    for rows in table("shipments.csv").chunks(1000) {
        let shipments = rows.iter().map(|row| {
            let at: jiff::civil::DateTime = row["shipped_at"].parse().unwrap();
            let at = at.in_tz("Asia/Shanghai").unwrap().timestamp();
            pb::Shipment {
                name: name("shipments", &row["line_key"]),
                shipper: name("distributors", &row["from_distributor_no"]),
                consignee: name("distributors", &row["distributor_no"]),
                ship_time: Some(aftercare_platform::wire::timestamp(at)),
                lines: vec![pb::ShipmentLine {
                    product: name("products", &row["product_no"]),
                    serials: vec![row["serial_no"].clone()],
                    lot: row["lot_no"].clone(),
                    quantity: row["quantity"].parse().unwrap(),
                    ..Default::default()
                }],
                ..Default::default()
            }
        });
        let batch = pb::BatchRecordShipmentsRequest {
            shipments: shipments.collect(),
            ..Default::default()
        };
        channel.capture().batch_record_shipments(batch).await.unwrap();
    }
}

async fn capture(channel: &Channel) -> i64 {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder().join("epcis")).unwrap().map(|f| f.unwrap().path()).collect();
    // Sightings before shipments: late shipments must judge them again.
    files.sort_by_key(|path| std::cmp::Reverse(path.clone()));
    let mut stored = 0;
    for file in files {
        let document = std::fs::read(file).unwrap();
        let request = pb::CaptureDocumentRequest { document, ..Default::default() };
        stored += channel.capture().capture_document(request).await.unwrap().into_inner().stored;
    }
    stored
}

async fn the_diversion_of_the_world_is_found_and_nothing_else(kind: Kind) {
    let channel = Channel::start(kind).await;
    load(&channel).await;
    ship(&channel).await;
    let stored = capture(&channel).await;
    assert!(stored > 1000, "{stored}");
    let window = Some(Period { start_date: day(2025, 10, 1), end_date: day(2026, 1, 1) });
    let run = pb::RunDetectionRequest { window, ..Default::default() };
    let found = channel.detection().run_detection(run).await.unwrap().into_inner();
    let mut cells: Vec<(&str, &str)> =
        found.signals.iter().map(|s| (s.distributor.as_str(), s.region.as_str())).collect();
    cells.sort_unstable();
    cells.dedup();
    assert_eq!(cells, [("distributors/d01", "350000"), ("distributors/d01", "360000")]);
    let [name] = &found.conflicts[..] else { panic!("one conflict: {:?}", found.conflicts) };
    let name = name.clone();
    let measure = pb::MeasureScaleRequest { name: name.clone(), ..Default::default() };
    let scale =
        channel.conflicts().measure_scale(measure).await.unwrap().into_inner().scale.unwrap();
    let diverted = scale.diverted.unwrap();
    println!("diverted {diverted:?}; {:?}", scale.assumptions);
    // The world's truth is 540 units.
    assert!(diverted.low <= 540 && 540 <= diverted.high, "{diverted:?}");
    let mut injured: Vec<_> = scale.regions.iter().map(|r| r.injured.as_str()).collect();
    injured.sort_unstable();
    injured.dedup();
    assert_eq!(injured, ["distributors/d02", "distributors/d03"]);
    let propose = pb::ProposeSanctionsRequest { name, intent: pb::Intent::Deliberate.into() };
    let proposed = channel.conflicts().propose_sanctions(propose).await.unwrap().into_inner();
    let deduction =
        proposed.sanctions.iter().find(|s| s.kind() == pb::SanctionKind::RebateDeduction).unwrap();
    let purchases: f64 = table("rebate_plans.csv")[0]["purchases"].parse().unwrap();
    let rate: f64 = table("rebate_plans.csv")[0]["rate_3"].parse().unwrap();
    let amount = deduction.amount.as_ref().unwrap();
    let share: f64 = deduction.rebate_share.as_ref().unwrap().value.parse().unwrap();
    let found = amount.units as f64 + f64::from(amount.nanos) / 1e9;
    assert!((found - purchases * rate * share).abs() < 0.011, "{found}");
}

mod sqlite {
    #[tokio::test]
    async fn the_diversion_of_the_world_is_found_and_nothing_else() {
        super::the_diversion_of_the_world_is_found_and_nothing_else(super::Kind::Sqlite).await;
    }
}

mod postgres {
    #[tokio::test]
    async fn the_diversion_of_the_world_is_found_and_nothing_else() {
        super::the_diversion_of_the_world_is_found_and_nothing_else(super::Kind::Postgres).await;
    }
}
