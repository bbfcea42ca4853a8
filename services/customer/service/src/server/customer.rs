//! Customers, what they are owed, and their contacts.

use super::{Server, read, write};
use crate::handler::{contact, customer, entitlement, list};
use crate::view360;
use aftercare_api::aftercare::customer::v1 as pb;
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

#[tonic::async_trait]
impl pb::contact_service_server::ContactService for Server {
    async fn get_contact(
        &self,
        request: Request<pb::GetContactRequest>,
    ) -> Result<Response<pb::Contact>, Status> {
        read!(self, request, |db, actor, asked| contact::get(db, actor, asked))
    }

    async fn list_contacts(
        &self,
        request: Request<pb::ListContactsRequest>,
    ) -> Result<Response<pb::ListContactsResponse>, Status> {
        read!(self, request, |db, actor, asked| list::contacts(db, &self.pager, actor, asked))
    }

    async fn create_contact(
        &self,
        request: Request<pb::CreateContactRequest>,
    ) -> Result<Response<pb::Contact>, Status> {
        write!(self, request, |db, actor, asked| contact::create(db, actor, asked))
    }

    async fn update_contact(
        &self,
        request: Request<pb::UpdateContactRequest>,
    ) -> Result<Response<pb::Contact>, Status> {
        write!(self, request, |db, actor, asked| contact::upsert_one(db, actor, asked))
    }

    async fn batch_update_contacts(
        &self,
        request: Request<pb::BatchUpdateContactsRequest>,
    ) -> Result<Response<pb::BatchUpdateContactsResponse>, Status> {
        write!(self, request, |db, actor, asked| contact::batch(db, actor, asked))
    }

    async fn delete_contact(
        &self,
        request: Request<pb::DeleteContactRequest>,
    ) -> Result<Response<()>, Status> {
        write!(self, request, |db, actor, asked| contact::delete(db, actor, asked))
    }
}
