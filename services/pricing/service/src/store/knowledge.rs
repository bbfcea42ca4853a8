//! What prices are computed from, as pricing knows it now or as it knew it at a time.

use super::history::{self, Versioned};
use super::quote::{self, StoredQuote};
use super::{
    catalogue, competitor_price, evidence, failure_model, fx_rate, policy, price_index, segment,
};
use aftercare_kernel::currency::Currency;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::competitor::CompetitorPrice;
use aftercare_pricing_domain::escalation::Series;
use aftercare_pricing_domain::fx::FxRate;
use aftercare_pricing_domain::policy::{PricingPolicy, Segment};
use jiff::civil::Date;
use sea_orm::{ColumnTrait, DatabaseConnection, QueryFilter, QueryOrder};
use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

/// What is known, and what of it is only known as of today.
pub(crate) struct Knowledge<'a> {
    db: &'a DatabaseConnection,
    tenant: &'a TenantId,
    /// None is now.
    at: Option<i64>,
    as_known_today: Mutex<BTreeSet<&'static str>>,
}

impl<'a> Knowledge<'a> {
    pub const fn now(db: &'a DatabaseConnection, tenant: &'a TenantId) -> Self {
        Self { db, tenant, at: None, as_known_today: Mutex::new(BTreeSet::new()) }
    }

    /// What was on record at a time.
    pub fn at(db: &'a DatabaseConnection, tenant: &'a TenantId, at: i64) -> Self {
        Self { at: Some(at), ..Self::now(db, tenant) }
    }

    /// The same at another time.
    pub fn then(&self, at: i64) -> Self {
        Self::at(self.db, self.tenant, at)
    }

    /// Kinds of which no version of that time is on record, so that today's was taken.
    pub fn as_known_today(&self) -> Vec<String> {
        let kinds = self.as_known_today.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.iter().map(|kind| (*kind).to_owned()).collect()
    }

    /// Of the rows of today those that were there already, with the versions that are no more.
    async fn versions<R: Versioned>(
        &self,
        (kind, collection): (&str, &'static str),
        scopes: Option<&[String]>,
        today: Vec<R>,
    ) -> Result<Vec<R>, StoreError> {
        let Some(at) = self.at else { return Ok(today) };
        let former: Vec<R> = history::former(self.db, (self.tenant, kind), scopes, at).await?;
        let replaced: HashSet<String> = former.iter().map(R::id).collect();
        let mut doubtful = former.iter().any(|row| row.since() == 0);
        let mut known = former;
        for row in today.into_iter().filter(|row| !replaced.contains(&row.id())) {
            if row.since() <= at {
                doubtful |= row.since() == 0;
            } else if row.born() <= at {
                // It was changed since, before former versions were kept.
                doubtful = true;
            } else {
                continue;
            }
            known.push(row);
        }
        if doubtful {
            let mut kinds = self.as_known_today.lock().unwrap_or_else(PoisonError::into_inner);
            kinds.insert(collection);
        }
        Ok(known)
    }

    /// The policy in force.
    pub async fn policy(&self) -> Result<PricingPolicy, StoreError> {
        let (policy, _) = policy::as_of(self.db, self.tenant, self.at.unwrap_or(i64::MAX)).await?;
        Ok(policy)
    }

    /// Rows of the catalogue by id; missing ones are left out.
    pub async fn catalogue(
        &self,
        kind: &str,
        ids: &[String],
    ) -> Result<Vec<catalogue::entity::Model>, StoreError> {
        let today = catalogue::find(self.db, self.tenant, kind, ids).await?;
        self.versions((kind, catalogue::collection(kind)), Some(ids), today).await
    }

    /// The whole catalogue of a kind.
    pub async fn catalogue_of_kind(
        &self,
        kind: &str,
    ) -> Result<Vec<catalogue::entity::Model>, StoreError> {
        let today = catalogue::of_kind(self.tenant, kind).all(self.db).await?;
        self.versions((kind, catalogue::collection(kind)), None, today).await
    }

    /// A customer's machines.
    pub async fn machines(
        &self,
        customer: &str,
    ) -> Result<Vec<evidence::machine::Model>, StoreError> {
        let own = evidence::machine::Column::Customer.eq(customer);
        let today = evidence::machines(self.tenant).filter(own).all(self.db).await?;
        let scopes = [customer.to_owned()];
        self.versions((evidence::MACHINE, "assets"), Some(&scopes), today).await
    }

    /// Failures of machines by the machines' ids.
    pub async fn failures(
        &self,
        assets: &[String],
    ) -> Result<Vec<evidence::failure::Model>, StoreError> {
        let today = evidence::failures_of(self.db, self.tenant, assets).await?;
        self.versions((evidence::FAILURE, "failures"), Some(assets), today).await
    }

    /// The newest model of a family.
    pub async fn model(
        &self,
        family: &str,
    ) -> Result<Option<failure_model::entity::Model>, StoreError> {
        failure_model::as_of(self.db, self.tenant, family, self.at.unwrap_or(i64::MAX)).await
    }

    /// A quote by its id; one that was made later is not there.
    pub async fn quote(&self, id: &str) -> Result<StoredQuote, StoreError> {
        let quote = quote::get(self.db, self.tenant, id).await?;
        if self.at.is_some_and(|at| quote.create_time > at) {
            return Err(StoreError::NotFound { name: quote.name() });
        }
        Ok(quote)
    }

    /// Competitors' prices of a service product or of none in particular, seen since a day.
    pub async fn competitor_prices(
        &self,
        service_product: &str,
        since: Date,
    ) -> Result<Vec<CompetitorPrice>, StoreError> {
        use competitor_price::entity::Column;
        let rows = competitor_price::all(self.tenant)
            .filter(Column::ServiceProduct.is_in([service_product, ""]))
            .filter(Column::ObservationDate.gte(since.to_string()))
            .filter(Column::CreateTime.lte(self.at.unwrap_or(i64::MAX)))
            .all(self.db)
            .await?;
        rows.iter().map(competitor_price::entity::Model::observation).collect()
    }

    /// Exchange rates to a currency, in the order in which they were entered.
    pub async fn fx_rates(&self, to: Currency) -> Result<Vec<FxRate>, StoreError> {
        use fx_rate::entity::Column;
        let rows = fx_rate::all(self.tenant)
            .filter(Column::ToCurrency.eq(to.code()))
            .filter(Column::CreateTime.lte(self.at.unwrap_or(i64::MAX)))
            .order_by_asc(Column::CreateTime)
            .order_by_asc(Column::Id)
            .all(self.db)
            .await?;
        rows.iter().map(FxRate::try_from).collect()
    }

    /// Values of an index.
    pub async fn series(&self, index: &str) -> Result<Series, StoreError> {
        let of = price_index::entity::Column::PriceIndex.eq(index);
        let today = price_index::all(self.tenant).filter(of).all(self.db).await?;
        let scopes = [index.to_owned()];
        let rows = self.versions((price_index::KIND, "priceIndexes"), Some(&scopes), today).await?;
        rows.iter().map(|row| Ok((row.first_day()?, row.value()))).collect()
    }

    /// The segment on record of a customer, by the customer's id, and where it comes from.
    pub async fn segment(
        &self,
        customer: &str,
    ) -> Result<(Segment, Option<segment::Source>), StoreError> {
        let today = segment::row(self.db, self.tenant, customer).await?;
        let scopes = [customer.to_owned()];
        let kind = (segment::KIND, "segmentAssessments");
        let rows = self.versions(kind, Some(&scopes), today.into_iter().collect()).await?;
        Ok(match rows.first() {
            Some(row) => row.assessment()?.counting(),
            None => (Segment::Unknown, None),
        })
    }
}
