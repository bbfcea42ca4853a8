//! Tables of the channel service: entities, migrations and finders, every one of them within a tenant.

pub(crate) mod migration;
