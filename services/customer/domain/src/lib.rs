//! Customers, grading, cases and the SLA clock: pure decisions
