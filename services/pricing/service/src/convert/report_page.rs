//! A report as one self-contained HTML page: no script, nothing loaded from anywhere, plots as SVG.

use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::{Date as PbDate, Money as PbMoney};
use aftercare_platform::wire;
use aftercare_pricing_domain::document::escape;
use aftercare_pricing_domain::language::Language;
use aftercare_pricing_domain::policy::model;
use std::fmt::Write as _;

mod words;
use words::{cut, step_name, value_name};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2em auto;padding:0 1em;color:#1c2733}\
h1{font-size:1.6em}h2{font-size:1.15em;margin-top:2em}table{border-collapse:collapse;width:100%}\
th,td{padding:.3em .6em;border-bottom:1px solid #dde3e9;text-align:right}\
th:first-child,td:first-child{text-align:left}.bad{color:#b3261e}svg{width:100%;height:auto}\
svg text{font:12px system-ui,sans-serif;fill:#44505c}@media print{body{margin:0}}";

/// The page of a report in a language.
pub(crate) fn page(report: &pb::ProfitabilityReport, language: Language) -> String {
    let say = |english, chinese| language.say(english, chinese);
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
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} {from} {} {to}</title><style>{STYLE}</style></head><body>\
         <h1>{title}{} {from} {} {to}</h1>",
        language.code(),
        say("to", "至"),
        say(",", ":"),
        say("to before", "至(不含)"),
        title = say("Service contracts", "服务合同"),
    );
    html.push_str(&summary(report, language));
    html.push_str(say("<h2>From list price to pocket margin</h2>", "<h2>从目录价到实际毛利</h2>"));
    html.push_str(&waterfall(&report.waterfall, language));
    html.push_str(say(
        "<h2>Failures against expectation</h2><p>Each point is a contract. 99.8 % of contracts as \
         expected lie between the limits; red ones earn less than they cost.</p>",
        "<h2>故障次数与预期</h2><p>每个点是一份合同。符合预期的合同有 99.8 % 落在两条界限之间;红色的合同收入低于成本。</p>",
    ));
    html.push_str(&funnel(&report.funnel, language));
    html.push_str(&under_water(&report.funnel, language));
    for dimension in ["region", "product", "age", "segment", "salesperson", "technician"] {
        html.push_str(&table(report, dimension, language));
    }
    html.push_str(&regional(report, language));
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

fn summary(report: &pb::ProfitabilityReport, language: Language) -> String {
    let Some(all) = report.groups.iter().find(|group| group.dimension == "all") else {
        let none = language.say("No contract held in this time.", "这段时间内没有生效的合同。");
        return format!("<p>{none}</p>");
    };
    let (count, sunk) = (all.contract_count, all.under_water_count);
    let [revenue, actual, expected, leakage] =
        [&all.revenue, &all.actual_cost, &all.expected_cost, &all.leakage]
            .map(|money| said(money.as_ref()));
    match language {
        Language::English => format!(
            "<p>{count} contracts earned {revenue} and took work for {actual}; {expected} was expected. {sunk} of them \
             earn less than they cost. Work that the terms exclude: {leakage}.</p>"
        ),
        Language::Chinese => format!(
            "<p>{count} 份合同收入 {revenue},工作成本 {actual},预期成本 {expected}。其中 {sunk} 份收入低于成本。\
             条款不承保的工作:{leakage}。</p>"
        ),
    }
}

/// Bars from where the step before ended; prices stand on the ground.
fn waterfall(steps: &[pb::WaterfallStep], language: Language) -> String {
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
    let label = language.say("price waterfall", "价格瀑布图");
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} 300\" role=\"img\" aria-label=\"{label}\">");
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
            escape(step_name(&step.step, language)),
        );
    }
    svg.push_str("</svg>");
    svg
}

/// Expected failures across, actual failures up, with the limits that each contract has.
fn funnel(points: &[pb::FunnelPoint], language: Language) -> String {
    const WIDTH: f64 = 840.0;
    const HEIGHT: f64 = 340.0;
    let most_x = points.iter().map(|p| p.expected).fold(1.0, f64::max) * 1.05;
    let highest = |p: &pb::FunnelPoint| f64::from(p.actual.max(p.upper));
    let most_y = points.iter().map(highest).fold(1.0, f64::max) * 1.05;
    let x = |at: f64| 50.0 + WIDTH * at / most_x;
    let y = |at: f64| 10.0 + HEIGHT * (1.0 - at / most_y);
    let mut sorted: Vec<&pb::FunnelPoint> = points.iter().collect();
    sorted.sort_by(|a, b| a.expected.total_cmp(&b.expected));
    let label = language.say("funnel of failures", "故障漏斗图");
    let (failures, awaited) =
        (language.say("failures", "故障次数"), language.say("expected failures", "预期故障次数"));
    let mut svg = format!("<svg viewBox=\"0 0 900 400\" role=\"img\" aria-label=\"{label}\">");
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
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\" fill=\"{colour}\" fill-opacity=\".75\"><title>{}: {failures} {}, \
             {awaited} {:.1}</title></circle>",
            x(point.expected),
            y(f64::from(point.actual)),
            escape(&point.contract),
            point.actual,
            point.expected
        );
    }
    let _ = write!(
        svg,
        "<text x=\"470\" y=\"390\" text-anchor=\"middle\">{awaited} (0 – {most_x:.0})</text>\
         <text x=\"16\" y=\"180\" transform=\"rotate(-90 16 180)\" text-anchor=\"middle\">{failures} (0 – {most_y:.0})</text></svg>"
    );
    svg
}

fn under_water(points: &[pb::FunnelPoint], language: Language) -> String {
    let say = |english, chinese| language.say(english, chinese);
    let mut html = format!("<h2>{}</h2>", say("Contracts under water", "亏损合同"));
    let bad: Vec<&pb::FunnelPoint> = points.iter().filter(|point| point.under_water).collect();
    if bad.is_empty() {
        html.push_str(say("<p>None.</p>", "<p>无。</p>"));
        return html;
    }
    html.push_str(say(
        "<table><tr><th>Contract</th><th>Failures</th><th>Expected</th><th>Limits</th><th>Chance of such a cost</th></tr>",
        "<table><tr><th>合同</th><th>故障次数</th><th>预期</th><th>界限</th><th>出现这样成本的概率</th></tr>",
    ));
    for point in bad {
        let _ = write!(
            html,
            "<tr><td class=\"bad\">{}</td><td>{}</td><td>{:.1}</td><td>{} – {}</td><td>{:.3}</td></tr>",
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

fn table(report: &pb::ProfitabilityReport, dimension: &str, language: Language) -> String {
    let (heading, name) = cut(dimension, language);
    let columns = language.say(
        "<th>Contracts</th><th>Under water</th><th>Earned</th><th>Cost of work</th><th>Expected</th><th>Excluded work</th><th>Credibility</th>",
        "<th>合同数</th><th>亏损</th><th>收入</th><th>工作成本</th><th>预期成本</th><th>不承保的工作</th><th>可信度</th>",
    );
    let mut html = format!("<h2>{heading}</h2><table><tr><th>{name}</th>{columns}</tr>");
    for group in report.groups.iter().filter(|group| group.dimension == dimension) {
        let _ = write!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.0} %</td></tr>",
            escape(value_name(&group.value, language)),
            group.contract_count,
            group.under_water_count,
            said(group.revenue.as_ref()),
            said(group.actual_cost.as_ref()),
            said(group.expected_cost.as_ref()),
            said(group.leakage.as_ref()),
            100.0 * group.credibility,
        );
    }
    html.push_str("</table>");
    html
}

/// Regions that are proposed a price of their own.
fn regional(report: &pb::ProfitabilityReport, language: Language) -> String {
    let say = |english, chinese| language.say(english, chinese);
    let mut html =
        format!("<h2>{}</h2>", say("Regions with a price of their own", "建议单独定价的地区"));
    if report.regional_proposals.is_empty() {
        html.push_str(say(
            "<p>None: no region's cost differs from the others beyond chance.</p>",
            "<p>无:没有哪个地区的成本与其他地区的差异超出偶然。</p>",
        ));
        return html;
    }
    html.push_str(say(
        "<table><tr><th>region</th><th>Factor on the price</th><th>Machine years</th><th>Cost of a machine year</th><th>Elsewhere</th><th>Chance of such a difference</th></tr>",
        "<table><tr><th>地区</th><th>价格系数</th><th>台年</th><th>每台年成本</th><th>其他地区</th><th>偶然出现这种差异的概率</th></tr>",
    ));
    for found in &report.regional_proposals {
        let _ = write!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{:.1}</td><td>{}</td><td>{}</td><td>{:.4}</td></tr>",
            escape(&found.region_code),
            escape(found.factor.as_ref().map_or("", |factor| &factor.value)),
            found.machine_years,
            said(found.machine_year_cost.as_ref()),
            said(found.other_machine_year_cost.as_ref()),
            found.p_value,
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
        let report = pb::ProfitabilityReport { groups: vec![group], ..Default::default() };
        let html = page(&report, Language::English);
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

    #[test]
    fn nothing_of_a_page_stays_in_english() {
        let dimensions =
            ["all", "region", "product", "age", "segment", "salesperson", "technician"];
        let values = ["", "330000", "0 to 3 years", "SEGMENT_RISK_AVERSE", "unknown"];
        let groups = dimensions.iter().flat_map(|dimension| {
            values.iter().map(|value| pb::ProfitabilityGroup {
                dimension: (*dimension).to_owned(),
                value: (*value).to_owned(),
                ..Default::default()
            })
        });
        let steps =
            ["list", "concession", "discount", "pocket price", "marginal cost", "pocket margin"];
        let waterfall = steps.map(|step| pb::WaterfallStep { step: step.to_owned(), amount: None });
        let point = pb::FunnelPoint { under_water: true, ..Default::default() };
        let report = pb::ProfitabilityReport {
            groups: groups.collect(),
            waterfall: waterfall.to_vec(),
            funnel: vec![point],
            regional_proposals: vec![pb::RegionalPriceProposal {
                region_code: "350000".to_owned(),
                reason: "in English".to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        };
        let html = page(&report, Language::Chinese);
        assert!(html.contains("lang=\"zh\"") && html.contains("按技师") && html.contains("目录价"));
        let body = html.split_once("<body>").unwrap().1;
        let mut inside = false;
        let text: String = body
            .chars()
            .filter(|c| {
                if *c == '<' || *c == '>' {
                    inside = *c == '<';
                    return false;
                }
                !inside
            })
            .collect();
        assert!(!text.chars().any(|c| c.is_ascii_alphabetic()), "{text}");
    }
}
