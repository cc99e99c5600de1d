//! Sequences of events: what kube-proxy does at each of its syncs.

mod absences;
mod at_step;
mod before;
mod command;
mod flows;
mod formats;
mod history;
mod holes;
mod linux;
mod linux_history;
mod members;
mod packed;
mod page;
mod parts;
mod recordings;
mod rollout;
mod stories;
