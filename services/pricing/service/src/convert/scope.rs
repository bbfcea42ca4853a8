//! What a fixed price pays for, both ways.

use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Violations;
use aftercare_platform::wire;
use aftercare_pricing_domain::scope::{FixedScope, ScopedWork};
use rust_decimal::Decimal;

/// A scope from the wire; notes what cannot be read.
pub(crate) fn parse(scope: &pb::FixedScope, wrong: &mut Violations) -> FixedScope {
    let works = scope.works.iter().enumerate();
    FixedScope {
        repairs: u32::try_from(scope.repairs).unwrap_or(u32::MAX),
        visits: u32::try_from(scope.visits).unwrap_or(u32::MAX),
        works: works.map(|(i, work)| scoped_work(i, work, wrong)).collect(),
    }
}

fn scoped_work(i: usize, work: &pb::ScopedWork, wrong: &mut Violations) -> ScopedWork {
    let field = |name: &str| format!("scope.works[{i}].{name}");
    let hours = wrong.required(&field("labour_hours"), work.labour_hours.as_ref());
    let hours = hours.and_then(|hours| wrong.take(&field("labour_hours"), wire::exact(hours)));
    let parts = work.parts_cost.as_ref();
    ScopedWork {
        description: work.description.trim().to_owned(),
        // What could not be read was noted already.
        labour_hours: hours.unwrap_or(Decimal::ONE),
        parts_cost: parts.and_then(|parts| wrong.take(&field("parts_cost"), wire::amount(parts))),
        quantity: match work.quantity {
            0 => 1,
            times => u32::try_from(times).unwrap_or(u32::MAX),
        },
    }
}

/// A scope to the wire.
pub(crate) fn present(scope: &FixedScope) -> pb::FixedScope {
    let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    pb::FixedScope {
        repairs: count(scope.repairs),
        visits: count(scope.visits),
        works: scope
            .works
            .iter()
            .map(|work| pb::ScopedWork {
                description: work.description.clone(),
                labour_hours: Some(wire::decimal(work.labour_hours)),
                parts_cost: work.parts_cost.map(wire::money),
                quantity: count(work.quantity),
            })
            .collect(),
    }
}
