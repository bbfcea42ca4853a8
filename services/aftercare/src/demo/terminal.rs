//! The story in the terminal: chapters, sentences, tables, bars. Everything goes to standard output but progress bars.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use indicatif::{ProgressBar, ProgressStyle};

/// How wide sentences run.
const WIDTH: usize = 100;

/// Opens a chapter.
pub fn chapter(number: usize, title: &str) {
    println!("\n{number}. {title}\n{}", "─".repeat(title.chars().count() + 3));
}

/// A sentence or two, wrapped.
pub fn say(text: &str) {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() + 1 > WIDTH {
            println!("{line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    println!("{line}");
}

/// A table; columns named here are numbers and stand to the right.
pub fn table(header: &[&str], numbers: &[usize], rows: &[Vec<String>]) {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(118);
    }
    table.set_header(header.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    for column in numbers {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}");
}

/// Bars of equal scale, one a line.
pub fn bars(rows: &[(String, f64, String)]) {
    let most = rows.iter().map(|row| row.1.abs()).fold(0.0, f64::max);
    let name = rows.iter().map(|row| row.0.chars().count()).max().unwrap_or(0);
    for (label, value, text) in rows {
        let share = if most > 0.0 { value.abs() / most } else { 0.0 };
        let eighths = (share * 40.0 * 8.0).round() as usize;
        let mut bar = "█".repeat(eighths / 8);
        if !eighths.is_multiple_of(8) {
            bar.push(['▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8 - 1]);
        }
        let pad = " ".repeat(name - label.chars().count());
        println!("  {label}{pad}  {bar} {text}");
    }
}

/// A bar for counted work; hidden where nobody looks.
pub fn progress(length: u64, message: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) =
        ProgressStyle::with_template("  {msg:<28} {bar:40} {pos:>6}/{len:<6} {per_sec}")
    {
        bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
    }
    bar.set_message(message.to_owned());
    bar
}
