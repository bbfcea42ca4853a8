//! Mappings of records as ERPs export them.

use super::*;
use crate::{
    record::{Position, Record, Value},
    schema::Schema,
};

fn entity() -> EntitySchema {
    let money = || ("revenue".to_owned(), Kind::Money);
    let evidence = Schema {
        fields: vec![
            money(),
            ("margin".to_owned(), Kind::Decimal),
            ("as_of".to_owned(), Kind::Date),
        ],
    };
    let kind = Kind::Enumeration {
        prefix: "KIND_".to_owned(),
        values: vec![("KIND_BRANCH".to_owned(), 2), ("KIND_ENTITY".to_owned(), 1)],
    };
    let fields = vec![
        ("display_name".to_owned(), Kind::Text),
        ("kind".to_owned(), kind),
        ("parent".to_owned(), Kind::Text),
        ("rank".to_owned(), Kind::Integer { min: 1, max: 5 }),
        ("active".to_owned(), Kind::Boolean),
        ("seen_at".to_owned(), Kind::Instant),
        (
            "answer".to_owned(),
            Kind::Message(Schema {
                fields: vec![
                    ("within".to_owned(), Kind::Duration),
                    ("cost".to_owned(), Kind::Decimal),
                ],
            }),
        ),
        ("tags".to_owned(), Kind::List(Box::new(Kind::Text))),
        ("evidence".to_owned(), Kind::Message(evidence)),
    ];
    EntitySchema { name_shape: "customers/{}".to_owned(), schema: Schema { fields } }
}

fn compile(text: &str) -> Result<Mapping, aftercare_kernel::fault::Invalid> {
    let entity = entity();
    Mapping::compile(text, |name| (name == "party").then_some(&entity))
}

fn record(fields: &[(&str, &str)]) -> Record {
    let fields =
        fields.iter().map(|(name, text)| ((*name).to_owned(), Value::Text((*text).to_owned())));
    Record {
        key: "C1".to_owned(),
        version: "1".to_owned(),
        tombstone: false,
        fields: fields.collect(),
        position: Position::default(),
    }
}

const DOCUMENT: &str = r#"
version = 1
zone = "Asia/Shanghai"

[[rule]]
stream = "customers"
entity = "party"
name = "customers/{no}"
when = { column = "status", is_not = ["DELETED"] }
check = { since = "date" }

[rule.fields]
display_name = { column = "name", required = true }
kind = { column = "type", lookup = { "1" = "ENTITY", "2" = "BRANCH" } }
parent = { reference = "customers/{parent_no}" }
rank = "rank"
active = { value = true }
seen_at = "updated_at"
tags = ["industry", { value = "erp" }]
evidence.revenue = { column = "sales_k", scale = "1000", currency_column = "cur", currency = "CNY" }
evidence.margin = { divide = ["m", "s"] }
evidence.as_of = { column = "day", format = "%d.%m.%Y" }
"#;

fn map(record: &Record) -> Outcome {
    let mapping = compile(DOCUMENT).unwrap();
    let (_, rule) = mapping.rules("customers").next().unwrap();
    rule.map(record)
}

#[test]
fn a_record_becomes_an_entity_with_every_kind_of_value() {
    let record = record(&[
        ("no", "C0007"),
        ("name", " 杭州 "),
        ("type", "2"),
        ("parent_no", "C0001"),
        ("rank", "3"),
        ("status", "A"),
        ("updated_at", "2026-01-07 16:53:45"),
        ("industry", ""),
        ("sales_k", "12.5"),
        ("cur", "EUR"),
        ("m", "1"),
        ("s", "3"),
        ("day", "31.12.2025"),
        ("since", "2016-08-03"),
    ]);
    let Outcome::Entity(entity) = map(&record) else { panic!("{:?}", map(&record)) };
    assert_eq!(entity.name, "customers/c0007");
    let text = |text: &str| Mapped::Text(text.to_owned());
    let evidence = Mapped::Message(vec![
        ("as_of".to_owned(), Mapped::Date("2025-12-31".parse().unwrap())),
        ("margin".to_owned(), Mapped::Decimal("0.333333".parse().unwrap())),
        (
            "revenue".to_owned(),
            Mapped::Money { amount: "12500".parse().unwrap(), currency: "EUR".to_owned() },
        ),
    ]);
    let mut fields = entity.fields;
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        fields,
        vec![
            ("active".to_owned(), Mapped::Boolean(true)),
            ("display_name".to_owned(), text("杭州")),
            ("evidence".to_owned(), evidence),
            ("kind".to_owned(), Mapped::Enumeration("KIND_BRANCH".to_owned(), 2)),
            ("parent".to_owned(), text("customers/c0001")),
            ("rank".to_owned(), Mapped::Integer(3)),
            // 16:53:45 in China is 08:53:45 UTC.
            ("seen_at".to_owned(), Mapped::Instant("2026-01-07T08:53:45Z".parse().unwrap())),
            ("tags".to_owned(), Mapped::List(vec![text("erp")])),
        ]
    );
}

#[test]
fn everything_wrong_with_a_record_is_said_at_once() {
    let record = record(&[
        ("no", "C1"),
        ("name", ""),
        ("type", "9"),
        ("rank", "6"),
        ("updated_at", "yesterday"),
        ("sales_k", "many"),
        ("m", "1"),
        ("s", "0"),
        ("day", "2025-12-31"),
        ("since", "2021-02-30"),
    ]);
    let Outcome::Faulty(faults) = map(&record) else { panic!() };
    let mut fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["display_name", "evidence.as_of", "evidence.revenue", "kind", "rank", "seen_at", "since"]
    );
}

#[test]
fn constants_complete_a_message_and_do_not_make_one() {
    let document = "version = 1\n[[rule]]\nstream = \"s\"\nentity = \"party\"\nname = \"customers/{no}\"\n\
        [rule.fields]\nanswer = { within = { value = \"4h\" }, cost = \"cost\" }\n";
    let mapping = compile(document).unwrap();
    let (_, rule) = mapping.rules("s").next().unwrap();
    let fields = |cost: &str| match rule.map(&record(&[("no", "C1"), ("cost", cost)])) {
        Outcome::Entity(entity) => entity.fields,
        other => panic!("{other:?}"),
    };
    assert_eq!(fields(""), []);
    let mut inner = vec![
        ("cost".to_owned(), Mapped::Decimal(7.into())),
        ("within".to_owned(), Mapped::Duration(jiff::SignedDuration::from_hours(4))),
    ];
    inner.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(fields("7"), [("answer".to_owned(), Mapped::Message(inner))]);
}

#[test]
fn a_blank_key_is_a_fault_and_a_left_out_record_is_none() {
    let Outcome::Faulty(faults) = map(&record(&[("no", ""), ("name", "x")])) else { panic!() };
    assert_eq!(faults[0].field, "no");
    assert_eq!(map(&record(&[("no", "C1"), ("status", "DELETED")])), Outcome::Skipped);
}

#[test]
fn everything_wrong_with_a_document_is_said_at_once() {
    let document = r#"
        version = 2
        zone = "Mars/Olympus"
        [[rule]]
        stream = "customers"
        entity = "party"
        name = "assets/{no}"
        colour = "red"
        check = { a = "colour" }
        [rule.fields]
        evidence.turnover = "x"
        evidence.revenue = { column = "x", lookup = 3 }
        rank = { column = "a", value = 1 }
        tags = 3
        kind = { column = "k", lookup = { "1" = "ENTITY", "2" = "UNICORN" } }
        [[rule]]
        stream = "x"
        entity = "unicorn"
    "#;
    let invalid = compile(document).unwrap_err();
    let mut fields: Vec<_> =
        invalid.fields().iter().map(|violation| violation.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "mapping.rule[0].check.a",
            "mapping.rule[0].colour",
            "mapping.rule[0].fields.evidence.revenue",
            "mapping.rule[0].fields.evidence.turnover",
            "mapping.rule[0].fields.kind",
            "mapping.rule[0].fields.rank",
            "mapping.rule[0].fields.tags",
            "mapping.rule[0].name",
            "mapping.rule[1].entity",
            "mapping.version",
            "mapping.zone",
        ]
    );
    assert!(compile("no toml").is_err());
    assert!(compile("version = 1").is_err());
}

#[test]
fn the_update_mask_and_the_order_of_streams_follow_the_document() {
    let mapping = compile(DOCUMENT).unwrap();
    assert_eq!(mapping.streams(), ["customers"]);
    let (_, rule) = mapping.rules("customers").next().unwrap();
    let mut written: Vec<_> = rule.written().collect();
    written.sort_unstable();
    assert_eq!(
        written,
        ["active", "display_name", "evidence", "kind", "parent", "rank", "seen_at", "tags"]
    );
}

proptest::proptest! {
    #[test]
    fn no_cell_makes_a_mapping_panic(cell in "\\PC{0,40}") {
        let fields: Vec<_> = ["no", "name", "type", "parent_no", "rank", "updated_at", "sales_k", "cur", "m", "s", "day", "since"]
            .iter().map(|name| (*name, cell.as_str())).collect();
        let _ = map(&record(&fields));
    }
}
