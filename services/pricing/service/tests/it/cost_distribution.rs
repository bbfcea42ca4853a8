//! The whole distribution of a quote's cost: it sums to 1, holds the quote's own figures, and its years add up.

use super::contract_life::micros;
use super::quote::{full_cover, installed};
use super::{call, client, on_both};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::testing::Kind;
use tonic::Code;

on_both!(a_quotes_cost_comes_cell_by_cell_for_the_term_and_its_years);

fn units(money: Option<&aftercare_api::google::r#type::Money>) -> f64 {
    micros(money) as f64 / 1e6
}

async fn a_quotes_cost_comes_cell_by_cell_for_the_term_and_its_years(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut ask = full_cover("q1");
    ask.terms.as_mut().unwrap().term_months = 30;
    let quote = quotes.create_quote(ask).await.unwrap().into_inner();
    let ask = pb::GetCostDistributionRequest { name: quote.name.clone() };
    let found = quotes.get_cost_distribution(ask.clone()).await.unwrap().into_inner();
    let again = quotes.get_cost_distribution(ask).await.unwrap().into_inner();
    assert_eq!(found, again);
    let (present, whole) = (found.present_value.unwrap(), found.undiscounted.unwrap());
    for own in found.years.iter().chain([&present, &whole]) {
        let sum: f64 = own.probabilities.iter().sum();
        assert!((sum + own.omitted_mass - 1.0).abs() < 1e-12, "{sum}");
        assert!(own.probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
        assert!(own.omitted_mass <= 2e-14 && own.truncated_mass <= 1e-7);
    }
    // The quote's own figures are read from it.
    let cost = quote.cost.as_ref().unwrap();
    assert_eq!(present.mean, cost.mean);
    let step: f64 = present.lattice_step.as_ref().unwrap().value.parse().unwrap();
    for quantile in &cost.quantiles {
        let mut sum = 0.0;
        let cell = present.probabilities.iter().position(|p| {
            sum += p;
            sum >= quantile.level - 1e-12
        });
        let cell = present.first_cell as f64 + cell.unwrap() as f64;
        let amount = units(present.sure_cost.as_ref()) + cell * step;
        assert!((amount - units(quantile.cost.as_ref())).abs() < 0.02, "{}", quantile.level);
    }
    assert_eq!(found.years.len(), 3);
    let sum: i64 = found.years.iter().map(|year| micros(year.mean.as_ref())).sum();
    assert!((sum - micros(whole.mean.as_ref())).abs() <= 20_000, "each rounded to the cent");
    assert!(micros(whole.mean.as_ref()) > micros(present.mean.as_ref()));

    let gone = pb::GetCostDistributionRequest { name: "quotes/q9".to_owned() };
    let gone = quotes.get_cost_distribution(gone).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
}
