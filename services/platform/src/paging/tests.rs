//! Pages over a real database, put together, are the list; tokens open their own list and no other.

use super::*;
use crate::filter::FieldKind;
use proptest::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectOptions, Database, DatabaseConnection};

mod item {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "paging_item")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub label: String,
        pub rank: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const FIELDS: &[FilterField] =
    &[FilterField { name: "rank", column: "rank", kind: FieldKind::Integer }];
const ORDERS: &[OrderField] = &[
    OrderField { name: "title", column: "label", kind: OrderKind::Text },
    OrderField { name: "rank", column: "paging_item.rank", kind: OrderKind::Integer },
    OrderField { name: "name", column: "id", kind: OrderKind::Text },
];
const PAGER: Pager = Pager::new([7; 32]);

fn tenant(text: &str) -> TenantId {
    TenantId::parse(text).unwrap()
}

fn request<'a>(tenant: &'a TenantId) -> PageRequest<'a> {
    PageRequest {
        tenant,
        method: "ItemService/ListItems",
        page_size: 0,
        page_token: "",
        filter: "",
        order_by: "",
        parent: "boxes/b1",
    }
}

fn plan(request: &PageRequest<'_>) -> Result<Plan, Invalid> {
    PAGER.plan(request, FIELDS, ORDERS, &["id"], PageLimits::default())
}

async fn sqlite() -> DatabaseConnection {
    items("sqlite::memory:".to_owned(), "TEXT").await
}

async fn postgresql() -> DatabaseConnection {
    let url = std::env::var("AFTERCARE_TEST_POSTGRES_URL");
    let hint =
        "AFTERCARE_TEST_POSTGRES_URL is not set: cargo xtask test, or cargo xtask postgres, does";
    items(url.expect(hint), "TEXT COLLATE \"C\"").await
}

async fn items(url: String, text: &str) -> DatabaseConnection {
    // One connection, to which the temporary table belongs.
    let options = ConnectOptions::new(url).max_connections(1).to_owned();
    let db = Database::connect(options).await.unwrap();
    let table = format!(
        "CREATE TEMPORARY TABLE paging_item (tenant {text} NOT NULL, id {text} NOT NULL,
            label {text} NOT NULL, rank BIGINT NOT NULL, PRIMARY KEY (tenant, id))"
    );
    db.execute_unprepared(&table).await.unwrap();
    db
}

async fn fill(db: &DatabaseConnection, rows: &[item::Model]) {
    item::Entity::delete_many().exec(db).await.unwrap();
    let rows = rows.iter().cloned().map(|row| item::ActiveModel {
        tenant: Set(row.tenant),
        id: Set(row.id),
        label: Set(row.label),
        rank: Set(row.rank),
    });
    item::Entity::insert_many(rows).exec_without_returning(db).await.unwrap();
}

/// Every page in turn, each with the next of the sizes, until there is no token.
async fn walk(
    db: &DatabaseConnection,
    order_by: &str,
    filter: &str,
    sizes: &[i32],
) -> Vec<item::Model> {
    let tenant = tenant("t");
    let (mut all, mut token) = (Vec::new(), String::new());
    for (turn, size) in sizes.iter().cycle().enumerate() {
        assert!(turn < 1000, "the walk does not end");
        let request = PageRequest {
            page_size: *size,
            page_token: &token,
            filter,
            order_by,
            ..request(&tenant)
        };
        let plan = plan(&request).unwrap();
        let (rows, next) = plan.fetch(item::Entity::find(), db).await.unwrap();
        assert!(rows.len() <= plan.page_size());
        assert!(next.is_empty() || rows.len() == plan.page_size(), "a short page is the last");
        all.extend(rows);
        if next.is_empty() {
            break;
        }
        token = next;
    }
    all
}

/// `(column, descending)` for each field of the order.
fn expected(mut rows: Vec<item::Model>, order: &[(usize, bool)]) -> Vec<item::Model> {
    rows.sort_by(|a, b| {
        let by = |field| match field {
            0 => a.label.cmp(&b.label),
            1 => a.rank.cmp(&b.rank),
            _ => a.id.cmp(&b.id),
        };
        let tie = (2, order.last().is_some_and(|(_, descending)| *descending));
        order.iter().chain([&tie]).fold(std::cmp::Ordering::Equal, |so_far, (field, descending)| {
            so_far.then(if *descending { by(*field).reverse() } else { by(*field) })
        })
    });
    rows
}

fn rows() -> impl Strategy<Value = Vec<item::Model>> {
    // Few labels and ranks, so that most rows tie.
    let row = ("[aAz宁é_ ]{0,2}", prop_oneof![-1i64..2, Just(i64::MIN), Just(i64::MAX)]);
    prop::collection::btree_map("[a-z0-9宁]{1,3}", row, 1..40).prop_map(|rows| {
        let row = |(id, (label, rank))| item::Model { tenant: "t".into(), id, label, rank };
        rows.into_iter().map(row).collect()
    })
}

fn order() -> impl Strategy<Value = Vec<(usize, bool)>> {
    let fields = prop::sample::subsequence(vec![0usize, 1, 2], 0..=3).prop_shuffle();
    (fields, any::<[bool; 3]>())
        .prop_map(|(fields, descending)| fields.into_iter().zip(descending).collect())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn check_whole_list(runtime: &tokio::runtime::Runtime, db: &DatabaseConnection) {
    let sizes = prop::collection::vec(prop_oneof![1i32..6, 0i32..50], 1..4);
    proptest!(|(rows in rows(), order in order(), sizes in sizes)| {
        let text: Vec<_> = order.iter().map(|(field, descending)| {
            format!("{}{}", ORDERS[*field].name, if *descending { " desc" } else { "" })
        }).collect();
        let got = runtime.block_on(async {
            fill(db, &rows).await;
            walk(db, &text.join(","), "", &sizes).await
        });
        prop_assert_eq!(&got, &expected(rows.clone(), &order), "{:?}", order);
    });
}

#[test]
fn pages_put_together_are_the_whole_ordered_list_on_sqlite() {
    let runtime = runtime();
    check_whole_list(&runtime, &runtime.block_on(sqlite()));
}

#[test]
fn pages_put_together_are_the_whole_ordered_list_on_postgresql() {
    let runtime = runtime();
    check_whole_list(&runtime, &runtime.block_on(postgresql()));
}

#[tokio::test]
async fn rows_that_come_and_go_between_pages_shift_no_others() {
    let row =
        |id: &str| item::Model { tenant: "t".into(), id: id.into(), label: "x".into(), rank: 1 };
    let ids = |rows: &[item::Model]| rows.iter().map(|r| r.id.clone()).collect::<String>();
    let db = sqlite().await;
    fill(&db, &["b", "d", "f", "h"].map(row)).await;
    let tenant = tenant("t");
    let first = PageRequest { page_size: 2, order_by: "rank desc", ..request(&tenant) };
    let (page, token) = plan(&first).unwrap().fetch(item::Entity::find(), &db).await.unwrap();
    assert_eq!(ids(&page), "hf");
    fill(&db, &["a", "b", "d", "g", "i"].map(row)).await;
    let second = PageRequest { page_token: &token, ..first };
    let (page, token) = plan(&second).unwrap().fetch(item::Entity::find(), &db).await.unwrap();
    assert_eq!(ids(&page), "db");
    assert!(!token.is_empty());
}

#[tokio::test]
async fn a_filter_holds_on_every_page() {
    let row = |n: i64| item::Model {
        tenant: "t".into(),
        id: format!("{n:02}"),
        label: "x".into(),
        rank: n,
    };
    let db = sqlite().await;
    fill(&db, &(0..50).map(row).collect::<Vec<_>>()).await;
    let got = walk(&db, "rank desc", "rank >= 10 AND rank < 20 OR rank = 30", &[3]).await;
    let ranks: Vec<_> = got.iter().map(|row| row.rank).collect();
    assert_eq!(ranks, std::iter::once(30).chain((10..20).rev()).collect::<Vec<_>>());
}

#[test]
fn page_sizes_are_defaulted_and_lowered() {
    let tenant = tenant("t");
    for (asked, rows) in [(0, 50), (1, 1), (1000, 1000), (1001, 1000), (i32::MAX, 1000)] {
        let plan = plan(&PageRequest { page_size: asked, ..request(&tenant) }).unwrap();
        assert_eq!((plan.page_size(), plan.limit()), (rows, rows as u64 + 1), "{asked}");
    }
}

#[test]
fn everything_wrong_is_named_at_once() {
    let tenant = tenant("t");
    let wrong = PageRequest {
        page_size: -1,
        page_token: "x",
        filter: "rank = many",
        order_by: "colour",
        ..request(&tenant)
    };
    let invalid = plan(&wrong).map(|_| ()).unwrap_err();
    let fields: Vec<_> = invalid.fields().iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, ["filter", "order_by", "page_size", "page_token"]);
}

#[test]
fn orders_that_make_no_sense_are_refused() {
    let tenant = tenant("t");
    for (order_by, message) in [
        ("colour", "unknown field \"colour\"; the list can be ordered by title, rank, name"),
        ("rank down", "rank may be followed by asc or desc, not \"down\""),
        ("rank desc desc", "rank may be followed by asc or desc, not \"desc\""),
        ("rank asc, title, rank desc", "rank appears twice"),
        ("rank,,title", "has an empty part between commas"),
        ("rank,", "has an empty part between commas"),
    ] {
        let invalid = plan(&PageRequest { order_by, ..request(&tenant) }).map(|_| ()).unwrap_err();
        assert_eq!(invalid.fields()[0].description, message, "{order_by}");
    }
}

fn token_of(request: &PageRequest<'_>) -> String {
    let plan = plan(&PageRequest { page_size: 1, ..*request }).unwrap();
    let (rows, token) = plan.finish(vec![("a", 1), ("b", 2)], |row, column| match column {
        "id" | "label" => KeyValue::Text(row.0.to_owned()),
        _ => KeyValue::Integer(row.1),
    });
    assert_eq!(rows, [("a", 1)]);
    token
}

#[test]
fn a_token_opens_its_own_list_and_no_other() {
    let (mine, theirs) = (tenant("t"), tenant("u"));
    let first = PageRequest { filter: "rank > 1", order_by: "rank desc", ..request(&mine) };
    let token = token_of(&first);
    let next = PageRequest { page_token: &token, ..first };
    assert!(plan(&next).is_ok());
    assert!(plan(&PageRequest { page_size: 7, ..next }).is_ok(), "page_size may change");
    for (other, what) in [
        (PageRequest { tenant: &theirs, ..next }, "tenant"),
        (PageRequest { method: "ItemService/ListOthers", ..next }, "method"),
        (PageRequest { filter: "rank > 2", ..next }, "filter"),
        (PageRequest { order_by: "rank", ..next }, "order"),
        (PageRequest { order_by: "", ..next }, "no order"),
        (PageRequest { parent: "boxes/b2", ..next }, "parent"),
    ] {
        let invalid = plan(&other).map(|_| ()).unwrap_err();
        assert_eq!(invalid.fields()[0].field, "page_token", "{what}");
    }
    let other_server = Pager::new([8; 32]);
    let limits = PageLimits::default();
    assert!(other_server.plan(&next, FIELDS, ORDERS, &["id"], limits).is_err(), "key");
    assert!(PAGER.plan(&next, FIELDS, ORDERS, &["label", "id"], limits).is_err(), "columns");
}

#[test]
fn the_parts_that_a_token_is_bound_to_cannot_run_into_each_other() {
    let tenant = tenant("t");
    let one = PageRequest { method: "ab", parent: "c", ..request(&tenant) };
    let token = token_of(&one);
    let other = PageRequest { method: "a", parent: "bc", page_token: &token, ..one };
    assert!(plan(&other).is_err());
}

#[test]
fn the_server_key_does_not_show_in_debug_output() {
    assert_eq!(format!("{PAGER:?}"), "Pager { key: *** }");
}

proptest! {
    #[test]
    fn a_token_with_one_character_changed_is_refused(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
        let tenant = tenant("t");
        let token = token_of(&request(&tenant));
        let at = at.index(token.len());
        let changed = format!("{}{to}{}", &token[..at], &token[at + 1..]);
        prop_assume!(changed != token);
        let request = PageRequest { page_token: &changed, ..request(&tenant) };
        prop_assert!(plan(&request).is_err());
    }

    #[test]
    fn no_token_and_no_order_makes_the_plan_panic(page_token in ".{0,60}", order_by in "[a-z, ]{0,30}|.*") {
        let tenant = tenant("t");
        let _ = plan(&PageRequest { page_token: &page_token, order_by: &order_by, ..request(&tenant) });
    }
}
