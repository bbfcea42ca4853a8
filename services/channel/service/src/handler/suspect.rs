//! Signals become evidence: of a conflict that is gathering some, of one that was decided about the same, or of a new one.

use crate::store::conflict::{self, Conflict, Evidence, Kept};
use crate::store::signal::Signal;
use aftercare_channel_domain::conflict::{ConflictId, ConflictState};
use aftercare_channel_domain::network::{DistributorId, ProductId};
use aftercare_kernel::ids::IdError;
use aftercare_kernel::period::Period;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use jiff::Timestamp;
use sea_orm::ConnectionTrait;

/// Puts the signals of one distributor where they belong; answers the conflicts that they are evidence in.
pub(super) async fn suspect(
    db: &impl ConnectionTrait,
    call: &Call,
    accused: &DistributorId,
    window: Period,
    signals: &mut [&mut Signal],
) -> Result<Vec<String>, StoreError> {
    let mut theirs = conflict::of_accused(db, call.tenant(), accused).await?;
    let about = |kept: &Kept| {
        kept.conflict.state != ConflictState::Dismissed && kept.conflict.window.overlaps(&window)
    };
    let at = match theirs.iter().position(|kept| about(kept) && kept.conflict.state.is_gathering())
    {
        Some(at) => at,
        None => match theirs.iter().position(about) {
            // It is proven already: new numbers about the same time change nothing and open no second case.
            Some(at) => {
                let name = theirs.get(at).map(Kept::name).unwrap_or_default();
                signals.iter_mut().for_each(|signal| signal.conflict.clone_from(&name));
                return Ok(vec![name]);
            }
            None => {
                // A person dismissed these very signals: they are no news.
                let dismissed = signals.iter().all(|signal| !signal.conflict.is_empty());
                if dismissed {
                    return Ok(Vec::new());
                }
                theirs.push(open(accused, window, theirs.len(), call.now)?);
                theirs.len() - 1
            }
        },
    };
    let Some(kept) = theirs.get_mut(at) else { return Ok(Vec::new()) };
    let before = kept.conflict.clone();
    for signal in signals.iter_mut() {
        signal.conflict = kept.name();
        add(&mut kept.conflict, signal, call.now)?;
    }
    if kept.conflict != before || kept.revision == 0 {
        conflict::save(db, call.tenant(), kept, call.now).await?;
    }
    Ok(vec![kept.name()])
}

/// Ids tell who and since when, so that people recognise them.
fn open(
    accused: &DistributorId,
    window: Period,
    earlier: usize,
    now: Timestamp,
) -> Result<Kept, StoreError> {
    let corrupt = |error: IdError| StoreError::corrupt("channel_conflict", error);
    let head: String = accused.as_str().chars().take(40).collect();
    let tail = if earlier == 0 { String::new() } else { format!("-{}", earlier + 1) };
    let id = ConflictId::parse(&format!("{head}-{}{tail}", window.start())).map_err(corrupt)?;
    let conflict = Conflict {
        accused: accused.clone(),
        regions: Vec::new(),
        products: Vec::new(),
        window,
        summary: format!(
            "goods of distributors/{accused} surface where it may not sell, more than the background explains"
        ),
        case: String::new(),
        state: ConflictState::Suspected,
        hearing: None,
        history: Vec::new(),
        evidence: Vec::new(),
        tasks: Vec::new(),
        intent: None,
        scale: None,
        decision: None,
    };
    Ok(Kept::new(id, conflict, now))
}

fn add(conflict: &mut Conflict, signal: &Signal, now: Timestamp) -> Result<(), StoreError> {
    let corrupt = |error: Box<dyn std::error::Error + Send + Sync>| {
        StoreError::corrupt("channel_signal", error)
    };
    let region = RegionCode::parse(&signal.region).map_err(|e| corrupt(e.into()))?;
    if !conflict.regions.contains(&region) {
        conflict.regions.push(region);
        conflict.regions.sort();
    }
    let product = signal.product.strip_prefix("products/").unwrap_or_default();
    let product = ProductId::parse(product).map_err(|e| corrupt(e.into()))?;
    if !conflict.products.contains(&product) {
        conflict.products.push(product);
        conflict.products.sort();
    }
    let window = signal.numbers.window;
    let start = conflict.window.start().min(window.start());
    let end = conflict.window.end().zip(window.end()).map(|(a, b)| a.max(b));
    conflict.window = Period::new(start, end).unwrap_or(conflict.window);
    let resource = format!("signals/{}", signal.id);
    let numbers = &signal.numbers;
    let description = format!(
        "{} of {} units of {} were seen in {} out of territory; chance under the background {:.1e}, {:.1e} after all tests",
        numbers.out,
        numbers.judged,
        signal.product,
        signal.region,
        numbers.p_value,
        numbers.q_value
    );
    match conflict.evidence.iter_mut().find(|evidence| evidence.resource == resource) {
        Some(evidence) => {
            evidence.description = description;
            evidence.log_odds = numbers.log_odds;
        }
        None => conflict.evidence.push(Evidence {
            kind: "SIGNAL".to_owned(),
            resource,
            description,
            sha256: String::new(),
            log_odds: numbers.log_odds,
            at: now,
        }),
    }
    Ok(())
}
