//! The cadences of practice that every tenant begins with; none is in use before somebody says so.

use super::{Cadence, FollowUpKind as Kind, FollowUpRule, FollowUpTrigger as Trigger};
use crate::contact::ContactChannel;
use crate::grade::Grade;

/// Rules by id. `china` is the shipped calendar.
#[must_use]
pub fn shipped_rules() -> Vec<(&'static str, FollowUpRule)> {
    let mut rules = after_events();
    rules.extend(visits());
    rules.extend(greetings());
    rules
}

fn rule(
    kind: Kind,
    trigger: Trigger,
    display_name: &str,
    (min_days, max_days): (u16, u16),
) -> FollowUpRule {
    FollowUpRule {
        display_name: display_name.to_owned(),
        trigger,
        min_days,
        max_days,
        enabled: false,
        ..FollowUpRule::plain(kind, ContactChannel::Phone)
    }
}

fn after_events() -> Vec<(&'static str, FollowUpRule)> {
    let best = vec![Grade::A, Grade::B];
    vec![
        (
            "thank-you",
            rule(Kind::ThankYou, Trigger::Delivered, "Thanks 2 to 3 days after delivery", (2, 3)),
        ),
        (
            "installation-check",
            rule(Kind::InstallationCheck, Trigger::Commissioned, "Does the machine work", (3, 7)),
        ),
        (
            "training",
            rule(Kind::Training, Trigger::Commissioned, "Training of the operators", (10, 30)),
        ),
        (
            "satisfaction-call",
            rule(Kind::SatisfactionCall, Trigger::WorkOrderCompleted, "Content with it", (3, 7)),
        ),
        (
            "case-follow-up",
            rule(Kind::CaseFollowUp, Trigger::CaseVerifying, "Is the case settled", (0, 3)),
        ),
        (
            "testimonial-request",
            FollowUpRule {
                grades: best,
                ..rule(Kind::TestimonialRequest, Trigger::Commissioned, "May we quote", (60, 90))
            },
        ),
        (
            "re-purchase",
            rule(Kind::RePurchase, Trigger::Delivered, "The next purchase", (330, 360)),
        ),
        (
            "lost-deal",
            rule(Kind::LostDeal, Trigger::DealLost, "A lost deal taken up again", (60, 90)),
        ),
    ]
}

fn visits() -> Vec<(&'static str, FollowUpRule)> {
    let visit = |kind, display_name, cadence, grades: &[Grade], days| FollowUpRule {
        cadence: Cadence::parse(cadence).ok(),
        grades: grades.to_vec(),
        channel: ContactChannel::Visit,
        ..rule(kind, Trigger::Periodic, display_name, (0, days))
    };
    let guidance = FollowUpRule {
        cadence: Cadence::parse("P3M").ok(),
        ..rule(Kind::UsageGuidance, Trigger::Periodic, "Guidance in use each quarter", (0, 30))
    };
    let (staff, management) = ("Monthly visit by staff", "Half-yearly visit by management");
    vec![
        ("usage-guidance", guidance),
        ("staff-visit", visit(Kind::StaffVisit, staff, "P1M", &[Grade::A, Grade::B], 10)),
        ("management-visit", visit(Kind::ManagementVisit, management, "P6M", &[Grade::A], 30)),
    ]
}

/// Festivals by the reason of their closed dates in the calendar.
const FESTIVALS: &[(&str, &str, &str)] = &[
    ("spring-festival", "春节 Spring Festival", "Greeting before the Spring Festival"),
    ("mid-autumn", "中秋节 Mid-Autumn Festival", "Greeting before the Mid-Autumn Festival"),
];

fn greetings() -> Vec<(&'static str, FollowUpRule)> {
    let birthday = rule(Kind::Greeting, Trigger::Birthday, "Birthday", (0, 3));
    let festival = |(id, festival, name): &(&'static str, &str, &str)| {
        let festival = (*festival).to_owned();
        (*id, FollowUpRule { festival, ..rule(Kind::Greeting, Trigger::Festival, name, (0, 0)) })
    };
    std::iter::once(("birthday", birthday)).chain(FESTIVALS.iter().map(festival)).collect()
}
