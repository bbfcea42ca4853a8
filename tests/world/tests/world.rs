//! The committed files are the generator's, their codes and keys hold, and the truths can be found in them.
#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use aftercare_world::codes::{gs1_check, uscc_check};
use aftercare_world::customers::people;
use aftercare_world::distributors::network;
use aftercare_world::market::{Fate, Market};
use aftercare_world::names::Namer;
use aftercare_world::truth::{
    AFTER_EXPORT, DAYS_PER_YEAR, FAILURES, FailureTruth, duty_factor, environment_factor,
};
use aftercare_world::{assets, work_orders};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

type Row = BTreeMap<String, String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn rows(name: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(root().join("erp").join(name)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn committed_files_are_what_the_generator_gives() {
    let files = aftercare_world::generate();
    for file in &files {
        let found = std::fs::read(root().join(&file.path)).unwrap();
        assert!(found == file.bytes, "{} differs: run `cargo run -p aftercare-world`", file.path);
    }
    let expected: BTreeSet<_> = files.iter().map(|file| root().join(&file.path)).collect();
    for directory in ["erp", "epcis"] {
        for entry in std::fs::read_dir(root().join(directory)).unwrap() {
            let path = entry.unwrap().path();
            assert!(expected.contains(&path), "{} is nobody's", path.display());
        }
    }
}

#[test]
fn contacts_are_gb18030_and_no_utf8() {
    let bytes = std::fs::read(root().join("erp/contacts.csv")).unwrap();
    assert!(std::str::from_utf8(&bytes).is_err());
    let (text, _, faulty) = encoding_rs::GB18030.decode(&bytes);
    assert!(!faulty && text.contains("赵"));
}

#[test]
fn exactly_the_three_documented_customers_are_broken() {
    let mut faults = Vec::new();
    for (index, row) in rows("customers.csv").iter().enumerate() {
        let line = index + 2;
        if row["customer_no"].is_empty() {
            faults.push((line, "customer_no"));
        }
        if row["customer_since"].parse::<jiff::civil::Date>().is_err() {
            faults.push((line, "customer_since"));
        }
        let code = &row["uscc"];
        let sound =
            code.is_empty() || (code.len() == 18 && code.ends_with(uscc_check(&code[..17])));
        if !sound {
            faults.push((line, "uscc"));
        }
    }
    assert_eq!(faults, [(88, "customer_since"), (143, "customer_no"), (212, "uscc")]);
}

#[test]
fn keys_are_unique_and_references_meet_them() {
    let keys = |name: &str, column: &str| -> BTreeSet<String> {
        let all: Vec<String> = rows(name).iter().map(|row| row[column].clone()).collect();
        let set: BTreeSet<String> = all.iter().cloned().collect();
        assert_eq!(all.len(), set.len(), "{name} {column}");
        set
    };
    let customers = keys("customers.csv", "customer_no");
    let products = keys("products.csv", "product_no");
    let serials = keys("assets.csv", "serial_no");
    let parts = keys("parts.csv", "part_no");
    let distributors = keys("distributors.csv", "distributor_no");
    keys("work_orders.csv", "order_no");
    keys("shipments.csv", "line_key");
    keys("locations.csv", "gln");
    for asset in rows("assets.csv") {
        assert!(
            customers.contains(&asset["customer_no"]) && products.contains(&asset["product_no"])
        );
    }
    for order in rows("work_orders.csv") {
        assert!(serials.contains(&order["serial_no"]));
        assert!(order["part_no"].is_empty() || parts.contains(&order["part_no"]));
        assert!(order["reported_at"] < order["completed_at"]);
        assert!(order["completed_at"] < AFTER_EXPORT.to_string());
    }
    for line in rows("shipments.csv") {
        assert!(distributors.contains(&line["distributor_no"]));
        assert!(line["lot_no"].is_empty() != line["serial_no"].is_empty());
    }
}

#[test]
fn glns_and_gtins_have_their_check_digits() {
    let codes = rows("locations.csv")
        .into_iter()
        .chain(rows("distributors.csv"))
        .map(|row| row["gln"].clone())
        .chain(rows("products.csv").into_iter().map(|row| row["gtin"].clone()));
    for code in codes {
        let (body, check) = code.split_at(code.len() - 1);
        assert_eq!(check, gs1_check(body).to_string(), "{code}");
    }
}

#[test]
fn epcis_documents_are_json_with_the_fields_that_the_standard_requires() {
    let mut events = 0;
    for entry in std::fs::read_dir(root().join("epcis")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["type"], "EPCISDocument");
        for event in document["epcisBody"]["eventList"].as_array().unwrap() {
            events += 1;
            for field in ["type", "eventTime", "eventTimeZoneOffset", "action", "bizStep"] {
                assert!(event[field].is_string(), "{field} in {event}");
            }
            let place = event["readPoint"].is_object() || event["aftercare:region"].is_string();
            assert!(place && !event["epcList"].as_array().unwrap().is_empty());
        }
    }
    assert!(events > 1_300, "{events}");
}

/// Age at the start and end of watching, failure ages, and the factor, of each machine of a family.
fn histories(truth: &FailureTruth) -> Vec<(f64, Vec<f64>, f64)> {
    let people = people(&mut Namer::default());
    let machines = assets::machines(&people);
    let failures = work_orders::failures(&machines);
    let years = |from: jiff::civil::Date, to: jiff::civil::DateTime| {
        let midnight = from.to_datetime(jiff::civil::Time::midnight());
        to.duration_since(midnight).as_secs_f64() / 86_400.0 / DAYS_PER_YEAR
    };
    let of_family = machines.iter().enumerate().filter(|(_, a)| a.product.family == truth.family);
    of_family
        .map(|(index, asset)| {
            let end = asset.retired.unwrap_or(AFTER_EXPORT);
            let span = years(asset.commissioned, end.to_datetime(jiff::civil::Time::midnight()));
            let ages = failures
                .iter()
                .filter(|failure| failure.asset == index && failure.truth.mode == truth.mode)
                .map(|failure| years(asset.commissioned, failure.at))
                .collect();
            (span, ages, environment_factor(asset.environment) * duty_factor(asset.duty))
        })
        .collect()
}

/// Maximum likelihood of the shape for many time-truncated systems (Crow 1974), by bisection.
fn shape(histories: &[(f64, Vec<f64>, f64)]) -> f64 {
    let count: f64 = histories.iter().map(|(_, ages, _)| ages.len() as f64).sum();
    let logs: f64 = histories.iter().flat_map(|(_, ages, _)| ages).map(|age| age.ln()).sum();
    let score = |beta: f64| {
        let sums = histories.iter().fold((0.0, 0.0), |(a, b), (span, _, factor)| {
            let power = factor * span.powf(beta);
            (a + power * span.ln(), b + power)
        });
        count / beta + logs - count * sums.0 / sums.1
    };
    let (mut low, mut high) = (0.05, 10.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if score(middle) > 0.0 { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

#[test]
fn failure_laws_can_be_found_again() {
    let mut misses = 0;
    for truth in &FAILURES {
        let histories = histories(truth);
        let count: f64 = histories.iter().map(|(_, ages, _)| ages.len() as f64).sum();
        let beta = shape(&histories);
        let expected: f64 = histories
            .iter()
            .map(|(span, _, factor)| factor * (span / truth.eta_years).powf(truth.beta))
            .sum();
        let off = (beta - truth.beta).abs() / (beta / count.sqrt());
        assert!(off < 3.5, "{} {}: {beta} for {}", truth.family, truth.mode, truth.beta);
        assert!(
            (count - expected).abs() < 3.5 * expected.sqrt(),
            "{} {}",
            truth.family,
            truth.mode
        );
        misses += usize::from(off > 2.0);
    }
    assert!(misses <= 3, "{misses} of {} shapes are two standard errors off", FAILURES.len());
}

#[test]
fn costs_of_a_mode_are_lognormal_about_their_truth() {
    let families: BTreeMap<String, String> = rows("products.csv")
        .into_iter()
        .map(|row| (row["product_no"].clone(), row["family"].clone()))
        .collect();
    let orders = rows("work_orders.csv");
    for truth in &FAILURES {
        let logs: Vec<f64> = orders
            .iter()
            .filter(|row| row["failure_mode"] == truth.mode)
            .filter(|row| families[&row["product_no"]] == truth.family)
            .map(|row| {
                let cost = |name: &str| row[name].parse::<f64>().unwrap();
                (cost("labour_cost") + cost("parts_cost") + cost("travel_cost")).ln()
            })
            .collect();
        let count = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / count;
        let off = (mean - truth.cost_median.ln()).abs() / (truth.cost_sigma / count.sqrt());
        assert!(off < 3.5, "{} {}: off by {off} errors", truth.family, truth.mode);
    }
}

#[test]
fn the_diversion_is_there_and_little_else_is() {
    let mut namer = Namer::default();
    people(&mut namer);
    let network = network(&mut namer);
    let market = Market::run(&network);
    let diverted: usize = ["360000", "350000"]
        .iter()
        .flat_map(|province| market.seen_in(1, province))
        .filter(|fate| matches!(fate, Fate::Diverted(_)))
        .count();
    assert!((200..300).contains(&diverted), "{diverted} diverted units seen");
    for distributor in &network {
        let strays = network
            .iter()
            .filter(|other| other.province != distributor.province)
            .flat_map(|other| market.seen_in(distributor.number, other.province))
            .filter(|fate| *fate == Fate::Home)
            .count();
        let home = market.seen_in(distributor.number, distributor.province).count();
        assert!(strays * 16 < home, "{}: {strays} strays beside {home}", distributor.key());
    }
    let plans = rows("rebate_plans.csv");
    let reached = |column: &str| -> bool {
        plans[0]["purchases"].parse::<f64>().unwrap() >= plans[0][column].parse::<f64>().unwrap()
    };
    assert!(reached("threshold_3"), "the year-end step is what the diversion is for");
}
