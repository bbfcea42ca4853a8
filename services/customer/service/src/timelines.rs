//! Calendar versions laid out for counting, kept for as long as the process lives.

use crate::store::calendar::{self, Version};
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
    /// A calendar's version, or its newest, ready to count with.
    pub async fn get(
        &self,
        db: &impl ConnectionTrait,
        tenant: &TenantId,
        id: &str,
        version: Option<i64>,
    ) -> Result<(Version, Arc<Timeline>), StoreError> {
        let version = calendar::get(db, tenant, id, version).await?;
        let timeline = self.laid_out(tenant, &version)?;
        Ok((version, timeline))
    }

    fn laid_out(&self, tenant: &TenantId, version: &Version) -> Result<Arc<Timeline>, StoreError> {
        let owner = if version.system { String::new() } else { tenant.to_string() };
        let key = (owner, version.id.clone(), version.version);
        if let Some(found) = self.lock().get(&key) {
            return Ok(Arc::clone(found));
        }
        let checked = Calendar::new(version.spec.clone());
        let calendar = checked.map_err(|error| StoreError::corrupt("customer_calendar", error))?;
        let timeline = Arc::new(Timeline::new(calendar));
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, Arc::clone(&timeline));
        Ok(timeline)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<Timeline>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
