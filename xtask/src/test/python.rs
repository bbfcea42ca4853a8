//! Clients in another language that know nothing of us but an address, by server reflection: one uses the suite, one
//! calculates the demo's numbers again from the plain files.

use std::process::Command;

use anyhow::Result;

use super::server::Server;
use crate::{demo, process, tools, workspace};

const PACKAGES: [&str; 4] =
    ["grpcio>=1.74,<2", "grpcio-reflection>=1.74,<2", "numpy>=2.2,<3", "scipy>=1.15,<2"];

pub fn run() -> Result<()> {
    let environment = tools::python_environment("python-client", &PACKAGES)?;
    let data = tempfile::tempdir()?;
    let suite = demo::built(&workspace::root(), &workspace::target());
    suite.tell_once(data.path())?;
    let server = Server::start(&suite.binary, data.path())?;
    let scripts = workspace::root().join("tests/e2e/python");
    let python = |script: &str| {
        let mut python = Command::new(environment.join("bin/python"));
        python.arg(scripts.join(script)).arg(&server.address);
        python
    };
    process::run(python("independent_account.py").arg(workspace::root().join("tests/world")))?;
    process::run(&mut python("reflection_client.py"))
}
