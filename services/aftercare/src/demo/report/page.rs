//! The parts of a page: chapters, tiles, tables. One file in the end, with nothing to load from elsewhere.

use super::svg::escape;
use std::fmt::Write;

/// A page in the making.
pub struct Page {
    body: String,
}

impl Page {
    /// Begins with a title and what it is about.
    pub fn new(title: &str, lead: &str) -> Self {
        let body = format!(
            "<header><h1>{}</h1><p class=\"lead\">{}</p></header>\n",
            escape(title),
            escape(lead)
        );
        Self { body }
    }

    /// Opens a chapter and says why it matters.
    pub fn chapter(&mut self, number: usize, title: &str, why: &str) {
        let _ = writeln!(
            self.body,
            r#"<h2><span class="number">{number}</span>{}</h2><p class="why">{}</p>"#,
            escape(title),
            escape(why)
        );
    }

    /// A heading within a chapter.
    pub fn heading(&mut self, text: &str) {
        let _ = writeln!(self.body, "<h3>{}</h3>", escape(text));
    }

    /// A paragraph.
    pub fn say(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p>{}</p>", escape(text));
    }

    /// What was drawn.
    pub fn draw(&mut self, drawing: &str) {
        self.body.push_str(drawing);
        self.body.push('\n');
    }

    /// Large numbers with what they are.
    pub fn tiles(&mut self, tiles: &[(String, String)]) {
        self.body.push_str("<div class=\"tiles\">");
        for (value, what) in tiles {
            let _ = write!(
                self.body,
                r#"<div class="tile"><b>{}</b><span>{}</span></div>"#,
                escape(value),
                escape(what)
            );
        }
        self.body.push_str("</div>\n");
    }

    /// A table; columns named here are numbers and stand to the right.
    pub fn table(&mut self, header: &[&str], numbers: &[usize], rows: &[Vec<String>]) {
        let class = |index: usize| if numbers.contains(&index) { r#" class="n""# } else { "" };
        self.body.push_str("<div class=\"scroll\"><table><thead><tr>");
        for (index, cell) in header.iter().enumerate() {
            let _ = write!(self.body, "<th scope=\"col\"{}>{}</th>", class(index), escape(cell));
        }
        self.body.push_str("</tr></thead><tbody>");
        for row in rows {
            self.body.push_str("<tr>");
            for (index, cell) in row.iter().enumerate() {
                let _ = write!(self.body, "<td{}>{}</td>", class(index), escape(cell));
            }
            self.body.push_str("</tr>");
        }
        self.body.push_str("</tbody></table></div>\n");
    }

    /// The whole document.
    pub fn finish(self, footer: &str) -> String {
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>Aftercare: the demo's account</title>\n<style>\n{}</style>\n</head>\n<body>\n{}<footer>{}</footer>\n</body>\n</html>\n",
            include_str!("style.css"),
            self.body,
            escape(footer)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_nothing_and_lets_no_text_become_markup() {
        let mut page = Page::new("A & B", "<script>alert(1)</script>");
        page.table(&["name", "units"], &[1], &[vec!["<i>x</i>".to_owned(), "3".to_owned()]]);
        let html = page.finish("end");
        assert!(html.contains("A &amp; B") && html.contains("&lt;i&gt;x&lt;/i&gt;"));
        for outside in ["http://", "https://", "<script", "src=", "@import", "url("] {
            assert!(!html.contains(outside), "{outside}");
        }
    }
}
