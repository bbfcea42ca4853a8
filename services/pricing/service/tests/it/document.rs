//! A quote as a page: whole, in both languages, without our cost for the customer.

use super::quote::{full_cover, installed};
use super::{call, client, fields, on_both};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::testing::Kind;
use tonic::Code;

on_both!(a_quote_can_be_read_and_printed_in_both_languages);

async fn a_quote_can_be_read_and_printed_in_both_languages(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let quote = quotes.create_quote(full_cover("q1")).await.unwrap().into_inner();
    let ask = |language: &str, audience: pb::QuoteAudience| pb::GetQuoteDocumentRequest {
        name: quote.name.clone(),
        language_code: language.to_owned(),
        audience: audience.into(),
    };
    let english = ask("", pb::QuoteAudience::Unspecified);
    let english = quotes.get_quote_document(english.clone()).await.unwrap().into_inner();
    assert_eq!((english.language_code.as_str(), english.quote.as_str()), ("en", "quotes/q1"));
    assert!(english.html.contains("What we promise each other") && english.html.contains("<svg"));
    assert!(!english.html.contains("Expected margin") && !english.html.contains("http"));
    let chinese = ask("zh-CN", pb::QuoteAudience::Internal);
    let chinese = quotes.get_quote_document(chinese).await.unwrap().into_inner();
    assert!(chinese.html.contains("期望毛利率") && chinese.html.contains("sf-v1"));

    // Issuing it changes its state, not what it says.
    let issue = pb::IssueQuoteRequest { name: quote.name.clone(), ..Default::default() };
    quotes.issue_quote(issue).await.unwrap();
    let again = quotes.get_quote_document(ask("en", pb::QuoteAudience::Customer)).await.unwrap();
    assert_eq!(again.into_inner(), english);

    let mut wrong = ask("fr", pb::QuoteAudience::Customer);
    wrong.audience = 9;
    let refused = quotes.get_quote_document(wrong).await.unwrap_err();
    assert_eq!(fields(&refused), ["language_code", "audience"]);
    let mut gone = ask("en", pb::QuoteAudience::Customer);
    gone.name = "quotes/q9".to_owned();
    assert_eq!(quotes.get_quote_document(gone).await.unwrap_err().code(), Code::NotFound);
}
