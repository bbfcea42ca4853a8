//! Suggestions for a case: remedies of the playbook, replies and articles, each for a reason that is said.

use super::authority::{authority, left};
use super::case_step::load;
use super::service_standard::Held;
use super::{Actor, Raised};
use crate::convert::guidance::remedy as wire_remedy;
use crate::convert::value::wire_instant;
use crate::convert::word::number;
use crate::handler::setting::Shown;
use crate::store::setting::{self, Setting};
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::{
    CaseFile, KnowledgeArticle, RemedyFacts, RemedyRule, ReplyTemplate, Situation, fill, speaks,
    suggest,
};
use aftercare_customer_domain::contact::ContactChannel;
use aftercare_customer_domain::customer::{Customer, RelationshipLevel};
use aftercare_customer_domain::follow_up::way;
use aftercare_customer_domain::grade::ScoreKind;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;

/// Suggestions of one kind, at most.
const MOST: usize = 10;

pub(crate) async fn remedies(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::SuggestRemediesRequest,
) -> Result<pb::SuggestRemediesResponse, Error> {
    let case = load(db, actor, (&request.name, "")).await?;
    let facts = facts(db, actor, &case.value).await?;
    let rules = setting::all::<RemedyRule>(db, &actor.tenant).await?;
    let found = suggest(rules.iter().map(|(_, rule)| &rule.value), &facts);
    let mut suggestions = Vec::with_capacity(found.len());
    for suggested in found.into_iter().take(MOST) {
        let remedy = &suggested.rule.remedy;
        let kinds = [remedy.kind.clone()];
        let within = match authority(db, actor, (&case.value, &kinds), "").await? {
            Some(found) if found.money.currency() == remedy.value.currency() => {
                let (_, left) = left(db, actor, &case, found.money).await?;
                remedy.value.amount() <= left.amount()
            }
            Some(_) | None => false,
        };
        suggestions.push(pb::RemedySuggestion {
            remedy: Some(wire_remedy(remedy)),
            reason: suggested.reason,
            within_authority: within,
        });
    }
    Ok(pb::SuggestRemediesResponse { suggestions })
}

/// What the playbook looks at: the finding, the relationship, the last grading.
async fn facts(
    db: &impl ConnectionTrait,
    actor: &Actor,
    case: &CaseFile,
) -> Result<RemedyFacts, Error> {
    let customer = store::customer::get(db, &actor.tenant, &case.customer).await?.value;
    let graded = store::grade::history(db, &actor.tenant, &case.customer, 1).await?;
    let score = |kind: ScoreKind| {
        let lines = graded.first().map(|record| &record.scored.scores)?;
        lines.iter().find(|line| line.kind == kind).map(|line| line.value)
    };
    let level = customer.relationship_level;
    Ok(RemedyFacts {
        category: case.category,
        grade: customer.grade,
        fault_share: case.investigation.as_ref().and_then(|found| found.our_fault_share),
        long_trade: matches!(level, RelationshipLevel::Preferred | RelationshipLevel::Alliance),
        potential: score(ScoreKind::Potential),
        influence: score(ScoreKind::Influence),
    })
}

/// What texts are looked for by, in the language that is asked for.
async fn situation<'a>(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (case, language): (&CaseFile, &'a str),
    products: &'a mut Vec<String>,
) -> Result<Situation<'a>, Error> {
    let id = |name: &String| name.rsplit('/').next().unwrap_or_default().to_owned();
    let ids: Vec<String> = case.assets.iter().map(id).collect();
    let assets = store::asset::find_all(db, &actor.tenant, &ids).await?;
    products.extend(assets.into_iter().map(|owned| owned.asset.value.product));
    Ok(Situation {
        category: case.category,
        products: products.iter().map(String::as_str).collect(),
        text: format!("{} {} {}", case.subject, case.description, case.topic),
        language,
    })
}

/// The best of a collection, by how well each suits.
fn best<T: Setting>(
    all: Vec<(String, Stored<T>)>,
    suits: impl Fn(&T) -> Option<u32>,
) -> Vec<Stored<T>> {
    let mut found: Vec<(u32, Stored<T>)> =
        all.into_iter().filter_map(|(_, stored)| Some((suits(&stored.value)?, stored))).collect();
    found.sort_by(|(a, left), (b, right)| b.cmp(a).then_with(|| left.id.cmp(&right.id)));
    found.into_iter().take(MOST).map(|(_, stored)| stored).collect()
}

pub(crate) async fn replies(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::SuggestRepliesRequest,
) -> Result<pb::SuggestRepliesResponse, Error> {
    let case = load(db, actor, (&request.name, "")).await?;
    let mut products = Vec::new();
    let asked = (&case.value, request.language_code.as_str());
    let situation = situation(db, actor, asked, &mut products).await?;
    let customer = store::customer::get(db, &actor.tenant, &case.value.customer).await?.value;
    let values = values(&customer, &case);
    let all = setting::all::<ReplyTemplate>(db, &actor.tenant).await?;
    let found = best(all, |template| {
        let text = format!("{} {}", template.display_name, template.body);
        situation.suits((template.category, &[], &template.language), &text)
    });
    let filled = |stored: &Stored<ReplyTemplate>| {
        let name = setting::name::<ReplyTemplate>("", &stored.id);
        let wire = ReplyTemplate::show(name, stored);
        pb::ReplyTemplate { body: fill(&stored.value.body, &values), ..wire }
    };
    Ok(pb::SuggestRepliesResponse { templates: found.iter().map(filled).collect() })
}

/// The words that acknowledge a case by themselves, filled, and to whom: a template for its situation, in the language
/// of whom it goes to where there is one. None with a variable that the case leaves open.
pub(crate) async fn acknowledgement(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (customer, case): (&Customer, &Stored<CaseFile>),
    standard: Option<&Held>,
) -> Result<Option<Raised>, Error> {
    let mut all = setting::all::<ReplyTemplate>(db, &actor.tenant).await?;
    all.retain(|(_, template)| template.value.acknowledges);
    if all.is_empty() {
        return Ok(None);
    }
    let file = &case.value;
    let contact = match file.contact.rsplit('/').next().filter(|id| !id.is_empty()) {
        None => None,
        Some(id) => Some(store::contact::get(db, &actor.tenant, (&file.customer, id)).await?.value),
    };
    let own = contact.as_ref().map(|contact| contact.language_code.clone());
    let language =
        own.filter(|own| !own.is_empty()).unwrap_or_else(|| customer.language_code.clone());
    let mut products = Vec::new();
    let wanted = situation(db, actor, (file, ""), &mut products).await?;
    let values = values(customer, case);
    let suits = |template: &ReplyTemplate| {
        let text = format!("{} {}", template.display_name, template.body);
        let suited = wanted.suits((template.category, &[], &template.language), &text)?;
        let open = fill(&template.body, &values).contains("{{");
        // Its own language comes before every likeness of words.
        let spoken = u32::from(!language.is_empty() && speaks(&language, &template.language));
        (!open).then_some(suited + spoken * 10_000)
    };
    let Some(template) = best(all, suits).into_iter().next() else { return Ok(None) };
    let allowed = standard.map_or(&[][..], |held| held.standard.channels.as_slice());
    let way = contact.as_ref().and_then(|contact| way(contact, ContactChannel::Email, allowed));
    let event = pb::AcknowledgementReady {
        case: format!("cases/{}", case.id),
        customer: format!("customers/{}", file.customer),
        contact: file.contact.clone(),
        channel: number(way),
        reply_template: setting::name::<ReplyTemplate>("", &template.id),
        language_code: template.value.language.clone(),
        body: fill(&template.value.body, &values),
        event_time: Some(wire_instant(actor.now)),
    };
    Ok(Some(Raised::new(event.case.clone(), &event)))
}

/// What the variables of a template stand for in a case.
fn values(customer: &Customer, case: &Stored<CaseFile>) -> BTreeMap<&'static str, String> {
    let file = &case.value;
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let assets: Vec<String> = file.assets.iter().map(|name| last(name)).collect();
    BTreeMap::from([
        ("asset", assets.join(", ")),
        ("case", case.id.clone()),
        ("customer", customer.display_name.clone()),
        ("owner", last(&file.owner)),
        ("report_date", file.reported.strftime("%Y-%m-%d").to_string()),
        ("subject", file.subject.clone()),
    ])
}

pub(crate) async fn articles(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::SuggestArticlesRequest,
) -> Result<pb::SuggestArticlesResponse, Error> {
    let case = load(db, actor, (&request.name, "")).await?;
    let mut products = Vec::new();
    let asked = (&case.value, request.language_code.as_str());
    let situation = situation(db, actor, asked, &mut products).await?;
    let all = setting::all::<KnowledgeArticle>(db, &actor.tenant).await?;
    let found = best(all, |article| {
        let text = format!("{} {}", article.display_name, article.body);
        situation.suits((article.category, &article.products, &article.language), &text)
    });
    let shown = |stored: &Stored<KnowledgeArticle>| {
        KnowledgeArticle::show(setting::name::<KnowledgeArticle>("", &stored.id), stored)
    };
    Ok(pb::SuggestArticlesResponse { articles: found.iter().map(shown).collect() })
}
