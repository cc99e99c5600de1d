//! Input: complete, or refused.

mod misplaced;
mod omission;
mod other_files;
mod partial;
mod refused;
mod repeated;
mod settings;
