//! Repairs: failure times from the true processes, costs from the true severities, and inspections.

use crate::assets::Asset;
use crate::catalogue::{field_rates, part_of, travel_hours};
use crate::customers::Customer;
use crate::dice::Dice;
use crate::row;
use crate::sheet::{Sheet, money, yes};
use crate::truth::{
    AFTER_EXPORT, DAYS_PER_YEAR, FAILURES, FailureTruth, duty_factor, environment_factor,
};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};

/// One failure of one machine.
#[derive(Debug)]
pub struct Failure {
    /// Index of the machine.
    pub asset: usize,
    /// What failed.
    pub truth: &'static FailureTruth,
    /// When, China time.
    pub at: DateTime,
}

/// Every failure up to the export, in time order.
pub fn failures(machines: &[Asset]) -> Vec<Failure> {
    let mut dice = Dice::new(6);
    let mut all = Vec::new();
    for (index, asset) in machines.iter().enumerate() {
        let end = asset.retired.unwrap_or(AFTER_EXPORT);
        let span = f64::from((end - asset.commissioned).get_days()) / DAYS_PER_YEAR;
        let factor = environment_factor(asset.environment) * duty_factor(asset.duty);
        for truth in FAILURES.iter().filter(|truth| truth.family == asset.product.family) {
            // The arrival times of a unit Poisson process, carried back through the expected number of failures.
            let mut expected = 0.0;
            loop {
                expected += dice.exponential();
                let age = truth.eta_years * (expected / factor).powf(1.0 / truth.beta);
                if age >= span {
                    break;
                }
                let seconds = (age * DAYS_PER_YEAR * 86_400.0) as i64;
                let start = asset.commissioned.to_datetime(jiff::civil::Time::midnight());
                let at = start.saturating_add(seconds.max(1).seconds());
                all.push(Failure { asset: index, truth, at });
            }
        }
    }
    all.sort_by(|a, b| a.at.cmp(&b.at).then(a.asset.cmp(&b.asset)));
    all
}

struct Job {
    at: DateTime,
    asset: usize,
    failure: Option<&'static FailureTruth>,
}

/// `work_orders.csv`.
pub fn work_orders(people: &[Customer], machines: &[Asset], failures: &[Failure]) -> Sheet {
    let mut dice = Dice::new(7);
    let mut sheet = Sheet::new(&[
        "order_no",
        "serial_no",
        "customer_no",
        "product_no",
        "order_type",
        "status",
        "reported_at",
        "completed_at",
        "failure_mode",
        "cause",
        "part_no",
        "part_qty",
        "part_lot",
        "labour_hours",
        "labour_cost",
        "parts_cost",
        "travel_cost",
        "currency",
        "downtime_hours",
        "technician_no",
        "region",
        "cover",
        "contract_no",
        "first_time_fix",
    ]);
    let mut jobs: Vec<Job> = failures
        .iter()
        .map(|failure| Job { at: failure.at, asset: failure.asset, failure: Some(failure.truth) })
        .collect();
    jobs.extend(inspections(&mut dice, machines));
    jobs.sort_by(|a, b| a.at.cmp(&b.at).then(a.asset.cmp(&b.asset)));
    for (number, job) in jobs.iter().enumerate() {
        let asset = &machines[job.asset];
        let owner = &people[asset.owner];
        let mut row = row![format!("W{:07}", number + 1), asset.serial, owner.key()];
        row.push(asset.product.number());
        row.extend(match job.failure {
            Some(truth) => repair(&mut dice, job.at, truth, owner),
            None => inspection(&mut dice, job.at, owner),
        });
        row.extend(cover(job.at.date(), asset));
        row.push(yes(job.failure.is_none() || dice.chance(0.86)).to_owned());
        sheet.push(row);
    }
    sheet
}

/// Yearly inspections since 2025 of the machines that have a contract.
fn inspections(dice: &mut Dice, machines: &[Asset]) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (index, asset) in machines.iter().enumerate() {
        for (first, last) in
            [(date(2025, 1, 6), date(2025, 12, 26)), (date(2026, 1, 5), date(2026, 2, 13))]
        {
            let day = dice.day(first, last);
            let due = has_contract(asset) && (last.year() == 2025 || dice.chance(0.1));
            if due && day >= asset.warranty_until && asset.retired.is_none_or(|end| day < end) {
                let at = dice.moment(day, 8, 16);
                jobs.push(Job { at, asset: index, failure: None });
            }
        }
    }
    jobs
}

fn has_contract(asset: &Asset) -> bool {
    asset.serial.bytes().map(u32::from).sum::<u32>() % 10 < 4
}

fn repair(dice: &mut Dice, at: DateTime, truth: &FailureTruth, owner: &Customer) -> Vec<String> {
    let total = dice.lognormal(truth.cost_median, truth.cost_sigma);
    let (hour, journey) = field_rates(owner.city.region);
    let journey = journey + travel_hours(owner.city.region) * hour;
    let travel = (journey * dice.real(0.7, 1.4)).min(total * 0.3);
    let (part, class) = part_of(truth.family, truth.mode);
    let share = match class {
        "MAJOR" => dice.real(0.12, 0.25),
        "CONSUMABLE" => dice.real(0.55, 0.85),
        _ => dice.real(0.25, 0.5),
    };
    let labour = (total - travel) * share;
    let standstill = dice.lognormal(14.0, 0.7).clamp(1.5, 400.0);
    let done = at.saturating_add(((standstill * 3600.0) as i64).seconds());
    let done = done
        .min(AFTER_EXPORT.to_datetime(jiff::civil::Time::midnight()).saturating_sub(1.second()));
    let causes = match truth.mode {
        "CONTROL" | "INVERTER" => ["ELECTRICAL", "OVERHEATING", "POWER_OFF", "ASSEMBLY"],
        "COOLER" => ["CONTAMINATION", "OVERHEATING", "CONTAMINATION", "ASSEMBLY"],
        _ => ["WEAR", "CONTAMINATION", "OVERHEATING", "ASSEMBLY"],
    };
    row![
        "CORRECTIVE",
        "COMPLETED",
        at.strftime("%F %T"),
        done.strftime("%F %T"),
        truth.mode,
        causes[dice.weighted(&[0.62, 0.2, 0.08, 0.1])],
        part,
        1,
        format!("L{}{:02}", at.year() - 2000, dice.whole(1, 52)),
        format!("{:.1}", (labour / hour).max(0.5)),
        money(labour),
        money(total - travel - labour),
        money(travel),
        "CNY",
        format!("{standstill:.1}"),
        format!("E{}", 301 + dice.whole(0, 33)),
        owner.city.region,
    ]
}

fn inspection(dice: &mut Dice, at: DateTime, owner: &Customer) -> Vec<String> {
    let (hour, journey) = field_rates(owner.city.region);
    let travel = journey + travel_hours(owner.city.region) * hour;
    let hours = dice.real(2.0, 4.5);
    let done = at.saturating_add(((hours * 3600.0) as i64).seconds());
    row![
        "PREVENTIVE",
        "COMPLETED",
        at.strftime("%F %T"),
        done.strftime("%F %T"),
        "",
        "",
        "",
        "",
        "",
        format!("{hours:.1}"),
        money(hours * hour),
        money(dice.real(90.0, 420.0)),
        money(travel),
        "CNY",
        "0.0",
        format!("E{}", 301 + dice.whole(0, 33)),
        owner.city.region,
    ]
}

fn cover(day: Date, asset: &Asset) -> Vec<String> {
    if day < asset.warranty_until {
        row!["WARRANTY", ""]
    } else if has_contract(asset) {
        row!["CONTRACT", format!("FW-{}-{:03}", asset.warranty_until.year(), asset.owner + 1)]
    } else {
        row!["BILLABLE", ""]
    }
}
