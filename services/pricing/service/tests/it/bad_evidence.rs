//! Evidence that cannot be, or says too little, is answered by name, never with a number that looks sure.

use super::catalogue::product;
use super::failure_model::{machine_event, work_event};
use super::quote::{decimal, full_cover};
use super::{call, client, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_api::google::r#type::Date;
use aftercare_platform::outbox::deliver;
use aftercare_platform::testing::{Kind, TestSuite};
use pb::ModelFlag;

on_both!(thin_and_odd_evidence_is_flagged);
on_both!(machines_that_never_worked_are_no_evidence);
on_both!(effects_that_cannot_be_told_apart_are_named);

const fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// Days from the machines' first day to 1 January 2024, when observation ends.
const END: i64 = 1461;

/// Machines and repairs of one family.
#[derive(Default)]
struct Fleet {
    events: Vec<Event>,
    number: usize,
}

impl Fleet {
    fn of(number: usize) -> Self {
        Self { events: Vec::new(), number }
    }

    fn machine(mut self, i: usize, edit: impl FnOnce(&mut customer::AssetChanged)) -> Self {
        let number = self.number;
        self.events.push(machine_event(100 * number + i, |told| {
            told.product = format!("products/p{number}");
            edit(told);
        }));
        self
    }

    fn repairs(
        mut self,
        i: usize,
        ages: &[i64],
        edit: impl Fn(&mut customer::WorkOrderCompleted),
    ) -> Self {
        let number = self.number;
        for age in ages {
            let id = format!("f{number}-{i}-{}", self.events.len());
            self.events.push(work_event(&id, 100 * number + i, *age, |told| {
                told.product = format!("products/p{number}");
                edit(told);
            }));
        }
        self
    }
}

/// A suite that has been told of these fleets.
async fn told(kind: Kind, fleets: Vec<Fleet>) -> TestSuite {
    let ((suite, consumer), call) = (suite(kind).await, call());
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let of = |fleet: &Fleet| product(&format!("p{}", fleet.number), &format!("F{}", fleet.number));
    let requests = fleets.iter().map(of).collect();
    let request = pb::BatchUpdateProductsRequest { requests, request_id: request_id() };
    catalogue.batch_update_products(request).await.unwrap();
    let events: Vec<Event> = fleets.into_iter().flat_map(|fleet| fleet.events).collect();
    deliver(consumer.as_ref(), &events).await.unwrap();
    suite
}

fn fit(number: usize) -> pb::FitFailureModelRequest {
    pb::FitFailureModelRequest {
        family: format!("F{number}"),
        observation_start_date: date(2020, 1, 1),
        observation_end_date: date(2024, 1, 1),
        request_id: request_id(),
        ..Default::default()
    }
}

async fn thin_and_odd_evidence_is_flagged(kind: Kind) {
    let plain = |_: &mut customer::WorkOrderCompleted| {};
    let one = |number: usize| Fleet::of(number).machine(0, |_| {});
    let many = [100, 300, 500, 700, 900, 1100];
    let half_retired =
        |told: &mut customer::AssetChanged| told.decommission_date = date(2022, 1, 1);
    // The case, what was told, what of it counts, and what the model says of itself.
    let cases: Vec<(&str, Fleet, i32, ModelFlag)> = vec![
        ("no failure", one(0), 0, ModelFlag::PriorOnly),
        ("one failure, unbiased", one(1).repairs(0, &[700], plain), 1, ModelFlag::ShapePrior),
        (
            "all failures at the end",
            one(2).machine(1, |_| {}).repairs(0, &[END], plain).repairs(1, &[END], plain),
            2,
            ModelFlag::ShapePrior,
        ),
        ("two at one instant", one(3).repairs(0, &[700, 700], plain), 2, ModelFlag::Ties),
        (
            "before the first day",
            one(4).repairs(0, &[-40], plain).repairs(0, &many, plain),
            6,
            ModelFlag::FailuresLeftOut,
        ),
        (
            "after retirement",
            Fleet::of(5).machine(0, half_retired).repairs(0, &[300, 1100], plain),
            1,
            ModelFlag::FailuresLeftOut,
        ),
        (
            "hours below zero",
            one(6).repairs(0, &many, |told| told.labour_hours = decimal("-4")),
            6,
            ModelFlag::SeverityPrior,
        ),
        (
            "hours that are no number",
            one(7).repairs(0, &many, |told| told.labour_hours = decimal("NaN")),
            6,
            ModelFlag::SeverityPrior,
        ),
        (
            "more pieces than any stock holds",
            one(8).repairs(0, &many, |told| {
                told.parts = vec![customer::PartUsage {
                    part: "parts/seal".to_owned(),
                    quantity: decimal("79228162514264337593543950335"),
                    ..Default::default()
                }];
            }),
            6,
            ModelFlag::Shrunk,
        ),
        ("on the first day", one(9).repairs(0, &[0], plain), 1, ModelFlag::Shrunk),
        (
            "a machine without a first day",
            one(10).machine(1, |told| told.commission_date = None).repairs(0, &many, plain),
            6,
            ModelFlag::MachinesLeftOut,
        ),
    ];
    let asked: Vec<(&str, i32, ModelFlag)> =
        cases.iter().map(|(case, _, count, flag)| (*case, *count, *flag)).collect();
    let suite = told(kind, cases.into_iter().map(|(_, fleet, ..)| fleet).collect()).await;
    let call = call();
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    for (number, (case, count, flag)) in asked.into_iter().enumerate() {
        let mut ask = fit(number);
        if case.ends_with("unbiased") {
            ask.estimator = pb::Estimator::Unbiased.into();
        }
        let model = models.fit_failure_model(ask).await.unwrap().into_inner();
        assert_eq!(model.event_count, count, "{case}");
        assert!(
            model.flags.contains(&flag.into()),
            "{case}: {:?}",
            model.flags().collect::<Vec<_>>()
        );
        for mode in &model.modes {
            let finite = [mode.beta, mode.lambda, mode.beta_standard_error];
            assert!(finite.iter().all(|number| number.is_finite() && *number > 0.0), "{case}");
            let by_prior = [ModelFlag::PriorOnly, ModelFlag::ShapePrior].contains(&flag);
            assert_eq!(mode.credibility <= 0.0, by_prior, "{case}");
        }
    }
}

async fn machines_that_never_worked_are_no_evidence(kind: Kind) {
    let never = |told: &mut customer::AssetChanged| told.decommission_date = told.commission_date;
    let backwards = |told: &mut customer::AssetChanged| told.decommission_date = date(2019, 1, 1);
    let unknown = |told: &mut customer::AssetChanged| told.commission_date = None;
    let late = |told: &mut customer::AssetChanged| told.commission_date = date(2024, 1, 1);
    let fleets = vec![
        Fleet::of(0).machine(0, never).repairs(0, &[1], |_| {}),
        Fleet::of(1).machine(0, backwards).repairs(0, &[1], |_| {}),
        Fleet::of(2).machine(0, unknown).repairs(0, &[1], |_| {}),
        Fleet::of(3).machine(0, late),
        Fleet::of(4),
    ];
    let (suite, call) = (told(kind, fleets).await, call());
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    for number in 0..5 {
        let refused = models.fit_failure_model(fit(number)).await.unwrap_err();
        assert_eq!(reason(&refused), "NO_FAILURE_EVIDENCE", "{number}");
    }
    // None of them can be covered either.
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    for number in 0..3 {
        let mut ask = full_cover(&format!("q{number}"));
        ask.assets = vec![format!("customers/c1/assets/zj-{}", 100 * number)];
        let refused = quotes.create_quote(ask).await.unwrap_err();
        super::bad_input::refused(&refused, "assets[0]", "a machine that never worked");
    }
}

async fn effects_that_cannot_be_told_apart_are_named(kind: Kind) {
    use customer::AssetEnvironment::{Corrosive, Dusty, IndoorClean};
    let at = |environment: customer::AssetEnvironment, region: &'static str| {
        move |told: &mut customer::AssetChanged| {
            told.set_environment(environment);
            region.clone_into(&mut told.region_code);
        }
    };
    let repairs = [100, 300, 500, 700, 900, 1100];
    // Dust blows in Jiangxi only: nobody can say whether it is the dust or the place.
    let one = Fleet::of(0)
        .machine(0, at(IndoorClean, "330100"))
        .repairs(0, &repairs[..2], |_| {})
        .machine(1, at(Dusty, "360100"))
        .repairs(1, &repairs, |_| {})
        // Began to work when observation was over.
        .machine(2, |told| {
            told.set_environment(Corrosive);
            told.commission_date = date(2025, 1, 1);
        });
    let crossed = Fleet::of(1)
        .machine(0, at(IndoorClean, "330100"))
        .repairs(0, &repairs[..2], |_| {})
        .machine(1, at(Dusty, "360100"))
        .repairs(1, &repairs, |_| {})
        .machine(2, at(Dusty, "330100"))
        .repairs(2, &repairs[..4], |_| {})
        .machine(3, at(Corrosive, "330100"));
    let (suite, call) = (told(kind, vec![one, crossed]).await, call());
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let mut fitted = async |ask: pb::FitFailureModelRequest| {
        let model = models.fit_failure_model(ask).await.unwrap().into_inner();
        let aliased: Vec<String> = model
            .effects
            .iter()
            .filter(|effect| effect.aliased)
            .map(|effect| format!("{} {}", effect.covariate, effect.level))
            .collect();
        (aliased, model.flags.contains(&ModelFlag::AliasedEffects.into()))
    };
    assert_eq!(fitted(fit(0)).await, (vec!["region 360000".to_owned()], true));
    assert_eq!(fitted(fit(1)).await, (Vec::new(), false));

    // The model that has never seen corrosion prices a corroded machine by no effect, and says so.
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut flags = async |machine: &str| {
        let mut ask = full_cover(&format!("q-{machine}"));
        ask.assets = vec![format!("customers/c1/assets/{machine}")];
        quotes.create_quote(ask).await.unwrap().into_inner().flags
    };
    let dusty = flags("zj-1").await;
    assert!(!dusty.contains(&ModelFlag::UnseenLevel.into()), "{dusty:?}");
    assert!(dusty.contains(&ModelFlag::AliasedEffects.into()), "{dusty:?}");
    let corroded = flags("zj-2").await;
    assert!(corroded.contains(&ModelFlag::UnseenLevel.into()), "{corroded:?}");
}
