//! Tests of the whole program, one module for each promise.

// How tests speak: manifests in, text out; the program as a process; the text taken apart.
mod run;
mod case;
mod exe;
mod restore_text;
mod packets;
mod manifests;
mod clusters;
mod damage;
mod differences;
mod script;

// The promises.
mod golden;
mod examples;
mod hns_state;
mod flows;
mod verdicts;
mod versions;
mod counts;
mod order;
mod invariants;
mod iptables_roundtrip;
mod hns_golden;
mod hns_plan;
mod hns_present;
mod hns_rules;
mod hostile;
mod reading;
mod places;
mod files;
mod hns_formats;
mod explain;
mod trace;
mod trace_rules;
mod check;
mod diff;
mod diff_golden;
mod diff_netsh;
mod diff_plans;
mod diff_mirror;
mod diff_mutations;
mod diff_reports;
mod lint;
mod allow;
mod sarif;
mod reports;
mod graph;
mod apply;
mod apply_cli;
#[cfg(target_os = "linux")]
mod apply_system;
#[cfg(target_os = "linux")]
mod apply_terminal;
mod deploy;
mod suite;
#[cfg(target_os = "linux")]
mod suite_review;
mod cli;
mod netsh;
mod netsh_dumps;
mod netsh_hostile;
mod netsh_nodes;
mod snapshots;
mod pages;
mod schema;
mod readme;
mod architecture;
