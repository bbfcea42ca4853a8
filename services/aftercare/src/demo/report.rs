//! The account as one HTML file: what the terminal said, with the plots that a terminal cannot draw.

mod curve;
mod fit;
mod flow;
mod page;
mod svg;
mod timeline;

pub use flow::Flows;

use super::contract::{self, Pricing};
use super::diversion::{self, Diversion};
use super::grading::{self, Grading};
use super::intake::{self, Intake};
use super::market;
use super::overview;
use super::promise::{self, Promise};
use super::words::{amount, grouped, money, percent, plain};
use aftercare_api::aftercare::customer::v1::Customer360;
use page::Page;
use std::time::Duration;

/// Everything that the story found.
pub struct Account {
    /// Chapter 1.
    pub intake: Intake,
    /// Chapter 2.
    pub grading: Grading,
    /// Chapter 3.
    pub promise: Promise,
    /// Chapter 4.
    pub pricing: Pricing,
    /// Chapter 5.
    pub diversion: Diversion,
    /// Chapter 6.
    pub view: Customer360,
    /// From the first call to the last.
    pub took: Duration,
}

/// The whole file.
pub fn html(account: &Account) -> String {
    let mut page = Page::new(
        "From an ERP export to a graded customer, a priced contract and a proven conflict",
        "A maker of industrial compressors in Zhejiang, its service and its distributors: a sample world in which nothing \
         is anybody's. Every number below came over the public API from a suite that had never seen these data before.",
    );
    page.tiles(&tiles(account));
    intake_chapter(&mut page, &account.intake);
    grading_chapter(&mut page, &account.grading);
    promise_chapter(&mut page, &account.promise);
    pricing_chapter(&mut page, &account.pricing);
    diversion_chapter(&mut page, &account.diversion);
    page.chapter(
        6,
        "One view of the customer",
        "Whoever answers the phone sees the same, each part with where it is from.",
    );
    page.table(&["", ""], &[], &overview::rows(&account.view));
    page.finish(&format!(
        "Told by aftercare demo in {:.1} s through gRPC alone, on an embedded SQLite file. This file loads nothing from elsewhere.",
        account.took.as_secs_f64()
    ))
}

fn tiles(account: &Account) -> Vec<(String, String)> {
    let quote = &account.pricing.quote;
    let diverted = account.diversion.conflict.scale.as_ref().and_then(|s| s.diverted.as_ref());
    let tile = |value: String, what: &str| (value, what.to_owned());
    vec![
        tile(grouped(account.intake.written()), "records taken from the ERP export"),
        tile(account.intake.quarantine.len().to_string(), "in quarantine, with line and reason"),
        tile(money(quote.price.as_ref()), "price of three years' full cover"),
        tile(percent(quote.loss_probability), "chance that it loses money"),
        tile(
            diverted.map_or_else(|| "–".to_owned(), |units| format!("{:.0}", units.expected)),
            "units diverted, seen and unseen",
        ),
    ]
}

fn intake_chapter(page: &mut Page, intake: &Intake) {
    page.chapter(
        1,
        "The ERP export comes in",
        "What a person would have to type is what the system knows; one broken row must not hold up the others.",
    );
    page.say(&intake::summary(intake));
    page.table(&intake::STREAMS, &[1, 2, 3, 4], &intake::stream_rows(&intake.run.streams));
    if !intake.quarantine.is_empty() {
        page.heading("In quarantine");
        page.table(&intake::QUARANTINE, &[1], &intake::quarantine_rows(&intake.quarantine));
    }
}

fn grading_chapter(page: &mut Page, grading: &Grading) {
    page.chapter(
        2,
        "Who are our customers to us",
        "A grade that nobody can question is a grade that nobody believes: each says what it rests on and what would change it.",
    );
    let tiles: Vec<(String, String)> = grading
        .counts
        .iter()
        .map(|(letter, count)| (count.to_string(), format!("customers of grade {letter}")))
        .collect();
    page.tiles(&tiles);
    page.say(&grading::headline(grading));
    page.table(&grading::INPUTS, &[1, 2, 3, 4], &grading::input_rows(&grading.explanation));
    for sentence in grading::changes(&grading.explanation) {
        page.say(&sentence);
    }
}

fn promise_chapter(page: &mut Page, promise: &Promise) {
    page.chapter(
        3,
        "A complaint, and whether we keep our promise",
        "A promise is worth what its clock is worth: every stretch says whether it counted and why.",
    );
    let rows: Vec<Vec<String>> =
        promise.log.iter().map(|(time, what)| vec![time.clone(), what.clone()]).collect();
    page.table(&["China time", "what happened"], &[], &rows);
    page.table(&promise::CLOCKS, &[], &promise::clock_rows(&promise.clocks));
    page.say(&promise::outcome(promise));
    page.draw(&timeline::timeline(&promise.clocks));
    for (label, clock) in &promise.clocks {
        page.say(&promise::explanation(label, clock));
    }
}

fn pricing_chapter(page: &mut Page, pricing: &Pricing) {
    page.chapter(
        4,
        "What three years of full cover will cost us",
        "A contract's cost is not a number but a distribution; its price must carry the bad years too.",
    );
    page.say(&contract::headline(pricing));
    if let Some(cost) = &pricing.quote.cost {
        page.heading("What it may cost, at present value");
        page.draw(&curve::cost_curve(cost, amount(pricing.quote.price_present_value.as_ref())));
    }
    page.heading("What the price is made of");
    let bars: Vec<(String, f64)> = pricing
        .quote
        .drivers
        .iter()
        .map(|driver| {
            (plain(driver.kind().as_str_name(), "DRIVER_KIND"), amount(driver.amount.as_ref()))
        })
        .collect();
    page.draw(&curve::driver_bars(&bars));
    page.table(&contract::DRIVERS, &[1], &contract::driver_rows(&pricing.quote.drivers));
    page.heading("\"10 % off\"");
    page.say(&contract::bargain(&pricing.concessions));
    let rows = contract::concession_rows(&pricing.concessions, 6);
    page.table(&contract::CONCESSIONS, &[1, 2, 3, 4, 5], &rows);
    page.say(&contract::agreed(&pricing.contract));
    for model in &pricing.models {
        page.heading(&format!(
            "Family {}: {} failures of {} machines in {:.0} machine-years",
            model.family, model.event_count, model.machine_count, model.machine_years
        ));
        page.draw(&fit::mode_charts(model));
    }
    page.say(
        "Points: failures per machine by age, with the 95 % band of Lawless and Nadeau. Line: the fitted power law. A line within the band \
         means that the model may be used; a shape β above 1 means that age makes it worse.",
    );
}

fn diversion_chapter(page: &mut Page, found: &Diversion) {
    page.chapter(
        5,
        "Whose goods surface where they should not",
        "One machine that moved house is no conflict; hundreds before the rebate date are. Statistics decide which it is.",
    );
    page.say(&diversion::headline(found));
    page.heading("Where goods were seen");
    page.say(&market::summary(&found.market));
    page.draw(&flow::map(&found.market.flows));
    page.draw(&flow::matrix(&found.market.flows));
    page.heading("Patterns that are no chance");
    page.table(&diversion::SIGNALS, &[3, 4, 5, 6], &diversion::signal_rows(&found.signals));
    page.heading("How large it is");
    page.table(&diversion::SCALE, &[2, 3, 4, 5, 6], &diversion::scale_rows(&found.conflict));
    page.heading("What was decided");
    page.table(&diversion::SANCTIONS, &[1], &diversion::sanction_rows(&found.conflict));
    page.table(&diversion::SHARES, &[1, 2, 3, 4], &diversion::share_rows(&found.conflict));
    page.table(&diversion::MOVES, &[], &diversion::move_rows(&found.conflict));
}
