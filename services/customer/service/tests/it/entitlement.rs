//! Contracts of pricing become entitlements: a redelivered event changes nothing, amendments and suspensions leave what was
//! owed before as it was.

use super::{client, furnish, li, on_both};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::pricing::v1 as pricing;
use aftercare_api::aftercare::r#type::v1 as common;
use aftercare_api::google::r#type::Date;
use aftercare_platform::outbox::{Consumer, deliver};
use aftercare_platform::testing::{Kind, TestSuite};
use prost::{Message, Name};
use std::sync::{Arc, Mutex};

on_both!(a_contract_entitles_its_machines);
on_both!(entitlements_follow_amendments_and_suspensions);

pub(crate) struct Scene {
    pub suite: TestSuite,
    consumer: Arc<dyn Consumer>,
    told: usize,
}

impl Scene {
    pub async fn new(kind: Kind) -> Self {
        let heard: Arc<Mutex<Vec<_>>> = Arc::default();
        let keep = Arc::clone(&heard);
        let module: Box<dyn FnOnce(_) -> _ + Send> = Box::new(move |context| {
            let module = aftercare_customer::module(context);
            keep.lock().unwrap().extend(module.consumers.iter().cloned());
            module
        });
        let service = ("customer", aftercare_customer::migrations(), module);
        let suite = TestSuite::start(kind, vec![service]).await.unwrap();
        furnish(&suite, &li()).await;
        let consumer = heard.lock().unwrap()[0].clone();
        Self { suite, consumer, told: 0 }
    }

    /// Tells twice, as a carrier may.
    pub async fn tell<M: Message + Name>(&mut self, told: &M) {
        self.told += 1;
        let event = common::Event {
            id: format!("e{}", self.told),
            source: "/pricing".to_owned(),
            r#type: M::full_name(),
            tenant: "demo".to_owned(),
            data: told.encode_to_vec(),
            ..Default::default()
        };
        for _ in 0..2 {
            deliver(self.consumer.as_ref(), std::slice::from_ref(&event)).await.unwrap();
        }
    }

    pub async fn entitlements(&self) -> Vec<pb::Entitlement> {
        let call = li();
        let mut client = client!(self.suite, &call, customer_service_client::CustomerServiceClient);
        let list =
            pb::ListEntitlementsRequest { parent: "customers/c1".to_owned(), ..Default::default() };
        client.list_entitlements(list).await.unwrap().into_inner().entitlements
    }

    /// Machine, first day, first day after, parts: sorted.
    async fn spans(&self) -> Vec<(String, String, String, bool)> {
        let text = |date: Option<Date>| {
            date.map(|d| format!("{}-{:02}-{:02}", d.year, d.month, d.day)).unwrap_or_default()
        };
        let spans = self.entitlements().await.into_iter().map(|own| {
            let period = own.period.unwrap_or_default();
            let machine = own.asset.rsplit('/').next().unwrap().to_owned();
            (machine, text(period.start_date), text(period.end_date), own.parts_covered)
        });
        let mut spans: Vec<_> = spans.collect();
        spans.sort();
        spans
    }
}

pub(crate) const fn day(year: i32, month: i32) -> Option<Date> {
    Some(Date { year, month, day: 1 })
}

pub(crate) fn machines(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| format!("customers/c1/assets/{id}")).collect()
}

pub(crate) fn activated(ids: &[&str], effective: Option<Date>) -> pricing::ContractActivated {
    pricing::ContractActivated {
        contract: "contracts/k7".to_owned(),
        customer: "customers/c1".to_owned(),
        assets: machines(ids),
        period: Some(common::Period { start_date: day(2026, 1), end_date: day(2029, 1) }),
        coverage: pricing::CoverageLevel::Full.into(),
        effective_date: effective,
        ..Default::default()
    }
}

pub(crate) fn ended(day: Option<Date>) -> pricing::ContractEnded {
    pricing::ContractEnded {
        contract: "contracts/k7".to_owned(),
        end_date: day,
        ..Default::default()
    }
}

async fn a_contract_entitles_its_machines(kind: Kind) {
    let mut scene = Scene::new(kind).await;
    scene.tell(&activated(&["zj-1"], day(2026, 1))).await;
    let found = scene.entitlements().await;
    assert_eq!((found.len(), found[0].etag.as_str()), (1, "\"1\""));
    assert_eq!(found[0].state(), pb::EntitlementState::Active);
    assert!(found[0].parts_covered && found[0].contract == "contracts/k7");
    scene.tell(&ended(day(2026, 2))).await;
    assert_eq!(scene.entitlements().await[0].state(), pb::EntitlementState::Ended);
}

async fn entitlements_follow_amendments_and_suspensions(kind: Kind) {
    let mut scene = Scene::new(kind).await;
    let amended = |ids: &[&str], from, coverage: pricing::CoverageLevel| pricing::ContractAmended {
        contract: "contracts/k7".to_owned(),
        customer: "customers/c1".to_owned(),
        effective_date: from,
        assets: machines(ids),
        period: Some(common::Period { start_date: day(2026, 1), end_date: day(2029, 1) }),
        coverage: coverage.into(),
        ..Default::default()
    };
    let full = pricing::CoverageLevel::Full;
    let span = |id: &str, from: &str, to: &str, parts| {
        (id.to_owned(), from.to_owned(), to.to_owned(), parts)
    };
    scene.tell(&amended(&["zj-9"], day(2026, 2), full)).await;
    assert!(scene.spans().await.is_empty(), "a contract that is not in force entitles nobody");

    scene.tell(&activated(&["zj-1", "zj-2"], day(2026, 1))).await;
    let before = scene.entitlements().await;
    // The first machine goes out and two come in: no name moves to another machine.
    scene.tell(&amended(&["zj-2", "zj-3", "zj-4"], day(2026, 6), full)).await;
    let (kept, begin, end) = ("zj-2", "2026-01-01", "2029-01-01");
    assert_eq!(
        scene.spans().await,
        [
            span("zj-1", begin, "2026-06-01", true),
            span(kept, begin, end, true),
            span("zj-3", "2026-06-01", end, true),
            span("zj-4", "2026-06-01", end, true),
        ]
    );
    for own in scene.entitlements().await {
        for old in before.iter().filter(|old| old.name == own.name) {
            assert_eq!(old.asset, own.asset, "{}", own.name);
        }
    }
    // Parts are no longer borne from October on, and a machine that was to come in December will not.
    let labour = pricing::CoverageLevel::LabourOnly;
    scene.tell(&amended(&["zj-2", "zj-3", "zj-4"], day(2026, 10), labour)).await;
    scene.tell(&amended(&["zj-2", "zj-3", "zj-4", "zj-5"], day(2026, 12), labour)).await;
    scene.tell(&ended(day(2026, 11))).await;
    scene
        .tell(&pricing::ContractActivated {
            coverage: labour.into(),
            ..activated(&["zj-2", "zj-3", "zj-4"], day(2027, 2))
        })
        .await;
    let spans = scene.spans().await;
    let of = |id: &str| -> Vec<(&str, &str, bool)> {
        let own = spans.iter().filter(|own| own.0 == id);
        own.map(|own| (own.1.as_str(), own.2.as_str(), own.3)).collect()
    };
    assert_eq!(of("zj-1"), [(begin, "2026-06-01", true)], "what was owed stays as it was");
    assert_eq!(
        of(kept),
        [
            (begin, "2026-10-01", true),
            ("2026-10-01", "2026-11-01", false),
            ("2027-02-01", end, false),
        ]
    );
    assert_eq!(of("zj-5"), [("2026-12-01", "2026-12-01", false)], "of no day");
    let never = scene.entitlements().await.into_iter().find(|own| own.asset.ends_with("zj-5"));
    assert_eq!(never.unwrap().state(), pb::EntitlementState::Ended);
    let mut names: Vec<String> = scene.entitlements().await.into_iter().map(|e| e.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), spans.len());
}
