//! Names, ids and request ids that cannot be are refused by name, by every service alike.

use super::bad_input::refused;
use super::catalogue::{product, yuan};
use super::contract_life::{date, in_force};
use super::quote::{decimal, full_cover, installed};
use super::{call, client, on_both, reason, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::testing::Kind;
use tonic::Code;

on_both!(names_that_are_none_are_refused_everywhere);
on_both!(a_request_id_stands_for_one_request);

/// Ids that are none: controls, too long, upwards, spaces, another case.
fn bad_ids() -> [String; 6] {
    ["a\u{7}b", "a\u{0}", "..", "a b", "Ab", &"x".repeat(257)].map(str::to_owned)
}

/// Holds a call against the field that it must be refused by.
macro_rules! refuses {
    ($client:ident . $method:ident($request:expr), $field:literal, $id:expr) => {
        let case = format!("{} {:?}", stringify!($method), $id);
        let status = $client.$method($request).await.expect_err(&case);
        refused(&status, $field, &case);
    };
}

async fn names_that_are_none_are_refused_everywhere(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let mut parts = client!(suite, &call, spare_part_service_client::SparePartServiceClient);
    let mut reports = client!(suite, &call, report_service_client::ReportServiceClient);
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let mut segments = client!(suite, &call, segment_service_client::SegmentServiceClient);
    let contract = in_force(&suite, full_cover("q1")).await.name;
    for id in bad_ids() {
        let name = |kind: &str| format!("{kind}/{id}");
        let quote = name("quotes");
        refuses!(quotes.get_quote(pb::GetQuoteRequest { name: quote.clone() }), "name", id);
        refuses!(quotes.explain_quote(pb::ExplainQuoteRequest { name: quote.clone() }), "name", id);
        let reproduce = pb::ReproduceQuoteRequest { name: quote.clone() };
        refuses!(quotes.reproduce_quote(reproduce), "name", id);
        let issue = pb::IssueQuoteRequest { name: quote.clone(), ..Default::default() };
        refuses!(quotes.issue_quote(issue), "name", id);
        let ask = full_cover(&id);
        refuses!(quotes.create_quote(ask), "quote_id", id);
        let ask = pb::CreateQuoteRequest { customer: name("customers"), ..full_cover("q2") };
        refuses!(quotes.create_quote(ask), "customer", id);
        let assets = vec![format!("customers/c1/assets/{id}")];
        let ask = pb::CreateQuoteRequest { assets, ..full_cover("q2") };
        refuses!(quotes.create_quote(ask), "assets[0]", id);
        let service_product = name("serviceProducts");
        let ask = pb::CreateQuoteRequest { service_product, ..full_cover("q2") };
        refuses!(quotes.create_quote(ask), "service_product", id);
        let ask = pb::CreateQuoteRequest { concession_of: quote.clone(), ..full_cover("q2") };
        refuses!(quotes.create_quote(ask), "concession_of", id);
        let accept = pb::AcceptQuoteRequest {
            name: "quotes/q1".to_owned(),
            contract_id: id.clone(),
            ..Default::default()
        };
        refuses!(quotes.accept_quote(accept), "contract_id", id);

        let get = pb::GetContractRequest { name: name("contracts") };
        refuses!(contracts.get_contract(get), "name", id);
        let ask = pb::ActivateContractRequest { name: name("contracts"), ..Default::default() };
        refuses!(contracts.activate_contract(ask), "name", id);
        let ask = pb::RenewContractRequest {
            name: contract.clone(),
            quote: quote.clone(),
            ..Default::default()
        };
        refuses!(contracts.renew_contract(ask), "quote", id);
        let amendment = pb::Amendment { effective_date: date(2026, 9, 1), ..Default::default() };
        let ask = pb::CreateAmendmentRequest {
            parent: contract.clone(),
            amendment: Some(amendment.clone()),
            amendment_id: id.clone(),
            ..Default::default()
        };
        refuses!(contracts.create_amendment(ask), "amendment_id", id);
        let added_assets = vec![format!("customers/c1/assets/{id}")];
        let amendment = pb::Amendment { added_assets, ..amendment };
        let ask = pb::CreateAmendmentRequest {
            parent: contract.clone(),
            amendment: Some(amendment),
            ..Default::default()
        };
        refuses!(contracts.create_amendment(ask), "amendment.added_assets[0]", id);

        let get = pb::GetFailureModelRequest { name: name("failureModels") };
        refuses!(models.get_failure_model(get), "name", id);
        let get = pb::GetSparePoolRequest { name: name("sparePools") };
        refuses!(parts.get_spare_pool(get), "name", id);
        let ask = pb::ForecastPartDemandRequest { name: name("parts"), ..Default::default() };
        refuses!(parts.forecast_part_demand(ask), "name", id);
        let ask = pb::CreateSparePoolRequest { spare_pool_id: id.clone(), ..Default::default() };
        refuses!(parts.create_spare_pool(ask), "spare_pool_id", id);
        let ask = pb::GetProfitabilityReportRequest {
            name: name("profitabilityReports"),
            ..Default::default()
        };
        refuses!(reports.get_profitability_report(ask), "name", id);
        let get = pb::GetProductRequest { name: name("products") };
        refuses!(catalogue.get_product(get), "name", id);
        let requests = vec![product(&id, "SF")];
        let ask = pb::BatchUpdateProductsRequest { requests, request_id: request_id() };
        refuses!(catalogue.batch_update_products(ask), "requests[0].product.name", id);
        let ask = pb::CreateCompetitorPriceRequest {
            competitor_price_id: id.clone(),
            ..Default::default()
        };
        refuses!(quotes.create_competitor_price(ask), "competitor_price_id", id);
        let ask =
            pb::GetSegmentAssessmentRequest { name: format!("customers/{id}/segmentAssessment") };
        refuses!(segments.get_segment_assessment(ask), "name", id);
    }
}

/// The same request id with other content, or an id that is none.
macro_rules! stands_for_one {
    ($client:ident . $method:ident($request:expr), $change:expr) => {
        let mut request = $request;
        request.request_id = request_id();
        let first = $client.$method(request.clone()).await.unwrap().into_inner();
        let again = $client.$method(request.clone()).await.unwrap().into_inner();
        assert_eq!(first, again, "{}", stringify!($method));
        let mut other = request.clone();
        #[allow(clippy::redundant_closure_call)]
        ($change)(&mut other);
        let status = $client.$method(other).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::AlreadyExists, "REQUEST_ID_REUSED"),
            "{}",
            stringify!($method)
        );
        request.request_id = "again".to_owned();
        let status = $client.$method(request).await.unwrap_err();
        refused(&status, "request_id", stringify!($method));
    };
}

async fn a_request_id_stands_for_one_request(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let mut parts = client!(suite, &call, spare_part_service_client::SparePartServiceClient);
    let mut reports = client!(suite, &call, report_service_client::ReportServiceClient);
    let mut policies = client!(suite, &call, policy_service_client::PolicyServiceClient);
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    stands_for_one!(quotes.create_quote(full_cover("q1")), |q: &mut pb::CreateQuoteRequest| {
        q.terms.as_mut().unwrap().term_months = 24;
    });
    let contract = in_force(&suite, full_cover("q2")).await.name;
    let change = pb::CreateAmendmentRequest {
        parent: contract.clone(),
        amendment: Some(pb::Amendment {
            effective_date: date(2026, 10, 1),
            removed_assets: vec!["customers/c1/assets/zj-1".to_owned()],
            ..Default::default()
        }),
        ..Default::default()
    };
    stands_for_one!(contracts.create_amendment(change), |a: &mut pb::CreateAmendmentRequest| {
        a.amendment.as_mut().unwrap().effective_date = date(2026, 11, 1);
    });
    let fit = pb::FitFailureModelRequest { family: "SF".to_owned(), ..Default::default() };
    stands_for_one!(models.fit_failure_model(fit), |f: &mut pb::FitFailureModelRequest| {
        f.observation_start_date = date(2021, 1, 1);
    });
    let pool = pb::CreateSparePoolRequest {
        spare_pool: Some(pb::SparePool {
            display_name: "Pool".to_owned(),
            cost: yuan(1000),
            purchase_date: date(2026, 1, 1),
            ..Default::default()
        }),
        spare_pool_id: "pool".to_owned(),
        ..Default::default()
    };
    stands_for_one!(parts.create_spare_pool(pool), |p: &mut pb::CreateSparePoolRequest| {
        p.spare_pool.as_mut().unwrap().cost = yuan(2000);
    });
    let adjust = pb::AdjustSparePoolRequest {
        name: "sparePools/pool".to_owned(),
        value_adjustment: Some(pb::ValueAdjustment {
            kind: pb::ValueAdjustmentKind::WriteDown.into(),
            effective_date: date(2026, 6, 1),
            amount: yuan(10),
            reason: "bent".to_owned(),
            create_time: None,
        }),
        ..Default::default()
    };
    stands_for_one!(parts.adjust_spare_pool(adjust), |a: &mut pb::AdjustSparePoolRequest| {
        a.value_adjustment.as_mut().unwrap().amount = yuan(20);
    });
    let price = pb::CreateCompetitorPriceRequest {
        competitor_price: Some(pb::CompetitorPrice {
            competitor: "Another maker".to_owned(),
            source: "a tender".to_owned(),
            annual_price: yuan(9000),
            observation_date: date(2026, 6, 1),
            ..Default::default()
        }),
        ..Default::default()
    };
    stands_for_one!(
        quotes.create_competitor_price(price),
        |p: &mut pb::CreateCompetitorPriceRequest| {
            p.competitor_price.as_mut().unwrap().annual_price = yuan(8000);
        }
    );
    let report = pb::CreateProfitabilityReportRequest {
        period: Some(aftercare_api::aftercare::r#type::v1::Period {
            start_date: date(2026, 1, 1),
            end_date: date(2026, 2, 1),
        }),
        ..Default::default()
    };
    stands_for_one!(
        reports.create_profitability_report(report),
        |r: &mut pb::CreateProfitabilityReportRequest| {
            r.language_code = "zh".to_owned();
        }
    );
    let policy = pb::UpdatePricingPolicyRequest {
        pricing_policy: Some(pb::PricingPolicy {
            name: "pricingPolicy".to_owned(),
            target_margin: decimal("0.25"),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["target_margin".to_owned()] }),
        ..Default::default()
    };
    stands_for_one!(
        policies.update_pricing_policy(policy),
        |p: &mut pb::UpdatePricingPolicyRequest| {
            p.pricing_policy.as_mut().unwrap().target_margin = decimal("0.2");
        }
    );
    let products = pb::BatchUpdateProductsRequest {
        requests: vec![product("p9", "SF")],
        ..Default::default()
    };
    stands_for_one!(
        catalogue.batch_update_products(products),
        |p: &mut pb::BatchUpdateProductsRequest| {
            p.requests = vec![product("p9", "SG")];
        }
    );
}
