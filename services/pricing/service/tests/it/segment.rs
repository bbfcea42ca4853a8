//! What a customer needs: scored with reasons, overridden with a reason, answered with a ladder.

use super::catalogue::yuan;
use super::experience::tell;
use super::quote::{full_cover, installed};
use super::{call, client, fields, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_platform::testing::Kind;
use prost::Message;
use tonic::Code;

on_both!(answers_and_choices_make_a_segment_with_its_reasons);
on_both!(a_persons_word_goes_before_the_score_and_can_be_taken_back);
on_both!(a_quote_takes_the_segment_of_the_customers_record_unless_it_is_told_another);
on_both!(each_segment_has_its_ladder);
on_both!(wrong_answers_and_names_are_refused_by_name);

const NAME: &str = "customers/c1/segmentAssessment";

fn answers(given: &[(&str, &str)]) -> pb::AssessSegmentRequest {
    let answers = given.iter().map(|(q, a)| ((*q).to_owned(), (*a).to_owned())).collect();
    pb::AssessSegmentRequest { name: NAME.to_owned(), answers, request_id: request_id() }
}

async fn answers_and_choices_make_a_segment_with_its_reasons(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut segments = client!(suite, &call, segment_service_client::SegmentServiceClient);
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let get = pb::GetSegmentAssessmentRequest { name: NAME.to_owned() };
    let blank = segments.get_segment_assessment(get.clone()).await.unwrap().into_inner();
    assert_eq!((blank.segment(), blank.etag.as_str()), (pb::Segment::Unspecified, ""));

    let ask = answers(&[("technicians", "none"), ("contact", "one_person")]);
    let first = segments.assess_segment(ask.clone()).await.unwrap().into_inner();
    assert_eq!(first.segment(), pb::Segment::HandHolder);
    assert_eq!(first.evidence.len(), 2);
    assert!((first.scores[0].points - 7.0).abs() < 1e-12, "{:?}", first.scores);
    let again = segments.assess_segment(ask).await.unwrap().into_inner();
    assert_eq!(again, first, "the same request id");
    assert_eq!(segments.get_segment_assessment(get).await.unwrap().into_inner(), first);

    // A quote that does not say a segment is made for the one on record.
    let quote = quotes.create_quote(full_cover("q1")).await.unwrap().into_inner();
    assert_eq!(quote.segment(), pb::Segment::HandHolder);
    let issue = pb::IssueQuoteRequest { name: quote.name.clone(), ..Default::default() };
    quotes.issue_quote(issue).await.unwrap();
    let accept = pb::AcceptQuoteRequest { name: quote.name, ..Default::default() };
    quotes.accept_quote(accept).await.unwrap();

    // What it then signed, full coverage with a response of 8 hours, speaks as well; an answer that is taken back does not.
    let second = answers(&[("contact", ""), ("technicians", "")]);
    let second = segments.assess_segment(second).await.unwrap().into_inner();
    assert_eq!((second.segment(), second.answers.len()), (pb::Segment::RiskAverse, 0));
    let said: Vec<&str> = second.evidence.iter().map(|e| e.observation.as_str()).collect();
    assert_eq!(
        said,
        [
            "took full coverage in 1 of 1 contracts",
            "took a response within 8 hours in 1 of 1 contracts"
        ]
    );
    let questions = segments.list_segment_questions(pb::ListSegmentQuestionsRequest {}).await;
    let questions = questions.unwrap().into_inner();
    assert!(questions.segment_questions.iter().any(|question| question.id == "technicians"));
}

async fn a_persons_word_goes_before_the_score_and_can_be_taken_back(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut segments = client!(suite, &call, segment_service_client::SegmentServiceClient);
    let scored = answers(&[("technicians", "own"), ("advice", "nothing")]);
    let scored = segments.assess_segment(scored).await.unwrap().into_inner();
    assert_eq!(scored.segment(), pb::Segment::BasicNeeds);
    let word = |segment: pb::Segment, reason: &str, etag: &str| pb::OverrideSegmentRequest {
        name: NAME.to_owned(),
        segment: segment.into(),
        reason: reason.to_owned(),
        etag: etag.to_owned(),
        request_id: request_id(),
    };
    let why = "The new plant manager was burnt last winter";
    let short = segments.override_segment(word(pb::Segment::RiskAverse, "because", "")).await;
    assert_eq!(fields(&short.unwrap_err()), ["reason"]);
    let ask = word(pb::Segment::RiskAverse, why, &scored.etag);
    let set = segments.override_segment(ask).await.unwrap().into_inner();
    assert_eq!(
        (set.segment(), set.scored_segment()),
        (pb::Segment::RiskAverse, pb::Segment::BasicNeeds)
    );
    assert_eq!(
        (set.override_reason.as_str(), set.override_principal.as_str()),
        (why, "users/test")
    );
    let stale = segments.override_segment(word(pb::Segment::HandHolder, why, &scored.etag)).await;
    assert_eq!(stale.unwrap_err().code(), Code::Aborted);
    let kept = segments.assess_segment(answers(&[("budget", "pay_as_needed")])).await.unwrap();
    assert_eq!(
        kept.into_inner().segment(),
        pb::Segment::RiskAverse,
        "a score does not undo a word"
    );
    let back = word(pb::Segment::Unspecified, "She has left the company", "");
    let back = segments.override_segment(back).await.unwrap().into_inner();
    assert_eq!((back.segment(), back.override_reason.as_str()), (pb::Segment::BasicNeeds, ""));
}

async fn each_segment_has_its_ladder(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut segments = client!(suite, &call, segment_service_client::SegmentServiceClient);
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let product = |id: &str, step: i32, who: &[pb::Segment]| pb::UpdateServiceProductRequest {
        service_product: Some(pb::ServiceProduct {
            name: format!("serviceProducts/{id}"),
            display_name: id.to_owned(),
            terms: Some(pb::Terms { term_months: 12, deductible: yuan(100), ..Default::default() }),
            ladder_step: step,
            segments: who.iter().map(|word| (*word).into()).collect(),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    let requests = vec![
        product("plain", 1, &[]),
        product("calm", 2, &[pb::Segment::RiskAverse]),
        product("care", 2, &[pb::Segment::HandHolder]),
        product("all-in", 3, &[]),
        product("off", 0, &[]),
    ];
    let request = pb::BatchUpdateServiceProductsRequest { requests, request_id: request_id() };
    catalogue.batch_update_service_products(request).await.unwrap();
    let ask = pb::ListOfferLadderRequest { customer: "customers/c1".to_owned() };
    let names = |ladder: pb::ListOfferLadderResponse| -> Vec<String> {
        ladder.service_products.into_iter().map(|product| product.display_name).collect()
    };
    let unknown = segments.list_offer_ladder(ask.clone()).await.unwrap().into_inner();
    assert_eq!(names(unknown), ["plain", "all-in"]);
    let assessed = answers(&[("standstill", "stops_plant"), ("spare_machine", "none")]);
    segments.assess_segment(assessed).await.unwrap();
    let ladder = segments.list_offer_ladder(ask).await.unwrap().into_inner();
    assert_eq!(ladder.segment(), pb::Segment::RiskAverse);
    assert_eq!(names(ladder), ["plain", "calm", "all-in"]);
    let request = pb::BatchUpdateServiceProductsRequest {
        requests: vec![product("high", 4, &[pb::Segment::Unspecified])],
        request_id: request_id(),
    };
    let refused = catalogue.batch_update_service_products(request).await.unwrap_err();
    let named = fields(&refused);
    assert!(named[0].ends_with("ladder_step") && named[1].ends_with("segments[0]"), "{named:?}");
}

async fn wrong_answers_and_names_are_refused_by_name(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut segments = client!(suite, &call, segment_service_client::SegmentServiceClient);
    let ask = answers(&[("industry", "steel"), ("budget", "a lot")]);
    let refused = segments.assess_segment(ask).await.unwrap_err();
    assert_eq!(fields(&refused), ["answers[budget]", "answers[industry]"]);
    let unnamed = pb::GetSegmentAssessmentRequest { name: "customers/c1".to_owned() };
    assert_eq!(fields(&segments.get_segment_assessment(unnamed).await.unwrap_err()), ["name"]);
    let ask = pb::ListOfferLadderRequest { customer: "c1".to_owned() };
    assert_eq!(fields(&segments.list_offer_ladder(ask).await.unwrap_err()), ["customer"]);
}

/// What the customer service tells of a customer's needs, at an hour of 1 June 2026.
fn needs(hour: i64, segment: customer::NeedsSegment) -> Event {
    let event_time =
        Some(prost_types::Timestamp { seconds: 1_780_272_000 + 3600 * hour, nanos: 0 });
    let told = customer::CustomerNeedsChanged {
        customer: "customers/c1".to_owned(),
        needs_segment: segment.into(),
        event_time,
        ..Default::default()
    };
    Event {
        id: format!("needs-{hour}"),
        source: "/customer".to_owned(),
        r#type: "aftercare.customer.v1.CustomerNeedsChanged".to_owned(),
        tenant: "demo".to_owned(),
        data: told.encode_to_vec(),
        ..Default::default()
    }
}

async fn a_quote_takes_the_segment_of_the_customers_record_unless_it_is_told_another(kind: Kind) {
    use customer::NeedsSegment::{BasicNeeds, RiskAverse, Unspecified};
    let (suite, consumers) = super::experience::observed(kind).await;
    let call = call();
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut segments = client!(suite, &call, segment_service_client::SegmentServiceClient);
    let mut made = async |id: &str, said: pb::Segment| {
        let ask = pb::CreateQuoteRequest { segment: said.into(), ..full_cover(id) };
        let quote = quotes.create_quote(ask).await.unwrap().into_inner();
        let get = pb::GetQuoteRequest { name: quote.name.clone() };
        assert_eq!(quotes.get_quote(get).await.unwrap().into_inner(), quote, "it is kept");
        (quote.segment(), quote.segment_source(), quote.segment_explanation)
    };
    use pb::{Segment, SegmentSource as Source};
    let said = |segment, source, words: &str| (segment, source, words.to_owned());
    let nobody = said(Segment::Unspecified, Source::Unspecified, "");
    assert_eq!(made("q1", Segment::Unspecified).await, nobody);

    // An older word that comes late does not count, nor does the same one twice.
    let late = [needs(2, RiskAverse), needs(2, RiskAverse), needs(1, BasicNeeds)];
    for event in &late {
        tell(&consumers, std::slice::from_ref(event)).await;
    }
    let record = said(Segment::RiskAverse, Source::CustomerRecord, "from the customer's record");
    assert_eq!(made("q2", Segment::Unspecified).await, record);
    let asked = said(Segment::BasicNeeds, Source::Request, "as asked for");
    assert_eq!(made("q3", Segment::BasicNeeds).await, asked, "an explicit value wins");
    let get = pb::GetSegmentAssessmentRequest { name: NAME.to_owned() };
    let seen = segments.get_segment_assessment(get).await.unwrap().into_inner();
    assert_eq!(
        (seen.segment(), seen.recorded_segment()),
        (Segment::RiskAverse, Segment::RiskAverse)
    );
    assert_eq!(
        (seen.source(), seen.scored_segment()),
        (Source::CustomerRecord, Segment::Unspecified)
    );

    let score = answers(&[("technicians", "none"), ("contact", "one_person")]);
    segments.assess_segment(score).await.unwrap();
    let scored = said(Segment::HandHolder, Source::Score, "from the assessment's score");
    assert_eq!(made("q4", Segment::Unspecified).await, scored, "answers say more than a record");
    let set = pb::OverrideSegmentRequest {
        name: NAME.to_owned(),
        segment: Segment::BasicNeeds.into(),
        reason: "As their plant manager said".to_owned(),
        ..Default::default()
    };
    segments.override_segment(set).await.unwrap();
    let word = made("q5", Segment::Unspecified).await;
    assert_eq!((word.0, word.1), (Segment::BasicNeeds, Source::Override));

    tell(&consumers, &[needs(3, Unspecified)]).await;
    let get = pb::GetSegmentAssessmentRequest { name: NAME.to_owned() };
    let seen = segments.get_segment_assessment(get).await.unwrap().into_inner();
    assert_eq!(seen.recorded_segment(), Segment::Unspecified, "taken off the record");
}
