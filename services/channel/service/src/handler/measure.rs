//! How large a diversion is: facts from shipments and sightings, measured by the domain.

use super::detection::bounds;
use super::step::{self, Asked};
use crate::server::Server;
use crate::store::conflict::{Conflict, Measured};
use crate::store::market::MarketFacts;
use crate::store::sighting::entity::Model;
use crate::store::{conflict, market, movement, sighting};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::network::ProductId;
use aftercare_channel_domain::scale::{Cohort, RegionFacts, measure};
use aftercare_channel_domain::verdict::Verdict;
use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::money::MoneyError;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, BTreeSet};

/// Amounts of a scale that money cannot hold.
#[derive(Debug, thiserror::Error)]
#[error("the value of the diversion cannot be expressed: {0}")]
pub(crate) struct ScaleError(#[from] MoneyError);

impl Fault for ScaleError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "SCALE_NOT_EXPRESSIBLE"
    }
}

pub(crate) async fn run(
    server: &Server,
    call: Call,
    request: pb::MeasureScaleRequest,
) -> Result<pb::Conflict, Error> {
    let facts = market::load(server.home.read(), call.tenant(), server.zone.clone()).await?;
    let asked = Asked { name: &request.name, etag: &request.etag };
    let id = step::id(&asked)?;
    let before = conflict::get(server.home.read(), call.tenant(), &id).await?;
    let gathered =
        gather(server.home.read(), call.tenant(), &facts, &before.conflict, &server.zone).await?;
    let scale =
        measure(&gathered.regions, gathered.cohort, gathered.shipped).map_err(ScaleError)?;
    let measured = Measured { scale, weeks: gathered.weeks, at: call.now };
    step::change(server, &call, &asked, (&request.request_id, &request), |kept| {
        kept.conflict.scale = Some(measured);
        Ok(Vec::new())
    })
    .await
}

struct Gathered {
    regions: Vec<RegionFacts>,
    cohort: Cohort,
    shipped: u64,
    weeks: Vec<(String, u64)>,
}

/// Honest units must have had time to be sold and seen.
const RIPE_DAYS: i32 = 60;
/// A cohort covers at least so many days of shipments.
const COHORT_DAYS: i32 = 14;

async fn gather(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    facts: &MarketFacts,
    about: &Conflict,
    zone: &TimeZone,
) -> Result<Gathered, StoreError> {
    let (from, to) = bounds(about.window, zone);
    let concerns =
        |product: &ProductId| about.products.is_empty() || about.products.contains(product);
    let product_of =
        |gtin: &str| facts.market.products.get(gtin).filter(|product| concerns(product));
    let accused = about.accused.as_str();
    let mut shipped: BTreeMap<ProductId, BTreeSet<String>> = BTreeMap::new();
    for (item, gtin, consignee) in movement::shipped(db, tenant, (from, to)).await? {
        if let Some(product) = product_of(&gtin).filter(|_| consignee == accused) {
            shipped.entry(product.clone()).or_default().insert(item);
        }
    }
    let rows = sighting::between(db, tenant, (from, to)).await?;
    let name = format!("distributors/{accused}");
    let theirs: Vec<&Model> = rows.iter().filter(|row| row.responsible == name).collect();
    let cohort = cohort(db, tenant, (from, to), |gtin, consignee| {
        consignee != accused && product_of(gtin).is_some()
    })
    .await?;
    let all = shipped.values().map(BTreeSet::len).sum::<usize>() as u64;
    let regions = regions(facts, about, &shipped, &theirs)?;
    Ok(Gathered { regions, cohort, shipped: all, weeks: weeks(&theirs, about, zone) })
}

/// Units that others got early in the window, by whether they were ever seen up to its end.
async fn cohort(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (from, to): (i64, i64),
    honest: impl Fn(&str, &str) -> bool,
) -> Result<Cohort, StoreError> {
    let back = |micros: i64, days: i32| {
        let at = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX);
        at.checked_sub((i64::from(days) * 24).hours()).map_or(i64::MIN, crate::store::micros)
    };
    let ripe = back(to, RIPE_DAYS);
    let since = from.min(back(ripe, COHORT_DAYS));
    let seen = sighting::items_seen_before(db, tenant, to).await?;
    let units: BTreeSet<String> = movement::shipped(db, tenant, (since, ripe))
        .await?
        .into_iter()
        .filter(|(_, gtin, consignee)| honest(gtin, consignee))
        .map(|(item, ..)| item)
        .collect();
    let found = units.iter().filter(|item| seen.contains(*item)).count();
    Ok(Cohort { seen: found as u64, unseen: (units.len() - found) as u64 })
}

fn regions(
    facts: &MarketFacts,
    about: &Conflict,
    shipped: &BTreeMap<ProductId, BTreeSet<String>>,
    theirs: &[&Model],
) -> Result<Vec<RegionFacts>, StoreError> {
    let last =
        about.window.end().and_then(|end| end.yesterday().ok()).unwrap_or(about.window.start());
    let mut found = Vec::new();
    for region in &about.regions {
        for (product, goods) in &facts.goods {
            let name = format!("products/{product}");
            let of_product: Vec<&&Model> =
                theirs.iter().filter(|row| row.product == name).collect();
            let out: Vec<&&Model> = of_product
                .iter()
                .copied()
                .filter(|row| {
                    row.verdict == Verdict::OutOfTerritory.as_str() && within(region, row)
                })
                .collect();
            if out.is_empty() || !(about.products.is_empty() || about.products.contains(product)) {
                continue;
            }
            let mut prices = Vec::new();
            for row in &out {
                prices.extend(sighting::price(row)?);
            }
            let holder = facts.market.exclusive_holder(Some(product), region, last);
            found.push(RegionFacts {
                region: region.clone(),
                product: product.clone(),
                shipped: shipped.get(product).map_or(0, BTreeSet::len) as u64,
                seen: distinct(of_product.iter().map(|row| row.item.as_str())),
                seen_out: distinct(out.iter().map(|row| row.item.as_str())),
                list_price: goods.list_price,
                prices,
                injured: holder.filter(|holder| **holder != about.accused).cloned(),
                margin: goods.margin,
            });
        }
    }
    Ok(found)
}

fn within(region: &RegionCode, row: &Model) -> bool {
    RegionCode::parse(&row.region).is_ok_and(|seen| region.contains(&seen))
}

fn distinct<'a>(items: impl Iterator<Item = &'a str>) -> u64 {
    items.collect::<BTreeSet<_>>().len() as u64
}

/// Distinct units seen out of territory in the conflict's regions, by the ISO week in which each was first seen.
fn weeks(theirs: &[&Model], about: &Conflict, zone: &TimeZone) -> Vec<(String, u64)> {
    let mut seen = BTreeSet::new();
    let mut weeks: BTreeMap<String, u64> = BTreeMap::new();
    for row in theirs {
        let counts = row.verdict == Verdict::OutOfTerritory.as_str()
            && about.regions.iter().any(|region| within(region, row));
        if !counts || !seen.insert(&row.item) {
            continue;
        }
        if let Ok(at) = Timestamp::from_microsecond(row.sight_time) {
            let week = at.to_zoned(zone.clone()).date().iso_week_date();
            *weeks.entry(format!("{}-W{:02}", week.year(), week.week())).or_default() += 1;
        }
    }
    weeks.into_iter().collect()
}
