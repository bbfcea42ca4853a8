//! What full coverage leaves with the customer: excluded failures and parts that are billed, deductibles, what is over a cap or
//! a limit. Each adds up exactly on average; what depends on whole years is taken as independent of what depends on events.

use crate::aggregate::{Distribution, Risk, compound, convolve};
use crate::cost::{Basis, CELLS, Events, events, parts_share, risks_of, upper_end, years};
use crate::lattice::{Lattice, LatticeError};
use crate::policy::model;
use crate::quote::QuoteInput;
use crate::quote::offer::Billed;
use crate::severity::{EventCost, Severity};
use crate::spectrum::{Spectrum, SpectrumCache};
use crate::tariff::Bills;
use aftercare_kernel::money::Money;
use std::collections::HashMap;
use std::sync::Arc;

/// What the customer pays beside the fee of full coverage.
pub(super) fn retained(
    input: &QuoteInput,
    cache: &mut SpectrumCache,
) -> Result<Billed, LatticeError> {
    let (portfolio, terms, policy) = (&input.portfolio, &input.terms, &input.policy);
    let bills = Bills::of(portfolio, terms, policy);
    let billed = events(&bills.portfolio, &bills.terms, &bills.policy, Basis::ACTUAL);
    let ours = events(portfolio, terms, policy, Basis::ACTUAL);
    let mut means = vec![0.0; portfolio.assets.len()];
    for (bill, own) in billed.iter().zip(&ours) {
        means[bill.asset] += bill.weighted * bill.cost.mean().max(own.cost.gross.mean());
    }
    let count = billed.iter().map(|e| e.count).sum();
    let mut lattice = Lattice::reaching(upper_end(&bills.portfolio, &billed, &means), CELLS)?;
    for _ in 0..12 {
        let sum = Retained { input, bills: &bills, lattice }.sum(&billed, &ours, cache)?;
        if sum.truncated_mass() <= 1e-7 {
            return Ok(Billed { sure: 0.0, events: sum, parameter_error: 0.0, count });
        }
        lattice = lattice.doubled();
    }
    let events = Retained { input, bills: &bills, lattice }.sum(&billed, &ours, cache)?;
    Ok(Billed { sure: 0.0, events, parameter_error: 0.0, count })
}

struct Retained<'a> {
    input: &'a QuoteInput,
    bills: &'a Bills,
    lattice: Lattice,
}

/// Rates, model, mode and year: what is equal for all machines that are alike.
type Kind = (usize, usize, usize, usize);

impl Retained<'_> {
    fn sum(
        &self,
        billed: &[Events],
        ours: &[Events],
        cache: &mut SpectrumCache,
    ) -> Result<Distribution, LatticeError> {
        let assets = &self.input.portfolio.assets;
        let mut risks: Vec<Risk> = assets
            .iter()
            .map(|asset| Risk { events: Vec::new(), shape: asset.frailty.shape, site: None })
            .collect();
        let mut known: HashMap<Kind, Option<Arc<Spectrum>>> = HashMap::new();
        for (bill, own) in billed.iter().zip(ours) {
            let asset = &assets[bill.asset];
            let excluded = bill.weighted - own.weighted;
            let events = &mut risks[bill.asset].events;
            if excluded > 1e-12 * bill.weighted {
                events.push((cache.spectrum(&bill.cost, self.lattice), excluded));
            }
            let kind = (asset.rates, asset.model, bill.mode, bill.year);
            let part = match known.get(&kind) {
                Some(part) => part.clone(),
                None => {
                    let made = self.of_covered(own, cache);
                    known.insert(kind, made.clone());
                    made
                }
            };
            events.extend(part.map(|spectrum| (spectrum, own.weighted)));
        }
        let transform = cache.transform(self.lattice.cells);
        let mut parts = vec![compound(&risks, self.lattice.step, &transform)?];
        self.over_years(ours, &mut parts, cache)?;
        Ok(convolve(&parts, self.lattice.step, &transform))
    }

    /// What the customer pays of a covered failure: the deductible, what is over the cap, the parts that are not ours.
    fn of_covered(&self, own: &Events, cache: &mut SpectrumCache) -> Option<Arc<Spectrum>> {
        let (portfolio, policy) = (&self.input.portfolio, &self.input.policy);
        let cost = &own.cost;
        let layered = cost.deductible > 0.0 || cost.cap.is_some();
        let share = 1.0 - parts_share(&self.input.terms, policy);
        if !layered && share <= 0.0 {
            return None;
        }
        let transform = cache.transform(self.lattice.cells);
        let asset = portfolio.assets.get(own.asset)?;
        let mode = portfolio.models.get(asset.model)?.modes.get(own.mode)?;
        let rates = self.bills.portfolio.rates.get(asset.rates)?;
        let year = *years(&self.input.terms, policy, rates, Basis::ACTUAL).get(own.year)?;
        let unit = share * rates.parts_factor * year.inflation;
        let parts = &mode.costs.parts;
        let family = mode.costs.family;
        let billed = EventCost {
            gross: Severity::with_moments(family, unit * parts.mean, unit * parts.deviation),
            deductible: 0.0,
            cap: None,
            scale: cost.scale,
        };
        let mut sum = Spectrum::of_cost(&billed, self.lattice, &transform);
        if layered {
            let layer = self.layer(cost, cache);
            for (slot, frequency) in sum.frequencies.iter_mut().zip(&layer.frequencies) {
                *slot *= frequency;
            }
            sum.mean += layer.mean;
            sum.held_mean += layer.held_mean;
        }
        Some(Arc::new(sum))
    }

    /// The deductible and what is over the cap of a failure.
    fn layer(&self, cost: &EventCost, cache: &mut SpectrumCache) -> Spectrum {
        let step = self.lattice.step;
        let whole = EventCost { deductible: 0.0, cap: None, ..cost.clone() };
        let masses = self.lattice.discretise(&whole);
        let low = cost.deductible * cost.scale;
        let high = cost.cap.map_or(f64::INFINITY, |cap| low + cap * cost.scale);
        let last = masses.len() - 1;
        let mut kept = vec![0.0; masses.len()];
        for (j, mass) in masses.iter().enumerate() {
            let amount = j as f64 * step;
            let position = ((amount.min(low) + (amount - high).max(0.0)) / step).min(last as f64);
            let below = position.floor() as usize;
            kept[below] += mass * (1.0 - position.fract());
            if position.fract() > 0.0 {
                kept[below + 1] += mass * position.fract();
            }
        }
        let transform = cache.transform(self.lattice.cells);
        let mut spectrum = Spectrum::of_masses(kept, step, &transform);
        spectrum.mean = whole.mean() - cost.mean();
        spectrum
    }

    /// What deductibles and limits of a year and of the term leave with the customer.
    fn over_years(
        &self,
        ours: &[Events],
        parts: &mut Vec<Distribution>,
        cache: &mut SpectrumCache,
    ) -> Result<(), LatticeError> {
        let (terms, policy) = (&self.input.terms, &self.input.policy);
        let amount = |money: Option<Money>| money.map(|money| model(money.amount()));
        let transform = cache.transform(self.lattice.cells);
        let portfolio = &self.input.portfolio;
        let yearly = terms.annual_deductible.is_some() || terms.annual_limit.is_some();
        if !yearly && terms.term_limit.is_none() {
            return Ok(());
        }
        let mut borne = Vec::new();
        let standard = policy.default_rates();
        let rates = portfolio.rates.first().unwrap_or(&standard);
        for (index, year) in years(terms, policy, rates, Basis::ACTUAL).iter().enumerate() {
            let risks = risks_of(portfolio, policy, ours, Some(index), self.lattice, cache);
            let whole = compound(&risks, self.lattice.step, &transform)?;
            let own = amount(terms.annual_deductible).unwrap_or(0.0) * year.present;
            let limit = amount(terms.annual_limit).map_or(f64::INFINITY, |l| l * year.present);
            if yearly {
                parts.push(whole.outside(own, limit));
            }
            borne.push(whole.beyond(own).limited(limit));
        }
        if let Some(limit) = amount(terms.term_limit) {
            let share = crate::cost::present_share(ours);
            let whole = convolve(&borne, self.lattice.step, &transform);
            parts.push(whole.beyond(limit * share));
        }
        Ok(())
    }
}
