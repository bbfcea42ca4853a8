//! `aftercare demo`: tells the suite's story on the sample world, as a client of its public API over a real socket.
//!
//! Starting and stopping the suite is not done here: whoever calls [`tell`] serves at the address, in development mode.

mod cast;
mod contract;
mod diversion;
mod error;
mod grading;
mod intake;
mod market;
mod overview;
mod promise;
mod report;
mod story;
mod terminal;
mod words;

pub use error::DemoError;

use report::Account;
use std::path::PathBuf;
use std::time::Instant;
use story::Story;

/// What the story is told from, and where its report goes.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// The sample world: holds `erp/` and `epcis/`.
    pub world: PathBuf,
    /// The csv adapter's shared library; its directory must be the suite's plugin directory.
    pub plugin: PathBuf,
    /// The HTML file to write.
    pub report: PathBuf,
}

/// Tells the story to a suite that serves at the address (`127.0.0.1:50051`) and holds nothing yet of tenant `demo`.
///
/// # Errors
/// [`DemoError`] names the step that failed.
pub async fn tell(address: &str, options: &DemoOptions) -> Result<(), DemoError> {
    let begun = Instant::now();
    let story = Story::connect(address, &options.world, &options.plugin).await?;
    let account = Account {
        intake: intake::tell(&story).await?,
        grading: grading::tell(&story).await?,
        promise: promise::tell(&story).await?,
        pricing: contract::tell(&story).await?,
        diversion: diversion::tell(&story).await?,
        view: overview::tell(&story).await?,
        took: begun.elapsed(),
    };
    let path = options.report.clone();
    std::fs::write(&path, report::html(&account))
        .map_err(|source| DemoError::File { path, source })?;
    println!();
    terminal::say(&format!(
        "Told in {:.1} s. The whole account, with its plots: {}",
        begun.elapsed().as_secs_f64(),
        options.report.display()
    ));
    Ok(())
}
