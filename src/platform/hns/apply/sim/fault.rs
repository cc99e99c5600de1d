//! Faults of a simulated HNS, as people and tests write them.

use std::str::FromStr;

use crate::answer::lexicon::hresult;
use crate::platform::hns::errors;

/// What goes wrong with one call that would change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Which call since the simulator was opened, from 1.
    pub call: u64,
    /// What goes wrong.
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It is not done, and answered with this HRESULT.
    Refused(u32),
    /// It is done, and answered with this HRESULT.
    DoneAndRefused(u32),
    /// It is not done, and answered as if it were (HNS 15.4 does so with changes of load balancers).
    Ignored,
}

/// A text is not a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected CALL=CODE, CALL=CODE:done or CALL=ignored, such as 3=0x803b0013, 3=HCN_E_MANAGER_STOPPED:done or 3=ignored"
)]
pub struct NoFault;

impl FromStr for Fault {
    type Err = NoFault;

    fn from_str(text: &str) -> Result<Self, NoFault> {
        let (call, kind) = text.split_once('=').ok_or(NoFault)?;
        let call = call.parse().ok().filter(|call| *call > 0).ok_or(NoFault)?;
        let code =
            |text: &str| hresult(text).or_else(|| errors::find(text).map(|error| error.code)).ok_or(NoFault);
        let kind = match kind.strip_suffix(":done") {
            Some(text) => FaultKind::DoneAndRefused(code(text)?),
            None if kind == "ignored" => FaultKind::Ignored,
            None => FaultKind::Refused(code(kind)?),
        };
        Ok(Self { call, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_read_as_people_write_them() {
        let fault = |text: &str| text.parse::<Fault>().map(|fault| (fault.call, fault.kind));
        assert_eq!(fault("3=0x803b0013"), Ok((3, FaultKind::Refused(0x803b_0013))));
        assert_eq!(fault("1=HCN_E_MANAGER_STOPPED:done"), Ok((1, FaultKind::DoneAndRefused(0x803b_0020))));
        assert_eq!(fault("12=ignored"), Ok((12, FaultKind::Ignored)));
        for text in ["", "3", "0=ignored", "x=ignored", "3=", "3=maybe", "3=:done"] {
            assert_eq!(fault(text), Err(NoFault), "{text}");
        }
    }
}
