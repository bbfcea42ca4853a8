//! How long an exact distribution takes: 4,096 cells of the benchmark workload.
#![allow(clippy::unwrap_used)]

use aftercare_pricing_domain::workload::Workload;
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn aggregate(bench: &mut Criterion) {
    let workload = Workload::new(4096).unwrap();
    bench.bench_function("4096 cells, severity spectrum made", |b| {
        b.iter(|| black_box(workload.distribution()));
    });
    bench.bench_function("4096 cells, from scratch", |b| {
        b.iter(|| black_box(workload.distribution_from_scratch()));
    });
}

criterion_group!(benches, aggregate);
criterion_main!(benches);
