//! The baseline of every unary call: the least that a tonic server can do, in a process of its own as the suite is.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::closed_loop::{self, Load};

/// Serves a unary method with a tiny request and a tiny answer (`grpc.health.v1.Health/Check`) until the input ends.
pub async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let (_reporter, service) = tonic_health::server::health_reporter();
    let input =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    // A broken pipe ends it as well as a closed one.
    let input_ends = async { drop(input.await) };
    let server = Server::builder().add_service(service);
    Ok(server.serve_with_incoming_shutdown(TcpListenerStream::new(listener), input_ends).await?)
}

/// A running echo; dropping it ends it.
pub struct Echo {
    _process: Child,
    channels: Vec<Channel>,
}

impl Echo {
    /// Starts this very program as the server and connects as many times as the suite's callers do.
    pub async fn start(connections: usize) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("echo").stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let output = process.stdout.take().context("the echo has no output")?;
        let address = BufReader::new(output).lines().next_line().await?.context("no address")?;
        let channels = connect(&address, connections).await?;
        Ok(Self { _process: process, channels })
    }

    /// One round of calls.
    pub async fn drive(&self, callers: usize, time: Duration) -> Result<Load> {
        let channels = self.channels.clone();
        let call = move |caller: usize, _| {
            let mut client = HealthClient::new(channels[caller % channels.len()].clone());
            async move {
                client.check(HealthCheckRequest::default()).await?;
                Ok(())
            }
        };
        closed_loop::drive(callers, time, call).await
    }
}

/// Connections to a server, set up alike for the echo and for the suite.
pub async fn connect(address: &str, connections: usize) -> Result<Vec<Channel>> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?.tcp_nodelay(true);
    let mut channels = Vec::new();
    for _ in 0..connections {
        channels
            .push(endpoint.connect().await.with_context(|| format!("connecting to {address}"))?);
    }
    Ok(channels)
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn connecting_to_nothing_names_the_address() {
        let error = super::connect("127.0.0.1:1", 1).await.unwrap_err();
        assert_eq!(error.to_string(), "connecting to 127.0.0.1:1");
    }
}
