//! Which exclusion a cause falls under that a technician put down.

use crate::terms::Exclusion;

/// The exclusion that a cause code names; none for a cause of ordinary wear. Codes are compared without regard to case,
/// blanks and dashes, as systems write them.
#[must_use]
pub fn exclusion_of_cause(cause: &str) -> Option<Exclusion> {
    let code: String = cause
        .trim()
        .chars()
        .map(|c| if c == ' ' || c == '-' { '_' } else { c.to_ascii_uppercase() })
        .collect();
    match code.strip_prefix("EXCLUSION_").unwrap_or(&code) {
        "NATURAL_DISASTER" | "LIGHTNING" | "STORM" | "EARTHQUAKE" => {
            Some(Exclusion::NaturalDisaster)
        }
        "FIRE" => Some(Exclusion::Fire),
        "FLOOD" | "WATER" => Some(Exclusion::Flood),
        "MISUSE" => Some(Exclusion::Misuse),
        "INTENTIONAL_DAMAGE" | "VANDALISM" => Some(Exclusion::IntentionalDamage),
        "THIRD_PARTY_REPAIR" => Some(Exclusion::ThirdPartyRepair),
        "CONSUMABLES" | "CONSUMABLE" => Some(Exclusion::Consumables),
        "POWER_OFF" | "NO_FAULT_FOUND" => Some(Exclusion::PowerOff),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_read_as_systems_write_them() {
        for (cause, exclusion) in [
            ("POWER_OFF", Some(Exclusion::PowerOff)),
            (" power off ", Some(Exclusion::PowerOff)),
            ("exclusion_flood", Some(Exclusion::Flood)),
            ("Third-Party-Repair", Some(Exclusion::ThirdPartyRepair)),
            ("WEAR", None),
            ("", None),
        ] {
            assert_eq!(exclusion_of_cause(cause), exclusion, "{cause}");
        }
    }
}
