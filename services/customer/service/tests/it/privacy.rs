//! Personal data: sealed in every table, read in clear for a purpose, erased with its key; the audit log stays whole.

use super::{at, call, client, fields, furnish, li, on_both, reason, request_id};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::audit::verify;
use aftercare_platform::module::Context;
use aftercare_platform::testing::{Kind, TestSuite};
use aftercare_platform::transaction::Home;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use std::sync::{Arc, Mutex};
use tonic::Code;

on_both!(erasing_leaves_nothing_that_can_be_read_and_a_whole_log);
on_both!(reading_in_clear_needs_a_right_a_purpose_and_leaves_an_entry);
on_both!(an_export_holds_everything_of_the_customer);
on_both!(an_erased_person_is_not_taken_in_again);

const NAME: &str = "Zhao-Unmistakable";
const EMAIL: &str = "zhao.unmistakable@works.example";
/// Kept apart to find the company by, until the last contact that has it is erased.
const DOMAIN: &str = "works.example";
const PHONE: &str = "+86 138 7777 4321";

/// The service, and its database beside it.
async fn suite_and_home(kind: Kind) -> (TestSuite, Home) {
    let slot: Arc<Mutex<Option<Home>>> = Arc::default();
    let kept = slot.clone();
    let module = move |context: Context| {
        *kept.lock().unwrap() = Some(context.home.clone());
        aftercare_customer::module(context)
    };
    let service: (_, _, Box<dyn FnOnce(_) -> _ + Send>) =
        ("customer", aftercare_customer::migrations(), Box::new(module));
    let suite = TestSuite::start(kind, vec![service]).await.unwrap();
    let home = slot.lock().unwrap().take().unwrap();
    (suite, home)
}

fn zhao() -> pb::CreateContactRequest {
    pb::CreateContactRequest {
        parent: "customers/c1".to_owned(),
        contact: Some(pb::Contact {
            display_name: NAME.to_owned(),
            email: EMAIL.to_owned(),
            phone: PHONE.to_owned(),
            ..Default::default()
        }),
        contact_id: "zhao".to_owned(),
        request_id: request_id(),
    }
}

fn named() -> String {
    "customers/c1/contacts/zhao".to_owned()
}

/// Everything that the database holds, as bytes: the files of SQLite, the rows of PostgreSQL.
async fn everything(db: &DatabaseConnection) -> Vec<u8> {
    let backend = db.get_database_backend();
    if backend == sea_orm::DbBackend::Sqlite {
        let list = Statement::from_string(backend, "PRAGMA database_list");
        let file: String =
            db.query_one_raw(list).await.unwrap().unwrap().try_get("", "file").unwrap();
        let mut bytes = std::fs::read(&file).unwrap();
        bytes.extend(std::fs::read(format!("{file}-wal")).unwrap_or_default());
        return bytes;
    }
    let tables = "SELECT tablename::text AS t FROM pg_tables WHERE schemaname = current_schema()";
    let mut bytes = Vec::new();
    for row in db.query_all_raw(Statement::from_string(backend, tables)).await.unwrap() {
        let table: String = row.try_get("", "t").unwrap();
        let all = format!("SELECT coalesce(string_agg(x::text, '|'), '') AS t FROM \"{table}\" x");
        let row = db.query_one_raw(Statement::from_string(backend, all)).await.unwrap().unwrap();
        bytes.extend(row.try_get::<String>("", "t").unwrap().into_bytes());
    }
    bytes
}

/// Bytes of PostgreSQL are shown in hexadecimal.
fn holds(bytes: &[u8], text: &str) -> bool {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    [text.as_bytes(), hex.as_bytes()]
        .iter()
        .any(|needle| bytes.windows(needle.len()).any(|window| window == *needle))
}

async fn secret(db: &DatabaseConnection) -> Option<String> {
    let sql = "SELECT secret FROM customer_person_key";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    row.unwrap().map(|row| row.try_get("", "secret").unwrap())
}

async fn erasing_leaves_nothing_that_can_be_read_and_a_whole_log(kind: Kind) {
    let ((suite, home), call) = (suite_and_home(kind).await, li());
    furnish(&suite, &call).await;
    let mut contacts = client!(suite, &call, contact_service_client::ContactServiceClient);
    let create = zhao();
    let made = contacts.create_contact(create.clone()).await.unwrap().into_inner();
    // The same request again: made anew, since the answer is not kept.
    assert_eq!(contacts.create_contact(create).await.unwrap().into_inner(), made);
    let key = secret(home.read()).await.unwrap();
    let before = everything(home.read()).await;
    assert!(holds(&before, &key), "the search finds what is there");
    assert!(holds(&before, DOMAIN));
    for text in [NAME, EMAIL, PHONE] {
        assert!(!holds(&before, text), "{text} lies open before it is erased");
    }
    let mut privacy = client!(suite, &call, privacy_service_client::PrivacyServiceClient);
    let erase = pb::EraseContactRequest {
        name: named(),
        reason: "asked for it".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    let receipt = privacy.erase_contact(erase.clone()).await.unwrap().into_inner();
    assert_eq!(receipt.key_digest.len(), 64);
    assert_eq!(privacy.erase_contact(erase).await.unwrap().into_inner(), receipt);
    let after = everything(home.read()).await;
    for text in [NAME, EMAIL, PHONE, DOMAIN, &key] {
        assert!(!holds(&after, text), "{text} is still there");
    }
    let get = pb::GetContactRequest { name: named() };
    let gone = contacts.get_contact(get).await.unwrap().into_inner();
    assert_eq!((gone.display_name.as_str(), gone.email.as_str()), ("erased", ""));
    let found = verify(home.read()).await.unwrap();
    assert_eq!(found.breaks, Vec::new());
    assert!(found.entries >= 4, "{found:?}");
}

async fn reading_in_clear_needs_a_right_a_purpose_and_leaves_an_entry(kind: Kind) {
    let ((suite, home), call) = (suite_and_home(kind).await, li());
    furnish(&suite, &call).await;
    let mut contacts = client!(suite, &call, contact_service_client::ContactServiceClient);
    contacts.create_contact(zhao()).await.unwrap();
    let mut privacy = client!(suite, &call, privacy_service_client::PrivacyServiceClient);
    let unmask =
        |purpose: &str| pb::UnmaskContactRequest { name: named(), purpose: purpose.to_owned() };
    let status = privacy.unmask_contact(unmask(" ")).await.unwrap_err();
    assert_eq!(
        (status.code(), fields(&status)),
        (Code::InvalidArgument, vec!["purpose".to_owned()])
    );
    let before = verify(home.read()).await.unwrap().entries;
    let clear = privacy.unmask_contact(unmask("call back about the leak")).await.unwrap();
    let clear = clear.into_inner();
    assert_eq!(clear.contact.unwrap().email, EMAIL);
    let sql = format!(
        "SELECT note FROM platform_audit WHERE entry_id = '{}' AND principal = 'li'",
        clear.access_log_entry
    );
    let row = Statement::from_string(home.read().get_database_backend(), sql);
    let row = home.read().query_one_raw(row).await.unwrap().unwrap();
    assert_eq!(row.try_get::<String>("", "note").unwrap(), "call back about the leak");
    // By right of the role as well, and that is noted too.
    let get = || pb::GetContactRequest { name: named() };
    assert_eq!(contacts.get_contact(get()).await.unwrap().into_inner().email, EMAIL);
    assert_eq!(verify(home.read()).await.unwrap().entries, before + 2);
    let mut agent = call.clone();
    agent.caller.roles = vec!["agent".to_owned()];
    let mut theirs = client!(suite, &agent, contact_service_client::ContactServiceClient);
    let masked = theirs.get_contact(get()).await.unwrap().into_inner();
    assert_eq!((masked.display_name.as_str(), masked.masked), ("Z**", true));
    let mut theirs = client!(suite, &agent, privacy_service_client::PrivacyServiceClient);
    let refused = theirs.unmask_contact(unmask("curious")).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let rival = super::call("rival", "li", "2026-02-24T12:00:00+08");
    let mut theirs = client!(suite, &rival, privacy_service_client::PrivacyServiceClient);
    let refused = theirs.unmask_contact(unmask("curious")).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

async fn an_export_holds_everything_of_the_customer(kind: Kind) {
    let ((suite, _home), li) = (suite_and_home(kind).await, li());
    furnish(&suite, &li).await;
    let mut contacts = client!(suite, &li, contact_service_client::ContactServiceClient);
    contacts.create_contact(zhao()).await.unwrap();
    let mut customers = client!(suite, &li, customer_service_client::CustomerServiceClient);
    let propose = pb::ProposeFitRequest {
        name: "customers/c1".to_owned(),
        fit: pb::Fit::Harmful.into(),
        reason: "threatens staff".to_owned(),
        expire_time: at("2026-05-01T00:00:00+08"),
        ..Default::default()
    };
    customers.propose_fit(propose).await.unwrap();
    let wang = call("demo", "wang", "2026-02-25T12:00:00+08");
    let mut hers = client!(suite, &wang, customer_service_client::CustomerServiceClient);
    let approve = pb::ApproveFitRequest { name: "customers/c1".to_owned(), ..Default::default() };
    hers.approve_fit(approve).await.unwrap();
    let mut privacy = client!(suite, &li, privacy_service_client::PrivacyServiceClient);
    let export = pb::ExportPersonalDataRequest {
        name: "customers/c1".to_owned(),
        purpose: "the customer asked".to_owned(),
    };
    let all = privacy.export_personal_data(export).await.unwrap().into_inner();
    assert_eq!(all.customer.unwrap().name, "customers/c1");
    assert_eq!(all.contacts[0].phone, PHONE);
    assert_eq!(all.fit_reason, "threatens staff");
    let empty = pb::ExportPersonalDataRequest::default();
    let status = privacy.export_personal_data(empty).await.unwrap_err();
    assert_eq!(fields(&status), ["name", "purpose"]);
}

async fn an_erased_person_is_not_taken_in_again(kind: Kind) {
    let ((suite, _home), call) = (suite_and_home(kind).await, li());
    furnish(&suite, &call).await;
    let mut contacts = client!(suite, &call, contact_service_client::ContactServiceClient);
    let made = contacts.create_contact(zhao()).await.unwrap().into_inner();
    let mut privacy = client!(suite, &call, privacy_service_client::PrivacyServiceClient);
    let erase = |etag: &str| pb::EraseContactRequest {
        name: named(),
        reason: "asked for it".to_owned(),
        etag: etag.to_owned(),
        request_id: request_id(),
    };
    let stale = privacy.erase_contact(erase("\"9\"")).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    let mute = pb::EraseContactRequest { reason: String::new(), ..erase("") };
    assert_eq!(fields(&privacy.erase_contact(mute).await.unwrap_err()), ["reason"]);
    privacy.erase_contact(erase(&made.etag)).await.unwrap();
    let twice = privacy.erase_contact(erase("")).await.unwrap_err();
    assert_eq!(
        (twice.code(), reason(&twice)),
        (Code::FailedPrecondition, "CONTACT_ERASED".to_owned())
    );
    let import = pb::UpdateContactRequest {
        contact: Some(pb::Contact { etag: String::new(), ..made }),
        allow_missing: true,
        request_id: request_id(),
        ..Default::default()
    };
    let refused = contacts.update_contact(import).await.unwrap_err();
    assert_eq!(reason(&refused), "CONTACT_ERASED");
}
