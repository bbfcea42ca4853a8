//! What is read live of a customer: streams whose records bear the customer's own key, and which columns say what.

use aftercare_kernel::fault::Violations;
use toml::{Table, Value};

use super::document::{text, unknown};

/// A stream with one record a customer, looked up when somebody looks at the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The stream's name.
    pub stream: String,
    /// Canonical names (`receivable_total`), each with its column.
    pub fields: Vec<(String, String)>,
}

impl Live {
    /// The live streams of a checked document; none of one that cannot be read.
    #[must_use]
    pub fn of(document: &str) -> Vec<Self> {
        let document: Table = document.parse().unwrap_or_default();
        parse_all(&document, &mut Violations::new())
    }
}

/// Every `[[live]]` of a document.
pub(super) fn parse_all(document: &Table, wrong: &mut Violations) -> Vec<Live> {
    let all = match document.get("live") {
        None => return Vec::new(),
        Some(all) => all.as_array().map(Vec::as_slice).unwrap_or_default(),
    };
    if all.is_empty() {
        wrong.add("live", "must be tables: [[live]]");
    }
    let parsed = all.iter().enumerate().filter_map(|(i, value)| {
        wrong.within(&format!("live[{i}]"), |wrong| match value.as_table() {
            Some(table) => parse(table, wrong),
            None => {
                wrong.add("", "must be a table");
                None
            }
        })
    });
    parsed.collect()
}

fn parse(table: &Table, wrong: &mut Violations) -> Option<Live> {
    unknown(table, &["stream", "fields"], wrong);
    let stream = text(table, "stream", wrong);
    let fields = table.get("fields").and_then(Value::as_table).filter(|fields| !fields.is_empty());
    let fields = wrong.required("fields", fields)?;
    let mut found = Vec::with_capacity(fields.len());
    for (name, column) in fields {
        let word = name.len() <= 63
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        let path = format!("fields.{name}");
        if !word {
            wrong.add(&path, "must be a name of a-z 0-9 _, as receivable_total");
        }
        match column.as_str().filter(|column| !column.is_empty()) {
            Some(column) => found.push((name.clone(), column.to_owned())),
            None => wrong.add(&path, "must be the name of a column"),
        }
    }
    Some(Live { stream: stream?, fields: found })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Vec<Live>, Vec<String>) {
        let mut wrong = Violations::new();
        let found = parse_all(&text.parse().unwrap(), &mut wrong);
        let fields = wrong.finish().map_or_else(
            |invalid| invalid.fields().iter().map(|one| one.field.clone()).collect(),
            |()| Vec::new(),
        );
        (found, fields)
    }

    #[test]
    fn a_live_stream_says_which_column_is_what() {
        let text = "[[live]]\nstream = \"accounts\"\nfields = { credit_limit = \"limit\" }";
        let fields = vec![("credit_limit".to_owned(), "limit".to_owned())];
        let live = Live { stream: "accounts".to_owned(), fields };
        assert_eq!(parsed(text), (vec![live.clone()], Vec::new()));
        assert_eq!(Live::of(text), [live]);
        assert_eq!((parsed("version = 1").0, Live::of("no TOML")), (Vec::new(), Vec::new()));
    }

    #[test]
    fn every_wrong_place_of_it_is_named() {
        let text = "[[live]]\ncolumn = 1\nfields = { \"Credit limit\" = \"x\", total = 3 }";
        let (_, wrong) = parsed(text);
        let expected = [
            "live[0].column",
            "live[0].stream",
            "live[0].fields.Credit limit",
            "live[0].fields.total",
        ];
        assert_eq!(wrong, expected);
        assert_eq!(parsed("live = 3").1, ["live"]);
        assert_eq!(parsed("[[live]]\nstream = \"a\"").1, ["live[0].fields"]);
    }
}
