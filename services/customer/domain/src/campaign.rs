//! Campaigns: a field action on machines by lot or serial, from its draft to its close.

mod item;
mod scope;

pub use item::{CampaignItem, CampaignItemState, Holder, HolderSource, Progress, progress};
pub use scope::{CampaignScope, SerialRange, compare_serials, digest};

use crate::customer::name;
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_kernel::resource_id;
use aftercare_kernel::words;
use serde::{Deserialize, Serialize};

resource_id! {
    /// The id of a campaign.
    CampaignId
}

words! {
    /// How a campaign presses.
    CampaignKind {
        /// Stop the machine.
        SafetyRecall = "SAFETY_RECALL",
        /// Change a part.
        Retrofit = "RETROFIT",
        /// Look.
        Inspection = "INSPECTION",
    }
}

words! {
    /// Where a campaign stands.
    CampaignState {
        /// Being written.
        Draft = "DRAFT",
        /// The list is frozen.
        Scoped = "SCOPED",
        /// Two persons approved.
        Approved = "APPROVED",
        /// Owners are told.
        Notifying = "NOTIFYING",
        /// Machines are being done.
        Executing = "EXECUTING",
        /// Over.
        Closed = "CLOSED",
    }
}

/// Why a campaign cannot go on so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CampaignError {
    /// The state does not lead there.
    #[error("a campaign that is {state} cannot be {verb}; it can be when it is {needed}")]
    IllegalMove {
        /// The present state.
        state: CampaignState,
        /// What was asked for.
        verb: &'static str,
        /// States in which that is possible.
        needed: String,
    },
    /// No machine is concerned.
    #[error("no machine is within the scope")]
    NoMachine,
    /// The list was frozen anew since the approver read it.
    #[error("the frozen list is {frozen}, not the one that is approved")]
    OtherList {
        /// Digest of the frozen list.
        frozen: String,
    },
    /// Two persons approve, not one twice.
    #[error("{0} approved already; a second person must approve")]
    SamePerson(String),
    /// Machines are not done, and no reason is given.
    #[error("{0} machines are not done; a reason is needed to close all the same")]
    ItemsOpen(usize),
    /// The machine's state does not lead there.
    #[error("a machine that is {from} cannot become {to}")]
    IllegalItemMove {
        /// The present state.
        from: CampaignItemState,
        /// The state asked for.
        to: CampaignItemState,
    },
    /// The work order does not show that the machine was done.
    #[error("{work_order} is not a completed work order of the machine")]
    NotDone {
        /// The work order given; may be empty.
        work_order: String,
    },
}

impl Fault for CampaignError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::IllegalMove { .. } => "ILLEGAL_CAMPAIGN_MOVE",
            Self::NoMachine => "CAMPAIGN_SCOPE_EMPTY",
            Self::OtherList { .. } => "CAMPAIGN_LIST_CHANGED",
            Self::SamePerson(_) => "CAMPAIGN_SECOND_PERSON_NEEDED",
            Self::ItemsOpen(_) => "CAMPAIGN_ITEMS_OPEN",
            Self::IllegalItemMove { .. } => "ILLEGAL_CAMPAIGN_ITEM_MOVE",
            Self::NotDone { .. } => "CAMPAIGN_WORK_NOT_DONE",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::IllegalMove { state, verb, needed } => vec![
                ("state", state.to_string()),
                ("move", (*verb).to_owned()),
                ("needed", needed.clone()),
            ],
            Self::NoMachine => Vec::new(),
            Self::OtherList { frozen } => vec![("scope_sha256", frozen.clone())],
            Self::SamePerson(person) => vec![("approver", person.clone())],
            Self::ItemsOpen(open) => vec![("open", open.to_string())],
            Self::IllegalItemMove { from, to } => {
                vec![("state", from.to_string()), ("wanted", to.to_string())]
            }
            Self::NotDone { work_order } => vec![("work_order", work_order.clone())],
        }
    }
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// The name that people use.
    pub display_name: String,
    /// How it presses.
    pub kind: CampaignKind,
    /// What is wrong and what is done about it.
    pub reason: String,
    /// Which machines.
    pub scope: CampaignScope,
    /// Digest of the frozen list; empty in a draft.
    pub scope_sha256: String,
    /// Machines on the frozen list.
    pub asset_count: u32,
    /// Where it stands.
    pub state: CampaignState,
    /// Who approved.
    pub approvers: Vec<String>,
    /// Why it was closed.
    pub close_reason: String,
    /// Whether the channel's custody could be asked when owners were told.
    pub custody_known: bool,
}

impl Campaign {
    /// Notes what is wrong with the parts that types cannot tell.
    pub fn check(&self, wrong: &mut Violations) {
        name(&self.display_name, "display_name", wrong);
        if self.reason.trim().is_empty() {
            wrong.add("reason", "is required");
        }
        wrong.within("scope", |wrong| self.scope.check(wrong));
    }

    fn need(&self, states: &[CampaignState], verb: &'static str) -> Result<(), CampaignError> {
        if states.contains(&self.state) {
            return Ok(());
        }
        let needed: Vec<_> = states.iter().map(|state| state.as_str()).collect();
        Err(CampaignError::IllegalMove { state: self.state, verb, needed: needed.join(" or ") })
    }

    /// Writes it anew: a draft again, without list and approvals.
    ///
    /// # Errors
    /// [`CampaignError::IllegalMove`] once it is approved.
    pub fn rewrite(&self, new: Self) -> Result<Self, CampaignError> {
        self.need(&[CampaignState::Draft, CampaignState::Scoped], "changed")?;
        Ok(new)
    }

    /// Freezes the list, given as (asset id, serial number).
    ///
    /// # Errors
    /// [`CampaignError::IllegalMove`] once it is approved, [`CampaignError::NoMachine`].
    pub fn freeze(&mut self, list: &[(String, String)]) -> Result<(), CampaignError> {
        self.need(&[CampaignState::Draft, CampaignState::Scoped], "scoped")?;
        if list.is_empty() {
            return Err(CampaignError::NoMachine);
        }
        self.scope_sha256 = digest(list);
        self.asset_count = u32::try_from(list.len()).unwrap_or(u32::MAX);
        self.approvers.clear();
        self.state = CampaignState::Scoped;
        Ok(())
    }

    /// One person approves the list that it read; with the second the campaign is approved.
    ///
    /// # Errors
    /// [`CampaignError`]: not scoped, another list, or the same person again.
    pub fn approve(&mut self, person: &str, list: &str) -> Result<(), CampaignError> {
        self.need(&[CampaignState::Scoped], "approved")?;
        if list != self.scope_sha256 {
            return Err(CampaignError::OtherList { frozen: self.scope_sha256.clone() });
        }
        if self.approvers.iter().any(|known| known == person) {
            return Err(CampaignError::SamePerson(person.to_owned()));
        }
        self.approvers.push(person.to_owned());
        if self.approvers.len() >= 2 {
            self.state = CampaignState::Approved;
        }
        Ok(())
    }

    /// Owners are told from now on.
    ///
    /// # Errors
    /// [`CampaignError::IllegalMove`].
    pub fn notify(&mut self, custody_known: bool) -> Result<(), CampaignError> {
        self.need(&[CampaignState::Approved], "notified")?;
        (self.state, self.custody_known) = (CampaignState::Notifying, custody_known);
        Ok(())
    }

    /// Machines are done from now on.
    ///
    /// # Errors
    /// [`CampaignError::IllegalMove`].
    pub fn execute(&mut self) -> Result<(), CampaignError> {
        self.need(&[CampaignState::Notifying], "executed")?;
        self.state = CampaignState::Executing;
        Ok(())
    }

    /// Ends it; `open` machines are neither done, gone nor out of reach.
    ///
    /// # Errors
    /// [`CampaignError`]: not executing, or open machines and no reason.
    pub fn close(&mut self, open: usize, reason: &str) -> Result<(), CampaignError> {
        self.need(&[CampaignState::Executing], "closed")?;
        if open > 0 && reason.trim().is_empty() {
            return Err(CampaignError::ItemsOpen(open));
        }
        (self.state, self.close_reason) = (CampaignState::Closed, reason.to_owned());
        Ok(())
    }

    /// Whether a machine may be recorded so.
    ///
    /// # Errors
    /// [`CampaignError::IllegalMove`]: owners are not told yet, or machines are not done yet.
    pub fn check_record(&self, to: CampaignItemState) -> Result<(), CampaignError> {
        match to {
            CampaignItemState::Done => self.need(&[CampaignState::Executing], "worked on"),
            CampaignItemState::Open
            | CampaignItemState::Notified
            | CampaignItemState::Answered
            | CampaignItemState::Unreachable
            | CampaignItemState::Scrapped => {
                self.need(&[CampaignState::Notifying, CampaignState::Executing], "recorded on")
            }
        }
    }
}

#[cfg(test)]
mod tests;
