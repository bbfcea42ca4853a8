//! Digital Links of any domain as canonical, constrained ones (GS1 Digital Link URI Syntax 1.2, 4.11; CBV 2.0, 8.9.2 rule 18).

use super::epc_uri::link_of_urn;

/// Primary keys with their short names, and the qualifiers that keep their meaning beside them, the finest first.
const KEYS: [(&str, &str, &[&str]); 14] = [
    ("01", "gtin", &["21", "235", "10"]),
    ("8006", "itip", &["21", "10"]),
    ("414", "gln", &["254"]),
    ("417", "party", &[]),
    ("00", "sscc", &[]),
    ("253", "gdti", &[]),
    ("255", "gcn", &[]),
    ("401", "ginc", &[]),
    ("402", "gsin", &[]),
    ("8003", "grai", &[]),
    ("8004", "giai", &[]),
    ("8010", "cpid", &["8011"]),
    ("8017", "gsrnp", &[]),
    ("8018", "gsrn", &[]),
];

/// The canonical Digital Link of an EPC URN or a Digital Link; none if the text is neither.
///
/// Does not check the check digit of a Digital Link: [`super::Item::parse`] does.
///
/// ```
/// use aftercare_channel_domain::gs1::canonical_link;
/// let same = "https://id.gs1.org/01/09521234202011/21/25A1";
/// assert_eq!(canonical_link("urn:epc:id:sgtin:9521234.020201.25A1").as_deref(), Some(same));
/// assert_eq!(canonical_link("https://maker.example/x/01/09521234202011/10/L7/21/25A1?q=1").as_deref(), Some(same));
/// ```
#[must_use]
pub fn canonical_link(uri: &str) -> Option<String> {
    if uri.starts_with("urn:") {
        return link_of_urn(uri);
    }
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
    let path = rest.split(['?', '#']).next()?;
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let (at, key) = segments.iter().enumerate().find_map(|(i, segment)| {
        KEYS.iter().find(|(ai, short, _)| segment == ai || segment == short).map(|key| (i, key))
    })?;
    let (ai, _, qualifiers) = key;
    let value = sound_key(ai, segments.get(at + 1)?)?;
    let mut tail = String::new();
    let pairs: Vec<(&str, &str)> =
        segments.get(at + 2..)?.chunks_exact(2).map(|pair| (number(pair[0]), pair[1])).collect();
    for qualifier in *qualifiers {
        let found = pairs.iter().find(|(ai, _)| ai == qualifier);
        if let Some((_, text)) = found.filter(|(_, text)| sound_text(text)) {
            tail = format!("/{qualifier}/{text}");
            break;
        }
    }
    Some(format!("https://id.gs1.org/{ai}/{value}{tail}"))
}

/// The application identifier of a qualifier's short name.
fn number(name: &str) -> &str {
    match name {
        "ser" => "21",
        "lot" => "10",
        other => other,
    }
}

fn sound_key(ai: &str, value: &str) -> Option<String> {
    let all_digits = value.bytes().all(|b| b.is_ascii_digit());
    let width = match ai {
        "01" => {
            return (all_digits && matches!(value.len(), 8 | 12 | 13 | 14))
                .then(|| format!("{value:0>14}"));
        }
        "414" | "417" => 13,
        "00" | "8006" | "8017" | "8018" => 18,
        "402" => 17,
        _ => return sound_text(value).then(|| value.to_owned()),
    };
    (all_digits && value.len() == width).then(|| value.to_owned())
}

fn sound_text(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 90
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"\"'-.;<=>?_%!()*+,:#".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn urns_become_the_links_of_the_reference_implementation() {
        // Computed with epcis_event_hash_generator 1.9.3 (dl_normaliser), except the last two, which it leaves alone.
        for (urn, link) in [
            (
                "urn:epc:id:sgtin:0614141.011111.987",
                Some("https://id.gs1.org/01/00614141111114/21/987"),
            ),
            (
                "urn:epc:id:sscc:9521234.0000000012",
                Some("https://id.gs1.org/00/095212340000000129"),
            ),
            ("urn:epc:id:sgln:4012345.00011.0", Some("https://id.gs1.org/414/4012345000115")),
            (
                "urn:epc:id:sgln:9521234.00001.A7",
                Some("https://id.gs1.org/414/9521234000013/254/A7"),
            ),
            ("urn:epc:id:pgln:4012345.00000", Some("https://id.gs1.org/417/4012345000009")),
            ("urn:epc:id:gdti:4012345.11111.123", Some("https://id.gs1.org/253/4012345111118123")),
            (
                "urn:epc:id:grai:4012345.55555.987",
                Some("https://id.gs1.org/8003/04012345555554987"),
            ),
            ("urn:epc:id:giai:4000001.111", Some("https://id.gs1.org/8004/4000001111")),
            (
                "urn:epc:class:lgtin:9521234.020301.L7",
                Some("https://id.gs1.org/01/09521234203018/10/L7"),
            ),
            ("urn:epc:idpat:sgtin:9521234.020301.*", Some("https://id.gs1.org/01/09521234203018")),
            ("urn:epc:id:sgtin:9521234.02020.1", None),
            ("urn:epc:id:gid:1.2.3", None),
        ] {
            assert_eq!(canonical_link(urn).as_deref(), link, "{urn}");
        }
    }

    #[test]
    fn links_of_any_domain_and_spelling_are_one() {
        let canonical = Some("https://id.gs1.org/01/09521234202011/21/25A1".to_owned());
        for link in [
            "https://id.gs1.org/01/09521234202011/21/25A1",
            "http://shop.example/gtin/9521234202011/ser/25A1",
            "https://maker.example/a/b/01/09521234202011/22/V2/10/L7/21/25A1?x=y#z",
        ] {
            assert_eq!(canonical_link(link), canonical, "{link}");
        }
        assert_eq!(canonical_link("https://example.com/products/1"), None);
        assert_eq!(canonical_link("geo:47.5,11.1"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_a_canonical_link_stays_as_it_is(text in ".{0,60}") {
            for candidate in [text.clone(), format!("urn:epc:id:{text}"), format!("https://x/01/{text}")] {
                if let Some(link) = canonical_link(&candidate) {
                    prop_assert_eq!(canonical_link(&link), Some(link.clone()));
                }
            }
        }

        #[test]
        fn the_company_prefix_does_not_matter(key in "[0-9]{12}", split in 6usize..=12, serial in "[A-Z0-9-]{1,20}") {
            let (prefix, item) = key.split_at(split);
            let urn = format!("urn:epc:id:sgtin:{prefix}.0{item}.{serial}");
            let body = format!("0{key}");
            let digit = super::super::check_digit(&body).unwrap();
            prop_assert_eq!(canonical_link(&urn), Some(format!("https://id.gs1.org/01/{body}{digit}/21/{serial}")));
        }
    }
}
