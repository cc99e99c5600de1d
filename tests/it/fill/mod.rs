//! What a cluster adds to manifests.

mod bands;
mod cases;
mod findings;
mod git;
mod services;
mod slices;
mod templates;
mod properties;
