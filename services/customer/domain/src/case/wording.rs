//! What to say: reply templates with variables and knowledge articles, found by situation and likeness of words.

use super::ComplaintCategory;
use aftercare_kernel::fault::Violations;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The tenant's own words for a situation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTemplate {
    /// The name that people use.
    pub display_name: String,
    /// The situation; none for any.
    pub category: Option<ComplaintCategory>,
    /// BCP 47 language.
    pub language: String,
    /// Text with `{{variables}}`.
    pub body: String,
    /// Whether it acknowledges a case of its situation by itself.
    #[serde(default)]
    pub acknowledges: bool,
}

/// What we learnt, for whoever handles a case like it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnowledgeArticle {
    /// The title.
    pub display_name: String,
    /// The situation; none for any.
    pub category: Option<ComplaintCategory>,
    /// `products/{product}` that it is about; none means any.
    pub products: Vec<String>,
    /// BCP 47 language.
    pub language: String,
    /// The text.
    pub body: String,
}

/// Notes what a named text in a language lacks.
pub fn check_text((display_name, language, body): (&str, &str, &str), wrong: &mut Violations) {
    for (field, text) in [("display_name", display_name), ("body", body)] {
        if text.trim().is_empty() {
            wrong.add(field, "is required");
        }
    }
    let parts = language.split('-');
    let part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if language.is_empty() {
        wrong.add("language_code", "is required");
    } else if !parts.clone().all(part) || parts.clone().next().is_none_or(|first| first.len() < 2) {
        wrong.add("language_code", "must be a BCP 47 language, as in zh-CN");
    }
}

/// What templates and articles are looked for by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Situation<'a> {
    /// What a complaint is about.
    pub category: Option<ComplaintCategory>,
    /// Products of the machines concerned.
    pub products: Vec<&'a str>,
    /// What the customer says.
    pub text: String,
    /// The language that is asked for; any if empty.
    pub language: &'a str,
}

impl Situation<'_> {
    /// How well a text suits; none if it is for another situation, product or language.
    #[must_use]
    pub fn suits(
        &self,
        (category, products, language): (Option<ComplaintCategory>, &[String], &str),
        text: &str,
    ) -> Option<u32> {
        let situation = category.is_none() || category == self.category;
        let product =
            products.is_empty() || products.iter().any(|p| self.products.contains(&p.as_str()));
        if !situation || !product || !speaks(self.language, language) {
            return None;
        }
        // what is written for the situation or the product comes before what is for any
        let special = [category.is_some(), !products.is_empty()].into_iter().filter(|s| *s).count();
        Some(u32::try_from(special).unwrap_or(0) * 1_001 + likeness(&self.text, text))
    }
}

/// How alike two texts are, 0..=1000: Dice's coefficient (1945) over the pairs of neighbouring letters, spaces and
/// punctuation left out, so that it works for Chinese as well.
#[must_use]
pub fn likeness(left: &str, right: &str) -> u32 {
    let pairs = |text: &str| -> BTreeSet<(char, char)> {
        let letters: Vec<char> =
            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        letters.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect()
    };
    let (left, right) = (pairs(left), pairs(right));
    let common = left.intersection(&right).count();
    let all = left.len() + right.len();
    (2000 * common).checked_div(all).and_then(|score| u32::try_from(score).ok()).unwrap_or(0)
}

/// Whether a language that is asked for is met: equal, or a region of it.
#[must_use]
pub fn speaks(asked: &str, language: &str) -> bool {
    let (asked, language) = (asked.to_ascii_lowercase(), language.to_ascii_lowercase());
    asked.is_empty() || language == asked || language.starts_with(&format!("{asked}-"))
}

/// Id, situation, language, name and text of the shipped templates.
type Seed = (&'static str, ComplaintCategory, &'static str, &'static str, &'static str);

const TEMPLATES: [Seed; 6] = [
    (
        "quality-zh",
        ComplaintCategory::ProductQuality,
        "zh-CN",
        "质量投诉：已受理",
        "{{customer}}：您反映的“{{subject}}”已登记，编号 {{case}}。我们正在查明原因，查明后立即答复您。给您的生产带来不便，非常抱歉。",
    ),
    (
        "quality-en",
        ComplaintCategory::ProductQuality,
        "en",
        "Quality complaint received",
        "{{customer}}: we have recorded \"{{subject}}\" as {{case}} and are looking for the cause; you hear from us as \
         soon as we know it. We are sorry for the trouble.",
    ),
    (
        "delivery-zh",
        ComplaintCategory::LateDelivery,
        "zh-CN",
        "交付延迟：已受理",
        "{{customer}}：您关于“{{subject}}”的催货已登记，编号 {{case}}。我们正在与发货部门核实到货时间，半小时内答复您。",
    ),
    (
        "delivery-en",
        ComplaintCategory::LateDelivery,
        "en",
        "Late delivery received",
        "{{customer}}: we have recorded \"{{subject}}\" as {{case}} and are asking our shipping department for the date; \
         you have our answer within half an hour.",
    ),
    (
        "conduct-zh",
        ComplaintCategory::StaffConduct,
        "zh-CN",
        "服务态度：已受理",
        "{{customer}}：感谢您告诉我们。您的意见已登记，编号 {{case}}，由当事人以外的人员调查，三天内答复您。",
    ),
    (
        "conduct-en",
        ComplaintCategory::StaffConduct,
        "en",
        "Conduct complaint received",
        "{{customer}}: thank you for telling us. It is recorded as {{case}}, is looked into by somebody who is not \
         concerned, and is answered within three days.",
    ),
];

/// The words that a tenant begins with, for quality, delivery and conduct.
#[must_use]
pub fn default_templates() -> Vec<(&'static str, ReplyTemplate)> {
    let template = |(id, category, language, display_name, body): Seed| {
        let template = ReplyTemplate {
            display_name: display_name.to_owned(),
            category: Some(category),
            language: language.to_owned(),
            body: body.to_owned(),
            acknowledges: true,
        };
        (id, template)
    };
    TEMPLATES.map(template).to_vec()
}

/// Variables that a template may use.
pub const VARIABLES: &[&str] = &["asset", "case", "customer", "owner", "report_date", "subject"];

/// Notes variables that no case fills, and braces that never close.
pub fn check_template(body: &str, wrong: &mut Violations) {
    let mut rest = body;
    while let Some((_, open)) = rest.split_once("{{") {
        let Some((name, after)) = open.split_once("}}") else {
            wrong.add("body", "has a {{ without }}");
            return;
        };
        if !VARIABLES.contains(&name.trim()) {
            let known = VARIABLES.join(", ");
            wrong.add("body", format!("{{{{{}}}}} is none of {known}", name.trim()));
        }
        rest = after;
    }
}

/// The text with its variables filled in; a variable without a value stays as it is, for a person to see.
#[must_use]
pub fn fill(body: &str, values: &BTreeMap<&str, String>) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, open)) = rest.split_once("{{") {
        text.push_str(before);
        let Some((name, after)) = open.split_once("}}") else {
            text.push_str("{{");
            rest = open;
            continue;
        };
        match values.get(name.trim()).filter(|value| !value.is_empty()) {
            Some(value) => text.push_str(value),
            None => text.extend(["{{", name, "}}"]),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_dice_over_letter_pairs() {
        // night and nacht share one pair of eight.
        assert_eq!(likeness("night", "nacht"), 250);
        assert_eq!(likeness("压缩机漏油", "压缩机 漏油！"), 1000);
        assert_eq!(likeness("", "a"), 0);
    }

    #[test]
    fn variables_are_checked_and_filled() {
        let mut wrong = Violations::new();
        check_template("Dear {{customer}}, {{ colour }} and {{open", &mut wrong);
        assert_eq!(wrong.finish().unwrap_err().fields().len(), 2);
        let values = BTreeMap::from([("customer", "Acme".to_owned()), ("owner", String::new())]);
        let text = fill("{{customer}}/{{ customer }}/{{owner}}/{{x", &values);
        assert_eq!(text, "Acme/Acme/{{owner}}/{{x");
    }

    #[test]
    fn every_shipped_template_passes_its_own_check() {
        for (id, template) in default_templates() {
            let mut wrong = Violations::new();
            check_template(&template.body, &mut wrong);
            check_text((&template.display_name, &template.language, &template.body), &mut wrong);
            assert!(wrong.finish().is_ok(), "{id}");
        }
    }

    #[test]
    fn what_is_written_for_the_situation_comes_before_what_is_like_it() {
        let quality = Some(ComplaintCategory::ProductQuality);
        let situation = Situation {
            category: quality,
            products: vec!["products/p1"],
            text: "oil leaks".to_owned(),
            language: "en",
        };
        let of = |category, products: &[&str], text: &str| {
            let products: Vec<String> = products.iter().map(|p| (*p).to_owned()).collect();
            situation.suits((category, &products, "en"), text)
        };
        assert!(of(quality, &[], "quite different") > of(None, &[], "oil leaks"));
        assert!(of(None, &["products/p1"], "") > of(None, &[], "oil leaks"));
        assert_eq!(of(Some(ComplaintCategory::Price), &[], "oil leaks"), None);
        assert_eq!(of(None, &["products/p2"], "oil leaks"), None);
    }

    #[test]
    fn a_language_is_met_by_its_regions() {
        assert!(speaks("zh", "zh-CN") && speaks("", "en") && speaks("ZH-cn", "zh-CN"));
        assert!(!speaks("zh-CN", "zh") && !speaks("z", "zh"));
    }
}
