//! The cost of a contract as a curve: where it may end, its quantiles, and the price against them.

use super::svg::{Frame, escape, ticks};
use crate::demo::words::{amount, short_money};
use aftercare_api::aftercare::pricing::v1::CostDistribution;
use std::fmt::Write;

/// Density, quantiles, mean; and the price that it stands against (both at present value).
pub fn cost_curve(cost: &CostDistribution, price: f64) -> String {
    let points: Vec<(f64, f64)> =
        cost.curve.iter().map(|point| (amount(point.cost.as_ref()), point.density)).collect();
    let Some((first, last)) = ends(cost, price) else { return String::new() };
    let shown: Vec<(f64, f64)> =
        points.into_iter().filter(|(x, _)| *x >= first && *x <= last).collect();
    let top = shown.iter().map(|point| point.1).fold(0.0, f64::max);
    let frame = Frame {
        size: (760.0, 300.0),
        margin: (16.0, 54.0, 16.0, 30.0),
        x: (first, last),
        y: (0.0, top * 1.04),
    };
    let base: Vec<(f64, f64)> = shown.iter().map(|(x, _)| (*x, 0.0)).collect();
    let loss: Vec<(f64, f64)> = shown.iter().copied().filter(|(x, _)| *x >= price).collect();
    let loss_base: Vec<(f64, f64)> = loss.iter().map(|(x, _)| (*x, 0.0)).collect();
    let mut svg = frame.open("Distribution of the contract's cost with quantiles and price");
    svg.push_str(&frame.band(&shown, &base, "fill-a soft"));
    if loss.len() > 1 {
        svg.push_str(&frame.band(&loss, &loss_base, "fill-bad soft"));
    }
    svg.push_str(&frame.line(&shown, "line-a"));
    svg.push_str(&frame.x_axis(&ticks(first, last, 7), short_money));
    let mut marks: Vec<(f64, String, &str)> = cost
        .quantiles
        .iter()
        .map(|q| (amount(q.cost.as_ref()), format!("P{:.0}", q.level * 100.0), "mark"))
        .collect();
    marks.push((amount(cost.mean.as_ref()), "mean".to_owned(), "mark mean"));
    marks.push((price, "price".to_owned(), "mark price"));
    marks.sort_by(|a, b| a.0.total_cmp(&b.0));
    svg.push_str(&flags(&frame, &marks));
    svg.push_str("</svg>");
    svg
}

/// What to show of the lattice: from the least cost that matters to a little beyond P99 and the price.
fn ends(cost: &CostDistribution, price: f64) -> Option<(f64, f64)> {
    let low = cost.curve.iter().find(|point| point.cumulative > 0.0005)?;
    let high = cost.curve.iter().find(|point| point.cumulative > 0.998).or(cost.curve.last())?;
    let low = amount(low.cost.as_ref()).min(price);
    let high = amount(high.cost.as_ref()).max(price * 1.02);
    (high > low).then_some((low, high))
}

/// Vertical lines with labels that step down so that neighbours do not cover each other.
fn flags(frame: &Frame, marks: &[(f64, String, &str)]) -> String {
    let mut svg = String::new();
    let bottom = frame.size.1 - frame.margin.3;
    let mut last = [f64::NEG_INFINITY; 4];
    for (value, label, class) in marks {
        let x = frame.at_x(*value);
        let text = format!("{label} {}", short_money(*value));
        let half = text.chars().count() as f64 * 3.2 + 4.0;
        let level = last.iter().position(|edge| x - half > *edge).unwrap_or(0);
        last[level] = x + half;
        let y = 12.0 + 13.0 * level as f64;
        let centre = x.clamp(half, frame.size.0 - half);
        let _ = write!(
            svg,
            r#"<line class="{class}" x1="{x:.1}" x2="{x:.1}" y1="{:.1}" y2="{bottom:.1}"/><text class="tick {class}" x="{centre:.1}" y="{y:.1}" text-anchor="middle">{}</text>"#,
            y + 4.0,
            escape(&text)
        );
    }
    svg
}

/// Horizontal bars that add up: each driver's share of the price, negative ones to the left.
pub fn driver_bars(rows: &[(String, f64)]) -> String {
    let low = rows.iter().map(|row| row.1).fold(0.0, f64::min);
    let high = rows.iter().map(|row| row.1).fold(0.0, f64::max);
    if high <= low {
        return String::new();
    }
    let height = 18.0 * rows.len() as f64 + 10.0;
    let frame = Frame {
        size: (760.0, height),
        margin: (150.0, 4.0, 84.0, 4.0),
        x: (low, high),
        y: (0.0, 1.0),
    };
    let mut svg = frame.open("Each driver's share of the price");
    let zero = frame.at_x(0.0);
    for (index, (label, value)) in rows.iter().enumerate() {
        let y = 5.0 + 18.0 * index as f64;
        let at = frame.at_x(*value);
        let class = if *value < 0.0 { "fill-good" } else { "fill-a" };
        let _ = write!(
            svg,
            r#"<text class="tick" x="142" y="{:.1}" text-anchor="end">{}</text><rect class="{class}" x="{:.1}" y="{y:.1}" width="{:.1}" height="12" rx="2"/><text class="tick" x="{:.1}" y="{:.1}">{}</text>"#,
            y + 10.0,
            escape(label),
            zero.min(at),
            (at - zero).abs().max(0.8),
            zero.max(at) + 6.0,
            y + 10.0,
            escape(&short_money(*value))
        );
    }
    let _ = write!(
        svg,
        r#"<line class="axis" x1="{zero:.1}" x2="{zero:.1}" y1="0" y2="{height:.1}"/></svg>"#
    );
    svg
}
