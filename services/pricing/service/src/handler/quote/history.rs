//! What a machine's own failures say: how much worse it is than its like, and how old its parts are.

use super::portfolio::{Known, Machine};
use crate::handler::actuals::micros;
use crate::store::knowledge::Knowledge;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::failure_model::{DAYS_PER_YEAR, FailureModel, age_years};
use aftercare_pricing_domain::frailty::Frailty;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Times and modes of failures by machine.
pub(super) async fn histories(
    known: &Knowledge<'_>,
    machines: &[Machine],
) -> Result<BTreeMap<String, Vec<(i64, String)>>, Error> {
    let ids: Vec<String> = machines.iter().map(|(row, _)| row.id.clone()).collect();
    let mut found: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
    for row in known.failures(&ids).await? {
        found.entry(row.asset).or_default().push((row.failure_time, row.failure_mode));
    }
    Ok(found)
}

/// Years since the parts of modes that are priced by replacement were last replaced before a day.
pub(super) fn part_ages(
    model: &FailureModel,
    start: Date,
    failures: &[(i64, String)],
) -> BTreeMap<String, f64> {
    let begin = micros(start);
    let priced = model.modes.iter().filter(|mode| mode.priced_renewal().is_some());
    priced
        .filter_map(|mode| {
            let own = failures.iter().filter(|(time, of)| *of == mode.mode && *time < begin);
            let last = own.map(|(time, _)| *time).max()?;
            Some((mode.mode.clone(), (begin - last) as f64 / MICROS_A_YEAR))
        })
        .collect()
}

/// Micro-seconds of a year, for ages.
const MICROS_A_YEAR: f64 = 86_400_000_000.0 * DAYS_PER_YEAR;

/// What a machine's own history says: its failures while its model was observed, against what the model expected of it. A mode
/// that is priced by replacement expects the hazard that the machine's parts went through one after the other.
pub(super) fn history(
    known: &Known,
    commissioned: Date,
    circumstances: f64,
    failures: &[(i64, String)],
) -> Frailty {
    let variance = known.model.frailty_variance;
    let Some((start, end)) = known.observed else { return Frailty::unknown(variance) };
    let entry = start.map_or(0.0, |start| age_years(commissioned, start).max(0.0));
    let exit = age_years(commissioned, end);
    if exit <= entry {
        return Frailty::unknown(variance);
    }
    let from = start.map_or(i64::MIN, micros);
    let seen = failures.iter().filter(|(time, _)| (from..micros(end)).contains(time)).count();
    let begin = micros(commissioned);
    let ages = |mode: &str| -> Vec<f64> {
        let own = failures.iter().filter(|(_, of)| of == mode);
        own.map(|(time, _)| (time - begin) as f64 / MICROS_A_YEAR).collect()
    };
    let modes = known.model.modes.iter();
    let expected = modes.map(|mode| match mode.priced_renewal() {
        Some(fit) => fit.life.hazard_seen((entry, exit), &ages(&mode.mode)),
        None => mode.posterior.law.expected(entry, exit),
    });
    Frailty::after(variance, seen as f64, circumstances * expected.sum::<f64>())
}
