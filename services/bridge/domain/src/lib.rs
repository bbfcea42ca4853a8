//! Manifests, mappings and sync decisions: pure
