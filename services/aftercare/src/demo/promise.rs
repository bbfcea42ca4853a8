//! Chapter 3: a quality complaint on the last working Saturday before the Spring Festival, and its clocks.

use super::cast;
use super::error::{DemoError, ask};
use super::story::{CUSTOMER, Story};
use super::terminal;
use super::words::{id, instant, plain, span};
use aftercare_api::aftercare::customer::v1::{
    AcknowledgeCaseRequest, Case, CaseKind, CasePriority, ClockControl, ClockEvent, ClockEventKind,
    ClockExplanation, ComplaintCategory, CreateCaseRequest, Evidence, ExplainClockRequest,
    InvestigateCaseRequest, Investigation, ListWorkOrdersRequest, RecordClockEventRequest,
    RecordFindingRequest, WorkOrder, WorkOrderRef,
};
use aftercare_api::google::r#type::Decimal;
use prost_types::Timestamp;
use std::collections::BTreeMap;

/// When things happen in the story. 14 February 2026 is a Saturday, made a working day for the Spring Festival of
/// 15 to 23 February (State Council notice for 2026).
const REPORTED: &str = "2026-02-14T17:30:00+08:00";
const ACKNOWLEDGED: &str = "2026-02-14T17:41:00+08:00";
const REPLIED: &str = "2026-02-15T10:05:00+08:00";
const RESUMED_WORK: &str = "2026-02-24T09:00:00+08:00";
const PAUSED: &str = "2026-02-24T09:10:00+08:00";
const RESUMED: &str = "2026-02-24T10:10:00+08:00";
const FOUND: &str = "2026-02-24T10:25:00+08:00";

/// What became of the complaint.
pub struct Promise {
    /// The case after the finding.
    pub case: Case,
    /// Its clocks, explained.
    pub clocks: Vec<(String, ClockExplanation)>,
    /// What happened when, in order.
    pub log: Vec<(String, String)>,
}

/// Registers the complaint, lets it be handled, asks the clocks why.
pub async fn tell(story: &Story) -> Result<Promise, DemoError> {
    terminal::chapter(3, "A complaint, and whether we keep our promise");
    terminal::say(
        "A compressor fails again on the last working Saturday before the Spring Festival. What did we promise, which \
         hours count, and are we in time? The clock answers with every stretch that it counted or left out.",
    );
    let orders = repairs(&story.with(cast::AGENT, REPORTED)).await?;
    let (machine, repeats) = most_repaired(&orders)?;
    let case = register(story, &machine, repeats.len()).await?;
    let case = handle(story, case, &repeats).await?;
    let mut clocks = Vec::new();
    for clock in &case.clocks {
        let request = ExplainClockRequest { name: clock.name.clone(), read_time: None };
        let agent = story.with(cast::AGENT, FOUND);
        let explained = ask("explain a clock", agent.cases().explain_clock(request)).await?;
        let label = plain(clock.milestone().as_str_name(), "MILESTONE");
        clocks.push((label, explained));
    }
    let promise = Promise { case, clocks, log: log() };
    print(&promise);
    Ok(promise)
}

/// The customer's repairs of the last two years.
async fn repairs(story: &Story) -> Result<Vec<WorkOrder>, DemoError> {
    let request = ListWorkOrdersRequest {
        page_size: 1_000,
        filter: format!("customer = \"{CUSTOMER}\" AND complete_time > \"2024-02-14T00:00:00Z\""),
        ..ListWorkOrdersRequest::default()
    };
    Ok(ask("list the customer's repairs", story.work_orders().list_work_orders(request))
        .await?
        .work_orders)
}

/// The machine that was repaired oftenest before the complaint, with those repairs.
fn most_repaired(orders: &[WorkOrder]) -> Result<(String, Vec<String>), DemoError> {
    let reported = at(REPORTED)?.seconds;
    let mut by_machine: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let before = |order: &&WorkOrder| {
        !order.failure_mode.is_empty()
            && order.complete_time.as_ref().is_some_and(|time| time.seconds < reported)
    };
    for order in orders.iter().filter(before) {
        by_machine.entry(order.asset.as_str()).or_default().push(order.name.clone());
    }
    let most = by_machine.into_iter().max_by_key(|(_, repairs)| repairs.len());
    most.map(|(machine, repairs)| (machine.to_owned(), repairs))
        .ok_or_else(|| DemoError::missing("the customer of the story has no repairs"))
}

async fn register(story: &Story, machine: &str, repeats: usize) -> Result<Case, DemoError> {
    let request = CreateCaseRequest {
        case: Some(Case {
            customer: CUSTOMER.to_owned(),
            kind: CaseKind::Complaint.into(),
            category: ComplaintCategory::ProductQuality.into(),
            priority: CasePriority::High.into(),
            subject: format!("Compressor {} down again", id(machine).to_uppercase()),
            description: format!("{repeats} repairs within two years; the dyeing line stands."),
            channel: "phone".to_owned(),
            assets: vec![machine.to_owned()],
            report_time: Some(at(REPORTED)?),
            ..Case::default()
        }),
        case_id: "spring-festival".to_owned(),
        request_id: story.request_id(),
    };
    let agent = story.with(cast::AGENT, REPORTED);
    ask("register the complaint", agent.cases().create_case(request)).await
}

async fn handle(story: &Story, case: Case, repeats: &[String]) -> Result<Case, DemoError> {
    let name = case.name;
    let request = AcknowledgeCaseRequest {
        name: name.clone(),
        note: "We have it; the duty engineer calls tomorrow morning.".to_owned(),
        event_time: Some(at(ACKNOWLEDGED)?),
        request_id: story.request_id(),
        ..AcknowledgeCaseRequest::default()
    };
    let agent = story.with(cast::AGENT, ACKNOWLEDGED);
    ask("acknowledge the complaint", agent.cases().acknowledge_case(request)).await?;
    let replied = ClockEvent { kind: ClockEventKind::Replied.into(), ..ClockEvent::default() };
    clock_event(story, &name, replied, REPLIED).await?;
    let request = InvestigateCaseRequest {
        name: name.clone(),
        note: "First working day after the festival.".to_owned(),
        event_time: Some(at(RESUMED_WORK)?),
        request_id: story.request_id(),
        ..InvestigateCaseRequest::default()
    };
    let engineer = story.with(cast::ENGINEER, RESUMED_WORK);
    ask("investigate the complaint", engineer.cases().investigate_case(request)).await?;
    for (control, time) in [(ClockControl::Pause, PAUSED), (ClockControl::Resume, RESUMED)] {
        let reason = "awaiting_customer".to_owned();
        let event = ClockEvent { control: control.into(), reason, ..ClockEvent::default() };
        clock_event(story, &name, event, time).await?;
    }
    let request = RecordFindingRequest {
        name,
        investigation: Some(finding(repeats)),
        event_time: Some(at(FOUND)?),
        request_id: story.request_id(),
        ..RecordFindingRequest::default()
    };
    let engineer = story.with(cast::ENGINEER, FOUND);
    ask("record the finding", engineer.cases().record_finding(request)).await
}

fn finding(repeats: &[String]) -> Investigation {
    let evidence = Evidence {
        title: "Photographs and vibration readings of the air end".to_owned(),
        note: "Taken on site on 24 February".to_owned(),
        ..Evidence::default()
    };
    Investigation {
        cause: "The repairs mended symptoms: the air end is worn out in dusty air.".to_owned(),
        evidence: vec![evidence],
        work_orders: repeats
            .iter()
            .map(|order| WorkOrderRef { work_order: order.clone() })
            .collect(),
        our_fault_share: Some(Decimal { value: "0.6".to_owned() }),
        ..Investigation::default()
    }
}

async fn clock_event(
    story: &Story,
    case: &str,
    mut event: ClockEvent,
    time: &'static str,
) -> Result<(), DemoError> {
    event.event_time = Some(at(time)?);
    let request = RecordClockEventRequest {
        name: case.to_owned(),
        event: Some(event),
        request_id: story.request_id(),
        ..RecordClockEventRequest::default()
    };
    let engineer = story.with(cast::ENGINEER, time);
    ask("record a clock event", engineer.cases().record_clock_event(request)).await?;
    Ok(())
}

fn at(text: &str) -> Result<Timestamp, DemoError> {
    let time: jiff::Timestamp =
        text.parse().map_err(|_| DemoError::missing(format!("{text} is no time")))?;
    Ok(Timestamp { seconds: time.as_second(), nanos: time.subsec_nanosecond() })
}

fn log() -> Vec<(String, String)> {
    [
        (REPORTED, "the customer reports that the machine stands"),
        (ACKNOWLEDGED, "we acknowledge"),
        (REPLIED, "the duty engineer answers, on a holiday"),
        (RESUMED_WORK, "investigation begins, first working day after the festival"),
        (PAUSED, "the compressor room is locked: we wait for the customer, the clock pauses"),
        (RESUMED, "the room is open: the clock goes on"),
        (FOUND, "cause and evidence are recorded"),
    ]
    .into_iter()
    .map(|(time, what)| (instant(at(time).ok().as_ref()), what.to_owned()))
    .collect()
}

fn print(promise: &Promise) {
    for (time, what) in &promise.log {
        println!("  {time}  {what}");
    }
    terminal::say(&outcome(promise));
    terminal::table(&CLOCKS, &[], &clock_rows(&promise.clocks));
    for (label, clock) in &promise.clocks {
        terminal::say(&explanation(label, clock));
    }
}

/// Where the case stands now, in a sentence.
pub fn outcome(promise: &Promise) -> String {
    let allowed: Vec<String> = promise
        .case
        .allowed_actions()
        .map(|action| plain(action.as_str_name(), "CASE_ACTION"))
        .collect();
    format!(
        "\"{}\" is {}; what may be done next: {}.",
        promise.case.subject,
        plain(promise.case.state().as_str_name(), "CASE_STATE"),
        allowed.join(", ")
    )
}

/// Columns of the table of clocks.
pub const CLOCKS: [&str; 6] =
    ["promise", "counts", "within", "deadline (China)", "counted", "state"];

/// Its rows.
pub fn clock_rows(clocks: &[(String, ClockExplanation)]) -> Vec<Vec<String>> {
    clocks
        .iter()
        .filter_map(|(label, explained)| {
            let clock = explained.clock.as_ref()?;
            let target = match clock.target_days {
                0 => span(clock.target.as_ref()),
                days => format!("{days} days"),
            };
            Some(vec![
                label.clone(),
                plain(clock.unit().as_str_name(), "TIME_UNIT"),
                target,
                instant(clock.deadline.as_ref()),
                span(explained.counted.as_ref()),
                plain(clock.state().as_str_name(), "CLOCK_STATE"),
            ])
        })
        .collect()
}

/// One clock's arithmetic in a sentence.
pub fn explanation(label: &str, explained: &ClockExplanation) -> String {
    let counted: Vec<String> = explained
        .segments
        .iter()
        .filter(|segment| segment.counted)
        .take(4)
        .map(|segment| {
            let detail = if segment.detail.is_empty() {
                String::new()
            } else {
                format!(" ({})", segment.detail)
            };
            format!(
                "{} from {}{detail}",
                span(segment.duration.as_ref()),
                instant(segment.start_time.as_ref())
            )
        })
        .collect();
    let more = explained.segments.iter().filter(|segment| segment.counted).count();
    let rest = if more > 4 { " and more" } else { "" };
    format!(
        "{label}: counted {}{rest}; left out {} in all.",
        counted.join(", then "),
        span(explained.not_counted.as_ref())
    )
}
