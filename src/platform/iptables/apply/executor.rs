//! The executor for iptables: runs the programs of this machine.

use super::{IptablesStep, drift, fingerprint, program};
use crate::answer::step::{Done, Drift, Failure, Fingerprint, Obstacle, StepStanding};
use crate::net::{Family, PerFamily};
use crate::platform::iptables::plan::outline;
use crate::platform::{DumpText, Executor, linux};

/// How long to wait for another program that changes rules, in seconds.
const WAIT: &str = "30";

/// The tables of a node that has no rules.
const NO_RULES: &str = "*nat\nCOMMIT\n*filter\nCOMMIT\n";

/// The iptables of this machine, in the current network namespace.
#[derive(Debug, Clone, Default)]
pub struct IptablesNode {
    variant: Variant,
}

/// Which programs are run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Variant {
    /// What `iptables` is on this machine.
    #[default]
    Default,
    /// `iptables-nft`
    Nft,
    /// `iptables-legacy`
    Legacy,
}

impl IptablesNode {
    /// With these programs.
    #[must_use]
    pub fn new(variant: Variant) -> Self {
        Self { variant }
    }

    fn program(&self, family: Family, what: &str) -> String {
        let family = match family {
            Family::Ipv4 => "iptables",
            Family::Ipv6 => "ip6tables",
        };
        let variant = match self.variant {
            Variant::Default => "",
            Variant::Nft => "-nft",
            Variant::Legacy => "-legacy",
        };
        format!("{family}{variant}-{what}")
    }

    fn save(&self, family: Family) -> Result<String, Failure> {
        program::run(&self.program(family, "save"), &[], None)
    }

    fn restore(&self, family: Family, text: String) -> Result<(), Failure> {
        let arguments = ["--noflush", "--wait", WAIT];
        program::run(&self.program(family, "restore"), &arguments, Some(text)).map(drop)
    }

    /// The tables of the families that steps are about.
    fn saved(&self, steps: &[IptablesStep]) -> Result<PerFamily<String>, Failure> {
        let of = |family: Family| {
            let is_needed = steps.iter().any(|step| step.0.family == family);
            if is_needed { self.save(family) } else { Ok(String::new()) }
        };
        Ok(PerFamily { ipv4: of(Family::Ipv4)?, ipv6: of(Family::Ipv6)? })
    }
}

impl Executor for IptablesNode {
    type Step = IptablesStep;
    type State = PerFamily<String>;

    fn fingerprint(state: &PerFamily<String>) -> Fingerprint {
        fingerprint(state)
    }

    fn read(&mut self) -> Result<PerFamily<String>, Failure> {
        Ok(PerFamily { ipv4: self.save(Family::Ipv4)?, ipv6: self.save(Family::Ipv6)? })
    }

    fn dump(&mut self) -> Result<Vec<DumpText>, Failure> {
        let dump = |family: Family| {
            let format = match family {
                Family::Ipv4 => "iptables-save",
                Family::Ipv6 => "ip6tables-save",
            };
            let saved = self.save(family)?;
            // A program that prints nothing has looked, and found no table.
            let text = if saved.trim().is_empty() { NO_RULES.to_owned() } else { saved };
            Ok(DumpText { name: self.program(family, "save"), text, format: Some(format) })
        };
        Family::ALL.into_iter().map(dump).collect()
    }

    fn outline(state: &PerFamily<String>) -> Fingerprint {
        outline(state)
    }

    fn host(&self) -> Option<String> {
        linux::host()
    }

    fn obstacles(&mut self, steps: &[IptablesStep]) -> Result<Vec<Obstacle>, Failure> {
        let kube_proxy =
            linux::running_kube_proxy("kube-proxy runs on this node and changes the same chains");
        let mut found: Vec<Obstacle> = kube_proxy.into_iter().collect();
        if !steps.is_empty() {
            found.extend(drift::refusals(steps, &self.saved(steps)?));
        }
        Ok(found)
    }

    fn drift(&mut self, steps: &[IptablesStep]) -> Result<Drift, Failure> {
        Ok(drift::drift(steps, &self.saved(steps)?))
    }

    fn run(&mut self, step: &IptablesStep) -> Result<Done, Failure> {
        let text = step.0.text_for(&self.save(step.0.family)?);
        self.restore(step.0.family, text).map(|()| Done::default())
    }

    fn look(&mut self, step: &IptablesStep) -> Result<StepStanding, Failure> {
        let saved = self.save(step.0.family)?;
        Ok(if step.0.is_done(&saved) {
            StepStanding::After(Done::default())
        } else if step.0.inverse().is_done(&saved) {
            StepStanding::Before
        } else {
            StepStanding::Neither("its chains are neither as before nor as wanted".to_owned())
        })
    }

    fn recall(&mut self, _: &IptablesStep, _: &Done) {}
}
