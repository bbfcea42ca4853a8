//! What starts a contact: deliveries, work done, turns of a series, birthdays, festivals.

use super::Actor;
use super::follow_up::Setting;
use crate::store::work_order::Placed;
use crate::store::{self, Stored};
use aftercare_customer_domain::asset::Asset;
use aftercare_customer_domain::calendar::Calendar;
use aftercare_customer_domain::case::CaseState;
use aftercare_customer_domain::contact::Contact;
use aftercare_customer_domain::follow_up::{
    Cadence, Check, FollowUp, FollowUpKind, FollowUpResult, FollowUpRule, FollowUpTrigger,
};
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

/// What happened at a customer that rules can start from.
pub(super) struct Facts {
    assets: Vec<(String, Asset)>,
    orders: Vec<Placed>,
    verifying: Vec<(String, Timestamp)>,
    /// How often the customer's service standard says.
    cadence: Option<Cadence>,
    /// What the quarter before said of that, where the standard goes by it.
    profit: Option<Check>,
}

impl Facts {
    /// What is to be said of a contact of a rule beside the planner's own checks.
    pub fn check(&self, rule: &FollowUpRule) -> Option<Check> {
        let own = rule.trigger == FollowUpTrigger::Periodic && rule.cadence.is_none();
        self.profit.clone().filter(|_| own)
    }
}

/// How often the customer's standard says, by what the quarter before left of the margin where it goes by that.
async fn cadence(
    db: &impl ConnectionTrait,
    actor: &Actor,
    setting: &Setting,
) -> Result<(Option<Cadence>, Option<Check>), Error> {
    let Some(held) = &setting.standard else { return Ok((None, None)) };
    let Some(rule) = &held.standard.profit_rule else {
        return Ok((Cadence::parse(&held.standard.contact_cadence).ok(), None));
    };
    let customer = &setting.customer;
    let today = super::service_standard::day(&customer.value, actor.now);
    let first = (today.month() - 1) / 3 * 3 + 1;
    let end = Date::new(today.year(), first, 1).unwrap_or(today);
    let start = end.checked_sub(Span::new().months(3)).unwrap_or(end);
    let of = (customer.id.as_str(), customer.value.evidence.as_ref());
    let left = super::profit::left(db, actor, of, (start, end)).await?;
    let text = held.standard.cadence(left.as_ref().map(|left| left.share));
    let seen = match &left {
        None => "the margin of the quarter before is not known".to_owned(),
        Some(left) => {
            let (spent, margin, share) = (left.spent, left.margin, left.share);
            format!("{spent} spent of a margin of {margin} from {start} until {end}, {share} left")
        }
    };
    let least = rule.least_share;
    let detail = format!("{seen}; serviceStandards/{} asks for {least}: {text}", held.id);
    let check = Check { check: "service_profit".to_owned(), passed: true, detail };
    Ok((Cadence::parse(text).ok(), Some(check)))
}

/// Work orders that are looked at; older ones started their follow-ups long ago.
const LATEST_ORDERS: u64 = 200;

impl Facts {
    pub async fn of(
        db: &impl ConnectionTrait,
        actor: &Actor,
        setting: &Setting,
    ) -> Result<Self, Error> {
        use store::case::entity::Column;
        let customer = setting.customer.id.as_str();
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
        let (cadence, profit) = cadence(db, actor, setting).await?;
        Ok(Self { assets, orders, verifying, cadence, profit })
    }
}

/// What starts a contact: its subject, its date, and whom it is for if not for all.
pub(super) type Start = (String, Date, Option<String>);

/// Every start that a rule finds at a customer.
pub(super) fn starts(
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
            let cadence = rule.cadence.or(facts.cadence);
            periodic((id, rule, cadence), (setting, today), day).into_iter().collect()
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
    (id, rule, cadence): (&str, &FollowUpRule, Option<Cadence>),
    (setting, today): (&Setting, Date),
    day: impl Fn(Timestamp) -> Date,
) -> Option<Start> {
    let of_rule = setting.follow_ups.iter().filter(|known| known.value.rule == id);
    let last = of_rule.map(|known| known.value.due).max().unwrap_or(setting.customer.created);
    let cadence = cadence?;
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
    let one = |(id, contact): &(String, Contact)| {
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
