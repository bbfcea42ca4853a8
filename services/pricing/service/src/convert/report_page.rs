//! A report as one self-contained HTML page: no script, nothing loaded from anywhere, plots as SVG.

use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::{Date as PbDate, Money as PbMoney};
use aftercare_platform::wire;
use aftercare_pricing_domain::document::escape;
use aftercare_pricing_domain::policy::model;
use std::fmt::Write as _;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2em auto;padding:0 1em;color:#1c2733}\
h1{font-size:1.6em}h2{font-size:1.15em;margin-top:2em}table{border-collapse:collapse;width:100%}\
th,td{padding:.3em .6em;border-bottom:1px solid #dde3e9;text-align:right}\
th:first-child,td:first-child{text-align:left}.bad{color:#b3261e}svg{width:100%;height:auto}\
svg text{font:12px system-ui,sans-serif;fill:#44505c}@media print{body{margin:0}}";

/// The page of a report.
pub(crate) fn page(report: &pb::ProfitabilityReport) -> String {
    let period = report.period.as_ref();
    let day = |day: Option<&PbDate>| {
        day.map(|d| format!("{:04}-{:02}-{:02}", d.year, d.month, d.day)).unwrap_or_default()
    };
    let (from, to) = (
        day(period.and_then(|period| period.start_date.as_ref())),
        day(period.and_then(|period| period.end_date.as_ref())),
    );
    let mut html = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>Service contracts {from} to {to}</title><style>{STYLE}</style></head><body>\
         <h1>Service contracts, {from} to before {to}</h1>"
    );
    html.push_str(&summary(report));
    html.push_str("<h2>From list price to pocket margin</h2>");
    html.push_str(&waterfall(&report.waterfall));
    html.push_str(
        "<h2>Failures against expectation</h2><p>Each point is a contract. 99.8 % of contracts as \
                   expected lie between the limits; red ones earn less than they cost.</p>",
    );
    html.push_str(&funnel(&report.funnel));
    html.push_str(&under_water(&report.funnel));
    for dimension in ["region", "product", "age", "segment", "salesperson"] {
        html.push_str(&table(report, dimension));
    }
    html.push_str("</body></html>");
    html
}

fn amount(money: Option<&PbMoney>) -> f64 {
    money.and_then(|money| wire::amount(money).ok()).map_or(0.0, |money| model(money.amount()))
}

fn said(money: Option<&PbMoney>) -> String {
    let currency = money.map(|money| money.currency_code.as_str()).unwrap_or_default();
    format!("{} {}", escape(currency), thousands(amount(money)))
}

/// Whole units with a thin space before every third digit.
fn thousands(amount: f64) -> String {
    let digits = format!("{:.0}", amount.abs());
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    if amount <= -0.5 { format!("\u{2212}{text}") } else { text }
}

fn summary(report: &pb::ProfitabilityReport) -> String {
    let Some(all) = report.groups.iter().find(|group| group.dimension == "all") else {
        return "<p>No contract held in this time.</p>".to_owned();
    };
    format!(
        "<p>{} contracts earned {} and took work for {}; {} was expected. {} of them earn less than they cost. \
         Work that the terms exclude: {}.</p>",
        all.contract_count,
        said(all.revenue.as_ref()),
        said(all.actual_cost.as_ref()),
        said(all.expected_cost.as_ref()),
        all.under_water_count,
        said(all.leakage.as_ref()),
    )
}

/// Bars from where the step before ended; prices stand on the ground.
fn waterfall(steps: &[pb::WaterfallStep]) -> String {
    const HEIGHT: f64 = 220.0;
    const WIDTH: f64 = 900.0;
    let mut level = 0.0;
    let bars: Vec<(f64, f64, &pb::WaterfallStep)> = steps
        .iter()
        .map(|step| {
            let amount = amount(step.amount.as_ref());
            let stands = matches!(step.step.as_str(), "list" | "pocket price" | "pocket margin");
            let from = if stands { 0.0 } else { level };
            level = from + amount;
            (from, level, step)
        })
        .collect();
    let ends = bars.iter().flat_map(|(from, to, _)| [*from, *to]);
    let (low, high) = ends.fold((0.0f64, 0.0f64), |(low, high), at| (low.min(at), high.max(at)));
    let span = (high - low).max(1.0);
    let y = |at: f64| 30.0 + HEIGHT * (high - at) / span;
    let width = WIDTH / bars.len().max(1) as f64;
    let mut svg =
        format!("<svg viewBox=\"0 0 {WIDTH} 300\" role=\"img\" aria-label=\"price waterfall\">");
    for (i, (from, to, step)) in bars.iter().enumerate() {
        let x = width * i as f64;
        let colour = match step.step.as_str() {
            "list" | "pocket price" => "#2f6f9f",
            "pocket margin" if *to < 0.0 => "#b3261e",
            "pocket margin" => "#2e7d4f",
            _ => "#c98a2b",
        };
        let (top, bottom) = (y(from.max(*to)), y(from.min(*to)));
        let _ = write!(
            svg,
            "<rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text x=\"{:.1}\" y=\"290\" text-anchor=\"middle\">{}</text>",
            x + 0.12 * width,
            0.76 * width,
            (bottom - top).max(1.0),
            x + 0.5 * width,
            top - 6.0,
            said(step.amount.as_ref()),
            x + 0.5 * width,
            escape(&step.step),
        );
    }
    svg.push_str("</svg>");
    svg
}

/// Expected failures across, actual failures up, with the limits that each contract has.
fn funnel(points: &[pb::FunnelPoint]) -> String {
    const WIDTH: f64 = 840.0;
    const HEIGHT: f64 = 340.0;
    let most_x = points.iter().map(|p| p.expected).fold(1.0, f64::max) * 1.05;
    let highest = |p: &pb::FunnelPoint| f64::from(p.actual.max(p.upper));
    let most_y = points.iter().map(highest).fold(1.0, f64::max) * 1.05;
    let x = |at: f64| 50.0 + WIDTH * at / most_x;
    let y = |at: f64| 10.0 + HEIGHT * (1.0 - at / most_y);
    let mut sorted: Vec<&pb::FunnelPoint> = points.iter().collect();
    sorted.sort_by(|a, b| a.expected.total_cmp(&b.expected));
    let mut svg =
        "<svg viewBox=\"0 0 900 400\" role=\"img\" aria-label=\"funnel of failures\">".to_owned();
    let end = most_x.min(most_y);
    let _ = write!(
        svg,
        "<path d=\"M50 10V350H890\" fill=\"none\" stroke=\"#8a97a3\"/>\
         <path d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke=\"#8a97a3\" stroke-dasharray=\"4 4\"/>",
        x(0.0),
        y(0.0),
        x(end),
        y(end)
    );
    for limit in [|p: &pb::FunnelPoint| p.lower, |p: &pb::FunnelPoint| p.upper] {
        let line: Vec<String> = sorted
            .iter()
            .map(|p| format!("{:.1},{:.1}", x(p.expected), y(f64::from(limit(p)))))
            .collect();
        let _ = write!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"#9db8cf\"/>",
            line.join(" ")
        );
    }
    for point in sorted {
        let colour = if point.under_water { "#b3261e" } else { "#2f6f9f" };
        let _ = write!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\" fill=\"{colour}\" fill-opacity=\".75\"><title>{}: {} failures, \
             {:.1} expected</title></circle>",
            x(point.expected),
            y(f64::from(point.actual)),
            escape(&point.contract),
            point.actual,
            point.expected
        );
    }
    let _ = write!(
        svg,
        "<text x=\"470\" y=\"390\" text-anchor=\"middle\">expected failures (0 to {most_x:.0})</text>\
         <text x=\"16\" y=\"180\" transform=\"rotate(-90 16 180)\" text-anchor=\"middle\">failures (0 to {most_y:.0})</text></svg>"
    );
    svg
}

fn under_water(points: &[pb::FunnelPoint]) -> String {
    let mut html = "<h2>Contracts under water</h2>".to_owned();
    let bad: Vec<&pb::FunnelPoint> = points.iter().filter(|point| point.under_water).collect();
    if bad.is_empty() {
        html.push_str("<p>None.</p>");
        return html;
    }
    html.push_str("<table><tr><th>Contract</th><th>Failures</th><th>Expected</th><th>Limits</th><th>Chance of such a cost</th></tr>");
    for point in bad {
        let _ = write!(
            html,
            "<tr><td class=\"bad\">{}</td><td>{}</td><td>{:.1}</td><td>{} to {}</td><td>{:.3}</td></tr>",
            escape(&point.contract),
            point.actual,
            point.expected,
            point.lower,
            point.upper,
            point.surprise
        );
    }
    html.push_str("</table>");
    html
}

fn table(report: &pb::ProfitabilityReport, dimension: &str) -> String {
    let mut html = format!(
        "<h2>By {dimension}</h2><table><tr><th>{dimension}</th><th>Contracts</th><th>Under water</th><th>Earned</th>\
         <th>Cost of work</th><th>Expected</th><th>Excluded work</th></tr>"
    );
    for group in report.groups.iter().filter(|group| group.dimension == dimension) {
        let value = if group.value.is_empty() { "not known" } else { &group.value };
        let _ = write!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(value),
            group.contract_count,
            group.under_water_count,
            said(group.revenue.as_ref()),
            said(group.actual_cost.as_ref()),
            said(group.expected_cost.as_ref()),
            said(group.leakage.as_ref()),
        );
    }
    html.push_str("</table>");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_page() {
        let group = pb::ProfitabilityGroup {
            dimension: "salesperson".to_owned(),
            value: "<script>alert(1)</script>".to_owned(),
            ..Default::default()
        };
        let html = page(&pb::ProfitabilityReport { groups: vec![group], ..Default::default() });
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script"));
        assert!(!html.contains("http"), "it loads nothing");
    }

    #[test]
    fn amounts_are_readable() {
        for (amount, text) in [
            (0.0, "0"),
            (999.4, "999"),
            (1_234_567.0, "1\u{2009}234\u{2009}567"),
            (-1500.0, "\u{2212}1\u{2009}500"),
        ] {
            assert_eq!(thousands(amount), text);
        }
    }
}
