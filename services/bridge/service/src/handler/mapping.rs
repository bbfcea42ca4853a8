//! Mappings: shown, and tried without writing.

use aftercare_api::aftercare::bridge::v1 as pb;
use aftercare_bridge_domain::mapping::{Mapping, Outcome, resource_id};
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_platform::{identity::Call, module::answer, status::Error};
use aftercare_plugin::wire::ReadRequest;
use tonic::{Request, Response, Status};

use super::connection::{load, mapping_text, open};
use crate::{
    Bridge,
    convert::{catalogue, entity::shown, record::record},
};

/// Records of a preview that names no number.
const DEFAULT_RECORDS: i32 = 10;
/// The most records of a preview.
const MAX_RECORDS: i32 = 1_000;

#[tonic::async_trait]
impl pb::mapping_service_server::MappingService for Bridge {
    async fn get_mapping(
        &self,
        request: Request<pb::GetMappingRequest>,
    ) -> Result<Response<pb::Mapping>, Status> {
        answer(request, |call, message| get(self, call, message)).await
    }

    async fn preview_mapping(
        &self,
        request: Request<pb::PreviewMappingRequest>,
    ) -> Result<Response<pb::PreviewMappingResponse>, Status> {
        answer(request, |call, message| preview(self, call, message)).await
    }
}

async fn get(
    bridge: &Bridge,
    call: Call,
    request: pb::GetMappingRequest,
) -> Result<pb::Mapping, Error> {
    let connection = request.name.strip_suffix("/mapping");
    let connection = connection.ok_or_else(|| {
        Invalid::field("name", "must have the form connections/{connection}/mapping")
    })?;
    let row = load(bridge, &call, connection).await?;
    let (document, adapter_default) = mapping_text(bridge, &row)?;
    Ok(pb::Mapping { name: request.name, document, adapter_default })
}

async fn preview(
    bridge: &Bridge,
    call: Call,
    request: pb::PreviewMappingRequest,
) -> Result<pb::PreviewMappingResponse, Error> {
    let mut wrong = Violations::new();
    if request.stream.is_empty() {
        wrong.add("stream", "is required");
    }
    if request.max_records < 0 {
        wrong.add("max_records", "must not be negative");
    }
    wrong.finish()?;
    let row = load(bridge, &call, &request.connection).await?;
    let text =
        if request.mapping.is_empty() { mapping_text(bridge, &row)?.0 } else { request.mapping };
    let mapping = Mapping::compile(&text, catalogue::entity)?;
    let asked = if request.max_records == 0 { DEFAULT_RECORDS } else { request.max_records };
    let max_records = asked.min(MAX_RECORDS).unsigned_abs();
    let (instance, _) = open(bridge, &row).await?;
    let stream = request.stream;
    let read = ReadRequest { stream: stream.clone(), cursor: Vec::new(), max_records };
    let batch = instance.read(read).await?;
    let mut records = Vec::new();
    for found in batch.records.into_iter().map(record) {
        for (_, rule) in mapping.rules(&stream) {
            let mut previewed = pb::PreviewedRecord {
                key: found.key.clone(),
                entity: rule.entity.clone(),
                resource_id: resource_id(&found.key),
                ..pb::PreviewedRecord::default()
            };
            match rule.map(&found) {
                Outcome::Skipped => previewed.skipped = true,
                Outcome::Entity(entity) => {
                    let id = entity.name.rsplit('/').next();
                    previewed.resource_id = id.unwrap_or_default().to_owned();
                    previewed.fields = Some(shown(&entity.fields));
                }
                Outcome::Faulty(faults) => {
                    let told = faults
                        .into_iter()
                        .map(|fault| format!("{}: {}", fault.field, fault.description));
                    previewed.faults = told.collect();
                }
            }
            records.push(previewed);
        }
    }
    Ok(pb::PreviewMappingResponse { records })
}
