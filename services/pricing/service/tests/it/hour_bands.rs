//! Calendars of hours: what share of failures falls in which band, and calendars that cannot be.

use super::contract_life::{date, micros};
use super::quote::{decimal, full_cover, installed};
use super::{call, client, fields, on_both, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::TimeOfDay;
use aftercare_platform::testing::{Kind, TestSuite};
use tonic::Status;

on_both!(failures_fall_in_the_hours_that_a_calendar_says);
on_both!(a_calendar_with_hours_twice_or_never_is_refused_by_field);
on_both!(amounts_are_rounded_as_the_policy_says);

fn band(band: pb::HourBand, day: i32, from: i32, to: i32) -> pb::WeeklyBand {
    let time = |hours| Some(TimeOfDay { hours, ..Default::default() });
    pb::WeeklyBand { band: band.into(), day, start: time(from), end: time(to) }
}

/// Business hours from 8 to 18 on five days in Germany; a year with one holiday on a Thursday.
fn calendar() -> pb::HourBands {
    let mut weekly = Vec::new();
    for day in 1..=5 {
        weekly.extend([
            band(pb::HourBand::Evening, day, 0, 8),
            band(pb::HourBand::Normal, day, 8, 18),
            band(pb::HourBand::Evening, day, 18, 24),
        ]);
    }
    weekly.extend([6, 7].map(|day| band(pb::HourBand::Weekend, day, 0, 24)));
    let holidays = date(2026, 12, 24).into_iter().collect();
    pb::HourBands { time_zone: "Europe/Berlin".to_owned(), weekly, holidays }
}

async fn change(
    suite: &TestSuite,
    path: &str,
    policy: pb::PricingPolicy,
) -> Result<pb::PricingPolicy, Status> {
    let call = call();
    let mut policies = client!(suite, &call, policy_service_client::PolicyServiceClient);
    let request = pb::UpdatePricingPolicyRequest {
        pricing_policy: Some(pb::PricingPolicy { name: "pricingPolicy".to_owned(), ..policy }),
        update_mask: Some(prost_types::FieldMask { paths: vec![path.to_owned()] }),
        request_id: request_id(),
    };
    Ok(policies.update_pricing_policy(request).await?.into_inner())
}

async fn set_hours(suite: &TestSuite, hours: pb::HourBands) -> Result<pb::PricingPolicy, Status> {
    let policy = pb::PricingPolicy { hour_bands: Some(hours), ..Default::default() };
    change(suite, "hour_bands", policy).await
}

/// A year round the clock from 1 August 2026.
fn always(id: &str, hours: pb::AfterHours) -> pb::CreateQuoteRequest {
    let mut ask = full_cover(id);
    let terms = ask.terms.as_mut().unwrap();
    (terms.term_months, terms.after_hours) = (12, hours.into());
    ask
}

async fn failures_fall_in_the_hours_that_a_calendar_says(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let clock = pb::AfterHours::RoundTheClock;
    let plain = quotes.create_quote(always("plain", clock)).await.unwrap().into_inner();
    assert!(plain.hour_shares.is_empty());
    let policy = set_hours(&suite, calendar()).await.unwrap();
    assert_eq!(policy.hour_bands, Some(calendar()));
    let quote = quotes.create_quote(always("q1", clock)).await.unwrap().into_inner();
    // 1 August 2026 to 1 August 2027 has 260 working days, one of them a holiday, 53 Saturdays and 52 Sundays; clocks are put
    // back and forward on Sundays.
    let hours = 365.0 * 24.0;
    let shares = &quote.hour_shares[0];
    let close =
        |found: f64, wanted: f64| assert!((found - wanted / hours).abs() < 1e-12, "{found}");
    close(shares.normal, 259.0 * 10.0);
    close(shares.evening, 259.0 * 14.0);
    close(shares.weekend, 105.0 * 24.0);
    close(shares.holiday, 24.0);
    assert!(
        micros(quote.price.as_ref()) > micros(plain.price.as_ref()),
        "more hours are dear ones"
    );
    // In business hours work waits for them: the calendar changes nothing.
    let business = pb::AfterHours::BusinessHours;
    let waits = quotes.create_quote(always("q2", business)).await.unwrap().into_inner();
    assert!(micros(waits.price.as_ref()) < micros(plain.price.as_ref()));

    // The calendar of a card is nearer than the policy's: here it is always evening.
    let mut night = calendar();
    night.weekly = (1..=7).map(|day| band(pb::HourBand::Evening, day, 0, 24)).collect();
    night.holidays.clear();
    let mut card = super::catalogue::rate_card("zj", "330000", 180);
    card.rate_card.as_mut().unwrap().hour_bands = Some(night);
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let request =
        pb::BatchUpdateRateCardsRequest { requests: vec![card], request_id: request_id() };
    catalogue.batch_update_rate_cards(request).await.unwrap();
    let dark = quotes.create_quote(always("q3", clock)).await.unwrap().into_inner();
    let shares = dark.hour_shares.iter().find(|own| own.rate_card == "rateCards/zj").unwrap();
    assert_eq!((shares.evening, shares.normal), (1.0, 0.0));
    let again = pb::ReproduceQuoteRequest { name: dark.name };
    assert!(quotes.reproduce_quote(again).await.unwrap().into_inner().identical);
}

async fn a_calendar_with_hours_twice_or_never_is_refused_by_field(kind: Kind) {
    let (suite, call) = (super::suite(kind).await.0, call());
    let named = async |hours: pb::HourBands| {
        let refused = set_hours(&suite, hours).await.unwrap_err();
        let strip = |field: String| field.replace("pricing_policy.hour_bands.", "");
        fields(&refused).into_iter().map(strip).collect::<Vec<_>>()
    };
    let mut short = calendar();
    short.weekly.pop();
    assert_eq!(named(short).await, ["weekly"]);
    let mut twice = calendar();
    twice.weekly.push(band(pb::HourBand::Normal, 3, 9, 10));
    assert_eq!(named(twice).await, ["weekly[17]"]);
    let mut unread = calendar();
    unread.weekly[0].band = 0;
    unread.weekly[1].day = 0;
    unread.weekly[2].end = Some(TimeOfDay { hours: 24, minutes: 1, ..Default::default() });
    unread.holidays.extend(date(2026, 12, 24));
    let wanted = ["weekly[0].band", "weekly[1].day", "weekly[2].end", "holidays[1]"];
    assert_eq!(named(unread).await, wanted);
    let mut nowhere = calendar();
    nowhere.time_zone = "Europe/Nowhere".to_owned();
    assert_eq!(named(nowhere.clone()).await, ["time_zone"]);

    let mut card = super::catalogue::rate_card("zj", "330000", 180);
    card.rate_card.as_mut().unwrap().hour_bands = Some(nowhere);
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let request =
        pb::BatchUpdateRateCardsRequest { requests: vec![card], request_id: request_id() };
    let refused = catalogue.batch_update_rate_cards(request).await.unwrap_err();
    assert!(fields(&refused)[0].ends_with("hour_bands.time_zone"), "{:?}", fields(&refused));
}

async fn amounts_are_rounded_as_the_policy_says(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let even = quotes.create_quote(full_cover("even")).await.unwrap().into_inner();
    assert_eq!(even.terms.unwrap().rounding_mode(), pb::RoundingMode::HalfEven);
    let up = pb::RoundingMode::HalfUp;
    let policy = pb::PricingPolicy { rounding_mode: up.into(), ..Default::default() };
    assert_eq!(change(&suite, "rounding_mode", policy).await.unwrap().rounding_mode(), up);
    let mut ask = full_cover("up");
    ask.terms.as_mut().unwrap().term_months = 31;
    ask.terms.as_mut().unwrap().annual_escalation = decimal("0.0333");
    let contract = super::contract_life::in_force(&suite, ask).await;
    assert_eq!(contract.terms.as_ref().unwrap().rounding_mode(), up);
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let schedule = pb::GetBillingScheduleRequest { name: contract.name.clone() };
    let fees = contracts.get_billing_schedule(schedule).await.unwrap().into_inner().fees;
    let sum: i64 = fees.iter().map(|fee| micros(fee.fee.as_ref())).sum();
    assert_eq!(sum, micros(contract.price.as_ref()), "not a minor unit gained or lost");
    // What the policy rounds by later is not the contract's.
    let even = pb::RoundingMode::HalfEven;
    let policy = pb::PricingPolicy { rounding_mode: even.into(), ..Default::default() };
    change(&suite, "rounding_mode", policy).await.unwrap();
    let got = pb::GetContractRequest { name: contract.name.clone() };
    let got = contracts.get_contract(got).await.unwrap().into_inner();
    assert_eq!(got.terms.unwrap().rounding_mode(), up);
}
