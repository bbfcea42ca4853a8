//! Promises on a time line: which hours counted, which did not and why, and where the deadline falls.

use super::svg::{Frame, escape};
use crate::demo::words::{instant, moment, plain};
use aftercare_api::aftercare::customer::v1::{BusinessSegment, ClockExplanation, SegmentReason};
use jiff::Timestamp;
use std::fmt::Write;

/// A day in seconds.
const DAY: i64 = 86_400;
/// An hour in seconds.
const HOUR: i64 = 3_600;
/// China time is eight hours ahead of UTC.
const CHINA: i64 = 8 * 3_600;

/// One row a clock, one column a day; and the hours in which the last of them ended, closer. China time.
pub fn timeline(clocks: &[(String, ClockExplanation)]) -> String {
    let Some(whole) = ends(clocks) else { return String::new() };
    let mut html = rows(clocks, whole, DAY);
    let last = clocks
        .iter()
        .filter_map(|(_, clock)| clock.segments.last())
        .filter_map(|segment| moment(segment.end_time.as_ref()))
        .map(Timestamp::as_second)
        .filter(|end| *end < whole.1)
        .max();
    if let Some(end) = last {
        let close = (end / HOUR - 1) * HOUR;
        let within = |(_, clock): &&(String, ClockExplanation)| {
            clock
                .segments
                .iter()
                .any(|s| moment(s.end_time.as_ref()).is_some_and(|at| at.as_second() > close))
        };
        let near: Vec<_> = clocks.iter().filter(within).cloned().collect();
        html.push_str(&rows(&near, (close, close + 3 * HOUR), HOUR / 2));
    }
    html.push_str(LEGEND);
    html
}

fn rows(clocks: &[(String, ClockExplanation)], (from, to): (i64, i64), step: i64) -> String {
    let rows = clocks.len() as f64;
    let frame = Frame {
        size: (760.0, 44.0 + 40.0 * rows),
        margin: (26.0, 26.0, 26.0, 18.0),
        x: (from as f64, to as f64),
        y: (0.0, 1.0),
    };
    let mut svg = frame.open("Clocks of the complaint: hours that counted and hours that did not");
    svg.push_str(&columns(&frame, (from, to), step));
    for (index, (label, clock)) in clocks.iter().enumerate() {
        let top = 34.0 + 40.0 * index as f64;
        let _ = write!(
            svg,
            r#"<text class="row-label" x="26" y="{:.1}">{}</text>"#,
            top + 8.0,
            escape(label)
        );
        for segment in &clock.segments {
            svg.push_str(&stretch(&frame, segment, top + 13.0, (from, to)));
        }
        let deadline = clock.clock.as_ref().and_then(|clock| clock.deadline.as_ref());
        if let Some(at) =
            moment(deadline).map(Timestamp::as_second).filter(|at| (from..=to).contains(at))
        {
            let x = frame.at_x(at as f64);
            let _ = write!(
                svg,
                r#"<line class="mark price" x1="{x:.1}" x2="{x:.1}" y1="{:.1}" y2="{:.1}"/><title>deadline {}</title>"#,
                top + 9.0,
                top + 31.0,
                escape(&instant(deadline))
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

const LEGEND: &str = r#"<p class="legend"><span class="key seg-open"></span>counted <span class="key seg-makeup"></span>counted on a make-up working day <span class="key seg-holiday"></span>public holiday <span class="key seg-weekend"></span>weekend <span class="key seg-closed"></span>outside hours <span class="key seg-paused"></span>paused <span class="key bar"></span>deadline</p>"#;

/// Whole days in China time around every clock, two weeks at most.
fn ends(clocks: &[(String, ClockExplanation)]) -> Option<(i64, i64)> {
    let segments = || clocks.iter().flat_map(|(_, clock)| &clock.segments);
    let from = segments().filter_map(|s| moment(s.start_time.as_ref())).min()?.as_second();
    let deadlines = clocks.iter().filter_map(|(_, clock)| {
        moment(clock.clock.as_ref().and_then(|clock| clock.deadline.as_ref()))
    });
    let stops = segments().filter_map(|s| moment(s.end_time.as_ref()));
    // A deadline a month ahead would press the hours of today into a line.
    let near = |at: &Timestamp| at.as_second() < from + 14 * DAY;
    let to = deadlines.chain(stops).filter(near).max()?.as_second();
    let start = (from + CHINA).div_euclid(DAY) * DAY - CHINA;
    let end = ((to + CHINA).div_euclid(DAY) + 1) * DAY - CHINA;
    Some((start, end))
}

fn columns(frame: &Frame, (from, to): (i64, i64), step: i64) -> String {
    let mut svg = String::new();
    let bottom = frame.size.1 - 4.0;
    for index in 0..(to - from) / step {
        let at = from + index * step;
        let x = frame.at_x(at as f64);
        let _ =
            write!(svg, r#"<line class="grid" x1="{x:.1}" x2="{x:.1}" y1="22" y2="{bottom:.1}"/>"#);
        let Ok(time) = Timestamp::from_second(at + CHINA) else { continue };
        let zoned = time.to_zoned(jiff::tz::TimeZone::UTC);
        // A day's name stands in its middle, an hour's at its beginning.
        let (x, lines) = if step == DAY {
            (frame.at_x((at + DAY / 2) as f64), ["%a", "%-d/%-m"])
        } else {
            (x, ["%a %-d/%-m", "%H:%M"])
        };
        for (line, y) in lines.iter().zip([9, 19]) {
            let text = zoned.strftime(*line);
            let _ = write!(
                svg,
                r#"<text class="tick" x="{x:.1}" y="{y}" text-anchor="middle">{text}</text>"#
            );
        }
    }
    svg
}

fn stretch(frame: &Frame, segment: &BusinessSegment, top: f64, (from, to): (i64, i64)) -> String {
    let ends = (moment(segment.start_time.as_ref()), moment(segment.end_time.as_ref()));
    let (Some(start), Some(end)) = ends else { return String::new() };
    let (start, end) = (start.as_second().clamp(from, to), end.as_second().clamp(from, to));
    if end <= start {
        return String::new();
    }
    let reason = segment.reason();
    let class = match reason {
        SegmentReason::Open | SegmentReason::ClockTime => "seg-open",
        SegmentReason::MakeUpDay => "seg-makeup",
        SegmentReason::Closure => "seg-holiday",
        SegmentReason::WeeklyClosed => "seg-weekend",
        SegmentReason::Paused => "seg-paused",
        SegmentReason::Unspecified
        | SegmentReason::OutsideHours
        | SegmentReason::OverrideClosed
        | SegmentReason::Break
        | SegmentReason::NotRunning
        | SegmentReason::AfterStop => "seg-closed",
    };
    let x = frame.at_x(start as f64);
    let what = plain(reason.as_str_name(), "SEGMENT_REASON");
    format!(
        r#"<rect class="{class}" x="{x:.1}" y="{top:.1}" width="{:.1}" height="14"><title>{} {}: {} to {}</title></rect>"#,
        (frame.at_x(end as f64) - x).max(0.6),
        escape(&what),
        escape(&segment.detail),
        escape(&instant(segment.start_time.as_ref())),
        escape(&instant(segment.end_time.as_ref()))
    )
}
