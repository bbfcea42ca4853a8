//! Whether the failure model holds: the mean cumulative function of each mode beside the fitted power law.

use super::svg::{Frame, escape, ticks};
use aftercare_api::aftercare::pricing::v1::{FailureMode, FailureModel};
use std::fmt::Write;

/// One small chart a mode, all on the same age axis.
pub fn mode_charts(model: &FailureModel) -> String {
    let oldest = model
        .modes
        .iter()
        .flat_map(|mode| &mode.mean_cumulative_function)
        .map(|point| point.age_years)
        .fold(1.0, f64::max);
    let mut html = String::from(r#"<div class="small-multiples">"#);
    for mode in &model.modes {
        let _ = write!(
            html,
            r#"<figure>{}<figcaption>{} · β {:.2} ± {:.2} · {} failures</figcaption></figure>"#,
            chart(mode, oldest),
            escape(&mode.mode),
            mode.beta,
            mode.beta_standard_error,
            mode.event_count
        );
    }
    html.push_str("</div>");
    html
}

fn chart(mode: &FailureMode, oldest: f64) -> String {
    let points = &mode.mean_cumulative_function;
    let top = points
        .iter()
        .map(|point| (point.failures + 1.96 * point.standard_error).max(point.fitted))
        .fold(0.05, f64::max);
    let frame = Frame {
        size: (250.0, 150.0),
        margin: (34.0, 8.0, 8.0, 22.0),
        x: (0.0, oldest),
        y: (0.0, top * 1.05),
    };
    let bound = |sign: f64| -> Vec<(f64, f64)> {
        points
            .iter()
            .map(|p| (p.age_years, (p.failures + sign * 1.96 * p.standard_error).max(0.0)))
            .collect()
    };
    let fitted: Vec<(f64, f64)> = std::iter::once((0.0, 0.0))
        .chain(points.iter().map(|point| (point.age_years, point.fitted)))
        .collect();
    let mut svg = frame.open(&format!("Failures per machine by age, {}", mode.mode));
    svg.push_str(&frame.y_axis(&ticks(0.0, top, 3), |value| format!("{value:.1}")));
    svg.push_str(&frame.x_axis(&ticks(0.0, oldest, 4), |value| format!("{value} y")));
    if points.len() > 1 {
        svg.push_str(&frame.band(&bound(1.0), &bound(-1.0), "fill-a faint"));
    }
    for point in points {
        let (x, y) = (frame.at_x(point.age_years), frame.at_y(point.failures));
        let _ = write!(svg, r#"<circle class="fill-a" cx="{x:.1}" cy="{y:.1}" r="1.6"/>"#);
    }
    svg.push_str(&frame.line(&fitted, "line-b"));
    svg.push_str("</svg>");
    svg
}
