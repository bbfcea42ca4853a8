//! How a contract ends: notice, automatic renewal, expiry.

use super::{ContractState, LifeError};
use crate::terms::Terms;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One side does not want the next term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// When it was given.
    pub day: Date,
    /// Why.
    pub reason: String,
}

/// Takes notice of a contract.
///
/// # Errors
/// [`LifeError::NoticeTooLate`] after the last day of notice, [`LifeError::Contract`] unless the contract is in force.
pub fn give_notice(
    contract: &str,
    state: ContractState,
    (end, terms): (Date, &Terms),
    notice: Notice,
) -> Result<Notice, LifeError> {
    match state {
        ContractState::Active | ContractState::Suspended => {}
        ContractState::Accepted
        | ContractState::Renewed
        | ContractState::Expired
        | ContractState::Terminated => {
            let contract = contract.to_owned();
            return Err(LifeError::Contract { contract, state, wanted: "given notice of" });
        }
    }
    let until = end.checked_sub(i64::from(terms.notice_days).days()).unwrap_or(Date::MIN);
    if notice.day > until {
        return Err(LifeError::NoticeTooLate { contract: contract.to_owned(), until });
    }
    Ok(notice)
}

/// What a day makes of a contract's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtEnd {
    /// Its end has not come, or it is over already.
    Wait,
    /// It renews itself.
    Renew,
    /// It expires.
    Expire,
}

/// A contract in force renews itself at its end if the terms say so and nobody gave notice; else it expires.
#[must_use]
pub fn at_end(
    state: ContractState,
    (end, terms): (Date, &Terms),
    notice: Option<&Notice>,
    today: Date,
) -> AtEnd {
    if today < end {
        return AtEnd::Wait;
    }
    match state {
        ContractState::Active if terms.automatic_renewal && notice.is_none() => AtEnd::Renew,
        ContractState::Accepted | ContractState::Active | ContractState::Suspended => AtEnd::Expire,
        ContractState::Renewed | ContractState::Expired | ContractState::Terminated => AtEnd::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::CoverageLevel;
    use aftercare_kernel::fault::Fault;
    use jiff::civil::date;
    use rust_decimal::Decimal;

    const END: Date = date(2029, 8, 1);

    fn terms(automatic: bool) -> Terms {
        let mut terms = Terms::standard(36, CoverageLevel::Full);
        terms.automatic_renewal = automatic;
        terms.annual_escalation = Decimal::new(3, 2);
        terms
    }

    fn notice(day: Date) -> Notice {
        Notice { day, reason: "the plant closes".to_owned() }
    }

    #[test]
    fn notice_is_taken_until_its_last_day() {
        let terms = terms(true);
        let give = |state, day| give_notice("contracts/c", state, (END, &terms), notice(day));
        assert!(give(ContractState::Active, date(2029, 7, 2)).is_ok());
        let late = give(ContractState::Active, date(2029, 7, 3)).unwrap_err();
        assert_eq!(late.reason(), "NOTICE_TOO_LATE");
        let over = give(ContractState::Expired, date(2029, 1, 1)).unwrap_err();
        assert_eq!(over.reason(), "CONTRACT_STATE");
    }

    #[test]
    fn a_contract_renews_itself_only_when_agreed_and_nobody_gave_notice() {
        let given = notice(date(2029, 1, 1));
        for (state, automatic, notice, today, then) in [
            (ContractState::Active, true, None, date(2029, 7, 31), AtEnd::Wait),
            (ContractState::Active, true, None, END, AtEnd::Renew),
            (ContractState::Active, true, Some(&given), END, AtEnd::Expire),
            (ContractState::Active, false, None, END, AtEnd::Expire),
            (ContractState::Suspended, true, None, END, AtEnd::Expire),
            (ContractState::Accepted, true, None, END, AtEnd::Expire),
            (ContractState::Terminated, true, None, END, AtEnd::Wait),
        ] {
            assert_eq!(at_end(state, (END, &terms(automatic)), notice, today), then, "{state:?}");
        }
    }
}
