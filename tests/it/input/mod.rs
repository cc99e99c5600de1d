//! Input: complete, or refused.

mod refused;
