//! The catalogue's methods: the same four for each of its four kinds.

use super::Server;
use crate::handler::catalogue;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::catalogue_service_server::CatalogueService for Server {
    async fn get_service_product(
        &self,
        request: Request<pb::GetServiceProductRequest>,
    ) -> Result<Response<pb::ServiceProduct>, Status> {
        answer(request, |call, asked| catalogue::get(self, call, asked.name)).await
    }

    async fn list_service_products(
        &self,
        request: Request<pb::ListServiceProductsRequest>,
    ) -> Result<Response<pb::ListServiceProductsResponse>, Status> {
        answer(request, async |call, asked| {
            let page = catalogue::Page {
                size: asked.page_size,
                token: &asked.page_token,
                filter: &asked.filter,
                order_by: &asked.order_by,
            };
            let (service_products, next_page_token) = catalogue::list(self, &call, page).await?;
            Ok(pb::ListServiceProductsResponse { service_products, next_page_token })
        })
        .await
    }

    async fn update_service_product(
        &self,
        request: Request<pb::UpdateServiceProductRequest>,
    ) -> Result<Response<pb::ServiceProduct>, Status> {
        answer(request, |call, asked| catalogue::update(self, call, asked)).await
    }

    async fn batch_update_service_products(
        &self,
        request: Request<pb::BatchUpdateServiceProductsRequest>,
    ) -> Result<Response<pb::BatchUpdateServiceProductsResponse>, Status> {
        answer(request, |call, asked| catalogue::batch_update(self, call, asked)).await
    }

    async fn delete_service_product(
        &self,
        request: Request<pb::DeleteServiceProductRequest>,
    ) -> Result<Response<()>, Status> {
        answer(request, async |call, asked| {
            let which = (asked.name.as_str(), asked.etag.as_str(), asked.request_id.as_str());
            catalogue::delete::<pb::ServiceProduct>(self, &call, &asked, which).await
        })
        .await
    }

    async fn get_product(
        &self,
        request: Request<pb::GetProductRequest>,
    ) -> Result<Response<pb::Product>, Status> {
        answer(request, |call, asked| catalogue::get(self, call, asked.name)).await
    }

    async fn list_products(
        &self,
        request: Request<pb::ListProductsRequest>,
    ) -> Result<Response<pb::ListProductsResponse>, Status> {
        answer(request, async |call, asked| {
            let page = catalogue::Page {
                size: asked.page_size,
                token: &asked.page_token,
                filter: &asked.filter,
                order_by: &asked.order_by,
            };
            let (products, next_page_token) = catalogue::list(self, &call, page).await?;
            Ok(pb::ListProductsResponse { products, next_page_token })
        })
        .await
    }

    async fn update_product(
        &self,
        request: Request<pb::UpdateProductRequest>,
    ) -> Result<Response<pb::Product>, Status> {
        answer(request, |call, asked| catalogue::update(self, call, asked)).await
    }

    async fn batch_update_products(
        &self,
        request: Request<pb::BatchUpdateProductsRequest>,
    ) -> Result<Response<pb::BatchUpdateProductsResponse>, Status> {
        answer(request, |call, asked| catalogue::batch_update(self, call, asked)).await
    }

    async fn delete_product(
        &self,
        request: Request<pb::DeleteProductRequest>,
    ) -> Result<Response<()>, Status> {
        answer(request, async |call, asked| {
            let which = (asked.name.as_str(), asked.etag.as_str(), asked.request_id.as_str());
            catalogue::delete::<pb::Product>(self, &call, &asked, which).await
        })
        .await
    }

    async fn get_part(
        &self,
        request: Request<pb::GetPartRequest>,
    ) -> Result<Response<pb::Part>, Status> {
        answer(request, |call, asked| catalogue::get(self, call, asked.name)).await
    }

    async fn list_parts(
        &self,
        request: Request<pb::ListPartsRequest>,
    ) -> Result<Response<pb::ListPartsResponse>, Status> {
        answer(request, async |call, asked| {
            let page = catalogue::Page {
                size: asked.page_size,
                token: &asked.page_token,
                filter: &asked.filter,
                order_by: &asked.order_by,
            };
            let (parts, next_page_token) = catalogue::list(self, &call, page).await?;
            Ok(pb::ListPartsResponse { parts, next_page_token })
        })
        .await
    }

    async fn update_part(
        &self,
        request: Request<pb::UpdatePartRequest>,
    ) -> Result<Response<pb::Part>, Status> {
        answer(request, |call, asked| catalogue::update(self, call, asked)).await
    }

    async fn batch_update_parts(
        &self,
        request: Request<pb::BatchUpdatePartsRequest>,
    ) -> Result<Response<pb::BatchUpdatePartsResponse>, Status> {
        answer(request, |call, asked| catalogue::batch_update(self, call, asked)).await
    }

    async fn delete_part(
        &self,
        request: Request<pb::DeletePartRequest>,
    ) -> Result<Response<()>, Status> {
        answer(request, async |call, asked| {
            let which = (asked.name.as_str(), asked.etag.as_str(), asked.request_id.as_str());
            catalogue::delete::<pb::Part>(self, &call, &asked, which).await
        })
        .await
    }

    async fn get_rate_card(
        &self,
        request: Request<pb::GetRateCardRequest>,
    ) -> Result<Response<pb::RateCard>, Status> {
        answer(request, |call, asked| catalogue::get(self, call, asked.name)).await
    }

    async fn list_rate_cards(
        &self,
        request: Request<pb::ListRateCardsRequest>,
    ) -> Result<Response<pb::ListRateCardsResponse>, Status> {
        answer(request, async |call, asked| {
            let page = catalogue::Page {
                size: asked.page_size,
                token: &asked.page_token,
                filter: &asked.filter,
                order_by: &asked.order_by,
            };
            let (rate_cards, next_page_token) = catalogue::list(self, &call, page).await?;
            Ok(pb::ListRateCardsResponse { rate_cards, next_page_token })
        })
        .await
    }

    async fn update_rate_card(
        &self,
        request: Request<pb::UpdateRateCardRequest>,
    ) -> Result<Response<pb::RateCard>, Status> {
        answer(request, |call, asked| catalogue::update(self, call, asked)).await
    }

    async fn batch_update_rate_cards(
        &self,
        request: Request<pb::BatchUpdateRateCardsRequest>,
    ) -> Result<Response<pb::BatchUpdateRateCardsResponse>, Status> {
        answer(request, |call, asked| catalogue::batch_update(self, call, asked)).await
    }

    async fn delete_rate_card(
        &self,
        request: Request<pb::DeleteRateCardRequest>,
    ) -> Result<Response<()>, Status> {
        answer(request, async |call, asked| {
            let which = (asked.name.as_str(), asked.etag.as_str(), asked.request_id.as_str());
            catalogue::delete::<pb::RateCard>(self, &call, &asked, which).await
        })
        .await
    }
}
