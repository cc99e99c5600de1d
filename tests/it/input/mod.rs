//! Input: complete, or refused.

mod misplaced;
mod omission;
mod other_files;
mod refused;
mod repeated;
mod settings;
