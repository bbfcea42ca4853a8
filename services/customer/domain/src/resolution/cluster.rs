//! Parties out of pairs: records that hang together densely enough, so that a chain of likenesses makes no party.

use super::model::Scored;
use super::spec::Spec;
use super::table::{MISSING, Table};
use std::collections::{HashMap, HashSet};

/// Of the pairs within a party, at least this share must be matches.
pub const DENSITY: f64 = 0.5;

/// Parties, and the matches that were not followed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clusters {
    /// Parties of two records or more, each in ascending order.
    pub parties: Vec<Vec<u32>>,
    /// Matches that would have made a chain, or joined different registration numbers: for a person.
    pub refused: Vec<Scored>,
}

/// Joins the strongest matches first; refuses one that would leave a party too thin or contradict itself.
#[must_use]
pub fn cluster(spec: &Spec, table: &Table, matches: &[Scored]) -> Clusters {
    let mut order: Vec<&Scored> = matches.iter().collect();
    order.sort_by(|a, b| {
        b.weight.total_cmp(&a.weight).then((a.left, a.right).cmp(&(b.left, b.right)))
    });
    let edges: HashSet<(u32, u32)> = matches.iter().map(|pair| (pair.left, pair.right)).collect();
    let mut parties: Vec<Party> = Vec::new();
    let mut home: HashMap<u32, usize> = HashMap::new();
    let mut refused = Vec::new();
    for pair in order {
        let mut place = |record: u32| {
            *home.entry(record).or_insert_with(|| {
                parties.push(Party::of(spec, table, record));
                parties.len() - 1
            })
        };
        let (mut a, mut b) = (place(pair.left), place(pair.right));
        if a == b {
            continue;
        }
        if parties[a].members.len() < parties[b].members.len() {
            (a, b) = (b, a);
        }
        let between = parties[a].edges_to(&parties[b], &edges);
        if !parties[a].takes(&parties[b], between) {
            refused.push(*pair);
            continue;
        }
        let gone = std::mem::take(&mut parties[b]);
        for record in &gone.members {
            home.insert(*record, a);
        }
        parties[a].absorb(gone, between);
    }
    let mut parties: Vec<Vec<u32>> =
        parties.into_iter().map(|party| party.members).filter(|all| all.len() > 1).collect();
    for party in &mut parties {
        party.sort_unstable();
    }
    parties.sort_unstable();
    Clusters { parties, refused }
}

#[derive(Debug, Default)]
struct Party {
    members: Vec<u32>,
    edges: u64,
    /// Registration numbers, one a decisive comparison.
    numbers: Vec<u32>,
}

impl Party {
    fn of(spec: &Spec, table: &Table, record: u32) -> Self {
        let columns = spec.comparisons.iter().zip(&table.columns);
        let decisive = columns.filter(|(comparison, _)| comparison.decisive);
        let numbers = decisive.map(|(_, column)| column.symbol(record)).collect();
        Self { members: vec![record], edges: 0, numbers }
    }

    fn edges_to(&self, other: &Self, edges: &HashSet<(u32, u32)>) -> u64 {
        let mut count = 0;
        for a in &other.members {
            for b in &self.members {
                count += u64::from(edges.contains(&(*a.min(b), *a.max(b))));
            }
        }
        count
    }

    fn takes(&self, other: &Self, between: u64) -> bool {
        let size = (self.members.len() + other.members.len()) as u64;
        let pairs = size * (size - 1) / 2;
        // In whole numbers: 2 * edges >= pairs is a density of one half.
        let dense = 2 * (self.edges + other.edges + between) >= pairs;
        let agree = |(a, b): (&u32, &u32)| *a == MISSING || *b == MISSING || a == b;
        // Two records that were compared directly may differ by a slip; a third must not bring another number.
        let pair = size == 2;
        dense && (pair || self.numbers.iter().zip(&other.numbers).all(agree))
    }

    fn absorb(&mut self, other: Self, between: u64) {
        self.members.extend(other.members);
        self.edges += other.edges + between;
        for (own, new) in self.numbers.iter_mut().zip(other.numbers) {
            if *own == MISSING {
                *own = new;
            }
        }
    }
}
