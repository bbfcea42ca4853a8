//! Segment assessments and questions to the wire.

use super::terms::segment;
use crate::store::segment::{Source, StoredAssessment};
use crate::store::{etag, instant};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::database::StoreError;
use aftercare_platform::wire;
use aftercare_pricing_domain::policy::Segment;
use aftercare_pricing_domain::segment::{Question, Rung};

/// An assessment; one that nobody has made yet has neither time nor etag.
pub(crate) fn present(stored: &StoredAssessment) -> Result<pb::SegmentAssessment, StoreError> {
    let own = &stored.assessment;
    let made = stored.revision > 0;
    let update_time = made.then(|| instant("pricing_segment", stored.update_time)).transpose()?;
    let word = own.overridden.as_ref();
    Ok(pb::SegmentAssessment {
        name: stored.name(),
        segment: segment(own.counting().0).into(),
        evidence: own
            .score
            .evidence
            .iter()
            .map(|evidence| pb::SegmentEvidence {
                observation: evidence.observation.clone(),
                segment: segment(evidence.segment).into(),
                points: evidence.points,
            })
            .collect(),
        override_segment: segment(word.map_or(Segment::Unknown, |word| word.segment)).into(),
        override_reason: word.map(|word| word.reason.clone()).unwrap_or_default(),
        update_time: update_time.map(wire::timestamp),
        etag: if made { etag(stored.revision) } else { String::new() },
        scored_segment: segment(own.score.segment).into(),
        scores: own
            .score
            .points()
            .into_iter()
            .map(|(word, points)| pb::SegmentScore { segment: segment(word).into(), points })
            .collect(),
        answers: own.answers.clone().into_iter().collect(),
        override_principal: word.map(|word| word.principal.clone()).unwrap_or_default(),
        recorded_segment: segment(own.recorded.map_or(Segment::Unknown, |own| own.segment)).into(),
        source: source(own.counting().1).into(),
    })
}

/// Where a segment comes from.
pub(crate) const fn source(source: Option<Source>) -> pb::SegmentSource {
    match source {
        None => pb::SegmentSource::Unspecified,
        Some(Source::Request) => pb::SegmentSource::Request,
        Some(Source::Override) => pb::SegmentSource::Override,
        Some(Source::Score) => pb::SegmentSource::Score,
        Some(Source::CustomerRecord) => pb::SegmentSource::CustomerRecord,
    }
}

/// The same for a person.
pub(crate) const fn source_words(source: Option<Source>) -> &'static str {
    match source {
        None => "",
        Some(Source::Request) => "as asked for",
        Some(Source::Override) => "from a person's word in the assessment",
        Some(Source::Score) => "from the assessment's score",
        Some(Source::CustomerRecord) => "from the customer's record",
    }
}

/// A question with its answers.
pub(crate) fn question(question: &Question) -> pb::SegmentQuestion {
    pb::SegmentQuestion {
        id: question.id.to_owned(),
        text: question.text.to_owned(),
        answers: question
            .answers
            .iter()
            .map(|answer| {
                let (word, points) = answer.speaks_for.unwrap_or((Segment::Unknown, 0.0));
                pb::SegmentAnswer {
                    id: answer.id.to_owned(),
                    text: answer.text.to_owned(),
                    segment: segment(word).into(),
                    points,
                }
            })
            .collect(),
    }
}

/// Where a product stands on a ladder.
pub(crate) fn rung(product: &pb::ServiceProduct) -> Rung {
    Rung {
        step: product.ladder_step,
        segments: product.segments().map(super::terms::segment_of).collect(),
        name: product.name.clone(),
    }
}
