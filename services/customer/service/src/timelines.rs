//! Calendar versions laid out for counting, kept for as long as the process lives.

use crate::store::calendar;
use aftercare_customer_domain::calendar::{Calendar, Timeline};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::ConnectionTrait;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Tenant (empty for shipped calendars), calendar, version.
type Key = (String, String, i64);

/// The cache; a version never changes, so nothing is ever taken out but to keep it small.
#[derive(Debug, Default)]
pub(crate) struct Timelines(Mutex<HashMap<Key, Arc<Timeline>>>);

/// About 2 MB each.
const MOST: usize = 256;

impl Timelines {
    /// A calendar's version, or its newest, ready to count with, and its number.
    pub async fn get(
        &self,
        db: &impl ConnectionTrait,
        tenant: &TenantId,
        id: &str,
        version: Option<i64>,
    ) -> Result<(i64, Arc<Timeline>), StoreError> {
        let version = match version {
            Some(version) => version,
            None => calendar::newest(db, tenant, id).await?,
        };
        let owners = ["", tenant.as_str()];
        let key = |owner: &str| (owner.to_owned(), id.to_owned(), version);
        let known = owners.iter().find_map(|owner| self.lock().get(&key(owner)).map(Arc::clone));
        if let Some(timeline) = known {
            return Ok((version, timeline));
        }
        let found = calendar::get(db, tenant, id, Some(version)).await?;
        let owner = owners[usize::from(!found.system)];
        let calendar = Calendar::new(found.spec)
            .map_err(|error| StoreError::corrupt("customer_calendar", error))?;
        let timeline = Arc::new(Timeline::new(calendar));
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key(owner), Arc::clone(&timeline));
        Ok((version, timeline))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<Timeline>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
