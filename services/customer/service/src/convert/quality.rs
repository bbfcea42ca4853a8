//! Causes, reliability figures and alerts as callers see them.

use super::value::{wire_decimal, wire_instant, wire_money};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::quality::{CauseLine, Figures, LotAlert};
use aftercare_customer_domain::statistics::wilson;

/// A count as the wire has it.
pub(crate) fn count(value: impl TryInto<i32>) -> i32 {
    value.try_into().unwrap_or(i32::MAX)
}

pub(crate) fn line(line: CauseLine) -> pb::ParetoLine {
    let mut costs = line.costs.iter().map(wire_money);
    pb::ParetoLine {
        key: line.key,
        display_name: line.display_name,
        count: count(line.count),
        share: line.share,
        cumulative_share: line.cumulative_share,
        cost: costs.next(),
        downtime_hours: Some(wire_decimal(line.downtime_hours)),
        other_costs: costs.collect(),
    }
}

pub(crate) fn figures(group: String, figures: &Figures) -> pb::ReliabilityFigures {
    let repeat = wilson(figures.repeat_failures, figures.repairs_watched);
    let first = wilson(figures.first_time_fixes, figures.visits_known);
    pb::ReliabilityFigures {
        group,
        machines: count(figures.machines),
        failures: count(figures.failures),
        mtbf_days: figures.mtbf_days.unwrap_or(0.0),
        mtbf_lower: figures.mtbf_lower.unwrap_or(0.0),
        mtbf_upper: figures.mtbf_upper.unwrap_or(0.0),
        repeat_failure_rate: repeat.map_or(0.0, |share| share.value),
        first_time_fix_rate: first.map_or(0.0, |share| share.value),
        machine_days: figures.machine_days,
        repairs_watched: count(figures.repairs_watched),
        repeat_failures: count(figures.repeat_failures),
        repeat_failure_lower: repeat.map_or(0.0, |share| share.lower),
        repeat_failure_upper: repeat.map_or(0.0, |share| share.upper),
        visits_known: count(figures.visits_known),
        first_time_fixes: count(figures.first_time_fixes),
        first_time_fix_lower: first.map_or(0.0, |share| share.lower),
        first_time_fix_upper: first.map_or(0.0, |share| share.upper),
    }
}

pub(crate) fn alert(alert: LotAlert) -> pb::QualityAlert {
    pb::QualityAlert {
        product: alert.product,
        lot: alert.lot,
        failures: count(alert.failures),
        machines: count(alert.machines),
        rate: alert.rate,
        upper_limit: alert.upper_limit,
        alert_time: Some(wire_instant(alert.at)),
        centre: alert.centre,
        machine_years: alert.machine_years,
    }
}
