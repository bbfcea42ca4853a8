//! What lists can be filtered and ordered by, as the protos say it.

use crate::handler::Actor;
use aftercare_customer_domain as domain;
use aftercare_kernel::fault::Invalid;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::paging::{KeyValue, OrderField, OrderKind, PageLimits, PageRequest, Pager};
use std::sync::LazyLock;

/// Rows of a page: 100 unless asked for, 1,000 at most.
pub(crate) const LIMITS: PageLimits = PageLimits { default: 100, max: 1000 };

/// One kind of list.
pub(crate) struct Listing {
    pub fields: Vec<FilterField>,
    pub orders: Vec<OrderField>,
}

/// The parts of a list request that the generated types have in common.
pub(crate) struct Asked<'a> {
    pub page_size: i32,
    pub page_token: &'a str,
    pub filter: &'a str,
    pub order_by: &'a str,
    pub parent: &'a str,
}

impl<'a> Asked<'a> {
    pub fn by(&self, actor: &'a Actor, method: &'a str) -> PageRequest<'a> {
        PageRequest {
            tenant: &actor.tenant,
            method,
            page_size: self.page_size,
            page_token: self.page_token,
            filter: self.filter,
            order_by: self.order_by,
            parent: self.parent,
        }
    }
}

/// A page of a list that is computed and not stored: `all` in the ascending order of the unique columns, by name and no
/// other. Nothing can be filtered by.
pub(crate) fn computed<T>(
    pager: &Pager,
    (actor, method, unique): (&Actor, &str, &[&'static str]),
    asked: &Asked<'_>,
    (all, key): (Vec<T>, impl Fn(&T, &'static str) -> KeyValue),
) -> Result<(Vec<T>, String), Invalid> {
    let order_by = if asked.order_by.trim() == "name" { "" } else { asked.order_by };
    let asked = Asked { order_by, ..*asked };
    let plan = pager.plan(&asked.by(actor, method), &[], &[], unique, LIMITS)?;
    Ok(plan.finish_computed(all, key))
}

const fn text(name: &'static str, column: &'static str) -> FilterField {
    FilterField { name, column, kind: FieldKind::Text }
}

const fn time(name: &'static str) -> FilterField {
    FilterField { name, column: name, kind: FieldKind::Timestamp }
}

/// A field whose values are a glossary's words, with or without the proto's prefix.
fn word(name: &'static str, prefix: &str, words: &[&'static str]) -> FilterField {
    let long = |word: &&'static str| -> &'static str { format!("{prefix}_{word}").leak() };
    let pairs = words.iter().flat_map(|word| [(*word, *word), (long(word), *word)]);
    // Leaked once a process: the lists live as long as it does.
    FilterField { name, column: name, kind: FieldKind::Enum(pairs.collect::<Vec<_>>().leak()) }
}

fn words<W: Copy>(all: &[W], as_str: fn(W) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|word| as_str(*word)).collect()
}

const fn order(name: &'static str, column: &'static str, kind: OrderKind) -> OrderField {
    OrderField { name, column, kind }
}

fn orders(texts: &[&'static str], times: &[&'static str]) -> Vec<OrderField> {
    let texts = texts.iter().map(|name| order(name, name, OrderKind::Text));
    let times = times.iter().map(|name| order(name, name, OrderKind::Integer));
    texts.chain(times).chain([order("name", "id", OrderKind::Text)]).collect()
}

pub(crate) static CUSTOMERS: LazyLock<Listing> = LazyLock::new(|| {
    use domain::customer::CustomerState;
    use domain::grade::Grade;
    Listing {
        fields: vec![
            text("display_name", "display_name"),
            word("grade", "GRADE_LETTER", &words(Grade::ALL, Grade::as_str)),
            text("region_code", "region_code"),
            text("industry", "industry"),
            word("state", "CUSTOMER_STATE", &words(CustomerState::ALL, CustomerState::as_str)),
            time("create_time"),
            time("update_time"),
        ],
        orders: orders(
            &["display_name", "grade", "region_code", "industry"],
            &["create_time", "update_time"],
        ),
    }
});

pub(crate) static CONTACTS: LazyLock<Listing> = LazyLock::new(|| {
    use domain::contact::ContactRole;
    Listing {
        fields: vec![word("role", "CONTACT_ROLE", &words(ContactRole::ALL, ContactRole::as_str))],
        orders: orders(&["role"], &["create_time", "update_time"]),
    }
});

pub(crate) static ASSETS: LazyLock<Listing> = LazyLock::new(|| {
    use domain::asset::AssetState;
    let date = |name| FilterField { name, column: name, kind: FieldKind::Date };
    Listing {
        fields: vec![
            text("product", "product"),
            text("serial_number", "serial_number"),
            text("lot", "lot"),
            text("region_code", "region_code"),
            word("state", "ASSET_STATE", &words(AssetState::ALL, AssetState::as_str)),
            date("commission_date"),
        ],
        orders: orders(
            &["product", "serial_number", "lot", "region_code", "commission_date"],
            &["create_time", "update_time"],
        ),
    }
});

pub(crate) static WORK_ORDERS: LazyLock<Listing> = LazyLock::new(|| {
    use domain::work_order::{WorkOrderKind, WorkOrderState};
    Listing {
        fields: vec![
            text("asset", "asset_name"),
            text("customer", "customer_name"),
            text("failure_mode", "failure_mode"),
            word("kind", "WORK_ORDER_KIND", &words(WorkOrderKind::ALL, WorkOrderKind::as_str)),
            word("state", "WORK_ORDER_STATE", &words(WorkOrderState::ALL, WorkOrderState::as_str)),
            time("complete_time"),
        ],
        orders: orders(&["failure_mode"], &["complete_time", "create_time", "update_time"]),
    }
});

pub(crate) static CASES: LazyLock<Listing> = LazyLock::new(|| {
    use domain::case::{CaseKind, CasePriority, CaseState, ComplaintCategory};
    let category = words(ComplaintCategory::ALL, ComplaintCategory::as_str);
    Listing {
        fields: vec![
            text("customer", "customer_name"),
            word("kind", "CASE_KIND", &words(CaseKind::ALL, CaseKind::as_str)),
            word("category", "COMPLAINT_CATEGORY", &category),
            word("state", "CASE_STATE", &words(CaseState::ALL, CaseState::as_str)),
            word("priority", "CASE_PRIORITY", &words(CasePriority::ALL, CasePriority::as_str)),
            time("create_time"),
            time("update_time"),
        ],
        orders: orders(&[], &["create_time", "update_time"]),
    }
});

pub(crate) static SITES: LazyLock<Listing> = LazyLock::new(|| Listing {
    fields: vec![text("display_name", "display_name"), text("region_code", "region_code")],
    orders: orders(&["display_name", "region_code"], &["create_time", "update_time"]),
});

pub(crate) static REVIEWS: LazyLock<Listing> = LazyLock::new(|| Listing {
    fields: vec![text("customer", "first"), text("other_customer", "second")],
    orders: orders(&[], &["create_time"]),
});

pub(crate) static FIT_REVIEWS: LazyLock<Listing> = LazyLock::new(|| {
    use domain::customer::FitReviewState;
    Listing {
        fields: vec![
            word("state", "FIT_REVIEW_STATE", &words(FitReviewState::ALL, FitReviewState::as_str)),
            time("expire_time"),
            time("create_time"),
        ],
        orders: orders(&[], &["expire_time", "create_time"]),
    }
});

pub(crate) static ENTITLEMENTS: LazyLock<Listing> = LazyLock::new(|| Listing {
    fields: vec![text("source", "source"), text("contract", "contract"), text("asset", "asset")],
    orders: orders(&[], &["create_time", "update_time"]),
});

pub(crate) static GRADES: LazyLock<Listing> = LazyLock::new(|| Listing {
    fields: Vec::new(),
    orders: vec![order("period", "sequence", OrderKind::Integer)],
});

pub(crate) static ENTRIES: LazyLock<Listing> = LazyLock::new(|| Listing {
    fields: Vec::new(),
    orders: vec![order("sequence", "version", OrderKind::Integer)],
});

pub(crate) static QUALITY_ALERTS: LazyLock<Listing> =
    LazyLock::new(|| Listing { fields: Vec::new(), orders: Vec::new() });

pub(crate) static LOT_ALERTS: LazyLock<Listing> = LazyLock::new(|| {
    use domain::quality::LotAlertState;
    Listing {
        fields: vec![
            text("product", "product"),
            text("lot", "lot"),
            word("state", "LOT_ALERT_STATE", &words(LotAlertState::ALL, LotAlertState::as_str)),
            time("create_time"),
        ],
        orders: orders(&["product", "lot"], &["create_time"]),
    }
});

pub(crate) static CAMPAIGNS: LazyLock<Listing> = LazyLock::new(|| {
    use domain::campaign::{CampaignKind, CampaignState};
    Listing {
        fields: vec![
            text("display_name", "display_name"),
            word("kind", "CAMPAIGN_KIND", &words(CampaignKind::ALL, CampaignKind::as_str)),
            word("state", "CAMPAIGN_STATE", &words(CampaignState::ALL, CampaignState::as_str)),
        ],
        orders: orders(&["display_name"], &["create_time", "update_time"]),
    }
});

pub(crate) static CAMPAIGN_ITEMS: LazyLock<Listing> = LazyLock::new(|| {
    use domain::campaign::CampaignItemState;
    let states = words(CampaignItemState::ALL, CampaignItemState::as_str);
    Listing {
        fields: vec![
            text("customer", "customer_name"),
            text("serial_number", "serial_number"),
            word("state", "CAMPAIGN_ITEM_STATE", &states),
        ],
        orders: vec![order("serial_number", "serial_number", OrderKind::Text)],
    }
});

pub(crate) static SURVEYS: LazyLock<Listing> = LazyLock::new(|| {
    use domain::survey::SurveyState;
    Listing {
        fields: vec![
            text("display_name", "display_name"),
            word("state", "SURVEY_STATE", &words(SurveyState::ALL, SurveyState::as_str)),
        ],
        orders: orders(&["display_name"], &["create_time", "update_time"]),
    }
});

pub(crate) static RESPONSES: LazyLock<Listing> =
    LazyLock::new(|| Listing { fields: Vec::new(), orders: Vec::new() });

pub(crate) static TOUCHPOINTS: LazyLock<Listing> = LazyLock::new(|| {
    use domain::survey::JourneyStage;
    Listing {
        fields: vec![
            text("display_name", "display_name"),
            word("stage", "JOURNEY_STAGE", &words(JourneyStage::ALL, JourneyStage::as_str)),
        ],
        orders: orders(&["display_name"], &[]),
    }
});

pub(crate) static FOLLOW_UPS: LazyLock<Listing> = LazyLock::new(|| {
    use domain::follow_up::{FollowUpKind, FollowUpState};
    Listing {
        fields: vec![
            word("kind", "FOLLOW_UP_KIND", &words(FollowUpKind::ALL, FollowUpKind::as_str)),
            word("state", "FOLLOW_UP_STATE", &words(FollowUpState::ALL, FollowUpState::as_str)),
            time("due_time"),
        ],
        orders: orders(&["kind", "state"], &["due_time", "create_time", "update_time"]),
    }
});

pub(crate) static FOLLOW_UP_RULES: LazyLock<Listing> = LazyLock::new(|| {
    use domain::follow_up::FollowUpKind;
    let kind = FieldKind::Enum(&[("true", "true"), ("false", "false")]);
    Listing {
        fields: vec![
            text("display_name", "display_name"),
            word("kind", "FOLLOW_UP_KIND", &words(FollowUpKind::ALL, FollowUpKind::as_str)),
            FilterField { name: "enabled", column: "enabled", kind },
        ],
        orders: orders(&["display_name"], &[]),
    }
});
