//! What a cluster adds to manifests.

mod assume;
mod assumptions;
mod bands;
mod cases;
mod commands;
mod findings;
mod git;
mod hints;
mod load_balancers;
mod properties;
mod services;
mod slices;
mod templates;
