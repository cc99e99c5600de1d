//! Input: complete, or refused.

mod omission;
mod other_files;
mod refused;
mod settings;
