//! The executor for netsh: runs a command, and reads back what it did.

use super::drift::drift;
use super::obstacles;
use super::shell::{Answer, Shell};
use super::state::{NetshState, Presence};
use super::step::{NetshCall, NetshStep};
use crate::answer::step::{self, Done, Drift, Failure, Fingerprint, Obstacle, StepStanding};
use crate::net::Family;
use crate::platform::netsh::held::FORMAT;
use crate::platform::netsh::model::Object;
use crate::platform::{DumpText, Executor};

/// A node whose netsh is called.
#[derive(Debug)]
pub struct NetshNode<S> {
    shell: S,
}

impl<S: Shell> NetshNode<S> {
    /// The node of a shell.
    pub fn new(shell: S) -> Self {
        Self { shell }
    }

    /// Reads the kinds of objects that this one is of, and says how it is there.
    fn presence(&mut self, object: &Object) -> Result<Presence, Failure> {
        let mut state = NetshState::default();
        match object {
            Object::Address(address) => state.add_addresses(&self.ask(addresses(address.family()))?.output),
            Object::PortProxy(_) => state.add_listeners(&self.ask(LISTENERS)?.output),
            Object::Firewall(_) => state.add_rules(&self.ask(RULES)?.output),
            Object::Route(_) | Object::Interface(_) => {}
        }
        Ok(state.presence(object))
    }

    /// The addresses that are there.
    fn assigned(&mut self) -> Result<NetshState, Failure> {
        let mut state = NetshState::default();
        for family in Family::ALL {
            state.add_addresses(&self.ask(addresses(family))?.output);
        }
        Ok(state)
    }

    fn ask(&mut self, words: &[&str]) -> Result<Answer, Failure> {
        self.shell.netsh(&words.iter().copied().map(str::to_owned).collect::<Vec<_>>())
    }
}

const LISTENERS: &[&str] = &["interface", "portproxy", "show", "all"];

/// Where there is no rule at all, netsh answers 1.
const RULES: &[&str] = &["advfirewall", "firewall", "show", "rule", "name=all", "dir=in"];

/// What is reserved for IPv4 is for IPv6 as well.
const RESERVED: &[&str] = &["interface", "ipv4", "show", "excludedportrange", "protocol=tcp"];

fn addresses(family: Family) -> &'static [&'static str] {
    match family {
        Family::Ipv4 => &["interface", "ipv4", "show", "addresses"],
        Family::Ipv6 => &["interface", "ipv6", "show", "addresses"],
    }
}

impl<S: Shell> Executor for NetshNode<S> {
    type Step = NetshStep;
    type State = NetshState;

    fn fingerprint(state: &NetshState) -> Fingerprint {
        state.fingerprint()
    }

    fn outline(state: &NetshState) -> Fingerprint {
        state.outline()
    }

    fn host(&self) -> Option<String> {
        self.shell.host()
    }

    fn drift(&mut self, steps: &[NetshStep]) -> Result<Drift, Failure> {
        let state = Executor::read(self)?;
        Ok(drift(steps, &state))
    }

    /// An address or a rule may be there because somebody else made the same.
    fn is_own(&self, step: &NetshStep, _: &Done) -> bool {
        !matches!(step.call, NetshCall::Create { .. })
    }

    fn read(&mut self) -> Result<NetshState, Failure> {
        let mut state = self.assigned()?;
        state.add_listeners(&self.ask(LISTENERS)?.output);
        state.add_rules(&self.ask(RULES)?.output);
        Ok(state)
    }

    fn dump(&mut self) -> Result<Vec<DumpText>, Failure> {
        let [ipv4, ipv6] = Family::ALL.map(addresses);
        let shown = [LISTENERS, ipv4, ipv6];
        let mut texts = Vec::new();
        for words in shown {
            let name = format!("netsh {}", words.join(" "));
            texts.push(DumpText { name, text: self.ask(words)?.output, format: Some(FORMAT) });
        }
        Ok(texts)
    }

    fn obstacles(&mut self, steps: &[NetshStep]) -> Result<Vec<Obstacle>, Failure> {
        let mut found = Vec::new();
        if self.shell.is_elevated() == Some(false) {
            let advice = "run hnsplan as administrator, in a HostProcess container or as SYSTEM";
            let what = "this process may not change the network";
            found.push(Obstacle::new(step::codes::NOT_ALLOWED, what, advice));
        }
        let listeners = obstacles::listeners(steps);
        if !listeners.is_empty() {
            if self.shell.relays() == Some(false) {
                let advice = "start the service that listens: Start-Service iphlpsvc";
                let what = "the service iphlpsvc is not running";
                found.push(Obstacle::new(step::codes::SERVICE_STOPPED, what, advice));
            }
            found.extend(obstacles::reserved(&listeners, &self.ask(RESERVED)?.output));
        }
        found.extend(obstacles::elsewhere(steps, &self.assigned()?));
        Ok(found)
    }

    fn run(&mut self, step: &NetshStep) -> Result<Done, Failure> {
        let answer = self.shell.netsh(&step.arguments())?;
        if answer.code == Some(0) {
            return Ok(Done::default());
        }
        let code = answer.code.map_or_else(|| "no exit code".to_owned(), |code| format!("exit code {code}"));
        let said = crate::name::printable(answer.output.trim());
        let said = if said.is_empty() { "netsh printed nothing".to_owned() } else { said };
        Err(Failure {
            code,
            ..Failure::permanent(said, "Run the command by hand in an elevated prompt to see more.")
        })
    }

    fn look(&mut self, step: &NetshStep) -> Result<StepStanding, Failure> {
        let presence = self.presence(step.object())?;
        Ok(match (&step.call, presence) {
            (NetshCall::Create { .. }, Presence::Missing) | (NetshCall::Delete { .. }, Presence::Same) => {
                StepStanding::Before
            }
            (NetshCall::Create { .. } | NetshCall::Change { .. }, Presence::Same)
            | (NetshCall::Delete { .. }, Presence::Missing) => StepStanding::After(Done::default()),
            (NetshCall::Create { .. }, Presence::Other(found)) => StepStanding::Taken(found),
            (NetshCall::Change { before, .. }, Presence::Other(found)) => match self.presence(before)? {
                Presence::Same => StepStanding::Before,
                _ => StepStanding::Neither(found),
            },
            (NetshCall::Change { .. }, Presence::Missing) => {
                StepStanding::Neither("the listener no longer exists".to_owned())
            }
            (NetshCall::Delete { object: Object::Firewall(_) }, Presence::Other(_)) => {
                StepStanding::After(Done::default())
            }
            (NetshCall::Delete { .. }, Presence::Other(found)) => StepStanding::Neither(found),
        })
    }

    fn recall(&mut self, _: &NetshStep, _: &Done) {}
}
