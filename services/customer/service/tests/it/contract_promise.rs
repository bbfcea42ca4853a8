//! What contracts promise reaches the clocks: the stricter promise is kept, told, and not moved by what comes later.

use super::entitlement::{Scene, activated, day, ended, machines};
use super::{call, client, on_both, request_id};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::pricing::v1 as pricing;
use aftercare_api::aftercare::r#type::v1 as common;
use aftercare_platform::testing::Kind;

on_both!(a_contract_that_promises_more_than_the_policy_is_kept);
on_both!(what_does_not_hold_at_the_report_promises_nothing);
on_both!(a_running_clock_keeps_its_promise_whatever_becomes_of_the_contract);
on_both!(a_rebase_keeps_the_stricter_promise);
on_both!(a_case_is_handled_under_the_policy_version_that_is_owed);

const HOUR: i64 = 3600;

fn hours(hours: i64) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds: hours * HOUR, nanos: 0 })
}

fn promising(response: i64, after: pricing::AfterHours) -> pricing::ContractActivated {
    pricing::ContractActivated {
        response_time: hours(response),
        after_hours: after.into(),
        ..activated(&["zj-1"], day(2026, 1))
    }
}

fn amended(from: i32, response: i64) -> pricing::ContractAmended {
    pricing::ContractAmended {
        contract: "contracts/k7".to_owned(),
        customer: "customers/c1".to_owned(),
        effective_date: day(2026, from),
        assets: machines(&["zj-1"]),
        period: Some(common::Period { start_date: day(2026, 1), end_date: day(2029, 1) }),
        coverage: pricing::CoverageLevel::Full.into(),
        response_time: hours(response),
        after_hours: pricing::AfterHours::RoundTheClock.into(),
        ..Default::default()
    }
}

/// Asks for an engineer and answers the clock until one is there.
async fn ask(scene: &Scene, id: &str, (asset, at): (&str, &str)) -> pb::Clock {
    let call = call("demo", "li", at);
    let case = pb::Case {
        customer: "customers/c1".to_owned(),
        kind: pb::CaseKind::Request.into(),
        topic: "engineer_on_site".to_owned(),
        subject: "Compressor down".to_owned(),
        assets: if asset.is_empty() { Vec::new() } else { machines(&[asset]) },
        ..Default::default()
    };
    let request = pb::CreateCaseRequest {
        case: Some(case),
        case_id: id.to_owned(),
        request_id: request_id(),
    };
    let mut client = client!(scene.suite, &call, case_service_client::CaseServiceClient);
    client.create_case(request).await.unwrap();
    explain(scene, id, at).await.clock.unwrap()
}

async fn explain(scene: &Scene, case: &str, at: &str) -> pb::ClockExplanation {
    let call = call("demo", "li", at);
    let mut client = client!(scene.suite, &call, case_service_client::CaseServiceClient);
    let name = format!("cases/{case}/clocks/on-site");
    let request = pb::ExplainClockRequest { name, ..Default::default() };
    client.explain_clock(request).await.unwrap().into_inner()
}

const TUESDAY: &str = "2026-02-24T12:00:00+08";

async fn a_contract_that_promises_more_than_the_policy_is_kept(kind: Kind) {
    let mut scene = Scene::new(kind).await;
    let plain = ask(&scene, "before", ("zj-1", TUESDAY)).await;
    assert_eq!((plain.target, plain.entitlement.as_str()), (hours(24), ""));
    scene.tell(&promising(4, pricing::AfterHours::RoundTheClock)).await;
    let kept = ask(&scene, "k1", ("zj-1", TUESDAY)).await;
    assert_eq!((kept.unit(), kept.target), (pb::TimeUnit::ClockTime, hours(4)));
    assert_eq!(kept.deadline, super::at("2026-02-24T16:00:00+08"));
    let call = super::li();
    let mut customers = client!(scene.suite, &call, customer_service_client::CustomerServiceClient);
    let get = pb::GetEntitlementRequest { name: kept.entitlement.clone() };
    let owed = customers.get_entitlement(get).await.unwrap().into_inner();
    assert_eq!(
        (owed.asset.as_str(), owed.contract.as_str()),
        ("customers/c1/assets/zj-1", "contracts/k7")
    );
    assert_eq!(
        (owed.response_time, owed.service_hours()),
        (hours(4), pb::ServiceHours::RoundTheClock)
    );
    let told = explain(&scene, "k1", TUESDAY).await;
    assert_eq!((told.policy_target, told.policy_unit()), (hours(24), pb::TimeUnit::ClockTime));
    // It was opened before the contract was told of, and keeps the promise that it began with.
    assert_eq!(explain(&scene, "before", TUESDAY).await.clock.unwrap().entitlement, "");
    // A case that concerns no machine of the contract.
    let other = ask(&scene, "k2", ("", TUESDAY)).await;
    assert_eq!((other.target, other.entitlement.as_str()), (hours(24), ""));
}

async fn what_does_not_hold_at_the_report_promises_nothing(kind: Kind) {
    let mut scene = Scene::new(kind).await;
    // Slower than the policy, then in business hours: from Friday 16:00 they end on Monday, after the policy's 24 hours.
    scene.tell(&promising(48, pricing::AfterHours::RoundTheClock)).await;
    assert_eq!(ask(&scene, "slow", ("zj-1", TUESDAY)).await.target, hours(24));
    scene.tell(&promising(4, pricing::AfterHours::BusinessHours)).await;
    let friday = ask(&scene, "friday", ("zj-1", "2026-03-06T16:00:00+08")).await;
    assert_eq!((friday.unit(), friday.target), (pb::TimeUnit::ClockTime, hours(24)));
    let tuesday = ask(&scene, "tuesday", ("zj-1", "2026-03-03T09:00:00+08")).await;
    assert_eq!((tuesday.unit(), tuesday.target), (pb::TimeUnit::BusinessTime, hours(4)));
    // Suspended or ended from 1 April on.
    scene.tell(&ended(day(2026, 4))).await;
    let march = ask(&scene, "march", ("zj-1", "2026-03-31T09:00:00+08")).await;
    assert_eq!(march.target, hours(4));
    let april = ask(&scene, "april", ("zj-1", "2026-04-01T09:00:00+08")).await;
    assert_eq!((april.target, april.entitlement.as_str()), (hours(24), ""));
}

async fn a_running_clock_keeps_its_promise_whatever_becomes_of_the_contract(kind: Kind) {
    let mut scene = Scene::new(kind).await;
    scene.tell(&promising(8, pricing::AfterHours::RoundTheClock)).await;
    let before = ask(&scene, "k1", ("zj-1", TUESDAY)).await;
    assert_eq!(before.target, hours(8));
    scene.tell(&amended(3, 2)).await;
    scene.tell(&ended(day(2026, 5))).await;
    let after = explain(&scene, "k1", TUESDAY).await.clock.unwrap();
    assert_eq!((after.target, after.deadline), (before.target, before.deadline));
    assert_eq!(after.entitlement, before.entitlement);
    // What the amendment promises holds from its day on.
    for (id, at, target) in [
        ("k2", "2026-02-28T12:00:00+08", 8),
        ("k3", "2026-03-02T12:00:00+08", 2),
        ("k4", "2026-05-06T12:00:00+08", 24),
    ] {
        assert_eq!(ask(&scene, id, ("zj-1", at)).await.target, hours(target), "{id}");
    }
}

async fn a_rebase_keeps_the_stricter_promise(kind: Kind) {
    let mut scene = Scene::new(kind).await;
    scene.tell(&promising(4, pricing::AfterHours::RoundTheClock)).await;
    ask(&scene, "k1", ("zj-1", TUESDAY)).await;
    for (policy, target, own) in [(12, 4, false), (2, 2, true)] {
        let call = super::li();
        let mut client =
            client!(scene.suite, &call, standard_service_client::StandardServiceClient);
        let name = "slaPolicies/engineer-on-site".to_owned();
        let get = pb::GetSlaPolicyRequest { name: name.clone(), ..Default::default() };
        let mut newest = client.get_sla_policy(get).await.unwrap().into_inner();
        newest.milestones[0].target = hours(policy);
        let update = pb::UpdateSlaPolicyRequest {
            sla_policy: Some(newest),
            request_id: request_id(),
            ..Default::default()
        };
        client.update_sla_policy(update).await.unwrap();
        let rebase =
            pb::RebaseClocksRequest { name, request_id: request_id(), ..Default::default() };
        client.rebase_clocks(rebase).await.unwrap();
        let clock = explain(&scene, "k1", TUESDAY).await.clock.unwrap();
        assert_eq!((clock.target, clock.entitlement.is_empty()), (hours(target), own), "{policy}");
    }
}

/// The shipped policy for engineers with another target.
async fn revise(scene: &Scene, target: i64) -> pb::SlaPolicy {
    let call = super::li();
    let mut client = client!(scene.suite, &call, standard_service_client::StandardServiceClient);
    let name = "slaPolicies/engineer-on-site".to_owned();
    let get = pb::GetSlaPolicyRequest { name, ..Default::default() };
    let mut newest = client.get_sla_policy(get).await.unwrap().into_inner();
    newest.milestones[0].target = hours(target);
    let update = pb::UpdateSlaPolicyRequest {
        sla_policy: Some(newest),
        request_id: request_id(),
        ..Default::default()
    };
    client.update_sla_policy(update).await.unwrap().into_inner()
}

async fn a_case_is_handled_under_the_policy_version_that_is_owed(kind: Kind) {
    let mut scene = Scene::new(kind).await;
    assert_eq!(revise(&scene, 12).await.version, 2);
    let policy = "slaPolicies/engineer-on-site";
    scene
        .tell(&pricing::ContractActivated {
            sla_policy: policy.to_owned(),
            ..activated(&["zj-1"], day(2026, 1))
        })
        .await;
    let own = scene.entitlements().await.remove(0);
    assert_eq!((own.sla_policy.as_str(), own.sla_policy_version), (policy, 2));
    let newest = revise(&scene, 48).await;
    assert_eq!(newest.version, 3);
    let kept = ask(&scene, "k1", ("zj-1", TUESDAY)).await;
    assert_eq!((kept.target, kept.sla_policy_version), (hours(12), 2));
    assert!(own.name.ends_with(kept.entitlement.trim_start_matches("customers/-/")));
    let told = explain(&scene, "k1", TUESDAY).await.policy_reason;
    assert_eq!(told, format!("{policy} version 2, under which {} is owed", kept.entitlement));
    // A case on no machine of the contract runs by the newest.
    let other = ask(&scene, "k2", ("", TUESDAY)).await;
    assert_eq!((other.target, other.sla_policy_version), (hours(48), 3));
    let told = explain(&scene, "k2", TUESDAY).await.policy_reason;
    assert_eq!(told, format!("{policy} version 3, the first that matches the case"));
    // A rebase takes nothing away that is owed, and an amendment keeps the version.
    let call = super::li();
    let mut client = client!(scene.suite, &call, standard_service_client::StandardServiceClient);
    let name = policy.to_owned();
    let rebase = pb::RebaseClocksRequest { name, request_id: request_id(), ..Default::default() };
    client.rebase_clocks(rebase).await.unwrap();
    let clock = explain(&scene, "k1", TUESDAY).await.clock.unwrap();
    assert_eq!((clock.target, clock.sla_policy_version), (hours(12), 2));
    scene.tell(&pricing::ContractAmended { sla_policy: policy.to_owned(), ..amended(6, 72) }).await;
    let versions: Vec<i64> =
        scene.entitlements().await.iter().map(|own| own.sla_policy_version).collect();
    assert_eq!(versions, [2, 2]);
    // Former versions can be read.
    for (version, target) in [(1, Some(24)), (2, Some(12)), (3, Some(48)), (4, None)] {
        let get = pb::GetSlaPolicyRequest { name: policy.to_owned(), version };
        let found = client.get_sla_policy(get).await;
        match target {
            Some(target) => {
                let found = found.unwrap().into_inner();
                assert_eq!((found.version, found.milestones[0].target), (version, hours(target)));
            }
            None => assert_eq!(found.unwrap_err().code(), tonic::Code::NotFound),
        }
    }
}
