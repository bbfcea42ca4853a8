//! The market as the channel sees it: documents come in, every sighting has a verdict, units flow between provinces.

use super::error::{DemoError, ask};
use super::report::Flows;
use super::story::Story;
use super::terminal;
use super::words::{grouped, id, region};
use aftercare_api::aftercare::channel::v1::{
    CaptureDocumentRequest, Distributor, ListDistributorsRequest, ListLocationsRequest,
    ListSightingsRequest, Sighting, Verdict,
};
use aftercare_api::aftercare::r#type::v1::Period;
use aftercare_api::google::r#type::Date;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What came in.
pub struct Market {
    /// EPCIS documents.
    pub documents: usize,
    /// Events in them.
    pub events: i64,
    /// Units that changed hands by them, and units seen.
    pub sightings: i64,
    /// Units by home province and province seen.
    pub flows: Flows,
    /// Sightings under the price floor.
    pub below_floor: usize,
    distributors: BTreeMap<String, Distributor>,
}

impl Market {
    /// A distributor as people call it.
    pub fn name_of(&self, distributor: &str) -> String {
        self.distributors.get(distributor).map_or_else(
            || id(distributor).to_owned(),
            |found| format!("{} ({})", found.display_name, id(distributor).to_uppercase()),
        )
    }

    fn home_of(&self, distributor: &str) -> Option<String> {
        self.distributors.get(distributor).map(|found| province(&found.region))
    }
}

/// The autumn of 2025.
pub fn window() -> Period {
    Period {
        start_date: Some(Date { year: 2025, month: 9, day: 1 }),
        end_date: Some(Date { year: 2026, month: 1, day: 1 }),
    }
}

/// Captures every document of the world, reads back the sightings with their verdicts.
pub async fn capture(story: &Story) -> Result<Market, DemoError> {
    let mut market = Market {
        documents: 0,
        events: 0,
        sightings: 0,
        flows: Flows::new(),
        below_floor: 0,
        distributors: distributors(story).await?,
    };
    let files = documents(story)?;
    let bar = terminal::progress(files.len() as u64, "capturing EPCIS documents");
    for path in files {
        let document = std::fs::read(&path).map_err(|source| DemoError::File { path, source })?;
        let request = CaptureDocumentRequest {
            document,
            request_id: story.request_id(),
            ..CaptureDocumentRequest::default()
        };
        let stored = ask("capture a document", story.capture().capture_document(request)).await?;
        market.documents += 1;
        market.events += stored.stored;
        market.sightings += stored.sightings;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let places = places(story).await?;
    for sighting in sightings(story).await? {
        count(&mut market, &places, &sighting);
    }
    Ok(market)
}

/// The world's documents, shipments before sightings, each by month.
fn documents(story: &Story) -> Result<Vec<PathBuf>, DemoError> {
    let folder = story.world().join("epcis");
    let failed = |source| DemoError::File { path: folder.clone(), source };
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(failed)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonld"))
        .collect();
    files.sort();
    Ok(files)
}

async fn distributors(story: &Story) -> Result<BTreeMap<String, Distributor>, DemoError> {
    let request = ListDistributorsRequest { page_size: 1_000, ..Default::default() };
    let page = ask("list distributors", story.distributors().list_distributors(request)).await?;
    Ok(page.distributors.into_iter().map(|found| (found.name.clone(), found)).collect())
}

async fn places(story: &Story) -> Result<BTreeMap<String, String>, DemoError> {
    let request = ListLocationsRequest { page_size: 1_000, ..Default::default() };
    let page = ask("list locations", story.distributors().list_locations(request)).await?;
    Ok(page.locations.into_iter().map(|place| (place.name, place.region)).collect())
}

async fn sightings(story: &Story) -> Result<Vec<Sighting>, DemoError> {
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListSightingsRequest { page_size: 1_000, page_token, ..Default::default() };
        let page = ask("list sightings", story.detection().list_sightings(request)).await?;
        all.extend(page.sightings);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        page_token = page.next_page_token;
    }
}

fn count(market: &mut Market, places: &BTreeMap<String, String>, sighting: &Sighting) {
    market.below_floor += usize::from(sighting.below_floor);
    let place = places.get(&sighting.location).unwrap_or(&sighting.region);
    let (Some(from), false) = (market.home_of(&sighting.responsible), place.is_empty()) else {
        return;
    };
    let flow = market.flows.entry((from, province(place))).or_default();
    flow.units += 1;
    flow.excepted += u64::from(sighting.verdict() == Verdict::Excepted);
}

fn province(code: &str) -> String {
    match code.get(..2) {
        Some(digits) if code.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("{digits}0000")
        }
        _ => code.to_owned(),
    }
}

/// What came in, in a sentence.
pub fn summary(market: &Market) -> String {
    format!(
        "{} EPCIS documents with {} events came in: {} units were seen, {} of them sold under the price floor. \
         Most were seen where they belong:",
        market.documents,
        grouped(market.events),
        grouped(market.sightings),
        market.below_floor
    )
}

/// Where the units of one distributor were seen.
pub fn bars(market: &Market, distributor: &str) -> Vec<(String, f64, String)> {
    let home = market.home_of(distributor).unwrap_or_default();
    let mut rows: Vec<(String, f64, String)> = market
        .flows
        .iter()
        .filter(|((from, _), _)| *from == home)
        .map(|((from, to), flow)| {
            (
                format!("{} → {}", region(from), region(to)),
                flow.units as f64,
                flow.units.to_string(),
            )
        })
        .collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    rows
}
