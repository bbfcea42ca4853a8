//! Surveys over the wire: a drawn sample, tokens that answer once, figures by hand, service profit.

use super::{at, call, client, fields, furnish, li, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::customer::v1::survey_service_client::SurveyServiceClient;
use aftercare_api::aftercare::r#type::v1::Period;
use aftercare_api::google::r#type as google;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{Kind, TestSuite};
use tonic::Code;

on_both!(a_token_answers_once_and_figures_are_those_by_hand);
on_both!(a_survey_names_all_that_is_wrong_with_it);
on_both!(service_profit_is_margin_less_what_serving_cost);

const NAME: &str = "surveys/s1";

type Client = SurveyServiceClient<aftercare_platform::link::LinkTransport>;

fn date(year: i32, month: i32, day: i32) -> Option<google::Date> {
    Some(google::Date { year, month, day })
}

fn yuan(units: i64) -> Option<google::Money> {
    Some(google::Money { currency_code: "CNY".to_owned(), units, nanos: 0 })
}

/// Customers `n00` and so on beside the two of the furniture.
async fn customers(suite: &TestSuite, call: &Call, count: usize) {
    let one = |i: usize| pb::UpdateCustomerRequest {
        customer: Some(pb::Customer {
            name: format!("customers/n{i:02}"),
            display_name: format!("Customer {i}"),
            industry: "asked".to_owned(),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    let requests = (0..count).map(one).collect();
    let request = pb::BatchUpdateCustomersRequest { requests, request_id: request_id() };
    let mut client = client!(suite, call, customer_service_client::CustomerServiceClient);
    client.batch_update_customers(request).await.unwrap();
}

fn question(id: &str, kind: pb::QuestionKind) -> pb::SurveyQuestion {
    pb::SurveyQuestion {
        question: id.to_owned(),
        text: "How was it?".to_owned(),
        kind: kind.into(),
        ..Default::default()
    }
}

fn create() -> pb::CreateSurveyRequest {
    let repair = pb::SurveyQuestion {
        touchpoint: "touchpoints/repair".to_owned(),
        ..question("sat", pb::QuestionKind::Csat)
    };
    pb::CreateSurveyRequest {
        survey: Some(pb::Survey {
            display_name: "After service".to_owned(),
            questions: vec![repair, question("nps", pb::QuestionKind::Nps)],
            sample: Some(pb::SurveySample {
                size: 8,
                filter: "industry = asked".to_owned(),
                stratify_by_grade: true,
                seed: 7,
                ..Default::default()
            }),
            ..Default::default()
        }),
        survey_id: "s1".to_owned(),
        request_id: request_id(),
    }
}

async fn touchpoint(client: &mut Client) {
    let request = pb::UpdateTouchpointRequest {
        touchpoint: Some(pb::Touchpoint {
            name: "touchpoints/repair".to_owned(),
            display_name: "Repair".to_owned(),
            stage: pb::JourneyStage::AfterSale.into(),
            importance: Some(google::Decimal { value: "0.9".to_owned() }),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    client.update_touchpoint(request).await.unwrap();
}

fn answer(token: &str, sat: i32, nps: i32) -> pb::SubmitResponseRequest {
    let one = |question: &str, score| pb::SurveyAnswer {
        question: question.to_owned(),
        score,
        text: String::new(),
    };
    pb::SubmitResponseRequest {
        token: token.to_owned(),
        answers: vec![one("sat", sat), one("nps", nps)],
        request_id: request_id(),
    }
}

async fn a_token_answers_once_and_figures_are_those_by_hand(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    customers(&suite, &call, 12).await;
    let mut client = client!(suite, &call, survey_service_client::SurveyServiceClient);
    touchpoint(&mut client).await;
    client.create_survey(create()).await.unwrap();
    let invite = pb::InviteRespondentsRequest { name: NAME.to_owned(), ..Default::default() };
    let early = client.invite_respondents(invite.clone()).await.unwrap_err();
    assert_eq!(reason(&early), "ILLEGAL_SURVEY_MOVE");
    let start = pb::StartSurveyRequest { name: NAME.to_owned(), ..Default::default() };
    let started = client.start_survey(start.clone()).await.unwrap().into_inner();
    assert_eq!((started.population, started.drawn_count), (12, 8));
    assert_eq!(reason(&client.start_survey(start).await.unwrap_err()), "ILLEGAL_SURVEY_MOVE");
    let invite = pb::InviteRespondentsRequest { max_invitations: 5, ..invite };
    let first = client.invite_respondents(invite.clone()).await.unwrap().into_inner();
    assert_eq!((first.invitations.len(), first.remaining), (5, 3));
    let second = client.invite_respondents(invite.clone()).await.unwrap().into_inner();
    assert_eq!((second.invitations.len(), second.remaining), (3, 0));
    // A new token for one of them: the old one stops working.
    let again = pb::InviteRespondentsRequest {
        customers: vec![first.invitations[0].customer.clone()],
        ..invite.clone()
    };
    let again = client.invite_respondents(again).await.unwrap().into_inner();
    let old = client.submit_response(answer(&first.invitations[0].token, 5, 10)).await.unwrap_err();
    assert_eq!(
        (old.code(), reason(&old)),
        (Code::FailedPrecondition, "SURVEY_TOKEN_UNUSABLE".to_owned())
    );
    let mut tokens = vec![again.invitations[0].token.clone()];
    let rest = first.invitations[1..].iter().chain(&second.invitations);
    tokens.extend(rest.map(|invitation| invitation.token.clone()));
    let off = client.submit_response(answer(&tokens[0], 6, 11)).await.unwrap_err();
    assert_eq!(fields(&off), ["answers[0].score", "answers[1].score"]);
    let scores = [(5, 10), (4, 9), (4, 9), (3, 8), (2, 3)];
    for (token, (sat, nps)) in tokens.iter().zip(&scores[..4]) {
        client.submit_response(answer(token, *sat, *nps)).await.unwrap();
    }
    let used = client.submit_response(answer(&tokens[0], 1, 0)).await.unwrap_err();
    assert_eq!(reason(&used), "SURVEY_TOKEN_UNUSABLE");
    let of_all = pb::GetSatisfactionRequest::default();
    let few = client.get_satisfaction(of_all.clone()).await.unwrap().into_inner();
    assert!(few.statistics.is_empty(), "four answers are not published");
    client.submit_response(answer(&tokens[4], scores[4].0, scores[4].1)).await.unwrap();
    figures(&mut client, of_all).await;
    let list =
        pb::ListResponsesRequest { parent: NAME.to_owned(), page_size: 3, ..Default::default() };
    let page = client.list_responses(list).await.unwrap().into_inner();
    assert!(page.responses.len() == 3 && !page.next_page_token.is_empty());
    let end = pb::EndSurveyRequest { name: NAME.to_owned(), ..Default::default() };
    assert_eq!(client.end_survey(end).await.unwrap().into_inner().response_count, 5);
    let late = client.submit_response(answer(&tokens[5], 5, 10)).await.unwrap_err();
    assert_eq!(reason(&late), "SURVEY_CLOSED");
}

async fn figures(client: &mut Client, of_all: pb::GetSatisfactionRequest) {
    let found = client.get_satisfaction(of_all.clone()).await.unwrap().into_inner().statistics;
    let one = |metric: &str| found.iter().find(|one| one.metric == metric).unwrap();
    // Three of five satisfied: Wilson 0.2307 to 0.8824. Three promoters, one detractor of five.
    let csat = one("csat_top2");
    assert!((csat.value - 0.6).abs() < 1e-12 && csat.sample_size == 5);
    assert!((csat.lower - 0.2307).abs() < 1e-4 && (csat.upper - 0.8824).abs() < 1e-4);
    assert!((one("nps").value - 0.4).abs() < 1e-12);
    assert!(found.iter().all(|one| !one.assumption.is_empty() && one.lower <= one.value));
    for (group_by, group) in [("touchpoint", "touchpoints/repair"), ("stage", "AFTER_SALE")] {
        let request =
            pb::GetSatisfactionRequest { group_by: group_by.to_owned(), ..of_all.clone() };
        let found = client.get_satisfaction(request).await.unwrap().into_inner().statistics;
        assert_eq!((found[0].group.as_str(), found[0].method.as_str()), (group, "beta_binomial"));
        // One group: the prior is worth two answers at (3 + 1) / (5 + 2).
        assert!((found[0].value - (3.0 + 8.0 / 7.0) / 7.0).abs() < 1e-9);
    }
    let before = Period { start_date: date(2020, 1, 1), end_date: date(2021, 1, 1) };
    let request = pb::GetSatisfactionRequest { period: Some(before), ..of_all.clone() };
    assert!(client.get_satisfaction(request).await.unwrap().into_inner().statistics.is_empty());
    let wrong = pb::GetSatisfactionRequest {
        group_by: "colour".to_owned(),
        period: Some(Period { start_date: date(2021, 1, 1), end_date: date(2020, 1, 1) }),
        customer: "c1".to_owned(),
    };
    let status = client.get_satisfaction(wrong).await.unwrap_err();
    assert_eq!(fields(&status), ["customer", "group_by", "period.end_date"]);
}

async fn a_survey_names_all_that_is_wrong_with_it(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    let mut client = client!(suite, &call, survey_service_client::SurveyServiceClient);
    let mut request = create();
    let survey = request.survey.as_mut().unwrap();
    survey.display_name = String::new();
    survey.questions.push(question("sat", pb::QuestionKind::ServqualPerception));
    survey.sample =
        Some(pb::SurveySample { margin_of_error: f64::NAN, size: -1, ..Default::default() });
    let status = client.create_survey(request).await.unwrap_err();
    let expected = [
        "survey.sample.size",
        "survey.display_name",
        "survey.questions[2].dimension",
        "survey.questions[2].question",
        "survey.sample.margin_of_error",
    ];
    assert_eq!(fields(&status), expected);
    let mut request = create();
    request.survey.as_mut().unwrap().sample.as_mut().unwrap().filter = "colour = 1".to_owned();
    let status = client.create_survey(request).await.unwrap_err();
    assert_eq!(fields(&status), ["survey.sample.filter", "survey.questions[0].touchpoint"]);
    touchpoint(&mut client).await;
    client.create_survey(create()).await.unwrap();
    let start = pb::StartSurveyRequest { name: NAME.to_owned(), ..Default::default() };
    assert_eq!(reason(&client.start_survey(start).await.unwrap_err()), "SURVEY_SAMPLE_EMPTY");
    let unknown = client.submit_response(answer("nonsense", 5, 10)).await.unwrap_err();
    assert_eq!(reason(&unknown), "SURVEY_TOKEN_UNUSABLE");
    let bare = client.submit_response(pb::SubmitResponseRequest::default()).await.unwrap_err();
    assert_eq!(fields(&bare), ["token"]);
    let viewer = aftercare_platform::testing::call("demo", &["viewer"], call.now).unwrap();
    let mut client = client!(suite, &viewer, survey_service_client::SurveyServiceClient);
    let refused = client.create_survey(create()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

async fn service_profit_is_margin_less_what_serving_cost(kind: Kind) {
    let (suite, call) = (suite(kind).await, call("demo", "li", "2026-04-01T00:00:00Z"));
    furnish(&suite, &call).await;
    let number = |value: &str| Some(google::Decimal { value: value.to_owned() });
    let mut customers = client!(suite, &call, customer_service_client::CustomerServiceClient);
    let evidence = pb::GradeEvidence {
        annual_revenue: yuan(1_000_000),
        margin_share: number("0.3"),
        ..Default::default()
    };
    let update = pb::UpdateCustomerRequest {
        customer: Some(pb::Customer {
            name: "customers/c1".to_owned(),
            evidence: Some(evidence),
            ..Default::default()
        }),
        ..Default::default()
    };
    customers.update_customer(update).await.unwrap();
    let mut orders = client!(suite, &call, work_order_service_client::WorkOrderServiceClient);
    for (id, end) in [
        ("w1", "2026-02-01T00:00:00Z"),
        ("w2", "2026-03-14T23:59:59Z"),
        ("w3", "2026-03-15T00:00:00Z"),
    ] {
        let order = pb::WorkOrder {
            asset: "customers/c1/assets/zj-1".to_owned(),
            kind: pb::WorkOrderKind::Inspection.into(),
            complete_time: at(end),
            labour_cost: yuan(1000),
            travel_cost: yuan(500),
            downtime_hours: number("2"),
            ..Default::default()
        };
        let request = pb::CreateWorkOrderRequest {
            work_order: Some(order),
            work_order_id: id.to_owned(),
            request_id: request_id(),
        };
        orders.create_work_order(request).await.unwrap();
    }
    let mut client = client!(suite, &call, survey_service_client::SurveyServiceClient);
    let request = pb::GetServiceProfitRequest {
        name: "customers/c1".to_owned(),
        // 73 days: a fifth of a year.
        period: Some(Period { start_date: date(2026, 1, 1), end_date: date(2026, 3, 15) }),
        price_paid: yuan(10_000),
        downtime_hour_cost: yuan(100),
    };
    let found = client.get_service_profit(request.clone()).await.unwrap().into_inner();
    assert_eq!((found.margin, found.service_cost), (yuan(60_000), yuan(3000)));
    assert_eq!((found.profit, found.work_order_count), (yuan(57_000), 2));
    assert_eq!((found.customer_cost, found.customer_value), (yuan(10_400), None));
    let wrong = pb::GetServiceProfitRequest {
        name: String::new(),
        period: None,
        price_paid: yuan(-1),
        downtime_hour_cost: Some(google::Money {
            currency_code: "EUR".to_owned(),
            units: 1,
            nanos: 0,
        }),
    };
    let status = client.get_service_profit(wrong).await.unwrap_err();
    assert_eq!(fields(&status), ["name", "period", "downtime_hour_cost", "price_paid"]);
    let nobody = pb::GetServiceProfitRequest { name: "customers/none".to_owned(), ..request };
    assert_eq!(client.get_service_profit(nobody).await.unwrap_err().code(), Code::NotFound);
}
