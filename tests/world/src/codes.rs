//! Codes with check digits: USCC (GB 32100-2015), GLN, GTIN (GS1 General Specifications) and their EPC URNs.

/// The alphabet of GB 32100-2015: no I, O, S, V, Z.
const USCC_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Weights 3^i mod 31 (GB 32100-2015, 5.2).
const USCC_WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// Weights of the organisation part (GB 11714-1997).
const ORGANISATION_WEIGHTS: [usize; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// The maker's GS1 company prefix: 952 is GS1's prefix for demonstrations.
pub const COMPANY_PREFIX: &str = "9521234";

/// A Unified Social Credit Code of an enterprise registered in the county-level `region`.
///
/// The organisation part begins with `XX`, which registers do not issue.
pub fn uscc(region: &str, number: u32) -> String {
    let base = format!("XX{number:06}");
    let body = format!("91{region}{base}{}", organisation_check(&base));
    let check = uscc_check(&body);
    format!("{body}{check}")
}

/// The eighteenth character for the first seventeen.
pub fn uscc_check(body: &str) -> char {
    let sum: usize = body
        .bytes()
        .zip(USCC_WEIGHTS)
        .map(|(byte, weight)| weight * USCC_ALPHABET.iter().position(|a| *a == byte).unwrap_or(0))
        .sum();
    char::from(USCC_ALPHABET[(31 - sum % 31) % 31])
}

fn organisation_check(base: &str) -> char {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => usize::from(byte - b'0'),
        _ => usize::from(byte - b'A') + 10,
    };
    let sum: usize =
        base.bytes().zip(ORGANISATION_WEIGHTS).map(|(byte, weight)| value(byte) * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from(b'0' + u8::try_from(digit).unwrap_or(0)),
    }
}

/// The GS1 check digit of a run of digits (weights 3 and 1 from the right).
pub fn gs1_check(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| u32::from(byte - b'0') * if index % 2 == 0 { 3 } else { 1 })
        .sum();
    char::from(b'0' + u8::try_from((10 - sum % 10) % 10).unwrap_or(0))
}

/// GTIN-14 of the maker's product number (five digits), indicator 0.
pub fn gtin(item: u32) -> String {
    let body = format!("0{COMPANY_PREFIX}{item:05}");
    format!("{body}{}", gs1_check(&body))
}

/// The EPC URN of one piece.
pub fn sgtin_urn(item: u32, serial: &str) -> String {
    format!("urn:epc:id:sgtin:{COMPANY_PREFIX}.0{item:05}.{serial}")
}

/// The GS1 Digital Link of one piece.
pub fn digital_link(item: u32, serial: &str) -> String {
    format!("https://id.gs1.org/01/{}/21/{serial}", gtin(item))
}

/// A place or party: company prefix (seven digits) and reference (five digits).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gln {
    prefix: String,
    reference: u32,
}

impl Gln {
    /// The maker's own.
    pub fn ours(reference: u32) -> Self {
        Self { prefix: COMPANY_PREFIX.to_owned(), reference }
    }

    /// Of a partner: distributors from 1, shops 500.
    pub fn of_partner(number: u32, reference: u32) -> Self {
        Self { prefix: format!("9525{number:03}"), reference }
    }

    /// Thirteen digits with the check digit.
    pub fn digits(&self) -> String {
        let body = format!("{}{:05}", self.prefix, self.reference);
        format!("{body}{}", gs1_check(&body))
    }

    /// `urn:epc:id:sgln:...`, the place.
    pub fn sgln(&self) -> String {
        format!("urn:epc:id:sgln:{}.{:05}.0", self.prefix, self.reference)
    }

    /// `urn:epc:id:pgln:...`, the party.
    pub fn pgln(&self) -> String {
        format!("urn:epc:id:pgln:{}.{:05}", self.prefix, self.reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_published_examples() {
        // GS1 General Specifications, section 7.9: 629104150021 has check digit 3.
        assert_eq!(gs1_check("629104150021"), '3');
        // GB 32100-2015, the published example 91350100M000100Y43.
        assert_eq!(uscc_check("91350100M000100Y4"), '3');
        // GB 11714: organisation code D2143569-X.
        assert_eq!(organisation_check("D2143569"), 'X');
    }

    #[test]
    fn a_gln_and_its_urn_name_the_same_place() {
        let gln = Gln::ours(7);
        assert_eq!(&gln.digits()[..12], "952123400007");
        assert_eq!(gln.sgln(), "urn:epc:id:sgln:9521234.00007.0");
    }
}
