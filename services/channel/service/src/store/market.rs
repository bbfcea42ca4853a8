//! Everything that verdicts depend on, of one tenant, read at once.

use super::network::{TABLE, entity};
use crate::convert::network::{agreement, exception, price_policy, product, rebate_plan};
use crate::handler::resource::present;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::gs1::Gln;
use aftercare_channel_domain::network::{
    Distributor, DistributorId, DistributorKind, Product, ProductId,
};
use aftercare_channel_domain::rebate::RebatePlan;
use aftercare_channel_domain::verdict::Market;
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use jiff::tz::TimeZone;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::BTreeMap;

/// A place that events name.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub id: String,
    pub region: RegionCode,
}

/// The market with what names it in events and requests.
#[derive(Debug, Clone)]
pub(crate) struct MarketFacts {
    pub market: Market,
    /// Distributors by party GLN.
    pub parties: BTreeMap<String, DistributorId>,
    /// Places by GLN.
    pub places: BTreeMap<String, Place>,
    /// Places by id.
    pub places_by_id: BTreeMap<String, Place>,
    pub goods: BTreeMap<ProductId, Product>,
    pub plans: Vec<RebatePlan>,
}

fn corrupt(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::corrupt(TABLE, what)
}

/// Reads the network.
pub(crate) async fn load(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    zone: TimeZone,
) -> Result<MarketFacts, StoreError> {
    let of = entity::Column::Tenant.eq(tenant.as_str());
    let mut rows: BTreeMap<String, Vec<entity::Model>> = BTreeMap::new();
    for row in entity::Entity::find().filter(of).all(db).await? {
        rows.entry(row.kind.clone()).or_default().push(row);
    }
    let of_kind = |kind: &str| rows.get(kind).map_or(&[][..], Vec::as_slice);
    let mut facts = MarketFacts {
        market: Market {
            zone,
            distributors: BTreeMap::new(),
            products: BTreeMap::new(),
            agreements: BTreeMap::new(),
            exceptions: Vec::new(),
            floors: BTreeMap::new(),
        },
        parties: BTreeMap::new(),
        places: BTreeMap::new(),
        places_by_id: BTreeMap::new(),
        goods: BTreeMap::new(),
        plans: Vec::new(),
    };
    of_kind("distributors").iter().try_for_each(|row| facts.distributor(row))?;
    of_kind("locations").iter().try_for_each(|row| facts.place(row))?;
    for row in of_kind("products") {
        let found = product(&present::<pb::Product>(row)?)?;
        facts.market.products.insert(found.gtin.to_string(), found.id.clone());
        facts.goods.insert(found.id.clone(), found);
    }
    let mut territories = BTreeMap::new();
    for row in of_kind("territories") {
        let territory: pb::Territory = present(row)?;
        territories.insert(territory.name.clone(), territory);
    }
    for row in of_kind("territoryAgreements") {
        let found = agreement(&present::<pb::TerritoryAgreement>(row)?, &territories)?;
        facts.market.agreements.entry(found.distributor.clone()).or_default().push(found);
    }
    for row in of_kind("territoryExceptions") {
        facts.market.exceptions.push(exception(&present::<pb::TerritoryException>(row)?)?);
    }
    for row in of_kind("pricePolicies") {
        let found = price_policy(&present::<pb::PricePolicy>(row)?)?;
        facts.market.floors.entry(found.product.clone()).or_default().push(found);
    }
    for row in of_kind("rebatePlans") {
        facts.plans.push(rebate_plan(&present::<pb::RebatePlan>(row)?)?);
    }
    Ok(facts)
}

impl MarketFacts {
    fn distributor(&mut self, row: &entity::Model) -> Result<(), StoreError> {
        let id = DistributorId::parse(&row.id).map_err(corrupt)?;
        let parent = row.parent.rsplit('/').next().filter(|parent| !parent.is_empty());
        let gln =
            (!row.code.is_empty()).then(|| Gln::parse(&row.code)).transpose().map_err(corrupt)?;
        let region = (!row.region.is_empty()).then(|| RegionCode::parse(&row.region));
        if let Some(gln) = &gln {
            self.parties.insert(gln.to_string(), id.clone());
        }
        let found = Distributor {
            id: id.clone(),
            kind: DistributorKind::parse(&row.category).map_err(corrupt)?,
            parent: parent.map(DistributorId::parse).transpose().map_err(corrupt)?,
            gln,
            region: region.transpose().map_err(corrupt)?,
        };
        self.market.distributors.insert(id, found);
        Ok(())
    }

    fn place(&mut self, row: &entity::Model) -> Result<(), StoreError> {
        let region = RegionCode::parse(&row.region).map_err(corrupt)?;
        let place = Place { id: row.id.clone(), region };
        self.places.insert(row.code.clone(), place.clone());
        self.places_by_id.insert(row.id.clone(), place);
        Ok(())
    }
}
