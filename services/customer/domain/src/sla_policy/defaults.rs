//! The promises of practice that every tenant begins with; all can be edited.

use super::{SlaCondition, SlaPolicy};
use crate::case::{CaseKind, ComplaintCategory};
use crate::customer::Fit;
use crate::instant::Elapsed;
use crate::milestone::{EscalationLevel, Milestone, MilestoneTerms, Occurrence, Target, Trigger};

const MINUTE: u32 = 60;

/// Policies by id, in the order in which they are tried. `china` is the shipped calendar.
#[must_use]
pub fn default_policies() -> Vec<(&'static str, SlaPolicy)> {
    let mut policies = Vec::new();
    let usual = (1..).map(|n| n * 100).zip(complaints().into_iter().chain(requests()));
    for (position, (id, display_name, conditions, milestones)) in
        key_customers().into_iter().chain(usual)
    {
        let display_name = display_name.to_owned();
        policies.push((id, SlaPolicy { display_name, position, conditions, milestones }));
    }
    policies.sort_by_key(|(_, policy)| policy.position);
    policies
}

/// What a key customer gets beyond practice, each before the promise that it is stricter than: half the time to close, and an
/// answer in hours instead of a day.
fn key_customers() -> Vec<(i32, Seed)> {
    use Occurrence::{CaseOpened, Closed, Investigated, Replied};
    let complaint = |categories| {
        vec![SlaCondition {
            kinds: vec![CaseKind::Complaint],
            categories,
            fits: vec![Fit::Key],
            ..Default::default()
        }]
    };
    let hour = Target::BusinessTime(Elapsed::hours(1));
    let finding = || terms(Milestone::Investigation, CaseOpened, &[Investigated], hour);
    let day = Target::ClockTime(Elapsed::hours(8));
    let reply = || terms(Milestone::FirstReply, CaseOpened, &[Replied], day);
    let closed = || terms(Milestone::Resolution, CaseOpened, &[Closed], Target::CalendarDays(15));
    vec![
        (
            50,
            (
                "key-quality-complaint",
                "Quality complaint of a key customer: finding within 1 h, first reply 8 h, closed in 15 days",
                complaint(vec![ComplaintCategory::ProductQuality]),
                vec![finding(), reply(), closed()],
            ),
        ),
        (
            350,
            (
                "key-complaint",
                "Any other complaint of a key customer: first reply 8 h, closed in 15 days",
                complaint(Vec::new()),
                vec![reply(), closed()],
            ),
        ),
    ]
}

type Seed = (&'static str, &'static str, Vec<SlaCondition>, Vec<MilestoneTerms>);

fn complaints() -> Vec<Seed> {
    use Occurrence::{CaseOpened, Closed, Investigated, Replied};
    let category = |category| {
        vec![SlaCondition {
            kinds: vec![CaseKind::Complaint],
            categories: vec![category],
            ..Default::default()
        }]
    };
    let any = || vec![SlaCondition { kinds: vec![CaseKind::Complaint], ..Default::default() }];
    let reply = |target| terms(Milestone::FirstReply, CaseOpened, &[Replied], target);
    let day = Target::ClockTime(Elapsed::hours(24));
    let closed = || terms(Milestone::Resolution, CaseOpened, &[Closed], Target::CalendarDays(30));
    let finding = |target| terms(Milestone::Investigation, CaseOpened, &[Investigated], target);
    vec![
        (
            "quality-complaint",
            "Quality complaint: finding within 1 h, first reply 24 h, closed in 30 days",
            category(ComplaintCategory::ProductQuality),
            vec![finding(Target::BusinessTime(Elapsed::hours(1))), reply(day), closed()],
        ),
        (
            "late-delivery",
            "Late delivery: answer in 30 min, closed in 30 days",
            category(ComplaintCategory::LateDelivery),
            vec![reply(Target::BusinessTime(Elapsed::seconds(30 * MINUTE))), closed()],
        ),
        (
            "staff-conduct",
            "Staff conduct: first reply 24 h, finding in 3 days, closed in 30 days",
            category(ComplaintCategory::StaffConduct),
            vec![reply(day), finding(Target::CalendarDays(3)), closed()],
        ),
        (
            "any-complaint",
            "Any complaint: first reply 24 h, closed in 30 days",
            any(),
            vec![reply(day), closed()],
        ),
    ]
}

fn requests() -> Vec<Seed> {
    use Milestone as M;
    use Occurrence as O;
    let hours = |hours| Target::ClockTime(Elapsed::hours(hours));
    let topic =
        |topic: &str| vec![SlaCondition { topics: vec![topic.to_owned()], ..Default::default() }];
    let one = |id, name, word, milestone, start, stop, target| {
        (id, name, topic(word), vec![terms(milestone, start, &[stop], target)])
    };
    vec![
        one(
            "hotline",
            "Hotline answered in 15 s",
            "hotline",
            M::FirstReply,
            O::CallReceived,
            O::Replied,
            Target::ClockTime(Elapsed::seconds(15)),
        ),
        one(
            "callback",
            "Callback in 1 h",
            "callback",
            M::Callback,
            O::CallReceived,
            O::CalledBack,
            hours(1),
        ),
        one(
            "technical-question",
            "Technical question answered in 4 h",
            "technical_question",
            M::FirstReply,
            O::CaseOpened,
            O::Replied,
            Target::BusinessTime(Elapsed::hours(4)),
        ),
        one(
            "engineer-on-site",
            "Engineer on site in 24 h",
            "engineer_on_site",
            M::OnSite,
            O::CaseOpened,
            O::ArrivedOnSite,
            hours(24),
        ),
        one(
            "sample",
            "Oil or material sample: result 24 h after receipt",
            "sample",
            M::SampleResult,
            O::SampleReceived,
            O::SampleReported,
            hours(24),
        ),
        one(
            "order",
            "Order shipped within 2 days of payment",
            "order",
            M::Shipment,
            O::PaymentReceived,
            O::Shipped,
            Target::CalendarDays(2),
        ),
        one(
            "training",
            "Training within 30 days of request",
            "training",
            M::Training,
            O::TrainingRequested,
            O::Trained,
            Target::CalendarDays(30),
        ),
        one(
            "promotion-support",
            "Promotion support in 20 days",
            "promotion_support",
            M::PromotionSupport,
            O::PromotionRequested,
            O::PromotionSupported,
            Target::CalendarDays(20),
        ),
        one(
            "dealer-supply",
            "New dealer supplied within 10 days",
            "dealer_supply",
            M::DealerSupply,
            O::DealerAppointed,
            O::DealerSupplied,
            Target::CalendarDays(10),
        ),
        (
            "usage-guidance",
            "Usage guidance for a new direct account within 10 days, then quarterly",
            topic("usage_guidance"),
            vec![
                terms(M::UsageGuidance, O::AccountOpened, &[O::Guided], Target::CalendarDays(10)),
                // Each guidance promises the next, until the case is closed. No quarter is longer than 92 days.
                terms(
                    M::PeriodicUpdate,
                    O::Guided,
                    &[O::Guided, O::Closed],
                    Target::CalendarDays(92),
                ),
            ],
        ),
    ]
}

fn terms(
    milestone: Milestone,
    start: Occurrence,
    stops: &[Occurrence],
    target: Target,
) -> MilestoneTerms {
    let level = |level: &str, percent, notify: &str| EscalationLevel {
        level: level.to_owned(),
        trigger: Trigger::PercentElapsed(percent),
        notify: vec![notify.to_owned()],
    };
    MilestoneTerms {
        milestone,
        start,
        stops: stops.to_vec(),
        pause_reasons: vec!["awaiting_customer".to_owned()],
        calendar: "china".to_owned(),
        target,
        internal: None,
        levels: vec![
            level("at_risk", 80, "agent"),
            level("supervisor", 100, "supervisor"),
            level("manager", 200, "manager"),
        ],
    }
}
