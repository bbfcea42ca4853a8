//! The whole way of a service contract: an ERP's export comes in through the bridge, a model is fitted to its work orders, a
//! contract is quoted, agreed and served for three simulated years, and is renewed by what those years have shown.

// All of this file is test, also what stands outside of the test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use aftercare_api::aftercare::{
    bridge::v1 as bridge, customer::v1 as customer, pricing::v1 as pricing,
};
use aftercare_api::google::r#type::{Date, Decimal, Money};
use aftercare_platform::identity::Call;
use aftercare_platform::link::LinkTransport;
use aftercare_platform::testing::{self, Kind, TestSuite};
use bridge::connection_service_client::ConnectionServiceClient;
use bridge::plugin_service_client::PluginServiceClient;
use bridge::sync_service_client::SyncServiceClient;
use customer::customer_service_client::CustomerServiceClient;
use pricing::contract_service_client::ContractServiceClient;
use pricing::failure_model_service_client::FailureModelServiceClient;
use pricing::quote_service_client::QuoteServiceClient;
use prost::Message;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const CSV: &str = "libaftercare_adapter_csv.so";
/// A customer of the sample world with fourteen machines.
const CUSTOMER: &str = "customers/c0007";
const STREAMS: [&str; 7] =
    ["parts", "rate_cards", "customers", "contacts", "products", "assets", "work_orders"];
const START: Date = Date { year: 2026, month: 4, day: 1 };
const END: Date = Date { year: 2029, month: 4, day: 1 };
/// Repairs of each machine in the three years.
const REPAIRS: usize = 4;

#[tokio::test]
async fn a_contract_from_the_erps_export_to_its_renewal_on_sqlite() {
    three_years(Kind::Sqlite).await;
}

#[tokio::test]
async fn a_contract_from_the_erps_export_to_its_renewal_on_postgres() {
    three_years(Kind::Postgres).await;
}

async fn three_years(kind: Kind) {
    let world = World::start(kind).await;
    let signing = at("2026-03-02");
    world.connect(&signing).await;
    world.sync(&signing).await;
    fit_models(&world, &signing).await;
    let contract = agree(&world, &signing).await;
    assert_eq!((contract.assets.len(), contract.fees.len()), (14, 3));
    entitled(&world, &signing, &contract.name, contract.assets.len()).await;

    // Three years pass; the ERP's next export holds their work.
    let ending = at("2029-03-05");
    let work = write_work(&world.folder().join("work_orders.csv"));
    world.sync(&ending).await;
    let found = profitability(&world, &ending, &contract.name, work.orders).await;
    // What was excluded was done and not billed: it is cost, and leakage.
    assert_eq!(cents(found.actual_cost.as_ref()), work.covered + work.excluded, "{found:?}");
    assert_eq!(cents(found.leakage.as_ref()), work.excluded, "{found:?}");
    assert_eq!(found.leaked_work.len(), 1);
    assert!(found.expected_failure_count > 1.0 && (0.0..=1.0).contains(&found.surprise));

    let mut contracts = ContractServiceClient::new(world.to("pricing", &ending));
    let ask = pricing::ProposeRenewalRequest { name: contract.name.clone(), ..Default::default() };
    let proposal = contracts.propose_renewal(ask).await.unwrap().into_inner();
    let between = |low: f64, x: f64, high: f64| low.min(high) <= x && x <= low.max(high);
    assert!(proposal.credibility > 0.0 && proposal.credibility < 1.0, "{proposal:?}");
    let (own, class) = (proposal.actual_to_expected, proposal.class_factor);
    assert!(between(own, proposal.blended_factor, class), "{proposal:?}");
    let last = cents(contract.fees.last().unwrap().fee.as_ref()) as f64;
    assert!(cents(proposal.price.as_ref()) > 0 && last > 0.0 && !proposal.reason.is_empty());

    // Nobody gave notice: on its last day the contract renews itself at the agreed escalation.
    let ran = world.suite.run_due("pricing", "2029-04-01T00:00:01Z".parse().unwrap()).await;
    ran.unwrap();
    let after = at("2029-04-02");
    let next = renewal_of(&world, &after, &contract.name).await;
    assert_eq!(next.assets, contract.assets);
    assert_eq!(next.period.unwrap().start_date, Some(END));
    let first = cents(next.fees.first().unwrap().fee.as_ref()) as f64;
    assert!((first / last - 1.03).abs() < 1e-3, "3 % over the last fee: {first} after {last}");
    entitled(&world, &after, &next.name, next.assets.len()).await;
}

/// Services on a database, a plugin directory, and the ERP's folder.
struct World {
    suite: TestSuite,
    plugins: tempfile::TempDir,
    erp: tempfile::TempDir,
}

impl World {
    async fn start(kind: Kind) -> Self {
        let (plugins, erp) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::copy(csv_library(), plugins.path().join(CSV)).unwrap();
        let export = Path::new(env!("CARGO_MANIFEST_DIR")).join("../world/erp");
        for stream in STREAMS {
            let file = format!("{stream}.csv");
            std::fs::copy(export.join(&file), erp.path().join(&file)).unwrap();
        }
        let folder = plugins.path().to_owned();
        let services: Vec<testing::ServiceUnderTest> = vec![
            (
                "bridge",
                aftercare_bridge::migrations(),
                Box::new(move |context| aftercare_bridge::module(context, folder)),
            ),
            ("channel", aftercare_channel::migrations(), Box::new(aftercare_channel::module)),
            ("customer", aftercare_customer::migrations(), Box::new(aftercare_customer::module)),
            ("pricing", aftercare_pricing::migrations(), Box::new(aftercare_pricing::module)),
        ];
        let suite = TestSuite::start(kind, services).await.unwrap();
        Self { suite, plugins, erp }
    }

    fn folder(&self) -> &Path {
        self.erp.path()
    }

    fn to(&self, service: &str, call: &Call) -> LinkTransport {
        self.suite.client(service, call).unwrap()
    }

    async fn connect(&self, call: &Call) {
        assert!(self.plugins.path().join(CSV).exists());
        let load = bridge::LoadPluginRequest { file: CSV.to_owned(), request_id: String::new() };
        PluginServiceClient::new(self.to("bridge", call)).load_plugin(load).await.unwrap();
        let folder = self.folder().to_str().unwrap().to_owned();
        let kind = Some(prost_types::value::Kind::StringValue(folder));
        let fields = [("folder".to_owned(), prost_types::Value { kind })].into();
        let request = bridge::CreateConnectionRequest {
            connection_id: "erp".to_owned(),
            connection: Some(bridge::Connection {
                plugin: "plugins/csv".to_owned(),
                configuration: Some(prost_types::Struct { fields }),
                ..Default::default()
            }),
            ..Default::default()
        };
        let mut connections = ConnectionServiceClient::new(self.to("bridge", call));
        connections.create_connection(request).await.unwrap();
    }

    /// Reads the whole folder, as a nightly run does.
    async fn sync(&self, call: &Call) {
        let mut syncs = SyncServiceClient::new(self.to("bridge", call));
        let request = bridge::RunSyncRequest {
            parent: "connections/erp".to_owned(),
            streams: STREAMS.map(str::to_owned).to_vec(),
            ..Default::default()
        };
        let operation = syncs.run_sync(request).await.unwrap().into_inner();
        let metadata = operation.metadata.unwrap();
        let metadata = bridge::RunSyncMetadata::decode(metadata.value.as_slice()).unwrap();
        let watch = bridge::WatchSyncRunRequest { name: metadata.sync_run, after_revision: 0 };
        let mut runs = syncs.watch_sync_run(watch).await.unwrap().into_inner();
        let mut last = None;
        while let Some(run) = runs.message().await.unwrap() {
            last = Some(run);
        }
        let last = last.unwrap();
        // Three rows of the world's customers are broken on purpose.
        assert_eq!(last.state(), bridge::SyncState::SucceededWithQuarantine, "{last:#?}");
        assert_eq!(last.streams.iter().map(|stream| stream.quarantined).sum::<i64>(), 3);
    }
}

/// The adapter's library, built.
fn csv_library() -> PathBuf {
    let arguments =
        ["build", "--quiet", "--package", "aftercare-adapter-csv", "--message-format", "json"];
    let built = Command::new(env!("CARGO")).args(arguments).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let text = String::from_utf8(built.stdout).unwrap();
    let end = text.rfind(&format!("{CSV}\"")).unwrap() + CSV.len();
    PathBuf::from(&text[text[..end].rfind('"').unwrap() + 1..end])
}

fn at(day: &str) -> Call {
    testing::call("demo", &["admin"], format!("{day}T02:00:00Z").parse().unwrap()).unwrap()
}

fn cents(money: Option<&Money>) -> i64 {
    money.map_or(0, |money| money.units * 100 + i64::from(money.nanos) / 10_000_000)
}

/// Asks again until it is there: events travel behind the calls.
async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    for _ in 0..600 {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what}: not within a minute");
}

/// One model for every family that has evidence.
async fn fit_models(world: &World, call: &Call) {
    let models = || FailureModelServiceClient::new(world.to("pricing", call));
    let rows = std::fs::read_to_string(world.folder().join("work_orders.csv")).unwrap();
    let repairs = rows.lines().filter(|row| row.contains(",CORRECTIVE,")).count();
    let evidence = eventually("evidence of every repair", || async {
        let ask = pricing::SummariseFailureEvidenceRequest::default();
        let found = models().summarise_failure_evidence(ask).await.unwrap().into_inner();
        // Repairs of customers whose rows are broken do not come in.
        (found.event_count as usize * 100 >= repairs * 95).then_some(found)
    });
    let families = evidence.await.summaries.into_iter().map(|summary| summary.family);
    let mut fitted = 0;
    for family in families.filter(|family| !family.is_empty()) {
        let ask = pricing::FitFailureModelRequest {
            family,
            observation_start_date: Some(Date { year: 2017, month: 1, day: 1 }),
            observation_end_date: Some(Date { year: 2026, month: 3, day: 1 }),
            ..Default::default()
        };
        let model = models().fit_failure_model(ask).await.unwrap().into_inner();
        assert!(!model.modes.is_empty());
        fitted += 1;
    }
    assert!(fitted >= 4, "{fitted} families");
}

/// Three years of full cover that renew themselves; calls because the power was off are excluded.
async fn agree(world: &World, call: &Call) -> pricing::Contract {
    let mut quotes = QuoteServiceClient::new(world.to("pricing", call));
    let ask = pricing::CreateQuoteRequest {
        customer: CUSTOMER.to_owned(),
        terms: Some(pricing::Terms {
            term_months: 36,
            coverage: pricing::CoverageLevel::Full.into(),
            exclusions: vec![pricing::Exclusion::PowerOff.into()],
            annual_escalation: Some(Decimal { value: "0.03".to_owned() }),
            automatic_renewal: true,
            notice_days: Some(30),
            ..Default::default()
        }),
        start_date: Some(START),
        quote_id: "three-years".to_owned(),
        ..Default::default()
    };
    let quote = quotes.create_quote(ask).await.unwrap().into_inner();
    assert!(quote.lines.iter().all(|line| !line.failure_model.is_empty()), "no prior was needed");
    let name = quote.name;
    let issue = pricing::IssueQuoteRequest { name: name.clone(), ..Default::default() };
    quotes.issue_quote(issue).await.unwrap();
    let accept = pricing::AcceptQuoteRequest {
        name,
        contract_id: "three-years".to_owned(),
        ..Default::default()
    };
    let name = quotes.accept_quote(accept).await.unwrap().into_inner().name;
    let activate = pricing::ActivateContractRequest { name, ..Default::default() };
    let mut contracts = ContractServiceClient::new(world.to("pricing", call));
    contracts.activate_contract(activate).await.unwrap().into_inner()
}

/// The customer service learns what the contract's machines are owed.
async fn entitled(world: &World, call: &Call, contract: &str, machines: usize) {
    eventually("entitlements", || async {
        let mut client = CustomerServiceClient::new(world.to("customer", call));
        let ask = customer::ListEntitlementsRequest {
            parent: CUSTOMER.to_owned(),
            page_size: 1_000,
            ..Default::default()
        };
        let found = client.list_entitlements(ask).await.unwrap().into_inner().entitlements;
        (found.iter().filter(|one| one.contract == contract).count() == machines).then_some(())
    })
    .await;
}

/// What the next export holds: orders, and their cost in cents.
struct Work {
    orders: usize,
    covered: i64,
    excluded: i64,
}

/// Appends the repairs of three years under the contract, and one call because the power was off.
fn write_work(file: &Path) -> Work {
    let mut rows = std::fs::read_to_string(file).unwrap();
    let folder = file.parent().unwrap();
    let assets = std::fs::read_to_string(folder.join("assets.csv")).unwrap();
    let machines: Vec<(&str, &str)> = assets
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>())
        .filter(|columns| columns[1] == "C0007")
        .map(|columns| (columns[0], columns[2]))
        .collect();
    let mut work = Work { orders: 0, covered: 0, excluded: 0 };
    for (number, (serial, product)) in machines.iter().enumerate() {
        for repair in 0..REPAIRS {
            let excluded = number == 0 && repair == 0;
            let cause = if excluded { "POWER_OFF" } else { "WEAR" };
            let day = format!("202{}-{:02}-{:02}", 6 + repair % 3, 5 + repair * 2, 3 + number);
            let (labour, parts, travel) = (80_000, 120_000 + 1_000 * number as i64, 30_000);
            let order = 9_000_000 + work.orders;
            let money = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
            writeln!(
                rows,
                "W{order},{serial},C0007,{product},CORRECTIVE,COMPLETED,{day} 08:00:00,{day} 14:00:00,SEAL,{cause},,,,6.0,\
                 {},{},{},CNY,6.0,E307,330600,CONTRACT,THREE-YEARS,Y",
                money(labour),
                money(parts),
                money(travel)
            )
            .unwrap();
            work.orders += 1;
            *(if excluded { &mut work.excluded } else { &mut work.covered }) +=
                labour + parts + travel;
        }
    }
    std::fs::write(file, rows).unwrap();
    work
}

async fn profitability(
    world: &World,
    call: &Call,
    name: &str,
    orders: usize,
) -> pricing::ContractProfitability {
    eventually("the work of three years", || async {
        let mut contracts = ContractServiceClient::new(world.to("pricing", call));
        let ask = pricing::GetContractProfitabilityRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        let found = contracts.get_contract_profitability(ask).await.unwrap().into_inner();
        let counted = found.failure_count as usize + found.leaked_work.len();
        (counted >= orders).then_some(found)
    })
    .await
}

async fn renewal_of(world: &World, call: &Call, name: &str) -> pricing::Contract {
    let mut contracts = ContractServiceClient::new(world.to("pricing", call));
    let get = pricing::GetContractRequest { name: name.to_owned() };
    let old = contracts.get_contract(get).await.unwrap().into_inner();
    assert_eq!(old.state(), pricing::ContractState::Renewed, "{old:?}");
    let list = pricing::ListContractsRequest { page_size: 100, ..Default::default() };
    let all = contracts.list_contracts(list).await.unwrap().into_inner().contracts;
    all.into_iter().find(|contract| contract.renewal_of == name).unwrap()
}
