//! CBV 2.0 vocabularies: bare words, CURIEs, old URNs and web URIs are one term.

/// A standard vocabulary of CBV 2.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vocabulary {
    /// Business steps.
    BizStep,
    /// Dispositions.
    Disposition,
    /// Business transaction types.
    BizTransaction,
    /// Source and destination types.
    SourceDest,
    /// Error reasons.
    ErrorReason,
    /// Sensor measurement types, in the GS1 web vocabulary.
    Measurement,
    /// Sensor components.
    Component,
}

impl Vocabulary {
    const fn web(self) -> &'static str {
        match self {
            Self::BizStep => "https://ref.gs1.org/cbv/BizStep-",
            Self::Disposition => "https://ref.gs1.org/cbv/Disp-",
            Self::BizTransaction => "https://ref.gs1.org/cbv/BTT-",
            Self::SourceDest => "https://ref.gs1.org/cbv/SDT-",
            Self::ErrorReason => "https://ref.gs1.org/cbv/ER-",
            Self::Measurement => "https://gs1.org/voc/",
            Self::Component => "https://ref.gs1.org/cbv/Comp-",
        }
    }

    const fn urn(self) -> &'static str {
        match self {
            Self::BizStep => "urn:epcglobal:cbv:bizstep:",
            Self::Disposition => "urn:epcglobal:cbv:disp:",
            Self::BizTransaction => "urn:epcglobal:cbv:btt:",
            Self::SourceDest => "urn:epcglobal:cbv:sdt:",
            Self::ErrorReason => "urn:epcglobal:cbv:er:",
            Self::Measurement | Self::Component => "urn:epcglobal:cbv:comp:",
        }
    }

    const fn curie(self) -> &'static str {
        match self {
            Self::BizStep => "cbv:BizStep-",
            Self::Disposition => "cbv:Disp-",
            Self::BizTransaction => "cbv:BTT-",
            Self::SourceDest => "cbv:SDT-",
            Self::ErrorReason => "cbv:ER-",
            Self::Measurement => "gs1:",
            Self::Component => "cbv:Comp-",
        }
    }

    /// The term's web URI; a URI of another vocabulary stays as it is.
    #[must_use]
    pub fn expand(self, term: &str) -> String {
        match bare(self, term) {
            word if word.contains(':') => word.to_owned(),
            word => format!("{}{word}", self.web()),
        }
    }
}

/// The bare word of a term, however it is written; a URI of another vocabulary stays as it is.
#[must_use]
pub fn bare(vocabulary: Vocabulary, term: &str) -> &str {
    [vocabulary.web(), vocabulary.urn(), vocabulary.curie()]
        .iter()
        .find_map(|prefix| term.strip_prefix(prefix))
        .unwrap_or(term)
}

/// The standard's business steps (CBV 2.0, 7.1).
pub(super) const BIZ_STEPS: &str = "accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting installing killing loading other packing picking receiving removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting unloading unpacking void_shipping";

/// The standard's dispositions (CBV 2.0, 7.2).
pub(super) const DISPOSITIONS: &str = "active available completeness_inferred completeness_verified conformant container_closed container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown";

/// Whether a bare word belongs to a space-separated list; a URI of another vocabulary always does.
pub(super) fn known(list: &str, word: &str) -> bool {
    word.contains(':') || list.split(' ').any(|w| w == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_term_is_one() {
        for term in [
            "shipping",
            "cbv:BizStep-shipping",
            "urn:epcglobal:cbv:bizstep:shipping",
            "https://ref.gs1.org/cbv/BizStep-shipping",
        ] {
            assert_eq!(bare(Vocabulary::BizStep, term), "shipping");
            assert_eq!(
                Vocabulary::BizStep.expand(term),
                "https://ref.gs1.org/cbv/BizStep-shipping"
            );
        }
        assert_eq!(Vocabulary::BizStep.expand("https://x.example/step"), "https://x.example/step");
        assert_eq!(
            Vocabulary::Measurement.expand("Temperature"),
            "https://gs1.org/voc/Temperature"
        );
    }
}
