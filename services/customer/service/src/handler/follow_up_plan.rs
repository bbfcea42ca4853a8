//! The planner over what happened, and the rules that it follows.

use super::follow_up::{Setting, calendar, calendar_id};
use super::follow_up_start::{Facts, starts};
use super::list::{asked, plan};
use super::{Actor, Outcome, check_etag, follow_up_daily, isolated, parsed};
use crate::convert::customer::customer_id;
use crate::convert::follow_up::{present, present_rule, rule, rule_id};
use crate::convert::value::instant;
use crate::listing::{Asked, FOLLOW_UP_RULES};
use crate::mask::merged;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::calendar::Calendar;
use aftercare_customer_domain::contact::ContactChannel;
use aftercare_customer_domain::customer::CustomerState;
use aftercare_customer_domain::follow_up::{
    Candidate, Cause, FollowUp, FollowUpRule, FollowUpState, decide, planned_id,
};
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::paging::{KeyValue, PageLimits, Pager, Plan};
use aftercare_platform::status::Error;
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
    let select = store::follow_up_rule::within(&actor.tenant)?;
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
    if stored.value.enabled {
        follow_up_daily::plan_calendar(db, actor, &stored.value.calendar).await?;
    }
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
    let rules = Rules::of(db, actor, |_| true).await?;
    let (customers, next_page_token) = match customer {
        Some(customer) => (vec![customer], String::new()),
        None => active(db, actor, &page).await?,
    };
    let mut by_customer = Vec::with_capacity(customers.len());
    for customer in customers {
        let planned = of_customer(db, actor, &customer, (&rules, until)).await?;
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
        keep(db, actor, customer, follow_ups).await?;
    }
    Ok(())
}

/// Stores what was planned for a customer; what changed since it was read stays as it is.
pub(crate) async fn keep(
    db: &impl ConnectionTrait,
    actor: &Actor,
    customer: &str,
    follow_ups: &[Stored<FollowUp>],
) -> Result<(), Error> {
    let (new, mut again): (Vec<_>, Vec<_>) =
        follow_ups.iter().cloned().partition(|stored| stored.revision == 1);
    store::follow_up::add(db, &actor.tenant, customer, &new).await?;
    if again.is_empty() {
        return Ok(());
    }
    store::customer::hold(db, &actor.tenant, customer).await?;
    let known = store::follow_up::of_customer(db, &actor.tenant, customer).await?;
    again.retain(|next| {
        known.iter().any(|known| known.id == next.id && known.revision + 1 == next.revision)
    });
    Ok(store::follow_up::save(db, &actor.tenant, customer, &again).await?)
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

/// Rules in use with the calendars that they count by.
pub(crate) struct Rules {
    rules: Vec<Stored<FollowUpRule>>,
    calendars: BTreeMap<String, Calendar>,
}

impl Rules {
    /// Those in use that `wanted` keeps.
    pub async fn of(
        db: &impl ConnectionTrait,
        actor: &Actor,
        wanted: impl Fn(&FollowUpRule) -> bool,
    ) -> Result<Self, Error> {
        let mut rules = store::follow_up_rule::enabled(db, &actor.tenant).await?;
        rules.retain(|rule| wanted(&rule.value));
        let mut calendars = BTreeMap::new();
        for rule in &rules {
            let id = &rule.value.calendar;
            if !calendars.contains_key(id) {
                calendars.insert(id.clone(), calendar(db, actor, id).await?);
            }
        }
        Ok(Self { rules, calendars })
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub fn calendar(&self, id: &str) -> Option<&Calendar> {
        self.calendars.get(id)
    }
}

/// What the rules plan for a customer until then, new contacts and those that nothing holds back any longer.
pub(crate) async fn of_customer(
    db: &impl ConnectionTrait,
    actor: &Actor,
    customer: &str,
    (rules, until): (&Rules, Timestamp),
) -> Result<Vec<Stored<FollowUp>>, Error> {
    let mut setting = Setting::of(db, actor, customer).await?;
    if setting.customer.value.state != CustomerState::Active {
        return Ok(Vec::new());
    }
    let facts = Facts::of(db, actor, &setting).await?;
    let mut planned = ask_again(db, actor, (&mut setting, rules), until).await?;
    for rule in &rules.rules {
        let value = &rule.value;
        let grade = setting.customer.value.grade;
        if !value.grades.is_empty() && !grade.is_some_and(|grade| value.grades.contains(&grade)) {
            continue;
        }
        let Some(calendar) = rules.calendar(&value.calendar) else { continue };
        let today = actor.now.to_zoned(calendar.zone().clone()).date();
        for (subject, base, only) in starts((&rule.id, value), (&setting, &facts), calendar, today)
        {
            let last = base.checked_add(Span::new().days(i32::from(value.max_days)));
            let id = planned_id(&rule.id, customer, &subject, base);
            // By what it is about as well: after a merge it has the id of the customer that it was planned for.
            let is_this = |known: &Stored<FollowUp>| {
                known.id == id || known.value.is_of(&rule.id, &subject, base)
            };
            // What should have been done before rules were there is not made up for.
            if setting.follow_ups.iter().any(is_this) || last.is_ok_and(|last| last < today) {
                continue;
            }
            let contacted = setting.contacted();
            let around = setting.around((&contacted, calendar), actor.now);
            let candidate = Candidate { rule: value, base, only: only.as_deref() };
            let mut decision = decide(&candidate, &around);
            if decision.due > until {
                continue;
            }
            decision.checks.extend(facts.check(value));
            let owner = setting.customer.value.owner.as_str();
            let cause = Cause { kind: value.kind, rule: &rule.id, owner, subject: &subject, base };
            let day = decision.due.to_zoned(calendar.zone().clone()).date();
            let value = FollowUp::planned(&cause, decision).carrying(setting.left(&subject, day));
            let stored = Stored::new(id, value, actor.now);
            setting.follow_ups.push(stored.clone());
            planned.push(stored);
        }
    }
    Ok(planned)
}

/// Contacts that were held back and are not any longer, while their days last: those of the rules, and those that a person
/// asked for while a complaint was open.
async fn ask_again(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (setting, rules): (&mut Setting, &Rules),
    until: Timestamp,
) -> Result<Vec<Stored<FollowUp>>, Error> {
    let mut planned = Vec::new();
    for i in 0..setting.follow_ups.len() {
        let Some(held) = setting.follow_ups.get(i).cloned() else { continue };
        if held.value.state != FollowUpState::Suppressed {
            continue;
        }
        let rule = match rules.rules.iter().find(|rule| rule.id == held.value.rule) {
            Some(rule) => rule.value.clone(),
            None if held.value.waits_by_hand() => {
                let channel = held.value.channel.unwrap_or(ContactChannel::Phone);
                let calendar = calendar_id(&setting.customer.value);
                FollowUpRule { calendar, ..FollowUpRule::plain(held.value.kind, channel) }
            }
            None => continue,
        };
        let own;
        let calendar = match rules.calendar(&rule.calendar) {
            Some(calendar) => calendar,
            None => {
                own = calendar(db, actor, &rule.calendar).await?;
                &own
            }
        };
        let today = actor.now.to_zoned(calendar.zone().clone()).date();
        let Some(base) = held.value.base else { continue };
        if !held.value.may_be_asked_again(rule.max_days, today) {
            continue;
        }
        let contacted = setting.contacted();
        let around = setting.around((&contacted, calendar), actor.now);
        let candidate = Candidate { rule: &rule, base, only: held.value.only() };
        let decision = decide(&candidate, &around);
        if decision.due > until {
            continue;
        }
        if let Some(value) = held.value.asked_again(decision, actor.now) {
            let next = held.revised(value, actor.now);
            planned.push(next.clone());
            if let Some(known) = setting.follow_ups.get_mut(i) {
                *known = next;
            }
        }
    }
    Ok(planned)
}
