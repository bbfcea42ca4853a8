//! Sightings of a window as cells: distinct units by distributor, product and province.

use crate::store::market::MarketFacts;
use crate::store::sighting::entity::Model;
use aftercare_channel_domain::network::{DistributorId, ProductId};
use aftercare_channel_domain::pattern::Cell;
use aftercare_channel_domain::verdict::Verdict;
use aftercare_kernel::period::Period;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use std::collections::{BTreeMap, BTreeSet};

/// Distinct units of one distributor and product.
#[derive(Default)]
struct Units<'a> {
    judged: BTreeSet<&'a str>,
    out: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// Every cell that could have held a unit out of territory: each distributor and product seen, in each province in which
/// anything was seen and where it has no right to sell. Rows come by time.
pub(super) fn count(
    rows: &[Model],
    facts: &MarketFacts,
    window: Period,
) -> Result<Vec<Cell>, StoreError> {
    let mut units: BTreeMap<(&str, &str), Units<'_>> = BTreeMap::new();
    let mut provinces: BTreeSet<&str> = BTreeSet::new();
    let mut excused = Excused::new(facts);
    for row in rows {
        let verdict =
            Verdict::parse(&row.verdict).map_err(|e| StoreError::corrupt("channel_sighting", e))?;
        if !verdict.is_judged() || row.product.is_empty() {
            continue;
        }
        provinces.insert(&row.province);
        let own = units.entry((&row.responsible, &row.product)).or_default();
        own.judged.insert(&row.item);
        let over = verdict == Verdict::Excepted && !excused.covers(row);
        if verdict == Verdict::OutOfTerritory || over {
            own.out.entry(&row.province).or_default().insert(&row.item);
        }
    }
    let last = window.end().and_then(|end| end.yesterday().ok()).unwrap_or(window.start());
    let mut cells = Vec::new();
    for ((distributor, product), own) in &units {
        let distributor = parsed(distributor, "distributors/", DistributorId::parse)?;
        let product = parsed(product, "products/", ProductId::parse)?;
        let rights = facts.market.rights(&distributor, Some(&product), last);
        for province in &provinces {
            let out = own.out.get(province).map_or(0, BTreeSet::len);
            let province = parsed(province, "", RegionCode::parse)?;
            let at_home = rights.iter().any(|right| right.covers(Some(&product), &province, last));
            if out == 0 && at_home {
                continue;
            }
            cells.push(Cell {
                distributor: distributor.clone(),
                province,
                product: product.clone(),
                out: out as u64,
                judged: own.judged.len() as u64,
            });
        }
    }
    Ok(cells)
}

fn parsed<T, E>(
    name: &str,
    prefix: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, StoreError>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let id = name.strip_prefix(prefix).unwrap_or(name);
    parse(id).map_err(|error| StoreError::corrupt("channel_sighting", error))
}

/// Exceptions for a number of units cover those that were seen first.
pub(super) struct Excused<'a> {
    limits: BTreeMap<String, u64>,
    covered: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Excused<'a> {
    pub fn new(facts: &MarketFacts) -> Self {
        let limited = facts.market.exceptions.iter();
        let limits = limited.filter_map(|e| Some((e.id.to_string(), e.max_units?))).collect();
        Self { limits, covered: BTreeMap::new() }
    }

    /// Whether the exception still covers the unit; rows must come by time.
    pub fn covers(&mut self, row: &'a Model) -> bool {
        let Some(limit) = self.limits.get(&row.exception) else { return true };
        let covered = self.covered.entry(&row.exception).or_default();
        covered.contains(row.item.as_str()) || {
            let room = (covered.len() as u64) < *limit;
            if room {
                covered.insert(&row.item);
            }
            room
        }
    }
}
