//! Customers, what they are owed, and their contacts.

use super::privacy::note_reading;
use super::{Server, read, write};
use crate::handler::{contact, customer, entitlement, fit_review, list, merge, relationship, site};
use crate::view360;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::status::to_status;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::customer_service_server::CustomerService for Server {
    async fn get_customer(
        &self,
        request: Request<pb::GetCustomerRequest>,
    ) -> Result<Response<pb::Customer>, Status> {
        read!(self, request, |db, actor, asked| customer::get(db, actor, asked))
    }

    async fn list_customers(
        &self,
        request: Request<pb::ListCustomersRequest>,
    ) -> Result<Response<pb::ListCustomersResponse>, Status> {
        read!(self, request, |db, actor, asked| list::customers(db, &self.pager, actor, asked))
    }

    async fn create_customer(
        &self,
        request: Request<pb::CreateCustomerRequest>,
    ) -> Result<Response<pb::Customer>, Status> {
        write!(self, request, |db, actor, asked| customer::create(db, actor, asked))
    }

    async fn update_customer(
        &self,
        request: Request<pb::UpdateCustomerRequest>,
    ) -> Result<Response<pb::Customer>, Status> {
        write!(self, request, |db, actor, asked| customer::upsert_one(db, actor, asked))
    }

    async fn batch_update_customers(
        &self,
        request: Request<pb::BatchUpdateCustomersRequest>,
    ) -> Result<Response<pb::BatchUpdateCustomersResponse>, Status> {
        write!(self, request, |db, actor, asked| customer::batch(db, actor, asked))
    }

    async fn delete_customer(
        &self,
        request: Request<pb::DeleteCustomerRequest>,
    ) -> Result<Response<()>, Status> {
        write!(self, request, |db, actor, asked| customer::delete(db, actor, asked))
    }

    async fn lookup_customer(
        &self,
        request: Request<pb::LookupCustomerRequest>,
    ) -> Result<Response<pb::Customer>, Status> {
        read!(self, request, |db, actor, asked| customer::lookup(db, actor, asked))
    }

    async fn merge_customer(
        &self,
        request: Request<pb::MergeCustomerRequest>,
    ) -> Result<Response<pb::Customer>, Status> {
        write!(self, request, |db, actor, asked| merge::merge(db, actor, asked))
    }

    async fn unmerge_customer(
        &self,
        request: Request<pb::UnmergeCustomerRequest>,
    ) -> Result<Response<pb::Customer>, Status> {
        write!(self, request, |db, actor, asked| merge::unmerge(db, actor, asked))
    }

    async fn review_relationship(
        &self,
        request: Request<pb::ReviewRelationshipRequest>,
    ) -> Result<Response<pb::Customer>, Status> {
        write!(self, request, |db, actor, asked| relationship::review_relationship(
            db, actor, asked
        ))
    }

    async fn propose_fit(
        &self,
        request: Request<pb::ProposeFitRequest>,
    ) -> Result<Response<pb::FitProposal>, Status> {
        write!(self, request, |db, actor, asked| relationship::propose_fit(db, actor, asked))
    }

    async fn approve_fit(
        &self,
        request: Request<pb::ApproveFitRequest>,
    ) -> Result<Response<pb::Customer>, Status> {
        write!(self, request, |db, actor, asked| relationship::approve(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn list_fit_reviews(
        &self,
        request: Request<pb::ListFitReviewsRequest>,
    ) -> Result<Response<pb::ListFitReviewsResponse>, Status> {
        read!(self, request, |db, actor, asked| fit_review::list(db, &self.pager, actor, asked))
    }

    async fn get_entitlement(
        &self,
        request: Request<pb::GetEntitlementRequest>,
    ) -> Result<Response<pb::Entitlement>, Status> {
        read!(self, request, |db, actor, asked| entitlement::get(db, actor, asked))
    }

    async fn list_entitlements(
        &self,
        request: Request<pb::ListEntitlementsRequest>,
    ) -> Result<Response<pb::ListEntitlementsResponse>, Status> {
        read!(self, request, |db, actor, asked| list::entitlements(db, &self.pager, actor, asked))
    }

    async fn get_customer360(
        &self,
        request: Request<pb::GetCustomer360Request>,
    ) -> Result<Response<pb::Customer360>, Status> {
        let call = aftercare_platform::module::call_of(&request)?;
        let view = view360::gather(self, &call, &request.into_inner()).await;
        aftercare_platform::status::respond(view)
    }
}

/// A write of contacts: its answer is remembered by names alone, and made again when the request comes again.
macro_rules! write_contacts {
    ($server:ident, $request:ident, $handler:path, $shape:ident) => {{
        let call = aftercare_platform::module::call_of(&$request)?;
        let asked = $request.into_inner();
        let actor = $server.actor(&call);
        let result: Result<_, aftercare_platform::status::Error> = async {
            let write = $server.home.write(&call, &asked.request_id, &asked).await?;
            if let Some(kept) = write.replayed()? {
                drop(write);
                let names = $shape::list(kept);
                let again = contact::again($server.home.read(), &actor, names).await?;
                return Ok($shape::answer(again));
            }
            let answer = $handler(write.tx(), &actor, &asked).await?.response;
            let kept = $shape::list(answer.clone()).iter().map(contact::nameless).collect();
            write.commit_remembering(&$shape::answer(kept)).await?;
            Ok(answer)
        }
        .await;
        aftercare_platform::status::respond(result)
    }};
}

/// An answer of one contact.
mod one {
    use super::pb;

    pub(super) fn list(answer: pb::Contact) -> Vec<pb::Contact> {
        vec![answer]
    }

    pub(super) fn answer(mut all: Vec<pb::Contact>) -> pb::Contact {
        all.pop().unwrap_or_default()
    }
}

/// An answer of many contacts.
mod many {
    use super::pb;

    pub(super) fn list(answer: pb::BatchUpdateContactsResponse) -> Vec<pb::Contact> {
        answer.contacts
    }

    pub(super) const fn answer(contacts: Vec<pb::Contact>) -> pb::BatchUpdateContactsResponse {
        pb::BatchUpdateContactsResponse { contacts }
    }
}

#[tonic::async_trait]
impl pb::contact_service_server::ContactService for Server {
    async fn get_site(
        &self,
        request: Request<pb::GetSiteRequest>,
    ) -> Result<Response<pb::Site>, Status> {
        read!(self, request, |db, actor, asked| site::get(db, actor, asked))
    }

    async fn list_sites(
        &self,
        request: Request<pb::ListSitesRequest>,
    ) -> Result<Response<pb::ListSitesResponse>, Status> {
        read!(self, request, |db, actor, asked| list::sites(db, &self.pager, actor, asked))
    }

    async fn create_site(
        &self,
        request: Request<pb::CreateSiteRequest>,
    ) -> Result<Response<pb::Site>, Status> {
        write!(self, request, |db, actor, asked| site::create(db, actor, asked))
    }

    async fn update_site(
        &self,
        request: Request<pb::UpdateSiteRequest>,
    ) -> Result<Response<pb::Site>, Status> {
        write!(self, request, |db, actor, asked| site::update(db, actor, asked))
    }

    async fn delete_site(
        &self,
        request: Request<pb::DeleteSiteRequest>,
    ) -> Result<Response<()>, Status> {
        write!(self, request, |db, actor, asked| site::delete(db, actor, asked))
    }

    async fn get_contact(
        &self,
        request: Request<pb::GetContactRequest>,
    ) -> Result<Response<pb::Contact>, Status> {
        let call = aftercare_platform::module::call_of(&request)?;
        note_reading(self, &call, request.get_ref()).await.map_err(|error| to_status(&error))?;
        read!(self, request, |db, actor, asked| contact::get(db, actor, asked))
    }

    async fn list_contacts(
        &self,
        request: Request<pb::ListContactsRequest>,
    ) -> Result<Response<pb::ListContactsResponse>, Status> {
        let call = aftercare_platform::module::call_of(&request)?;
        note_reading(self, &call, request.get_ref()).await.map_err(|error| to_status(&error))?;
        read!(self, request, |db, actor, asked| list::contacts(db, &self.pager, actor, asked))
    }

    async fn create_contact(
        &self,
        request: Request<pb::CreateContactRequest>,
    ) -> Result<Response<pb::Contact>, Status> {
        write_contacts!(self, request, contact::create, one)
    }

    async fn update_contact(
        &self,
        request: Request<pb::UpdateContactRequest>,
    ) -> Result<Response<pb::Contact>, Status> {
        write_contacts!(self, request, contact::upsert_one, one)
    }

    async fn batch_update_contacts(
        &self,
        request: Request<pb::BatchUpdateContactsRequest>,
    ) -> Result<Response<pb::BatchUpdateContactsResponse>, Status> {
        write_contacts!(self, request, contact::batch, many)
    }

    async fn delete_contact(
        &self,
        request: Request<pb::DeleteContactRequest>,
    ) -> Result<Response<()>, Status> {
        write!(self, request, |db, actor, asked| contact::delete(db, actor, asked))
    }
}
