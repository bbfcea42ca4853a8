//! One machine of a campaign, and how far all of them are.

use super::CampaignError;
use aftercare_kernel::words;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

words! {
    /// Where one machine stands.
    CampaignItemState {
        /// Nothing yet.
        Open = "OPEN",
        /// The owner was told.
        Notified = "NOTIFIED",
        /// The owner answered.
        Answered = "ANSWERED",
        /// Done.
        Done = "DONE",
        /// The owner cannot be found.
        Unreachable = "UNREACHABLE",
        /// The machine is gone.
        Scrapped = "SCRAPPED",
    }
}

words! {
    /// Who says that somebody had a machine.
    HolderSource {
        /// The channel's chain of custody.
        Custody = "CUSTODY",
        /// The machine's own history of owners.
        Ownership = "OWNERSHIP",
    }
}

/// One who had the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// `distributors/{distributor}` or `customers/{customer}`.
    pub holder: String,
    /// From when, if it is known.
    pub start: Option<Timestamp>,
    /// Until when; none for the last.
    pub end: Option<Timestamp>,
    /// Who says so.
    pub source: HolderSource,
}

/// One machine of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignItem {
    /// The owner's id.
    pub customer: String,
    /// As on the plate when the list was frozen.
    pub serial_number: String,
    /// Where it stands.
    pub state: CampaignItemState,
    /// `workOrders/{work_order}` by which it was done.
    pub work_order: String,
    /// What was found or said.
    pub note: String,
    /// Who had it, oldest first.
    pub chain: Vec<Holder>,
}

impl CampaignItem {
    /// Moves it; in the same state only the note changes.
    ///
    /// # Errors
    /// [`CampaignError::IllegalItemMove`]: done and scrapped are final, nothing opens again, and who answered was told.
    pub fn record(&mut self, to: CampaignItemState, note: &str) -> Result<(), CampaignError> {
        use CampaignItemState::{Answered, Done, Notified, Open, Scrapped, Unreachable};
        let from = self.state;
        let legal = match from {
            Done | Scrapped => false,
            Open => true,
            Notified => to != Open,
            Answered => matches!(to, Answered | Done | Unreachable | Scrapped),
            Unreachable => to != Open,
        };
        if !legal {
            return Err(CampaignError::IllegalItemMove { from, to });
        }
        self.state = to;
        if !note.is_empty() {
            self.note = note.to_owned();
        }
        Ok(())
    }

    /// Whether something is still to be done about it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(
            self.state,
            CampaignItemState::Open | CampaignItemState::Notified | CampaignItemState::Answered
        )
    }
}

/// How far a campaign is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Progress {
    /// Machines by state.
    pub counts: BTreeMap<&'static str, u32>,
    /// Done of those that are neither scrapped nor unreachable.
    pub closure_rate: f64,
    /// Done of those that are not scrapped: every unreachable one is still at work.
    pub closure_lower: f64,
    /// Every unreachable one is gone.
    pub closure_upper: f64,
    /// Distributors who had machines that are not done.
    pub distributors: BTreeSet<String>,
}

/// Counts the machines; without one that could be done a rate is 1.
#[must_use]
pub fn progress<'a>(items: impl IntoIterator<Item = &'a CampaignItem>) -> Progress {
    let mut found = Progress::default();
    for item in items {
        *found.counts.entry(item.state.as_str()).or_default() += 1;
        if !matches!(item.state, CampaignItemState::Done | CampaignItemState::Scrapped) {
            let custody = item.chain.iter().filter(|held| held.source == HolderSource::Custody);
            found.distributors.extend(custody.map(|held| held.holder.clone()));
        }
    }
    let of = |state: CampaignItemState| {
        f64::from(found.counts.get(state.as_str()).copied().unwrap_or(0))
    };
    let all: f64 = found.counts.values().map(|count| f64::from(*count)).sum();
    let done = of(CampaignItemState::Done);
    let share = |whole: f64| if whole > 0.0 { done / whole } else { 1.0 };
    let there = all - of(CampaignItemState::Scrapped);
    let reachable = there - of(CampaignItemState::Unreachable);
    (found.closure_rate, found.closure_lower) = (share(reachable), share(there));
    found.closure_upper = found.closure_rate;
    found
}
