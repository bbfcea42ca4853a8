//! What must hold for any page.

use super::*;
use crate::explain::explain;
use crate::quote::quote;
use crate::quote::tests::input;
use crate::spectrum::SpectrumCache;
use crate::terms::Exclusion;
use jiff::civil::date;

fn pages(wanted: &QuoteInput) -> [String; 4] {
    let mut cache = SpectrumCache::new();
    let figures = quote(wanted, &mut cache).unwrap();
    let drivers = explain(wanted, &mut cache).unwrap().drivers;
    let facts = Facts { name: "quotes/q1", valid_until: date(2026, 8, 1), competitors: &[] };
    [
        (Language::English, Audience::Customer),
        (Language::English, Audience::Internal),
        (Language::Chinese, Audience::Customer),
        (Language::Chinese, Audience::Internal),
    ]
    .map(|(language, audience)| render(&facts, wanted, &figures, &drivers, language, audience))
}

/// Tags that are opened are closed, in order.
fn check_markup(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1) {
        let name = tag.split(['>', ' ']).next().unwrap();
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed));
        } else if !["!doctype", "meta"].contains(&name)
            && !tag.split('>').next().unwrap().ends_with('/')
        {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn pages_are_whole_and_load_nothing() {
    let mut wanted = input(3);
    wanted.terms.exclusions.insert(Exclusion::Flood);
    wanted.terms.deductible = crate::cost::tests::cny(500);
    for page in pages(&wanted) {
        check_markup(&page);
        for outside in ["http://", "https://", "src=", "href=", "url(", "@import", "<script"] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.matches("<svg").count() >= 1);
        assert!(!page.contains("NaN") && !page.contains("inf\""));
    }
}

#[test]
fn a_customer_sees_the_price_and_nothing_of_our_cost() {
    let wanted = input(3);
    let figures = quote(&wanted, &mut SpectrumCache::new()).unwrap();
    let [english, internal, chinese, intern] = pages(&wanted);
    for page in [&english, &chinese] {
        assert!(page.contains(&money(figures.price.price)));
        assert!(page.contains(&money(figures.lines[2].price)) && page.contains(">a2<"));
        for secret in [figures.cost.mean, figures.floor, figures.lines[0].failure_cost] {
            assert!(!page.contains(&money(secret)), "{secret}");
        }
    }
    for page in [&internal, &intern] {
        assert!(page.contains(&money(figures.cost.mean)) && page.contains(&money(figures.floor)));
        assert_eq!(page.matches("<svg").count(), 3, "fees, cost, drivers");
    }
    assert!(english.contains("lang=\"en\"") && english.contains("What we promise each other"));
    assert!(chinese.contains("lang=\"zh\"") && chinese.contains("双方约定"));
    assert!(intern.contains("期望毛利率") && intern.contains("目标毛利"), "why, in Chinese too");
}

#[test]
fn the_same_quote_gives_the_same_page_and_names_are_escaped() {
    let mut wanted = input(1);
    wanted.portfolio.assets[0].asset = "customers/c1/assets/<b>&\"'".to_owned();
    assert_eq!(pages(&wanted), pages(&wanted));
    assert!(pages(&wanted)[0].contains("&lt;b&gt;&amp;&quot;&#39;"));
}

#[test]
fn amounts_are_grouped() {
    let of = |text: &str| {
        let amount = text.parse().unwrap();
        let yuan = aftercare_kernel::currency::Currency::CNY;
        money(aftercare_kernel::money::Money::new(amount, yuan).unwrap())
    };
    assert_eq!(of("1234567.8"), "CNY 1,234,567.80");
    assert_eq!(of("-123456"), "CNY −123,456.00");
    assert_eq!(of("999"), "CNY 999.00");
}
