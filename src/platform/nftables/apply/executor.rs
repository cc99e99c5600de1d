//! The executor for nftables: runs `nft` of this machine.

use super::{NftablesStep, fingerprint};
use crate::answer::step::{self, Done, Drift, Failure, Fingerprint, Obstacle, StepStanding};
use crate::name::{escaped, printable};
use crate::net::{Family, PerFamily};
use crate::platform::nftables::model::{TABLE, Table, family_word};
use crate::platform::nftables::plan::{Tables, is_restorable, is_same};
use crate::platform::nftables::read;
use crate::platform::program::{self, Ended};
use crate::platform::{DumpText, Executor, linux};

/// A listing is of all tables if it names another one than kube-proxy's, so that a table that it does not name is not
/// there. What `nft list ruleset` prints of a node without any other table gets this one.
const END_OF_RULESET: &str = "table inet end-of-ruleset {\n}\n";

/// The nftables of this machine, in the current network namespace.
#[derive(Debug, Clone, Copy, Default)]
pub struct NftNode;

/// Runs nft.
fn nft(arguments: &[&str], input: Option<String>) -> Result<Ended, Failure> {
    program::run("nft", arguments, input, "Install nftables, or apply on the node itself.")
}

/// What nft printed, where it succeeded.
fn printed(ended: Ended) -> Result<String, Failure> {
    if ended.code == Some(0) {
        return Ok(ended.output);
    }
    let how = ended.code.map_or_else(|| "was killed".to_owned(), |code| format!("ended with {code}"));
    let text: Vec<String> = ended.errors.lines().take(20).map(escaped).collect();
    let failure = Failure::permanent(
        format!("nft {how}: {}.", text.join(" ").trim()),
        "It needs root, nft 1.0.1 or later, and a kernel from 5.13 on with the modules that the rules use.",
    );
    // The kernel takes a transaction as a whole or not at all.
    Err(if ended.code.is_some() { failure.that_changed_nothing() } else { failure })
}

impl NftNode {
    /// kube-proxy's table of a family, if there is one.
    fn table(family: Family) -> Result<Option<Table>, Failure> {
        let ended = nft(&["list", "table", family_word(family), TABLE], None)?;
        if ended.code == Some(1) && ended.errors.contains("No such file or directory") {
            return Ok(None);
        }
        let text = printed(ended)?;
        let reading = read(&text);
        let table = match family {
            Family::Ipv4 => reading.tables.ipv4,
            Family::Ipv6 => reading.tables.ipv6,
        };
        if let (Some(problem), _) | (None, Some(problem)) =
            (reading.problems.first().map(|problem| problem.message.clone()), reading.broken)
        {
            return Err(Failure::permanent(
                format!("the table {} {TABLE} cannot be read: {problem}.", family_word(family)),
                "Delete what other programs added to the table.",
            ));
        }
        let gaps = reading.gaps.get(family);
        if gaps.has_flags || gaps.lost_lines > 0 {
            return Err(Failure::permanent(
                format!("{}.", gaps.reason(family)),
                "Delete the table, or take the flags away; hnsplan replaces only what it could put back.",
            ));
        }
        table.map(Some).ok_or_else(|| {
            Failure::permanent("nft printed no table.".to_owned(), "See what nft list ruleset prints.")
        })
    }

    fn tables() -> Result<Tables, Failure> {
        Ok(PerFamily { ipv4: Self::table(Family::Ipv4)?, ipv6: Self::table(Family::Ipv6)? })
    }
}

impl Executor for NftNode {
    type Step = NftablesStep;
    type State = Tables;

    fn fingerprint(state: &Tables) -> Fingerprint {
        fingerprint(state)
    }

    fn outline(state: &Tables) -> Fingerprint {
        fingerprint(state)
    }

    fn host(&self) -> Option<String> {
        linux::host()
    }

    fn read(&mut self) -> Result<Tables, Failure> {
        Self::tables()
    }

    fn dump(&mut self) -> Result<Vec<DumpText>, Failure> {
        let text = printed(nft(&["list", "ruleset"], None)?)? + END_OF_RULESET;
        Ok(vec![DumpText { name: "nft list ruleset".to_owned(), text, format: Some("nft-list") }])
    }

    fn obstacles(&mut self, steps: &[NftablesStep]) -> Result<Vec<Obstacle>, Failure> {
        let kube_proxy =
            linux::running_kube_proxy("kube-proxy runs on this node and changes the same tables");
        let mut found: Vec<Obstacle> = kube_proxy.into_iter().collect();
        for (number, NftablesStep(change)) in steps.iter().enumerate() {
            let table = Self::table(change.family)?;
            if table.is_some_and(|table| !is_restorable(&table)) {
                let what = format!(
                    "the table {} {TABLE} contains sets that are not kube-proxy's, so it could not be put back",
                    family_word(change.family)
                );
                let advice = "delete what other programs added to the table";
                found.push(Obstacle::new(step::codes::CHANGED_SINCE, what, advice).of_step(number));
            }
        }
        Ok(found)
    }

    fn drift(&mut self, steps: &[NftablesStep]) -> Result<Drift, Failure> {
        let mut drift = Drift::default();
        for (number, step) in steps.iter().enumerate() {
            match self.look(step)? {
                StepStanding::After(_) => {}
                StepStanding::Before => drift.is_partly_undone = true,
                StepStanding::Taken(what) | StepStanding::Neither(what) => {
                    let what = format!(
                        "the table {} {TABLE} is not as the run left it: {what}",
                        family_word(step.0.family)
                    );
                    let advice = "another program or person changed it; delete what was added, or put back what is missing";
                    let obstacle = Obstacle::new(step::codes::CHANGED_SINCE, what, advice);
                    drift.changed.push(obstacle.that_may_be_forced().of_step(number));
                }
            }
        }
        Ok(drift)
    }

    fn run(&mut self, step: &NftablesStep) -> Result<Done, Failure> {
        printed(nft(&["--file", "-"], Some(step.0.transaction()))?)?;
        match self.look(step)? {
            StepStanding::After(done) => Ok(done),
            StepStanding::Before | StepStanding::Taken(_) | StepStanding::Neither(_) => {
                Err(Failure::permanent(
                    "nft took the table, and lists another one.".to_owned(),
                    "See whether another program changes the table, and compare with nft list ruleset.",
                ))
            }
        }
    }

    fn look(&mut self, step: &NftablesStep) -> Result<StepStanding, Failure> {
        let table = Self::table(step.0.family)?;
        let [before, after] = [step.0.table_before(), step.0.table_after()];
        Ok(if is_same(table.as_ref(), after.as_ref()) {
            StepStanding::After(Done::default())
        } else if is_same(table.as_ref(), before.as_ref()) {
            StepStanding::Before
        } else {
            StepStanding::Neither(difference(table.as_ref(), after.as_ref()))
        })
    }

    fn recall(&mut self, _: &NftablesStep, _: &Done) {}
}

/// How many chains are named.
const NAMED: usize = 3;

/// What a table has that it should not, and the other way round.
fn difference(is: Option<&Table>, should: Option<&Table>) -> String {
    let (Some(is), Some(should)) = (is, should) else {
        return if is.is_none() { "it is not there" } else { "it is there" }.to_owned();
    };
    let [is, should] = [is, should].map(Table::normalise);
    let differing = |of: &Table, other: &Table| -> Vec<String> {
        let chains = of.chains.iter().filter(|chain| other.chain(chain.name.as_str()) != Some(chain));
        let containers = of
            .containers
            .iter()
            .filter(|of| other.container(of.name.as_str()) != Some(of))
            .map(|of| &of.name);
        chains.map(|chain| &chain.name).chain(containers).map(|name| printable(name.as_str())).collect()
    };
    let mut names = differing(&is, &should);
    names.extend(differing(&should, &is));
    names.sort_unstable();
    names.dedup();
    format!("{} differ", crate::name::first_names(names, NAMED))
}
