//! Whether a contract bears a work order: the same terms that priced the contract decide, each with its reason.

use crate::cost::parts_share;
use crate::policy::{PricingPolicy, model};
use crate::scope::FixedScope;
use crate::terms::{CoverageLevel, Exclusion, PricingModel, Terms};
use aftercare_kernel::money::{Money, MoneyError};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// What a work order cost, in the policy's currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorkCost {
    /// Labour at the region's rate.
    pub labour: Money,
    /// Parts at cost.
    pub parts: Money,
    /// The journey at cost.
    pub travel: Money,
}

/// What a fixed price counts, each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScopedKind {
    /// A repair.
    #[default]
    Repair,
    /// A planned visit.
    Visit,
    /// Ordered work.
    Ordered,
}

impl ScopedKind {
    /// How many of them a scope holds, and what they are called.
    fn held(self, scope: &FixedScope) -> (u32, &'static str) {
        match self {
            Self::Repair => (scope.repairs, "repairs"),
            Self::Visit => (scope.visits, "planned visits"),
            Self::Ordered => {
                let works = scope.works.iter().map(|work| work.quantity);
                (works.fold(0, u32::saturating_add), "pieces of ordered work")
            }
        }
    }
}

/// What is known of a work order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Work {
    /// When it was done; none if that is not known.
    pub day: Option<Date>,
    /// Its machine, and whether the contract covers that machine; none if the machine is not known.
    pub asset: Option<(String, bool)>,
    /// Causes that the technician found.
    pub causes: BTreeSet<Exclusion>,
    /// What it cost; none if that is not known.
    pub cost: Option<WorkCost>,
    /// What it is to a fixed price.
    pub kind: ScopedKind,
    /// Work of that kind under the contract before it; none if it was not counted.
    pub before: Option<u32>,
    /// Part of the labour that is the surcharge of hours which the terms do not promise; none if nobody told the hours.
    pub surcharge: Option<Money>,
}

/// A term that was applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// `period`, `assets`, or a field of the terms.
    pub term: &'static str,
    /// What it did, for a person.
    pub explanation: String,
}

/// What a contract says to a work order.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether we bear it.
    pub covered: bool,
    /// The exclusion that it falls under.
    pub exclusion: Option<Exclusion>,
    /// Every term that mattered, in the order in which it was applied.
    pub applied: Vec<Applied>,
    /// What we bear and what the customer is billed; none if the cost is not known.
    pub split: Option<(Money, Money)>,
}

impl Verdict {
    /// Why, in one line.
    #[must_use]
    pub fn explanation(&self) -> String {
        let reasons: Vec<&str> = self.applied.iter().map(|a| a.explanation.as_str()).collect();
        let head = if self.covered { "covered" } else { "billable" };
        if reasons.is_empty() {
            return format!("{head}: no term takes it out");
        }
        format!("{head}: {}", reasons.join("; "))
    }
}

/// Decides on a work order under a contract's terms and half-open period.
///
/// # Errors
/// [`MoneyError`] for a cost in another currency than the policy's, or beyond what money can hold.
pub fn classify(
    terms: &Terms,
    policy: &PricingPolicy,
    period: (Date, Date),
    work: &Work,
) -> Result<Verdict, MoneyError> {
    let mut applied = Vec::new();
    let mut exclusion = None;
    if let Some(day) = work.day.filter(|day| *day < period.0 || *day >= period.1) {
        let explanation =
            format!("done on {day}, the contract holds from {} until {}", period.0, period.1);
        applied.push(Applied { term: "period", explanation });
    }
    if let Some((asset, false)) = &work.asset {
        let explanation = format!("{asset} is not covered by the contract");
        applied.push(Applied { term: "assets", explanation });
    }
    // The order is that of the exclusions themselves, so that the same findings always name the same term.
    for cause in work.causes.iter().filter(|cause| terms.excludes_event(**cause)) {
        exclusion = exclusion.or(Some(*cause));
        let explanation = format!("{} is excluded", name(*cause));
        applied.push(Applied { term: "terms.exclusions", explanation });
    }
    let consumables = Exclusion::Consumables;
    if work.causes == BTreeSet::from([consumables]) && !terms.bears_consumables() {
        exclusion = exclusion.or(Some(consumables));
        let by_exclusion = terms.exclusions.contains(&consumables);
        applied.push(Applied {
            term: if by_exclusion { "terms.exclusions" } else { "terms.coverage" },
            explanation: "nothing but consumables, which the customer pays".to_owned(),
        });
    }
    applied.extend(by_model(terms, work));
    let covered = applied.is_empty();
    let split =
        work.cost.map(|cost| split(terms, policy, (&cost, work.surcharge), covered, &mut applied));
    Ok(Verdict { covered, exclusion, applied, split: split.transpose()? })
}

/// What the pricing model takes out: everything with time and materials, with a fixed price what goes beyond its scope.
fn by_model(terms: &Terms, work: &Work) -> Option<Applied> {
    if terms.pricing_model == PricingModel::TimeAndMaterials {
        let explanation = "time and materials: billed by the rate card".to_owned();
        return Some(Applied { term: "terms.pricing_model", explanation });
    }
    let scope = terms.scope.as_ref()?;
    let (held, name) = work.kind.held(scope);
    let before = work.before.filter(|before| *before >= held)?;
    let explanation = format!("{before} {name} were made before, the fixed price holds {held}");
    Some(Applied { term: "terms.scope", explanation })
}

/// Our part and the customer's; they add up to the cost exactly.
fn split(
    terms: &Terms,
    policy: &PricingPolicy,
    (cost, surcharge): (&WorkCost, Option<Money>),
    covered: bool,
    applied: &mut Vec<Applied>,
) -> Result<(Money, Money), MoneyError> {
    let whole = cost.labour.checked_add(cost.parts)?.checked_add(cost.travel)?;
    if !covered {
        return Ok((Money::zero(whole.currency()), whole));
    }
    let share = parts_share(terms, policy);
    let share = Decimal::from_f64_retain(share).unwrap_or_default().round_dp(9);
    let parts = cost.parts.times(share)?;
    if parts != cost.parts {
        let explanation = format!(
            "{:.0} % of the parts are ours ({})",
            100.0 * model(share),
            coverage(terms.coverage)
        );
        applied.push(Applied { term: "terms.coverage", explanation });
    }
    let mut ours = cost.labour.checked_add(parts)?.checked_add(cost.travel)?;
    if let Some(surcharge) = surcharge.filter(|surcharge| surcharge.amount() > Decimal::ZERO) {
        let explanation =
            format!("the surcharge of hours that are not promised, {surcharge}, is the customer's");
        applied.push(Applied { term: "terms.after_hours", explanation });
        ours = ours.checked_sub(surcharge)?;
    }
    if let Some(deductible) = terms.deductible.filter(|d| d.amount() > Decimal::ZERO) {
        let explanation = format!("the customer bears the first {deductible}");
        applied.push(Applied { term: "terms.deductible", explanation });
        let rest = ours.checked_sub(deductible)?;
        ours = if rest.amount() > Decimal::ZERO { rest } else { Money::zero(rest.currency()) };
    }
    if let Some(cap) = terms.cap.filter(|cap| cap.amount() < ours.amount()) {
        let explanation = format!("we bear {cap} of an event at most");
        applied.push(Applied { term: "terms.cap", explanation });
        ours = cap;
    }
    Ok((ours, whole.checked_sub(ours)?))
}

const fn name(exclusion: Exclusion) -> &'static str {
    match exclusion {
        Exclusion::NaturalDisaster => "damage by natural disaster",
        Exclusion::Fire => "damage by fire",
        Exclusion::Flood => "damage by flood",
        Exclusion::Misuse => "use outside the manual",
        Exclusion::IntentionalDamage => "damage done on purpose",
        Exclusion::ThirdPartyRepair => "a repair by somebody whom we did not send",
        Exclusion::Consumables => "replacing consumables",
        Exclusion::PowerOff => "a call without a fault because the power was off",
    }
}

const fn coverage(level: CoverageLevel) -> &'static str {
    match level {
        CoverageLevel::LabourOnly => "labour only",
        CoverageLevel::SharedParts => "shared parts",
        CoverageLevel::LabourAndParts => "labour and parts without consumables",
        CoverageLevel::Full => "full coverage",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::ScopedWork;
    use aftercare_kernel::currency::Currency;
    use jiff::civil::date;
    use proptest::prelude::*;

    const PERIOD: (Date, Date) = (date(2026, 8, 1), date(2029, 8, 1));

    fn yuan(text: &str) -> Money {
        Money::new(text.parse().unwrap(), Currency::CNY).unwrap()
    }

    fn work(causes: &[Exclusion]) -> Work {
        Work {
            day: Some(date(2026, 9, 1)),
            asset: Some(("customers/c1/assets/a1".to_owned(), true)),
            causes: causes.iter().copied().collect(),
            cost: Some(WorkCost { labour: yuan("800"), parts: yuan("3000"), travel: yuan("200") }),
            ..Work::default()
        }
    }

    fn terms(coverage: CoverageLevel, exclusions: &[Exclusion]) -> Terms {
        Terms { exclusions: exclusions.iter().copied().collect(), ..Terms::standard(36, coverage) }
    }

    #[test]
    fn a_pricing_model_bills_what_it_does_not_pay_for() {
        let mut billed = terms(CoverageLevel::Full, &[]);
        billed.pricing_model = PricingModel::TimeAndMaterials;
        let found = decide(&billed, &work(&[]));
        assert_eq!((found.covered, found.applied[0].term), (false, "terms.pricing_model"));
        assert_eq!(found.split, Some((yuan("0"), yuan("4000"))));
        let mut fixed = terms(CoverageLevel::Full, &[]);
        fixed.pricing_model = PricingModel::FixedPrice;
        let ordered = ScopedWork {
            description: "overhaul".to_owned(),
            labour_hours: Decimal::TEN,
            parts_cost: None,
            quantity: 3,
        };
        fixed.scope = Some(FixedScope { repairs: 2, visits: 1, works: vec![ordered] });
        for (kind, before, covered) in [
            (ScopedKind::Repair, None, true),
            (ScopedKind::Repair, Some(1), true),
            (ScopedKind::Repair, Some(2), false),
            (ScopedKind::Visit, Some(0), true),
            (ScopedKind::Visit, Some(1), false),
            (ScopedKind::Ordered, Some(2), true),
            (ScopedKind::Ordered, Some(3), false),
        ] {
            let found = decide(&fixed, &Work { kind, before, ..work(&[]) });
            assert_eq!(found.covered, covered, "{kind:?} {before:?}");
        }
    }

    fn decide(terms: &Terms, work: &Work) -> Verdict {
        classify(terms, &PricingPolicy::seeded(), PERIOD, work).unwrap()
    }

    #[test]
    fn a_cause_is_billable_exactly_when_it_is_excluded() {
        for cause in [
            Exclusion::NaturalDisaster,
            Exclusion::Fire,
            Exclusion::Flood,
            Exclusion::Misuse,
            Exclusion::IntentionalDamage,
            Exclusion::ThirdPartyRepair,
            Exclusion::Consumables,
            Exclusion::PowerOff,
        ] {
            let free = decide(&terms(CoverageLevel::Full, &[]), &work(&[cause]));
            assert!(free.covered && free.exclusion.is_none(), "{cause:?}");
            let bound = decide(&terms(CoverageLevel::Full, &[cause]), &work(&[cause]));
            assert_eq!((bound.covered, bound.exclusion), (false, Some(cause)));
            assert_eq!(bound.applied[0].term, "terms.exclusions");
            assert_eq!(bound.split, Some((yuan("0"), yuan("4000"))));
            assert!(bound.explanation().starts_with("billable: "), "{}", bound.explanation());
        }
    }

    #[test]
    fn time_and_machine_take_work_out_before_any_cause() {
        let terms = terms(CoverageLevel::Full, &[Exclusion::Flood]);
        let cases =
            [(date(2026, 7, 31), true), (date(2026, 8, 1), false), (date(2029, 8, 1), true)];
        for (day, out) in cases {
            let found = decide(&terms, &Work { day: Some(day), ..work(&[]) });
            assert_eq!(found.covered, !out, "{day}");
        }
        let foreign = Some(("customers/c1/assets/a9".to_owned(), false));
        let found = decide(&terms, &Work { asset: foreign, ..work(&[Exclusion::Flood]) });
        let named: Vec<_> = found.applied.iter().map(|applied| applied.term).collect();
        assert_eq!(named, ["assets", "terms.exclusions"]);
    }

    #[test]
    fn consumables_alone_are_billed_and_beside_a_fault_only_their_share() {
        let parts = terms(CoverageLevel::LabourAndParts, &[]);
        let alone = decide(&parts, &work(&[Exclusion::Consumables]));
        assert_eq!((alone.covered, alone.applied[0].term), (false, "terms.coverage"));
        let fault = decide(&parts, &work(&[]));
        // The policy takes a tenth of parts as consumables.
        assert_eq!(fault.split, Some((yuan("3700"), yuan("300"))));
        assert_eq!(fault.applied[0].term, "terms.coverage");
    }

    #[test]
    fn deductible_and_cap_split_a_covered_event() {
        let mut wanted = terms(CoverageLevel::Full, &[]);
        wanted.deductible = Some(yuan("500"));
        wanted.cap = Some(yuan("3000"));
        let found = decide(&wanted, &work(&[]));
        assert_eq!((found.covered, found.split), (true, Some((yuan("3000"), yuan("1000")))));
        let named: Vec<_> = found.applied.iter().map(|applied| applied.term).collect();
        assert_eq!(named, ["terms.deductible", "terms.cap"]);
        wanted.deductible = Some(yuan("5000"));
        wanted.cap = None;
        assert_eq!(decide(&wanted, &work(&[])).split, Some((yuan("0"), yuan("4000"))));
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_cost(labour in 0_i64..100_000, parts in 0_i64..100_000, deductible in prop::option::of(0_i64..50_000), cap in prop::option::of(1_i64..50_000), level in 0_usize..4) {
            let level = [CoverageLevel::LabourOnly, CoverageLevel::SharedParts, CoverageLevel::LabourAndParts, CoverageLevel::Full][level];
            let cents = |value: i64| Money::new(Decimal::new(value, 2), Currency::CNY).unwrap();
            let wanted = Terms { deductible: deductible.map(cents), cap: cap.map(cents), ..terms(level, &[]) };
            let cost = WorkCost { labour: cents(labour), parts: cents(parts), travel: cents(1_234) };
            let (ours, theirs) = decide(&wanted, &Work { cost: Some(cost), ..work(&[]) }).split.unwrap();
            let whole = Decimal::new(labour + parts + 1_234, 2);
            prop_assert_eq!(ours.amount() + theirs.amount(), whole);
            prop_assert!(ours.amount() >= Decimal::ZERO && theirs.amount() >= Decimal::ZERO);
            if let Some(cap) = wanted.cap {
                prop_assert!(ours.amount() <= cap.amount());
            }
        }
    }
}
