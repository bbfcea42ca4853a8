//! Chapter 6: everything that is known of the customer, in one view.

use super::cast;
use super::error::{DemoError, ask};
use super::story::{CUSTOMER, Story};
use super::terminal;
use super::words::{id, instant, money, plain, span};
use aftercare_api::aftercare::customer::v1::{Customer360, GetCustomer360Request};

/// Asks for the view.
pub async fn tell(story: &Story) -> Result<Customer360, DemoError> {
    terminal::chapter(6, "One view of the customer");
    terminal::say(
        "Whoever answers the phone sees the same: machines, grade, open promises, contracts, conflicts, each with where \
         it is from. What did not answer in time is named rather than shown stale.",
    );
    let story = story.with(cast::AGENT, cast::AFTER_EXPORT);
    let request = GetCustomer360Request { name: CUSTOMER.to_owned(), ..Default::default() };
    let view = ask("read the customer view", story.customers().get_customer360(request)).await?;
    terminal::table(&["", ""], &[], &rows(&view));
    Ok(view)
}

/// What the view says, one row a subject.
pub fn rows(view: &Customer360) -> Vec<Vec<String>> {
    let mut rows = vec![
        row("customer", customer(view)),
        row("contacts", format!("{}, masked", view.contacts.len())),
        row("machines", machines(view)),
        row("recent work", work(view)),
    ];
    for case in &view.open_cases {
        rows.push(row("open case", format!("{}: {}", id(&case.name), case.subject)));
        for clock in &case.clocks {
            let milestone = plain(clock.milestone().as_str_name(), "MILESTONE");
            let state = plain(clock.state().as_str_name(), "CLOCK_STATE");
            let until = instant(clock.deadline.as_ref());
            rows.push(row("", format!("{milestone}: {state}, deadline {until}")));
        }
    }
    for contract in &view.contracts {
        let text = format!("{} ({})", contract.display_name, contract.state);
        rows.push(row("contract", format!("{text}, {}", money(contract.price.as_ref()))));
    }
    for conflict in &view.conflicts {
        let text =
            format!("{}: {} ({})", id(&conflict.conflict), conflict.display_name, conflict.state);
        rows.push(row("conflict", text));
    }
    for source in &view.sources {
        rows.push(row(
            "answered",
            format!("{} in {}", source.source, latency(source.latency.as_ref())),
        ));
    }
    for missing in &view.missing_sources {
        let why = plain(missing.reason().as_str_name(), "MISSING_REASON");
        rows.push(row("missing", format!("{}: {why}, {}", missing.source, missing.detail)));
    }
    rows
}

fn row(what: &str, text: String) -> Vec<String> {
    vec![what.to_owned(), text]
}

fn customer(view: &Customer360) -> String {
    let Some(customer) = view.customer.as_ref() else { return "–".to_owned() };
    let grade = super::grading::letter(customer.grade());
    let trust = plain(customer.trust_level().as_str_name(), "TRUST_LEVEL");
    format!("{}, grade {grade}, trust {trust}", customer.legal_name)
}

fn machines(view: &Customer360) -> String {
    let newest: Vec<String> =
        view.assets.iter().take(3).map(|asset| asset.serial_number.clone()).collect();
    format!("{}; the newest: {}", view.asset_count, newest.join(", "))
}

fn work(view: &Customer360) -> String {
    let latest: Vec<String> = view
        .recent_work_orders
        .iter()
        .take(3)
        .map(|order| {
            let mode =
                if order.failure_mode.is_empty() { "inspection" } else { &order.failure_mode };
            format!("{} ({mode})", instant(order.complete_time.as_ref()))
        })
        .collect();
    latest.join(", ")
}

fn latency(duration: Option<&prost_types::Duration>) -> String {
    let Some(duration) = duration else { return "–".to_owned() };
    if duration.seconds > 0 {
        return span(Some(duration));
    }
    format!("{:.1} ms", f64::from(duration.nanos) / 1e6)
}
