//! Entity resolution measured: speed and F1 on a generated million of companies. (`cargo xtask bench` has the FEBRL sets.)

#[path = "../tests/companies.rs"]
mod companies;

use aftercare_customer_domain::resolution::spec::Spec;
use aftercare_customer_domain::resolution::table::{Row, Table};
use aftercare_customer_domain::resolution::{Resolution, Thresholds, resolve};
use std::collections::BTreeSet;
use std::time::Instant;

fn main() {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let size = std::env::args().filter_map(|argument| argument.parse().ok()).next();
    companies_of(size.unwrap_or(1_000_000), threads);
}

fn companies_of(size: u32, threads: usize) {
    let records = companies::generate(7, size * 6 / 10, size as usize);
    println!("{} records generated", records.len());
    let started = Instant::now();
    let customers: Vec<Row> = records
        .chunks(records.len().div_ceil(threads))
        .collect::<Vec<_>>()
        .into_iter()
        .flat_map(|chunk| chunk.iter().map(companies::row).collect::<Vec<_>>())
        .collect();
    let prepared = started.elapsed();
    let spec = Spec::customers();
    let table = Table::new(&spec, &customers);
    let Some(found) = run(&spec, &table, threads) else { return };
    let taken = started.elapsed();
    let parties: Vec<String> = records.iter().map(|record| record.party.to_string()).collect();
    let (f1, precision, recall) = companies::f1(&found, &parties);
    println!(
        "companies  {} records, {} pairs, {} parties, {} for review  F1 {f1:.4}  precision {precision:.4}  recall {recall:.4}  {:.1} s of which names {:.1} s, {threads} threads",
        records.len(),
        found.pairs,
        found.parties.len(),
        found.reviews.len(),
        taken.as_secs_f64(),
        prepared.as_secs_f64(),
    );
    if std::env::var_os("AFTERCARE_BENCH_MISSED").is_some() {
        companies::missed(&found, &records).iter().for_each(|pair| println!("{pair}"));
    }
    let distinct: BTreeSet<&str> = parties.iter().map(String::as_str).collect();
    println!("{} true parties, {} blocks left out", distinct.len(), found.skipped_blocks);
}

fn run(spec: &Spec, table: &Table, threads: usize) -> Option<Resolution> {
    let mut started = Instant::now();
    let verbose = std::env::var_os("AFTERCARE_BENCH_STAGES").is_some();
    resolve(spec, table, (Thresholds::default(), threads), &mut |progress| {
        if verbose {
            println!(
                "  {:.2} s, then {}: {} pairs",
                started.elapsed().as_secs_f64(),
                progress.stage,
                progress.pairs
            );
            started = Instant::now();
        }
        true
    })
}
