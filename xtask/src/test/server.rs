//! A suite that serves while a test talks to it, and is gone afterwards.

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// `aftercare serve --dev` on a free port of the loopback; dropping it ends it.
pub struct Server {
    process: Child,
    /// Host and port.
    pub address: String,
}

impl Server {
    /// Starts it on the data directory and waits until it accepts connections.
    pub fn start(binary: &Path, data: &Path) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(binary);
        command.args(["serve", "--dev", "--listen", &address, "--data-dir"]).arg(data);
        let process = command.spawn().context("cannot start `aftercare serve`")?;
        let mut server = Self { process, address };
        server.await_ready()?;
        Ok(server)
    }

    fn await_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait()? {
                bail!("`aftercare serve` ended before it served: {status}");
            }
            if TcpStream::connect(&self.address).is_ok() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("`aftercare serve` did not listen on {} within 30 s", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            eprintln!("`aftercare serve` could not be ended: {error}");
        }
    }
}
