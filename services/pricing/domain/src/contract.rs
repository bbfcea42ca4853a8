//! The life of quotes and contracts: which change of state is allowed.

use aftercare_kernel::fault::{Class, Fault};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

mod ending;
pub use ending::{AtEnd, Notice, at_end, give_notice};

/// Where a quote stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum QuoteState {
    /// Computed.
    Quoted,
    /// Its price is under the floor.
    AwaitingApproval,
    /// With the customer.
    Offered,
    /// There is a contract.
    Accepted,
    /// Declined or withdrawn.
    Declined,
}

/// Where a contract stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContractState {
    /// Agreed, not in force.
    Accepted,
    /// In force.
    Active,
    /// In force, but nothing is owed.
    Suspended,
    /// Followed by another.
    Renewed,
    /// Over.
    Expired,
    /// Ended before its time.
    Terminated,
}

/// A change of state that is not allowed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LifeError {
    /// A quote stands elsewhere.
    #[error("{quote} is {state:?} and cannot be {wanted}")]
    Quote {
        /// The quote.
        quote: String,
        /// Where it stands.
        state: QuoteState,
        /// What was asked for.
        wanted: &'static str,
    },
    /// A contract stands elsewhere.
    #[error("{contract} is {state:?} and cannot be {wanted}")]
    Contract {
        /// The contract.
        contract: String,
        /// Where it stands.
        state: ContractState,
        /// What was asked for.
        wanted: &'static str,
    },
    /// The quote is no longer valid.
    #[error("{quote} was valid until {until}")]
    Lapsed {
        /// The quote.
        quote: String,
        /// Its last day.
        until: Date,
    },
    /// Another contract covers an asset at the time.
    #[error("{asset} is covered by {contract} at that time")]
    Covered {
        /// The asset.
        asset: String,
        /// The other contract.
        contract: String,
    },
    /// Notice after its last day.
    #[error("{contract} takes notice until {until}")]
    NoticeTooLate {
        /// The contract.
        contract: String,
        /// The last day of notice.
        until: Date,
    },
}

impl Fault for LifeError {
    fn class(&self) -> Class {
        match self {
            Self::Quote { .. }
            | Self::Contract { .. }
            | Self::Lapsed { .. }
            | Self::Covered { .. }
            | Self::NoticeTooLate { .. } => Class::Precondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Quote { .. } => "QUOTE_STATE",
            Self::Contract { .. } => "CONTRACT_STATE",
            Self::Lapsed { .. } => "QUOTE_LAPSED",
            Self::Covered { .. } => "ASSET_ALREADY_COVERED",
            Self::NoticeTooLate { .. } => "NOTICE_TOO_LATE",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Quote { quote, state, wanted } => {
                vec![
                    ("quote", quote.clone()),
                    ("state", format!("{state:?}")),
                    ("wanted", (*wanted).into()),
                ]
            }
            Self::Contract { contract, state, wanted } => vec![
                ("contract", contract.clone()),
                ("state", format!("{state:?}")),
                ("wanted", (*wanted).into()),
            ],
            Self::Lapsed { quote, until } => {
                vec![("quote", quote.clone()), ("until", until.to_string())]
            }
            Self::Covered { asset, contract } => {
                vec![("asset", asset.clone()), ("contract", contract.clone())]
            }
            Self::NoticeTooLate { contract, until } => {
                vec![("contract", contract.clone()), ("until", until.to_string())]
            }
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Quote { quote, .. } | Self::Lapsed { quote, .. } => quote.clone(),
            Self::Contract { contract, .. }
            | Self::Covered { contract, .. }
            | Self::NoticeTooLate { contract, .. } => contract.clone(),
        }
    }
}

/// A quote is offered: at once, or after an approval if its price is under the floor.
///
/// # Errors
/// [`LifeError::Quote`] unless it is QUOTED, [`LifeError::Lapsed`] after its last day.
pub fn issue(
    quote: &str,
    state: QuoteState,
    under_floor: bool,
    until: Date,
    today: Date,
) -> Result<QuoteState, LifeError> {
    if state != QuoteState::Quoted {
        return Err(LifeError::Quote { quote: quote.to_owned(), state, wanted: "issued" });
    }
    valid(quote, until, today)?;
    Ok(if under_floor { QuoteState::AwaitingApproval } else { QuoteState::Offered })
}

/// A price under the floor is approved.
///
/// # Errors
/// [`LifeError::Quote`] unless it awaits approval.
pub fn approve(quote: &str, state: QuoteState) -> Result<QuoteState, LifeError> {
    match state {
        QuoteState::AwaitingApproval => Ok(QuoteState::Offered),
        QuoteState::Quoted | QuoteState::Offered | QuoteState::Accepted | QuoteState::Declined => {
            Err(LifeError::Quote { quote: quote.to_owned(), state, wanted: "approved" })
        }
    }
}

/// The customer says yes.
///
/// # Errors
/// [`LifeError::Quote`] unless it is OFFERED, [`LifeError::Lapsed`] after its last day.
pub fn accept(
    quote: &str,
    state: QuoteState,
    until: Date,
    today: Date,
) -> Result<QuoteState, LifeError> {
    if state != QuoteState::Offered {
        return Err(LifeError::Quote { quote: quote.to_owned(), state, wanted: "accepted" });
    }
    valid(quote, until, today)?;
    Ok(QuoteState::Accepted)
}

/// The customer says no, or we withdraw.
///
/// # Errors
/// [`LifeError::Quote`] once it is accepted or declined.
pub fn decline(quote: &str, state: QuoteState) -> Result<QuoteState, LifeError> {
    match state {
        QuoteState::Quoted | QuoteState::AwaitingApproval | QuoteState::Offered => {
            Ok(QuoteState::Declined)
        }
        QuoteState::Accepted | QuoteState::Declined => {
            Err(LifeError::Quote { quote: quote.to_owned(), state, wanted: "declined" })
        }
    }
}

/// A contract comes into force.
///
/// # Errors
/// [`LifeError::Contract`] unless it is ACCEPTED.
pub fn activate(contract: &str, state: ContractState) -> Result<ContractState, LifeError> {
    if state == ContractState::Accepted {
        return Ok(ContractState::Active);
    }
    Err(LifeError::Contract { contract: contract.to_owned(), state, wanted: "activated" })
}

/// A contract ends before its time.
///
/// # Errors
/// [`LifeError::Contract`] unless it is in force.
pub fn terminate(contract: &str, state: ContractState) -> Result<ContractState, LifeError> {
    match state {
        ContractState::Accepted | ContractState::Active | ContractState::Suspended => {
            Ok(ContractState::Terminated)
        }
        ContractState::Renewed | ContractState::Expired | ContractState::Terminated => {
            Err(LifeError::Contract { contract: contract.to_owned(), state, wanted: "terminated" })
        }
    }
}

/// A contract rests: neither side owes anything.
///
/// # Errors
/// [`LifeError::Contract`] unless it is ACTIVE.
pub fn suspend(contract: &str, state: ContractState) -> Result<ContractState, LifeError> {
    step(contract, state, ContractState::Active, ContractState::Suspended, "suspended")
}

/// A suspended contract is in force again.
///
/// # Errors
/// [`LifeError::Contract`] unless it is SUSPENDED.
pub fn resume(contract: &str, state: ContractState) -> Result<ContractState, LifeError> {
    step(contract, state, ContractState::Suspended, ContractState::Active, "resumed")
}

/// Another contract follows.
///
/// # Errors
/// [`LifeError::Contract`] unless it is ACTIVE.
pub fn renew(contract: &str, state: ContractState) -> Result<ContractState, LifeError> {
    step(contract, state, ContractState::Active, ContractState::Renewed, "renewed")
}

/// What a contract promises is changed.
///
/// # Errors
/// [`LifeError::Contract`] unless it is ACCEPTED or ACTIVE.
pub fn amend(contract: &str, state: ContractState) -> Result<(), LifeError> {
    if matches!(state, ContractState::Accepted | ContractState::Active) {
        return Ok(());
    }
    Err(LifeError::Contract { contract: contract.to_owned(), state, wanted: "amended" })
}

fn step(
    contract: &str,
    state: ContractState,
    from: ContractState,
    to: ContractState,
    wanted: &'static str,
) -> Result<ContractState, LifeError> {
    if state == from {
        return Ok(to);
    }
    Err(LifeError::Contract { contract: contract.to_owned(), state, wanted })
}

fn valid(quote: &str, until: Date, today: Date) -> Result<(), LifeError> {
    if today > until {
        return Err(LifeError::Lapsed { quote: quote.to_owned(), until });
    }
    Ok(())
}

/// The first day after a contract of that many months; an anniversary of 29 February is the 28th.
#[must_use]
pub fn end_date(start: Date, months: u32) -> Date {
    start.checked_add(i64::from(months).months()).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const UNTIL: Date = date(2026, 7, 31);
    const ALL: [QuoteState; 5] = [
        QuoteState::Quoted,
        QuoteState::AwaitingApproval,
        QuoteState::Offered,
        QuoteState::Accepted,
        QuoteState::Declined,
    ];

    #[test]
    fn only_the_drawn_changes_of_a_quote_are_allowed() {
        let day = date(2026, 7, 31);
        for state in ALL {
            let offered = issue("quotes/q", state, false, UNTIL, day);
            assert_eq!(offered.ok(), (state == QuoteState::Quoted).then_some(QuoteState::Offered));
            let approved = approve("quotes/q", state);
            assert_eq!(
                approved.ok(),
                (state == QuoteState::AwaitingApproval).then_some(QuoteState::Offered)
            );
            let accepted = accept("quotes/q", state, UNTIL, day);
            assert_eq!(
                accepted.ok(),
                (state == QuoteState::Offered).then_some(QuoteState::Accepted)
            );
            let over = matches!(state, QuoteState::Accepted | QuoteState::Declined);
            assert_eq!(decline("quotes/q", state).is_err(), over);
        }
    }

    #[test]
    fn a_price_under_the_floor_waits_for_approval() {
        let issued = issue("quotes/q", QuoteState::Quoted, true, UNTIL, UNTIL);
        assert_eq!(issued, Ok(QuoteState::AwaitingApproval));
    }

    #[test]
    fn a_lapsed_quote_is_neither_issued_nor_accepted() {
        let late = date(2026, 8, 1);
        for refused in [
            issue("quotes/q", QuoteState::Quoted, false, UNTIL, late),
            accept("quotes/q", QuoteState::Offered, UNTIL, late),
        ] {
            assert_eq!(refused.unwrap_err().reason(), "QUOTE_LAPSED");
        }
    }

    #[test]
    fn only_the_drawn_changes_of_a_contract_are_allowed() {
        use ContractState::{Accepted, Active, Expired, Renewed, Suspended, Terminated};
        for state in [Accepted, Active, Suspended, Renewed, Expired, Terminated] {
            let name = "contracts/c";
            assert_eq!(suspend(name, state).ok(), (state == Active).then_some(Suspended));
            assert_eq!(resume(name, state).ok(), (state == Suspended).then_some(Active));
            assert_eq!(renew(name, state).ok(), (state == Active).then_some(Renewed));
            assert_eq!(amend(name, state).is_ok(), matches!(state, Accepted | Active));
        }
    }

    #[test]
    fn a_contract_is_activated_once_and_ends_on_its_anniversary() {
        assert_eq!(activate("contracts/c", ContractState::Accepted), Ok(ContractState::Active));
        assert!(activate("contracts/c", ContractState::Active).is_err());
        assert!(terminate("contracts/c", ContractState::Expired).is_err());
        assert_eq!(end_date(date(2024, 2, 29), 12), date(2025, 2, 28));
        assert_eq!(end_date(date(2026, 7, 1), 36), date(2029, 7, 1));
    }
}
