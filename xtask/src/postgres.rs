//! A PostgreSQL of our own: a fresh cluster in a private directory on a free port, gone when its owner is gone.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{process, tools};

/// What a commit waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing reaches the disk in time; for tests, which kill processes but never the machine.
    Volatile,
    /// The log is flushed before a commit is acknowledged; for measurements.
    Durable,
}

/// A running server; dropping it stops it and removes its files.
pub struct Postgres {
    supervisor: Child,
    port: u16,
}

// Lives as long as the pipe on its standard input: also when xtask itself is killed, the server stops and its files go.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
"$@" >"$DIRECTORY/log" 2>&1 &
server=$!
read -r _
kill -INT "$server" 2>/dev/null
wait "$server"
rm -rf "$DIRECTORY"
"#;

/// What the command takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// Flush every commit to the disk as in production; without it a commit is fast and volatile.
    #[arg(long)]
    durable: bool,
}

/// `cargo xtask postgres`: one to use by hand, until Ctrl-C.
pub fn run(arguments: &Arguments) -> Result<()> {
    let durable = arguments.durable;
    let durability = if durable { Durability::Durable } else { Durability::Volatile };
    let postgres = Postgres::start(durability)?;
    println!("export AFTERCARE_TEST_POSTGRES_URL={}", postgres.url());
    println!("# serving until Ctrl-C");
    loop {
        thread::park();
    }
}

impl Postgres {
    /// Starts one, installing the Debian package if there is none and we are root.
    pub fn start(durability: Durability) -> Result<Self> {
        let binaries = binaries()?;
        // Not the caller's TMPDIR: another user must be able to reach it.
        let directory = tempfile::Builder::new().prefix("aftercare-pg").tempdir_in("/tmp")?.keep();
        let started = start_in(&directory, &binaries, durability);
        if started.is_err() {
            fs::remove_dir_all(&directory)?;
        }
        started
    }

    /// Where clients connect, as the superuser `aftercare`.
    pub fn url(&self) -> String {
        format!("postgres://aftercare@127.0.0.1:{}/aftercare", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        if let Err(error) = self.supervisor.wait() {
            eprintln!("PostgreSQL's supervisor was lost: {error}");
        }
    }
}

fn start_in(directory: &Path, binaries: &Path, durability: Durability) -> Result<Postgres> {
    let user = unprivileged_user()?;
    if let Some(user) = &user {
        process::quiet(Command::new("chown").arg(&user.user).arg(directory))?;
    }
    let data = directory.join("data");
    let mut initdb = as_user(user.as_ref(), &binaries.join("initdb"));
    initdb.args(["--auth=trust", "--username=aftercare", "--encoding=UTF8", "--locale=C"]);
    process::quiet(initdb.args(["--no-sync", "--pgdata"]).arg(&data).current_dir(directory))?;

    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let mut supervisor = Command::new("sh");
    supervisor.args(["-c", SUPERVISOR, "postgres-supervisor"]).env("DIRECTORY", directory);
    let server = as_user(user.as_ref(), &binaries.join("postgres"));
    supervisor.arg(server.get_program()).args(server.get_args());
    supervisor.arg("-D").arg(&data).arg("-k").arg(directory).args(["-p", &port.to_string()]);
    supervisor.args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=400"]);
    if durability == Durability::Volatile {
        supervisor.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        // Thousands of short-lived schemas: to vacuum and checkpoint them only delays the tests.
        supervisor.args(["-c", "autovacuum=off", "-c", "checkpoint_timeout=1h"]);
        supervisor.args(["-c", "max_wal_size=8GB"]);
    }
    let supervisor = supervisor.current_dir(directory).stdin(Stdio::piped()).spawn()?;
    let postgres = Postgres { supervisor, port };
    await_ready(directory, binaries, port)?;
    let mut createdb = Command::new(binaries.join("createdb"));
    createdb.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "aftercare", "aftercare"]);
    process::quiet(&mut createdb)?;
    Ok(postgres)
}

fn await_ready(directory: &Path, binaries: &Path, port: u16) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        let mut ready = Command::new(binaries.join("pg_isready"));
        if process::succeeds(ready.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    let log = fs::read_to_string(directory.join("log")).unwrap_or_default();
    bail!("PostgreSQL did not start within 30 s:\n{log}")
}

/// The directory of `initdb` and `postgres`, which Debian keeps off the PATH.
fn binaries() -> Result<PathBuf> {
    if let Some(found) = find_binaries() {
        return Ok(found);
    }
    tools::debian(&["postgresql"])?;
    find_binaries().context("the package postgresql brought no initdb")
}

fn find_binaries() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    debian.sort();
    let candidates = std::env::split_paths(&on_path).chain(debian.into_iter().rev());
    candidates
        .map(|directory| directory.join("initdb"))
        .filter_map(|initdb| initdb.canonicalize().ok()?.parent().map(Path::to_path_buf))
        .find(|directory| {
            ["initdb", "postgres", "pg_isready", "createdb"]
                .iter()
                .all(|program| directory.join(program).is_file())
        })
}

/// Numeric ids.
struct User {
    user: String,
    group: String,
}

/// PostgreSQL refuses to run as root, so root lends it another user.
fn unprivileged_user() -> Result<Option<User>> {
    if !tools::is_root() {
        return Ok(None);
    }
    let id = |option: &str, name: &str| {
        let id = process::output(Command::new("id").args([option, name])).ok()?;
        Some(id.trim().to_owned())
    };
    let user = |name| Some(User { user: id("-u", name)?, group: id("-g", name)? });
    let user = ["postgres", "nobody"].into_iter().find_map(user);
    user.map(Some).context("no user postgres or nobody to run PostgreSQL as")
}

fn as_user(user: Option<&User>, program: &Path) -> Command {
    match user {
        Some(user) => {
            // Unlike su and runuser it leaves no parent in between that would catch our signals.
            let mut command = Command::new("setpriv");
            command.args(["--reuid", &user.user, "--regid", &user.group, "--init-groups"]);
            command.arg("--").arg(program);
            command
        }
        None => Command::new(program),
    }
}
