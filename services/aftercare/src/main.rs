//! The command line of `aftercare`.
#![forbid(unsafe_code)]

use aftercare::compose::{self, Schema, Service};
use aftercare::demo::{self, DemoOptions};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::config::Settings;
use aftercare_platform::identity::{self, TokenSpec};
use aftercare_platform::{server, telemetry};
use clap::{Args, Parser, Subcommand};
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// What happens after the sale of industrial goods: customers and promises, contract prices, channel conflicts.
#[derive(Parser)]
#[command(name = "aftercare", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve all services, or the ones named, until SIGTERM or Ctrl-C.
    Serve {
        /// Services to run; all of them if none is named.
        services: Vec<Service>,
        #[command(flatten)]
        options: Options,
    },
    /// Apply missing migrations and exit.
    Migrate {
        #[command(flatten)]
        options: Options,
    },
    /// Load the sample world, run the main job through the API, tell the story.
    Demo {
        /// Directory of the sample world.
        #[arg(long, default_value = "tests/world")]
        world: PathBuf,
        /// The csv adapter's library.
        #[arg(long, default_value = "target/debug/libaftercare_adapter_csv.so")]
        plugin: PathBuf,
        /// Exit when the story is told, instead of serving until Ctrl-C.
        #[arg(long)]
        once: bool,
        /// Data directory; a fresh private one if not given.
        #[arg(long)]
        data_dir: Option<PathBuf>,
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:50051")]
        listen: SocketAddr,
        /// Where the HTML report goes.
        #[arg(long, default_value = "aftercare-report.html")]
        report: PathBuf,
    },
    /// Ask a running server whether it serves; exit code 0 if so.
    Health {
        /// Its address.
        #[arg(long, default_value = "127.0.0.1:50051")]
        address: SocketAddr,
    },
    /// Show the configuration that results from file, environment and flags, secrets masked.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// The audit log.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Signed tokens.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print it.
    Print {
        #[command(flatten)]
        options: Options,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Walk every chain; exit code 0 if all of them are whole. An embedded server must be stopped first.
    Verify {
        #[command(flatten)]
        options: Options,
    },
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Issue a token signed with an Ed25519 key.
    Issue(Issue),
}

#[derive(Args)]
struct Issue {
    /// Ed25519 private key, PKCS #8 PEM (`openssl genpkey -algorithm ed25519`).
    #[arg(long)]
    signing_key: PathBuf,
    /// `kid` of the key in the key set.
    #[arg(long)]
    key_id: String,
    /// Who it is for.
    #[arg(long)]
    subject: String,
    /// The tenant.
    #[arg(long)]
    tenant: String,
    /// Roles, separated by commas.
    #[arg(long, value_delimiter = ',')]
    roles: Vec<String>,
    /// `iss`.
    #[arg(long)]
    issuer: String,
    /// `aud`.
    #[arg(long, default_value = "aftercare")]
    audience: String,
    /// Hours until it ends.
    #[arg(long, default_value_t = 12)]
    hours: u32,
}

#[derive(Args)]
struct Options {
    /// Configuration file (TOML).
    #[arg(long)]
    config: Option<PathBuf>,
    /// Admit everybody, on loopback only.
    #[arg(long)]
    dev: bool,
    /// Directory of the embedded SQLite file.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Where to listen.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Directory with adapter libraries.
    #[arg(long)]
    plugins: Option<PathBuf>,
}

impl Options {
    fn settings(&self) -> Result<Settings, Box<dyn Error>> {
        let mut settings = Settings::load(self.config.as_deref(), &self.flags())?;
        if let Some(directory) = &self.data_dir {
            settings.database.data_dir.clone_from(directory);
        }
        if let Some(directory) = &self.plugins {
            settings.plugins.directory.clone_from(directory);
        }
        Ok(settings)
    }

    fn flags(&self) -> String {
        let mut flags = String::new();
        if let Some(listen) = self.listen {
            flags.push_str(&format!("listen = \"{listen}\"\n"));
        }
        if self.dev {
            flags.push_str("[identity]\ndevelopment = true\n");
        }
        flags
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error.as_ref()),
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    eprint!("aftercare: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprint!(": {cause}");
        source = cause.source();
    }
    eprintln!();
    ExitCode::FAILURE
}

async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Serve { services, options } => {
            let settings = options.settings()?;
            let services = if services.is_empty() { Service::ALL.to_vec() } else { services };
            serve(&settings, &services).await
        }
        Command::Migrate { options } => {
            let settings = options.settings()?;
            let (homes, _held) = compose::homes(&settings, &Service::ALL, Schema::Migrate).await?;
            println!("the schema of {} services is up to date", homes.len());
            Ok(())
        }
        Command::Demo { world, plugin, once, data_dir, listen, report } => {
            let options = DemoOptions { world, plugin, report };
            run_demo(options, once, data_dir, listen).await
        }
        Command::Health { address } => health(address).await,
        Command::Config { command: ConfigCommand::Print { options } } => {
            let shown = options.settings()?.masked();
            println!("{}", serde_json::to_string_pretty(&shown)?);
            Ok(())
        }
        Command::Audit { command: AuditCommand::Verify { options } } => {
            verify_audit(&options.settings()?).await
        }
        Command::Token { command: TokenCommand::Issue(issue) } => issue_token(&issue),
    }
}

/// One database holds all services when it is embedded, each its own otherwise.
async fn verify_audit(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let (homes, _held) = compose::homes(settings, &Service::ALL, Schema::Check).await?;
    let databases = if settings.database.url.is_empty() { 1 } else { homes.len() };
    let mut broken = 0;
    for (service, home) in homes.iter().take(databases) {
        let found = aftercare_platform::audit::verify(home.read()).await?;
        let place = if databases == 1 { "all services" } else { service.name() };
        println!("{place}: {} entries in {} chains", found.entries, found.chains);
        for at in &found.breaks {
            println!(
                "BROKEN tenant {} service {} chain {} entry {}: {}",
                at.tenant, at.source, at.lane, at.sequence, at.what
            );
        }
        broken += found.breaks.len();
    }
    if broken == 0 {
        Ok(())
    } else {
        Err(format!("the audit log is broken in {broken} places").into())
    }
}

async fn serve(settings: &Settings, services: &[Service]) -> Result<(), Box<dyn Error>> {
    let telemetry = telemetry::init(&telemetry::TelemetrySettings {
        service_name: "aftercare".to_owned(),
        log_format: settings.telemetry.log_format,
        log_filter: settings.telemetry.log_filter.clone(),
        otlp_endpoint: Some(settings.telemetry.otlp_endpoint.clone()).filter(|e| !e.is_empty()),
    })?;
    if settings.identity.development {
        tracing::warn!("development mode: everybody who reaches this port is admitted as anybody");
    }
    let composed = compose::compose(settings, services).await?;
    let listener = server::listen(settings.listen).await?;
    tracing::info!(address = %listener.local_addr()?, "serving");
    let drain = Duration::from_secs(settings.drain_timeout_s);
    composed.suite.serve(listener, stop_signal(), drain).await?;
    telemetry.shutdown().await?;
    Ok(())
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

async fn run_demo(
    options: DemoOptions,
    once: bool,
    data_dir: Option<PathBuf>,
    listen: SocketAddr,
) -> Result<(), Box<dyn Error>> {
    let directory = data_dir.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("aftercare-demo-{}", uuid::Uuid::now_v7().simple()))
    });
    let mut settings = Settings { listen, ..Settings::default() };
    settings.identity.development = true;
    settings.database.data_dir.clone_from(&directory);
    if let Some(plugins) = options.plugin.parent() {
        settings.plugins.directory = plugins.to_owned();
    }
    let composed = compose::compose(&settings, &Service::ALL).await?;
    let listener = server::listen(listen).await?;
    let address = listener.local_addr()?.to_string();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(composed.suite.serve(
        listener,
        async move {
            let _ = stopped.await;
        },
        Duration::from_secs(5),
    ));
    let told = demo::tell(&address, &options).await;
    if told.is_ok() && !once {
        println!("Serving on {address} in development mode until Ctrl-C.");
        stop_signal().await;
    }
    let _ = stop.send(());
    serving.await??;
    if data_dir.is_none() {
        std::fs::remove_dir_all(&directory)?;
    }
    told?;
    Ok(())
}

async fn health(address: SocketAddr) -> Result<(), Box<dyn Error>> {
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}"))?
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(2))
        .connect()
        .await?;
    let answer = HealthClient::new(channel)
        .check(HealthCheckRequest { service: String::new() })
        .await?
        .into_inner();
    if answer.status() == ServingStatus::Serving {
        println!("SERVING");
        Ok(())
    } else {
        Err(format!("not serving: {}", answer.status().as_str_name()).into())
    }
}

fn issue_token(issue: &Issue) -> Result<(), Box<dyn Error>> {
    let key = std::fs::read(&issue.signing_key)?;
    let expires =
        jiff::Timestamp::now().checked_add(Duration::from_secs(u64::from(issue.hours) * 3600))?;
    let spec = TokenSpec {
        subject: issue.subject.clone(),
        tenant: TenantId::parse(&issue.tenant)?,
        roles: issue.roles.clone(),
        issuer: issue.issuer.clone(),
        audience: issue.audience.clone(),
        expires,
    };
    println!("{}", identity::issue(&spec, &key, &issue.key_id)?);
    Ok(())
}
