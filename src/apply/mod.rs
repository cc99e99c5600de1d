//! Changes a node, step by step: verified, journaled, undoable.

pub mod hcn;
