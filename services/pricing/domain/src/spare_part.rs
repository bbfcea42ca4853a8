//! Spare parts: demand, stock, the repairable pool, and what a pool does to the books.

pub mod demand;
pub mod installed_base;
pub mod metric;
pub mod pool;
pub mod repairable;
pub mod stock;
