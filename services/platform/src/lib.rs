//! What every service process stands on, one module a subject
