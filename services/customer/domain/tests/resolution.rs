//! Entity resolution on generated companies with known truth: see `companies.rs` for how they come to be.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod companies;

use aftercare_customer_domain::resolution::spec::Spec;
use aftercare_customer_domain::resolution::table::{Row, Table};
use aftercare_customer_domain::resolution::{Thresholds, resolve};

#[test]
fn companies_are_found_with_few_false_parties() {
    let records = companies::generate(7, 3000, 5000);
    let rows: Vec<Row> = records.iter().map(companies::row).collect();
    let spec = Spec::customers();
    let table = Table::new(&spec, &rows);
    let found = resolve(&spec, &table, (Thresholds::default(), 2), &mut |_| true).unwrap();
    let truth: Vec<String> = records.iter().map(|record| record.party.to_string()).collect();
    let (f1, precision, recall) = companies::f1(&found, &truth);
    let missed = companies::missed(&found, &records).len();
    println!(
        "F1 {f1:.4} precision {precision:.4} recall {recall:.4}, {missed} missed, {} for review",
        found.reviews.len()
    );
    assert!(precision > 0.97, "precision {precision}");
    assert!(f1 > 0.85, "F1 {f1}");
}
