//! Sanctions: a versioned ladder by scale, intent and repetition proposes; a person decides.

use crate::network::ProductId;
use crate::rebate::{RebatePlan, RebatePlanId};
use crate::scale::Scale;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_kernel::period::Period;
use aftercare_kernel::region::RegionCode;
use aftercare_kernel::share::Share;
use aftercare_kernel::words;
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

words! {
    /// Whether the diversion was meant.
    Intent {
        /// A slip.
        Negligent = "NEGLIGENT",
        /// It knew, and did nothing.
        Tolerated = "TOLERATED",
        /// It shipped there to profit.
        Deliberate = "DELIBERATE",
    }
}

words! {
    /// What kind of sanction.
    SanctionKind {
        /// A written warning.
        Warning = "WARNING",
        /// Part of the rebate is withheld.
        RebateDeduction = "REBATE_DEDUCTION",
        /// No deliveries for a time.
        SupplyHold = "SUPPLY_HOLD",
        /// The deposit is forfeited.
        DepositForfeited = "DEPOSIT_FORFEITED",
        /// Regions are taken away.
        TerritoryReduced = "TERRITORY_REDUCED",
        /// The agreement ends.
        AgreementEnded = "AGREEMENT_ENDED",
    }
}

/// A sanction, proposed or decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sanction {
    /// What.
    pub kind: SanctionKind,
    /// Deduction or deposit: how much.
    pub amount: Option<Money>,
    /// Deduction: part of the rebate.
    pub rebate_share: Option<Share>,
    /// Deduction: from which plan.
    pub rebate_plan: Option<RebatePlanId>,
    /// Hold: which products; empty for all.
    pub products: Vec<ProductId>,
    /// Hold: when.
    pub period: Option<Period>,
    /// Territory reduced: regions taken away.
    pub regions: Vec<RegionCode>,
    /// Why.
    pub reasons: Vec<String>,
}

impl Sanction {
    /// Whether two persons must decide it.
    #[must_use]
    pub const fn needs_two(&self) -> bool {
        matches!(self.kind, SanctionKind::SupplyHold)
    }
}

/// One rung: what is proposed from so many points on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// Points from which it holds.
    pub from: u32,
    /// Part of the rebate withheld, in percent.
    pub deduction_percent: i64,
    /// Days without deliveries.
    pub hold_days: i32,
    /// Whether the agreement ends.
    pub ends_agreement: bool,
}

/// A ladder; a new one gets a new version, and old decisions keep theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ladder {
    /// Its version.
    pub version: &'static str,
    /// By rising points.
    pub rungs: &'static [Rung],
}

/// The ladder in force.
pub const LADDER: Ladder = Ladder {
    version: "2026-01",
    rungs: &[
        Rung { from: 0, deduction_percent: 0, hold_days: 0, ends_agreement: false },
        Rung { from: 1, deduction_percent: 10, hold_days: 0, ends_agreement: false },
        Rung { from: 2, deduction_percent: 25, hold_days: 0, ends_agreement: false },
        Rung { from: 3, deduction_percent: 40, hold_days: 14, ends_agreement: false },
        Rung { from: 4, deduction_percent: 60, hold_days: 30, ends_agreement: false },
        Rung { from: 5, deduction_percent: 100, hold_days: 60, ends_agreement: false },
        Rung { from: 7, deduction_percent: 100, hold_days: 90, ends_agreement: true },
    ],
};

/// What the ladder looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offence<'a> {
    /// How large it is.
    pub scale: &'a Scale,
    /// Whether it was meant.
    pub intent: Intent,
    /// Earlier conflicts of the same distributor that were confirmed within two years.
    pub earlier: u32,
    /// Which products.
    pub products: &'a [ProductId],
}

/// A proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// By rising severity.
    pub sanctions: Vec<Sanction>,
    /// Of which ladder.
    pub version: &'static str,
    /// What it looked at.
    pub reasons: Vec<String>,
}

/// Proposes sanctions from the ladder; a hold begins on `from`.
///
/// # Errors
/// [`MoneyError`] if purchases and steps of the plan do not go together.
pub fn propose(
    ladder: &Ladder,
    offence: &Offence<'_>,
    plan: Option<(&RebatePlan, Money)>,
    from: Date,
) -> Result<Proposal, MoneyError> {
    let (points, reasons) = points(offence);
    let rung = ladder.rungs.iter().rev().find(|rung| points >= rung.from).or(ladder.rungs.first());
    let why = format!("{points} points on the ladder of {}", ladder.version);
    let mut sanctions =
        vec![Sanction { reasons: vec![why.clone()], ..bare(SanctionKind::Warning) }];
    let Some(rung) = rung else {
        return Ok(Proposal { sanctions, version: ladder.version, reasons });
    };
    if let Some((plan, purchases)) = plan.filter(|_| rung.deduction_percent > 0) {
        sanctions.push(deduction(rung, plan, purchases, &why)?);
    }
    if rung.hold_days > 0 {
        let days: Span = rung.hold_days.days();
        let end = from.checked_add(days).ok();
        let hold = Sanction {
            products: offence.products.to_vec(),
            period: Period::new(from, end).ok(),
            reasons: vec![why.clone(), "two persons must decide a hold".to_owned()],
            ..bare(SanctionKind::SupplyHold)
        };
        sanctions.push(hold);
    }
    if rung.ends_agreement {
        sanctions.push(Sanction { reasons: vec![why], ..bare(SanctionKind::AgreementEnded) });
    }
    Ok(Proposal { sanctions, version: ladder.version, reasons })
}

fn deduction(
    rung: &Rung,
    plan: &RebatePlan,
    purchases: Money,
    why: &str,
) -> Result<Sanction, MoneyError> {
    let rebate = plan.rebate(purchases)?;
    let share = Decimal::new(rung.deduction_percent, 2);
    let amount = rebate.times(share)?;
    let sum = format!(
        "{} % of the rebate of {rebate}, which the purchases of {purchases} earn by rebatePlans/{}",
        rung.deduction_percent, plan.id
    );
    Ok(Sanction {
        amount: Some(amount),
        rebate_share: Share::new(share).ok(),
        rebate_plan: Some(plan.id.clone()),
        reasons: vec![why.to_owned(), sum],
        ..bare(SanctionKind::RebateDeduction)
    })
}

/// Scale 0 to 3, intent 0 to 2, repetition 0 to 2.
fn points(offence: &Offence<'_>) -> (u32, Vec<String>) {
    let share = offence.scale.diverted_share;
    let by_scale = [0.03, 0.10, 0.25].iter().map(|limit| u32::from(share >= *limit)).sum::<u32>();
    let by_intent = match offence.intent {
        Intent::Negligent => 0,
        Intent::Tolerated => 1,
        Intent::Deliberate => 2,
    };
    let by_repetition = offence.earlier.min(2);
    let reasons = vec![
        format!(
            "scale: {:.1} % of its units were diverted (3, 10 and 25 % give a point each): {by_scale}",
            share * 100.0
        ),
        format!("intent {}: {by_intent}", offence.intent),
        format!("{} confirmed conflicts within two years: {by_repetition}", offence.earlier),
    ];
    (by_scale + by_intent + by_repetition, reasons)
}

const fn bare(kind: SanctionKind) -> Sanction {
    Sanction {
        kind,
        amount: None,
        rebate_share: None,
        rebate_plan: None,
        products: Vec::new(),
        period: None,
        regions: Vec::new(),
        reasons: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::DistributorId;
    use crate::rebate::RebateStep;
    use crate::scale::Units;
    use aftercare_kernel::currency::Currency;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn scale(share: f64) -> Scale {
        Scale {
            regions: vec![],
            diverted: Units::default(),
            diverted_share: share,
            value_at_list: None,
            loss: None,
            assumptions: vec![],
        }
    }

    fn cny(cents: i64) -> Money {
        Money::new(Decimal::new(cents, 2), Currency::CNY).unwrap()
    }

    fn plan() -> RebatePlan {
        RebatePlan {
            id: RebatePlanId::parse("b1").unwrap(),
            distributor: DistributorId::parse("d1").unwrap(),
            period: Period::new(date(2025, 1, 1), Some(date(2026, 1, 1))).unwrap(),
            steps: vec![RebateStep {
                threshold: cny(3_300_000_000),
                rate: Share::new(Decimal::new(5, 2)).unwrap(),
            }],
            purchases: None,
        }
    }

    fn proposed(share: f64, intent: Intent, earlier: u32) -> Proposal {
        let scale = scale(share);
        let offence = Offence { scale: &scale, intent, earlier, products: &[] };
        propose(&LADDER, &offence, Some((&plan(), cny(3_313_411_000))), date(2026, 1, 5)).unwrap()
    }

    #[test]
    fn severity_rises_with_scale_intent_and_repetition() {
        // The rebate is 33,134,110.00 x 5 % = 1,656,705.50.
        for (share, intent, earlier, deduction, hold_days, ends) in [
            (0.01, Intent::Negligent, 0, None, None, false),
            (0.05, Intent::Negligent, 0, Some(16_567_055), None, false),
            (0.30, Intent::Negligent, 0, Some(66_268_220), Some(14), false),
            (0.30, Intent::Deliberate, 0, Some(165_670_550), Some(60), false),
            (0.30, Intent::Deliberate, 5, Some(165_670_550), Some(90), true),
        ] {
            let found = proposed(share, intent, earlier).sanctions;
            let of = |kind| found.iter().find(|s| s.kind == kind);
            assert!(of(SanctionKind::Warning).is_some());
            assert_eq!(
                of(SanctionKind::RebateDeduction).and_then(|s| s.amount),
                deduction.map(cny),
                "{share}"
            );
            let days = of(SanctionKind::SupplyHold).and_then(|s| s.period).and_then(|p| p.days());
            assert_eq!(days, hold_days, "{share}");
            assert_eq!(of(SanctionKind::AgreementEnded).is_some(), ends, "{share}");
        }
    }

    #[test]
    fn only_holds_need_two_persons() {
        let found = proposed(0.3, Intent::Deliberate, 0).sanctions;
        let two: Vec<SanctionKind> =
            found.iter().filter(|s| s.needs_two()).map(|s| s.kind).collect();
        assert_eq!(two, [SanctionKind::SupplyHold]);
    }

    proptest! {
        #[test]
        fn a_larger_scale_never_costs_less(a in 0.0f64..1.0, more in 0.0f64..1.0, earlier in 0u32..5) {
            let cost = |share: f64| proposed(share, Intent::Tolerated, earlier).sanctions.iter().filter_map(|s| s.amount).map(|m| m.micros()).sum::<i64>();
            prop_assert!(cost(a) <= cost((a + more).min(1.0)));
        }
    }
}
