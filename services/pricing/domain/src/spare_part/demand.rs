//! Forecasts of intermittent demand, and which of them would have forecast the known months best.

/// How demand is forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Smoothed size over smoothed interval (Croston 1972).
    Croston,
    /// Croston's with its bias taken out by 1 - alpha / 2 (Syntetos and Boylan 2005).
    SyntetosBoylan,
    /// Smoothed probability times smoothed size; falls while nothing is asked for (Teunter, Syntetos and Babai 2011).
    Tsb,
}

impl Method {
    /// All of them, the simplest first.
    pub const ALL: [Self; 3] = [Self::Croston, Self::SyntetosBoylan, Self::Tsb];

    /// The forecast of a month after this history; 0 when nothing was ever asked for.
    #[must_use]
    pub fn forecast(self, history: &[f64], alpha: f64) -> f64 {
        match self {
            Self::Croston => Croston::of(history, alpha).map_or(0.0, |state| state.forecast()),
            Self::SyntetosBoylan => Croston::of(history, alpha)
                .map_or(0.0, |state| state.forecast() * (1.0 - alpha / 2.0)),
            Self::Tsb => {
                let first = history.iter().position(|demand| *demand > 0.0);
                first.map_or(0.0, |at| {
                    let start = Tsb { size: history[at], probability: 1.0 / (at as f64 + 1.0) };
                    start.after(history, alpha, alpha).forecast()
                })
            }
        }
    }
}

/// Croston's smoothed size and interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Croston {
    /// Smoothed demand where there is any, pieces.
    pub size: f64,
    /// Smoothed interval between demands, months.
    pub interval: f64,
}

impl Croston {
    /// After a history; the first interval is counted from its start. None when nothing was ever asked for.
    #[must_use]
    pub fn of(history: &[f64], alpha: f64) -> Option<Self> {
        let mut state: Option<Self> = None;
        let mut interval = 0.0;
        for demand in history {
            interval += 1.0;
            if *demand > 0.0 {
                state = Some(match state {
                    None => Self { size: *demand, interval },
                    Some(known) => Self {
                        size: known.size + alpha * (demand - known.size),
                        interval: known.interval + alpha * (interval - known.interval),
                    },
                });
                interval = 0.0;
            }
        }
        state
    }

    /// Demand of a month.
    #[must_use]
    pub fn forecast(&self) -> f64 {
        self.size / self.interval
    }
}

/// Smoothed size and probability of demand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tsb {
    /// Smoothed demand where there is any, pieces.
    pub size: f64,
    /// Smoothed probability that a month has demand.
    pub probability: f64,
}

impl Tsb {
    /// After a history.
    #[must_use]
    pub fn after(self, history: &[f64], alpha: f64, beta: f64) -> Self {
        history.iter().fold(self, |state, demand| {
            let asked = *demand > 0.0;
            Self {
                size: if asked { state.size + alpha * (demand - state.size) } else { state.size },
                probability: state.probability
                    + beta * (f64::from(u8::from(asked)) - state.probability),
            }
        })
    }

    /// Demand of a month.
    #[must_use]
    pub fn forecast(&self) -> f64 {
        self.probability * self.size
    }
}

/// How well a method would have forecast the later half of the months.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BackTest {
    /// The method.
    pub method: Method,
    /// Root of the mean square of its one-month-ahead errors, pieces.
    pub error: f64,
    /// Months that were forecast.
    pub months: usize,
}

/// Fewest months of history that a back-test takes.
pub const LEAST_MONTHS: usize = 12;

/// Forecasts each month of the later half from the months before it, by every method; empty for a history that is too short.
#[must_use]
pub fn back_test(history: &[f64], alpha: f64) -> Vec<BackTest> {
    if history.len() < LEAST_MONTHS {
        return Vec::new();
    }
    let half = history.len() / 2;
    let months = history.len() - half;
    let test = |method: Method| {
        let squares: f64 = (half..history.len())
            .map(|month| (history[month] - method.forecast(&history[..month], alpha)).powi(2))
            .sum();
        BackTest { method, error: (squares / months as f64).sqrt(), months }
    };
    Method::ALL.into_iter().map(test).collect()
}

/// The method with the least error, the simplest of equals; Syntetos and Boylan's where there is no back-test.
#[must_use]
pub fn best(tests: &[BackTest]) -> Method {
    let mut best: Option<&BackTest> = None;
    for test in tests {
        if best.is_none_or(|known| test.error < known.error) {
            best = Some(test);
        }
    }
    best.map_or(Method::SyntetosBoylan, |test| test.method)
}

/// Mean and variance of a month's demand, the variance with the population's divisor.
#[must_use]
pub fn moments(history: &[f64]) -> (f64, f64) {
    if history.is_empty() {
        return (0.0, 0.0);
    }
    let n = history.len() as f64;
    let mean = history.iter().sum::<f64>() / n;
    (mean, history.iter().map(|demand| (demand - mean).powi(2)).sum::<f64>() / n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HISTORY: [f64; 14] =
        [0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 2.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0];

    #[test]
    fn the_methods_give_their_known_answers() {
        // By hand: z 3, 2.9, 3.01; p 3, 3.1, 2.99; TSB from z 3, p 1/3.
        let croston = Croston::of(&HISTORY, 0.1).unwrap();
        assert!((croston.size - 3.01).abs() < 1e-12 && (croston.interval - 2.99).abs() < 1e-12);
        let tsb = Tsb { size: 3.0, probability: 1.0 / 3.0 }.after(&HISTORY, 0.1, 0.1);
        assert!((tsb.probability - 0.214_515_73).abs() < 1e-8);
        for (method, forecast) in [
            (Method::Croston, 1.006_688_96),
            (Method::SyntetosBoylan, 0.956_354_52),
            (Method::Tsb, 0.645_692_33),
        ] {
            assert!((method.forecast(&HISTORY, 0.1) - forecast).abs() < 1e-8, "{method:?}");
        }
    }

    #[test]
    fn no_demand_is_forecast_as_none() {
        for method in Method::ALL {
            assert_eq!(method.forecast(&[0.0; 24], 0.1), 0.0);
            assert_eq!(method.forecast(&[], 0.1), 0.0);
        }
        assert!(back_test(&[1.0; 11], 0.1).is_empty());
        assert_eq!(best(&[]), Method::SyntetosBoylan);
    }

    #[test]
    fn a_part_that_nobody_asks_for_any_more_is_forecast_by_the_method_that_notices() {
        let mut history = [2.0, 3.0, 2.0].repeat(4);
        history.extend([0.0; 24]);
        assert_eq!(best(&back_test(&history, 0.1)), Method::Tsb);
    }

    #[test]
    fn steady_demand_is_forecast_as_it_is() {
        let tests = back_test(&[5.0; 24], 0.1);
        assert_eq!(best(&tests), Method::Croston);
        assert_eq!((tests[0].error, tests[0].months), (0.0, 12));
        assert!(tests[1].error > 0.2, "the bias correction assumes intermittence");
        assert_eq!(moments(&[5.0; 24]), (5.0, 0.0));
    }

    proptest! {
        #[test]
        fn a_forecast_lies_within_what_was_seen(history in prop::collection::vec(0.0f64..50.0, 1..60)) {
            let most = history.iter().copied().fold(0.0, f64::max);
            for method in Method::ALL {
                let forecast = method.forecast(&history, 0.1);
                prop_assert!(forecast >= 0.0 && forecast <= most + 1e-9);
            }
        }
    }
}
