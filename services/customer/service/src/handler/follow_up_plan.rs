//! The planner over what happened, and the rules that it follows.

use super::follow_up::{Setting, calendar, of_decision};
use super::list::{asked, plan};
use super::{Actor, Outcome, check_etag, isolated, parsed};
use crate::convert::customer::customer_id;
use crate::convert::follow_up::{present, present_rule, rule, rule_id};
use crate::convert::value::instant;
use crate::listing::{Asked, FOLLOW_UP_RULES};
use crate::mask::merged;
use crate::store::work_order::Placed;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::asset::Asset;
use aftercare_customer_domain::calendar::Calendar;
use aftercare_customer_domain::case::CaseState;
use aftercare_customer_domain::customer::CustomerState;
use aftercare_customer_domain::follow_up::{
    Candidate, FollowUp, FollowUpKind, FollowUpResult, FollowUpRule, FollowUpTrigger, decide,
    planned_id,
};
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::paging::{KeyValue, PageLimits, Pager, Plan};
use aftercare_platform::status::Error;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect};
use std::collections::BTreeMap;

pub(crate) async fn rules(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListFollowUpRulesRequest,
) -> Result<pb::ListFollowUpRulesResponse, Error> {
    let about = (actor, "FollowUpService/ListFollowUpRules");
    let plan = plan(pager, about, (&FOLLOW_UP_RULES, &["id"]), &asked!(request), |_| {})?;
    let select = store::follow_up_rule::within(&actor.tenant);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let stored: Result<Vec<_>, _> = rows.into_iter().map(Stored::try_from).collect();
    let follow_up_rules = stored?.iter().map(present_rule).collect();
    Ok(pb::ListFollowUpRulesResponse { follow_up_rules, next_page_token })
}

pub(crate) async fn update_rule(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateFollowUpRuleRequest,
) -> Result<Outcome<pb::FollowUpRule>, Error> {
    let (wire, id) = parsed(|wrong| {
        let wire = wrong.required("follow_up_rule", request.follow_up_rule.clone())?;
        let id = rule_id(&wire.name, "follow_up_rule.name", wrong)?;
        Some((wire, id))
    })?;
    let known = store::follow_up_rule::find(db, &actor.tenant, id.as_str()).await?;
    let mut wrong = Violations::new();
    let wire = match &known {
        None if !request.allow_missing => {
            return Err(StoreError::NotFound { name: wire.name }.into());
        }
        None => wire,
        Some(stored) => {
            check_etag(&wire.etag, &stored.etag(), &wire.name)?;
            merged(present_rule(stored), &wire, request.update_mask.as_ref(), &mut wrong)
        }
    };
    let value = isolated(&mut wrong, "follow_up_rule", |wrong| rule(&wire, wrong));
    if let Some(value) = &value {
        match store::calendar::get(db, &actor.tenant, &value.calendar, None).await {
            Err(StoreError::NotFound { .. }) => {
                wrong.add("follow_up_rule.calendar", "does not exist");
            }
            found => drop(found?),
        }
    }
    wrong.finish()?;
    let value = parsed(|_| value)?;
    let stored = match known {
        None => Stored::new(id.as_str(), value, actor.now),
        Some(stored) => stored.revised(value, actor.now),
    };
    store::follow_up_rule::save(db, &actor.tenant, &stored).await?;
    Ok(Outcome::quiet(present_rule(&stored)))
}

/// What was planned for each customer of a page.
pub(crate) struct Planned {
    by_customer: Vec<(String, Vec<Stored<FollowUp>>)>,
    next_page_token: String,
}

/// Customers that one call plans for: 100 unless asked for, 500 at most.
const CUSTOMERS: PageLimits = PageLimits { default: 100, max: 500 };

/// Works out what is due for the customers of a page; stores nothing.
pub(crate) async fn plan_page(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::PlanFollowUpsRequest,
) -> Result<Planned, Error> {
    let about = request.until_time.as_ref().map(|until| (until.seconds, until.nanos));
    let bound = format!("{} {about:?}", request.customer);
    let (customer, until, page) = parsed(|wrong| {
        let customer = match request.customer.as_str() {
            "" => None,
            name => customer_id(name, "customer", wrong).map(|id| id.to_string()),
        };
        let asked = Asked {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: "",
            order_by: "",
            parent: &bound,
        };
        let page = asked.by(actor, "FollowUpService/PlanFollowUps");
        let page = pager.plan_into(wrong, &page, &[], &[], &["id"], CUSTOMERS);
        let until = wrong.required("until_time", request.until_time.as_ref());
        let until = instant(until, "until_time", wrong)?;
        if until <= actor.now {
            wrong.add("until_time", "must be in the future");
        }
        Some((customer, until, page?))
    })?;
    let rules = store::follow_up_rule::enabled(db, &actor.tenant).await?;
    let mut calendars = BTreeMap::new();
    for rule in &rules {
        let id = &rule.value.calendar;
        if !calendars.contains_key(id) {
            calendars.insert(id.clone(), calendar(db, actor, id).await?);
        }
    }
    let (customers, next_page_token) = match customer {
        Some(customer) => (vec![customer], String::new()),
        None => active(db, actor, &page).await?,
    };
    let mut by_customer = Vec::with_capacity(customers.len());
    for customer in customers {
        let planned = of_customer(db, actor, &customer, (&rules, &calendars), until).await?;
        by_customer.push((customer, planned));
    }
    Ok(Planned { by_customer, next_page_token })
}

/// Stores what was planned.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    actor: &Actor,
    planned: &Planned,
) -> Result<(), Error> {
    for (customer, follow_ups) in &planned.by_customer {
        store::follow_up::add(db, &actor.tenant, customer, follow_ups).await?;
    }
    Ok(())
}

pub(crate) fn answer(planned: Planned) -> pb::PlanFollowUpsResponse {
    let of = |(customer, all): &(String, Vec<Stored<FollowUp>>)| {
        all.iter().map(|stored| present(stored, customer)).collect::<Vec<_>>()
    };
    let follow_ups = planned.by_customer.iter().flat_map(of).collect();
    pb::PlanFollowUpsResponse { follow_ups, next_page_token: planned.next_page_token }
}

/// The customers in use of a page, and the token of the next.
async fn active(
    db: &impl ConnectionTrait,
    actor: &Actor,
    page: &Plan,
) -> Result<(Vec<String>, String), Error> {
    use store::customer::entity::Column;
    let select = store::customer::within(&actor.tenant)
        .filter(Column::State.eq(CustomerState::Active.as_str()));
    let ids = page.apply(select).select_only().column(Column::Id).into_tuple();
    let ids: Vec<String> = ids.all(db).await.map_err(StoreError::from)?;
    Ok(page.finish(ids, |id, _| KeyValue::Text(id.clone())))
}

/// What happened at a customer that rules can start from.
struct Facts {
    assets: Vec<(String, Asset)>,
    orders: Vec<Placed>,
    verifying: Vec<(String, Timestamp)>,
}

/// Work orders that are looked at; older ones started their follow-ups long ago.
const LATEST_ORDERS: u64 = 200;

impl Facts {
    async fn of(db: &impl ConnectionTrait, actor: &Actor, customer: &str) -> Result<Self, Error> {
        use store::case::entity::Column;
        let tenant = &actor.tenant;
        let rows =
            store::asset::within(tenant, customer).all(db).await.map_err(StoreError::from)?;
        let mut assets = Vec::with_capacity(rows.len());
        for row in rows {
            let stored: Stored<Asset> = Stored::try_from(row)?;
            assets.push((format!("customers/{customer}/assets/{}", stored.id), stored.value));
        }
        let orders = store::work_order::recent(db, tenant, customer, LATEST_ORDERS).await?;
        let cases = store::case::within(tenant, &actor.principal)
            .filter(Column::Customer.eq(customer))
            .filter(Column::State.eq(CaseState::Verifying.as_str()));
        let mut verifying = Vec::new();
        for row in cases.all(db).await.map_err(StoreError::from)? {
            let at = store::instant("customer_case", row.update_time)?;
            verifying.push((format!("cases/{}", row.id), at));
        }
        Ok(Self { assets, orders, verifying })
    }
}

/// What starts a contact: its subject, its date, and whom it is for if not for all.
type Start = (String, Date, Option<String>);

async fn of_customer(
    db: &impl ConnectionTrait,
    actor: &Actor,
    customer: &str,
    (rules, calendars): (&[Stored<FollowUpRule>], &BTreeMap<String, Calendar>),
    until: Timestamp,
) -> Result<Vec<Stored<FollowUp>>, Error> {
    let mut setting = Setting::of(db, actor, customer).await?;
    let facts = Facts::of(db, actor, customer).await?;
    let mut planned = Vec::new();
    for rule in rules {
        let value = &rule.value;
        let grade = setting.customer.value.grade;
        if !value.grades.is_empty() && !grade.is_some_and(|grade| value.grades.contains(&grade)) {
            continue;
        }
        let Some(calendar) = calendars.get(&value.calendar) else { continue };
        let today = actor.now.to_zoned(calendar.zone().clone()).date();
        for (subject, base, only) in starts((&rule.id, value), (&setting, &facts), calendar, today)
        {
            let last = base.checked_add(Span::new().days(i32::from(value.max_days)));
            let id = planned_id(&rule.id, customer, &subject, base);
            let known = setting.follow_ups.iter().any(|known| known.id == id);
            // What should have been done before rules were there is not made up for.
            if known || last.is_ok_and(|last| last < today) {
                continue;
            }
            let contacted = setting.contacted();
            let around = setting.around((&contacted, calendar), actor.now);
            let candidate = Candidate { rule: value, base, only: only.as_deref() };
            let decision = decide(&candidate, &around);
            if decision.due > until {
                continue;
            }
            let owner = setting.customer.value.owner.clone();
            let about = (owner.as_str(), subject.as_str());
            let next = of_decision((value.kind, &rule.id), about, decision);
            let stored = Stored::new(id, next, actor.now);
            setting.follow_ups.push(stored.clone());
            planned.push(stored);
        }
    }
    Ok(planned)
}

fn starts(
    (id, rule): (&str, &FollowUpRule),
    (setting, facts): (&Setting, &Facts),
    calendar: &Calendar,
    today: Date,
) -> Vec<Start> {
    let day = |at: Timestamp| at.to_zoned(calendar.zone().clone()).date();
    let of_asset = |date: fn(&Asset) -> Option<Date>| -> Vec<Start> {
        let dated = facts.assets.iter().filter_map(|(name, asset)| Some((name, date(asset)?)));
        dated.map(|(name, date)| (name.clone(), date, None)).collect()
    };
    match rule.trigger {
        FollowUpTrigger::Delivered => of_asset(|asset| asset.shipped),
        FollowUpTrigger::Commissioned => of_asset(|asset| asset.commissioned),
        FollowUpTrigger::WorkOrderCompleted => {
            let done = |placed: &Placed| {
                let name = format!("workOrders/{}", placed.order.id);
                placed.order.value.completed.map(|at| (name, day(at), None))
            };
            facts.orders.iter().filter_map(done).collect()
        }
        FollowUpTrigger::CaseVerifying => {
            facts.verifying.iter().map(|(name, at)| (name.clone(), day(*at), None)).collect()
        }
        FollowUpTrigger::DealLost => lost(setting, day),
        FollowUpTrigger::Periodic => {
            periodic((id, rule), (setting, today), day).into_iter().collect()
        }
        FollowUpTrigger::Birthday => birthdays(setting, today),
        FollowUpTrigger::Festival => festivals(rule, calendar, today),
    }
}

fn lost(setting: &Setting, day: impl Fn(Timestamp) -> Date) -> Vec<Start> {
    let one = |stored: &Stored<FollowUp>| {
        let outcome = stored.value.outcome.as_ref()?;
        // Where the next date was agreed, the contact is planned already.
        let open = outcome.result == FollowUpResult::Negative && outcome.next.is_none();
        let name = format!("customers/{}/followUps/{}", setting.customer.id, stored.id);
        (stored.value.kind == FollowUpKind::LostDeal && open)
            .then(|| (name, day(outcome.recorded), None))
    };
    setting.follow_ups.iter().filter_map(one).collect()
}

/// The next of a series: after the last that the rule planned, or after the customer came to us; turns whose days are
/// over are passed by, so that a series also begins for customers of long standing.
fn periodic(
    (id, rule): (&str, &FollowUpRule),
    (setting, today): (&Setting, Date),
    day: impl Fn(Timestamp) -> Date,
) -> Option<Start> {
    let of_rule = setting.follow_ups.iter().filter(|known| known.value.rule == id);
    let last = of_rule.map(|known| known.value.due).max().unwrap_or(setting.customer.created);
    let cadence = rule.cadence?;
    let over = |base: &Date| {
        let last = base.checked_add(Span::new().days(i32::from(rule.max_days)));
        last.is_ok_and(|last| last < today)
    };
    let mut turns = std::iter::successors(cadence.after(day(last)), |turn| cadence.after(*turn));
    turns.find(|turn| !over(turn)).map(|base| ("periodic".to_owned(), base, None))
}

/// The next birthday of every contact; 29 February is kept on the 28th in other years.
fn birthdays(setting: &Setting, today: Date) -> Vec<Start> {
    let next = |month, date| {
        let of =
            |year| Date::new(year, month, date).or_else(|_| Date::new(year, month, date - 1)).ok();
        of(today.year()).filter(|day| *day >= today).or_else(|| of(today.year() + 1))
    };
    let one = |(id, contact): &(String, aftercare_customer_domain::contact::Contact)| {
        let (_, month, date) = contact.birthday?;
        let name = format!("customers/{}/contacts/{id}", setting.customer.id);
        next(month, date).map(|day| (name, day, Some(id.clone())))
    };
    setting.contacts.iter().filter_map(one).collect()
}

/// The last open date before each run of the festival's closed dates that is still to come.
fn festivals(rule: &FollowUpRule, calendar: &Calendar, today: Date) -> Vec<Start> {
    let closures = calendar.spec().closures.iter();
    let mut dates: Vec<Date> = closures
        .filter(|closed| closed.reason == rule.festival)
        .map(|closed| closed.date)
        .collect();
    dates.sort_unstable();
    let mut found = Vec::new();
    let mut before: Option<Date> = None;
    for date in dates {
        let first = before.is_none_or(|last| last.tomorrow().ok() != Some(date));
        before = Some(date);
        let eve = std::iter::successors(date.yesterday().ok(), |day| day.yesterday().ok())
            .take(60)
            .find(|day| calendar.is_open(*day));
        if let Some(eve) = eve.filter(|eve| first && *eve >= today) {
            found.push((rule.festival.clone(), eve, None));
        }
    }
    found
}
