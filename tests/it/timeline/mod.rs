//! Sequences of events: what kube-proxy does at each of its syncs.

mod history;
mod packed;
mod recordings;
