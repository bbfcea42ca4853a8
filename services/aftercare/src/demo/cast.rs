//! Who acts in the story, with the role that each holds; and when. Development mode takes both from headers.

/// Somebody who calls the suite.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// As the suite records it.
    pub principal: &'static str,
    /// One role of `proto/permissions.toml`.
    pub role: &'static str,
}

const fn person(principal: &'static str, role: &'static str) -> Person {
    Person { principal, role }
}

/// Runs the suite: plugins, connections, syncs.
pub const OPERATOR: Person = person("operator", "admin");
/// Leads after-sales service: grades.
pub const SERVICE_MANAGER: Person = person("service-manager", "manager");
/// Answers the phone: cases, quotes, the customer view.
pub const AGENT: Person = person("agent-e108", "agent");
/// Goes to the customer: findings.
pub const ENGINEER: Person = person("engineer-e305", "engineer");
/// Leads pricing: failure models.
pub const PRICING_DIRECTOR: Person = person("pricing-director", "director");
/// A repository that sends documents.
pub const REPOSITORY: Person = person("epcis-repository", "integration");
/// Leads the channel: detection, conflicts.
pub const CHANNEL_MANAGER: Person = person("channel-manager", "manager");
/// Decides sanctions.
pub const SALES_DIRECTOR: Person = person("sales-director", "director");
/// The second person that a supply hold needs.
pub const MANAGING_DIRECTOR: Person = person("managing-director", "director");

/// The first working day after the export: grading, pricing, the customer view.
pub const AFTER_EXPORT: &str = "2026-03-02T09:00:00+08:00";
/// The autumn's documents are in: detection.
pub const NEW_YEAR: &str = "2026-01-05T09:00:00+08:00";
/// The accused answers.
pub const HEARING: &str = "2026-01-12T15:00:00+08:00";
/// The conflict is confirmed and decided.
pub const DECISION: &str = "2026-01-15T10:00:00+08:00";
