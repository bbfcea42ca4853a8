//! EPC URNs (`urn:epc:id:sgtin:...`) as canonical Digital Links (GS1 EPC Tag Data Standard 2.0, section 6; Digital Link 1.2, 4.11).

use super::key::check_digit;

/// The canonical Digital Link of an EPC, EPC class or EPC pattern URN; none if it is no well-formed URN of a known scheme.
pub(super) fn link_of_urn(urn: &str) -> Option<String> {
    let rest = urn.strip_prefix("urn:epc:")?;
    let (family, rest) = rest.split_once(':')?;
    let (scheme, value) = rest.split_once(':')?;
    match family {
        "id" => instance(scheme, value),
        "class" if scheme == "lgtin" => {
            let (gtin, lot) = trade_item(value)?;
            Some(link("01", &gtin, &format!("/10/{}", text(lot, 20)?)))
        }
        "idpat" => pattern(scheme, value),
        _ => None,
    }
}

fn instance(scheme: &str, value: &str) -> Option<String> {
    match scheme {
        "sgtin" => {
            let (gtin, serial) = trade_item(value)?;
            Some(link("01", &gtin, &format!("/21/{}", text(serial, 20)?)))
        }
        "upui" => {
            let (gtin, serial) = trade_item(value)?;
            Some(link("01", &gtin, &format!("/235/{}", text(serial, 28)?)))
        }
        "itip" => {
            let (gtin, rest) = trade_item(value)?;
            let (pieces, serial) = pieces(rest)?;
            Some(link("8006", &gtin, &format!("{pieces}/21/{}", text(serial, 20)?)))
        }
        "sscc" => {
            let (prefix, reference) = numeric(value, 17)?;
            let (extension, reference) = reference.split_at_checked(1)?;
            Some(link("00", &whole(&format!("{extension}{prefix}{reference}"))?, ""))
        }
        "sgln" => {
            let (key, extension) = located(value, 12)?;
            let extension = text(extension, 20)?;
            let tail = if extension == "0" { String::new() } else { format!("/254/{extension}") };
            Some(link("414", &whole(&key)?, &tail))
        }
        "pgln" => {
            let (prefix, reference) = numeric(value, 12)?;
            Some(link("417", &whole(&format!("{prefix}{reference}"))?, ""))
        }
        "grai" => {
            let (key, serial) = located(value, 12)?;
            Some(link("8003", &format!("0{}", whole(&key)?), &text(serial, 16)?))
        }
        "gdti" | "sgcn" => {
            let (key, serial) = located(value, 12)?;
            let ai = if scheme == "gdti" { "253" } else { "255" };
            Some(link(ai, &whole(&key)?, &text(serial, 17)?))
        }
        "giai" | "ginc" => {
            let (prefix, reference) = value.split_once('.')?;
            let prefix = company_prefix(prefix)?;
            let ai = if scheme == "giai" { "8004" } else { "401" };
            Some(link(ai, &format!("{prefix}{}", text(reference, 30 - prefix.len())?), ""))
        }
        "gsrn" | "gsrnp" => {
            let (prefix, reference) = numeric(value, 17)?;
            let ai = if scheme == "gsrn" { "8018" } else { "8017" };
            Some(link(ai, &whole(&format!("{prefix}{reference}"))?, ""))
        }
        "gsin" => {
            let (prefix, reference) = numeric(value, 16)?;
            Some(link("402", &whole(&format!("{prefix}{reference}"))?, ""))
        }
        "cpi" => {
            let (prefix, rest) = value.split_once('.')?;
            let (part, serial) = rest.split_once('.')?;
            let part = text(part, 24)?;
            Some(link(
                "8010",
                &format!("{}{part}", company_prefix(prefix)?),
                &format!("/8011/{}", digits(serial)?),
            ))
        }
        _ => None,
    }
}

fn pattern(scheme: &str, value: &str) -> Option<String> {
    match scheme {
        "sgtin" | "upui" => {
            let (gtin, rest) = trade_item(value)?;
            (rest == "*").then(|| link("01", &gtin, ""))
        }
        "itip" => {
            let (gtin, rest) = trade_item(value)?;
            let (pieces, rest) = pieces(rest)?;
            (rest == "*").then(|| link("8006", &gtin, &pieces))
        }
        "grai" => {
            let (key, rest) = located(value, 12)?;
            (rest == "*")
                .then(|| whole(&key))
                .flatten()
                .map(|key| link("8003", &format!("0{key}"), ""))
        }
        "gdti" | "sgcn" => {
            let (key, rest) = located(value, 12)?;
            let ai = if scheme == "gdti" { "253" } else { "255" };
            (rest == "*").then(|| whole(&key)).flatten().map(|key| link(ai, &key, ""))
        }
        _ => None,
    }
}

fn link(ai: &str, key: &str, tail: &str) -> String {
    format!("https://id.gs1.org/{ai}/{key}{tail}")
}

fn whole(body: &str) -> Option<String> {
    check_digit(body).map(|digit| format!("{body}{digit}"))
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

fn company_prefix(text: &str) -> Option<&str> {
    digits(text).filter(|prefix| (6..=12).contains(&prefix.len()))
}

/// `prefix.reference`, digits that are `length` together; the reference may be empty.
fn numeric(value: &str, length: usize) -> Option<(&str, &str)> {
    let (prefix, reference) = value.split_once('.')?;
    company_prefix(prefix)?;
    let sound =
        prefix.len() + reference.len() == length && reference.bytes().all(|b| b.is_ascii_digit());
    sound.then_some((prefix, reference))
}

/// `prefix.reference.rest`: the joined key of `length` digits, and the rest.
fn located(value: &str, length: usize) -> Option<(String, &str)> {
    let (prefix, rest) = value.split_once('.')?;
    let (reference, rest) = rest.split_once('.')?;
    let sound = company_prefix(prefix).is_some()
        && prefix.len() + reference.len() == length
        && reference.bytes().all(|b| b.is_ascii_digit());
    sound.then(|| (format!("{prefix}{reference}"), rest))
}

/// `prefix.indicator+item.rest`: the GTIN-14, and the rest.
fn trade_item(value: &str) -> Option<(String, &str)> {
    let (prefix, rest) = value.split_once('.')?;
    let (item, rest) = rest.split_once('.')?;
    let sound = company_prefix(prefix).is_some()
        && prefix.len() + item.len() == 13
        && digits(item).is_some();
    if !sound {
        return None;
    }
    let (indicator, item) = item.split_at_checked(1)?;
    Some((whole(&format!("{indicator}{prefix}{item}"))?, rest))
}

/// `pp.tt.rest`: piece and total as four digits, and the rest.
fn pieces(rest: &str) -> Option<(String, &str)> {
    let (piece, rest) = rest.split_once('.')?;
    let (total, rest) = rest.split_once('.')?;
    let sound =
        piece.len() == 2 && total.len() == 2 && digits(piece).is_some() && digits(total).is_some();
    sound.then(|| (format!("{piece}{total}"), rest))
}

/// A serial or lot of at most `limit` characters, as a Digital Link writes it: what a path cannot hold is percent-encoded.
fn text(value: &str, limit: usize) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let mut count = 0;
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        count += 1;
        match byte {
            b'%' => {
                let (high, low) = (bytes.next()?, bytes.next()?);
                if !(high.is_ascii_hexdigit() && low.is_ascii_hexdigit()) {
                    return None;
                }
                out.push('%');
                out.push(char::from(high));
                out.push(char::from(low));
            }
            b'!' | b'(' | b')' | b'*' | b'+' | b',' | b':' => {
                out.push_str(&format!("%{byte:02X}"));
            }
            b'\'' | b'.' | b';' | b'=' | b'_' | b'-' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => return None,
        }
    }
    (count > 0 && count <= limit).then_some(out)
}
