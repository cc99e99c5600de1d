//! Input: complete, or refused.

mod cluster;
mod misplaced;
mod omission;
mod other_files;
mod overwritten;
mod partial;
mod refused;
mod repeated;
mod settings;
