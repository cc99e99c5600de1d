//! Values that objects of several kinds have: ports, protocols, resource versions.

use crate::manifest::format::{Int, Text};
use crate::net::Protocol;

/// `metadata.resourceVersion` as a number.
pub(super) fn version(text: Option<&Text>) -> Option<u64> {
    text?.as_str().parse().ok()
}

/// A port number from 1 to 65535.
pub(super) fn port(Int(number): Int) -> Option<u16> {
    u16::try_from(number).ok().filter(|&port| port != 0)
}

/// The protocol of a Service or Endpoints port: `TCP` when it is absent or the empty text.
pub(super) fn protocol(text: Option<&Text>) -> Option<Protocol> {
    match text.map_or("", Text::as_str) {
        "" => Some(Protocol::Tcp),
        text => Protocol::parse(text),
    }
}
