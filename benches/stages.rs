//! Time of each stage: `cargo bench --bench stages`.

mod cluster;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hnsplan::check::{self, Participant};
use hnsplan::diff::{self, Directory, Ownership, Standing};
use hnsplan::net::{Family, PerFamily};
use hnsplan::pipeline::{Compiled, Loaded, Resolved, Setup};
use hnsplan::platform::hns::HnsSide;
use hnsplan::platform::hns::{PlanOptions, Semantics};
use hnsplan::platform::iptables::IptablesSide;
use hnsplan::platform::netsh::NetshSide;
use hnsplan::platform::{Context, Objects, Side, Untold, all, hns, iptables, netsh, nftables};
use hnsplan::source::Sources;
use hnsplan::trace::{Clients, Models};

use cluster::{Format, Size};

// As in the program, whose allocator it is.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZES: [Size; 2] = [
    Size { services: 1_000, endpoints: 10, nodes: 100 },
    Size { services: 10_000, endpoints: 10, nodes: 1_000 },
];

fn setup() -> Setup {
    let mut setup = Setup::default();
    setup.overrides.node = Some("node-0001".to_owned());
    setup.overrides.cluster_cidr = Some("10.128.0.0/14".to_owned());
    setup
}

fn sources(text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.add("cluster", text).expect("smaller than 4 GiB");
    sources
}

/// Text to objects.
fn parse(criterion: &mut Criterion) {
    let setup = setup();
    let mut group = criterion.benchmark_group("parse");
    group.sample_size(10);
    for size in SIZES {
        for (name, format) in [("yaml", Format::Yaml), ("json", Format::Json)] {
            let text = cluster::write(size, format);
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(format!("{name}/{}", size.services), |bencher| {
                bencher.iter_batched(
                    || Loaded::new(sources(&text)),
                    |loaded| loaded.parse(&setup),
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

/// Objects to rules as text: what kube-proxy calls a full sync, without the loading.
fn sync(criterion: &mut Criterion) {
    let setup = setup();
    let mut group = criterion.benchmark_group("sync");
    group.sample_size(10);
    for size in SIZES {
        let text = cluster::write(size, Format::Json);
        let resolve = || Loaded::new(sources(&text)).parse(&setup).resolve(&setup);
        group.throughput(Throughput::Elements(u64::from(size.services)));
        group.bench_function(format!("compile/{}", size.services), |bencher| {
            bencher.iter_batched(resolve, Resolved::compile, BatchSize::PerIteration);
        });
        let compiled = resolve().compile();
        group.bench_function(format!("write/{}", size.services), |bencher| {
            bencher.iter_with_large_drop(|| iptables::restore_text(&compiled.rules, Family::Ipv4));
        });
        group.bench_function(format!("write nftables/{}", size.services), |bencher| {
            bencher.iter_with_large_drop(|| {
                nftables::write(&nftables::lower(&compiled.rules, Family::Ipv4), nftables::Format::Nft)
            });
        });
        group.bench_function(format!("plan hns/{}", size.services), |bencher| {
            bencher
                .iter_with_large_drop(|| compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default()));
        });
        let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
        group.bench_function(format!("write hns/{}", size.services), |bencher| {
            bencher.iter_with_large_drop(|| plan.to_json(&compiled.rules));
        });
        group.bench_function(format!("compile+write/{}", size.services), |bencher| {
            bencher.iter_batched(
                resolve,
                |resolved| {
                    let compiled = resolved.compile();
                    let text = compiled.iptables(Family::Ipv4);
                    (compiled, text)
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// What three targets differ in, beside the time of compiling for them; the models are made in both.
fn compare(criterion: &mut Criterion) {
    let setup = setup();
    let mut group = criterion.benchmark_group("check");
    group.sample_size(10);
    for size in SIZES {
        let text = cluster::write(size, Format::Json);
        let compiled = Loaded::new(sources(&text)).parse(&setup).resolve(&setup).compile();
        let models = || {
            let models = Models::new(Context::of(&compiled.rules));
            all()
                .iter()
                .fold(models, |models, platform| models.with(Side::wanted(*platform), &mut Vec::new()))
        };
        group.throughput(Throughput::Elements(u64::from(size.services)));
        group.bench_function(format!("models/{}", size.services), |bencher| {
            bencher.iter_with_large_drop(models);
        });
        let (models, clients) = (models(), Clients::of(&compiled.cluster, &compiled.rules));
        group.bench_function(format!("compare/{}", size.services), |bencher| {
            bencher.iter(|| {
                let targets = models.targets();
                let sides: Vec<Participant<'_>> =
                    targets.iter().map(|target| Participant { rules: &compiled.rules, target }).collect();
                check::compare(&clients, &sides).packets
            });
        });
    }
    group.finish();
}

/// The cluster, with pods that listen on another port behind one of a hundred Services.
fn one_percent_changed(text: &str) -> String {
    let (port, other) = ("\"port\": 8080", "\"port\": 8081");
    let mut changed = String::with_capacity(text.len());
    for (number, part) in text.split(port).enumerate() {
        if number > 0 {
            changed.push_str(if number % 100 == 0 { other } else { port });
        }
        changed.push_str(part);
    }
    changed
}

type MakeSide = fn(&Compiled) -> Box<dyn Objects>;

/// What a cluster becomes on each platform, as one side of a comparison.
const PLATFORMS: [(&str, MakeSide); 3] = [
    ("iptables", |compiled| {
        let rules = PerFamily::of(|family| Some(iptables::lower(&compiled.rules, family)));
        Box::new(IptablesSide {
            standing: Standing::Wanted,
            rules,
            gaps: PerFamily::default(),
            is_read: false,
            untold: Untold::default(),
        })
    }),
    ("hns", |compiled| {
        Box::new(HnsSide::wanted(hns::lower(&compiled.rules, None, Semantics::KubeProxy), None))
    }),
    ("netsh", |compiled| Box::new(NetshSide::wanted(compiled.netsh(&netsh::Options::default()).plan))),
];

/// What two clusters differ in, object by object, beside the time of making both sides.
fn differ(criterion: &mut Criterion) {
    let setup = setup();
    let mut group = criterion.benchmark_group("diff");
    group.sample_size(10);
    for size in SIZES {
        let text = cluster::write(size, Format::Json);
        let [old, new] = [&text, &one_percent_changed(&text)]
            .map(|text| Loaded::new(sources(text)).parse(&setup).resolve(&setup).compile());
        let directory = Directory::new(vec![&old.rules, &new.rules]);
        let ownership = Ownership::default();
        group.throughput(Throughput::Elements(u64::from(size.services)));
        for (platform, side) in PLATFORMS {
            group.bench_function(format!("sides {platform}/{}", size.services), |bencher| {
                bencher.iter_with_large_drop(|| [&old, &new].map(side));
            });
            group.bench_function(format!("1 % changed {platform}/{}", size.services), |bencher| {
                bencher.iter_batched_ref(
                    || [&old, &new].map(side),
                    |sides| diff::compare(sides, &directory, &ownership),
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(stages, parse, sync, compare, differ);
criterion_main!(stages);
