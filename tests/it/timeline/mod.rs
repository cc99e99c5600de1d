//! Sequences of events: what kube-proxy does at each of its syncs.

mod command;
mod history;
mod packed;
mod recordings;
