//! Events, movements of items, shipments, sightings, signals and conflicts.

use sea_orm_migration::prelude::*;

/// The migration.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20260901_000002_create_goods"
    }
}

/// A table: name, key columns after `tenant`, text columns, integer columns, boolean columns.
struct Shape {
    name: &'static str,
    keys: &'static [&'static str],
    texts: &'static [&'static str],
    integers: &'static [&'static str],
    booleans: &'static [&'static str],
}

const TABLES: &[Shape] = &[
    Shape {
        name: "channel_event",
        keys: &["id"],
        texts: &["event_id", "kind", "action", "biz_step", "doc"],
        integers: &["event_time", "record_time", "withdraw_time"],
        booleans: &[],
    },
    Shape {
        name: "channel_movement",
        keys: &["item", "evidence"],
        texts: &["kind", "parent", "shipper", "consignee", "gtin"],
        integers: &["event_time"],
        booleans: &["returned"],
    },
    Shape {
        name: "channel_shipment",
        keys: &["id"],
        texts: &["shipper", "consignee", "digest", "doc"],
        integers: &["ship_time", "record_time"],
        booleans: &[],
    },
    Shape {
        name: "channel_sighting",
        keys: &["id"],
        texts: &[
            "item",
            "gtin",
            "product",
            "serial",
            "kind",
            "location",
            "region",
            "province",
            "currency",
            "source",
            "item_event",
            "responsible",
            "verdict",
            "exception",
            "reasons",
        ],
        integers: &["sight_time", "price_micros", "record_time"],
        booleans: &["below_floor"],
    },
    Shape {
        name: "channel_signal",
        keys: &["id"],
        texts: &["kind", "distributor", "region", "product", "conflict", "doc"],
        integers: &["create_time", "update_time"],
        booleans: &[],
    },
    Shape {
        name: "channel_conflict",
        keys: &["id"],
        texts: &["accused", "state", "case_name", "doc"],
        integers: &["revision", "create_time", "update_time"],
        booleans: &[],
    },
];

const INDEXES: &[(&str, &str, &[&str])] = &[
    ("channel_event_by_time", "channel_event", &["tenant", "event_time"]),
    ("channel_movement_by_evidence", "channel_movement", &["tenant", "evidence"]),
    ("channel_movement_by_parent", "channel_movement", &["tenant", "parent"]),
    ("channel_movement_by_time", "channel_movement", &["tenant", "kind", "event_time"]),
    ("channel_shipment_by_time", "channel_shipment", &["tenant", "ship_time"]),
    ("channel_sighting_by_item", "channel_sighting", &["tenant", "item"]),
    ("channel_sighting_by_time", "channel_sighting", &["tenant", "sight_time"]),
    ("channel_sighting_by_event", "channel_sighting", &["tenant", "item_event"]),
    ("channel_signal_by_distributor", "channel_signal", &["tenant", "distributor"]),
    ("channel_conflict_by_accused", "channel_conflict", &["tenant", "accused"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = |name: &str| ColumnDef::new(name.to_owned()).not_null().to_owned();
        for shape in TABLES {
            let mut table = Table::create().table(shape.name.to_owned()).to_owned();
            let mut key = Index::create();
            for name in ["tenant"].iter().chain(shape.keys) {
                table.col(column(name).text());
                key.col((*name).to_owned());
            }
            for name in shape.texts {
                table.col(column(name).text());
            }
            for name in shape.integers {
                table.col(column(name).big_integer());
            }
            for name in shape.booleans {
                table.col(column(name).boolean());
            }
            manager.create_table(table.primary_key(&mut key).to_owned()).await?;
        }
        for (name, table, columns) in INDEXES {
            let mut index = Index::create().name(*name).table((*table).to_owned()).to_owned();
            for column in *columns {
                index.col((*column).to_owned());
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for shape in TABLES.iter().rev() {
            manager.drop_table(Table::drop().table(shape.name.to_owned()).to_owned()).await?;
        }
        Ok(())
    }
}
