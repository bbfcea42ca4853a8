//! The condition "after this row" for any mix of ascending and descending columns.

use super::{KeyValue, OrderKind};
use crate::filter::column;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, Order, Value};

/// One column of the whole order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) column: &'static str,
    /// Unknown of the unique columns, whose values are taken as they were.
    pub(super) kind: Option<OrderKind>,
    pub(super) descending: bool,
}

impl Key {
    pub(super) const fn order(&self) -> Order {
        if self.descending { Order::Desc } else { Order::Asc }
    }

    fn beyond(&self, value: Value) -> Expr {
        let column = column(self.column);
        if self.descending { column.lt(value) } else { column.gt(value) }
    }

    fn beyond_or_at(&self, value: Value) -> Expr {
        let column = column(self.column);
        if self.descending { column.lte(value) } else { column.gte(value) }
    }
}

/// Rows after the one with these values; as many values as keys.
pub(super) fn after(keys: &[Key], values: &[KeyValue]) -> Condition {
    let values: Vec<Value> = values.iter().map(to_value).collect();
    let one_way = keys.windows(2).all(|pair| pair[0].descending == pair[1].descending);
    if one_way && keys.len() > 1 {
        // A row comparison, because both databases walk an index along it.
        let columns = Expr::tuple(keys.iter().map(|key| column(key.column)));
        let row = Expr::tuple(values.into_iter().map(Expr::val));
        let descending = keys.first().is_some_and(|key| key.descending);
        let beyond = if descending { columns.lt(row) } else { columns.gt(row) };
        return Condition::all().add(beyond);
    }
    let mut pairs = keys.iter().zip(values).rev();
    let Some((key, value)) = pairs.next() else {
        return Condition::all();
    };
    let mut condition = Condition::all().add(key.beyond(value));
    for (key, value) in pairs {
        // The outer bound says nothing new, but it is what an index on the column can use.
        let tied = Condition::any().add(key.beyond(value.clone())).add(condition);
        condition = Condition::all().add(key.beyond_or_at(value)).add(tied);
    }
    condition
}

fn to_value(value: &KeyValue) -> Value {
    match value {
        KeyValue::Text(text) => text.as_str().into(),
        KeyValue::Integer(number) => (*number).into(),
    }
}
