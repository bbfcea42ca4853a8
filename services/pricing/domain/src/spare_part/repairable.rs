//! The pool of a repairable part over a centre and its depots: METRIC (Sherbrooke 1968).

use super::stock::LeadTimeDemand;

/// A depot that serves customers and sends what it cannot repair to the centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Depot {
    /// Failed pieces a year, at least 0.
    pub demand: f64,
    /// Share that it repairs itself, 0..=1.
    pub repaired_here: f64,
    /// Years from failure to repair at the depot.
    pub repair_time: f64,
    /// Years from the centre to the depot when a piece is there.
    pub ship_time: f64,
}

/// A centre with its depots.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Years from failure to repair at the centre, the way there included.
    pub turnaround: f64,
    /// Depots.
    pub depots: Vec<Depot>,
}

/// Where pieces lie, and the expected backorders at the depots.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    /// At the centre.
    pub centre: u32,
    /// At each depot.
    pub depots: Vec<u32>,
    /// Sum over the depots.
    pub backorders: f64,
}

impl Network {
    /// Mean pieces on their way to each depot when the centre holds that many: Palm's theorem at the centre, and its delay
    /// shared by all who wait.
    #[must_use]
    pub fn pipelines(&self, centre: u32) -> Vec<f64> {
        let sent: f64 = self.depots.iter().map(|d| d.demand * (1.0 - d.repaired_here)).sum();
        let mean = sent * self.turnaround;
        let waiting = LeadTimeDemand { mean, variance: mean }.with(centre).backorders;
        let delay = if sent > 0.0 { waiting / sent } else { 0.0 };
        self.depots
            .iter()
            .map(|depot| {
                let own = depot.repaired_here * depot.repair_time;
                depot.demand * (own + (1.0 - depot.repaired_here) * (depot.ship_time + delay))
            })
            .collect()
    }

    /// Pieces beyond which backorders are next to nothing: what is on its way if the centre holds none, and ten standard
    /// deviations of it.
    #[must_use]
    pub fn enough(&self) -> u32 {
        let mean: f64 = self.pipelines(0).iter().sum();
        // the cast saturates
        (mean + 10.0 * mean.sqrt() + 10.0).ceil() as u32
    }

    /// The best places for a number of pieces.
    #[must_use]
    pub fn allocate(&self, pieces: u32) -> Allocation {
        self.curve(pieces).pop().unwrap_or(Allocation {
            centre: 0,
            depots: Vec::new(),
            backorders: 0.0,
        })
    }

    /// The best places for each number of pieces from none to `most`: for each number at the centre the rest goes, piece by
    /// piece, to the depot whose backorders it lowers most, which is optimal because they fall convexly.
    #[must_use]
    pub fn curve(&self, most: u32) -> Vec<Allocation> {
        let mut best: Vec<Allocation> = Vec::new();
        for centre in 0..=most {
            for (rest, found) in self.with_centre(centre, most - centre).into_iter().enumerate() {
                match best.get_mut(centre as usize + rest) {
                    None => best.push(found),
                    Some(known) if found.backorders < known.backorders => *known = found,
                    Some(_) => {}
                }
            }
        }
        best
    }

    /// With that many at the centre, for each number of pieces at the depots.
    fn with_centre(&self, centre: u32, most: u32) -> Vec<Allocation> {
        let missing: Vec<Vec<f64>> = self
            .pipelines(centre)
            .into_iter()
            .map(|mean| LeadTimeDemand { mean, variance: mean }.backorders_to(most + 1))
            .collect();
        let mut depots = vec![0u32; missing.len()];
        let mut found = Vec::with_capacity(most as usize + 1);
        for _ in 0..=most {
            let backorders = missing.iter().zip(&depots).map(|(b, s)| b[*s as usize]).sum();
            found.push(Allocation { centre, depots: depots.clone(), backorders });
            let gain = |at: usize| {
                let held = depots[at] as usize;
                missing[at][held] - missing[at][held + 1]
            };
            let next =
                (0..missing.len()).max_by(|a, b| gain(*a).total_cmp(&gain(*b)).then(b.cmp(a)));
            if let Some(at) = next {
                depots[at] += 1;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network() -> Network {
        let depot =
            |demand| Depot { demand, repaired_here: 0.2, repair_time: 0.01, ship_time: 0.02 };
        Network { turnaround: 0.1, depots: vec![depot(20.0), depot(8.0), depot(3.0)] }
    }

    #[test]
    fn a_full_centre_delays_nobody_and_an_empty_one_by_its_turnaround() {
        let network = network();
        let full = network.pipelines(1000);
        let empty = network.pipelines(0);
        // 20 a year: 0.2 x 0.01 + 0.8 x 0.02 years when a piece is there, 0.8 x 0.1 more when none ever is.
        assert!((full[0] - 20.0 * 0.018).abs() < 1e-9);
        assert!((empty[0] - 20.0 * 0.098).abs() < 1e-9);
    }

    #[test]
    fn the_best_places_are_those_of_an_exhaustive_search() {
        let network = network();
        for pieces in 0..7u32 {
            let found = network.allocate(pieces);
            assert_eq!(found.centre + found.depots.iter().sum::<u32>(), pieces);
            let mut least = f64::MAX;
            for centre in 0..=pieces {
                let means = network.pipelines(centre);
                for a in 0..=pieces - centre {
                    for b in 0..=pieces - centre - a {
                        let stocks = [a, b, pieces - centre - a - b];
                        let missing: f64 = means
                            .iter()
                            .zip(stocks)
                            .map(|(mean, stock)| {
                                LeadTimeDemand { mean: *mean, variance: *mean }
                                    .with(stock)
                                    .backorders
                            })
                            .sum();
                        least = least.min(missing);
                    }
                }
            }
            assert!((found.backorders - least).abs() < 1e-12, "{pieces}");
        }
    }

    #[test]
    fn every_further_piece_helps() {
        let network = network();
        let missing: Vec<f64> = (0..20).map(|n| network.allocate(n).backorders).collect();
        assert!(missing.windows(2).all(|pair| pair[1] <= pair[0]));
    }
}
