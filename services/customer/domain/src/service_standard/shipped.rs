//! The standards that a tenant begins with: of each grade, and of each fit within it.

use super::ServiceStandard;
use crate::contact::ContactChannel;
use crate::customer::Fit;
use crate::grade::Grade;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::money::Money;

use ContactChannel::{Email, Letter, Phone, Visit, Wechat};

/// A grade's basic service: id, cadence, channels, a named owner or not, the front line's limit in yuan.
type Seed = (&'static str, Grade, &'static str, &'static [ContactChannel], bool, i64);

const GRADES: [Seed; 4] = [
    ("grade-a", Grade::A, "P1M", &[Phone, Wechat, Email, Visit], true, 2_000),
    ("grade-b", Grade::B, "P3M", &[Phone, Wechat, Email, Visit], true, 1_000),
    ("grade-c", Grade::C, "P6M", &[Phone, Wechat, Email], false, 500),
    ("grade-d", Grade::D, "P1Y", &[Phone, Email], false, 200),
];

/// Visits monthly to the best, yearly to the last, a named owner for A and B: that is the basic service of a grade, for GENERAL
/// customers. RIGHT ones get it complete: every channel, a named owner, half as much again to grant. KEY ones get it perfect: at
/// least monthly, twice as much to grant, and managers are told first. HARMFUL ones are served defensively: in writing, only when
/// they ask, and the front line grants nothing by itself.
#[must_use]
pub fn default_standards() -> Vec<(&'static str, ServiceStandard)> {
    let of = |(id, grade, cadence, channels, named, yuan): Seed| {
        let basic = ServiceStandard {
            grade,
            fit: None,
            start: jiff::civil::date(2000, 1, 1),
            end: None,
            sla_policy: String::new(),
            contact_cadence: cadence.to_owned(),
            channels: channels.to_vec(),
            named_owner: named,
            escalation: people(&["supervisor", "manager", "director"]),
            remedy_limit: limit(yuan),
            profit_rule: None,
        };
        let [right, key, harmful] = fits(&basic, yuan);
        let own = match id {
            "grade-a" => ["grade-a-right", "grade-a-key", "grade-a-harmful"],
            "grade-b" => ["grade-b-right", "grade-b-key", "grade-b-harmful"],
            "grade-c" => ["grade-c-right", "grade-c-key", "grade-c-harmful"],
            _ => ["grade-d-right", "grade-d-key", "grade-d-harmful"],
        };
        let [right_id, key_id, harmful_id] = own;
        [(id, basic), (right_id, right), (key_id, key), (harmful_id, harmful)]
    };
    GRADES.into_iter().flat_map(of).collect()
}

fn fits(basic: &ServiceStandard, yuan: i64) -> [ServiceStandard; 3] {
    let complete = ServiceStandard {
        fit: Some(Fit::Right),
        channels: vec![Phone, Wechat, Email, Visit],
        named_owner: true,
        remedy_limit: limit(yuan * 3 / 2),
        ..basic.clone()
    };
    let perfect = ServiceStandard {
        fit: Some(Fit::Key),
        contact_cadence: "P1M".to_owned(),
        escalation: people(&["manager", "director"]),
        remedy_limit: limit(yuan * 2),
        ..complete.clone()
    };
    let defensive = ServiceStandard {
        fit: Some(Fit::Harmful),
        contact_cadence: String::new(),
        channels: vec![Email, Letter],
        escalation: people(&["manager", "director"]),
        remedy_limit: limit(0),
        ..basic.clone()
    };
    [complete, perfect, defensive]
}

fn people(all: &[&str]) -> Vec<String> {
    all.iter().map(|who| (*who).to_owned()).collect()
}

fn limit(yuan: i64) -> Option<Money> {
    Some(Money::from_micros(yuan * 1_000_000, Currency::CNY))
}
