//! What competitors were seen to ask, beside a quote.

use aftercare_kernel::money::Money;
use aftercare_kernel::region::RegionCode;
use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

/// A price that somebody saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompetitorPrice {
    /// `competitorPrices/{competitor_price}`.
    pub name: String,
    /// Who asks it.
    pub competitor: String,
    /// `serviceProducts/{service_product}` that it stands against; empty for none in particular.
    pub service_product: String,
    /// Where; empty is anywhere.
    pub region_code: String,
    /// Per machine and year.
    pub annual_price: Money,
    /// Who said it.
    pub source: String,
    /// When it was seen.
    pub observation_date: Date,
}

/// Years after which a price that was seen says nothing any more.
const YEARS: i64 = 2;

/// The first day on which a price was seen that still counts.
#[must_use]
pub fn since(day: Date) -> Date {
    day.checked_sub(YEARS.years()).unwrap_or(Date::MIN)
}

/// Prices that a quote shows at most.
const SHOWN: usize = 20;

/// The prices that stand beside a quote of a service product made on a day for machines in these regions: for the same product
/// or none in particular, in a region that holds one of the machines or anywhere, seen within two years; the newest first.
#[must_use]
pub fn beside(
    mut seen: Vec<CompetitorPrice>,
    service_product: &str,
    regions: &[RegionCode],
    day: Date,
) -> Vec<CompetitorPrice> {
    let since = since(day);
    seen.retain(|price| {
        let product = price.service_product.is_empty() || price.service_product == service_product;
        let region = price.region_code.is_empty()
            || RegionCode::parse(&price.region_code)
                .is_ok_and(|own| regions.iter().any(|region| own.contains(region)));
        product && region && (since..=day).contains(&price.observation_date)
    });
    seen.sort_by(|a, b| {
        b.observation_date.cmp(&a.observation_date).then_with(|| a.name.cmp(&b.name))
    });
    seen.truncate(SHOWN);
    seen
}

impl CompetitorPrice {
    /// A yearly fee for so many machines as a multiple of it; none in another currency.
    #[must_use]
    pub fn ratio(&self, annual_fee: Money, machines: usize) -> Option<f64> {
        if self.annual_price.currency() != annual_fee.currency() {
            return None;
        }
        let theirs = self.annual_price.amount().to_f64()? * machines as f64;
        (theirs > 0.0).then(|| annual_fee.amount().to_f64().map(|ours| ours / theirs))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aftercare_kernel::currency::Currency;
    use jiff::civil::date;

    fn seen(name: &str, product: &str, region: &str, day: Date) -> CompetitorPrice {
        CompetitorPrice {
            name: name.to_owned(),
            competitor: "Another maker".to_owned(),
            service_product: product.to_owned(),
            region_code: region.to_owned(),
            annual_price: Money::from_micros(9_800_000_000, Currency::CNY),
            source: "tender".to_owned(),
            observation_date: day,
        }
    }

    #[test]
    fn what_stands_against_the_same_offer_stands_beside_it() {
        let day = date(2026, 7, 1);
        let regions = [RegionCode::parse("330100").unwrap()];
        let gold = "serviceProducts/gold";
        for (product, region, seen_on, beside_it) in [
            (gold, "330100", date(2026, 6, 1), true),
            (gold, "330000", date(2026, 7, 1), true),
            (gold, "CN", date(2024, 7, 1), true),
            ("", "", date(2025, 1, 1), true),
            ("serviceProducts/silver", "330100", date(2026, 6, 1), false),
            (gold, "350000", date(2026, 6, 1), false),
            (gold, "330106", date(2026, 6, 1), false),
            (gold, "330100", date(2024, 6, 30), false),
            (gold, "330100", date(2026, 7, 2), false),
        ] {
            let found = beside(vec![seen("a", product, region, seen_on)], gold, &regions, day);
            assert_eq!(found.len(), usize::from(beside_it), "{product} {region} {seen_on}");
        }
        let many = (1..=25).map(|i| seen(&format!("p{i:02}"), "", "", date(2026, 6, i)));
        let found = beside(many.collect(), gold, &regions, day);
        assert_eq!((found.len(), found[0].name.as_str()), (20, "p25"));
    }

    #[test]
    fn a_fee_is_compared_by_machine_in_one_currency() {
        let price = seen("a", "", "", date(2026, 6, 1));
        let fee = Money::from_micros(14_700_000_000, Currency::CNY);
        assert_eq!(price.ratio(fee, 3), Some(0.5));
        assert_eq!(price.ratio(Money::zero(Currency::EUR), 3), None);
        assert_eq!(price.ratio(fee, 0), None);
    }
}
