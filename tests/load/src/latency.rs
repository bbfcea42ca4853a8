//! Answers that people wait for, one caller at a time, against limits: the view of one customer, a quote.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aftercare_api::{
    aftercare::{
        customer::v1::{
            Asset, CreateAssetRequest, GetCustomer360Request, SourceReport,
            asset_service_client::AssetServiceClient,
            customer_service_client::CustomerServiceClient,
        },
        pricing::v1::{
            BatchUpdateProductsRequest, CoverageLevel, CreateQuoteRequest, Product, Terms,
            UpdateProductRequest, catalogue_service_client::CatalogueServiceClient,
            quote_service_client::QuoteServiceClient,
        },
    },
    google::r#type::Date,
};
use anyhow::{Context, Result, ensure};
use tokio::time::{Instant, sleep};

use crate::{
    Plan, closed_loop,
    report::Measurement,
    suite::{Suite, customer_name},
};

/// 99 % of the views of one of so many customers, from our own data, within 10 ms; and in the same run what a view takes beside
/// the slowest of the sources that it asked, which may be 10 ms less.
pub async fn view(plan: &Plan, suite: &Suite, customers: u32) -> Result<[Measurement; 2]> {
    let channels = suite.channels.clone();
    let slowest: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let seen = Arc::clone(&slowest);
    let call = move |_, number: u64| {
        let mut client = CustomerServiceClient::new(channels[0].clone());
        let name = customer_name((number.wrapping_mul(7_919_111) % u64::from(customers)) as u32);
        let seen = Arc::clone(&seen);
        async move {
            let request = GetCustomer360Request { name: name.clone(), ..Default::default() };
            let answer = client.get_customer360(request).await?.into_inner();
            ensure!(answer.customer.is_some_and(|found| found.name == name), "asked for {name}");
            let others = answer.sources.iter().filter(|report| report.source != "customer");
            let latency = |report: &SourceReport| Duration::try_from(report.latency?).ok();
            let slowest = others.filter_map(latency).max();
            let slowest = slowest.context("a view that asked no source")?;
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(slowest);
            Ok(())
        }
    };
    let load = closed_loop::drive(1, plan.round(), call).await?;
    let mut slowest = std::mem::take(&mut *slowest.lock().unwrap_or_else(PoisonError::into_inner));
    slowest.sort_unstable();
    let at = |share: f64| slowest.get((share * slowest.len() as f64) as usize).copied();
    let (half, most) = at(0.5).zip(at(0.99)).context("no source was asked")?;
    eprintln!("  GetCustomer360: p50 {:?}, p99 {:?}", load.p50, load.p99);
    eprintln!("  the slowest source of each: p50 {half:?}, p99 {most:?}");
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let own = format!("GetCustomer360 of {customers} on SQLite, p99, against the limit");
    let beside = format!("GetCustomer360 of {customers}, p99, against its slowest source + 10 ms");
    let view = milliseconds(load.p99);
    Ok([
        Measurement::cost(own, "ms", view, 10.0, 1.0),
        Measurement::cost(beside, "ms", view, milliseconds(most) + 10.0, 1.0),
    ])
}

/// Half of the quotes of one machine within 1 ms, everything but the commit: `validate_only`.
pub async fn quote(plan: &Plan, suite: &Suite) -> Result<Measurement> {
    install(suite).await?;
    let channels = suite.channels.clone();
    let call = move |_, _| {
        let mut client = QuoteServiceClient::new(channels[0].clone());
        async move {
            let answer = client.create_quote(request()).await?.into_inner();
            ensure!(answer.lines.len() == 1, "a quote of {} machines", answer.lines.len());
            Ok(())
        }
    };
    let load = closed_loop::drive(1, plan.round(), call).await?;
    eprintln!("  CreateQuote, validate_only: p50 {:?}, p99 {:?}", load.p50, load.p99);
    let name = "CreateQuote of one machine, nothing kept, p50, against the limit";
    Ok(Measurement::cost(name, "ms", load.p50.as_secs_f64() * 1e3, 1.0, 1.0))
}

fn request() -> CreateQuoteRequest {
    CreateQuoteRequest {
        customer: customer_name(0),
        terms: Some(Terms {
            term_months: 36,
            coverage: CoverageLevel::Full.into(),
            ..Default::default()
        }),
        validate_only: true,
        ..Default::default()
    }
}

/// One machine of the first customer, which pricing learns of by the event.
async fn install(suite: &Suite) -> Result<()> {
    let channel = suite.channels[0].clone();
    let product = Product {
        name: "products/bench".to_owned(),
        display_name: "Screw compressor".to_owned(),
        family: "SF".to_owned(),
        ..Default::default()
    };
    let update =
        UpdateProductRequest { product: Some(product), allow_missing: true, ..Default::default() };
    let batch = BatchUpdateProductsRequest {
        requests: vec![update],
        request_id: uuid::Uuid::new_v4().to_string(),
    };
    CatalogueServiceClient::new(channel.clone()).batch_update_products(batch).await?;
    let asset = Asset {
        serial_number: "BENCH-1".to_owned(),
        product: "products/bench".to_owned(),
        commission_date: Some(Date { year: 2020, month: 6, day: 1 }),
        region_code: "330100".to_owned(),
        ..Default::default()
    };
    let create = CreateAssetRequest {
        parent: customer_name(0),
        asset: Some(asset),
        asset_id: "bench-1".to_owned(),
        request_id: uuid::Uuid::new_v4().to_string(),
    };
    AssetServiceClient::new(channel.clone()).create_asset(create).await?;
    let mut quotes = QuoteServiceClient::new(channel);
    let until = Instant::now() + Duration::from_secs(30);
    while let Err(refused) = quotes.create_quote(request()).await {
        ensure!(Instant::now() < until, "pricing never learned of the machine: {refused}");
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
