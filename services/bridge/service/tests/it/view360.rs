//! Customer 360 with connected systems: a real one, one that contradicts it, one that hangs and one that is gone.

use aftercare_api::aftercare::{customer::v1 as customer, r#type::v1::ExternalKey};
use customer::customer_service_client::CustomerServiceClient;

use crate::suite::{KINDS, Setting, start};

const MAPPING: &str = r#"
version = 1
[[live]]
stream = "accounts"
[live.fields]
open_orders = "orders"
open_invoices = "invoices"
receivable_total = "receivables"
credit_limit = "limit"
display_name = "name"
"#;

async fn create_customer(setting: &Setting) {
    let key = |system: &str, key: &str| ExternalKey {
        system: format!("connections/{system}"),
        key: key.to_owned(),
    };
    let keys = [key("erp", "C1"), key("crm", "77"), key("counter", "1"), key("gone", "C1")];
    let request = customer::CreateCustomerRequest {
        customer: Some(customer::Customer {
            display_name: "Hengfa".to_owned(),
            external_keys: keys.to_vec(),
            ..Default::default()
        }),
        customer_id: "c1".to_owned(),
        request_id: String::new(),
    };
    CustomerServiceClient::new(setting.to("customer")).create_customer(request).await.unwrap();
}

async fn view(setting: &Setting) -> customer::Customer360 {
    let request = customer::GetCustomer360Request {
        name: "customers/c1".to_owned(),
        source_timeout: Some(prost_types::Duration { seconds: 2, nanos: 0 }),
        ..Default::default()
    };
    let mut client = CustomerServiceClient::new(setting.to("customer"));
    client.get_customer360(request).await.unwrap().into_inner()
}

fn values<'a>(fields: &'a [customer::LiveField], name: &str) -> Vec<(&'a str, &'a str)> {
    let source =
        |field: &'a customer::LiveField| field.provenance.as_ref().unwrap().source.as_str();
    let named = fields.iter().filter(|field| field.field == name);
    named.map(|field| (source(field), field.value.as_str())).collect()
}

#[tokio::test]
async fn live_fields_come_with_source_and_age_and_who_is_late_or_gone_is_named() {
    for kind in KINDS {
        let setting = start(kind).await;
        let header = "no,name,orders,invoices,receivables,limit\n";
        let folder = |line: &str| {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("accounts.csv"), format!("{header}{line}\n"))
                .unwrap();
            folder
        };
        let erp = folder("C1,Hengfa,3,2,48000.50,100000");
        let crm = folder("77,Heng Fa,3.0,,,80000");
        let gone = folder("C1,Hengfa,9,9,9,9");
        setting.connect_as("erp", erp.path(), MAPPING).await;
        setting.connect_as("crm", crm.path(), MAPPING).await;
        setting.connect_as("gone", gone.path(), MAPPING).await;
        setting.connect_counter(&["-DAC_COUNTER_HANG=4"], MAPPING).await;
        drop(gone);
        create_customer(&setting).await;
        let seen = view(&setting).await;
        assert_eq!(
            values(&seen.live_fields, "receivable_total"),
            [("connections/erp", "48000.50")]
        );
        assert_eq!(values(&seen.live_fields, "open_invoices"), [("connections/erp", "2")]);
        let source = seen.live_fields[0].provenance.as_ref().unwrap();
        assert!(source.record.starts_with("accounts/"));
        let at = source.observe_time.unwrap().seconds - setting.call.now.as_second();
        assert!((0..60).contains(&at), "{at}");
        // 3 and 3.0 are no conflict; two limits are; and neither is taken for the right one.
        let conflicts: Vec<&str> =
            seen.field_conflicts.iter().map(|conflict| conflict.field.as_str()).collect();
        assert_eq!(conflicts, ["credit_limit", "display_name"]);
        let mut limits = values(&seen.field_conflicts[0].values, "credit_limit");
        limits.sort_unstable();
        assert_eq!(limits, [("connections/crm", "80000"), ("connections/erp", "100000")]);
        let names = values(&seen.field_conflicts[1].values, "display_name");
        assert!(
            names.contains(&("customer", "Hengfa"))
                && names.contains(&("connections/crm", "Heng Fa"))
        );
        let mut missing: Vec<_> = seen
            .missing_sources
            .iter()
            .filter(|missing| missing.source.starts_with("connections/"))
            .map(|missing| (missing.source.as_str(), missing.reason()))
            .collect();
        missing.sort_unstable_by_key(|(source, _)| *source);
        let expected = [
            ("connections/counter", customer::MissingReason::Deadline),
            ("connections/gone", customer::MissingReason::Unavailable),
        ];
        assert_eq!(missing, expected);
        // A system that stops answering takes its values along: what it said before is not shown again.
        std::fs::remove_file(erp.path().join("accounts.csv")).unwrap();
        let after = view(&setting).await;
        assert_eq!(values(&after.live_fields, "receivable_total"), []);
        assert!(after.missing_sources.iter().any(|missing| missing.source == "connections/erp"));
    }
}
