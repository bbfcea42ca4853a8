//! Prices of competitors: recorded with source and date, listed beside our own.

use super::{LIMITS, chosen_id, day, now, parsed, text, today};
use crate::server::Server;
use crate::store::competitor_price::{self as store, PriceDoc, entity};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::paging::{OrderField, OrderKind, PageRequest};
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use rust_decimal::Decimal;

pub(crate) async fn create(
    server: &Server,
    call: Call,
    asked: pb::CreateCompetitorPriceRequest,
) -> Result<pb::CompetitorPrice, Error> {
    let row = parsed(|wrong| {
        let id = chosen_id(&asked.competitor_price_id, "competitor_price_id", wrong);
        let given = wrong.required("competitor_price", asked.competitor_price.as_ref())?;
        wrong.within("competitor_price", |wrong| parse(&call, id, given, wrong))
    })?;
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let response = present(&row)?;
    store::insert(write.tx(), row).await?;
    write.commit(response).await
}

fn parse(
    call: &Call,
    id: String,
    given: &pb::CompetitorPrice,
    wrong: &mut Violations,
) -> Option<entity::Model> {
    let mut said = |field: &str, value: &str| {
        let value = value.trim().to_owned();
        if value.is_empty() || value.chars().count() > 200 {
            wrong.add(field, "must be 1 to 200 characters");
        }
        value
    };
    let (competitor, source) =
        (said("competitor", &given.competitor), said("source", &given.source));
    if !given.service_product.is_empty() {
        let pattern = "serviceProducts/{service_product}";
        wrong.take("service_product", name_segments::<1>(pattern, &given.service_product));
    }
    let region = (!given.region_code.is_empty())
        .then(|| wrong.take("region_code", RegionCode::parse(&given.region_code)));
    let price = wrong.required("annual_price", given.annual_price.as_ref());
    let price = price.and_then(|price| wrong.take("annual_price", wire::amount(price)));
    if price.is_some_and(|price| price.amount() <= Decimal::ZERO) {
        wrong.add("annual_price", "must be above 0");
    }
    let seen = wrong.required("observation_date", given.observation_date.as_ref());
    let seen = day("observation_date", seen, wrong);
    if seen.is_some_and(|seen| seen > today(call)) {
        wrong.add("observation_date", "must not lie in the future");
    }
    let doc = PriceDoc { annual_price: price?, source };
    Some(entity::Model {
        tenant: call.tenant().to_string(),
        id,
        competitor,
        service_product: given.service_product.clone(),
        region_code: region.flatten().map(|region| region.to_string()).unwrap_or_default(),
        observation_date: seen?.to_string(),
        doc: wrong.take("", store::document(&doc))?,
        create_time: now(call),
    })
}

fn present(row: &entity::Model) -> Result<pb::CompetitorPrice, StoreError> {
    let doc = row.document()?;
    let seen: jiff::civil::Date = row
        .observation_date
        .parse()
        .map_err(|cause| StoreError::corrupt("pricing_competitor_price", cause))?;
    Ok(pb::CompetitorPrice {
        name: format!("competitorPrices/{}", row.id),
        competitor: row.competitor.clone(),
        service_product: row.service_product.clone(),
        region_code: row.region_code.clone(),
        annual_price: Some(wire::money(doc.annual_price)),
        source: doc.source,
        observation_date: Some(wire::date(seen)),
    })
}

const ORDERS: [OrderField; 1] =
    [OrderField { name: "observation_date", column: "observation_date", kind: OrderKind::Text }];

pub(crate) async fn list(
    server: &Server,
    call: Call,
    asked: pb::ListCompetitorPricesRequest,
) -> Result<pb::ListCompetitorPricesResponse, Error> {
    let request = PageRequest {
        tenant: call.tenant(),
        method: "QuoteService/ListCompetitorPrices",
        page_size: asked.page_size,
        page_token: &asked.page_token,
        filter: &asked.filter,
        order_by: "observation_date desc",
        parent: "",
    };
    let fields = ["competitor", "service_product", "region_code"].map(text);
    let plan = server.pager.plan(&request, &fields, &ORDERS, &["id"], LIMITS)?;
    let fetched = plan.fetch(store::all(call.tenant()), server.home.read()).await;
    let (rows, next_page_token) = fetched.map_err(StoreError::from)?;
    let competitor_prices = rows.iter().map(present).collect::<Result<_, _>>()?;
    Ok(pb::ListCompetitorPricesResponse { competitor_prices, next_page_token })
}
