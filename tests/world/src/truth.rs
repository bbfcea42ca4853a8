//! What is true in the sample world: the parameters that its files were drawn from, for tests to find again.

use jiff::civil::{Date, date};

/// The export date: files are complete to the end of this day.
pub const EXPORT_DATE: Date = date(2026, 2, 28);
/// The first day that the files do not know.
pub const AFTER_EXPORT: Date = date(2026, 3, 1);
/// Days a year, as ages count them.
pub const DAYS_PER_YEAR: f64 = 365.2425;

/// How one failure mode of one family behaves: a power-law process under minimal repair.
///
/// Expected failures up to age t (years) are `multiplier * (t / eta_years)^beta`; the cost of one is lognormal.
#[derive(Debug, Clone, Copy)]
pub struct FailureTruth {
    /// Product family.
    pub family: &'static str,
    /// Failure mode.
    pub mode: &'static str,
    /// Shape: above 1 wears out, 1 does not age, below 1 settles in.
    pub beta: f64,
    /// Scale in years of age.
    pub eta_years: f64,
    /// Median direct cost of a failure (labour, parts and travel), CNY.
    pub cost_median: f64,
    /// Standard deviation of the logarithm of that cost.
    pub cost_sigma: f64,
}

const fn mode(
    family: &'static str,
    mode: &'static str,
    (beta, eta_years): (f64, f64),
    (cost_median, cost_sigma): (f64, f64),
) -> FailureTruth {
    FailureTruth { family, mode, beta, eta_years, cost_median, cost_sigma }
}

/// Every failure mode of every family.
pub const FAILURES: [FailureTruth; 19] = [
    mode("SF", "AIR_END", (2.6, 10.5), (16_000.0, 0.45)),
    mode("SF", "BEARING", (2.1, 7.5), (5_200.0, 0.50)),
    mode("SF", "SEAL", (1.5, 4.5), (1_900.0, 0.55)),
    mode("SF", "CONTROL", (1.0, 7.0), (1_500.0, 0.70)),
    mode("SF", "COOLER", (1.25, 5.0), (1_600.0, 0.50)),
    mode("SV", "AIR_END", (2.5, 11.0), (17_500.0, 0.45)),
    mode("SV", "BEARING", (2.0, 8.0), (5_600.0, 0.50)),
    mode("SV", "SEAL", (1.5, 5.0), (2_000.0, 0.55)),
    mode("SV", "CONTROL", (1.0, 6.5), (1_700.0, 0.70)),
    mode("SV", "INVERTER", (0.75, 6.0), (7_800.0, 0.60)),
    mode("SV", "COOLER", (1.25, 5.5), (1_700.0, 0.50)),
    mode("OF", "AIR_END", (2.8, 9.5), (46_000.0, 0.45)),
    mode("OF", "BEARING", (2.2, 7.0), (13_500.0, 0.50)),
    mode("OF", "COOLER", (1.3, 4.5), (4_200.0, 0.50)),
    mode("OF", "CONTROL", (1.0, 6.0), (3_100.0, 0.70)),
    mode("OF", "MOTOR", (1.7, 10.0), (21_000.0, 0.50)),
    mode("PB", "VALVE", (1.9, 3.6), (3_300.0, 0.45)),
    mode("PB", "SEAL", (1.6, 3.5), (2_600.0, 0.55)),
    mode("PB", "CONTROL", (1.0, 8.0), (2_000.0, 0.70)),
];

/// How much oftener a machine fails in its surroundings than in a NORMAL one.
pub fn environment_factor(environment: &str) -> f64 {
    match environment {
        "CLEAN" => 0.85,
        "DUSTY" => 1.35,
        "CORROSIVE" => 1.15,
        _ => 1.0,
    }
}

/// How much oftener a machine fails by its duty than at 16 hours a day.
pub fn duty_factor(hours_per_day: i64) -> f64 {
    match hours_per_day {
        8 => 0.8,
        24 => 1.25,
        _ => 1.0,
    }
}

/// The distributor that diverts, from when to when it ships the diverted goods, and how many go where.
pub const DIVERTER: usize = 1;
/// First day on which diverted goods leave.
pub const DIVERSION_FROM: Date = date(2025, 10, 9);
/// Last day on which diverted goods leave.
pub const DIVERSION_TO: Date = date(2025, 12, 12);
/// Units diverted into Jiangxi and Fujian.
pub const DIVERTED: [(&str, usize); 2] = [("360000", 300), ("350000", 240)];
/// Part of all units in the market that is ever seen.
pub const SCAN_RATE: f64 = 0.45;
/// Part of all honest units that moves to another province with its owner.
pub const MOBILITY: f64 = 0.015;
