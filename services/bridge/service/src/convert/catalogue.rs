//! Which RPC of which service takes which canonical entity.

use std::{collections::BTreeMap, sync::LazyLock};

use aftercare_bridge_domain::mapping::EntitySchema;
use prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor};

use super::schema::schema;

/// How a batch of one entity is written.
pub(crate) struct Target {
    /// The service of ours: `customer`.
    pub(crate) service: &'static str,
    /// The RPC: `/aftercare.customer.v1.CustomerService/BatchUpdateCustomers`.
    pub(crate) path: String,
    /// The resource.
    pub(crate) resource: MessageDescriptor,
    /// The batch request.
    pub(crate) batch: MessageDescriptor,
    /// The field of the batch request that holds the elements.
    pub(crate) elements: FieldDescriptor,
    /// The request of one resource; none where the batch holds the resources themselves.
    pub(crate) request: Option<MessageDescriptor>,
    /// What a mapping may write.
    pub(crate) entity: EntitySchema,
}

/// Entity, our service, gRPC service, batch verb, resource, name shape.
type Line = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const LINES: &[Line] = &[
    ("party", "customer", "CustomerService", "BatchUpdateCustomers", "Customer", "customers/{}"),
    (
        "contact",
        "customer",
        "ContactService",
        "BatchUpdateContacts",
        "Contact",
        "customers/{}/contacts/{}",
    ),
    ("asset", "customer", "AssetService", "BatchUpdateAssets", "Asset", "customers/{}/assets/{}"),
    (
        "work_order",
        "customer",
        "WorkOrderService",
        "BatchUpdateWorkOrders",
        "WorkOrder",
        "workOrders/{}",
    ),
    ("product", "pricing", "CatalogueService", "BatchUpdateProducts", "Product", "products/{}"),
    ("part", "pricing", "CatalogueService", "BatchUpdateParts", "Part", "parts/{}"),
    (
        "rate_card",
        "pricing",
        "CatalogueService",
        "BatchUpdateRateCards",
        "RateCard",
        "rateCards/{}",
    ),
    (
        "channel_product",
        "channel",
        "PolicyService",
        "BatchUpdateProducts",
        "Product",
        "products/{}",
    ),
    (
        "price_policy",
        "channel",
        "PolicyService",
        "BatchUpdatePricePolicies",
        "PricePolicy",
        "pricePolicies/{}",
    ),
    (
        "rebate_plan",
        "channel",
        "PolicyService",
        "BatchUpdateRebatePlans",
        "RebatePlan",
        "rebatePlans/{}",
    ),
    (
        "distributor",
        "channel",
        "DistributorService",
        "BatchUpdateDistributors",
        "Distributor",
        "distributors/{}",
    ),
    (
        "location",
        "channel",
        "DistributorService",
        "BatchUpdateLocations",
        "Location",
        "locations/{}",
    ),
    (
        "territory",
        "channel",
        "TerritoryService",
        "BatchUpdateTerritories",
        "Territory",
        "territories/{}",
    ),
    (
        "territory_agreement",
        "channel",
        "TerritoryService",
        "BatchUpdateTerritoryAgreements",
        "TerritoryAgreement",
        "territoryAgreements/{}",
    ),
    (
        "territory_exception",
        "channel",
        "TerritoryService",
        "BatchUpdateTerritoryExceptions",
        "TerritoryException",
        "territoryExceptions/{}",
    ),
    ("shipment", "channel", "CaptureService", "BatchRecordShipments", "Shipment", "shipments/{}"),
];

static TARGETS: LazyLock<BTreeMap<&'static str, Target>> = LazyLock::new(|| {
    let Ok(pool) = DescriptorPool::decode(aftercare_api::FILE_DESCRIPTOR_SET) else {
        return BTreeMap::new();
    };
    LINES.iter().filter_map(|line| Some((line.0, target(&pool, line)?))).collect()
});

fn target(pool: &DescriptorPool, line: &Line) -> Option<Target> {
    let (_, service, grpc, verb, resource, shape) = *line;
    let package = format!("aftercare.{service}.v1");
    let message = |name: &str| pool.get_message_by_name(&format!("{package}.{name}"));
    let resource_message = message(resource)?;
    let batch = message(&format!("{verb}Request"))?;
    let elements = batch.fields().find(FieldDescriptor::is_list)?;
    Some(Target {
        service,
        path: format!("/{package}.{grpc}/{verb}"),
        elements,
        batch,
        request: verb
            .starts_with("BatchUpdate")
            .then(|| message(&format!("Update{resource}Request")))
            .flatten(),
        entity: EntitySchema { name_shape: shape.to_owned(), schema: schema(&resource_message) },
        resource: resource_message,
    })
}

/// How the entity of that name is written.
pub(crate) fn find(entity: &str) -> Option<&'static Target> {
    TARGETS.get(entity)
}

/// What a mapping may write of the entity of that name.
pub(crate) fn entity(name: &str) -> Option<&'static EntitySchema> {
    find(name).map(|target| &target.entity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_names_an_rpc_and_messages_that_exist() {
        let pool = DescriptorPool::decode(aftercare_api::FILE_DESCRIPTOR_SET).unwrap();
        for line in LINES {
            let target = find(line.0).unwrap_or_else(|| panic!("{} has no target", line.0));
            let (service, method) = target.path[1..].split_once('/').unwrap();
            let service = pool.get_service_by_name(service).unwrap();
            let method = service.methods().find(|m| m.name() == method).unwrap();
            assert_eq!(method.input().full_name(), target.batch.full_name());
            let element = match target.elements.kind() {
                prost_reflect::Kind::Message(element) => element,
                other => panic!("{}: {other:?}", line.0),
            };
            assert_eq!(element, target.request.clone().unwrap_or_else(|| target.resource.clone()));
            assert!(target.batch.get_field_by_name("request_id").is_some(), "{}", line.0);
            if let Some(request) = &target.request {
                // AIP-134: field 1 of an update request is the resource.
                assert_eq!(
                    request.get_field(1).unwrap().kind().as_message(),
                    Some(&target.resource)
                );
                assert!(request.get_field_by_name("allow_missing").is_some(), "{}", line.0);
            }
            assert!(target.entity.schema.kind("name").is_none());
        }
    }

    #[test]
    fn the_csv_adapters_default_mapping_fits_the_services() {
        let text = include_str!("../../../../../plugins/csv/src/mapping.toml");
        let compiled = aftercare_bridge_domain::mapping::Mapping::compile(text, entity);
        let mapping = compiled.unwrap();
        let mut streams = mapping.streams();
        streams.sort_unstable();
        let world = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/world/erp");
        let mut files: Vec<_> = std::fs::read_dir(world)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        files.sort_unstable();
        assert_eq!(streams, files);
    }

    #[test]
    fn output_only_fields_cannot_be_mapped() {
        let party = &find("party").unwrap().entity.schema;
        assert!(party.kind("uscc").is_some());
        assert!(party.kind("grade").is_none() && party.kind("create_time").is_none());
    }
}
