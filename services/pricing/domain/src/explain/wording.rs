//! What an explanation says to a person about each driver.

use super::{DriverKind, Quote, QuoteInput};
use crate::cost::AssetExposure;
use crate::policy::model;
use crate::terms::{AfterHours, CoverageLevel, PaymentSchedule, Terms};

/// The explanation of one driver of a quote.
pub(super) fn of(kind: DriverKind, input: &QuoteInput, quote: &Quote) -> String {
    let (policy, terms) = (&input.policy, &input.terms);
    let percent = |share: f64| format!("{:+.0} %", 100.0 * (share - 1.0));
    let rate = |factor: fn(&AssetExposure) -> f64| {
        format!("{} failures than the average machine", percent(average(input, factor)))
    };
    match kind {
        DriverKind::Base => format!(
            "{} machines of {} years, average circumstances, labour only, 24 h response in business hours, {} months",
            input.portfolio.assets.len(),
            policy.reference_age_years,
            terms.term_months,
        ),
        DriverKind::Age => format!(
            "the machines are {:.1} years old on average at the start",
            average(input, |asset| asset.age)
        ),
        DriverKind::Environment => format!("where they work: {}", rate(|asset| asset.environment)),
        DriverKind::Duty => format!("how long they work a day: {}", rate(|asset| asset.duty)),
        DriverKind::Region => format!(
            "where they stand: {}; labour and travel by the region's rates",
            rate(|asset| asset.region)
        ),
        DriverKind::History => format!("their own history: {}", rate(|asset| asset.frailty.mean)),
        DriverKind::Response => {
            format!("an engineer within {:.0} h instead of 24 h", terms.response_hours())
        }
        DriverKind::Coverage => coverage(terms).to_owned(),
        DriverKind::AfterHours => hours(terms).to_owned(),
        DriverKind::Terms => "deductible, cap, exclusions, inspections and renewal".to_owned(),
        DriverKind::Inflation => format!(
            "cost inflation of {:.1} % and discounting at {:.1} % a year",
            100.0 * model(policy.cost_inflation),
            100.0 * model(policy.discount_rate),
        ),
        DriverKind::AnnualLimit => "what the annual limit keeps from us".to_owned(),
        DriverKind::Margin => {
            format!("target margin of {:.0} % of the price", 100.0 * model(policy.target_margin))
        }
        DriverKind::RiskLoad => format!(
            "so that at most {:.0} of 100 such contracts lose money",
            100.0 * model(policy.max_loss_probability)
        ),
        DriverKind::Payment => payment(terms).to_owned(),
        DriverKind::Discount => {
            format!("discount of {:.1} %", 100.0 * model(input.discount.unwrap_or_default()))
        }
        DriverKind::Rounding => format!("rounding to a price of {}", quote.price.price),
    }
}

fn average(input: &QuoteInput, part: impl Fn(&AssetExposure) -> f64) -> f64 {
    let assets = &input.portfolio.assets;
    assets.iter().map(part).sum::<f64>() / assets.len().max(1) as f64
}

fn coverage(terms: &Terms) -> &'static str {
    match terms.coverage {
        CoverageLevel::LabourOnly => "labour and travel only",
        CoverageLevel::SharedParts => "half of the parts beside labour and travel",
        CoverageLevel::LabourAndParts => "all parts but consumables beside labour and travel",
        CoverageLevel::Full => "all parts and consumables beside labour and travel",
    }
}

fn hours(terms: &Terms) -> &'static str {
    match terms.after_hours {
        AfterHours::BusinessHours => "business hours only",
        AfterHours::Extended => "evenings and Saturdays beside business hours",
        AfterHours::RoundTheClock => "day and night, weekends and holidays",
    }
}

fn payment(terms: &Terms) -> &'static str {
    match terms.payment_schedule {
        PaymentSchedule::Annual => "fees fall due year by year, each in advance",
        PaymentSchedule::Prepaid => "the whole fee is paid in advance",
    }
}
