//! Parses a mapping document and checks it against the entities; every fault is named at once.

use aftercare_kernel::fault::{Invalid, Violations};
use jiff::tz::TimeZone;
use toml::{Table, Value};

use super::{Check, Mapping, Node, Rule, When, live, source, template::Template};
use crate::schema::{Kind, Schema};

/// What an entity is: the form of its resource name (`customers/{}/assets/{}`) and its fields.
pub struct EntitySchema {
    /// The name's collections with `{}` for ids.
    pub name_shape: String,
    /// The writable fields.
    pub schema: Schema,
}

impl Mapping {
    /// Parses and checks a document. `entity` knows the entities by name.
    ///
    /// # Errors
    /// Names every wrong place of the document: `mapping.rule[2].fields.evidence.revenue`.
    pub fn compile<'a>(
        text: &str,
        entity: impl Fn(&str) -> Option<&'a EntitySchema>,
    ) -> Result<Self, Invalid> {
        let document: Table = text
            .parse()
            .map_err(|error| Invalid::field("mapping", format!("is no TOML: {error}")))?;
        let mut wrong = Violations::new();
        let (rules, lives) = wrong.within("mapping", |wrong| {
            (document_rules(&document, &entity, wrong), live::parse_all(&document, wrong))
        });
        wrong.finish()?;
        Ok(Self { rules, lives })
    }
}

fn document_rules<'a>(
    document: &Table,
    entity: &impl Fn(&str) -> Option<&'a EntitySchema>,
    wrong: &mut Violations,
) -> Vec<Rule> {
    unknown(document, &["version", "zone", "rule", "live"], wrong);
    if document.get("version").and_then(Value::as_integer) != Some(1) {
        wrong.add("version", "must be 1");
    }
    let zone = match document.get("zone").map(|zone| zone.as_str().map(TimeZone::get)) {
        None => TimeZone::UTC,
        Some(Some(Ok(zone))) => zone,
        Some(_) => {
            wrong.add("zone", "must be an IANA time zone: Asia/Shanghai");
            TimeZone::UTC
        }
    };
    if document.get("rule").is_none() && document.get("live").is_some() {
        // Nothing is synchronised, and customers are read live all the same.
        return Vec::new();
    }
    let Some(rules) =
        document.get("rule").and_then(Value::as_array).filter(|rules| !rules.is_empty())
    else {
        wrong.add("rule", "at least one [[rule]] is required");
        return Vec::new();
    };
    let parsed = rules.iter().enumerate().filter_map(|(i, value)| {
        wrong.within(&format!("rule[{i}]"), |wrong| match value.as_table() {
            Some(table) => rule(table, &zone, entity, wrong),
            None => {
                wrong.add("", "must be a table");
                None
            }
        })
    });
    parsed.collect()
}

fn rule<'a>(
    table: &Table,
    zone: &TimeZone,
    entity: &impl Fn(&str) -> Option<&'a EntitySchema>,
    wrong: &mut Violations,
) -> Option<Rule> {
    unknown(table, &["stream", "entity", "name", "when", "check", "fields"], wrong);
    let stream = text(table, "stream", wrong);
    let entity_name = text(table, "entity", wrong)?;
    let Some(known) = entity(&entity_name) else {
        wrong.add("entity", format!("{entity_name:?} is no entity"));
        return None;
    };
    let name = text(table, "name", wrong).and_then(|name| {
        let template = Template::parse(&name).filter(|name| name.shape() == known.name_shape);
        if template.is_none() {
            let form = known.name_shape.replace("{}", "{column}");
            wrong.add("name", format!("must have the form {form}"));
        }
        template
    });
    let fields = match table.get("fields").and_then(Value::as_table) {
        Some(fields) => wrong.within("fields", |wrong| message(fields, &known.schema, wrong)),
        None => {
            wrong.add("fields", "is required");
            Vec::new()
        }
    };
    let (when, checks) = (whens(table, wrong), checks(table, wrong));
    Some(Rule {
        stream: stream?,
        entity: entity_name,
        zone: zone.clone(),
        name: name?,
        when,
        checks,
        fields,
    })
}

fn whens(table: &Table, wrong: &mut Violations) -> Vec<When> {
    let all = match table.get("when") {
        None => return Vec::new(),
        Some(Value::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
    };
    let one = |value: &Value| {
        let table = value.as_table()?;
        let negated = table.contains_key("is_not");
        let any_of = table.get(if negated { "is_not" } else { "is" })?.as_array()?;
        let any_of = any_of.iter().map(|item| item.as_str().map(str::to_owned));
        let column = table.get("column")?.as_str()?.to_owned();
        (table.len() == 2).then_some(When {
            column,
            any_of: any_of.collect::<Option<_>>()?,
            negated,
        })
    };
    all.iter()
        .filter_map(|value| {
            let when = one(value);
            if when.is_none() {
                wrong.add(
                    "when",
                    "must be { column = \"..\", is = [\"..\"] } or is_not; \"\" stands for blank",
                );
            }
            when
        })
        .collect()
}

fn checks(table: &Table, wrong: &mut Violations) -> Vec<(String, Check)> {
    let Some(checks) = table.get("check") else { return Vec::new() };
    let Some(checks) = checks.as_table() else {
        wrong.add("check", "must be a table of column = form");
        return Vec::new();
    };
    let mut found = Vec::new();
    for (column, form) in checks {
        match form.as_str() {
            Some("present") => found.push((column.clone(), Check::Present)),
            Some("date") => found.push((column.clone(), Check::Date)),
            Some("decimal") => found.push((column.clone(), Check::Decimal)),
            Some("integer") => found.push((column.clone(), Check::Integer)),
            _ => wrong.add(&format!("check.{column}"), "must be present, date, decimal or integer"),
        }
    }
    found
}

fn message(fields: &Table, schema: &Schema, wrong: &mut Violations) -> Vec<(String, Node)> {
    let mut nodes = Vec::new();
    for (name, value) in fields {
        let Some(kind) = schema.kind(name) else {
            wrong.add(name, "is no field of the entity that can be written");
            continue;
        };
        let node = wrong.within(name, |wrong| node(value, kind, wrong));
        nodes.extend(node.map(|node| (name.clone(), node)));
    }
    nodes
}

fn node(value: &Value, kind: &Kind, wrong: &mut Violations) -> Option<Node> {
    match (value, kind) {
        (Value::Array(items), Kind::List(element)) => {
            let nodes = items.iter().enumerate().filter_map(|(i, item)| {
                wrong.within(&format!("[{i}]"), |wrong| node(item, element, wrong))
            });
            Some(Node::List(nodes.collect()))
        }
        (Value::Table(fields), Kind::Message(schema)) if !source::is_source(value) => {
            Some(Node::Message(message(fields, schema, wrong)))
        }
        (_, Kind::Message(_)) => {
            wrong.add("", "is a message: give its fields");
            None
        }
        (value, kind) if source::is_source(value) => {
            let source = wrong.take("", source::parse(value))?;
            for unknown in source.fixed().filter(|text| !kind.knows(text)) {
                wrong.add("", format!("{unknown:?} is no value of this field"));
            }
            Some(Node::Leaf { source, kind: kind.clone() })
        }
        (_, Kind::List(_)) => {
            wrong.add("", "is a list: give [ .. ] or a column with a list");
            None
        }
        _ => {
            wrong.add("", "must be the name of a column or a table");
            None
        }
    }
}

pub(super) fn text(table: &Table, name: &str, wrong: &mut Violations) -> Option<String> {
    let text = table.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    wrong.required(name, text.map(str::to_owned))
}

pub(super) fn unknown(table: &Table, known: &[&str], wrong: &mut Violations) {
    for name in table.keys().filter(|name| !known.contains(&name.as_str())) {
        wrong.add(name, format!("is no setting; known are {}", known.join(", ")));
    }
}
