//! What a cluster adds to manifests.

mod assume;
mod assumptions;
mod bands;
mod cases;
mod findings;
mod git;
mod load_balancers;
mod services;
mod slices;
mod templates;
mod properties;
