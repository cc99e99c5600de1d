//! Follows one packet through all chains, splitting where chance decides.

use super::address::loaded_socket;
use super::chains::ChainId;
use super::condition::{Answer, answer, is_header};
use super::hooks::Stage;
use super::state::{State, View};
use super::steps::StepTaken;
use super::{Evaluator, reasons};
use crate::answer::verdict::{Affinity, Chance, Delivery, Fate, Locality, Packet, Sender, Telling, Verdict};
use crate::platform::iptables::model::{
    ChainName, Foreign, Match, Policy, Probability, Recent, RecentOperation, Rule, Target,
};
use crate::platform::netfilter::{Calls, Outcomes, Route, Source, limits};

/// How many rules are asked for one packet. A Service with a thousand endpoints takes some ten thousands; a
/// dump may be made to ask for ever.
const MOST_RULES: usize = 1 << 20;

/// How many rules may do something to one packet. On kube-proxy's own way it is a dozen.
const MOST_STEPS: usize = 256;

/// All ways of one packet.
pub(super) struct Walk<'e, 'r> {
    evaluator: &'e Evaluator<'r>,
    packet: &'e Packet,
    locality: &'e Locality<'e>,
    telling: Telling,
    /// Ways that chance may take and that are still to be followed.
    pending: Vec<Way>,
    outcomes: Outcomes,
    asked: usize,
}

/// One way of the packet, with its chance.
struct Way {
    chance: Chance,
    state: State,
    calls: Calls<ChainId>,
    steps: Vec<StepTaken>,
}

/// The place of a rule.
#[derive(Clone, Copy)]
struct At {
    chain: ChainId,
    position: usize,
}

/// Whether a rule holds for a packet.
enum Fit {
    Holds,
    Not,
    Undecided(Box<str>),
}

/// How many rules do something to a packet on kube-proxy's own way.
const USUAL_STEPS: usize = 16;

impl Way {
    /// The same way so far, with another chance.
    fn otherwise(&self, chance: Chance) -> Self {
        let mut steps = Vec::with_capacity(self.steps.len() + USUAL_STEPS);
        steps.extend_from_slice(&self.steps);
        Self { chance, state: self.state.clone(), calls: self.calls.clone(), steps }
    }
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
        let mut first = Way {
            chance: Chance::CERTAIN,
            state,
            calls: Calls::with_capacity(USUAL_STEPS),
            steps: Vec::with_capacity(USUAL_STEPS),
        };
        walk.enter(&mut first);
        walk.pending.push(first);
        while let Some(way) = walk.pending.pop() {
            walk.follow(way);
        }
        walk.outcomes.into_verdict()
    }

    /// Follows a way to its end.
    fn follow(&mut self, mut way: Way) {
        let fate = loop {
            let Some(frame) = way.calls.current() else {
                if self.next_stage(&mut way) {
                    continue;
                }
                break self.arrived(&way);
            };
            let chain = self.evaluator.chains.get(frame.chain);
            let Some((position, rule)) = chain.next(frame.next, way.state.key(self.packet)) else {
                if let Some(fate) = self.end_of_chain(&mut way) {
                    break fate;
                }
                continue;
            };
            frame.next = position + 1;
            let at = At { chain: frame.chain, position };
            self.asked += 1;
            if self.asked > MOST_RULES {
                break Fate::Undecided(limits::too_many_rules(MOST_RULES));
            }
            if way.steps.len().max(way.state.listed.len()) > MOST_STEPS {
                break Fate::Undecided(limits::too_many_steps(MOST_STEPS));
            }
            match self.fits(&mut way, rule, at) {
                Fit::Not => {}
                Fit::Undecided(reason) => break Fate::Undecided(reason),
                Fit::Holds => {
                    if let Some(fate) = self.act(&mut way, rule, at) {
                        break fate;
                    }
                }
            }
        };
        self.conclude(&way, fate);
    }

    /// Enters the base chain of the way's table, if it has one.
    fn enter(&self, way: &mut Way) {
        if let Some(base) = self.evaluator.chains.base(way.state.stage) {
            way.calls.enter(base);
        }
    }

    /// Goes on to the next table; `false` at the end.
    fn next_stage(&self, way: &mut Way) -> bool {
        let sent_by_node = self.packet.sender == Sender::Node;
        let for_node = self.locality.is_local(way.state.header.destination);
        let next = way.state.stage.next(Route { sent_by_node, for_node });
        if let Some(stage) = next {
            way.state.stage = stage;
            self.enter(way);
        }
        next.is_some()
    }

    /// Returns to the calling chain, or applies the policy of the base chain.
    fn end_of_chain(&self, way: &mut Way) -> Option<Fate> {
        let left = way.calls.return_to_caller()?;
        // A chain in which nothing happened was no step.
        way.steps.pop_if(|step| step.led_to == Some(left));
        if !way.calls.is_empty() {
            return None;
        }
        let base = self.evaluator.chains.base(way.state.stage)?;
        let drops = self.evaluator.chains.get(base).policy == Some(Policy::Drop);
        drops.then(|| {
            way.steps.push(StepTaken { chain: base, position: None, led_to: None, origin: None });
            Fate::Dropped
        })
    }

    /// Whether a rule holds. Where chance decides, the way on which it does not is left for later.
    fn fits(&mut self, way: &mut Way, rule: &'r Rule, at: At) -> Fit {
        // Unless asking has an effect, a rule that does nothing need not be asked, any condition that does
        // not hold is enough, and so is that all of them hold.
        if !rule.matches.iter().any(puts_on_a_list) {
            if does_nothing(rule) || self.evaluator.is_idle_chance(rule) {
                return Fit::Not;
            }
            let (view, mut all_hold) = (self.view(way), true);
            for condition in &rule.matches {
                let answer = answer(condition, view);
                if answer == Answer::No {
                    return Fit::Not;
                }
                all_hold &= answer == Answer::Yes && !matches!(condition, Match::Statistic(_));
            }
            if all_hold {
                return Fit::Holds;
            }
        }
        let header = rule.matches.iter().filter(|condition| is_header(condition));
        let modules = rule.matches.iter().filter(|condition| !is_header(condition));
        for condition in header.chain(modules) {
            match answer(condition, self.view(way)) {
                Answer::No => return Fit::Not,
                Answer::Unknown(why) => {
                    return Fit::Undecided(reasons::unknown_condition(condition, self.place(at), why));
                }
                Answer::Yes => {}
            }
            match condition {
                Match::Recent(Recent { list, operation: RecentOperation::Set }) => {
                    way.state.listed.push(*list);
                }
                Match::Statistic(probability) => {
                    let Some((share, rest)) = split(way.chance, *probability) else {
                        return Fit::Undecided(limits::too_fine(self.place(at)));
                    };
                    if share == Chance::NEVER {
                        return Fit::Not;
                    }
                    if rest != Chance::NEVER {
                        self.pending.push(way.otherwise(rest));
                    }
                    way.chance = share;
                }
                _ => {}
            }
        }
        Fit::Holds
    }

    /// Does what a rule says; the fate if the way ends there.
    fn act(&mut self, way: &mut Way, rule: &'r Rule, at: At) -> Option<Fate> {
        let target = rule.target.as_ref()?;
        let led_here = || way.calls.origin();
        let origin = match self.telling {
            Telling::Steps => self.evaluator.origin(rule).or_else(led_here),
            Telling::Effect => None,
        };
        way.steps.push(StepTaken { chain: at.chain, position: Some(at.position), led_to: None, origin });
        match target {
            Target::Jump(name) => return self.jump(way, *name, at),
            Target::Goto(name) => {
                let fate = self.jump(way, *name, at);
                way.calls.forget_caller();
                return fate;
            }
            Target::Return => return self.end_of_chain(way),
            Target::Accept => way.calls.leave_all(),
            Target::Drop => return Some(Fate::Dropped),
            Target::Reject(_) => return Some(Fate::Rejected),
            Target::SetMark(mark) => way.state.set_mark(*mark),
            Target::DestinationNat(to) => match loaded_socket(to) {
                Some(endpoint) => {
                    way.state.header.translate(endpoint);
                    way.calls.leave_all();
                }
                None => return Some(Fate::Undecided(reasons::refused_target(self.place(at)))),
            },
            Target::Masquerade { .. } => {
                way.state.header.source = Source::Node;
                way.calls.leave_all();
            }
            Target::Unknown(foreign) if only_watches(foreign) => {}
            Target::Unknown(_) => {
                return Some(Fate::Undecided(reasons::unknown_target(target, self.place(at))));
            }
        }
        None
    }

    /// Enters the chain that the last step leads to.
    fn jump(&self, way: &mut Way, name: ChainName, at: At) -> Option<Fate> {
        let Some(chain) = self.evaluator.chains.leads_to(at.chain, at.position) else {
            return Some(Fate::Undecided(reasons::missing_chain(name, self.place(at))));
        };
        let step = way.steps.last_mut().expect("the jump is a step");
        step.led_to = Some(chain);
        way.calls.jump(chain, step.origin).err().map(Fate::Undecided)
    }

    /// The end of the way: no rule stopped the packet.
    fn arrived(&self, way: &Way) -> Fate {
        let source = way.state.header.source_address();
        match way.state.header.endpoint {
            None => Fate::Unhandled(source),
            Some(endpoint) => Fate::Endpoint(Delivery { endpoint, source, affinity: self.affinity(way) }),
        }
    }

    /// A client that is put on a list stays with its endpoint if a rule that was passed looks for it there.
    fn affinity(&self, way: &Way) -> Option<Affinity> {
        let checks = way.state.listed.iter().flat_map(|list| self.evaluator.lists.checks(*list));
        let passed = |chain, position| {
            way.steps.iter().any(|step| step.chain == chain && step.position.is_some_and(|at| at >= position))
        };
        let mut passed = checks.filter(|check| passed(check.chain, check.position));
        passed.next().map(|check| Affinity { timeout_seconds: Some(check.seconds) })
    }

    /// Adds the end of a way to the outcomes, to that of the same fate if there is one.
    fn conclude(&mut self, way: &Way, fate: Fate) {
        let steps = || match self.telling {
            Telling::Steps => way.steps.iter().map(|step| step.tell(self.evaluator)).collect(),
            Telling::Effect => Vec::new(),
        };
        self.outcomes.add(way.chance, fate, steps);
    }

    fn view<'v>(&'v self, way: &'v Way) -> View<'v> {
        let lists = &self.evaluator.lists;
        View { packet: self.packet, locality: self.locality, lists, state: &way.state }
    }

    fn place(&self, at: At) -> reasons::RulePlace {
        let chain = self.evaluator.chains.get(at.chain);
        reasons::RulePlace { table: chain.table, chain: chain.name, number: at.position + 1 }
    }
}

/// Whether the packet is put on a `recent` list.
fn puts_on_a_list(condition: &Match) -> bool {
    matches!(condition, Match::Recent(Recent { operation: RecentOperation::Set, .. }))
}

/// Whether it makes no difference to the packet if a rule holds.
fn does_nothing(rule: &Rule) -> bool {
    match &rule.target {
        None => true,
        Some(Target::Unknown(foreign)) => only_watches(foreign),
        Some(_) => false,
    }
}

/// Targets that do nothing which another rule or the packet's destination depends on (iptables 1.8.9,
/// `iptables-extensions`).
const WATCHING: [&str; 15] = [
    "AUDIT",
    "CHECKSUM",
    "CLASSIFY",
    "CONNSECMARK",
    "DSCP",
    "ECN",
    "IDLETIMER",
    "LED",
    "LOG",
    "NFLOG",
    "RATEEST",
    "SECMARK",
    "TCPMSS",
    "TOS",
    "TRACE",
];

/// Whether the packet goes on after an unknown target as if the rule were not there.
fn only_watches(target: &Foreign) -> bool {
    let jump = target.options().first();
    let name = jump.filter(|jump| jump.name() == "-j").and_then(|jump| jump.values().next());
    name.is_some_and(|name| WATCHING.contains(&name))
}

/// The chances of what holds by chance and of what does not; `None` for chances too fine to tell.
fn split(whole: Chance, probability: Probability) -> Option<(Chance, Chance)> {
    let chance = match probability {
        Probability::OneIn(k) => Chance::one_in(k),
        Probability::Raw(raw) => Chance::new(raw.into(), 1 << 31).unwrap_or(Chance::CERTAIN),
    };
    Some((whole.and(chance)?, whole.and(chance.complement())?))
}
