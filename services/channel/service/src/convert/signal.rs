//! Signals on the wire.

use super::conflict::signed;
use crate::store::signal::Signal;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_platform::wire::{period, timestamp};

/// A signal.
pub(crate) fn present(signal: &Signal) -> pb::Signal {
    let numbers = &signal.numbers;
    pb::Signal {
        name: format!("signals/{}", signal.id),
        kind: pb::SignalKind::OutOfTerritory.into(),
        distributor: signal.distributor.clone(),
        region: signal.region.clone(),
        product: signal.product.clone(),
        window: Some(period(numbers.window)),
        out_of_territory: signed(numbers.out),
        judged: signed(numbers.judged),
        background_alpha: numbers.alpha,
        background_beta: numbers.beta,
        p_value: numbers.p_value,
        q_value: numbers.q_value,
        e_value: numbers.log_odds.exp(),
        log_odds: numbers.log_odds,
        conflict: signal.conflict.clone(),
        create_time: Some(timestamp(signal.created)),
        update_time: Some(timestamp(signal.updated)),
    }
}
