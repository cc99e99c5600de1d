//! The emitted iptables and nftables texts, proven on the kernel: every text loads, and connections go where the manifests say.
//!
//! A test owns its network namespaces: a node with its pods, the neighbours of the node, and a host outside.
//! The namespaces have no names and no processes of their own. They are file descriptors of this process and
//! vanish with it, however it ends, so that any number of tests and of runs can go on side by side.

#![cfg(target_os = "linux")]

#[path = "../it/support/skip.rs"]
mod skip;
mod tools;
mod netns;
mod compiler;
mod restore;
mod nft;
mod topology;
mod servers;
mod client;
mod node;
mod expect;
mod golden;
mod packets;
mod probe;
#[path = "../it/support/packets.rs"]
mod case_packets;
#[path = "../it/timeline/packed.rs"]
mod packed;
mod recorded;

mod loading;
mod nft_loading;
mod nft_localhost;
mod flows;
mod applying;
mod nft_applying;
mod verdicts;
mod migration;
mod sequences;
mod loops;
