//! A table of text with a header, written as an ERP exports it.

/// One CSV file in the making.
pub struct Sheet {
    header: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

impl Sheet {
    /// An empty table.
    pub fn new(header: &'static [&'static str]) -> Self {
        Self { header, rows: Vec::new() }
    }

    /// Adds a row; its length is checked when the world is tested.
    pub fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// Puts a row at a place.
    pub fn insert(&mut self, at: usize, row: Vec<String>) {
        self.rows.insert(at, row);
    }

    /// RFC 4180 with LF.
    pub fn to_csv(&self) -> String {
        let mut text = String::new();
        line(&mut text, self.header.iter().copied());
        for row in &self.rows {
            line(&mut text, row.iter().map(String::as_str));
        }
        text
    }
}

/// Builds a row out of anything that has a text.
#[macro_export]
macro_rules! row {
    ($($cell:expr),* $(,)?) => { vec![$($cell.to_string()),*] };
}

/// `Y` or `N`.
pub fn yes(flag: bool) -> &'static str {
    if flag { "Y" } else { "N" }
}

/// Two decimals, as the ERP writes money.
pub fn money(value: f64) -> String {
    format!("{value:.2}")
}

/// Money rounded to a believable number of the given step.
pub fn round_to(value: f64, step: f64) -> f64 {
    (value / step).round() * step
}

fn line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push('\n');
}
