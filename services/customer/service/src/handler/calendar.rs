//! Calendars: shipped and own, their deadlines and elapsed business time.

use super::list::asked;
use super::{Actor, Outcome, check_etag, chosen_id, isolated, parsed};
use crate::convert::calendar::{present, segment, spec};
use crate::convert::sla::target;
use crate::convert::value::{elapsed, instant, wire_instant, wire_span};
use crate::convert::word::required;
use crate::listing::{Asked, computed};
use crate::store;
use crate::store::calendar::Version;
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::calendar::{Calendar, TimelineError, import_ical};
use aftercare_customer_domain::clock::business_segments;
use aftercare_customer_domain::milestone::TimeUnit;
use aftercare_customer_domain::promise::{Pauses, deadline, unknown_years};
use aftercare_kernel::fault::{FieldViolation, Invalid, Violations};
use aftercare_kernel::ids::name_segments;
use aftercare_platform::database::StoreError;
use aftercare_platform::paging::{KeyValue, Pager};
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;

/// Stretches that an answer lists at most.
const MOST_SEGMENTS: usize = 1000;

fn calendar_id(name: &str, field: &str) -> Result<String, Invalid> {
    match name_segments::<1>("calendars/{calendar}", name) {
        Ok([id]) => Ok(id.to_owned()),
        Err(error) => Err(Invalid::field(field, error)),
    }
}

pub(crate) fn shown(version: &Version) -> pb::Calendar {
    let mut calendar = present(&version.id, &version.display_name, version.version, &version.spec);
    calendar.system = version.system;
    calendar.create_time = version.created.map(wire_instant);
    calendar.update_time = version.created.map(wire_instant);
    calendar
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetCalendarRequest,
) -> Result<pb::Calendar, Error> {
    let id = calendar_id(&request.name, "name")?;
    let version = (request.version != 0).then_some(request.version);
    Ok(shown(&store::calendar::get(db, &actor.tenant, &id, version).await?))
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListCalendarsRequest,
) -> Result<pb::ListCalendarsResponse, Error> {
    let versions = store::calendar::versions(db, &actor.tenant, None).await?;
    let newest: BTreeMap<&str, &Version> =
        versions.iter().map(|version| (version.id.as_str(), version)).collect();
    let all = newest.into_values().collect();
    let key = |version: &&Version, _| KeyValue::Text(version.id.clone());
    let about = (actor, "CalendarService/ListCalendars", &["id"][..]);
    let (page, next_page_token) = computed(pager, about, &asked!(request), (all, key))?;
    let calendars = page.into_iter().map(shown).collect();
    Ok(pb::ListCalendarsResponse { calendars, next_page_token })
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateCalendarRequest,
) -> Result<Outcome<pb::Calendar>, Error> {
    let (id, wire) = parsed(|wrong| {
        let id = chosen_id(&request.calendar_id, "calendar_id", wrong);
        wrong.required("calendar", request.calendar.clone()).map(|wire| (id, wire))
    })?;
    if !store::calendar::versions(db, &actor.tenant, Some(&id)).await?.is_empty() {
        return Err(StoreError::AlreadyExists { name: format!("calendars/{id}") }.into());
    }
    add(db, actor, (id, 1), &wire, Violations::new()).await
}

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateCalendarRequest,
) -> Result<Outcome<pb::Calendar>, Error> {
    let wire = parsed(|wrong| wrong.required("calendar", request.calendar.clone()))?;
    let id = calendar_id(&wire.name, "calendar.name")?;
    let newest = match store::calendar::get(db, &actor.tenant, &id, None).await {
        Ok(newest) => newest,
        Err(StoreError::NotFound { .. }) if request.allow_missing => {
            return add(db, actor, (id, 1), &wire, Violations::new()).await;
        }
        Err(error) => return Err(error.into()),
    };
    check_etag(&wire.etag, &store::etag(newest.version), &wire.name)?;
    let mut wrong = Violations::new();
    let mask = request.update_mask.as_ref();
    let wire = crate::mask::merged(shown(&newest), &wire, mask, &mut wrong);
    add(db, actor, (id, newest.version + 1), &wire, wrong).await
}

async fn add(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (id, version): (String, i64),
    wire: &pb::Calendar,
    mut wrong: Violations,
) -> Result<Outcome<pb::Calendar>, Error> {
    let spec = isolated(&mut wrong, "calendar", |wrong| {
        if wire.display_name.trim().is_empty() {
            wrong.add("display_name", "is required");
        }
        let spec = spec(wire, wrong);
        if let Err(invalid) = Calendar::new(spec.clone()) {
            invalid.fields().iter().for_each(|f| wrong.add(&f.field, &f.description));
        }
        Some(spec)
    });
    wrong.finish()?;
    let spec = spec.unwrap_or_default();
    let display_name = wire.display_name.clone();
    let created = Some(actor.now);
    let version = Version { id, version, display_name, spec, system: false, created };
    store::calendar::add(db, &actor.tenant, &version, actor.now).await?;
    if version.version > 1 {
        super::amendment::plan(db, actor, &version.id).await?;
    }
    Ok(Outcome::quiet(shown(&version)))
}

/// Puts the events of an iCalendar file into the next version of a calendar.
pub(crate) async fn import(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::ImportCalendarRequest,
) -> Result<Outcome<pb::Calendar>, Error> {
    let id = calendar_id(&request.name, "name")?;
    parsed(|wrong| {
        for (field, text) in [("ical", &request.ical), ("source", &request.source)] {
            if text.trim().is_empty() {
                wrong.add(field, "is required");
            }
        }
        Some(())
    })?;
    let newest = store::calendar::get(db, &actor.tenant, &id, None).await?;
    check_etag(&request.etag, &store::etag(newest.version), &request.name)?;
    let mut spec = newest.spec.clone();
    let mut wrong = Violations::new();
    import_ical(&mut spec, &request.ical, &request.source, &mut wrong);
    if let Err(invalid) = Calendar::new(spec.clone()) {
        let said = |f: &FieldViolation| format!("{}: {}", f.field, f.description);
        invalid.fields().iter().for_each(|f| wrong.add("ical", said(f)));
    }
    wrong.finish()?;
    let version = newest.version + 1;
    let next = Version { version, spec, system: false, created: Some(actor.now), ..newest };
    if !request.validate_only {
        store::calendar::add(db, &actor.tenant, &next, actor.now).await?;
        super::amendment::plan(db, actor, &id).await?;
    }
    Ok(Outcome::quiet(shown(&next)))
}

pub(crate) async fn calculate_deadline(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::CalculateDeadlineRequest,
) -> Result<pb::CalculateDeadlineResponse, Error> {
    let id = calendar_id(&request.name, "name")?;
    let (start, target) = parsed(|wrong| {
        let start = wrong.required("start_time", request.start_time.as_ref());
        let start = instant(start, "start_time", wrong);
        let span = elapsed(request.target.as_ref(), "target", wrong);
        let unit: Option<TimeUnit> = required(request.unit, "unit", wrong);
        let target = unit.and_then(|unit| target(unit, span, request.target_days, wrong));
        start.zip(target)
    })?;
    let (version, timeline) = timelines.get(db, &actor.tenant, &id, None).await?;
    let unit = target.unit();
    let none = Pauses::default();
    let end = deadline(&timeline, target, start, &none)?;
    let end = end.ok_or(TimelineError::NoOpenTime { after: start })?;
    let unknown = unknown_years(&timeline, unit, start, end);
    let segments = business_segments(&timeline, unit, start, end, &none)?;
    Ok(pb::CalculateDeadlineResponse {
        deadline: Some(wire_instant(end)),
        provisional: !unknown.is_empty(),
        unknown_years: unknown.into_iter().map(i32::from).collect(),
        calendar_version: version,
        segments: segments.iter().take(MOST_SEGMENTS).map(segment).collect(),
    })
}

pub(crate) async fn calculate_elapsed(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::CalculateElapsedRequest,
) -> Result<pb::CalculateElapsedResponse, Error> {
    let id = calendar_id(&request.name, "name")?;
    let (start, end) = parsed(|wrong| {
        let start = wrong.required("start_time", request.start_time.as_ref());
        let start = instant(start, "start_time", wrong);
        let end = wrong.required("end_time", request.end_time.as_ref());
        let end = instant(end, "end_time", wrong);
        if start.zip(end).is_some_and(|(start, end)| end < start) {
            wrong.add("end_time", "is before start_time");
        }
        start.zip(end)
    })?;
    let (_, timeline) = timelines.get(db, &actor.tenant, &id, None).await?;
    let unit = TimeUnit::BusinessTime;
    let segments = business_segments(&timeline, unit, start, end, &Pauses::default())?;
    Ok(pb::CalculateElapsedResponse {
        elapsed: Some(wire_span(timeline.business(start, end)?.get())),
        provisional: !unknown_years(&timeline, unit, start, end).is_empty(),
        segments: segments.iter().take(MOST_SEGMENTS).map(segment).collect(),
    })
}
