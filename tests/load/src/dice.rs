//! Numbers that look random and are the same in every run: splitmix64 (Steele, Lea and Flood 2014).

/// Where the sequence stands.
pub struct Dice(u64);

impl Dice {
    /// A sequence of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, above 0 and at most 1.
    pub fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        ((bits >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn the_first_number_is_the_published_one_and_the_mean_is_a_half() {
        // Seed 0: the reference code's first output is 0xE220A8397B1DCDAF.
        let expected = ((0xE220_A839_7B1D_CDAF_u64 >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        assert!((Dice::new(0).share() - expected).abs() < 1e-16);
        let mut dice = Dice::new(7);
        let mean = (0..100_000).map(|_| dice.share()).sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }
}
