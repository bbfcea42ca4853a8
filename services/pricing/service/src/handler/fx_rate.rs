//! Exchange rates: entered with source and day, listed, used by quotes.

use super::{LIMITS, chosen_id, day, now, parsed, today};
use crate::convert::fx_rate::present;
use crate::server::Server;
use crate::store::fx_rate::{self as store, entity};
use crate::store::instant;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::paging::{OrderField, OrderKind, PageRequest};
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::fx::FxRate;
use rust_decimal::Decimal;

pub(crate) async fn create(
    server: &Server,
    call: Call,
    asked: pb::CreateFxRateRequest,
) -> Result<pb::FxRate, Error> {
    let row = parsed(|wrong| {
        let id = chosen_id(&asked.fx_rate_id, "fx_rate_id", wrong);
        let given = wrong.required("fx_rate", asked.fx_rate.as_ref())?;
        wrong.within("fx_rate", |wrong| parse(&call, id, given, wrong))
    })?;
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let response = shown(&row)?;
    store::insert(write.tx(), row).await?;
    write.commit(response).await
}

/// Digits after the point that a rate may have.
const DIGITS: u32 = 12;

fn parse(
    call: &Call,
    id: String,
    given: &pb::FxRate,
    wrong: &mut Violations,
) -> Option<entity::Model> {
    let from = wrong.take("from_currency_code", Currency::parse(&given.from_currency_code));
    let to = wrong.take("to_currency_code", Currency::parse(&given.to_currency_code));
    if from.is_some() && from == to {
        wrong.add("to_currency_code", "must be another currency");
    }
    let rate = wrong.required("rate", given.rate.as_ref());
    let rate = rate.and_then(|rate| wrong.take("rate", wire::exact(rate)));
    let most = Decimal::from(1_000_000_000);
    let sound =
        |rate: Decimal| rate > Decimal::ZERO && rate <= most && rate.normalize().scale() <= DIGITS;
    if rate.is_some_and(|rate| !sound(rate)) {
        wrong.add("rate", "must be above 0, at most 1,000,000,000, of twelve decimals at most");
    }
    let source = given.source.trim();
    if source.is_empty() || source.chars().count() > 200 {
        wrong.add("source", "must be 1 to 200 characters");
    }
    let of = wrong.required("rate_date", given.rate_date.as_ref());
    let of = day("rate_date", of, wrong);
    if of.is_some_and(|of| of > today(call)) {
        wrong.add("rate_date", "must not lie in the future");
    }
    Some(entity::Model {
        tenant: call.tenant().to_string(),
        id,
        from_currency: from?.code().to_owned(),
        to_currency: to?.code().to_owned(),
        rate: rate?.normalize().to_string(),
        source: source.to_owned(),
        rate_date: of?.to_string(),
        create_time: now(call),
    })
}

fn shown(row: &entity::Model) -> Result<pb::FxRate, StoreError> {
    let entered = instant("pricing_fx_rate", row.create_time)?;
    Ok(pb::FxRate {
        create_time: Some(wire::timestamp(entered)),
        ..present(&FxRate::try_from(row)?)
    })
}

const ORDERS: [OrderField; 1] =
    [OrderField { name: "rate_date", column: "rate_date", kind: OrderKind::Text }];

const fn currency(name: &'static str, column: &'static str) -> FilterField {
    FilterField { name, column, kind: FieldKind::Text }
}

pub(crate) async fn list(
    server: &Server,
    call: Call,
    asked: pb::ListFxRatesRequest,
) -> Result<pb::ListFxRatesResponse, Error> {
    let request = PageRequest {
        tenant: call.tenant(),
        method: "FxRateService/ListFxRates",
        page_size: asked.page_size,
        page_token: &asked.page_token,
        filter: &asked.filter,
        order_by: "rate_date desc",
        parent: "",
    };
    let fields = [
        currency("from_currency_code", "from_currency"),
        currency("to_currency_code", "to_currency"),
    ];
    let plan = server.pager.plan(&request, &fields, &ORDERS, &["id"], LIMITS)?;
    let fetched = plan.fetch(store::all(call.tenant()), server.home.read()).await;
    let (rows, next_page_token) = fetched.map_err(StoreError::from)?;
    let fx_rates = rows.iter().map(shown).collect::<Result<_, _>>()?;
    Ok(pb::ListFxRatesResponse { fx_rates, next_page_token })
}
