//! Tests of the whole program: one folder a subject, one file a promise. `docs/testing.md` tells how to run them.

// What the tests share: no tests of its own.
mod support;

// Manifests in, rules out.
mod manifest;
mod fill;
mod compile;
mod platform;

// Questions about rules.
mod trace;
mod check;
mod diff;
mod fleet;
mod graph;
mod timeline;
mod input;
mod render;

// Changes of nodes, and of files that are kept.
mod apply;
mod suite;

// Texts from outside, damaged.
mod fuzz;

// The program and its repository.
mod cli;
mod repository;
