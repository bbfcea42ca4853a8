//! Rebate plans.

use super::product::price;
use super::resource::{resource, rpcs};
use crate::convert::network::rebate_steps;
use crate::convert::sanction::read_period;
use crate::server::Server;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_kernel::ids::name_segments;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;

resource! {
    RebatePlan {
        kind: "rebatePlans",
        pattern: "rebatePlans/{rebate_plan}",
        field: "rebate_plan",
        filters: &[FilterField { name: "distributor", column: "distributor", kind: FieldKind::Text }],
        fields: [distributor, period, steps, purchases, target],
    }
    check(plan, wrong) {
        wrong.take("distributor", name_segments::<1>("distributors/{distributor}", &plan.distributor));
        if let Some(period) = wrong.required("period", plan.period.as_ref()) {
            read_period(period, "period", wrong);
        }
        price(plan.purchases.as_ref(), "purchases", wrong);
        price(plan.target.as_ref(), "target", wrong);
        rebate_steps(plan, wrong);
    }
    columns(plan, row) {
        row.distributor.clone_from(&plan.distributor);
    }
}

rpcs!(
    RebatePlan,
    GetRebatePlanRequest,
    ListRebatePlansRequest => ListRebatePlansResponse.rebate_plans,
    BatchUpdateRebatePlansRequest => BatchUpdateRebatePlansResponse,
    rebate_plan,
    |after, around| {
        for wire in after.changed.iter().filter_map(|id| after.all.get(id)) {
            around.know(&wire.name, [&wire.distributor])?;
        }
        Ok(())
    }
);
