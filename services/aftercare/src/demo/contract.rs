//! Chapter 4: what three years of full cover for one customer's machines will cost us, what to ask, and what 10 % off takes.

use super::cast;
use super::error::{DemoError, ask};
use super::story::{CUSTOMER, Story};
use super::terminal;
use super::words::{amount, money, percent, plain};
use aftercare_api::aftercare::pricing::v1::{
    AcceptQuoteRequest, AfterHours, Concession, Contract, CoverageLevel, CreateQuoteRequest,
    Driver, FailureModel, FindConcessionsRequest, FindConcessionsResponse, FitFailureModelRequest,
    IssueQuoteRequest, PricingBasis, PricingModel, Quote, Segment, SummariseFailureEvidenceRequest,
    Terms, find_concessions_request,
};
use aftercare_api::google::r#type::{Date, Decimal};
use prost_types::Duration as WireDuration;
use std::time::{Duration, Instant};

/// The first day of the contract.
const START: Date = Date { year: 2026, month: 4, day: 1 };
/// The evidence is complete from here ...
const EVIDENCE_FROM: Date = Date { year: 2017, month: 1, day: 1 };
/// ... to the day before this one.
const EVIDENCE_TO: Date = Date { year: 2026, month: 3, day: 1 };

/// What pricing said.
pub struct Pricing {
    /// One model a product family.
    pub models: Vec<FailureModel>,
    /// Three years of full cover.
    pub quote: Quote,
    /// What 10 % off takes.
    pub concessions: FindConcessionsResponse,
    /// What was agreed: the terms of the best concession.
    pub contract: Contract,
    /// How long fitting all families took.
    pub fit_took: Duration,
    /// How long the quote took, with the network.
    pub quote_took: Duration,
}

/// Fits, quotes, bargains.
pub async fn tell(story: &Story) -> Result<Pricing, DemoError> {
    terminal::chapter(4, "What three years of full cover will cost us");
    terminal::say(
        "How often machines fail as they age, and what a failure costs, is in the work orders. From it follows not one \
         number but the whole distribution of a contract's cost: what to expect, what a bad year looks like, what to ask.",
    );
    settle(story).await?;
    let begun = Instant::now();
    let models = fit(&story.with(cast::PRICING_DIRECTOR, cast::AFTER_EXPORT)).await?;
    let fit_took = begun.elapsed();
    let story = &story.with(cast::AGENT, cast::AFTER_EXPORT);
    let begun = Instant::now();
    let quote = quote(story).await?;
    let quote_took = begun.elapsed();
    let request = FindConcessionsRequest {
        name: quote.name.clone(),
        target: Some(find_concessions_request::Target::Discount(Decimal {
            value: "0.1".to_owned(),
        })),
        ..FindConcessionsRequest::default()
    };
    let concessions =
        ask("look for what 10 % off takes", story.quotes().find_concessions(request)).await?;
    let contract = agree(story, &quote, &concessions).await?;
    let pricing = Pricing { models, quote, concessions, contract, fit_took, quote_took };
    print(&pricing);
    Ok(pricing)
}

/// Waits until pricing has heard of every repair: events travel behind the sync.
async fn settle(story: &Story) -> Result<(), DemoError> {
    let bar = terminal::progress(0, "pricing hears of the repairs");
    let (mut last, mut still) = (0, 0);
    for _ in 0..300 {
        let request = SummariseFailureEvidenceRequest::default();
        let mut client = story.failure_models();
        let call = client.summarise_failure_evidence(request);
        let heard = ask("summarise the failure evidence", call).await?.event_count;
        still = if heard == last && heard > 0 { still + 1 } else { 0 };
        last = heard;
        bar.set_position(u64::try_from(heard).unwrap_or(0));
        if still >= 4 {
            bar.finish_and_clear();
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    Err(DemoError::missing("pricing did not hear of the repairs within 45 s"))
}

/// One model for every family that has evidence.
async fn fit(story: &Story) -> Result<Vec<FailureModel>, DemoError> {
    let request = SummariseFailureEvidenceRequest::default();
    let evidence = ask(
        "summarise the failure evidence",
        story.failure_models().summarise_failure_evidence(request),
    )
    .await?;
    let mut models = Vec::new();
    let families = evidence.summaries.iter().filter(|s| !s.family.is_empty() && s.event_count > 0);
    for summary in families {
        let request = FitFailureModelRequest {
            family: summary.family.clone(),
            observation_start_date: Some(EVIDENCE_FROM),
            observation_end_date: Some(EVIDENCE_TO),
            // The numbers are calculated a second time from plain files, by the power law.
            pricing_basis: PricingBasis::MinimalRepair.into(),
            request_id: story.request_id(),
            ..FitFailureModelRequest::default()
        };
        let fitted = story.failure_models().fit_failure_model(request).await;
        models.push(ask("fit a failure model", async { fitted }).await?);
    }
    Ok(models)
}

async fn quote(story: &Story) -> Result<Quote, DemoError> {
    let request = CreateQuoteRequest {
        customer: CUSTOMER.to_owned(),
        terms: Some(Terms {
            term_months: 36,
            coverage: CoverageLevel::Full.into(),
            response_time: Some(WireDuration { seconds: 8 * 3_600, nanos: 0 }),
            after_hours: AfterHours::Extended.into(),
            pricing_model: PricingModel::FullCoverage.into(),
            ..Terms::default()
        }),
        start_date: Some(START),
        segment: Segment::RiskAverse.into(),
        quote_id: "full-cover".to_owned(),
        request_id: story.request_id(),
        ..CreateQuoteRequest::default()
    };
    ask("quote three years of full cover", story.quotes().create_quote(request)).await
}

/// The customer takes the best concession: a quote on its terms goes out and is accepted.
async fn agree(
    story: &Story,
    quote: &Quote,
    found: &FindConcessionsResponse,
) -> Result<Contract, DemoError> {
    let best = found.concessions.first();
    let best = best.ok_or_else(|| DemoError::missing("no change of terms pays for 10 % off"))?;
    let request = CreateQuoteRequest {
        customer: CUSTOMER.to_owned(),
        terms: best.terms.clone(),
        start_date: Some(START),
        segment: Segment::RiskAverse.into(),
        concession_of: quote.name.clone(),
        quote_id: "full-cover-changed-terms".to_owned(),
        request_id: story.request_id(),
        ..CreateQuoteRequest::default()
    };
    let changed = ask("quote the changed terms", story.quotes().create_quote(request)).await?;
    let request = IssueQuoteRequest {
        name: changed.name.clone(),
        etag: changed.etag,
        request_id: story.request_id(),
    };
    let offered = ask("offer the quote", story.quotes().issue_quote(request)).await?;
    let request = AcceptQuoteRequest {
        name: offered.name,
        contract_id: "full-cover".to_owned(),
        etag: offered.etag,
        request_id: story.request_id(),
        ..AcceptQuoteRequest::default()
    };
    let manager = story.with(cast::SERVICE_MANAGER, cast::AFTER_EXPORT);
    ask("accept the quote", manager.quotes().accept_quote(request)).await
}

fn print(pricing: &Pricing) {
    terminal::table(&MODES, &[2, 3, 4, 5], &mode_rows(&pricing.models));
    terminal::say(&headline(pricing));
    let cost = pricing.quote.cost.iter().flat_map(|cost| &cost.quantiles);
    let mut bars: Vec<(String, f64, String)> = cost
        .map(|quantile| {
            let label = format!("cost, P{:.0}", quantile.level * 100.0);
            (label, amount(quantile.cost.as_ref()), money(quantile.cost.as_ref()))
        })
        .collect();
    let price = pricing.quote.price_present_value.as_ref();
    bars.push(("price, same terms".to_owned(), amount(price), money(price)));
    terminal::bars(&bars);
    terminal::table(&DRIVERS, &[1], &driver_rows(&pricing.quote.drivers));
    terminal::say(&bargain(&pricing.concessions));
    terminal::table(&CONCESSIONS, &[1, 2, 3, 4, 5], &concession_rows(&pricing.concessions, 3));
    terminal::say(&agreed(&pricing.contract));
}

/// What was agreed, in a sentence.
pub fn agreed(contract: &Contract) -> String {
    format!(
        "The customer takes the first: {} from 1 April 2026 for {} machines at {}.",
        contract.name,
        contract.assets.len(),
        money(contract.price.as_ref())
    )
}

/// Columns of the table of failure modes.
pub const MODES: [&str; 6] = ["family", "failure mode", "failures", "shape β", "± s.e.", "says"];

/// Its rows, all families.
pub fn mode_rows(models: &[FailureModel]) -> Vec<Vec<String>> {
    models
        .iter()
        .flat_map(|model| model.modes.iter().map(move |mode| (model, mode)))
        .map(|(model, mode)| {
            let clear = 1.96 * mode.beta_standard_error;
            let says = if mode.beta - clear > 1.0 {
                "wears out"
            } else if mode.beta + clear < 1.0 {
                "settles in"
            } else {
                "does not age"
            };
            vec![
                model.family.clone(),
                mode.mode.clone(),
                mode.event_count.to_string(),
                format!("{:.2}", mode.beta),
                format!("{:.2}", mode.beta_standard_error),
                says.to_owned(),
            ]
        })
        .collect()
}

/// The quote in a sentence or two.
pub fn headline(pricing: &Pricing) -> String {
    let quote = &pricing.quote;
    let cost = quote.cost.as_ref();
    let bad = cost.and_then(|cost| cost.quantiles.iter().find(|q| (q.level - 0.95).abs() < 1e-9));
    format!(
        "Three years of full cover for {} machines: {:.1} failures expected, cost {} (one contract in twenty costs more than {}). \
         Price {} in three yearly fees, {} at present value: margin {}, chance of a loss {}. Fitted in {} ms, quoted in {} ms.",
        quote.lines.len(),
        cost.map_or(0.0, |cost| cost.expected_failures),
        money(cost.and_then(|cost| cost.mean.as_ref())),
        money(bad.and_then(|quantile| quantile.cost.as_ref())),
        money(quote.price.as_ref()),
        money(quote.price_present_value.as_ref()),
        percent(quote.expected_margin),
        percent(quote.loss_probability),
        pricing.fit_took.as_millis(),
        pricing.quote_took.as_millis()
    )
}

/// Columns of the table of drivers.
pub const DRIVERS: [&str; 3] = ["driver", "share of the price", "why"];

/// Its rows.
pub fn driver_rows(drivers: &[Driver]) -> Vec<Vec<String>> {
    drivers
        .iter()
        .map(|driver| {
            let name = plain(driver.kind().as_str_name(), "DRIVER_KIND");
            vec![name, money(driver.amount.as_ref()), driver.explanation.clone()]
        })
        .collect()
}

/// What the search for concessions did, in a sentence.
pub fn bargain(found: &FindConcessionsResponse) -> String {
    let refused = found.unchanged.as_ref().map_or_else(String::new, |unchanged| {
        format!(
            " Given away without a change of terms, {} would leave a margin of {} and a {} chance of a loss.",
            money(found.target_price.as_ref()),
            percent(unchanged.expected_margin),
            percent(unchanged.loss_probability)
        )
    });
    format!(
        "\"10 % off\": all {} combinations of terms were priced exactly, {} keep margin and risk at policy, {} of them are not beaten by \
         another.{refused}",
        found.evaluated_combinations, found.feasible_combinations, found.pareto_size
    )
}

/// Columns of the table of concessions.
pub const CONCESSIONS: [&str; 7] = [
    "what the customer gives",
    "10 % off",
    "margin",
    "chance of a loss",
    "could fall to",
    "value lost",
    "why",
];

/// Its rows, the best first.
pub fn concession_rows(found: &FindConcessionsResponse, most: usize) -> Vec<Vec<String>> {
    found.concessions.iter().take(most).map(concession_row).collect()
}

fn concession_row(concession: &Concession) -> Vec<String> {
    let changes: Vec<String> = concession
        .changes
        .iter()
        .map(|change| {
            let lever = plain(change.lever().as_str_name(), "CONCESSION_LEVER");
            format!("{lever}: {} → {}", change.from, change.to)
        })
        .collect();
    vec![
        changes.join("; "),
        money(concession.contract_price.as_ref()),
        percent(concession.expected_margin),
        percent(concession.loss_probability),
        money(concession.price.as_ref()),
        format!("{:.1}", concession.value_loss),
        concession.explanation.clone(),
    ]
}
