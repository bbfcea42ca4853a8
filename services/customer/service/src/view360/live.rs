//! Live fields of connected systems, read by the bridge: each system within its own time, and what is late is missing.

use super::{Actor, ask};
use crate::server::Server;
use crate::store::Stored;
use aftercare_api::aftercare::adapter::v1::{Record, Value, value::Kind};
use aftercare_api::aftercare::bridge::v1 as bridge;
use aftercare_api::aftercare::bridge::v1::connection_service_client::ConnectionServiceClient;
use aftercare_api::aftercare::bridge::v1::lookup_service_client::LookupServiceClient;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Provenance;
use aftercare_customer_domain::customer::Customer;
use aftercare_platform::identity::Call;
use aftercare_platform::status::{Error, to_status};
use aftercare_platform::wire;
use futures::future::join_all;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tonic::{Request, Status};

/// As many connections as a view looks at.
const MOST: i32 = 1000;

/// What connected systems said, who answered, and who did not.
#[derive(Default)]
pub(super) struct Live {
    pub fields: Vec<pb::LiveField>,
    pub reports: Vec<pb::SourceReport>,
    pub missing: Vec<pb::MissingSource>,
}

/// How long a system has, and how old an answer may be.
type Limits = (Duration, prost_types::Duration);

/// Asks every connected system that knows the customer, all at the same time.
pub(super) async fn read(
    server: &Server,
    call: &Call,
    (customer, (timeout, max_age)): (&Stored<Customer>, Limits),
) -> Live {
    let (began, actor) = (Instant::now(), &server.actor(call));
    let connections = match ask(("bridge", timeout), actor, connections(server, call)).await {
        Ok((connections, report)) => {
            let live = Live { reports: vec![report], ..Live::default() };
            (connections, live)
        }
        Err(missing) => return Live { missing: vec![missing], ..Live::default() },
    };
    let (connections, mut live) = connections;
    let left = timeout.saturating_sub(began.elapsed());
    let keys = &customer.value.external_keys;
    let asked = connections.iter().filter(|connection| !connection.live_streams.is_empty());
    let asked = asked.filter_map(|connection| {
        let key = keys.iter().find(|key| key.system == connection.name)?;
        Some(one(server, call, (connection, &key.key), actor, (left, max_age)))
    });
    for answer in join_all(asked).await {
        match answer {
            Ok((fields, report)) => {
                live.fields.extend(fields);
                live.reports.push(report);
            }
            Err(missing) => live.missing.push(missing),
        }
    }
    live
}

async fn connections(server: &Server, call: &Call) -> Result<Vec<bridge::Connection>, Status> {
    let link = server.links.to("bridge", call);
    let link = link.map_err(|error| to_status(&Error::from(error)))?;
    let request = bridge::ListConnectionsRequest { page_size: MOST, ..Default::default() };
    let answer = ConnectionServiceClient::new(link).list_connections(request).await?;
    Ok(answer.into_inner().connections)
}

/// What one system says, within its time.
async fn one(
    server: &Server,
    call: &Call,
    (connection, key): (&bridge::Connection, &str),
    actor: &Actor,
    (timeout, max_age): Limits,
) -> Result<(Vec<pb::LiveField>, pb::SourceReport), pb::MissingSource> {
    let source = (connection.name.as_str(), timeout);
    let asked = looked_up(server, call, (connection, key), (timeout, max_age));
    let (fields, mut report) = ask(source, actor, asked).await?;
    // As fresh as the oldest of what it gave, which may have been kept for a while.
    let observed = |field: &pb::LiveField| field.provenance.as_ref().and_then(|p| p.observe_time);
    let oldest = fields.iter().filter_map(observed).min_by_key(|at| (at.seconds, at.nanos));
    report.observe_time = oldest.or(report.observe_time);
    Ok((fields, report))
}

async fn looked_up(
    server: &Server,
    call: &Call,
    (connection, key): (&bridge::Connection, &str),
    (timeout, max_age): Limits,
) -> Result<Vec<pb::LiveField>, Status> {
    let link = server.links.to("bridge", call);
    let mut client =
        LookupServiceClient::new(link.map_err(|error| to_status(&Error::from(error)))?);
    let began = Instant::now();
    let mut found = Vec::new();
    for stream in &connection.live_streams {
        let mut request = Request::new(bridge::LookupRecordsRequest {
            connection: connection.name.clone(),
            stream: stream.stream.clone(),
            keys: vec![key.to_owned()],
            max_age: Some(max_age),
        });
        request.set_timeout(timeout.saturating_sub(began.elapsed()));
        let answer = client.lookup_records(request).await?.into_inner();
        for seen in &answer.records {
            let Some(record) = &seen.record else { continue };
            found.extend(fields(&connection.name, stream, (record, seen.observe_time)));
        }
    }
    Ok(found)
}

/// The columns of a record that say something, under their canonical names.
fn fields(
    connection: &str,
    stream: &bridge::LiveStream,
    (record, observe_time): (&Record, Option<prost_types::Timestamp>),
) -> Vec<pb::LiveField> {
    let one = |column: &bridge::LiveColumn| {
        let field = record.fields.iter().find(|field| field.name == column.column)?;
        Some(pb::LiveField {
            field: column.field.clone(),
            value: field.value.as_ref().and_then(text).filter(|text| !text.is_empty())?,
            provenance: Some(Provenance {
                source: connection.to_owned(),
                record: format!("{}/{}", stream.stream, record.key),
                observe_time,
            }),
        })
    };
    if record.tombstone { Vec::new() } else { stream.columns.iter().filter_map(one).collect() }
}

/// A single value as text; none for null, bytes, lists and records.
fn text(value: &Value) -> Option<String> {
    match value.kind.as_ref()? {
        Kind::Text(text) => Some(text.trim().to_owned()),
        Kind::Boolean(yes) => Some(yes.to_string()),
        Kind::Integer(number) => Some(number.to_string()),
        Kind::Decimal(decimal) => Some(decimal.value.clone()),
        Kind::Date(date) => wire::civil_date(date).ok().map(|date| date.to_string()),
        Kind::Timestamp(at) => wire::instant(at).ok().map(|at| at.to_string()),
        Kind::Blob(_) | Kind::List(_) | Kind::Record(_) => None,
    }
}

/// Fields on which sources differ: connected systems among each other, and from what we hold ourselves.
pub(super) fn conflicts(
    customer: &Stored<Customer>,
    fields: &[pb::LiveField],
) -> Vec<pb::FieldConflict> {
    let mut by_name: BTreeMap<&str, Vec<pb::LiveField>> = BTreeMap::new();
    for field in fields {
        by_name.entry(&field.field).or_default().push(field.clone());
    }
    let mut found = Vec::new();
    for (name, mut values) in by_name {
        values.extend(ours(customer, name));
        let differ = values.windows(2).any(|pair| !alike(&pair[0].value, &pair[1].value));
        if differ {
            found.push(pb::FieldConflict { field: name.to_owned(), values });
        }
    }
    found
}

/// What we hold ourselves under the name; none where we hold nothing.
fn ours(customer: &Stored<Customer>, name: &str) -> Option<pb::LiveField> {
    let value = &customer.value;
    let text = match name {
        "display_name" => value.display_name.clone(),
        "legal_name" => value.legal_name.clone(),
        "uscc" => value.uscc.as_ref()?.to_string(),
        "vat_id" => value.vat_id.as_ref()?.to_string(),
        "duns" => value.duns.as_ref()?.to_string(),
        "region_code" => value.region.as_ref()?.to_string(),
        _ => return None,
    };
    let provenance = Provenance {
        source: "customer".to_owned(),
        record: format!("customers/{}", customer.id),
        observe_time: Some(wire::timestamp(customer.updated)),
    };
    (!text.is_empty()).then(|| pb::LiveField {
        field: name.to_owned(),
        value: text,
        provenance: Some(provenance),
    })
}

/// Whether two texts say the same: as numbers where both are numbers.
fn alike(one: &str, other: &str) -> bool {
    match (one.parse::<Decimal>(), other.parse::<Decimal>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers_and_texts_as_texts() {
        for (one, other, same) in [
            ("100000", "100000.00", true),
            ("1", "1.01", false),
            ("A", "A", true),
            ("A", "a", false),
            ("", "0", false),
        ] {
            assert_eq!(alike(one, other), same, "{one} {other}");
        }
    }
}
