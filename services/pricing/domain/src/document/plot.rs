//! Plots as SVG drawn into the page.

use super::page::escape;
use crate::quote::CurveFigure;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
/// Room below for labels.
const FOOT: f64 = 28.0;

fn svg(height: f64, title: &str, body: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>{body}</svg>"
    )
}

/// One bar a value, labelled below.
pub(super) fn bars(values: &[(String, f64)], title: &str) -> String {
    let most = values.iter().map(|(_, value)| *value).fold(0.0_f64, f64::max);
    if most <= 0.0 {
        return String::new();
    }
    let slot = WIDTH / values.len() as f64;
    let mut body = String::new();
    for (i, (label, value)) in values.iter().enumerate() {
        let height = value.max(0.0) / most * (HEIGHT - FOOT - 10.0);
        let (x, y) = (i as f64 * slot + 0.15 * slot, HEIGHT - FOOT - height);
        body.push_str(&format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"#2f6f9f\"/>\
<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            0.7 * slot,
            x + 0.35 * slot,
            HEIGHT - 10.0,
            escape(label)
        ));
    }
    svg(HEIGHT, title, &body)
}

/// The density of cost as an area, with marked amounts.
pub(super) fn density(curve: &[CurveFigure], marks: &[(&str, f64)], title: &str) -> String {
    let amount = |point: &CurveFigure| crate::policy::model(point.cost.amount());
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else { return String::new() };
    let low = marks.iter().map(|(_, at)| *at).fold(amount(first), f64::min);
    let high = marks.iter().map(|(_, at)| *at).fold(amount(last), f64::max);
    // The probability of no failure at all stands in the first point and would flatten all others.
    let peak = curve.iter().skip(1).map(|point| point.density).fold(0.0_f64, f64::max);
    if high <= low || peak <= 0.0 {
        return String::new();
    }
    let x = |at: f64| (at - low) / (high - low) * WIDTH;
    let y = |density: f64| HEIGHT - FOOT - (density / peak).min(1.05) * (HEIGHT - FOOT - 14.0);
    let mut path = format!("M{:.1} {:.1}", x(amount(first)), HEIGHT - FOOT);
    for point in curve {
        path.push_str(&format!("L{:.1} {:.1}", x(amount(point)), y(point.density)));
    }
    path.push_str(&format!("L{:.1} {:.1}Z", x(amount(last)), HEIGHT - FOOT));
    let mut body = format!("<path d=\"{path}\" fill=\"#9fc3dd\" stroke=\"#2f6f9f\"/>");
    for (i, (label, at)) in marks.iter().enumerate() {
        let (x, foot) = (x(*at), HEIGHT - FOOT);
        let anchor = if x > 0.8 * WIDTH { "end" } else { "start" };
        body.push_str(&format!(
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"4\" y2=\"{foot:.1}\" stroke=\"#b3402a\"/>\
<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{} {at:.0}</text>",
            12.0 + 14.0 * i as f64,
            escape(label)
        ));
    }
    for part in 0..=4 {
        let at = low + (high - low) * f64::from(part) / 4.0;
        let anchor = ["start", "middle", "middle", "middle", "end"][part as usize];
        body.push_str(&format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{at:.0}</text>",
            x(at),
            HEIGHT - 10.0
        ));
    }
    svg(HEIGHT, title, &body)
}

/// Steps that add up from nothing to a price, one a line.
pub(super) fn waterfall(steps: &[(String, f64)], title: &str) -> String {
    let (mut sum, mut low, mut high) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (_, step) in steps {
        sum += step;
        low = low.min(sum);
        high = high.max(sum);
    }
    if high <= low {
        return String::new();
    }
    let (left, line) = (150.0, 18.0);
    let x = |at: f64| left + (at - low) / (high - low) * (WIDTH - left - 10.0);
    let mut body = String::new();
    let mut at = 0.0_f64;
    for (i, (label, step)) in steps.iter().enumerate() {
        let (from, to) = (x(at.min(at + step)), x(at.max(at + step)));
        let y = i as f64 * line + 4.0;
        let colour = if *step < 0.0 { "#3c8a5a" } else { "#2f6f9f" };
        body.push_str(&format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
<rect x=\"{from:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
            left - 8.0,
            y + 11.0,
            escape(label),
            (to - from).max(0.5),
            line - 5.0
        ));
        at += step;
    }
    svg(steps.len() as f64 * line + 8.0, title, &body)
}
