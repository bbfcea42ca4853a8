//! Chapter 5: shipments and sightings come in as EPCIS documents; a pattern becomes a conflict, and the conflict is decided.

use super::cast;
use super::error::{DemoError, ask};
use super::market::{self, Market};
use super::story::Story;
use super::terminal;
use super::words::{china_time, grouped, id, instant, money, percent, plain, region};
use aftercare_api::aftercare::channel::v1::{
    ApproveHoldRequest, Compensation, ConfirmConflictRequest, Conflict, ConflictState,
    DecideConflictRequest, Intent, InvestigateConflictRequest, MeasureScaleRequest,
    ProposeCompensationRequest, ProposeSanctionsRequest, RecordStatementRequest,
    RunDetectionRequest, Sanction, SanctionKind, Signal,
};
use aftercare_api::google::r#type::Money;

/// Until when the accused may answer, China time.
const STATEMENT_DUE: &str = "2026-01-19T18:00";
/// What the maker adds to the deduction at most, CNY.
const FUND: i64 = 5_000_000;

/// What the channel found.
pub struct Diversion {
    /// What came in and where goods were seen.
    pub market: Market,
    /// Cells that were tested.
    pub cells: i64,
    /// Patterns that are no chance.
    pub signals: Vec<Signal>,
    /// The conflict, decided.
    pub conflict: Conflict,
}

/// Captures, detects, investigates, measures, decides.
pub async fn tell(story: &Story) -> Result<Diversion, DemoError> {
    terminal::chapter(5, "Whose goods surface where they should not");
    terminal::say(
        "One machine that moved house is no conflict; hundreds of them before the rebate date are. Every sighting gets a verdict from \
         the chain of custody and the territories; statistics say when verdicts are a pattern; people decide what follows.",
    );
    let repository = story.with(cast::REPOSITORY, cast::NEW_YEAR);
    let market = market::capture(&repository).await?;
    let manager = story.with(cast::CHANNEL_MANAGER, cast::NEW_YEAR);
    let request = RunDetectionRequest {
        window: Some(market::window()),
        request_id: story.request_id(),
        ..RunDetectionRequest::default()
    };
    let found = ask("look for patterns", manager.detection().run_detection(request)).await?;
    let name = found.conflicts.first().cloned();
    let name = name.ok_or_else(|| DemoError::missing("no conflict was opened"))?;
    investigate(story, &name).await?;
    let conflict = decide(story, &name).await?;
    let found = Diversion { market, cells: found.cells, signals: found.signals, conflict };
    print(&found);
    Ok(found)
}

/// The accused is heard, the scale measured, the conflict confirmed.
async fn investigate(story: &Story, name: &str) -> Result<(), DemoError> {
    let story = &story.with(cast::CHANNEL_MANAGER, cast::NEW_YEAR);
    let request = InvestigateConflictRequest {
        name: name.to_owned(),
        statement_due_time: china_time(STATEMENT_DUE),
        note: "Two distributors complain; patrols confirm what the scans say.".to_owned(),
        request_id: story.request_id(),
        ..InvestigateConflictRequest::default()
    };
    ask("investigate the conflict", story.conflicts().investigate_conflict(request)).await?;
    let story = &story.with(cast::CHANNEL_MANAGER, cast::HEARING);
    let request = RecordStatementRequest {
        name: name.to_owned(),
        statement: "We sold to traders at home and did not ask where they would go.".to_owned(),
        request_id: story.request_id(),
        ..RecordStatementRequest::default()
    };
    ask("hear the accused", story.conflicts().record_statement(request)).await?;
    let request = MeasureScaleRequest {
        name: name.to_owned(),
        request_id: story.request_id(),
        ..MeasureScaleRequest::default()
    };
    ask("measure the scale", story.conflicts().measure_scale(request)).await?;
    let story = &story.with(cast::CHANNEL_MANAGER, cast::DECISION);
    let request = ConfirmConflictRequest {
        name: name.to_owned(),
        note: "Deliveries went up with the rebate date near, prices lay under the floor."
            .to_owned(),
        intent: Intent::Deliberate.into(),
        request_id: story.request_id(),
        ..ConfirmConflictRequest::default()
    };
    ask("confirm the conflict", story.conflicts().confirm_conflict(request)).await?;
    Ok(())
}

/// Sanctions from the ladder, compensation out of the deduction and the fund, decided by two people where it takes two.
async fn decide(story: &Story, name: &str) -> Result<Conflict, DemoError> {
    let story = &story.with(cast::SALES_DIRECTOR, cast::DECISION);
    let request = ProposeSanctionsRequest { name: name.to_owned(), ..Default::default() };
    let sanctions =
        ask("propose sanctions", story.conflicts().propose_sanctions(request)).await?.sanctions;
    let compensation = compensate(story, name, &sanctions).await?;
    let hold = sanctions.iter().any(|sanction| sanction.kind() == SanctionKind::SupplyHold);
    let request = DecideConflictRequest {
        name: name.to_owned(),
        sanctions,
        compensation,
        rationale: "As the ladder proposes; the injured are made whole.".to_owned(),
        request_id: story.request_id(),
        ..DecideConflictRequest::default()
    };
    let conflict = ask("decide the conflict", story.conflicts().decide_conflict(request)).await?;
    if !hold || conflict.state() == ConflictState::Decided {
        return Ok(conflict);
    }
    let request = ApproveHoldRequest {
        name: name.to_owned(),
        request_id: story.request_id(),
        ..ApproveHoldRequest::default()
    };
    let second = story.with(cast::MANAGING_DIRECTOR, cast::DECISION);
    ask("approve the supply hold", second.conflicts().approve_hold(request)).await
}

async fn compensate(
    story: &Story,
    name: &str,
    sanctions: &[Sanction],
) -> Result<Option<Compensation>, DemoError> {
    let deduction = sanctions
        .iter()
        .find(|sanction| sanction.kind() == SanctionKind::RebateDeduction)
        .and_then(|sanction| sanction.amount.clone());
    let fund = Money { currency_code: "CNY".to_owned(), units: FUND, nanos: 0 };
    let request = ProposeCompensationRequest {
        name: name.to_owned(),
        from_deduction: deduction,
        fund_limit: Some(fund),
    };
    let proposal =
        ask("propose compensation", story.conflicts().propose_compensation(request)).await?;
    Ok(proposal.compensation)
}

fn print(found: &Diversion) {
    terminal::say(&market::summary(&found.market));
    terminal::bars(&market::bars(&found.market, &found.conflict.accused));
    terminal::table(&SIGNALS, &[3, 4, 5, 6], &signal_rows(&found.signals));
    terminal::say(&headline(found));
    terminal::table(&SCALE, &[2, 3, 4, 5, 6], &scale_rows(&found.conflict));
    terminal::table(&SANCTIONS, &[1], &sanction_rows(&found.conflict));
    terminal::table(&SHARES, &[1, 2, 3, 4], &share_rows(&found.conflict));
}

/// The conflict in a few sentences.
pub fn headline(found: &Diversion) -> String {
    let scale = found.conflict.scale.as_ref();
    let diverted = scale.and_then(|scale| scale.diverted.as_ref());
    let regions: Vec<String> = found.conflict.regions.iter().map(|code| region(code)).collect();
    format!(
        "{} patterns in {} tested cells are no chance. Goods of {} surface in {}: {} of the units that it sold in the window, \
         {:.0} in all (90 % interval {} to {}), worth {} at list. They carry it over the last step of its year-end rebate; \
         the injured lose {}.",
        found.signals.len(),
        grouped(found.cells),
        found.market.name_of(&found.conflict.accused),
        regions.join(" and "),
        scale.map_or_else(|| "–".to_owned(), |scale| percent(scale.diverted_share)),
        diverted.map_or(0.0, |units| units.expected),
        diverted.map_or(0, |units| units.low),
        diverted.map_or(0, |units| units.high),
        money(scale.and_then(|scale| scale.value_at_list.as_ref())),
        money(scale.and_then(|scale| scale.loss.as_ref())),
    )
}

/// Columns of the table of signals.
pub const SIGNALS: [&str; 7] =
    ["whose goods", "seen in", "product", "units out", "units judged", "p", "q (FDR)"];

/// Its rows.
pub fn signal_rows(signals: &[Signal]) -> Vec<Vec<String>> {
    signals
        .iter()
        .map(|signal| {
            vec![
                id(&signal.distributor).to_owned(),
                region(&signal.region),
                id(&signal.product).to_owned(),
                signal.out_of_territory.to_string(),
                signal.judged.to_string(),
                tiny(signal.p_value),
                tiny(signal.q_value),
            ]
        })
        .collect()
}

fn tiny(probability: f64) -> String {
    if probability < 1e-3 { format!("{probability:.0e}") } else { format!("{probability:.3}") }
}

/// Columns of the table of scale.
pub const SCALE: [&str; 7] =
    ["into", "product", "seen", "diverted", "5 to 95 %", "value at list", "loss of the injured"];

/// Its rows.
pub fn scale_rows(conflict: &Conflict) -> Vec<Vec<String>> {
    let regions = conflict.scale.iter().flat_map(|scale| &scale.regions);
    regions
        .map(|part| {
            let units = part.diverted.as_ref();
            let injured = if part.injured.is_empty() { "–" } else { id(&part.injured) };
            vec![
                format!("{} ({injured})", region(&part.region)),
                id(&part.product).to_owned(),
                part.seen_out.to_string(),
                units.map_or_else(|| "–".to_owned(), |units| format!("{:.0}", units.expected)),
                units.map_or_else(|| "–".to_owned(), |u| format!("{} to {}", u.low, u.high)),
                money(part.value_at_list.as_ref()),
                money(part.loss.as_ref()),
            ]
        })
        .collect()
}

/// Columns of the table of sanctions.
pub const SANCTIONS: [&str; 3] = ["sanction", "amount", "why"];

/// Its rows.
pub fn sanction_rows(conflict: &Conflict) -> Vec<Vec<String>> {
    let sanctions = conflict.decision.iter().flat_map(|decision| &decision.sanctions);
    sanctions
        .map(|sanction| {
            let name = plain(sanction.kind().as_str_name(), "SANCTION_KIND");
            vec![name, money(sanction.amount.as_ref()), sanction.reasons.join("; ")]
        })
        .collect()
}

/// Columns of the table of compensation.
pub const SHARES: [&str; 5] =
    ["compensation of", "loss", "paid", "from the deduction", "from our fund"];

/// Its rows.
pub fn share_rows(conflict: &Conflict) -> Vec<Vec<String>> {
    let compensation = conflict.decision.iter().flat_map(|decision| &decision.compensation);
    compensation
        .flat_map(|compensation| &compensation.shares)
        .map(|share| {
            vec![
                id(&share.distributor).to_owned(),
                money(share.loss.as_ref()),
                money(share.amount.as_ref()),
                money(share.from_deduction.as_ref()),
                money(share.from_fund.as_ref()),
            ]
        })
        .collect()
}

/// Columns of the conflict's history.
pub const MOVES: [&str; 4] = ["when", "from", "to", "note"];

/// Its rows.
pub fn move_rows(conflict: &Conflict) -> Vec<Vec<String>> {
    conflict
        .history
        .iter()
        .map(|step| {
            let state = |name: &str| plain(name, "CONFLICT_STATE");
            vec![
                instant(step.time.as_ref()),
                state(step.from().as_str_name()),
                state(step.to().as_str_name()),
                step.note.clone(),
            ]
        })
        .collect()
}
