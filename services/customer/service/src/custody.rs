//! Who had machines before their owners, by the channel's chain of custody, through its own API.

use crate::handler::Actor;
use crate::server::Server;
use crate::store;
use aftercare_api::aftercare::channel::v1 as channel;
use aftercare_api::aftercare::channel::v1::custody_service_client::CustodyServiceClient;
use aftercare_customer_domain::campaign::{Holder, HolderSource};
use aftercare_platform::identity::Call;
use aftercare_platform::status::{Error, to_status};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;
use tonic::Status;

/// Chains of custody of machines.
#[derive(Debug, Default)]
pub(crate) struct Custody {
    /// Whether the channel answered.
    pub known: bool,
    chains: BTreeMap<String, Vec<Holder>>,
}

/// Items of one request to the channel.
const BATCH: usize = 1000;
/// How long the channel has for each.
const TIMEOUT: Duration = Duration::from_secs(5);

impl Custody {
    /// Who had the machine; nobody if nothing is known of it.
    pub fn chain(&self, asset: &str) -> Vec<Holder> {
        self.chains.get(asset).cloned().unwrap_or_default()
    }

    /// Asks for every machine of a campaign that has a GTIN. A channel that is away or late leaves custody unknown: owners
    /// are told all the same.
    pub async fn of_campaign(server: &Server, call: &Call, name: &str) -> Result<Self, Error> {
        let actor: &Actor = &server.actor(call);
        let db = server.home.read();
        let Some(id) = name.strip_prefix("campaigns/") else { return Ok(Self::default()) };
        let items = store::campaign_item::all(db, &actor.tenant, id).await?;
        let ids: Vec<String> = items.into_iter().map(|item| item.id).collect();
        let mut links = Vec::with_capacity(ids.len());
        for owned in store::asset::find_all(db, &actor.tenant, &ids).await? {
            let asset = &owned.asset.value;
            if let Some(link) = digital_link(&asset.gtin, &asset.serial_number) {
                links.push((owned.asset.id, link));
            }
        }
        // With no machine that the channel could know nothing was asked, and nothing is known.
        let mut custody = Self { known: !links.is_empty(), chains: BTreeMap::new() };
        for batch in links.chunks(BATCH) {
            match tokio::time::timeout(TIMEOUT, ask(server, call, batch)).await {
                Ok(Ok(answer)) => custody.add(batch, &answer),
                Ok(Err(status)) => {
                    tracing::warn!(code = ?status.code(), "the channel does not tell custody");
                    return Ok(Self::default());
                }
                Err(_) => {
                    tracing::warn!("the channel is too late to tell custody");
                    return Ok(Self::default());
                }
            }
        }
        Ok(custody)
    }

    fn add(&mut self, batch: &[(String, String)], answer: &[channel::Custody]) {
        for ((asset, _), custody) in batch.iter().zip(answer) {
            let held: Vec<(&str, Option<Timestamp>)> = custody
                .steps
                .iter()
                .filter(|step| !step.to.is_empty())
                .map(|step| (step.to.as_str(), step.time.as_ref().and_then(at)))
                .collect();
            let mut chain: Vec<Holder> = Vec::with_capacity(held.len());
            for (holder, start) in held {
                if chain.last().is_some_and(|last| last.holder == holder) {
                    continue;
                }
                if let Some(last) = chain.last_mut() {
                    last.end = start;
                }
                let (holder, source) = (holder.to_owned(), HolderSource::Custody);
                chain.push(Holder { holder, start, end: None, source });
            }
            self.chains.insert(asset.clone(), chain);
        }
    }
}

fn at(wire: &prost_types::Timestamp) -> Option<Timestamp> {
    aftercare_platform::wire::instant(wire).ok()
}

async fn ask(
    server: &Server,
    call: &Call,
    batch: &[(String, String)],
) -> Result<Vec<channel::Custody>, Status> {
    let link = server.links.to("channel", call);
    let link = link.map_err(|error| to_status(&Error::from(error)))?;
    let items = batch.iter().map(|(_, link)| link.clone()).collect();
    let request = channel::BatchGetCustodyRequest { items, as_of: None };
    let answer = CustodyServiceClient::new(link).batch_get_custody(request).await?;
    Ok(answer.into_inner().custodies)
}

/// The machine as GS1 Digital Link; none without a GTIN or serial.
fn digital_link(gtin: &str, serial: &str) -> Option<String> {
    let digits = gtin.trim();
    let sound = matches!(digits.len(), 8 | 12..=14) && digits.bytes().all(|b| b.is_ascii_digit());
    if !sound || serial.is_empty() {
        return None;
    }
    let encoded: String = serial
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    Some(format!("https://id.gs1.org/01/{digits:0>14}/21/{encoded}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_named_as_the_channel_names_it() {
        let link = digital_link("9521234202011", "A/1");
        assert_eq!(link.as_deref(), Some("https://id.gs1.org/01/09521234202011/21/A%2F1"));
        assert_eq!(digital_link("", "A1"), None);
        assert_eq!(digital_link("95212342020x1", "A1"), None);
    }

    #[test]
    fn a_chain_ends_each_holder_where_the_next_begins() {
        let step = |to: &str, seconds| channel::CustodyStep {
            to: to.to_owned(),
            time: Some(prost_types::Timestamp { seconds, nanos: 0 }),
            ..Default::default()
        };
        let steps = vec![
            step("distributors/a", 10),
            step("distributors/a", 15),
            step("distributors/b", 20),
        ];
        let mut custody = Custody::default();
        let answer = [channel::Custody { steps, ..Default::default() }];
        custody.add(&[("zj-1".to_owned(), String::new())], &answer);
        let chain = custody.chain("zj-1");
        let seen: Vec<_> = chain.iter().map(|held| (held.holder.as_str(), held.end)).collect();
        let end = Timestamp::from_second(20).unwrap();
        assert_eq!(seen, [("distributors/a", Some(end)), ("distributors/b", None)]);
        assert!(custody.chain("zj-2").is_empty());
    }
}
