//! What charts share: a frame with scales and axes, ticks, escaping. Colours come from the page's style sheet by class.

use std::fmt::Write;

/// Text that cannot leave its element.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Round values between two ends, about `count` of them.
pub fn ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 || count == 0 {
        return vec![low];
    }
    let rough = span / count as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= rough);
    let step = step.unwrap_or(rough);
    let mut value = (low / step).ceil() * step;
    let mut all = Vec::new();
    while value <= high + step * 1e-9 {
        all.push(value);
        value += step;
    }
    all
}

/// A drawing area with linear scales.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Size of the drawing in user units.
    pub size: (f64, f64),
    /// Left, top, right and bottom margin.
    pub margin: (f64, f64, f64, f64),
    /// Values at the left and right edge.
    pub x: (f64, f64),
    /// Values at the bottom and top edge.
    pub y: (f64, f64),
}

impl Frame {
    /// Where a value stands horizontally.
    pub fn at_x(&self, value: f64) -> f64 {
        let (left, _, right, _) = self.margin;
        let share = (value - self.x.0) / (self.x.1 - self.x.0).max(f64::MIN_POSITIVE);
        left + share * (self.size.0 - left - right)
    }

    /// Where a value stands vertically.
    pub fn at_y(&self, value: f64) -> f64 {
        let (_, top, _, bottom) = self.margin;
        let share = (value - self.y.0) / (self.y.1 - self.y.0).max(f64::MIN_POSITIVE);
        self.size.1 - bottom - share * (self.size.1 - top - bottom)
    }

    /// The opening tag; the label is what a screen reader says.
    pub fn open(&self, label: &str) -> String {
        let (width, height) = self.size;
        let label = escape(label);
        format!(r#"<svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">"#)
    }

    /// Horizontal grid lines with their values at the left.
    pub fn y_axis(&self, values: &[f64], text: impl Fn(f64) -> String) -> String {
        let (left, right) = (self.margin.0, self.size.0 - self.margin.2);
        let mut svg = String::new();
        for value in values {
            let y = self.at_y(*value);
            let _ = write!(
                svg,
                r#"<line class="grid" x1="{left:.1}" x2="{right:.1}" y1="{y:.1}" y2="{y:.1}"/><text class="tick" x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
                left - 6.0,
                y + 3.5,
                escape(&text(*value))
            );
        }
        svg
    }

    /// The base line with its values below.
    pub fn x_axis(&self, values: &[f64], text: impl Fn(f64) -> String) -> String {
        let base = self.size.1 - self.margin.3;
        let (left, right) = (self.margin.0, self.size.0 - self.margin.2);
        let mut svg = format!(
            r#"<line class="axis" x1="{left:.1}" x2="{right:.1}" y1="{base:.1}" y2="{base:.1}"/>"#
        );
        for value in values {
            let x = self.at_x(*value);
            let _ = write!(
                svg,
                r#"<line class="axis" x1="{x:.1}" x2="{x:.1}" y1="{base:.1}" y2="{:.1}"/><text class="tick" x="{x:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
                base + 4.0,
                base + 16.0,
                escape(&text(*value))
            );
        }
        svg
    }

    /// A line through points.
    pub fn line(&self, points: &[(f64, f64)], class: &str) -> String {
        format!(r#"<path class="{class}" d="{}"/>"#, self.path(points))
    }

    /// An area between points and other points (the upper and the lower bound).
    pub fn band(&self, upper: &[(f64, f64)], lower: &[(f64, f64)], class: &str) -> String {
        let back: Vec<(f64, f64)> = lower.iter().rev().copied().collect();
        let rest = self.path(&back).replacen('M', "L", 1);
        format!(r#"<path class="{class}" d="{}{rest}Z"/>"#, self.path(upper))
    }

    fn path(&self, points: &[(f64, f64)]) -> String {
        let mut path = String::new();
        for (index, (x, y)) in points.iter().enumerate() {
            let letter = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{:.1} {:.1}", self.at_x(*x), self.at_y(*y));
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(3.0, 3.0, 5), [3.0]);
        assert_eq!(ticks(0.0, f64::NAN, 5), [0.0]);
    }

    #[test]
    fn text_cannot_leave_its_element() {
        assert_eq!(escape("<b a=\"1\">&'"), "&lt;b a=&quot;1&quot;&gt;&amp;&#39;");
    }

    #[test]
    fn the_frame_puts_low_values_at_the_bottom_left() {
        let frame = Frame {
            size: (100.0, 50.0),
            margin: (10.0, 5.0, 10.0, 5.0),
            x: (0.0, 1.0),
            y: (0.0, 1.0),
        };
        assert_eq!((frame.at_x(0.0), frame.at_y(0.0)), (10.0, 45.0));
        assert_eq!((frame.at_x(1.0), frame.at_y(1.0)), (90.0, 5.0));
    }
}
