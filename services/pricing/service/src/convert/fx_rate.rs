//! Exchange rates to the wire.

use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::wire;
use aftercare_pricing_domain::fx::FxRate;

/// A rate; the caller adds when it was entered.
pub(crate) fn present(own: &FxRate) -> pb::FxRate {
    pb::FxRate {
        name: own.name.clone(),
        from_currency_code: own.from.code().to_owned(),
        to_currency_code: own.to.code().to_owned(),
        rate: Some(wire::decimal(own.rate.normalize())),
        source: own.source.clone(),
        rate_date: Some(wire::date(own.date)),
        create_time: None,
    }
}

/// A rate as a quote shows it.
pub(crate) fn of_quote(own: &FxRate) -> pb::QuoteFxRate {
    let own = present(own);
    pb::QuoteFxRate {
        fx_rate: own.name,
        from_currency_code: own.from_currency_code,
        to_currency_code: own.to_currency_code,
        rate: own.rate,
        source: own.source,
        rate_date: own.rate_date,
    }
}
