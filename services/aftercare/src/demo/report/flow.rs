//! Where goods went: a matrix of provinces and a schematic map of what crossed a border.

use super::svg::{Frame, escape};
use crate::demo::words::{province, region};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Units seen, by home province of who answers for them and province where they were seen.
pub type Flows = BTreeMap<(String, String), Flow>;

/// Units of one province seen in one province.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flow {
    /// All of them.
    pub units: u64,
    /// Those that an agreed exception covers.
    pub excepted: u64,
}

impl Flow {
    /// Whether an agreement explains most of it.
    fn agreed(self) -> bool {
        self.excepted * 2 > self.units
    }
}

/// A table with one row a home province; cells across a border are marked by their share.
pub fn matrix(flows: &Flows) -> String {
    let mut codes: Vec<&String> = flows.keys().flat_map(|(from, to)| [from, to]).collect();
    codes.sort();
    codes.dedup();
    let mut html = String::from(
        r#"<div class="scroll"><table class="matrix"><thead><tr><th scope="col">home ↓ · seen in →</th>"#,
    );
    for code in &codes {
        let _ = write!(html, r#"<th scope="col">{}</th>"#, escape(&region(code)));
    }
    html.push_str("</tr></thead><tbody>");
    for from in &codes {
        let total: u64 =
            codes.iter().filter_map(|to| flows.get(&key(from, to))).map(|flow| flow.units).sum();
        if total == 0 {
            continue;
        }
        let _ = write!(html, r#"<tr><th scope="row">{}</th>"#, escape(&region(from)));
        for to in &codes {
            let flow = flows.get(&key(from, to)).copied().unwrap_or_default();
            let units = flow.units;
            let share = units as f64 / total as f64;
            let class = match (units, from == to) {
                (0, _) => "none",
                (_, true) => "home",
                (_, false) if flow.agreed() => "away agreed",
                (_, false) if share > 0.05 => "away strong",
                (_, false) => "away",
            };
            let text = if units == 0 { "·".to_owned() } else { units.to_string() };
            let _ = write!(html, r#"<td class="{class}">{text}</td>"#);
        }
        html.push_str("</tr>");
    }
    html.push_str(MATRIX_LEGEND);
    html
}

const MATRIX_LEGEND: &str = r#"</tbody></table></div><p class="legend"><span class="key home"></span>at home <span class="key strong"></span>more than 5 % of a distributor's units across a border <span class="key agreed"></span>by agreement (a project): no diversion</p>"#;

fn key(from: &str, to: &str) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

/// Provinces at their capitals, circles by units seen, arrows for what crossed a border.
pub fn map(flows: &Flows) -> String {
    let frame = Frame {
        size: (760.0, 400.0),
        margin: (40.0, 16.0, 90.0, 16.0),
        x: (103.5, 122.0),
        y: (22.5, 37.3),
    };
    let mut svg = frame.open("Schematic map: units that were seen outside their home province");
    let across = || flows.iter().filter(|((from, to), _)| from != to);
    let most = across().map(|(_, flow)| flow.units).max().unwrap_or(1);
    for ((from, to), flow) in across() {
        svg.push_str(&arrow(&frame, (from, to), *flow, most));
    }
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for ((_, to), flow) in flows {
        *seen.entry(to.as_str()).or_default() += flow.units;
    }
    for (code, units) in seen {
        let Some((name, north, east)) = province(code) else { continue };
        let (x, y) = (frame.at_x(east), frame.at_y(north));
        let radius = 3.0 + (units as f64).sqrt() * 0.55;
        let _ = write!(
            svg,
            r#"<circle class="place" cx="{x:.1}" cy="{y:.1}" r="{radius:.1}"><title>{name}: {units} units seen</title></circle><text class="place-name" x="{:.1}" y="{:.1}">{name}</text>"#,
            x + radius + 3.0,
            y + 3.5
        );
    }
    svg.push_str("</svg>");
    svg
}

fn arrow(frame: &Frame, (from, to): (&str, &str), flow: Flow, most: u64) -> String {
    let (Some((a, north_a, east_a)), Some((b, north_b, east_b))) = (province(from), province(to))
    else {
        return String::new();
    };
    let (x1, y1) = (frame.at_x(east_a), frame.at_y(north_a));
    let (x2, y2) = (frame.at_x(east_b), frame.at_y(north_b));
    let (dx, dy) = (x2 - x1, y2 - y1);
    // The arrow bends to its right, so that both directions between two places are seen.
    let (cx, cy) = ((x1 + x2) / 2.0 - dy * 0.18, (y1 + y2) / 2.0 + dx * 0.18);
    let width = 0.6 + 9.0 * flow.units as f64 / most.max(1) as f64;
    let units = flow.units;
    let (class, label) = match (units * 12 >= most, flow.agreed()) {
        (_, true) => ("flow agreed", "flow-label agreed"),
        (true, false) => ("flow strong", "flow-label"),
        (false, false) => ("flow", ""),
    };
    let label = if units * 12 >= most {
        format!(
            r#"<text class="{label}" x="{cx:.1}" y="{cy:.1}" text-anchor="middle">{units}</text>"#
        )
    } else {
        String::new()
    };
    format!(
        r#"<path class="{class}" stroke-width="{width:.1}" d="M{x1:.1} {y1:.1}Q{cx:.1} {cy:.1} {x2:.1} {y2:.1}"><title>{a} to {b}: {units} units</title></path>{label}"#
    )
}
