//! Enumerations: a domain word is the proto value's name without its prefix.

use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain as domain;
use aftercare_kernel::fault::Violations;

/// A domain enumeration with its proto twin.
pub(crate) trait Word: Copy {
    /// The proto number.
    fn number(self) -> i32;
    /// The value of a proto number; none for `_UNSPECIFIED`, an error for a number that is not defined.
    fn of(number: i32) -> Result<Option<Self>, &'static str>;
}

/// The value, if one is given; an undefined number is noted.
pub(crate) fn optional<W: Word>(number: i32, field: &str, wrong: &mut Violations) -> Option<W> {
    wrong.take(field, W::of(number)).flatten()
}

/// The value; none given is noted.
pub(crate) fn required<W: Word>(number: i32, field: &str, wrong: &mut Violations) -> Option<W> {
    match W::of(number) {
        Ok(None) => wrong.required(field, None),
        found => wrong.take(field, found).flatten(),
    }
}

/// Every value of a list.
pub(crate) fn list<W: Word>(numbers: &[i32], field: &str, wrong: &mut Violations) -> Vec<W> {
    let one = |(i, number): (usize, &i32)| required(*number, &format!("{field}[{i}]"), wrong);
    numbers.iter().enumerate().filter_map(one).collect()
}

/// The proto numbers of a list.
pub(crate) fn numbers<W: Word>(values: &[W]) -> Vec<i32> {
    values.iter().map(|value| value.number()).collect()
}

/// The proto number of an optional value.
pub(crate) fn number<W: Word>(value: Option<W>) -> i32 {
    value.map_or(0, Word::number)
}

macro_rules! word {
    ($domain:path, $proto:path, $prefix:literal) => {
        impl Word for $domain {
            fn number(self) -> i32 {
                let name = format!(concat!($prefix, "_{}"), self.as_str());
                <$proto>::from_str_name(&name).map_or(0, |value| value as i32)
            }
            fn of(number: i32) -> Result<Option<Self>, &'static str> {
                let value = <$proto>::try_from(number).map_err(|_| "is not a defined value")?;
                let word = value.as_str_name().trim_start_matches(concat!($prefix, "_"));
                if word == "UNSPECIFIED" {
                    return Ok(None);
                }
                Self::parse(word).map(Some).map_err(|_| "is not a possible value")
            }
        }

        #[cfg(test)]
        impl Twin for $domain {
            const WORDS: &'static [Self] = Self::ALL;
            const PREFIX: &'static str = $prefix;
        }
    };
}

/// What the test of the pairs needs.
#[cfg(test)]
pub(crate) trait Twin: Word + Sized + 'static {
    const WORDS: &'static [Self];
    const PREFIX: &'static str;
}

word!(domain::customer::CustomerKind, pb::CustomerKind, "CUSTOMER_KIND");
word!(domain::customer::CustomerState, pb::CustomerState, "CUSTOMER_STATE");
word!(domain::customer::RelationshipLevel, pb::RelationshipLevel, "RELATIONSHIP_LEVEL");
word!(domain::customer::TrustLevel, pb::TrustLevel, "TRUST_LEVEL");
word!(domain::customer::Fit, pb::Fit, "FIT");
word!(domain::customer::FitReviewState, pb::FitReviewState, "FIT_REVIEW_STATE");
word!(domain::customer::NeedsSegment, pb::NeedsSegment, "NEEDS_SEGMENT");
word!(domain::grade::Grade, pb::GradeLetter, "GRADE_LETTER");
word!(domain::grade::GradeMove, pb::GradeMove, "GRADE_MOVE");
word!(domain::grade::ScoreKind, pb::ScoreKind, "SCORE_KIND");
word!(domain::grade::GradeInputKind, pb::GradeInputKind, "GRADE_INPUT_KIND");
word!(domain::contact::ContactRole, pb::ContactRole, "CONTACT_ROLE");
word!(domain::contact::ContactChannel, pb::ContactChannel, "CONTACT_CHANNEL");
word!(domain::entitlement::ServiceHours, pb::ServiceHours, "SERVICE_HOURS");
word!(domain::employee::ConductStep, pb::ConductStep, "CONDUCT_STEP");
word!(domain::asset::AssetEnvironment, pb::AssetEnvironment, "ASSET_ENVIRONMENT");
word!(domain::asset::AssetState, pb::AssetState, "ASSET_STATE");
word!(domain::work_order::WorkOrderKind, pb::WorkOrderKind, "WORK_ORDER_KIND");
word!(domain::work_order::WorkOrderState, pb::WorkOrderState, "WORK_ORDER_STATE");
word!(domain::quality::ParetoDimension, pb::ParetoDimension, "PARETO_DIMENSION");
word!(domain::quality::LotAlertState, pb::LotAlertState, "LOT_ALERT_STATE");
word!(domain::quality::ReliabilityGroup, pb::ReliabilityGroup, "RELIABILITY_GROUP");
word!(domain::campaign::CampaignKind, pb::CampaignKind, "CAMPAIGN_KIND");
word!(domain::campaign::CampaignState, pb::CampaignState, "CAMPAIGN_STATE");
word!(domain::campaign::CampaignItemState, pb::CampaignItemState, "CAMPAIGN_ITEM_STATE");
word!(domain::survey::SurveyState, pb::SurveyState, "SURVEY_STATE");
word!(domain::survey::QuestionKind, pb::QuestionKind, "QUESTION_KIND");
word!(domain::survey::ServqualDimension, pb::ServqualDimension, "SERVQUAL_DIMENSION");
word!(domain::survey::JourneyStage, pb::JourneyStage, "JOURNEY_STAGE");
word!(domain::follow_up::FollowUpKind, pb::FollowUpKind, "FOLLOW_UP_KIND");
word!(domain::follow_up::FollowUpTrigger, pb::FollowUpTrigger, "FOLLOW_UP_TRIGGER");
word!(domain::follow_up::FollowUpState, pb::FollowUpState, "FOLLOW_UP_STATE");
word!(domain::follow_up::SuppressionReason, pb::SuppressionReason, "SUPPRESSION_REASON");
word!(domain::follow_up::FollowUpResult, pb::FollowUpResult, "FOLLOW_UP_RESULT");
word!(domain::case::CaseKind, pb::CaseKind, "CASE_KIND");
word!(domain::case::ComplaintCategory, pb::ComplaintCategory, "COMPLAINT_CATEGORY");
word!(domain::case::CasePriority, pb::CasePriority, "CASE_PRIORITY");
word!(domain::case::CaseState, pb::CaseState, "CASE_STATE");
word!(domain::case::CaseAction, pb::CaseAction, "CASE_ACTION");
word!(domain::case::TaskState, pb::TaskState, "TASK_STATE");
word!(domain::milestone::Milestone, pb::Milestone, "MILESTONE");
word!(domain::milestone::Occurrence, pb::ClockEventKind, "CLOCK_EVENT_KIND");
word!(domain::milestone::TimeUnit, pb::TimeUnit, "TIME_UNIT");
word!(domain::clock::ClockState, pb::ClockState, "CLOCK_STATE");
word!(domain::clock::SegmentReason, pb::SegmentReason, "SEGMENT_REASON");

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip<W: Twin + PartialEq + std::fmt::Debug>() {
        for word in W::WORDS {
            assert_ne!(word.number(), 0, "{}_{word:?} is not in the proto", W::PREFIX);
            assert_eq!(W::of(word.number()), Ok(Some(*word)));
        }
        assert_eq!(W::of(0), Ok(None));
        assert!(W::of(999).is_err());
    }

    #[test]
    fn every_word_has_its_twin_in_the_proto() {
        round_trip::<domain::customer::CustomerKind>();
        round_trip::<domain::customer::CustomerState>();
        round_trip::<domain::customer::RelationshipLevel>();
        round_trip::<domain::customer::TrustLevel>();
        round_trip::<domain::customer::Fit>();
        round_trip::<domain::customer::NeedsSegment>();
        round_trip::<domain::grade::Grade>();
        round_trip::<domain::grade::GradeMove>();
        round_trip::<domain::grade::ScoreKind>();
        round_trip::<domain::grade::GradeInputKind>();
        round_trip::<domain::contact::ContactRole>();
        round_trip::<domain::contact::ContactChannel>();
        round_trip::<domain::employee::ConductStep>();
        round_trip::<domain::asset::AssetEnvironment>();
        round_trip::<domain::asset::AssetState>();
        round_trip::<domain::work_order::WorkOrderKind>();
        round_trip::<domain::work_order::WorkOrderState>();
        round_trip::<domain::quality::ParetoDimension>();
        round_trip::<domain::quality::ReliabilityGroup>();
        round_trip::<domain::campaign::CampaignKind>();
        round_trip::<domain::campaign::CampaignState>();
        round_trip::<domain::campaign::CampaignItemState>();
        round_trip::<domain::survey::SurveyState>();
        round_trip::<domain::survey::QuestionKind>();
        round_trip::<domain::survey::ServqualDimension>();
        round_trip::<domain::survey::JourneyStage>();
        round_trip::<domain::follow_up::FollowUpKind>();
        round_trip::<domain::follow_up::FollowUpTrigger>();
        round_trip::<domain::follow_up::FollowUpState>();
        round_trip::<domain::follow_up::SuppressionReason>();
        round_trip::<domain::follow_up::FollowUpResult>();
        round_trip::<domain::case::CaseKind>();
        round_trip::<domain::case::ComplaintCategory>();
        round_trip::<domain::case::CasePriority>();
        round_trip::<domain::case::CaseState>();
        round_trip::<domain::case::CaseAction>();
        round_trip::<domain::case::TaskState>();
        round_trip::<domain::milestone::Milestone>();
        round_trip::<domain::milestone::Occurrence>();
        round_trip::<domain::milestone::TimeUnit>();
        round_trip::<domain::clock::ClockState>();
        round_trip::<domain::clock::SegmentReason>();
    }
}
