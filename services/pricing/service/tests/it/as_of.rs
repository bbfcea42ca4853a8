//! A quote by what was known at a time, whatever was learnt or decided since.

use super::catalogue::{product, rate_card};
use super::contract_life::date;
use super::failure_model::{history, machine_event, work_event};
use super::quote::{decimal, full_cover};
use super::{client, fields, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_platform::identity::Call;
use aftercare_platform::outbox::{Consumer, deliver};
use aftercare_platform::testing::{self, Kind, TestSuite};
use jiff::Timestamp;
use pb::quote_as_of_request::Source;
use sea_orm::ConnectionTrait;
use std::sync::Arc;
use tonic::Code;

on_both!(a_quote_is_the_same_by_what_was_known_when_it_was_made);
on_both!(what_has_no_version_of_then_is_named);
on_both!(a_time_that_cannot_be_is_refused);

/// A call of this very moment: what pricing hears of is recorded by the clock.
fn now() -> Call {
    testing::call("demo", &["admin"], Timestamp::now()).unwrap()
}

fn wire(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

async fn as_of(
    suite: &TestSuite,
    source: Source,
    at: prost_types::Timestamp,
) -> Result<pb::QuoteAsOfResponse, tonic::Status> {
    let mut quotes = client!(suite, &now(), quote_service_client::QuoteServiceClient);
    let asked = pb::QuoteAsOfRequest { source: Some(source), as_of_time: Some(at) };
    Ok(quotes.quote_as_of(asked).await?.into_inner())
}

/// All of the customer's machines, by the standard offer, with a fee that follows an index; the segment is the one on record.
fn wanted(id: &str) -> pb::CreateQuoteRequest {
    pb::CreateQuoteRequest {
        customer: "customers/c1".to_owned(),
        service_product: "serviceProducts/standard".to_owned(),
        terms: Some(pb::Terms {
            term_months: 36,
            index_escalation: Some(pb::IndexEscalation {
                index: "cn-ppi".to_owned(),
                base_month: date(2024, 3, 1),
                floor: decimal("0.01"),
                cap: decimal("0.05"),
                ..Default::default()
            }),
            ..Default::default()
        }),
        start_date: date(2026, 12, 1),
        quote_id: id.to_owned(),
        request_id: request_id(),
        ..Default::default()
    }
}

async fn create(suite: &TestSuite, ask: pb::CreateQuoteRequest) -> pb::Quote {
    let mut quotes = client!(suite, &now(), quote_service_client::QuoteServiceClient);
    quotes.create_quote(ask).await.unwrap().into_inner()
}

/// What can change under a quote.
#[derive(Debug, Clone, Copy)]
enum Change {
    Policy,
    RateCard,
    Product,
    ServiceProduct,
    Segment,
    Index,
    MachineMoved,
    MachineNew,
    MachineGone,
    FailureNew,
    FailureCorrected,
    FailureGone,
    Model,
    RateCardGone,
}

const CHANGES: [Change; 14] = [
    Change::Policy,
    Change::RateCard,
    Change::Product,
    Change::ServiceProduct,
    Change::Segment,
    Change::Index,
    Change::MachineMoved,
    Change::MachineNew,
    Change::MachineGone,
    Change::FailureNew,
    Change::FailureCorrected,
    Change::FailureGone,
    Change::Model,
    Change::RateCardGone,
];

/// A repair of machine 0 at an age.
fn repair(id: &str, age_days: i64, edit: impl FnOnce(&mut customer::WorkOrderCompleted)) -> Event {
    work_event(id, 0, age_days, edit)
}

async fn hear(consumer: &Arc<dyn Consumer>, event: Event) {
    deliver(consumer.as_ref(), &[Event { id: request_id(), ..event }]).await.unwrap();
}

async fn set_policy(suite: &TestSuite, margin: &str) {
    let mut policies = client!(suite, &now(), policy_service_client::PolicyServiceClient);
    let change = pb::UpdatePricingPolicyRequest {
        pricing_policy: Some(pb::PricingPolicy {
            name: "pricingPolicy".to_owned(),
            target_margin: decimal(margin),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["target_margin".to_owned()] }),
        request_id: request_id(),
    };
    policies.update_pricing_policy(change).await.unwrap();
}

async fn set_card(suite: &TestSuite, labour: i64) {
    let mut catalogue = client!(suite, &now(), catalogue_service_client::CatalogueServiceClient);
    catalogue.update_rate_card(rate_card("r1", "330000", labour)).await.unwrap();
}

async fn set_product(suite: &TestSuite, visits: i32) {
    let mut catalogue = client!(suite, &now(), catalogue_service_client::CatalogueServiceClient);
    let mut update = product("p1", "SF");
    update.product.as_mut().unwrap().planned_visits_per_year = Some(visits);
    catalogue.update_product(update).await.unwrap();
}

async fn set_service_product(suite: &TestSuite, coverage: pb::CoverageLevel) {
    let mut catalogue = client!(suite, &now(), catalogue_service_client::CatalogueServiceClient);
    let update = pb::UpdateServiceProductRequest {
        service_product: Some(pb::ServiceProduct {
            name: "serviceProducts/standard".to_owned(),
            display_name: "Standard".to_owned(),
            terms: Some(pb::Terms {
                coverage: coverage.into(),
                response_time: Some(prost_types::Duration { seconds: 8 * 3600, nanos: 0 }),
                after_hours: pb::AfterHours::Extended.into(),
                ..Default::default()
            }),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    catalogue.update_service_product(update).await.unwrap();
}

async fn set_segment(suite: &TestSuite, segment: pb::Segment) {
    let mut segments = client!(suite, &now(), segment_service_client::SegmentServiceClient);
    let set = pb::OverrideSegmentRequest {
        name: "customers/c1/segmentAssessment".to_owned(),
        segment: segment.into(),
        reason: "As their plant manager said".to_owned(),
        ..Default::default()
    };
    segments.override_segment(set).await.unwrap();
}

async fn set_index(suite: &TestSuite, month: &str, value: &str) {
    let mut indexes = client!(suite, &now(), price_index_service_client::PriceIndexServiceClient);
    let ask = pb::BatchUpdatePriceIndexValuesRequest {
        price_index_values: vec![pb::PriceIndexValue {
            name: format!("priceIndexes/cn-ppi/values/{month}"),
            value: decimal(value),
            source: "National Bureau of Statistics, monthly release".to_owned(),
            ..Default::default()
        }],
        correct: true,
        request_id: request_id(),
    };
    indexes.batch_update_price_index_values(ask).await.unwrap();
}

async fn fit(suite: &TestSuite) {
    let mut models =
        client!(suite, &now(), failure_model_service_client::FailureModelServiceClient);
    let ask = pb::FitFailureModelRequest {
        family: "SF".to_owned(),
        // so that the day of a machine's last repair is in its price
        pricing_basis: pb::PricingBasis::Renewal.into(),
        request_id: request_id(),
        ..Default::default()
    };
    models.fit_failure_model(ask).await.unwrap();
}

async fn make(suite: &TestSuite, consumer: &Arc<dyn Consumer>, change: Change) {
    match change {
        Change::Policy => set_policy(suite, "0.27").await,
        Change::RateCard => set_card(suite, 155).await,
        Change::Product => set_product(suite, 5).await,
        Change::ServiceProduct => set_service_product(suite, pb::CoverageLevel::SharedParts).await,
        Change::Segment => set_segment(suite, pb::Segment::BasicNeeds).await,
        Change::Index => set_index(suite, "2025-03", "109").await,
        Change::MachineMoved => {
            let moved = machine_event(1, |told| "510100".clone_into(&mut told.region_code));
            hear(consumer, moved).await;
        }
        Change::MachineNew => hear(consumer, machine_event(7, |_| {})).await,
        Change::MachineGone => hear(consumer, machine_event(2, |told| told.deleted = true)).await,
        Change::FailureNew => hear(consumer, repair("late", 2_100, |_| {})).await,
        Change::FailureCorrected => {
            hear(consumer, repair("late", 1_200, |_| {})).await;
        }
        Change::FailureGone => {
            let gone = repair("w0-9", 1_972, |told| {
                told.set_kind(customer::WorkOrderKind::Preventive);
            });
            hear(consumer, gone).await;
        }
        Change::Model => fit(suite).await,
        Change::RateCardGone => {
            let mut catalogue =
                client!(suite, &now(), catalogue_service_client::CatalogueServiceClient);
            let delete =
                pb::DeleteRateCardRequest { name: "rateCards/r1".to_owned(), ..Default::default() };
            catalogue.delete_rate_card(delete).await.unwrap();
        }
    }
}

/// Everything that a quote stands on, in a first version.
async fn known(kind: Kind) -> (TestSuite, Arc<dyn Consumer>) {
    let (suite, consumer) = suite(kind).await;
    set_policy(&suite, "0.32").await;
    set_card(&suite, 120).await;
    set_product(&suite, 2).await;
    set_service_product(&suite, pb::CoverageLevel::Full).await;
    set_segment(&suite, pb::Segment::RiskAverse).await;
    set_index(&suite, "2024-03", "104.2").await;
    set_index(&suite, "2025-03", "106").await;
    deliver(consumer.as_ref(), &history()).await.unwrap();
    fit(&suite).await;
    (suite, consumer)
}

async fn a_quote_is_the_same_by_what_was_known_when_it_was_made(kind: Kind) {
    let (suite, consumer) = known(kind).await;
    let mut made = vec![create(&suite, wanted("q0")).await];
    for (i, change) in CHANGES.into_iter().enumerate() {
        make(&suite, &consumer, change).await;
        let quote = create(&suite, wanted(&format!("q{}", i + 1))).await;
        let before = made.last().unwrap();
        assert_ne!(quote.input_digest, before.input_digest, "{change:?} changes nothing");
        made.push(quote);
    }
    for (i, quote) in made.iter().enumerate() {
        let at = quote.create_time.unwrap();
        let replayed = as_of(&suite, Source::Name(quote.name.clone()), at).await.unwrap();
        assert_eq!(replayed.quote.as_ref(), Some(quote), "{:?}", CHANGES.get(i));
        assert!(replayed.identical && replayed.digest == replayed.stored_digest);
        assert_eq!(replayed.as_known_today, [""; 0]);
        // The first request at each of those times gives the figures of the quote that was made then.
        let request = as_of(&suite, Source::Request(wanted("q0")), at).await.unwrap();
        assert_eq!(request.digest, replayed.digest);
        assert_eq!(request.quote.unwrap().input_digest, quote.input_digest);
        assert!(!request.identical && request.stored_digest.is_empty());
    }
    let last = made.last().unwrap().create_time.unwrap();
    let first = as_of(&suite, Source::Name("quotes/q0".to_owned()), last).await.unwrap();
    assert!(!first.identical && first.quote.unwrap().input_digest != made[0].input_digest);
    // Nothing was kept.
    let mut quotes = client!(suite, &now(), quote_service_client::QuoteServiceClient);
    let listed = quotes.list_quotes(pb::ListQuotesRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.quotes.len(), made.len());
}

async fn what_has_no_version_of_then_is_named(kind: Kind) {
    let (suite, consumer) = known(kind).await;
    let quote = create(&suite, wanted("q0")).await;
    set_product(&suite, 5).await;
    // As a database stands that was made before versions were kept.
    let write = consumer.home().write(&now(), "", &()).await.unwrap();
    for sql in [
        "DELETE FROM pricing_history",
        "UPDATE pricing_machine SET record_time = 0",
        "UPDATE pricing_failure SET record_time = 0",
        "UPDATE pricing_quote SET request = NULL",
    ] {
        write.tx().execute_unprepared(sql).await.unwrap();
    }
    write.commit(()).await.unwrap();
    let at = quote.create_time.unwrap();
    let found = as_of(&suite, Source::Request(wanted("q0")), at).await.unwrap();
    assert_eq!(found.as_known_today, ["assets", "failures", "products"]);
    let today = as_of(&suite, Source::Request(wanted("q0")), wire(Timestamp::now())).await.unwrap();
    assert_eq!(found.digest, today.digest, "today's product for want of that of then");
    // Without its request a quote is priced on its own machines and the terms that were agreed.
    let unasked = as_of(&suite, Source::Name(quote.name), at).await.unwrap();
    assert_eq!((unasked.digest, unasked.identical), (found.digest, false));
    assert_eq!(unasked.as_known_today, found.as_known_today);
}

async fn a_time_that_cannot_be_is_refused(kind: Kind) {
    let (suite, _) = known(kind).await;
    let quote = create(&suite, wanted("q0")).await;
    let at = quote.create_time.unwrap();
    let mut quotes = client!(suite, &now(), quote_service_client::QuoteServiceClient);
    let blank = quotes.quote_as_of(pb::QuoteAsOfRequest::default()).await.unwrap_err();
    assert_eq!(fields(&blank), ["as_of_time", "source"]);
    let later = prost_types::Timestamp { seconds: at.seconds + 3600, ..at };
    let future = as_of(&suite, Source::Request(wanted("q0")), later).await.unwrap_err();
    assert_eq!(fields(&future), ["as_of_time"]);
    // Before anything was heard of.
    let early = prost_types::Timestamp { seconds: at.seconds - 86_400, ..at };
    let unknown = as_of(&suite, Source::Request(wanted("q0")), early).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound, "no service product then");
    let mut bare = full_cover("q0");
    bare.start_date = date(2026, 12, 1);
    let nobody = as_of(&suite, Source::Request(bare), early).await.unwrap_err();
    assert_eq!(reason(&nobody), "QUOTE_WITHOUT_ASSETS");
    let none = as_of(&suite, Source::Name("quotes/none".to_owned()), at).await.unwrap_err();
    assert_eq!(none.code(), Code::NotFound);
    // A wrong request is refused as by CreateQuote.
    let wrong = pb::CreateQuoteRequest { customer: "c1".to_owned(), ..wanted("q0") };
    let wrong = as_of(&suite, Source::Request(wrong), at).await.unwrap_err();
    assert_eq!(fields(&wrong), ["customer"]);
}
