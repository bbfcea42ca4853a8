//! What is compared and how candidates are found: for customers, and for persons.

use super::measure::{LEVELS, Level, Measure};

/// One comparison: a column and how its values are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// What is compared: `legal_name`.
    pub name: &'static str,
    /// How.
    pub measure: Measure,
    /// Whether agreement on a rare value counts for more (Winkler 1989).
    pub by_frequency: bool,
    /// Whether two different values forbid a match without a person's word: registration numbers.
    pub decisive: bool,
    /// Chance that two records of different parties agree exactly, until records say otherwise.
    pub chance: f64,
}

impl Comparison {
    /// A comparison whose agreement is one in a thousand by chance, without frequencies.
    #[must_use]
    pub const fn new(name: &'static str, measure: Measure) -> Self {
        Self { name, measure, by_frequency: false, decisive: false, chance: 1e-3 }
    }

    const fn frequent(self) -> Self {
        Self { by_frequency: true, ..self }
    }

    const fn decisive(self) -> Self {
        Self { decisive: true, ..self }
    }

    const fn chance(self, chance: f64) -> Self {
        Self { chance, ..self }
    }

    /// Share of each level among matches, before records say otherwise.
    pub(crate) fn prior_m(&self) -> [f64; LEVELS] {
        self.spread(0.8)
    }

    /// Share of each level among pairs of different parties, before records say otherwise.
    pub(crate) fn prior_u(&self) -> [f64; LEVELS] {
        let mut prior = [0.0; LEVELS];
        let levels = self.measure.levels();
        let mut left = 1.0;
        for (i, level) in levels.iter().enumerate() {
            let share = if i + 1 == levels.len() { left } else { self.chance * 4f64.powi(rank(i)) };
            prior[level.index()] = share.min(left);
            left = (left - share).max(0.0);
        }
        prior
    }

    /// `first` for the best level, and of the rest three quarters for each next one.
    fn spread(&self, first: f64) -> [f64; LEVELS] {
        let mut prior = [0.0; LEVELS];
        let levels = self.measure.levels();
        let (mut left, mut share) = (1.0, first);
        for (i, level) in levels.iter().enumerate() {
            let part = if i + 1 == levels.len() { left } else { left * share };
            prior[level.index()] = part;
            left -= part;
            share = 0.5;
        }
        prior
    }
}

fn rank(i: usize) -> i32 {
    i32::try_from(i).unwrap_or(0)
}

/// A part of a blocking key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The whole value of a column.
    Whole(usize),
    /// Its first so many characters.
    Start(usize, usize),
}

/// Which records are compared at all: those that share a key of any rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// All parts are equal; a record that misses one has no key.
    Together(Vec<Part>),
    /// The two columns are equal, or equal the other way round.
    Exchanged(usize, usize),
    /// One of the so many rarest words of a name is shared, or two of them together.
    RareWords(usize, usize),
    /// The whole name reads the same.
    SameReading(usize),
}

/// What is compared, and which pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// At most 16.
    pub comparisons: Vec<Comparison>,
    /// Candidate pairs come from any of these.
    pub rules: Vec<Rule>,
    /// Blocks of more records are left out: they hold what is common, not what is shared.
    pub max_block: usize,
    /// The same for blocks of names that share a rare word.
    pub max_word_block: usize,
}

impl Spec {
    /// Customers: registration numbers, name, region, address, phone and domain.
    #[must_use]
    pub fn customers() -> Self {
        use Measure::{Code, Name, Region, Same, Text};
        let comparisons = vec![
            Comparison::new("uscc", Code).chance(1e-7).decisive(),
            Comparison::new("vat_id", Code).chance(1e-7).decisive(),
            Comparison::new("duns", Code).chance(1e-7).decisive(),
            Comparison::new("legal_name", Name).chance(1e-5).frequent(),
            Comparison::new("region", Region).chance(0.03),
            Comparison::new("address", Text).chance(1e-4).frequent(),
            Comparison::new("phone", Same).chance(1e-6).frequent(),
            Comparison::new("domain", Same).chance(1e-5).frequent(),
        ];
        let whole = |column| Rule::Together(vec![Part::Whole(column)]);
        let rules = vec![
            whole(0),
            whole(1),
            whole(2),
            Rule::SameReading(3),
            Rule::RareWords(3, 3),
            whole(5),
            whole(6),
            whole(7),
        ];
        Self { comparisons, rules, max_block: 200, max_word_block: 40 }
    }

    /// Persons as the FEBRL data sets have them, in this order of columns: given name, surname, street number, two lines of
    /// address, suburb, postal code, state, date of birth, personal number.
    #[must_use]
    pub fn persons() -> Self {
        use Measure::{Code, Same, Text};
        let comparisons = vec![
            Comparison::new("given_name", Text).chance(0.01).frequent(),
            Comparison::new("surname", Text).chance(0.005).frequent(),
            Comparison::new("street_number", Code).chance(0.02),
            Comparison::new("address_1", Text).frequent(),
            Comparison::new("address_2", Text).frequent(),
            Comparison::new("suburb", Text).frequent(),
            Comparison::new("postcode", Code).frequent(),
            Comparison::new("state", Same).chance(0.2),
            Comparison::new("date_of_birth", Code).chance(1e-4),
            Comparison::new("personal_number", Code).chance(1e-6),
        ];
        let together = |columns: &[usize]| {
            Rule::Together(columns.iter().map(|column| Part::Whole(*column)).collect())
        };
        let rules = vec![
            together(&[9]),
            together(&[8]),
            Rule::Exchanged(0, 1),
            together(&[3, 2]),
            together(&[1, 6]),
            together(&[0, 6]),
            together(&[4]),
            Rule::Together(vec![Part::Whole(5), Part::Start(1, 3)]),
            Rule::Together(vec![Part::Start(8, 4), Part::Start(1, 3)]),
        ];
        Self { comparisons, rules, max_block: 200, max_word_block: 40 }
    }

    /// The comparison of that name.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.comparisons.iter().position(|comparison| comparison.name == name)
    }
}

/// A pair's levels, four bits a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pattern(u64);

impl Pattern {
    /// The pattern with this level at this comparison.
    #[must_use]
    pub(crate) const fn with(self, comparison: usize, level: Level) -> Self {
        Self(self.0 | ((level.index() as u64) << (4 * comparison)))
    }

    /// The level of a comparison.
    #[must_use]
    pub fn level(self, comparison: usize) -> Level {
        let index = (self.0 >> (4 * comparison)) & 15;
        Level::ALL.get(usize::try_from(index).unwrap_or(0)).copied().unwrap_or(Level::Missing)
    }
}
