//! Chains of custody: who answers for an item at a time, through every case and pallet it was in.
//!
//! Movements may come in any order; the chain depends on them alone. A contradiction is a named fault, and what the
//! chain means in spite of it is defined: the later nesting wins, a shipment by somebody else moves the goods all the
//! same, and what happens after the end is kept but changes nobody's responsibility.

use crate::network::DistributorId;
use aftercare_kernel::words;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happened to an item, said of that item itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Move {
    /// It came into being.
    Commissioned,
    /// It was put into a parent, by its key.
    Packed(String),
    /// It was taken out of a parent.
    Unpacked(String),
    /// Said of a parent: everything was taken out.
    Emptied,
    /// It changed hands.
    Shipped {
        /// From whom.
        from: DistributorId,
        /// To whom.
        to: DistributorId,
        /// Whether it went back up the tree.
        returned: bool,
    },
    /// It ceased to be on sale.
    Ended,
}

impl Move {
    /// At one instant, what comes into being precedes nesting, nesting precedes shipping, shipping precedes un-nesting.
    const fn rank(&self) -> u8 {
        match self {
            Self::Commissioned => 0,
            Self::Packed(_) => 1,
            Self::Shipped { .. } => 2,
            Self::Unpacked(_) | Self::Emptied => 3,
            Self::Ended => 4,
        }
    }
}

/// A move with its time and the event or shipment that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: Move,
    /// The event id, or `shipments/{shipment}`.
    pub evidence: String,
}

words! {
    /// What a step of a chain did.
    StepKind {
        /// The item came into being.
        Commissioned = "COMMISSIONED",
        /// It changed hands.
        Shipped = "SHIPPED",
        /// It went back up the tree.
        Returned = "RETURNED",
        /// It was put into a case or onto a pallet.
        Packed = "PACKED",
        /// It was taken out.
        Unpacked = "UNPACKED",
        /// It ceased to be on sale.
        Ended = "ENDED",
    }
}

words! {
    /// How a chain contradicts itself.
    FaultKind {
        /// A case lies in itself, through others.
        Cycle = "CYCLE",
        /// Put into a second parent without leaving the first.
        TwoParents = "TWO_PARENTS",
        /// Shipped by somebody who did not have it.
        WrongShipper = "WRONG_SHIPPER",
        /// Moved after it had ended.
        AfterEnd = "AFTER_END",
    }
}

/// One step of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happened.
    pub kind: StepKind,
    /// When.
    pub at: Timestamp,
    /// Who answered for it before.
    pub from: Option<DistributorId>,
    /// Who answers for it after.
    pub to: Option<DistributorId>,
    /// The parent through which the step reached the item, or that it was packed into; none if neither.
    pub via: Option<String>,
    /// What says so.
    pub evidence: String,
}

/// A contradiction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainFault {
    /// Which.
    pub kind: FaultKind,
    /// For a person.
    pub description: String,
    /// When.
    pub at: Timestamp,
}

/// A chain up to a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    /// Steps by time.
    pub steps: Vec<Step>,
    /// Who answers for the item; none if nobody is known.
    pub responsible: Option<DistributorId>,
    /// The outermost parent that it is in.
    pub inside: Option<String>,
    /// Whether it has ended.
    pub ended: bool,
    /// Contradictions.
    pub faults: Vec<ChainFault>,
}

/// Movements by item key.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    moves: BTreeMap<String, Vec<Movement>>,
}

/// Nesting deeper than this counts as a cycle.
const DEPTH: usize = 32;

impl Ledger {
    /// Adds a movement of an item, in any order.
    pub fn add(&mut self, item: &str, movement: Movement) {
        let moves = self.moves.entry(item.to_owned()).or_default();
        let key = |m: &Movement| (m.at, m.action.rank(), m.action.clone(), m.evidence.clone());
        let at = moves.partition_point(|m| key(m) < key(&movement));
        if moves.get(at) != Some(&movement) {
            moves.insert(at, movement);
        }
    }

    /// Parents that the movements of the known items name and of which nothing is known here yet.
    #[must_use]
    pub fn unknown_parents(&self) -> Vec<String> {
        let mut parents: Vec<String> = self
            .moves
            .values()
            .flatten()
            .filter_map(|m| if let Move::Packed(parent) = &m.action { Some(parent) } else { None })
            .filter(|parent| !self.moves.contains_key(*parent))
            .cloned()
            .collect();
        parents.sort();
        parents.dedup();
        parents
    }

    /// Notes that an item was looked up, so that it is no unknown parent any more.
    pub fn mark_known(&mut self, item: &str) {
        self.moves.entry(item.to_owned()).or_default();
    }

    /// The chain of an item, up to and including a time.
    #[must_use]
    pub fn chain(&self, item: &str, until: Timestamp) -> Chain {
        let mut chain = Chain::default();
        let mut path = vec![item.to_owned()];
        let mut reached = Vec::new();
        self.walk(item, None, until, None, &mut path, &mut reached, &mut chain.faults);
        reached.sort_by_key(|step| (step.at, step.rank, step.depth));
        for step in reached {
            chain.apply(step);
        }
        chain.inside = self.outermost(item, until);
        chain
    }

    /// Collects what reaches the item within `[since, before)`: its own moves, and those of the parents it lay in.
    #[expect(clippy::too_many_arguments, reason = "one recursion, all of it state of the walk")]
    fn walk(
        &self,
        item: &str,
        since: Option<Timestamp>,
        until: Timestamp,
        before: Option<Timestamp>,
        path: &mut Vec<String>,
        reached: &mut Vec<Reached>,
        faults: &mut Vec<ChainFault>,
    ) {
        let own = path.len() == 1;
        for movement in self.within(item, since, until, before) {
            let carried = matches!(movement.action, Move::Shipped { .. } | Move::Ended);
            if own || carried {
                let via = (!own).then(|| item.to_owned());
                reached.push(Reached::new(movement, via, path.len()));
            }
        }
        for stay in self.stays(item, until, faults, own) {
            let from = since.map_or(stay.from, |since| since.max(stay.from));
            let to = match (stay.to, before) {
                (Some(to), Some(before)) => Some(to.min(before)),
                (to, before) => to.or(before),
            };
            if to.is_some_and(|to| to < from) {
                continue;
            }
            if path.contains(&stay.parent) || path.len() > DEPTH {
                let description = format!("{} lies in itself through {item}", stay.parent);
                faults.push(ChainFault { kind: FaultKind::Cycle, description, at: stay.from });
                continue;
            }
            path.push(stay.parent.clone());
            self.walk(&stay.parent, Some(from), until, to, path, reached, faults);
            path.pop();
        }
    }

    fn within(
        &self,
        item: &str,
        since: Option<Timestamp>,
        until: Timestamp,
        before: Option<Timestamp>,
    ) -> impl Iterator<Item = &Movement> {
        let moves = self.moves.get(item).map_or(&[][..], Vec::as_slice);
        moves.iter().filter(move |m| {
            since.is_none_or(|since| m.at >= since)
                && m.at <= until
                && before.is_none_or(|before| m.at <= before)
        })
    }

    /// When the item lay in which parent.
    fn stays(
        &self,
        item: &str,
        until: Timestamp,
        faults: &mut Vec<ChainFault>,
        tell: bool,
    ) -> Vec<Stay> {
        let mut stays: Vec<Stay> = Vec::new();
        for movement in self.within(item, None, until, None) {
            let open = stays.last_mut().filter(|stay| stay.to.is_none());
            match &movement.action {
                Move::Packed(parent) => {
                    if let Some(stay) = open {
                        let emptied = self.emptied(&stay.parent, stay.from, movement.at);
                        if emptied.is_none() && stay.parent != *parent && tell {
                            let description =
                                format!("put into {parent} while it was in {}", stay.parent);
                            let kind = FaultKind::TwoParents;
                            faults.push(ChainFault { kind, description, at: movement.at });
                        }
                        stay.to = Some(emptied.unwrap_or(movement.at));
                    }
                    stays.push(Stay { parent: parent.clone(), from: movement.at, to: None });
                }
                Move::Unpacked(parent) => {
                    if let Some(stay) = open.filter(|stay| stay.parent == *parent) {
                        stay.to = Some(movement.at);
                    }
                }
                Move::Ended | Move::Commissioned | Move::Emptied | Move::Shipped { .. } => {}
            }
        }
        if let Some(stay) = stays.last_mut().filter(|stay| stay.to.is_none()) {
            stay.to = self.emptied(&stay.parent, stay.from, until);
        }
        stays
    }

    /// When the parent was emptied after `from`, up to `until`.
    fn emptied(&self, parent: &str, from: Timestamp, until: Timestamp) -> Option<Timestamp> {
        self.within(parent, Some(from), until, None)
            .find(|m| m.action == Move::Emptied)
            .map(|m| m.at)
    }

    fn outermost(&self, item: &str, until: Timestamp) -> Option<String> {
        let mut seen = vec![item.to_owned()];
        let mut at = item.to_owned();
        while let Some(stay) = self.stays(&at, until, &mut Vec::new(), false).pop() {
            if stay.to.is_some() || seen.contains(&stay.parent) {
                break;
            }
            at.clone_from(&stay.parent);
            seen.push(stay.parent);
        }
        (at != item).then_some(at)
    }
}

struct Stay {
    parent: String,
    from: Timestamp,
    to: Option<Timestamp>,
}

struct Reached {
    at: Timestamp,
    rank: u8,
    depth: usize,
    action: Move,
    via: Option<String>,
    evidence: String,
}

impl Reached {
    fn new(movement: &Movement, via: Option<String>, depth: usize) -> Self {
        Self {
            at: movement.at,
            rank: movement.action.rank(),
            depth,
            action: movement.action.clone(),
            via,
            evidence: movement.evidence.clone(),
        }
    }
}

impl Chain {
    fn apply(&mut self, reached: Reached) {
        let Reached { at, action, via, evidence, .. } = reached;
        let moves_goods = matches!(action, Move::Shipped { .. });
        if self.ended && moves_goods {
            let description = "moved after it had ended".to_owned();
            self.faults.push(ChainFault { kind: FaultKind::AfterEnd, description, at });
        }
        let before = self.responsible.clone();
        let (kind, to, via) = match action {
            Move::Commissioned => (StepKind::Commissioned, before.clone(), via),
            Move::Packed(parent) => (StepKind::Packed, before.clone(), Some(parent)),
            Move::Unpacked(parent) => (StepKind::Unpacked, before.clone(), Some(parent)),
            Move::Emptied => return,
            Move::Ended => {
                self.ended = true;
                (StepKind::Ended, before.clone(), via)
            }
            Move::Shipped { from, to, returned } => {
                if let Some(holder) = before.as_ref().filter(|holder| **holder != from) {
                    let description = format!(
                        "shipped by distributors/{from} while distributors/{holder} answered for it"
                    );
                    self.faults.push(ChainFault { kind: FaultKind::WrongShipper, description, at });
                }
                if !self.ended {
                    self.responsible = Some(to.clone());
                }
                let kind = if returned { StepKind::Returned } else { StepKind::Shipped };
                self.steps.push(Step { kind, at, from: Some(from), to: Some(to), via, evidence });
                return;
            }
        };
        self.steps.push(Step { kind, at, from: before, to, via, evidence });
    }
}

#[cfg(test)]
mod tests;
