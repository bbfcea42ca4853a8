//! A client in another language that knows nothing of us but an address: server reflection tells it the rest.

use std::process::Command;

use anyhow::Result;

use super::server::Server;
use crate::{demo, process, tools, workspace};

const PACKAGES: [&str; 2] = ["grpcio>=1.74,<2", "grpcio-reflection>=1.74,<2"];

pub fn run() -> Result<()> {
    let environment = tools::python_environment("python-client", &PACKAGES)?;
    let data = tempfile::tempdir()?;
    let suite = demo::built(&workspace::root());
    process::run(suite.command().arg("--once").arg("--data-dir").arg(data.path()))?;
    let server = Server::start(&suite.binary, data.path())?;
    let mut client = Command::new(environment.join("bin/python"));
    client.arg(workspace::root().join("tests/e2e/python/reflection_client.py"));
    process::run(client.arg(&server.address))
}
