//! Seeded chance: one independent stream a topic, so that a change in one file leaves the others as they are.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Exp1, LogNormal, Normal, Poisson};

/// The seed of the whole world.
const SEED: u64 = 20_170_401;

/// A stream of reproducible chance.
pub struct Dice(ChaCha12Rng);

impl Dice {
    /// The stream of one topic; equal topics give equal streams.
    pub fn new(topic: u64) -> Self {
        let mut rng = ChaCha12Rng::seed_from_u64(SEED);
        rng.set_stream(topic);
        Self(rng)
    }

    /// One of the items, all equally likely.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.0.random_range(0..items.len())]
    }

    /// An index, as likely as its weight.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut at = self.0.random_range(0.0..weights.iter().sum::<f64>());
        for (index, weight) in weights.iter().enumerate() {
            if at < *weight {
                return index;
            }
            at -= weight;
        }
        weights.len() - 1
    }

    /// True with the probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.0.random_range(0.0..1.0) < probability
    }

    /// A whole number, both ends included.
    pub fn whole(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    /// A real number, uniform.
    pub fn real(&mut self, low: f64, high: f64) -> f64 {
        self.0.random_range(low..high)
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        Exp1.sample(&mut self.0)
    }

    /// Normal; the mean itself if the spread is no spread.
    pub fn normal(&mut self, mean: f64, sd: f64) -> f64 {
        Normal::new(mean, sd).map_or(mean, |law| law.sample(&mut self.0))
    }

    /// Lognormal by its median and the standard deviation of the logarithm.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        LogNormal::new(median.ln(), sigma).map_or(median, |law| law.sample(&mut self.0))
    }

    /// A Poisson count.
    pub fn poisson(&mut self, mean: f64) -> i64 {
        Poisson::new(mean).map_or(0, |law| law.sample(&mut self.0) as i64)
    }

    /// A day, both ends included.
    pub fn day(&mut self, first: Date, last: Date) -> Date {
        let days = i64::from((last - first).get_days());
        first.saturating_add(self.whole(0, days).days())
    }

    /// A moment of that day between the hours.
    pub fn moment(&mut self, day: Date, from_hour: i64, to_hour: i64) -> DateTime {
        let second = self.whole(from_hour * 3600, to_hour * 3600 - 1);
        day.to_datetime(jiff::civil::Time::midnight()).saturating_add(second.seconds())
    }

    /// A random UUID (version 4).
    pub fn uuid(&mut self) -> String {
        let mut bytes: [u8; 16] = self.0.random();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}
