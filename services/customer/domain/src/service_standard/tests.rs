//! Standards by grade and fit: which one holds, that no day is without or has two, and what the front line may grant.

use super::*;
use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

fn shipped() -> Vec<(String, ServiceStandard)> {
    default_standards().into_iter().map(|(id, standard)| (id.to_owned(), standard)).collect()
}

fn standard(start: Date, end: Option<Date>) -> ServiceStandard {
    let (_, first) = default_standards().remove(0);
    ServiceStandard { start, end, ..first }
}

#[test]
fn a_new_standard_ends_the_one_before_and_leaves_no_gap() {
    let known = vec![("old".to_owned(), standard(date(2000, 1, 1), None))];
    let new = standard(date(2026, 4, 1), None);
    let (id, ended) = succeed(&known, &new).unwrap().unwrap();
    assert_eq!((id.as_str(), ended.end), ("old", Some(date(2026, 4, 1))));
    let both = vec![(id, ended), ("new".to_owned(), new)];
    follow_each_other(&both).unwrap();
    let held = |grade, on| choose(&both, (Some(grade), Fit::General), on).map(|choice| choice.id);
    assert_eq!(held(Grade::A, date(2026, 3, 31)), Some("old"));
    assert_eq!(held(Grade::A, date(2026, 4, 1)), Some("new"));
    assert_eq!(held(Grade::B, date(2026, 4, 1)), None);
    let early = succeed(&both, &standard(date(2026, 4, 1), None)).unwrap_err();
    assert_eq!(early.reason(), "STANDARDS_OVERLAP");
}

#[test]
fn days_without_a_standard_are_refused() {
    let known = vec![("old".to_owned(), standard(date(2000, 1, 1), Some(date(2025, 1, 1))))];
    let late = succeed(&known, &standard(date(2025, 1, 2), None)).unwrap_err();
    assert_eq!(late.reason(), "STANDARDS_GAP");
    assert_eq!(succeed(&known, &standard(date(2025, 1, 1), None)), Ok(None));
    let later = ("new".to_owned(), standard(date(2025, 2, 1), None));
    let gap = follow_each_other(&[known[0].clone(), later]).unwrap_err();
    assert!(matches!(gap, StandardError::Gap { to, .. } if to == date(2025, 2, 1)));
}

#[test]
fn each_fit_has_a_standard_of_its_own_or_that_of_the_grade() {
    let on = date(2026, 3, 2);
    for (grade, fit, id, why) in [
        (
            Some(Grade::A),
            Fit::General,
            "grade-a",
            "grade A, fit GENERAL, on 2026-03-02: the standard of the grade",
        ),
        (
            Some(Grade::A),
            Fit::Key,
            "grade-a-key",
            "grade A, fit KEY, on 2026-03-02: the standard of the fit",
        ),
        (
            Some(Grade::C),
            Fit::Right,
            "grade-c-right",
            "grade C, fit RIGHT, on 2026-03-02: the standard of the fit",
        ),
        (
            None,
            Fit::Harmful,
            "grade-d-harmful",
            "fit HARMFUL; no grade yet, counted as D, on 2026-03-02: the standard of the fit",
        ),
    ] {
        let standards = shipped();
        let choice = choose(&standards, (grade, fit), on).unwrap();
        assert_eq!((choice.id, choice.reason.as_str()), (id, why));
    }
    assert_eq!(choose(&shipped(), (None, Fit::General), on), None);
    // Before the first day of all of them there is none.
    assert_eq!(choose(&shipped(), (Some(Grade::A), Fit::Key), date(1999, 12, 31)), None);
}

#[test]
fn the_front_line_grants_more_to_the_better_fit_and_nothing_to_the_harmful() {
    let micros = |fit: Fit| {
        let standards = shipped();
        let choice = choose(&standards, (Some(Grade::B), fit), date(2026, 3, 2)).unwrap();
        let limits = choice.standard.limits(crate::case::default_limits());
        let of = |role: &str| {
            let own = limits.iter().filter(|limit| limit.role == role);
            own.map(|limit| limit.limit.micros() / 1_000_000).max().unwrap()
        };
        (of("agent"), of("engineer"), of("supervisor"))
    };
    assert_eq!(micros(Fit::General), (1_000, 1_000, 5_000));
    assert_eq!(micros(Fit::Right), (1_500, 1_500, 5_000));
    assert_eq!(micros(Fit::Key), (2_000, 2_000, 5_000));
    assert_eq!(micros(Fit::Harmful), (0, 0, 5_000));
}

proptest! {
    /// Whatever standards come after the shipped ones: on every day each grade and fit has one, and one only of its line.
    #[test]
    fn no_day_is_without_and_none_has_two(
        new in prop::collection::vec((0..4_usize, 0..5_usize, 0..12_000_i32, prop::option::of(1..900_i32)), 0..24),
        days in prop::collection::vec(0..20_000_i32, 1..20),
    ) {
        let first = date(2000, 1, 1);
        let mut standards = shipped();
        for (i, (grade, fit, start, length)) in new.into_iter().enumerate() {
            let start = first.checked_add(start.days()).unwrap();
            let new = ServiceStandard {
                grade: Grade::ALL[grade],
                fit: fit.checked_sub(1).map(|fit| Fit::ALL[fit]),
                end: length.map(|length| start.checked_add(length.days()).unwrap()),
                ..standard(start, None)
            };
            let Ok(ended) = succeed(&standards, &new) else { continue };
            if let Some((id, ended)) = ended {
                standards.iter_mut().find(|(known, _)| *known == id).unwrap().1 = ended;
            }
            standards.push((format!("new-{i}"), new));
        }
        follow_each_other(&standards).unwrap();
        for day in days {
            let on = first.checked_add(day.days()).unwrap();
            for line in lines() {
                let held = standards.iter().filter(|(_, s)| s.line() == line && s.holds(on)).count();
                let last = standards.iter().filter(|(_, s)| s.line() == line).map(|(_, s)| s.end);
                let ended = last.clone().all(|end| end.is_some_and(|end| end <= on));
                let begun = standards.iter().any(|(_, s)| s.line() == line && s.start <= on);
                prop_assert_eq!(held, usize::from(begun && !ended));
            }
        }
    }
}

#[test]
fn a_cadence_is_of_days_or_more() {
    for (cadence, sound) in [
        ("P1M", true),
        ("P10D", true),
        ("PT5H", false),
        ("-P1M", false),
        ("often", false),
        ("P0D", false),
    ] {
        let mut wrong = Violations::new();
        let of = standard(date(2026, 1, 1), None);
        ServiceStandard { contact_cadence: cadence.to_owned(), ..of }.check(&mut wrong);
        assert_eq!(wrong.is_empty(), sound, "{cadence}");
    }
}
