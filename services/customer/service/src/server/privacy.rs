//! Personal data: every reading in clear leaves an entry in the audit log, with its purpose.

use super::Server;
use crate::handler::privacy;
use crate::store::person_key;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::identity::Call;
use aftercare_platform::module::answer;
use aftercare_platform::status::Error;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::privacy_service_server::PrivacyService for Server {
    async fn unmask_contact(
        &self,
        request: Request<pb::UnmaskContactRequest>,
    ) -> Result<Response<pb::UnmaskedContact>, Status> {
        answer(request, |call, asked| unmask(self, call, asked)).await
    }

    async fn export_personal_data(
        &self,
        request: Request<pb::ExportPersonalDataRequest>,
    ) -> Result<Response<pb::PersonalDataExport>, Status> {
        answer(request, |call, asked| export(self, call, asked)).await
    }

    async fn erase_contact(
        &self,
        request: Request<pb::EraseContactRequest>,
    ) -> Result<Response<pb::ErasureReceipt>, Status> {
        answer(request, |call, asked| erase(self, call, asked)).await
    }
}

async fn unmask(
    server: &Server,
    call: Call,
    asked: pb::UnmaskContactRequest,
) -> Result<pb::UnmaskedContact, Error> {
    let mut write = server.home.write(&call, "", &asked).await?;
    let contact = privacy::unmask(write.tx(), &server.actor(&call), &asked).await?;
    write.note(&asked.purpose);
    let access_log_entry = write.entry_id().to_owned();
    write
        .commit(pb::UnmaskedContact {
            contact: Some(contact),
            purpose: asked.purpose,
            access_log_entry,
        })
        .await
}

async fn export(
    server: &Server,
    call: Call,
    asked: pb::ExportPersonalDataRequest,
) -> Result<pb::PersonalDataExport, Error> {
    let mut write = server.home.write(&call, "", &asked).await?;
    let export = privacy::export(write.tx(), &server.actor(&call), &asked).await?;
    write.note(&asked.purpose);
    write.commit(export).await
}

async fn erase(
    server: &Server,
    call: Call,
    asked: pb::EraseContactRequest,
) -> Result<pb::ErasureReceipt, Error> {
    let mut write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let outcome = privacy::erase(write.tx(), &server.actor(&call), &asked).await?;
    write.note(&asked.reason);
    let receipt = write.commit(outcome.response).await?;
    // The key is destroyed; what is left of its bytes beside the tables goes with the next chance if not now.
    if let Err(error) = person_key::sweep(server.home.read()).await {
        tracing::warn!(error = %error, "traces of a destroyed key are swept later");
    }
    Ok(receipt)
}

/// Notes that personal data was read in clear by right of a role.
pub(super) async fn note_reading<M: prost::Message>(
    server: &Server,
    call: &Call,
    asked: &M,
) -> Result<(), Error> {
    if server.actor(call).personal {
        let mut write = server.home.write(call, "", asked).await?;
        write.note("read in clear by right of a role");
        write.commit(()).await?;
    }
    Ok(())
}
