//! What to do when a service refuses a batch: who is to blame, who is sent again, when the run ends.

use std::collections::BTreeMap;

use aftercare_kernel::fault::FieldViolation;

use crate::mapping::Fault;

/// How a service answered a batch, as far as the decision needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// `INVALID_ARGUMENT`, `NOT_FOUND`, `ALREADY_EXISTS`, `FAILED_PRECONDITION`, `OUT_OF_RANGE`: the content is refused.
    Refused {
        /// Wrong fields, `requests[17].customer.uscc`.
        violations: Vec<FieldViolation>,
    },
    /// `UNAVAILABLE`, `ABORTED`, `RESOURCE_EXHAUSTED`, `DEADLINE_EXCEEDED`: the same batch may pass later.
    Later,
    /// Everything else: another batch would fare no better.
    Broken,
}

/// What to do with the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// These records (by index) go to quarantine with their faults, the rest is sent again.
    Quarantine(BTreeMap<usize, Vec<Fault>>),
    /// Nobody was named: send the two halves by themselves.
    Halve,
    /// Send the same batch after a pause.
    Retry,
    /// End the run.
    Abort,
}

/// Decides about a batch of `size` records after `attempts` tries at it.
#[must_use]
pub fn decide(answer: &Answer, size: usize, attempts: u32, max_attempts: u32) -> Decision {
    match answer {
        Answer::Broken => Decision::Abort,
        Answer::Later if attempts < max_attempts => Decision::Retry,
        Answer::Later => Decision::Abort,
        Answer::Refused { violations } => {
            let mut named: BTreeMap<usize, Vec<Fault>> = BTreeMap::new();
            for violation in violations {
                if let Some((index, field)) = request_index(&violation.field)
                    && index < size
                {
                    let description = violation.description.clone();
                    named.entry(index).or_default().push(Fault { field, description });
                }
            }
            match (named.is_empty(), size) {
                (false, _) => Decision::Quarantine(named),
                (true, 0 | 1) => Decision::Quarantine(BTreeMap::from([(0, plain(violations))])),
                (true, _) => Decision::Halve,
            }
        }
    }
}

fn plain(violations: &[FieldViolation]) -> Vec<Fault> {
    violations
        .iter()
        .map(|violation| Fault {
            field: violation.field.clone(),
            description: violation.description.clone(),
        })
        .collect()
}

/// The index of `requests[17].customer.uscc`, and the path inside the entity: `uscc`.
fn request_index(field: &str) -> Option<(usize, String)> {
    let (index, rest) = field.strip_prefix("requests[")?.split_once(']')?;
    let rest = rest.trim_start_matches('.');
    // The first segment is the request's resource field, not part of the entity.
    let inside = rest.split_once('.').map_or(rest, |(_, inside)| inside);
    Some((index.parse().ok()?, inside.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(fields: &[&str]) -> Answer {
        let violations = fields
            .iter()
            .map(|field| FieldViolation {
                field: (*field).to_owned(),
                description: "wrong".to_owned(),
            })
            .collect();
        Answer::Refused { violations }
    }

    #[test]
    fn the_named_records_are_taken_out_and_the_rest_is_sent_again() {
        let answer = refused(&[
            "requests[17].customer.uscc",
            "requests[17].customer.address.region_code",
            "requests[3]",
        ]);
        let Decision::Quarantine(named) = decide(&answer, 20, 0, 3) else { panic!() };
        assert_eq!(named.keys().copied().collect::<Vec<_>>(), [3, 17]);
        let fields: Vec<_> = named[&17].iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["uscc", "address.region_code"]);
    }

    #[test]
    fn every_answer_has_its_decision() {
        for (answer, size, attempts, decision) in [
            (refused(&["request_id"]), 8, 0, Decision::Halve),
            (refused(&["requests[99].x"]), 8, 0, Decision::Halve),
            (refused(&[]), 1, 0, Decision::Quarantine(BTreeMap::from([(0, vec![])]))),
            (Answer::Later, 8, 2, Decision::Retry),
            (Answer::Later, 8, 3, Decision::Abort),
            (Answer::Broken, 8, 0, Decision::Abort),
        ] {
            assert_eq!(decide(&answer, size, attempts, 3), decision, "{answer:?}");
        }
    }

    proptest! {
        #[test]
        fn a_refused_batch_always_gets_smaller(fields in proptest::collection::vec("requests\\[[0-9]{1,3}\\](\\.[a-z]{1,5}){0,2}|[a-z]{0,8}", 0..8), size in 1_usize..100) {
            let fields: Vec<_> = fields.iter().map(String::as_str).collect();
            match decide(&refused(&fields), size, 0, 3) {
                Decision::Quarantine(named) => {
                    prop_assert!(!named.is_empty());
                    prop_assert!(named.keys().all(|index| *index < size));
                }
                Decision::Halve => prop_assert!(size > 1),
                Decision::Retry | Decision::Abort => prop_assert!(false),
            }
        }
    }
}
