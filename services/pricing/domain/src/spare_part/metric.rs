//! Repairable parts of one fleet bought together: each further piece where it takes the most backorders away for its money
//! (METRIC: Sherbrooke 1968; on convex hulls the steps are optimal for what they cost: Fox 1966).

use super::repairable::{Allocation, Network};

/// A repairable part with its network.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Cost of a piece, major units, above 0.
    pub unit_cost: f64,
    /// The centre and the depots.
    pub network: Network,
    /// Pieces of it in each machine, at least 1.
    pub per_machine: u32,
}

/// What to reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// Spend at most so much.
    Budget(f64),
    /// Reach this expected share of machines that lack no piece, above 0, below 1.
    Availability(f64),
}

/// Where the money goes, and what it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Of each part, in order.
    pub items: Vec<Allocation>,
    /// Sum of all pieces' cost.
    pub cost: f64,
    /// Expected backorders of all parts.
    pub backorders: f64,
    /// Expected share of machines that lack no piece.
    pub availability: f64,
    /// The way there, from no piece at all.
    pub steps: Vec<Step>,
}

/// One purchase on the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Which part.
    pub item: usize,
    /// How many pieces at once: more than one where the first alone does little, the centre's often.
    pub pieces: u32,
    /// Cost so far.
    pub cost: f64,
    /// Backorders left.
    pub backorders: f64,
    /// Availability so far.
    pub availability: f64,
}

/// The lower convex hull of backorders over pieces: the numbers of pieces at its corners.
fn hull(curve: &[Allocation]) -> Vec<usize> {
    let mut corners: Vec<usize> = Vec::new();
    for n in 0..curve.len() {
        while let [.., a, b] = corners[..] {
            let slope = |from: usize, to: usize| {
                (curve[to].backorders - curve[from].backorders) / (to - from) as f64
            };
            if slope(a, b) < slope(b, n) {
                break;
            }
            corners.pop();
        }
        corners.push(n);
    }
    corners
}

/// Expected share of machines that lack no piece: every place of a part in a machine is empty with the same probability
/// (Sherbrooke 1968; Sherbrooke 2004, equation 2.12).
fn availability(items: &[Item], backorders: &[f64], machines: f64) -> f64 {
    items
        .iter()
        .zip(backorders)
        .map(|(item, missing)| {
            let places = f64::from(item.per_machine);
            (1.0 - missing / (machines * places)).max(0.0).powf(places)
        })
        .product()
}

/// Buys for a fleet of that many machines until the target is reached, the budget does not hold the next purchase, or nothing
/// more helps.
#[must_use]
pub fn plan(items: &[Item], machines: u32, target: Target) -> Plan {
    let machines = f64::from(machines.max(1));
    let curves: Vec<Vec<Allocation>> =
        items.iter().map(|item| item.network.curve(item.network.enough())).collect();
    let hulls: Vec<Vec<usize>> = curves.iter().map(|curve| hull(curve)).collect();
    let mut at = vec![0usize; items.len()];
    let left = |at: &[usize]| -> Vec<f64> {
        (0..items.len()).map(|i| curves[i][hulls[i][at[i]]].backorders).collect()
    };
    let (mut cost, mut steps) = (0.0, Vec::new());
    loop {
        let missing = left(&at);
        let reached = availability(items, &missing, machines);
        if matches!(target, Target::Availability(wanted) if reached >= wanted) {
            break;
        }
        let next = (0..items.len())
            .filter_map(|i| {
                let to = *hulls[i].get(at[i] + 1)?;
                let pieces = to - hulls[i][at[i]];
                let price = pieces as f64 * items[i].unit_cost;
                let gain = missing[i] - curves[i][to].backorders;
                let afford = match target {
                    // what only rounding takes beyond it is within it
                    Target::Budget(most) => cost + price <= most * (1.0 + 1e-12),
                    Target::Availability(_) => true,
                };
                (gain > 0.0 && afford).then_some((i, pieces, price, gain / price))
            })
            .max_by(|a, b| a.3.total_cmp(&b.3).then(b.0.cmp(&a.0)));
        let Some((item, pieces, price, _)) = next else { break };
        at[item] += 1;
        cost += price;
        let missing = left(&at);
        steps.push(Step {
            item,
            pieces: u32::try_from(pieces).unwrap_or(u32::MAX),
            cost,
            backorders: missing.iter().sum(),
            availability: availability(items, &missing, machines),
        });
    }
    let missing = left(&at);
    Plan {
        items: (0..items.len()).map(|i| curves[i][hulls[i][at[i]]].clone()).collect(),
        cost,
        backorders: missing.iter().sum(),
        availability: availability(items, &missing, machines),
        steps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spare_part::repairable::Depot;

    /// One depot that repairs all itself: its pipeline is what fails in a repair time.
    fn single(pipeline: f64, unit_cost: f64) -> Item {
        let depot =
            Depot { demand: pipeline, repaired_here: 1.0, repair_time: 1.0, ship_time: 0.0 };
        Item {
            unit_cost,
            network: Network { turnaround: 1.0, depots: vec![depot] },
            per_machine: 1,
        }
    }

    fn shared(demands: &[f64], unit_cost: f64) -> Item {
        let depot = |demand: &f64| Depot {
            demand: *demand,
            repaired_here: 0.2,
            repair_time: 0.01,
            ship_time: 0.02,
        };
        let depots = demands.iter().map(depot).collect();
        Item { unit_cost, network: Network { turnaround: 0.1, depots }, per_machine: 2 }
    }

    #[test]
    fn backorders_are_those_of_the_printed_table() {
        // Expected backorders of Poisson pipelines 1 and 2 at 0 to 4 pieces, as in Sherbrooke's tables.
        for (pipeline, printed) in [
            (1.0, [1.0, 0.367_879, 0.103_638, 0.023_337, 0.004_349]),
            (2.0, [2.0, 1.135_335, 0.541_341, 0.218_018, 0.075_141]),
        ] {
            let item = single(pipeline, 1.0);
            for (pieces, missing) in printed.into_iter().enumerate() {
                let found = plan(std::slice::from_ref(&item), 10, Target::Budget(pieces as f64));
                assert!((found.backorders - missing).abs() < 5e-7, "{pipeline} {pieces}");
                assert_eq!(found.cost, pieces as f64);
            }
        }
    }

    #[test]
    fn money_goes_where_a_piece_takes_most_backorders_away() {
        // Gains of pipeline 1: .632, .264, .080; of pipeline 2: .865, .594, .323, .143. At equal cost: 2, 1, 2, 2, 1, 2.
        let items = [single(1.0, 1.0), single(2.0, 1.0)];
        let found = plan(&items, 10, Target::Budget(6.0));
        let order: Vec<usize> = found.steps.iter().map(|step| step.item).collect();
        assert_eq!(order, [1, 0, 1, 1, 0, 1]);
        assert!((found.backorders - (0.103_638 + 0.075_141)).abs() < 1e-6);
        // (1 - .103638 / 10)(1 - .075141 / 10)
        assert!((found.availability - 0.982_200).abs() < 1e-6, "{}", found.availability);
        // Three times as dear, the second part comes later: .865 / 3 and .594 / 3 against .632 and .264.
        let items = [single(1.0, 1.0), single(2.0, 3.0)];
        let found = plan(&items, 10, Target::Budget(5.0));
        let order: Vec<usize> = found.steps.iter().map(|step| step.item).collect();
        assert_eq!(order, [0, 1, 0]);
    }

    #[test]
    fn an_availability_is_reached_with_no_step_to_spare() {
        let items = [single(1.0, 4.0), shared(&[20.0, 8.0, 3.0], 9.0)];
        for wanted in [0.5, 0.9, 0.99] {
            let found = plan(&items, 40, Target::Availability(wanted));
            assert!(found.availability >= wanted);
            let before = found.steps.iter().rev().nth(1).map_or(0.0, |step| step.availability);
            assert!(before < wanted);
        }
    }

    /// No cheaper or equally dear choice of pieces has fewer backorders, at every stop of the way.
    #[test]
    fn every_stop_is_the_best_for_its_money() {
        let items = [shared(&[6.0, 3.0], 5.0), shared(&[2.0, 9.0], 3.0)];
        let found = plan(&items, 20, Target::Availability(0.999_9));
        assert!(found.steps.len() > 3);
        let curves = items.each_ref().map(|item| item.network.curve(16));
        for step in &found.steps {
            for (a, one) in curves[0].iter().enumerate() {
                for (b, other) in curves[1].iter().enumerate() {
                    let cost = 5.0 * a as f64 + 3.0 * b as f64;
                    if cost <= step.cost {
                        let missing = one.backorders + other.backorders;
                        assert!(step.backorders <= missing + 1e-12, "{step:?} {a} {b}");
                    }
                }
            }
        }
    }
}
