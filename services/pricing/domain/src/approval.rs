//! Approval: how far a price is under the floor, and who may sell at it. Splitting a contract lowers no approval.

use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_kernel::money::{Money, MoneyError};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A level of approval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApprovalStep {
    /// The role that must approve.
    pub role: String,
    /// The largest gap as a share of the floor, above 0, at most 1.
    pub max_gap_share: Decimal,
    /// The largest gap in money, all gaps of the customer together; none is any.
    pub max_gap: Option<Money>,
}

fn step(role: &str, percent: i64, max_gap: Option<Money>) -> ApprovalStep {
    ApprovalStep { role: role.to_owned(), max_gap_share: Decimal::new(percent, 2), max_gap }
}

/// A manager up to a tenth and an amount, a director up to a half.
#[must_use]
pub fn seeded(manager: Money) -> Vec<ApprovalStep> {
    vec![step("manager", 10, Some(manager)), step("director", 50, None)]
}

/// The same without any amount, for any currency.
#[must_use]
pub fn by_share() -> Vec<ApprovalStep> {
    vec![step("manager", 10, None), step("director", 50, None)]
}

/// Days within which gaps count together unless a policy says otherwise.
#[must_use]
pub const fn window() -> u32 {
    365
}

/// Notes every field of a ladder that cannot be: bounds, currency, steps that narrow.
pub fn check(ladder: &[ApprovalStep], currency: Currency, wrong: &mut Violations) {
    let amount = |step: &ApprovalStep| step.max_gap.map_or(Decimal::MAX, |gap| gap.amount());
    for (i, own) in ladder.iter().enumerate() {
        let field = |name: &str| format!("approval_ladder[{i}].{name}");
        if own.role.trim().is_empty() {
            wrong.add(&field("role"), "is required");
        }
        if own.max_gap_share <= Decimal::ZERO || own.max_gap_share > Decimal::ONE {
            wrong.add(&field("max_gap_share"), "must be above 0 and at most 1");
        }
        if own.max_gap.is_some_and(|gap| gap.currency() != currency) {
            wrong.add(&field("max_gap"), format!("must be in {currency}, the policy's currency"));
        } else if own.max_gap.is_some_and(|gap| gap.amount() <= Decimal::ZERO) {
            wrong.add(&field("max_gap"), "must be above 0");
        }
        let Some(before) = i.checked_sub(1).and_then(|i| ladder.get(i)) else { continue };
        if own.max_gap_share < before.max_gap_share {
            wrong.add(&field("max_gap_share"), "must not be below that of the step before");
        }
        if amount(own) < amount(before) {
            wrong.add(&field("max_gap"), "must not be below that of the step before");
        }
    }
}

/// What a price under the floor demands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    /// The role that must approve; none when the gap is beyond every step.
    pub role: Option<String>,
    /// How far the price is under the floor.
    pub gap: Money,
    /// The same as a share of the floor.
    pub gap_share: Decimal,
    /// All gaps that count together, this one among them.
    pub total_gap: Money,
    /// The customer's other quotes that count together with it.
    pub other_quotes: Vec<String>,
}

/// An approval that was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub principal: String,
    /// In which role of the ladder.
    pub role: String,
    /// Why.
    pub reason: String,
    /// When, micro-seconds since 1970 UTC.
    pub time: i64,
}

/// The gap of a price; none unless it is under the floor.
///
/// # Errors
/// [`MoneyError`] for two currencies.
pub fn gap(price: Money, floor: Money) -> Result<Option<Money>, MoneyError> {
    let gap = floor.checked_sub(price)?;
    Ok((gap.amount() > Decimal::ZERO).then_some(gap))
}

/// What a price demands, the gaps of the customer's other quotes counted with it; none unless it is under the floor. The share
/// of a gap does not change when a contract is split; its amount does, so amounts count together.
///
/// # Errors
/// [`MoneyError`] for two currencies or a sum beyond what money can hold.
pub fn demand(
    ladder: &[ApprovalStep],
    price: Money,
    floor: Money,
    others: &[(String, Money)],
) -> Result<Option<Demand>, MoneyError> {
    let Some(gap) = gap(price, floor)? else { return Ok(None) };
    let total_gap = others.iter().try_fold(gap, |sum, (_, other)| sum.checked_add(*other))?;
    let gap_share = gap.amount().checked_div(floor.amount()).unwrap_or(Decimal::ONE).round_dp(6);
    let role = ladder
        .iter()
        .find(|step| {
            gap_share <= step.max_gap_share
                && step.max_gap.is_none_or(|most| total_gap.amount() <= most.amount())
        })
        .map(|step| step.role.clone());
    let other_quotes = others.iter().map(|(quote, _)| quote.clone()).collect();
    Ok(Some(Demand { role, gap, gap_share, total_gap, other_quotes }))
}

/// The role of the ladder in which a caller may approve: the one that is demanded or a later one. Who holds `admin` may
/// approve whatever somebody may.
///
/// # Errors
/// [`ApprovalError`].
pub fn approve(
    quote: &str,
    ladder: &[ApprovalStep],
    demand: &Demand,
    held: &[String],
) -> Result<String, ApprovalError> {
    let role = demanded(quote, demand)?;
    let from = ladder.iter().position(|step| step.role == role).unwrap_or(ladder.len());
    let later = ladder.iter().skip(from).map(|step| step.role.as_str());
    let mut able = std::iter::once(role).chain(later);
    able.find(|role| held.iter().any(|own| own == role || own == "admin"))
        .map(str::to_owned)
        .ok_or_else(|| ApprovalError::Role { quote: quote.to_owned(), role: role.to_owned() })
}

/// The role that a price demands.
///
/// # Errors
/// [`ApprovalError::Beyond`] when nobody may approve it.
pub fn demanded<'a>(quote: &str, demand: &'a Demand) -> Result<&'a str, ApprovalError> {
    demand.role.as_deref().ok_or_else(|| ApprovalError::Beyond {
        quote: quote.to_owned(),
        share: demand.gap_share,
        total: demand.total_gap,
    })
}

/// Why a price under the floor is not approved.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ApprovalError {
    /// Beyond every step.
    #[error(
        "{quote} is {share} of the floor under it, {total} with the customer's other quotes: beyond every step of the approval ladder"
    )]
    Beyond {
        /// The quote.
        quote: String,
        /// Share of the floor.
        share: Decimal,
        /// All gaps together.
        total: Money,
    },
    /// The caller does not hold the role.
    #[error("{quote} needs the approval of a {role}")]
    Role {
        /// The quote.
        quote: String,
        /// The role that is demanded.
        role: String,
    },
}

impl Fault for ApprovalError {
    fn class(&self) -> Class {
        match self {
            Self::Beyond { .. } | Self::Role { .. } => Class::Precondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Beyond { .. } => "PRICE_BEYOND_APPROVAL",
            Self::Role { .. } => "APPROVAL_ROLE_MISSING",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Beyond { quote, share, total } => vec![
                ("quote", quote.clone()),
                ("gap_share", share.to_string()),
                ("total_gap", total.to_string()),
            ],
            Self::Role { quote, role } => vec![("quote", quote.clone()), ("role", role.clone())],
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Beyond { quote, .. } | Self::Role { quote, .. } => quote.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn yuan(amount: i64) -> Money {
        Money::new(Decimal::from(amount), Currency::CNY).unwrap()
    }

    fn role(price: i64, floor: i64, others: &[i64]) -> Option<Option<String>> {
        let others: Vec<_> = others.iter().map(|gap| ("quotes/o".to_owned(), yuan(*gap))).collect();
        let ladder = seeded(yuan(50_000));
        demand(&ladder, yuan(price), yuan(floor), &others).unwrap().map(|demand| demand.role)
    }

    #[test]
    fn the_gap_decides_who_approves() {
        let some = |role: &str| Some(Some(role.to_owned()));
        assert_eq!(role(100_000, 100_000, &[]), None);
        assert_eq!(role(90_000, 100_000, &[]), some("manager"));
        assert_eq!(role(89_999, 100_000, &[]), some("director"));
        assert_eq!(role(50_000, 100_000, &[]), some("director"));
        assert_eq!(role(49_999, 100_000, &[]), Some(None), "nobody");
        assert_eq!(role(940_000, 1_000_000, &[]), some("director"), "6 %, but 60,000");
    }

    #[test]
    fn ten_small_quotes_need_what_one_large_one_needs() {
        assert_eq!(role(94_000, 100_000, &[]), Some(Some("manager".to_owned())));
        assert_eq!(role(94_000, 100_000, &[6_000; 9]), Some(Some("director".to_owned())));
    }

    #[test]
    fn a_later_step_may_approve_and_an_earlier_one_may_not() {
        let ladder = seeded(yuan(50_000));
        let found = demand(&ladder, yuan(95), yuan(100), &[]).unwrap().unwrap();
        let hold = |roles: &[&str]| roles.iter().map(|role| (*role).to_owned()).collect::<Vec<_>>();
        assert_eq!(approve("quotes/q", &ladder, &found, &hold(&["director"])).unwrap(), "director");
        assert_eq!(approve("quotes/q", &ladder, &found, &hold(&["admin"])).unwrap(), "manager");
        let deep = demand(&ladder, yuan(80), yuan(100), &[]).unwrap().unwrap();
        let refused = approve("quotes/q", &ladder, &deep, &hold(&["agent", "manager"]));
        assert_eq!(refused.unwrap_err().reason(), "APPROVAL_ROLE_MISSING");
        let beyond = demand(&ladder, yuan(10), yuan(100), &[]).unwrap().unwrap();
        let refused = approve("quotes/q", &ladder, &beyond, &hold(&["admin"])).unwrap_err();
        assert_eq!(refused.reason(), "PRICE_BEYOND_APPROVAL");
    }

    #[test]
    fn a_ladder_that_narrows_or_is_in_another_currency_is_refused_by_name() {
        let dollars = Money::new(Decimal::TEN, Currency::EUR).ok();
        let ladder =
            [step("director", 50, None), step("", 20, Some(yuan(5))), step("x", 101, dollars)];
        let mut wrong = Violations::new();
        check(&ladder, Currency::CNY, &mut wrong);
        let invalid = wrong.finish().unwrap_err();
        let fields: Vec<_> = invalid.fields().iter().map(|v| v.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "approval_ladder[1].role",
                "approval_ladder[1].max_gap_share",
                "approval_ladder[1].max_gap",
                "approval_ladder[2].max_gap_share",
                "approval_ladder[2].max_gap",
            ]
        );
    }

    proptest! {
        // Whatever the cut, the last part issued demands at least what the whole would have.
        #[test]
        fn splitting_never_lowers_the_approval(floor in 1_000_i64..2_000_000, percent in 51_i64..100, parts in 1_i64..20) {
            let ladder = seeded(yuan(50_000));
            let level = |demand: Option<Demand>| demand.map_or(0, |found| match found.role.as_deref() {
                Some("manager") => 1,
                Some(_) => 2,
                None => 3,
            });
            let (floor, price) = (floor * parts, floor * parts * percent / 100);
            let whole = level(demand(&ladder, yuan(price), yuan(floor), &[]).unwrap());
            let (small_floor, small_price) = (floor / parts, floor / parts * percent / 100);
            let gap = small_floor - small_price;
            let others = vec![("quotes/o".to_owned(), yuan(gap)); parts as usize - 1];
            let split = level(demand(&ladder, yuan(small_price), yuan(small_floor), &others).unwrap());
            prop_assert!(split >= whole, "{split} {whole}");
        }
    }
}
