//! Custody, territories, EPCIS events, detection and conflicts: pure decisions
