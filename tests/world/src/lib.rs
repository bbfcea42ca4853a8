//! The sample world: its seeded generator and what is in it
