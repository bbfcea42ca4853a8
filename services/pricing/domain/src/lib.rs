//! Failure models, aggregate cost, quotes and concessions: pure mathematics
