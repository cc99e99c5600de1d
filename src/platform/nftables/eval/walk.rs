//! Follows one packet through all chains, splitting where chance decides.

use std::net::SocketAddr;

use super::condition::{Answer, State, View, answer, key};
use super::hooks::Stage;
use super::steps::StepTaken;
use super::tables::{ChainId, Lookups};
use super::{Evaluator, reasons};
use crate::answer::verdict::{Affinity, Chance, Delivery, Fate, Locality, Packet, Sender, Telling, Verdict};
use crate::platform::netfilter::{Calls, Outcomes, Route, Source, limits};
use crate::platform::nftables::model::{Destination, Name, Selected, Statement, Verdict as RuleVerdict};

/// How many rules are asked for one packet. A Service with a thousand endpoints and session affinity takes some
/// thousands for each of them; a dump may be made to ask for ever.
const MOST_RULES: usize = 1 << 21;

/// How many rules may do something to one packet. On kube-proxy's own way it is a dozen.
const MOST_STEPS: usize = 256;

/// All ways of one packet.
pub(super) struct Walk<'e, 'r> {
    evaluator: &'e Evaluator<'r>,
    packet: &'e Packet,
    locality: &'e Locality<'e>,
    telling: Telling,
    /// Ways that chance may take and that are still to be followed.
    pending: Vec<Way<'r>>,
    outcomes: Outcomes,
    asked: usize,
}

/// One way of the packet, with its chance.
#[derive(Clone)]
struct Way<'r> {
    chance: Chance,
    state: State,
    calls: Calls<ChainId>,
    steps: Vec<StepTaken<'r>>,
}

/// The place of a rule.
#[derive(Clone, Copy)]
struct At {
    chain: ChainId,
    position: usize,
}

impl<'e, 'r> Walk<'e, 'r> {
    pub(super) fn verdict(
        evaluator: &'e Evaluator<'r>,
        packet: &'e Packet,
        locality: &'e Locality<'e>,
        telling: Telling,
    ) -> Verdict {
        let (pending, outcomes) = (Vec::new(), Outcomes::default());
        let mut walk = Self { evaluator, packet, locality, telling, pending, outcomes, asked: 0 };
        let state = State::new(packet, Stage::first(packet.sender == Sender::Node));
        let mut first =
            Way { chance: Chance::CERTAIN, state, calls: Calls::with_capacity(0), steps: Vec::new() };
        walk.enter(&mut first);
        walk.pending.push(first);
        while let Some(way) = walk.pending.pop() {
            walk.follow(way);
        }
        walk.outcomes.into_verdict()
    }

    /// Follows a way to its end.
    fn follow(&mut self, mut way: Way<'r>) {
        let fate = loop {
            let Some(frame) = way.calls.current() else {
                if self.next_stage(&mut way) {
                    continue;
                }
                break self.arrived(&way);
            };
            let chain = self.evaluator.tables.get(frame.chain);
            if frame.next == chain.rules.len() {
                match self.end_of_chain(&mut way) {
                    Some(fate) => break fate,
                    None => continue,
                }
            }
            let at = At { chain: frame.chain, position: frame.next };
            frame.next += 1;
            self.asked += 1;
            if self.asked > MOST_RULES {
                break Fate::Undecided(limits::too_many_rules(MOST_RULES));
            }
            if way.steps.len().max(way.state.added_to.len()) > MOST_STEPS {
                break Fate::Undecided(limits::too_many_steps(MOST_STEPS));
            }
            if let Some(fate) = self.ask(&mut way, at) {
                break fate;
            }
        };
        self.conclude(&way, fate);
    }

    /// Enters the base chain of the way's stage, if there is one.
    fn enter(&self, way: &mut Way<'r>) {
        let Stage { hook, chain, came_back } = way.state.stage;
        let tables = &self.evaluator.tables;
        let base = tables.base(hook, chain).filter(|chain| !(came_back && tables.is_nat(*chain)));
        if let Some(base) = base {
            way.calls.enter(base);
        }
    }

    /// Goes on to the next base chain; `false` at the end.
    fn next_stage(&self, way: &mut Way<'r>) -> bool {
        let stage = way.state.stage;
        let next = if self.evaluator.tables.base(stage.hook, stage.chain).is_some() {
            Some(stage.next_chain())
        } else {
            let sent_by_node = self.packet.sender == Sender::Node;
            let for_node = self.locality.is_local(way.state.header.destination);
            stage.next_hook(Route { sent_by_node, for_node })
        };
        if let Some(stage) = next {
            way.state.stage = stage;
            self.enter(way);
        }
        next.is_some()
    }

    /// Returns to the calling chain, or applies the policy of the base chain.
    fn end_of_chain(&self, way: &mut Way<'r>) -> Option<Fate> {
        let left = way.calls.return_to_caller()?;
        // A chain in which nothing happened was no step.
        way.steps.pop_if(|step| step.led_to == Some(left));
        if !way.calls.is_empty() {
            return None;
        }
        let Stage { hook, chain, .. } = way.state.stage;
        let base = self.evaluator.tables.base(hook, chain)?;
        let drops = self.evaluator.tables.get(base).base.is_some_and(|base| base.drops);
        drops.then(|| {
            way.steps.push(StepTaken::of(base, None));
            Fate::Dropped
        })
    }

    /// Asks a rule, from its first condition to its last statement; the fate if the way ends there.
    fn ask(&mut self, way: &mut Way<'r>, at: At) -> Option<Fate> {
        let rule = &self.evaluator.tables.get(at.chain).rules[at.position];
        self.note_lookups(way, &rule.statements);
        let mut is_step = false;
        for (place, statement) in rule.statements.iter().enumerate() {
            match answer(statement, self.view(way)) {
                Answer::Yes => {}
                Answer::No => return None,
                Answer::Unknown(why) => {
                    let next = rule.statements[place..].iter().take_while(|statement| !has_effect(statement));
                    let mut next = next.map(|statement| answer(statement, self.view(way)));
                    if next.any(|answer| answer == Answer::No) {
                        return None;
                    }
                    let reason = reasons::unknown_condition(statement, self.place(at), why);
                    return Some(Fate::Undecided(reason));
                }
            }
            if has_effect(statement) {
                if !is_step {
                    is_step = true;
                    self.add_step(way, at);
                }
                if let Some(fate) = self.act(way, statement, at) {
                    return Some(fate);
                }
            }
        }
        None
    }

    fn add_step(&self, way: &mut Way<'r>, at: At) {
        let origin = match self.telling {
            Telling::Steps => {
                let chain = self.evaluator.tables.get(at.chain);
                self.evaluator.origin(chain).or_else(|| way.calls.origin())
            }
            Telling::Effect => None,
        };
        way.steps.push(StepTaken { origin, ..StepTaken::of(at.chain, Some(at.position)) });
    }

    /// Notes in which sets a client is looked for: it stays with its endpoint only where it is found again.
    fn note_lookups(&self, way: &mut Way<'r>, statements: &[Statement]) {
        for statement in statements {
            if let Statement::InSet { set, .. } = statement
                && self.evaluator.tables.container(set.as_str()).is_some_and(Lookups::is_of_clients)
            {
                way.state.looked_in.push(set.clone());
            }
        }
    }

    /// Does what a statement says; the fate if the way ends there.
    fn act(&mut self, way: &mut Way<'r>, statement: &'r Statement, at: At) -> Option<Fate> {
        match statement {
            Statement::SetMark(operation, mask) => way.state.set_mark(*operation, *mask),
            Statement::Remember(set) => way.state.added_to.push(set.clone()),
            Statement::Masquerade { .. } => {
                way.state.header.source = Source::Node;
                replace_last(way, StepTaken::masquerades);
                way.calls.leave_all();
            }
            Statement::Reject => return Some(Fate::Rejected),
            Statement::Verdict(verdict) => return self.take(way, verdict, at),
            Statement::VerdictMap { lookup, map } => {
                let key = key(*lookup, self.view(way)).ok()?;
                let element = self.evaluator.tables.container(map.as_str())?.get(&key).ok()??;
                replace_last(way, |step| StepTaken { element: Some(element), ..step });
                return self.take(way, element.verdict.as_ref()?, at);
            }
            Statement::Choose(selected) => {
                let Some(others) = choose(way, selected) else {
                    return Some(Fate::Undecided(limits::too_fine(self.place(at))));
                };
                for (mut other, verdict) in others {
                    match verdict.map(|verdict| self.take(&mut other, verdict, at)) {
                        Some(Some(fate)) => self.conclude(&other, fate),
                        Some(None) | None => self.pending.push(other),
                    }
                }
                // All of it goes on in the ways that were just made.
                way.chance = Chance::NEVER;
                return Some(Fate::Dropped);
            }
            Statement::Translate(Destination::One(address, port)) => {
                return self.translate(way, address.ip().map(|ip| SocketAddr::new(ip, *port)), at);
            }
            Statement::Translate(Destination::Choose(selected)) => {
                let Some(others) = choose(way, selected) else {
                    return Some(Fate::Undecided(limits::too_fine(self.place(at))));
                };
                for (mut other, target) in others {
                    let to = target.map(|(address, port)| address.ip().map(|ip| SocketAddr::new(ip, *port)));
                    match to.map(|to| self.translate(&mut other, to, at)) {
                        Some(Some(fate)) => self.conclude(&other, fate),
                        Some(None) | None => self.pending.push(other),
                    }
                }
                way.chance = Chance::NEVER;
                return Some(Fate::Dropped);
            }
            _ => {}
        }
        None
    }

    fn translate(&self, way: &mut Way<'r>, to: Option<SocketAddr>, at: At) -> Option<Fate> {
        let Some(endpoint) = to else {
            return Some(Fate::Undecided(reasons::refused_target(self.place(at))));
        };
        way.state.header.translate(endpoint);
        replace_last(way, |step| step.translates(endpoint));
        way.calls.leave_all();
        None
    }

    /// Does what a verdict says.
    fn take(&self, way: &mut Way<'r>, verdict: &RuleVerdict, at: At) -> Option<Fate> {
        match verdict {
            RuleVerdict::Jump(chain) => return self.jump(way, chain, at),
            RuleVerdict::Goto(chain) => {
                let fate = self.jump(way, chain, at);
                way.calls.forget_caller();
                return fate;
            }
            RuleVerdict::Return => return self.end_of_chain(way),
            RuleVerdict::Accept => way.calls.leave_all(),
            RuleVerdict::Drop => return Some(Fate::Dropped),
            RuleVerdict::Continue => {}
        }
        None
    }

    /// Enters the chain that the last step leads to.
    fn jump(&self, way: &mut Way<'r>, name: &Name, at: At) -> Option<Fate> {
        let Some(chain) = self.evaluator.tables.find(name.as_str()) else {
            return Some(Fate::Undecided(reasons::missing_chain(name, self.place(at))));
        };
        let step = way.steps.last_mut().expect("the jump is a step");
        step.led_to = Some(chain);
        let origin = match self.telling {
            Telling::Steps => self.evaluator.origin(self.evaluator.tables.get(chain)).or(step.origin),
            Telling::Effect => None,
        };
        step.origin = step.origin.or(origin);
        way.calls.jump(chain, origin).err().map(Fate::Undecided)
    }

    /// The end of the way: no rule stopped the packet.
    fn arrived(&self, way: &Way<'r>) -> Fate {
        let source = way.state.header.source_address();
        match way.state.header.endpoint {
            None => Fate::Unhandled(source),
            Some(endpoint) => Fate::Endpoint(Delivery { endpoint, source, affinity: self.affinity(way) }),
        }
    }

    /// A client that is added to a set stays with its endpoint if a rule that was asked looks for it there.
    fn affinity(&self, way: &Way<'r>) -> Option<Affinity> {
        let set = way.state.added_to.iter().find(|set| way.state.looked_in.contains(set))?;
        let timeout = self.evaluator.tables.container(set.as_str())?.container.timeout;
        let timeout_seconds = timeout.and_then(|seconds| u32::try_from(seconds).ok());
        Some(Affinity { timeout_seconds })
    }

    /// Adds the end of a way to the outcomes, to that of the same fate if there is one.
    fn conclude(&mut self, way: &Way<'r>, fate: Fate) {
        if way.chance == Chance::NEVER {
            return;
        }
        let steps = || match self.telling {
            Telling::Steps => way.steps.iter().map(|step| step.tell(self.evaluator)).collect(),
            Telling::Effect => Vec::new(),
        };
        self.outcomes.add(way.chance, fate, steps);
    }

    fn view<'v>(&'v self, way: &'v Way<'r>) -> View<'v> {
        let tables = &self.evaluator.tables;
        View { packet: self.packet, locality: self.locality, tables, state: &way.state }
    }

    fn place(&self, at: At) -> reasons::RulePlace<'r> {
        let chain = self.evaluator.tables.get(at.chain);
        reasons::RulePlace { family: self.evaluator.family, chain: &chain.name, number: at.position + 1 }
    }
}

/// Whether a statement does something, and not only asks.
fn has_effect(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::SetMark(..)
            | Statement::VerdictMap { .. }
            | Statement::Choose(_)
            | Statement::Translate(_)
            | Statement::Remember(_)
            | Statement::Masquerade { .. }
            | Statement::Reject
            | Statement::Verdict(_)
    )
}

fn replace_last<'r>(way: &mut Way<'r>, change: impl FnOnce(StepTaken<'r>) -> StepTaken<'r>) {
    if let Some(last) = way.steps.last_mut() {
        *last = change(*last);
    }
}

/// A way for each value that may be chosen, and one for the numbers without a value, on which the rule does nothing.
/// `None` if the chances are too fine to tell.
fn choose<'r, T>(way: &Way<'r>, selected: &'r Selected<T>) -> Option<Vec<(Way<'r>, Option<&'r T>)>> {
    let of = selected.of.max(1);
    let mut ways = Vec::with_capacity(selected.values.len() + 1);
    let share = way.chance.and(Chance::one_in(of))?;
    let values = selected.values.iter().filter(|(number, _)| *number < of);
    for (_, value) in values {
        ways.push((Way { chance: share, ..way.clone() }, Some(value)));
    }
    let without = u128::from(of).saturating_sub(ways.len() as u128);
    if without > 0 {
        let rest = way.chance.and(Chance::new(without, of.into())?)?;
        let mut other = Way { chance: rest, ..way.clone() };
        other.steps.pop();
        ways.push((other, None));
    }
    // The last one is followed first.
    ways.reverse();
    Some(ways)
}
