//! A fixed number of callers, each of which calls again as soon as it is answered.

use std::{
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};
use futures::future::try_join_all;

/// What the callers saw.
#[derive(Debug)]
pub struct Load {
    /// Answered calls a second, all callers together.
    pub per_second: f64,
    /// Latency that half of the calls stay below.
    pub p50: Duration,
    /// Latency that 99 % of the calls stay below.
    pub p99: Duration,
}

/// Runs `callers` for `time`; `call` gets the caller's number and a number that no other call of the round gets.
/// The first failed call fails the measurement: an error answered quickly is no throughput.
pub async fn drive<Call, Answer>(callers: usize, time: Duration, call: Call) -> Result<Load>
where
    Call: Fn(usize, u64) -> Answer + Send + Sync + 'static,
    Answer: Future<Output = Result<()>> + Send,
{
    let (call, numbers) = (Arc::new(call), Arc::new(AtomicU64::new(0)));
    let start = Instant::now();
    let tasks = (0..callers).map(|caller| {
        let (call, numbers) = (Arc::clone(&call), Arc::clone(&numbers));
        tokio::spawn(async move {
            let mut latencies = Vec::new();
            while start.elapsed() < time {
                let called = Instant::now();
                call(caller, numbers.fetch_add(1, Ordering::Relaxed)).await?;
                latencies.push(called.elapsed());
            }
            anyhow::Ok(latencies)
        })
    });
    let mut latencies = Vec::new();
    for outcome in try_join_all(tasks).await? {
        latencies.extend(outcome?);
    }
    let elapsed = start.elapsed();
    latencies.sort_unstable();
    let at = |share: f64| {
        let index = (share * latencies.len() as f64) as usize;
        latencies.get(index).copied().ok_or_else(|| anyhow!("no call was answered within {time:?}"))
    };
    Ok(Load {
        per_second: latencies.len() as f64 / elapsed.as_secs_f64(),
        p50: at(0.5)?,
        p99: at(0.99)?,
    })
}

/// Of several rounds, the one in the middle by throughput.
pub fn median(mut rounds: Vec<Load>) -> Result<Load> {
    rounds.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    let middle = rounds.len() / 2;
    if rounds.is_empty() {
        Err(anyhow!("no round was measured"))
    } else {
        Ok(rounds.swap_remove(middle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn callers_times_time_over_latency_is_the_throughput() {
        let load = drive(4, Duration::from_millis(400), |_, _| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(())
        });
        let load = load.await.unwrap();
        // 4 callers at 20 ms or a little more: never above 200 a second.
        assert!(load.per_second > 50.0 && load.per_second <= 205.0, "{load:?}");
        assert!(load.p50 >= Duration::from_millis(20) && load.p99 >= load.p50, "{load:?}");
    }

    #[tokio::test]
    async fn a_failed_call_fails_the_measurement() {
        let load = drive(2, Duration::from_millis(50), |_, number| async move {
            if number == 3 { Err(anyhow!("refused")) } else { Ok(()) }
        });
        assert_eq!(load.await.unwrap_err().to_string(), "refused");
    }
}
