//! Exponential and logarithm of many complex numbers at once: the same bits on every machine, eight side by side so that the
//! compiler uses the widest vectors that the processor has (none of them fuses or reorders, so the bits stay).
//!
//! Ranges are reduced as usual (Cody and Waite 1980); the polynomials are our own Chebyshev fits, each within 1e-16.

use pulp::{Arch, NullaryFnOnce};
use realfft::num_complex::Complex64;
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, FRAC_PI_4, LOG2_E};

/// Numbers side by side.
pub(crate) const LANES: usize = 8;

pub(crate) type Lanes = [f64; LANES];

/// Adding it leaves the nearest whole number in the lowest bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// ln 2 in two parts; the first has 32 bits, so that its product with an exponent is exact.
const LN_2: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);

/// A quarter turn in three parts of 31 bits and the rest.
const QUARTER: (f64, f64, f64) =
    (1.570_796_326_734_125_6, 6.077_100_503_593_46e-11, 2.912_732_056_093_356e-20);

/// Of (exp r - 1 - r) / r^2 for |r| <= ln 2 / 2, highest power first, as all that follow.
const EXP: [f64; 10] = [
    2.510_038_549_551_032e-8,
    2.762_008_844_540_974_6e-7,
    2.755_726_845_999_706_4e-6,
    2.480_152_129_595_437_6e-5,
    0.000_198_412_698_630_536_18,
    0.001_388_888_891_721_371_7,
    0.008_333_333_333_330_062,
    0.041_666_666_666_624_13,
    0.166_666_666_666_666_69,
    0.500_000_000_000_000_1,
];

/// Of (sin r - r) / r^3 in r^2 for |r| <= pi / 4.
const SIN: [f64; 6] = [
    1.591_810_123_027_412e-10,
    -2.505_113_145_542_795e-8,
    2.755_731_610_068_303e-6,
    -0.000_198_412_698_367_549_7,
    0.008_333_333_333_330_946,
    -0.166_666_666_666_666_66,
];

/// Of (cos r - 1 + r^2 / 2) / r^4 in r^2 for |r| <= pi / 4.
const COS: [f64; 6] = [
    -1.138_261_486_855_632_5e-11,
    2.087_614_602_468_974_9e-9,
    -2.755_731_727_056_032_6e-7,
    2.480_158_729_876_343_3e-5,
    -0.001_388_888_888_888_739_5,
    0.041_666_666_666_666_664,
];

/// Of (atan t - t) / t^3 in t^2 for |t| <= tan(pi / 8).
const ATAN: [f64; 10] = [
    0.022_748_939_747_779_046,
    -0.044_832_186_289_953_74,
    0.057_362_969_593_526_145,
    -0.066_496_079_533_997_17,
    0.076_910_546_148_256_47,
    -0.090_908_525_270_882_97,
    0.111_111_096_356_037_96,
    -0.142_857_142_660_822_9,
    0.199_999_999_998_983_24,
    -0.333_333_333_333_332_5,
];

/// Of (ln((1 + s) / (1 - s)) - 2 s) / s^3 in s^2 for a quotient within sqrt(1/2) and sqrt(2).
const LOG: [f64; 7] = [
    0.146_167_211_798_618_16,
    0.153_316_996_335_438_58,
    0.181_828_897_861_910_42,
    0.222_222_111_257_228_1,
    0.285_714_286_260_310_65,
    0.399_999_999_998_993_8,
    0.666_666_666_666_667,
];

#[inline(always)]
fn polynomial<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

#[inline(always)]
fn either(mask: u64, yes: f64, no: f64) -> f64 {
    f64::from_bits((yes.to_bits() & mask) | (no.to_bits() & !mask))
}

#[inline(always)]
fn mask(condition: bool) -> u64 {
    u64::from(condition).wrapping_neg()
}

/// exp(x) for x of at most 700; below -700 it is 0.
#[inline(always)]
fn exp(x: f64) -> f64 {
    let within = x.max(-700.0);
    let shifted = within * LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (within - k * LN_2.0) - k * LN_2.1;
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    let value = (1.0 + (r + r * r * polynomial(&EXP, r))) * power;
    either(mask(x < -700.0), 0.0, value)
}

/// Sine and cosine of an angle within a million.
#[inline(always)]
fn sin_cos(y: f64) -> (f64, f64) {
    let shifted = y * FRAC_2_PI + ROUND;
    let q = shifted - ROUND;
    let r = ((y - q * QUARTER.0) - q * QUARTER.1) - q * QUARTER.2;
    let z = r * r;
    let sin = r + r * z * polynomial(&SIN, z);
    let cos = 1.0 - (0.5 * z - z * z * polynomial(&COS, z));
    let turns = shifted.to_bits();
    let odd = mask(turns & 1 == 1);
    let (first, second) = (either(odd, cos, sin), either(odd, sin, cos));
    let sign = (turns & 2) << 62;
    let next = (turns.wrapping_add(1) & 2) << 62;
    (f64::from_bits(first.to_bits() ^ sign), f64::from_bits(second.to_bits() ^ next))
}

/// ln(1 + x) for x of at least 0, exact to the last bits however small x is.
#[inline(always)]
fn ln_1p(x: f64) -> f64 {
    logarithm(1.0 + x, x)
}

/// ln(y) for a normal y above 0, given y - 1.
#[inline(always)]
fn logarithm(y: f64, less_one: f64) -> f64 {
    const ROOT: u64 = 0x3FE6_A09E_667F_3BCD;
    const WHOLE: u64 = 0x4330_0000_0000_0000;
    let bits = y.to_bits();
    let k = bits.wrapping_sub(ROOT).wrapping_add(1024 << 52) >> 52;
    let exponent = f64::from_bits(WHOLE | k) - (4_503_599_627_370_496.0 + 1024.0);
    let m = f64::from_bits(bits.wrapping_sub(k.wrapping_sub(1024) << 52));
    let f = either(mask(k == 1024), less_one, m - 1.0);
    let s = f / (2.0 + f);
    let z = s * s;
    exponent * LN_2.0 + (exponent * LN_2.1 + (2.0 * s + s * z * polynomial(&LOG, z)))
}

/// The angle of a number with a real part of at least 0, not both 0.
#[inline(always)]
fn angle(re: f64, im: f64) -> f64 {
    const LOW: f64 = 0.414_213_562_373_095_03;
    const HIGH: f64 = 2.414_213_562_373_095;
    let b = im.abs();
    let (middle, steep) = (mask(b > LOW * re), mask(b > HIGH * re));
    let top = either(steep, -re, either(middle, b - re, b));
    let below = either(steep, b, either(middle, b + re, re));
    let base = either(steep, FRAC_PI_2, either(middle, FRAC_PI_4, 0.0));
    let t = top / below;
    let z = t * t;
    (base + (t + t * z * polynomial(&ATAN, z))).copysign(im)
}

/// Real and imaginary parts of at most eight numbers apart, 0 where there are fewer.
#[inline(always)]
pub(crate) fn parts(numbers: &[Complex64]) -> (Lanes, Lanes) {
    let mut found = ([0.0; LANES], [0.0; LANES]);
    match numbers.first_chunk::<LANES>() {
        Some(whole) => {
            for (i, number) in whole.iter().enumerate() {
                (found.0[i], found.1[i]) = (number.re, number.im);
            }
        }
        None => {
            for (i, number) in numbers.iter().enumerate() {
                (found.0[i], found.1[i]) = (number.re, number.im);
            }
        }
    }
    found
}

/// Replaces each number by its exponential: real parts of at most 700, imaginary parts within a million.
pub fn exp_all(numbers: &mut [Complex64]) {
    Arch::new().dispatch(ExpAll(numbers));
}

struct ExpAll<'a>(&'a mut [Complex64]);

impl NullaryFnOnce for ExpAll<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for eight in self.0.chunks_mut(LANES) {
            let (mut re, mut im) = parts(eight);
            for (re, im) in re.iter_mut().zip(&mut im) {
                let (size, (sin, cos)) = (exp(*re), sin_cos(*im));
                (*re, *im) = (size * cos, size * sin);
            }
            for ((number, re), im) in eight.iter_mut().zip(re).zip(im) {
                *number = Complex64::new(re, im);
            }
        }
    }
}

/// Replaces each number by its exponential; below -700 it is 0, above 700 it is not meant for.
pub fn exp_each(numbers: &mut [f64]) {
    Arch::new().dispatch(ExpEach(numbers));
}

struct ExpEach<'a>(&'a mut [f64]);

impl NullaryFnOnce for ExpEach<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for number in self.0 {
            *number = exp(*number);
        }
    }
}

/// Each base to a power; 0 stays 0, other bases are normal and their logarithms times the power within 700.
pub fn powers<const N: usize>(bases: [f64; N], power: f64) -> [f64; N] {
    Arch::new().dispatch(Powers(bases, power))
}

struct Powers<const N: usize>([f64; N], f64);

impl<const N: usize> NullaryFnOnce for Powers<N> {
    type Output = [f64; N];

    #[inline(always)]
    fn call(self) -> [f64; N] {
        let mut found = self.0;
        for number in &mut found {
            let value = exp(self.1 * logarithm(*number, *number - 1.0));
            *number = either(mask(*number == 0.0), 0.0, value);
        }
        found
    }
}

/// ln |1 + z| and the angle of 1 + z, for a real part of at least 0.
#[inline(always)]
pub(crate) fn log_1p(a: f64, b: f64) -> (f64, f64) {
    // |1 + z|^2 = 1 + (2 a + a^2 + b^2): so nothing is lost where z is small.
    (0.5 * ln_1p(2.0 * a + (a * a + b * b)), angle(1.0 + a, b))
}

/// Adds `times` ln(1 + `scale` number) to each sum; the scaled numbers have real parts of at least 0.
pub fn add_ln_1p(sums: &mut [Complex64], numbers: &[Complex64], scale: f64, times: f64) {
    Arch::new().dispatch(AddLn1p { sums, numbers, scale, times });
}

struct AddLn1p<'a> {
    sums: &'a mut [Complex64],
    numbers: &'a [Complex64],
    scale: f64,
    times: f64,
}

impl NullaryFnOnce for AddLn1p<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (sums, eight) in self.sums.chunks_mut(LANES).zip(self.numbers.chunks(LANES)) {
            let (mut re, mut im) = parts(eight);
            for (re, im) in re.iter_mut().zip(&mut im) {
                let (log, angle) = log_1p(*re * self.scale, *im * self.scale);
                (*re, *im) = (log * self.times, angle * self.times);
            }
            for ((sum, re), im) in sums.iter_mut().zip(re).zip(im) {
                *sum += Complex64::new(re, im);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(ours: Complex64, exact: Complex64, within: f64) -> bool {
        (ours - exact).norm() <= within * exact.norm().max(1e-300)
    }

    #[test]
    fn the_edges_are_right() {
        let mut numbers = [(0.0, 0.0), (-800.0, 3.0), (0.0, std::f64::consts::PI), (1.0, 0.0)]
            .map(|(re, im)| Complex64::new(re, im));
        exp_all(&mut numbers);
        assert_eq!(numbers[0], Complex64::new(1.0, 0.0));
        assert_eq!(numbers[1].norm(), 0.0);
        assert!(near(numbers[2], Complex64::new(-1.0, 0.0), 2e-16));
        assert!((numbers[3].re - std::f64::consts::E).abs() < 1e-15);
        // ln(1 + 1e-300): a plain logarithm of the sum would be 0.
        let mut sum = [Complex64::default()];
        add_ln_1p(&mut sum, &[Complex64::new(1e-300, 0.0)], 1.0, 1.0);
        assert!((sum[0].re / 1e-300 - 1.0).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn exponentials_are_those_of_the_standard_library(
            numbers in prop::collection::vec((-690.0..5.0f64, -1e4..1e4f64), 1..40),
        ) {
            let exact: Vec<Complex64> =
                numbers.iter().map(|(re, im)| Complex64::from_polar(re.exp(), *im)).collect();
            let mut ours: Vec<Complex64> =
                numbers.iter().map(|(re, im)| Complex64::new(*re, *im)).collect();
            exp_all(&mut ours);
            for (ours, exact) in ours.iter().zip(&exact) {
                prop_assert!(near(*ours, *exact, 1e-15), "{ours} {exact}");
            }
        }

        #[test]
        fn powers_are_those_of_the_standard_library(
            bases in prop::array::uniform8(1e-9..1e9f64), power in 0.05..8.0f64,
        ) {
            for (ours, base) in powers(bases, power).iter().zip(bases) {
                let exact = base.powf(power);
                prop_assert!((ours - exact).abs() <= 4e-14 * exact, "{base}^{power}: {ours} {exact}");
            }
            prop_assert_eq!(powers([0.0, 1.0], power), [0.0, 1.0]);
        }

        #[test]
        fn logarithms_are_those_of_the_standard_library(
            numbers in prop::collection::vec((0.0..12.0f64, -12.0..12.0f64), 1..40),
        ) {
            // Real and imaginary parts from 1e-12 to a million.
            let numbers: Vec<Complex64> = numbers
                .iter()
                .map(|(a, b)| Complex64::new(10f64.powf(1.5 * a - 12.0), b.signum() * 10f64.powf(1.5 * b.abs() - 12.0)))
                .collect();
            let mut ours = vec![Complex64::default(); numbers.len()];
            add_ln_1p(&mut ours, &numbers, 0.5, -2.0);
            for (ours, number) in ours.iter().zip(&numbers) {
                let (a, b) = (0.5 * number.re, 0.5 * number.im);
                let exact = Complex64::new(0.5 * (2.0 * a + a * a + b * b).ln_1p(), b.atan2(1.0 + a));
                prop_assert!(near(*ours, exact * -2.0, 1e-15), "{number}: {ours} {exact}");
            }
        }
    }
}
