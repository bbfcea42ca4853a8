//! Failure models from work orders: Weibull lives against the packages reliability and lifelines, a whole model against a limit.

use std::{fmt::Write, hint::black_box, time::Instant};

use aftercare_pricing_domain::{
    covariate::Levels,
    failure_model::{Choices, Failure, MachineEvidence, RepairCost, fit_failure_model},
    policy::PricingPolicy,
    power_law::Machine,
    renewal,
};
use anyhow::{Result, anyhow, ensure};
use serde::Deserialize;

use crate::{Plan, dice::Dice, python, report::Measurement};

const SHAPE: f64 = 1.5;
const SCALE: f64 = 3.0;

#[derive(Deserialize)]
struct Fitted {
    seconds: f64,
    shape: f64,
    scale: f64,
}

#[derive(Deserialize)]
struct Packages {
    lifelines: Fitted,
    reliability: Fitted,
}

/// Seconds of a fit of 100,000 work orders.
pub fn measure(plan: &Plan) -> Result<Vec<Measurement>> {
    let orders = if plan.short { 5_000 } else { 100_000 };
    let mut measurements = vec![whole_model(orders)?];
    if plan.compares() {
        measurements.extend(lives(plan, orders)?);
    }
    Ok(measurements)
}

/// Lives of parts, the longest ones censored; every side must find the same shape and scale.
fn lives(plan: &Plan, count: usize) -> Result<[Measurement; 2]> {
    let mut dice = Dice::new(1);
    let lives: Vec<(f64, bool)> = (0..count)
        .map(|_| {
            let life = (SCALE * (-dice.share().ln()).powf(1.0 / SHAPE)).max(0.002);
            let seen = 1.0 + 5.0 * dice.share();
            (life.min(seen), life <= seen)
        })
        .collect();
    let machines: Vec<Machine> = lives
        .iter()
        .map(|(length, failed)| {
            Machine::new(0.0, *length, failed.then_some(*length).into_iter().collect())
        })
        .collect();
    let started = Instant::now();
    let ours = black_box(renewal::fit(&machines).map_err(|error| anyhow!("{error}"))?).life;
    let seconds = started.elapsed().as_secs_f64();

    let mut table = String::new();
    for (length, failed) in &lives {
        writeln!(table, "{length},{}", u8::from(*failed))?;
    }
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), table)?;
    let path = file.path().to_string_lossy();
    let packages: Packages = python::run(plan, "lives.py", &[&path])?;
    let against = |package: &str, theirs: Fitted| {
        let apart =
            (theirs.shape / ours.shape - 1.0).abs().max((theirs.scale / ours.scale - 1.0).abs());
        eprintln!("  Weibull of {package}: {apart:.1e} from ours");
        ensure!(apart < 1e-3, "{package} finds another life: {} {}", theirs.shape, theirs.scale);
        let name = format!("Weibull lives of {count} work orders, against Python's {package}");
        Ok(Measurement::cost(name, "s", seconds, theirs.seconds, 20.0))
    };
    Ok([against("lifelines", packages.lifelines)?, against("reliability", packages.reliability)?])
}

/// Everything that `FitFailureModel` computes: five modes, factors of environment, region and duty, frailty, costs, tests.
fn whole_model(orders: usize) -> Result<Measurement> {
    let mut dice = Dice::new(2);
    let evidence: Vec<MachineEvidence> =
        (0..orders / 5).map(|number| machine(number, &mut dice)).collect();
    let orders: usize = evidence.iter().map(|machine| machine.failures.len()).sum();
    let policy = PricingPolicy::seeded();
    let started = Instant::now();
    let fitted = fit_failure_model(&evidence, &policy, None, Choices::default());
    let model = black_box(fitted.map_err(|error| anyhow!("{error}"))?);
    let seconds = started.elapsed().as_secs_f64();
    ensure!(model.failures() == orders, "work orders are missing from the model");
    let name = format!("whole failure model of {orders} work orders, one core, against the limit");
    Ok(Measurement::cost(name, "s", seconds, 1.0, 1.0))
}

/// Five failures on average in ten years, more of them when older.
fn machine(number: usize, dice: &mut Dice) -> MachineEvidence {
    let levels = Levels {
        environment: ["CLEAN", "DUSTY", "HOT"][number % 3].to_owned(),
        region: ["330100", "360100", "440100", "110000"][number % 4].to_owned(),
        duty: ["light", "normal", "heavy"][number / 3 % 3].to_owned(),
    };
    let exit = 10.0;
    let (mut failures, mut cumulative) = (Vec::new(), 0.0);
    loop {
        cumulative -= dice.share().ln();
        let age = exit * (cumulative / 5.0_f64).powf(1.0 / 1.4);
        if age >= exit {
            break;
        }
        let mode = (dice.share() * 5.0) as usize;
        let cost = RepairCost {
            labour_hours: 2.0 + 6.0 * dice.share(),
            parts: 200.0 + 2_000.0 * dice.share(),
            travel: 300.0,
        };
        failures.push(Failure { mode: format!("mode-{mode}"), age, cost: Some(cost) });
    }
    MachineEvidence { levels, entry: 0.0, exit, failures }
}
