//! Service standards.

use super::authority::written;
use super::value::{date, decimal, money, reference, wire_date, wire_decimal, wire_money};
use super::word::{Word, list, number, numbers, optional, required};
use crate::handler::setting::Shown;
use crate::store::Stored;
use crate::store::setting::Setting;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::r#type::v1 as common;
use aftercare_customer_domain::service_standard::{ProfitRule, ServiceStandard, default_standards};
use aftercare_kernel::fault::Violations;

impl Setting for ServiceStandard {
    const COLLECTION: &'static str = "serviceStandards";
    fn shipped() -> Vec<(&'static str, Self)> {
        default_standards()
    }
}

impl Shown for ServiceStandard {
    type Wire = pb::ServiceStandard;
    const FIELD: &'static str = "service_standard";
    const PATTERN: &'static str = "serviceStandards/{service_standard}";

    fn read(wire: &pb::ServiceStandard, wrong: &mut Violations) -> Option<Self> {
        let grade = required(wire.grade, "grade", wrong);
        let fit = optional(wire.fit, "fit", wrong);
        let period = wrong.required("period", wire.period.as_ref());
        let (start, end) = wrong.within("period", |wrong| {
            let Some(period) = period else { return (None, None) };
            let start = date(period.start_date.as_ref(), "start_date", wrong);
            (wrong.required("start_date", start), date(period.end_date.as_ref(), "end_date", wrong))
        });
        let policy =
            reference::<1>(&wire.sla_policy, "slaPolicies/{sla_policy}", "sla_policy", wrong);
        let channels = list(&wire.channels, "channels", wrong);
        let remedy_limit = money(wire.remedy_limit.as_ref(), "remedy_limit", wrong);
        let profit_rule = wire.profit_rule.as_ref().and_then(|rule| {
            wrong.within("profit_rule", |wrong| {
                let least = decimal(rule.least_profit_share.as_ref(), "least_profit_share", wrong);
                let least_share = wrong.required("least_profit_share", least)?;
                Some(ProfitRule { least_share, cadence: rule.contact_cadence.clone() })
            })
        });
        for (i, who) in wire.escalation.iter().enumerate() {
            if who.trim().is_empty() {
                wrong.add(&format!("escalation[{i}]"), "must not be empty");
            }
        }
        let standard = Self {
            grade: grade?,
            fit,
            start: start?,
            end,
            sla_policy: policy.trim_start_matches("slaPolicies/").to_owned(),
            contact_cadence: wire.contact_cadence.clone(),
            channels,
            named_owner: wire.named_owner,
            escalation: wire.escalation.clone(),
            remedy_limit,
            profit_rule,
        };
        standard.check(wrong);
        Some(standard)
    }

    fn show(name: String, stored: &Stored<Self>) -> pb::ServiceStandard {
        let standard = &stored.value;
        pb::ServiceStandard {
            name,
            grade: standard.grade.number(),
            period: Some(common::Period {
                start_date: Some(wire_date(standard.start)),
                end_date: standard.end.map(wire_date),
            }),
            sla_policy: match standard.sla_policy.as_str() {
                "" => String::new(),
                id => format!("slaPolicies/{id}"),
            },
            contact_cadence: standard.contact_cadence.clone(),
            channels: numbers(&standard.channels),
            named_owner: standard.named_owner,
            escalation: standard.escalation.clone(),
            remedy_limit: standard.remedy_limit.map(|limit| wire_money(&limit)),
            create_time: written(stored.created),
            update_time: written(stored.updated),
            etag: stored.etag(),
            fit: number(standard.fit),
            profit_rule: standard.profit_rule.as_ref().map(|rule| pb::ProfitRule {
                least_profit_share: Some(wire_decimal(rule.least_share)),
                contact_cadence: rule.cadence.clone(),
            }),
        }
    }

    fn key(wire: &pb::ServiceStandard) -> (&str, &str) {
        (&wire.name, &wire.etag)
    }
}
