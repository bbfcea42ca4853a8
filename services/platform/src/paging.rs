//! Keyset pages of lists: a plan made from the request, applied to a select, and the token of the next page.
//!
//! A page begins after the last row of the page before it, by the values of the ordering columns, so
//! that depth costs nothing and rows that come or go between pages shift no others. Ordering columns
//! must be NOT NULL; the order of text is that of the column's collation.
//!
//! ```text
//! let plan = pager.plan(&request, FILTER_FIELDS, ORDER_FIELDS, &["id"], PageLimits::default())?;
//! let (cases, next_page_token) = plan.fetch(store::case::find(tenant), db).await?;
//! ```

mod keyset;
mod order;
mod token;

use crate::filter::{self, FilterField};
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_kernel::ids::TenantId;
use sea_orm::{
    Condition, ConnectionTrait, DbErr, EntityTrait, ModelTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Value,
};
use serde::{Deserialize, Serialize};
use std::fmt;

use keyset::Key;

/// How many rows a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimits {
    /// Rows of a page where the request asks for 0.
    pub default: u32,
    /// The most rows of a page; a request for more gets this many.
    pub max: u32,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self { default: 50, max: 1000 }
    }
}

/// How an ordering column is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderKind {
    /// TEXT, also dates.
    Text,
    /// INTEGER or BIGINT, also instants and amounts.
    Integer,
}

/// One field that a list can be ordered by.
#[derive(Debug, Clone, Copy)]
pub struct OrderField {
    /// Path on the wire: `create_time`.
    pub name: &'static str,
    /// Column, NOT NULL; qualified by its table where a join makes that necessary.
    pub column: &'static str,
    /// How it is stored.
    pub kind: OrderKind,
}

/// The value of one ordering column in a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KeyValue {
    /// Of a TEXT column.
    #[serde(rename = "t")]
    Text(String),
    /// Of an INTEGER or BIGINT column.
    #[serde(rename = "i")]
    Integer(i64),
}

/// The fields of a list request that decide its page.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest<'a> {
    /// Whose list; from the caller's identity.
    pub tenant: &'a TenantId,
    /// The method, so that no token passes from one list to another: `CaseService/ListCases`.
    pub method: &'a str,
    /// As asked; 0 for the default.
    pub page_size: i32,
    /// From the page before; empty for the first.
    pub page_token: &'a str,
    /// See [`crate::filter`].
    pub filter: &'a str,
    /// `create_time desc, name`; empty for the order of the unique key.
    pub order_by: &'a str,
    /// The collection's parent; empty where there is none.
    pub parent: &'a str,
}

/// Makes plans; holds the key that page tokens are signed by.
#[derive(Clone)]
pub struct Pager {
    key: [u8; 32],
}

impl fmt::Debug for Pager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pager { key: *** }")
    }
}

impl Pager {
    /// With the server's key. Replicas need the same key; a new key ends the walks that are under way.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The plan of one page.
    ///
    /// `unique` names the columns that, within the tenant and parent, tell any two rows apart. They are
    /// appended to every order.
    ///
    /// # Errors
    /// [`Invalid`] naming all that is wrong of `filter`, `order_by`, `page_size` and `page_token`.
    pub fn plan(
        &self,
        request: &PageRequest<'_>,
        fields: &[FilterField],
        orders: &[OrderField],
        unique: &[&'static str],
        limits: PageLimits,
    ) -> Result<Plan, Invalid> {
        let mut wrong = Violations::new();
        let plan = self.plan_into(&mut wrong, request, fields, orders, unique, limits);
        wrong.finish()?;
        plan.ok_or_else(|| Invalid::field("page_token", "cannot be used"))
    }

    /// As [`Pager::plan`], for a request that has more fields to check: notes what is wrong.
    pub fn plan_into(
        &self,
        wrong: &mut Violations,
        request: &PageRequest<'_>,
        fields: &[FilterField],
        orders: &[OrderField],
        unique: &[&'static str],
        limits: PageLimits,
    ) -> Option<Plan> {
        let filter = wrong.take("filter", condition(request.filter, fields));
        let keys = wrong.take("order_by", order::parse(request.order_by, orders, unique));
        let rows = wrong.take("page_size", page_size(request.page_size, limits));
        let token = wrong.take("page_token", token::open(&self.key, request.page_token));
        let keys = keys?;
        let digest = token::digest(request, &keys);
        let after = match token? {
            None => None,
            Some(cursor) => {
                Some(wrong.take("page_token", token::position(cursor, &digest, &keys))?)
            }
        };
        Some(Plan { rows: rows?, filter: filter?, keys, after, digest, key: self.key })
    }
}

fn condition(text: &str, fields: &[FilterField]) -> Result<Option<Condition>, filter::FilterError> {
    filter::parse(text)?.map(|filter| filter.condition(fields)).transpose()
}

#[derive(Debug, thiserror::Error)]
#[error("must not be negative")]
struct NegativePageSize;

fn page_size(asked: i32, limits: PageLimits) -> Result<usize, NegativePageSize> {
    let asked = u32::try_from(asked).map_err(|_| NegativePageSize)?;
    let rows = if asked == 0 { limits.default } else { asked };
    Ok(rows.min(limits.max).max(1) as usize)
}

/// One page of a list: which rows, in which order, after which.
#[derive(Clone)]
pub struct Plan {
    rows: usize,
    filter: Option<Condition>,
    keys: Vec<Key>,
    after: Option<Vec<KeyValue>>,
    digest: String,
    key: [u8; 32],
}

impl Plan {
    /// The most rows of this page.
    #[must_use]
    pub const fn page_size(&self) -> usize {
        self.rows
    }

    /// The rows to ask the database for: one more than the page holds, to learn whether another follows.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.rows as u64 + 1
    }

    /// Filters, orders and limits a select that is already scoped to the tenant and parent.
    #[must_use]
    pub fn apply<E: EntityTrait>(&self, mut select: Select<E>) -> Select<E> {
        if let Some(filter) = &self.filter {
            select = select.filter(filter.clone());
        }
        if let Some(after) = &self.after {
            select = select.filter(keyset::after(&self.keys, after));
        }
        for key in &self.keys {
            select = select.order_by(filter::column(key.column), key.order());
        }
        select.limit(self.limit())
    }

    /// The rows of the page and the token of the next, empty after the last page.
    ///
    /// `rows` are what the applied select gave; `key` reads the named ordering column of a row.
    #[must_use]
    pub fn finish<M>(
        &self,
        mut rows: Vec<M>,
        key: impl Fn(&M, &'static str) -> KeyValue,
    ) -> (Vec<M>, String) {
        let token = self.last_before_more(&rows).map_or_else(String::new, |last| {
            self.token_after(self.keys.iter().map(|k| key(last, k.column)).collect())
        });
        rows.truncate(self.rows);
        (rows, token)
    }

    /// As [`Plan::finish`] for a list that is computed and not stored: `rows` are all there are, in the ascending order
    /// of the plan's columns.
    #[must_use]
    pub fn finish_computed<M>(
        &self,
        mut rows: Vec<M>,
        key: impl Fn(&M, &'static str) -> KeyValue,
    ) -> (Vec<M>, String) {
        if let Some(after) = &self.after {
            let beyond =
                |row: &M| self.keys.iter().map(|k| key(row, k.column)).gt(after.iter().cloned());
            rows.retain(beyond);
        }
        self.finish(rows, key)
    }

    /// As [`Plan::finish`] for whole models, whose ordering columns are read by name.
    ///
    /// # Errors
    /// [`DbErr::Type`] if an ordering column is no column of the entity, or NULL, or of a type that
    /// nothing is ordered by.
    pub fn finish_models<M: ModelTrait>(
        &self,
        mut rows: Vec<M>,
    ) -> Result<(Vec<M>, String), DbErr> {
        let token = match self.last_before_more(&rows) {
            None => String::new(),
            Some(last) => {
                let values: Result<_, _> =
                    self.keys.iter().map(|key| model_value(last, key.column)).collect();
                self.token_after(values?)
            }
        };
        rows.truncate(self.rows);
        Ok((rows, token))
    }

    /// Runs the applied select: the rows of the page and the token of the next.
    ///
    /// # Errors
    /// The database's, and those of [`Plan::finish_models`].
    pub async fn fetch<E, C>(
        &self,
        select: Select<E>,
        db: &C,
    ) -> Result<(Vec<E::Model>, String), DbErr>
    where
        E: EntityTrait,
        E::Model: ModelTrait<Entity = E>,
        C: ConnectionTrait,
    {
        self.finish_models(self.apply(select).all(db).await?)
    }

    fn last_before_more<'m, M>(&self, rows: &'m [M]) -> Option<&'m M> {
        if rows.len() > self.rows { rows.get(self.rows.saturating_sub(1)) } else { None }
    }

    fn token_after(&self, values: Vec<KeyValue>) -> String {
        token::seal(&self.key, &self.digest, values)
    }
}

fn model_value<M: ModelTrait>(row: &M, column: &'static str) -> Result<KeyValue, DbErr> {
    let name = column.rsplit('.').next().unwrap_or(column);
    let wrong = |what: &str| DbErr::Type(format!("ordering column {column} {what}"));
    let column = name
        .parse::<<M::Entity as EntityTrait>::Column>()
        .map_err(|_| wrong("is not a column of the entity"))?;
    match row.get(column) {
        Value::String(Some(text)) => Ok(KeyValue::Text(text)),
        Value::BigInt(Some(number)) => Ok(KeyValue::Integer(number)),
        Value::Int(Some(number)) => Ok(KeyValue::Integer(number.into())),
        Value::SmallInt(Some(number)) => Ok(KeyValue::Integer(number.into())),
        _ => Err(wrong("is neither text nor an integer")),
    }
}

#[cfg(test)]
mod tests;
