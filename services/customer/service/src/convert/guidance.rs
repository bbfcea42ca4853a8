//! Reply templates, knowledge articles and the playbook of remedies.

use super::proposal::remedy_number;
use super::value::{decimal, money, wire_decimal, wire_money};
use super::word::{list, number, numbers, optional};
use crate::handler::setting::Shown;
use crate::store::Stored;
use crate::store::setting::Setting;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::{
    KnowledgeArticle, Remedy, RemedyRule, ReplyTemplate, check_template, check_text, default_rules,
    default_templates,
};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use rust_decimal::Decimal;

impl Setting for ReplyTemplate {
    const COLLECTION: &'static str = "replyTemplates";
    fn shipped() -> Vec<(&'static str, Self)> {
        default_templates()
    }
}

impl Shown for ReplyTemplate {
    type Wire = pb::ReplyTemplate;
    const FIELD: &'static str = "reply_template";
    const PATTERN: &'static str = "replyTemplates/{reply_template}";

    fn read(wire: &pb::ReplyTemplate, wrong: &mut Violations) -> Option<Self> {
        check_text((&wire.display_name, &wire.language_code, &wire.body), wrong);
        check_template(&wire.body, wrong);
        Some(Self {
            display_name: wire.display_name.clone(),
            category: optional(wire.category, "category", wrong),
            language: wire.language_code.clone(),
            body: wire.body.clone(),
            acknowledges: wire.acknowledges,
        })
    }

    fn show(name: String, stored: &Stored<Self>) -> pb::ReplyTemplate {
        let template = &stored.value;
        pb::ReplyTemplate {
            name,
            display_name: template.display_name.clone(),
            category: number(template.category),
            language_code: template.language.clone(),
            body: template.body.clone(),
            acknowledges: template.acknowledges,
            etag: stored.etag(),
        }
    }

    fn key(wire: &pb::ReplyTemplate) -> (&str, &str) {
        (&wire.name, &wire.etag)
    }
}

impl Setting for KnowledgeArticle {
    const COLLECTION: &'static str = "knowledgeArticles";
}

impl Shown for KnowledgeArticle {
    type Wire = pb::KnowledgeArticle;
    const FIELD: &'static str = "knowledge_article";
    const PATTERN: &'static str = "knowledgeArticles/{knowledge_article}";

    fn read(wire: &pb::KnowledgeArticle, wrong: &mut Violations) -> Option<Self> {
        check_text((&wire.display_name, &wire.language_code, &wire.body), wrong);
        for (i, product) in wire.products.iter().enumerate() {
            let parsed = name_segments::<1>("products/{product}", product).map(|_| ());
            wrong.take(&format!("products[{i}]"), parsed);
        }
        Some(Self {
            display_name: wire.display_name.clone(),
            category: optional(wire.category, "category", wrong),
            products: wire.products.clone(),
            language: wire.language_code.clone(),
            body: wire.body.clone(),
        })
    }

    fn show(name: String, stored: &Stored<Self>) -> pb::KnowledgeArticle {
        let article = &stored.value;
        pb::KnowledgeArticle {
            name,
            display_name: article.display_name.clone(),
            category: number(article.category),
            products: article.products.clone(),
            language_code: article.language.clone(),
            body: article.body.clone(),
            etag: stored.etag(),
        }
    }

    fn key(wire: &pb::KnowledgeArticle) -> (&str, &str) {
        (&wire.name, &wire.etag)
    }
}

impl Setting for RemedyRule {
    const COLLECTION: &'static str = "remedyRules";
    fn shipped() -> Vec<(&'static str, Self)> {
        default_rules()
    }
}

impl Shown for RemedyRule {
    type Wire = pb::RemedyRule;
    const FIELD: &'static str = "remedy_rule";
    const PATTERN: &'static str = "remedyRules/{remedy_rule}";

    fn read(wire: &pb::RemedyRule, wrong: &mut Violations) -> Option<Self> {
        let share = |wire, field, wrong: &mut Violations| decimal(wire, field, wrong);
        let min = share(wire.min_fault_share.as_ref(), "min_fault_share", wrong);
        let max = share(wire.max_fault_share.as_ref(), "max_fault_share", wrong);
        let categories = list(&wire.categories, "categories", wrong);
        let grades = list(&wire.grades, "grades", wrong);
        let remedy = wrong.required("remedy", wire.remedy.as_ref());
        let remedy = wrong.within("remedy", |wrong| {
            let remedy = remedy?;
            let kind = pb::RemedyKind::try_from(remedy.kind).ok();
            let kind = kind.filter(|kind| *kind != pb::RemedyKind::Unspecified);
            let kind = wrong.required("kind", kind);
            let value = money(remedy.value.as_ref(), "value", wrong);
            let value = wrong.required("value", value);
            let (kind, value) = kind.zip(value)?;
            let kind = kind.as_str_name().trim_start_matches("REMEDY_KIND_").to_owned();
            Some(Remedy { kind, value, description: remedy.description.clone() })
        });
        let rule = Self {
            categories,
            grades,
            min_fault_share: min.unwrap_or(Decimal::ZERO),
            max_fault_share: max.unwrap_or(Decimal::ONE),
            long_trade: wire.long_trade,
            likely_repurchase: wire.likely_repurchase,
            word_of_mouth_risk: wire.word_of_mouth_risk,
            remedy: remedy?,
            reason: wire.reason.clone(),
        };
        rule.check(wrong);
        Some(rule)
    }

    fn show(name: String, stored: &Stored<Self>) -> pb::RemedyRule {
        let rule = &stored.value;
        pb::RemedyRule {
            name,
            categories: numbers(&rule.categories),
            grades: numbers(&rule.grades),
            min_fault_share: Some(wire_decimal(rule.min_fault_share)),
            max_fault_share: Some(wire_decimal(rule.max_fault_share)),
            long_trade: rule.long_trade,
            likely_repurchase: rule.likely_repurchase,
            word_of_mouth_risk: rule.word_of_mouth_risk,
            remedy: Some(remedy(&rule.remedy)),
            reason: rule.reason.clone(),
            etag: stored.etag(),
        }
    }

    fn key(wire: &pb::RemedyRule) -> (&str, &str) {
        (&wire.name, &wire.etag)
    }
}

/// A remedy on the wire.
pub(crate) fn remedy(remedy: &Remedy) -> pb::Remedy {
    pb::Remedy {
        kind: remedy_number(&remedy.kind),
        value: Some(wire_money(&remedy.value)),
        description: remedy.description.clone(),
    }
}
