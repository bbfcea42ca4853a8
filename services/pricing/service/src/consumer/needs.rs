//! What customers need of service, as the customer service has it on record.

use super::{last, micros};
use crate::store::segment::{self, Recorded};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::outbox::Consumer;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::{Home, Write};
use aftercare_pricing_domain::policy::Segment;
use prost::Message;
use std::collections::BTreeMap;

const CHANGED: &str = "aftercare.customer.v1.CustomerNeedsChanged";

/// Keeps the segments of customers' records.
pub(crate) struct Needs {
    pub home: Home,
}

#[async_trait::async_trait]
impl Consumer for Needs {
    fn name(&self) -> &'static str {
        "pricing-needs"
    }

    fn types(&self) -> &'static [&'static str] {
        &[CHANGED]
    }

    fn home(&self) -> &Home {
        &self.home
    }

    async fn consume(&self, call: &Call, write: &mut Write, events: &[Event]) -> Result<(), Error> {
        let mut told: BTreeMap<String, Recorded> = BTreeMap::new();
        for event in events {
            let news = customer::CustomerNeedsChanged::decode(event.data.as_slice())
                .map_err(|cause| StoreError::corrupt("event", cause))?;
            let id = last(&news.customer);
            let time = micros(news.event_time.as_ref().or(event.time.as_ref()));
            let segment = segment_of(news.needs_segment());
            // The latest word counts, in whatever order events come.
            if !id.is_empty() && told.get(id).is_none_or(|known| known.time <= time) {
                told.insert(id.to_owned(), Recorded { segment, time });
            }
        }
        for (id, recorded) in told {
            let mut stored = segment::get(write.tx(), call.tenant(), &id).await?;
            if stored.assessment.recorded.is_some_and(|known| known.time > recorded.time) {
                continue;
            }
            let now = write.call().now.as_microsecond();
            stored.assessment.recorded = Some(recorded);
            if stored.revision == 0 {
                stored.create_time = now;
            }
            stored.revision += 1;
            stored.update_time = now;
            segment::save(write.tx(), call.tenant(), &stored).await?;
        }
        Ok(())
    }
}

const fn segment_of(needs: customer::NeedsSegment) -> Segment {
    match needs {
        customer::NeedsSegment::Unspecified => Segment::Unknown,
        customer::NeedsSegment::RiskAverse => Segment::RiskAverse,
        customer::NeedsSegment::BasicNeeds => Segment::BasicNeeds,
        customer::NeedsSegment::HandHolder => Segment::HandHolder,
    }
}
