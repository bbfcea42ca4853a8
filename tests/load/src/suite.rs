//! The suite under measurement: the real binary in a process of its own, on a database of its own.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use aftercare_api::aftercare::customer::v1::{
    BatchUpdateCustomersRequest, Customer, CustomerKind, UpdateCustomerRequest,
    customer_service_client::CustomerServiceClient,
};
use anyhow::{Context, Result, bail};
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    time::{sleep, timeout},
};
use tonic::transport::Channel;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::echo;

const BATCH: u32 = 1000;

/// A running suite; dropping it kills it.
pub struct Suite {
    process: Child,
    /// Connections to it.
    pub channels: Vec<Channel>,
    /// From starting the process to its first SERVING.
    pub cold_start: Duration,
}

impl Suite {
    /// Starts it on the data directory, or on the PostgreSQL if there is one.
    pub async fn start(
        binary: &Path,
        data: &Path,
        postgres: Option<&str>,
        connections: usize,
    ) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.to_string();
        let mut command = Command::new(binary);
        command.args(["serve", "--dev", "--listen", &address, "--data-dir"]).arg(data);
        if let Some(url) = postgres {
            command.env("AFTERCARE_DATABASE__URL", url);
        }
        command.env("AFTERCARE_TELEMETRY__LOG_FILTER", "warn");
        command.stdin(Stdio::null()).kill_on_drop(true);
        // Ours is for the JSON alone.
        command.stdout(Stdio::null());
        let started = Instant::now();
        let mut process = command.spawn().context("starting the suite")?;
        let serving = timeout(Duration::from_secs(60), await_serving(&address));
        tokio::select! {
            outcome = serving => outcome.context("the suite did not serve within 60 s")??,
            status = process.wait() => bail!("the suite ended before it served: {}", status?),
        }
        let cold_start = started.elapsed();
        let channels = echo::connect(&address, connections).await?;
        Ok(Self { process, channels, cold_start })
    }

    /// Resident memory of the process now, in MB.
    pub async fn resident_megabytes(&self) -> Result<f64> {
        let id = self.process.id().context("the suite has ended")?;
        let status = tokio::fs::read_to_string(format!("/proc/{id}/status")).await?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()).context("no VmRSS")?;
        Ok(kilobytes.parse::<f64>()? / 1024.0)
    }

    /// Creates customers through the API, as an import does.
    pub async fn import_customers(&self, count: u32) -> Result<()> {
        let mut client = CustomerServiceClient::new(self.channels[0].clone());
        for start in (0..count).step_by(BATCH as usize) {
            let numbers = start..(start + BATCH).min(count);
            let requests = numbers.map(|number| UpdateCustomerRequest {
                customer: Some(customer(number)),
                allow_missing: true,
                ..Default::default()
            });
            let batch = BatchUpdateCustomersRequest {
                requests: requests.collect(),
                request_id: uuid::Uuid::new_v4().to_string(),
            };
            client.batch_update_customers(batch).await?;
            if start % 100_000 == 0 && start > 0 {
                eprintln!("  {start} customers");
            }
        }
        Ok(())
    }
}

/// Name of the customer with that number.
pub fn customer_name(number: u32) -> String {
    format!("customers/c{number:07}")
}

fn customer(number: u32) -> Customer {
    Customer {
        name: customer_name(number),
        display_name: format!("Customer {number} Compressed Air Co."),
        legal_name: format!("第{number}压缩空气有限公司"),
        kind: CustomerKind::LegalEntity as i32,
        industry: "C34".to_owned(),
        region_code: "330100".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
        language_code: "zh-CN".to_owned(),
        phone: "+86 571 8500 0000".to_owned(),
        tags: vec!["bench".to_owned()],
        ..Default::default()
    }
}

async fn await_serving(address: &str) -> Result<()> {
    loop {
        if let Ok(channels) = echo::connect(address, 1).await {
            for channel in channels {
                let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
                if answer.is_ok_and(|answer| answer.get_ref().status() == ServingStatus::Serving) {
                    return Ok(());
                }
            }
        }
        sleep(Duration::from_millis(2)).await;
    }
}
