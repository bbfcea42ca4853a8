//! Who could take a case or a work order: by skill, load and territory, with what speaks for and against.

use super::{CompetencyModel, Employee};
use aftercare_kernel::region::RegionCode;
use jiff::civil::Date;

/// What skill, room and nearness count for, per mille of the score. A choice of ours: the skilled first.
const WEIGHTS: (u32, u32, u32) = (500, 300, 200);

/// Work that needs somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work<'a> {
    /// The role that does it.
    pub role: &'a str,
    /// Where.
    pub region: Option<&'a RegionCode>,
    /// The day for which certificates must hold.
    pub on: Date,
    /// Who must not take it, and why.
    pub barred: Vec<(&'a str, &'static str)>,
}

/// A person with the work that is on the desk now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roster<'a> {
    /// The person's id.
    pub id: &'a str,
    /// The person.
    pub employee: &'a Employee,
    /// Open cases and work orders.
    pub open: u32,
}

/// A person who could take the work, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The person's id.
    pub id: String,
    /// 0..=1000.
    pub score: u32,
    /// Why.
    pub reasons: Vec<String>,
    /// What speaks against it; none if eligible.
    pub obstacles: Vec<String>,
}

/// People of the role, the eligible ones first, then by score and id.
#[must_use]
pub fn candidates(
    roster: &[Roster<'_>],
    models: &[CompetencyModel],
    work: &Work<'_>,
) -> Vec<Candidate> {
    let of_role = roster.iter().filter(|person| has_role(person.employee, work.role));
    let mut found: Vec<Candidate> = of_role.map(|person| weigh(person, models, work)).collect();
    found.sort_by(|a, b| {
        let able = a.obstacles.is_empty().cmp(&b.obstacles.is_empty()).reverse();
        able.then(b.score.cmp(&a.score)).then_with(|| a.id.cmp(&b.id))
    });
    found
}

fn has_role(employee: &Employee, role: &str) -> bool {
    employee.roles.iter().any(|known| known == role)
}

fn weigh(person: &Roster<'_>, models: &[CompetencyModel], work: &Work<'_>) -> Candidate {
    let (mut reasons, mut obstacles) = (Vec::new(), Vec::new());
    if !person.employee.active {
        obstacles.push("is not active".to_owned());
    }
    for (_, why) in work.barred.iter().filter(|(id, _)| *id == person.id) {
        obstacles.push((*why).to_owned());
    }
    let skill = skill(person.employee, models, work, &mut reasons, &mut obstacles);
    let room = room(person, &mut reasons, &mut obstacles);
    let near = near(person.employee, work.region, &mut reasons, &mut obstacles);
    let score = (skill * WEIGHTS.0 + room * WEIGHTS.1 + near * WEIGHTS.2) / 1000;
    Candidate { id: person.id.to_owned(), score, reasons, obstacles }
}

/// 0..=1000: 600 for what the role needs, more for what goes beyond it.
fn skill(
    employee: &Employee,
    models: &[CompetencyModel],
    work: &Work<'_>,
    reasons: &mut Vec<String>,
    obstacles: &mut Vec<String>,
) -> u32 {
    let Some(model) = models.iter().find(|model| model.role == work.role) else { return 600 };
    let (mut surplus, mut room) = (0u32, 0u32);
    let before = obstacles.len();
    for needed in &model.required {
        let held = employee.skills.iter().find(|skill| skill.dimension == needed.dimension);
        let level = held.map_or(0, |skill| skill.level);
        room += u32::from(5u8.saturating_sub(needed.level));
        if level < needed.level {
            let what = format!("{} is {level}, {} is needed", needed.dimension, needed.level);
            obstacles.push(what);
            continue;
        }
        surplus += u32::from(level - needed.level);
        reasons.push(format!("{} {level} of {} needed", needed.dimension, needed.level));
        let Some(held) = held.filter(|_| !needed.certificate.is_empty()) else { continue };
        if held.certificate.is_empty() {
            obstacles.push(format!("no certificate for {}", needed.dimension));
        } else if held.certificate_end.is_some_and(|end| end <= work.on) {
            obstacles.push(format!("the certificate for {} has expired", needed.dimension));
        }
    }
    match (obstacles.len() == before, room) {
        (false, _) => 0,
        (true, 0) => 1000,
        (true, room) => 600 + 400 * surplus.min(room) / room,
    }
}

/// 0..=1000: the share of the desk that is free.
fn room(person: &Roster<'_>, reasons: &mut Vec<String>, obstacles: &mut Vec<String>) -> u32 {
    let (open, most) = (person.open, person.employee.max_open);
    if most == 0 {
        reasons.push(format!("{open} open, no limit"));
        return 1000 / (1 + open);
    }
    if open >= most {
        obstacles.push(format!("{open} of {most} open: no room"));
        return 0;
    }
    reasons.push(format!("{open} of {most} open"));
    1000 * (most - open) / most
}

/// 0..=1000: the region is among those served, the closer the better.
fn near(
    employee: &Employee,
    region: Option<&RegionCode>,
    reasons: &mut Vec<String>,
    obstacles: &mut Vec<String>,
) -> u32 {
    let Some(region) = region else { return 500 };
    if employee.territories.is_empty() {
        reasons.push("serves everywhere".to_owned());
        return 500;
    }
    let serving = |territory: &&RegionCode| territory.contains(region);
    let Some(territory) = employee.territories.iter().find(serving) else {
        obstacles.push(format!("does not serve {region}"));
        return 0;
    };
    reasons.push(format!("serves {territory}"));
    if territory == region { 1000 } else { 750 }
}

#[cfg(test)]
mod tests {
    use super::super::Skill;
    use super::*;
    use jiff::civil::date;

    fn skill(dimension: &str, level: u8, certificate: &str) -> Skill {
        let end = Some(date(2026, 6, 1));
        Skill {
            dimension: dimension.to_owned(),
            level,
            certificate: certificate.to_owned(),
            certificate_end: end.filter(|_| !certificate.is_empty()),
        }
    }

    fn engineer(level: u8, certificate: &str, territory: &str, max_open: u32) -> Employee {
        Employee {
            display_name: "E".to_owned(),
            roles: vec!["engineer".to_owned()],
            supervisor: String::new(),
            skills: vec![skill("overhaul", level, certificate)],
            territories: vec![RegionCode::parse(territory).unwrap()],
            max_open,
            active: true,
            external_keys: Vec::new(),
        }
    }

    #[test]
    fn the_skilled_with_room_nearby_come_first_and_the_others_say_what_is_missing() {
        let people = [
            ("best", engineer(5, "C1", "330000", 4), 1),
            ("busy", engineer(5, "C2", "330000", 4), 4),
            ("far", engineer(5, "C3", "350000", 4), 0),
            ("green", engineer(2, "C4", "330000", 4), 0),
            ("loaded", engineer(5, "C5", "330000", 4), 3),
            ("uncertified", engineer(5, "", "330000", 4), 0),
        ];
        let roster: Vec<Roster<'_>> = people
            .iter()
            .map(|(id, employee, open)| Roster { id, employee, open: *open })
            .collect();
        let model = CompetencyModel {
            role: "engineer".to_owned(),
            required: vec![skill("overhaul", 3, "any")],
        };
        let region = RegionCode::parse("330100").unwrap();
        let mut work = Work {
            role: "engineer",
            region: Some(&region),
            on: date(2026, 2, 1),
            barred: Vec::new(),
        };
        let found = candidates(&roster, std::slice::from_ref(&model), &work);
        let able: Vec<_> =
            found.iter().filter(|c| c.obstacles.is_empty()).map(|c| c.id.as_str()).collect();
        assert_eq!(able, ["best", "loaded"]);
        // 1000 x .5 + 750 x .3 + 750 x .2
        assert_eq!(found[0].score, 875);
        let why = |id: &str| found.iter().find(|c| c.id == id).unwrap().obstacles.join("; ");
        assert_eq!(why("busy"), "4 of 4 open: no room");
        assert_eq!(why("green"), "overhaul is 2, 3 is needed");
        assert_eq!(why("far"), "does not serve 330100");
        assert_eq!(why("uncertified"), "no certificate for overhaul");
        (work.on, work.barred) = (date(2026, 6, 1), vec![("best", "is the accused")]);
        let later = candidates(&roster, &[model], &work);
        let best = later.iter().find(|c| c.id == "best").unwrap();
        let why = ["is the accused", "the certificate for overhaul has expired"];
        assert_eq!(best.obstacles, why.map(str::to_owned));
    }
}
