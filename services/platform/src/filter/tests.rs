//! The language: what it selects, what it refuses, and that nothing makes it panic.

use super::syntax::{Comparison, Expr, Literal, Operator};
use super::*;
use proptest::prelude::*;
use sea_orm::sea_query::{Alias, Query, SqliteQueryBuilder};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, ExprTrait};

const FIELDS: &[FilterField] = &[
    FilterField { name: "name", column: "name", kind: FieldKind::Text },
    FilterField { name: "address.city", column: "thing.city", kind: FieldKind::Text },
    FilterField { name: "visits", column: "visits", kind: FieldKind::Integer },
    FilterField { name: "vip", column: "vip", kind: FieldKind::Boolean },
    FilterField { name: "create_time", column: "created", kind: FieldKind::Timestamp },
    FilterField { name: "birthday", column: "birthday", kind: FieldKind::Date },
    FilterField {
        name: "state",
        column: "state",
        kind: FieldKind::Enum(&[("OPEN", "open"), ("CLOSED", "closed")]),
    },
    FilterField { name: "revenue", column: "revenue", kind: FieldKind::MoneyMicros },
];

async fn sqlite() -> DatabaseConnection {
    things("sqlite::memory:".to_owned()).await
}

async fn postgresql() -> DatabaseConnection {
    let url = std::env::var("AFTERCARE_TEST_POSTGRES_URL");
    let hint =
        "AFTERCARE_TEST_POSTGRES_URL is not set: cargo xtask test, or cargo xtask postgres, does";
    things(url.expect(hint)).await
}

/// Rows with every kind of value, one with nothing set but its id.
async fn things(url: String) -> DatabaseConnection {
    // One connection, to which the temporary table belongs.
    let options = ConnectOptions::new(url).max_connections(1).to_owned();
    let db = Database::connect(options).await.unwrap();
    db.execute_unprepared(
        "CREATE TEMPORARY TABLE thing (id TEXT PRIMARY KEY, name TEXT, city TEXT, visits BIGINT,
            vip BOOLEAN, created BIGINT, birthday TEXT, state TEXT, revenue BIGINT);
         INSERT INTO thing VALUES
            ('a', 'Alpha 100% Öl', 'Ningbo', 1, TRUE, 1704067200000000, '2024-01-01', 'open',
             1500000),
            ('b', 'beta_X', '宁波市', 20, FALSE, 1704067200000001, '2024-02-29', 'closed',
             -2500000),
            ('c', '', 'O''Fallon', -3, TRUE, 0, '1999-12-31', 'open', 0),
            ('n', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);",
    )
    .await
    .unwrap();
    db
}

async fn matching(db: &DatabaseConnection, text: &str) -> String {
    let filter = parse(text).unwrap().unwrap();
    let condition = filter.condition(FIELDS).unwrap();
    let query = Query::select()
        .column(Alias::new("id"))
        .from(Alias::new("thing"))
        .cond_where(condition)
        .order_by(Alias::new("id"), sea_orm::Order::Asc)
        .to_owned();
    let rows = db.query_all(&query).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "id").unwrap()).collect()
}

/// A filter and the ids of the rows that it selects.
const SELECTED: &[(&str, &str)] = &[
    ("name = \"beta_X\"", "b"),
    ("name=beta_X", "b"),
    ("name = beta_x", ""),
    ("name = \"\"", "cn"),
    ("name != \"\"", "ab"),
    ("name != beta_X", "acn"),
    ("name:ALPHA", "a"),
    ("name:\"100% ö\"", "a"),
    ("name:\"ÖL\"", "a"),
    ("name:\"_\"", "b"),
    ("name:\"%\"", "a"),
    ("name:\"!\"", ""),
    ("NOT name:a", "cn"),
    ("name:*", "ab"),
    ("-name:*", "cn"),
    ("address.city:宁波", "b"),
    ("address.city = 'O\\'Fallon'", "c"),
    ("visits >= 1", "ab"),
    ("visits > 1", "b"),
    ("visits < 1", "c"),
    ("visits <= 1", "ac"),
    ("visits = -3", "c"),
    ("NOT visits <= 1", "bn"),
    ("NOT visits > 1", "acn"),
    ("NOT visits >= 1", "cn"),
    ("NOT visits < 1", "abn"),
    ("visits:*", "abc"),
    ("NOT visits:*", "n"),
    ("vip = true", "ac"),
    ("vip != true", "bn"),
    ("create_time = 2024-01-01T00:00:00Z", "a"),
    ("create_time > \"2024-01-01T08:00:00+08:00\"", "b"),
    ("create_time <= 2024-01-01T00:00:00.000001Z", "abc"),
    ("birthday >= 2024-01-01", "ab"),
    ("birthday < \"2024-02-29\"", "ac"),
    ("state = OPEN", "ac"),
    ("state != OPEN", "bn"),
    ("state = \"CLOSED\"", "b"),
    ("revenue = 1.5", "a"),
    ("revenue <= 0.00", "bc"),
    ("revenue > -2.5000000", "ac"),
    // OR binds tighter than AND.
    ("vip = true AND visits = 1 OR visits = 20", "a"),
    ("(vip = true AND visits = 1) OR visits = 20", "ab"),
    ("visits = 20 OR vip = true AND visits = 1", "a"),
    ("NOT (visits = 1 OR visits = 20)", "cn"),
    ("-(vip = true AND visits = 1)", "bcn"),
];

#[tokio::test]
async fn every_operator_selects_the_rows_that_it_means_on_sqlite() {
    let db = sqlite().await;
    for (filter, rows) in SELECTED {
        assert_eq!(matching(&db, filter).await, *rows, "{filter}");
    }
}

#[tokio::test]
async fn every_operator_selects_the_same_rows_on_postgresql() {
    let db = postgresql().await;
    for (filter, rows) in SELECTED {
        assert_eq!(matching(&db, filter).await, *rows, "{filter}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    for (filter, message) in [
        ("name", "expected one of = != < <= > >= :, found the end (at character 5)"),
        ("name == a", "expected a value (quote other characters), found \"=\" (at character 7)"),
        ("name = ", "expected a value (quote other characters), found the end (at character 8)"),
        ("name = AND", "expected a value, found AND (at character 8)"),
        ("name = a visits = 1", "expected AND, OR or the end, found \"visits\" (at character 10)"),
        ("(name = a", "expected AND, OR or \")\", found the end (at character 10)"),
        ("name = a)", "expected AND, OR or the end, found \")\" (at character 9)"),
        ("AND name = a", "expected a comparison (field = value), found AND (at character 1)"),
        ("NOT NOT name = a", "expected a comparison (field = value), found NOT (at character 5)"),
        (
            "\"宁波\" OR",
            "expected a comparison (field = value), found quoted text (at character 1)",
        ),
        (
            "name = '宁波' OR",
            "expected a comparison (field = value), found the end (at character 15)",
        ),
        ("name = 'a", "quoted text is not closed (at character 8)"),
        ("name = 'a\\b'", "unknown escape; there are \\\\ \\\" \\' \\n \\r \\t (at character 10)"),
        ("name = '\0'", "text must not contain the character U+0000 (at character 9)"),
        ("name = a*", "expected a space (or quote the value), found \"*\" (at character 9)"),
        ("name = \"a\"b", "expected a space (or quote the value), found \"b\" (at character 11)"),
        ("a..b = 1", "expected a dotted field path, found \"a..b\" (at character 1)"),
        ("?", "expected a field, found \"?\" (at character 1)"),
    ] {
        assert_eq!(parse(filter).unwrap_err().to_string(), message, "{filter}");
    }
}

#[test]
fn values_of_another_kind_are_refused_with_their_place() {
    for (filter, message) in [
        (
            "colour = red",
            "unknown field \"colour\"; fields are name, address.city, visits, vip, create_time, \
             birthday, state, revenue (at character 1)",
        ),
        ("visits = \"1\"", "visits takes a whole number of 64 bits, not \"1\" (at character 10)"),
        ("visits = 1.5", "visits takes a whole number of 64 bits, not \"1.5\" (at character 10)"),
        ("visits:1", "visits cannot be compared by : (at character 1)"),
        ("vip = yes", "vip takes true or false, not \"yes\" (at character 7)"),
        ("vip < true", "vip cannot be compared by < (at character 1)"),
        ("state = open", "state takes one of OPEN, CLOSED, not \"open\" (at character 9)"),
        ("state > OPEN", "state cannot be compared by > (at character 1)"),
        (
            "create_time > 2024-01-01",
            "create_time takes an RFC 3339 instant with offset, to the microsecond, not \
             \"2024-01-01\" (at character 15)",
        ),
        (
            "birthday = 2023-02-29",
            "birthday takes a date (YYYY-MM-DD), not \"2023-02-29\" (at character 12)",
        ),
        ("name:\"\"", "name takes text to look for, not \"\" (at character 6)"),
        ("name = *", "name takes a value (field:* asks whether it is set), not * (at character 8)"),
    ] {
        let error = parse(filter).unwrap().unwrap().condition(FIELDS).unwrap_err();
        assert_eq!(error.to_string(), message, "{filter}");
        assert_eq!((error.class(), error.violations().len()), (Class::Invalid, 1));
    }
    for wrong in [
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00.0000001Z",
        "2024-13-01T00:00:00Z",
        "2024-01-01T00:00:00+08:00[Asia/Shanghai]",
        "2024-W01-1T00:00:00Z",
        "20240101T000000Z",
    ] {
        let filter = parse(&format!("create_time = \"{wrong}\"")).unwrap().unwrap();
        assert!(filter.condition(FIELDS).is_err(), "{wrong}");
    }
    for wrong in ["1e3", "1.", ".5", "--1", "1.0000001", "9223372036854.775808", "NaN", "\"1\""] {
        let filter = parse(&format!("revenue = {wrong}")).unwrap().unwrap();
        assert!(filter.condition(FIELDS).is_err(), "{wrong}");
    }
}

#[test]
fn blank_text_is_no_filter() {
    assert!(parse("").unwrap().is_none());
    assert!(parse(" \t\n").unwrap().is_none());
}

#[test]
fn length_depth_and_size_are_capped() {
    let nested = |n: usize| format!("{}a=1{}", "(".repeat(n), ")".repeat(n));
    assert!(parse(&nested(MAX_DEPTH)).is_ok());
    let deep = parse(&nested(MAX_DEPTH + 1)).unwrap_err();
    assert_eq!(deep.problem(), &FilterProblem::TooDeep);
    let wide = |n: usize| vec!["a=1"; n].join(" OR ");
    assert!(parse(&wide(MAX_COMPARISONS)).is_ok());
    assert_eq!(parse(&wide(MAX_COMPARISONS + 1)).unwrap_err().problem(), &FilterProblem::TooMany);
    let long = format!("a=1{}", " ".repeat(MAX_BYTES));
    assert_eq!(parse(&long).unwrap_err().problem(), &FilterProblem::TooLong);
}

#[test]
fn values_are_bound_and_never_become_sql() {
    let filter = parse("name = \"' OR 1=1 --\" AND name:\"'%\"").unwrap().unwrap();
    let (sql, values) = Query::select()
        .expr(sea_orm::sea_query::Expr::val(1).eq(1))
        .from(Alias::new("thing"))
        .cond_where(filter.condition(FIELDS).unwrap())
        .build(SqliteQueryBuilder);
    assert!(!sql.contains("1=1") && sql.contains("LIKE ? ESCAPE '!'"), "{sql}");
    assert!(values.iter().any(|v| *v == "' OR 1=1 --".into()), "{values:?}");
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        "[a-zA-Z0-9宁é_.:+/@#-]{1,8}"
            .prop_filter("keywords are no values", |t| !matches!(t.as_str(), "AND" | "OR" | "NOT"))
            .prop_map(Literal::Bare),
        "[^\0]{0,8}".prop_map(Literal::Quoted),
        Just(Literal::Any),
    ]
}

fn expr() -> impl Strategy<Value = Expr> {
    let operator = prop_oneof![
        Just(Operator::Equal),
        Just(Operator::NotEqual),
        Just(Operator::Less),
        Just(Operator::LessOrEqual),
        Just(Operator::Greater),
        Just(Operator::GreaterOrEqual),
        Just(Operator::Has),
    ];
    let field = "[a-z_][a-z0-9_]{0,5}(\\.[a-z][a-z0-9]{0,3}){0,2}";
    let comparison = (field, operator, literal()).prop_map(|(field, operator, literal)| {
        Expr::Compare(Comparison { field, field_at: 0, operator, literal, literal_at: 0 })
    });
    comparison.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or),
            inner.prop_map(|part| Expr::Not(Box::new(part))),
        ]
    })
}

fn without_places(expr: Expr) -> Expr {
    match expr {
        Expr::And(parts) => Expr::And(parts.into_iter().map(without_places).collect()),
        Expr::Or(parts) => Expr::Or(parts.into_iter().map(without_places).collect()),
        Expr::Not(part) => Expr::Not(Box::new(without_places(*part))),
        Expr::Compare(comparison) => {
            Expr::Compare(Comparison { field_at: 0, literal_at: 0, ..comparison })
        }
    }
}

proptest! {
    #[test]
    fn a_written_filter_parses_to_the_same_filter(expr in expr()) {
        let text = expr.to_string();
        let parsed = parse(&text).unwrap().unwrap();
        prop_assert_eq!(without_places(parsed.root), expr, "{}", text);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,80}") {
        if let Ok(Some(filter)) = parse(&text) {
            let _ = filter.condition(FIELDS);
        }
    }

    #[test]
    fn no_sequence_of_its_own_tokens_makes_the_parser_panic(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "(", ")", "-", "NOT", "AND", "OR", "name", "visits", "state", "=", "!=", "<", ":",
                "*", "\"", "'", "\\", "1", "9223372036854775808", "2024-01-01T00:00:00Z", " ", ".",
            ]),
            0..24,
        ),
        joint in prop::sample::select(vec!["", " "]),
    ) {
        if let Ok(Some(filter)) = parse(&parts.join(joint)) {
            let _ = filter.condition(FIELDS);
        }
    }
}
