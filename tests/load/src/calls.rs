//! Reads and writes of the suite in a closed loop, each beside the least that its platform could do.

use aftercare_api::aftercare::customer::v1::{
    Case, CaseKind, ComplaintCategory, CreateCaseRequest, GetCustomerRequest,
    case_service_client::CaseServiceClient, customer_service_client::CustomerServiceClient,
};
use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::{
    Plan, bare_insert, closed_loop,
    closed_loop::Load,
    echo::Echo,
    latency,
    report::Measurement,
    suite::{Suite, customer_name},
};

const CONNECTIONS: usize = 4;
const CALLERS: usize = 64;
const ROUNDS: usize = 3;

/// On SQLite: cold start and memory of the empty suite, then reads against an echo and writes against bare inserts.
pub async fn on_sqlite(plan: &Plan) -> Result<Vec<Measurement>> {
    let data = TempDir::new()?;
    let suite = Suite::start(&plan.binary, data.path(), None, CONNECTIONS).await?;
    let cold_start = suite.cold_start.as_secs_f64() * 1e3;
    tokio::time::sleep(plan.round()).await;
    let mut measurements = vec![
        Measurement::cost(
            "cold start to SERVING, new SQLite, against the limit",
            "ms",
            cold_start,
            300.0,
            1.0,
        ),
        Measurement::cost(
            "idle memory, against the limit",
            "MB",
            suite.resident_megabytes().await?,
            60.0,
            1.0,
        ),
    ];
    let customers = if plan.short { 20_000 } else { 1_000_000 };
    eprintln!("importing {customers} customers");
    suite.import_customers(customers).await?;
    measurements.extend(reads(plan, &suite, customers).await?);
    measurements.extend(latency::view(plan, &suite, customers).await?);
    measurements.push(latency::quote(plan, &suite).await?);

    let mut pairs = Vec::new();
    for _ in 0..ROUNDS {
        let directory = TempDir::new_in(data.path())?;
        let bare = bare_insert::sqlite(directory.path(), plan.round())?;
        pairs.push((create_cases(plan, &suite, customers).await?, bare));
    }
    measurements.push(writes("SQLite, against one bare prepared insert a commit", pairs)?);
    Ok(measurements)
}

/// On PostgreSQL: durable writes against bare inserts of as many connections as there are callers.
pub async fn on_postgres(plan: &Plan) -> Result<Vec<Measurement>> {
    let data = TempDir::new()?;
    let suite = Suite::start(&plan.binary, data.path(), Some(&plan.postgres), CONNECTIONS).await?;
    let customers = 1000;
    suite.import_customers(customers).await?;
    let mut pairs = Vec::new();
    for _ in 0..ROUNDS {
        let bare = bare_insert::postgres(&plan.postgres, CALLERS, plan.round()).await?;
        pairs.push((create_cases(plan, &suite, customers).await?, bare));
    }
    Ok(vec![writes("PostgreSQL, against bare prepared inserts, one a commit", pairs)?])
}

/// One at a time for the latency, many at a time for the throughput; rounds of ours and of the echo take turns, so
/// that whatever else the machine does falls on both.
async fn reads(plan: &Plan, suite: &Suite, customers: u32) -> Result<Vec<Measurement>> {
    let echo = Echo::start(CONNECTIONS).await?;
    let mut measurements = Vec::new();
    for (callers, unit) in [(1, "one caller"), (CALLERS, "saturated")] {
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bare.push(echo.drive(callers, plan.round()).await?);
            ours.push(get_customers(plan, suite, customers, callers).await?);
        }
        let (ours, bare) = (closed_loop::median(ours)?, closed_loop::median(bare)?);
        tell(&format!("GetCustomer, {unit}"), &ours);
        tell(&format!("echo, {unit}"), &bare);
        let name =
            format!("GetCustomer of {customers} on SQLite, {unit}, against a bare tonic echo");
        measurements.push(Measurement::rate(name, "1/s", ours.per_second, bare.per_second, 0.5));
    }
    Ok(measurements)
}

async fn get_customers(plan: &Plan, suite: &Suite, customers: u32, callers: usize) -> Result<Load> {
    let channels = suite.channels.clone();
    let call = move |caller: usize, number: u64| {
        let mut client = CustomerServiceClient::new(channels[caller % channels.len()].clone());
        // A stride coprime to the count visits all of them far apart, so that no page of the file stays under the hand.
        let name = customer_name((number.wrapping_mul(7_919_111) % u64::from(customers)) as u32);
        async move {
            let request = GetCustomerRequest { name: name.clone(), ..Default::default() };
            let answer = client.get_customer(request).await?;
            ensure!(answer.get_ref().name == name, "asked for {name}");
            Ok(())
        }
    };
    closed_loop::drive(callers, plan.round(), call).await
}

async fn create_cases(plan: &Plan, suite: &Suite, customers: u32) -> Result<Load> {
    let channels = suite.channels.clone();
    let call = move |caller: usize, number: u64| {
        let mut client = CaseServiceClient::new(channels[caller % channels.len()].clone());
        let case = Case {
            customer: customer_name((number % u64::from(customers)) as u32),
            kind: CaseKind::Complaint as i32,
            category: ComplaintCategory::ProductQuality as i32,
            subject: "Discharge temperature above 105 degrees at half load".to_owned(),
            description: "The unit trips two hours after start; oil was changed last month."
                .to_owned(),
            ..Default::default()
        };
        async move {
            let request_id = uuid::Uuid::new_v4().to_string();
            client
                .create_case(CreateCaseRequest {
                    case: Some(case),
                    request_id,
                    ..Default::default()
                })
                .await?;
            Ok(())
        }
    };
    closed_loop::drive(CALLERS, plan.round(), call).await
}

/// The median of the rounds' ratios with the values of that round.
fn writes(database: &str, pairs: Vec<(Load, f64)>) -> Result<Measurement> {
    let mut pairs = pairs;
    pairs.sort_by(|(a, x), (b, y)| (a.per_second / x).total_cmp(&(b.per_second / y)));
    let middle = pairs.len() / 2;
    ensure!(!pairs.is_empty(), "no round was measured");
    let (ours, bare) = pairs.swap_remove(middle);
    tell(&format!("CreateCase, {CALLERS} callers, {database}"), &ours);
    let name = format!("durable CreateCase, {database}");
    Ok(Measurement::rate(name, "1/s", ours.per_second, bare, 0.5))
}

fn tell(what: &str, load: &Load) {
    eprintln!("  {what}: {:.0}/s, p50 {:?}, p99 {:?}", load.per_second, load.p50, load.p99);
}
