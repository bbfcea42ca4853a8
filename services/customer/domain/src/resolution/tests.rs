//! Small sets with known truth: the same answer at any thread count, chains refused, numbers respected, sums explained.

use super::lookup::{Learned, keys};
use super::measure::Level;
use super::model::{Model, Scored};
use super::party::{Facts, Party, row_of};
use super::spec::{Pattern, Spec};
use super::table::{Row, Table};
use super::{Thresholds, Verdict, cluster, resolve};

fn facts(name: &str, uscc: &str, phone: &str) -> Row {
    let text = |text: &str| text.to_owned();
    row_of(&Facts { name: text(name), uscc: text(uscc), phone: text(phone), ..Facts::default() })
}

fn firms() -> Vec<Row> {
    let brands = ["海联", "泰宏", "华丰", "恒瑞", "信源", "德邦", "富强", "金鼎", "康利", "龙腾"];
    let trades = ["压缩机", "机械", "贸易", "纺织", "化工", "食品"];
    let mut rows = Vec::new();
    for (i, brand) in brands.iter().enumerate() {
        for (j, trade) in trades.iter().enumerate() {
            let phone = format!("138{i:04}{j:04}");
            rows.push(facts(&format!("浙江{brand}{trade}有限公司"), "", &phone));
            if (i + j) % 3 == 0 {
                rows.push(facts(&format!("{brand}{trade}(杭州)股份有限公司"), "", &phone));
            }
        }
    }
    rows
}

#[test]
fn the_answer_is_the_same_at_any_thread_count() {
    let spec = Spec::customers();
    // Enough pairs that the work is really divided.
    let rows: Vec<Row> = (0..40).flat_map(|_| firms()).collect();
    let table = Table::new(&spec, &rows);
    let run = |threads| resolve(&spec, &table, (Thresholds::default(), threads), &mut |_| true);
    let one = run(1).unwrap();
    assert!(one.pairs > 1024 * 8, "{}", one.pairs);
    for threads in [2, 3, 7] {
        assert_eq!(run(threads).unwrap(), one, "{threads}");
    }
}

#[test]
fn doubles_are_found_and_neighbours_are_not() {
    let spec = Spec::customers();
    let rows = firms();
    let table = Table::new(&spec, &rows);
    let mut stages = Vec::new();
    let found = resolve(&spec, &table, (Thresholds::default(), 1), &mut |progress| {
        stages.push(progress.stage);
        true
    })
    .unwrap();
    assert_eq!(stages, ["blocking", "estimating", "comparing", "clustering"]);
    assert_eq!(found.parties.len(), 20);
    for party in &found.parties {
        assert_eq!((party.len(), party[1] - party[0]), (2, 1), "{party:?}");
    }
}

#[test]
fn a_batch_stops_when_it_is_told_to() {
    let spec = Spec::customers();
    let table = Table::new(&spec, &firms());
    let stopped = resolve(&spec, &table, (Thresholds::default(), 1), &mut |progress| {
        progress.stage == "blocking"
    });
    assert_eq!(stopped, None);
    let nobody = Table::new(&spec, &[]);
    let found = resolve(&spec, &nobody, (Thresholds::default(), 4), &mut |_| true).unwrap();
    assert!(found.parties.is_empty() && found.reviews.is_empty());
}

#[test]
fn different_registration_numbers_are_for_a_person() {
    let spec = Spec::customers();
    let same = |uscc| facts("浙江海联压缩机有限公司", uscc, "13800000001");
    let rows = [same("91440300708461136T"), same("91330100799655058B"), same("")];
    let learned = Learned::nothing(&spec, 100);
    let (_, scored) = learned.rank(&spec, &rows);
    let verdict = |other| {
        let pair: &Scored = scored.iter().find(|pair| pair.right == other).unwrap();
        Thresholds::default().verdict(&spec, pair)
    };
    assert_eq!((verdict(1), verdict(2)), (Verdict::Review, Verdict::Match));
}

#[test]
fn a_chain_of_likenesses_makes_no_party() {
    let spec = Spec::customers();
    let rows: Vec<Row> = (0..6).map(|_| facts("海联", "", "")).collect();
    let table = Table::new(&spec, &rows);
    let link = |left: u32| Scored {
        left,
        right: left + 1,
        pattern: Pattern::default(),
        weight: 10.0,
        probability: 0.99,
    };
    let chain: Vec<Scored> = (0..5).map(link).collect();
    let found = cluster::cluster(&spec, &table, &chain);
    assert!(found.parties.iter().all(|party| party.len() <= 4), "{:?}", found.parties);
    assert!(!found.refused.is_empty());
    let all = |a: u32| (a + 1..6).map(move |b| Scored { left: a, right: b, ..link(a) });
    let dense: Vec<Scored> = (0..6).flat_map(all).collect();
    assert_eq!(cluster::cluster(&spec, &table, &dense).parties, [vec![0, 1, 2, 3, 4, 5]]);
}

#[test]
fn a_third_record_does_not_join_two_registration_numbers() {
    let spec = Spec::customers();
    let rows = [
        facts("海联", "91440300708461136T", ""),
        facts("海联", "", ""),
        facts("海联", "91330100799655058B", ""),
    ];
    let table = Table::new(&spec, &rows);
    let link = |left, right, weight| Scored {
        left,
        right,
        pattern: Pattern::default(),
        weight,
        probability: 0.99,
    };
    let found = cluster::cluster(&spec, &table, &[link(0, 1, 20.0), link(1, 2, 10.0)]);
    assert_eq!((found.parties, found.refused.len()), (vec![vec![0, 1]], 1));
}

#[test]
fn weights_add_up_and_name_what_was_compared() {
    let spec = Spec::customers();
    let rows = [
        facts("浙江海联压缩机有限公司", "", "0571-88886666"),
        facts("浙江海莲压缩机有限公司", "", "+86 571 88886666"),
        facts("HAILIAN YASUOJI CO LTD", "", ""),
    ];
    let learned = Learned::nothing(&spec, 1000);
    let table = learned.table(&spec, &rows);
    let pair = learned.model.score(&spec, &table, 0, 1);
    let weights = learned.model.explain(&spec, &table, (0, pair.pattern));
    let sum: f64 = weights.iter().map(|weight| weight.bits).sum();
    assert!((sum - pair.weight).abs() < 1e-9);
    let level = |name| weights[spec.place(name).unwrap()].level;
    assert_eq!(level("legal_name"), Level::Reading);
    assert_eq!(level("phone"), Level::Exact);
    assert_eq!(level("uscc"), Level::Missing);
    let latin = Model::compare(&spec, &table, 0, 2);
    assert!(latin.level(3) != Level::Different, "{:?}", latin.level(3));
}

#[test]
fn keys_find_a_record_under_another_spelling() {
    let spec = Spec::customers();
    let party =
        |row: Row, domain: &str| keys(&spec, &Party { row, domains: vec![domain.to_owned()] });
    let one = party(facts("浙江海联压缩机有限公司", "", "0571-88886666"), "hailian.com");
    let other =
        party(facts("海聯壓縮機（杭州）股份有限公司", "", "+86 571 88886666"), "hailian.com");
    assert!(one.contains("domain:hailian.com"));
    assert!(one.contains("reading:hailianyasuoji") && one.contains("phone:57188886666"));
    assert_eq!(one, other);
}

#[test]
fn what_was_learned_survives_being_stored() {
    let spec = Spec::customers();
    let table = Table::new(&spec, &firms());
    let found = resolve(&spec, &table, (Thresholds::default(), 1), &mut |_| true).unwrap();
    let learned = Learned::of(&spec, &table, found.model);
    assert!(learned.frequencies["legal_name"].len() >= 6, "{:?}", learned.frequencies);
    let text = serde_json::to_string(&learned).unwrap();
    assert_eq!(serde_json::from_str::<Learned>(&text).unwrap().frequencies, learned.frequencies);
}
