//! What is wrong with what HNS holds, by itself and beside what should be.

use super::Comparing;
use super::faults::OfHeld;
use super::member::{Member, MemberName};
use super::repair::{Users, delete};
use super::side::{Balancer, HnsSide, Known};
use crate::answer::change::{
    self, Comparison, Defect, ObjectChange, ObjectKind, Standing, Subject, Verb, Weight,
};
use crate::platform::hns::codes;
use crate::platform::hns::model::Telling;

/// All that is wrong, in the order of the codes.
pub(super) fn find(comparison: &Comparison, comparing: &Comparing<'_, '_>) -> Vec<Defect> {
    let mut found = Vec::new();
    let users = Users::of(&comparing.sides);
    for (at, side) in comparing.sides.iter().enumerate() {
        if side.standing == Standing::Held {
            let finding = OfHeld { side, comparing, users: &users };
            finding.networks(&mut found);
            finding.balancers(&mut found);
            finding.ports(&mut found);
            finding.endpoints(comparing.wanted.map(|_| comparing.sides[1 - at]), &mut found);
        }
    }
    if let Some(wanted) = comparison.wanted() {
        nothing_present(comparison, comparing, wanted, &mut found);
        let is_decided = |change: &&ObjectChange| change.weight != Weight::Undecided;
        for change in comparison.changes.iter().filter(is_decided) {
            found.extend(of_change(change, wanted, &users));
        }
    }
    found.sort_by(|one, other| (one.code, &one.subject).cmp(&(other.code, &other.subject)));
    found
}

/// What a change means, where one side is what should be.
fn of_change(change: &ObjectChange, wanted: usize, users: &Users) -> Option<Defect> {
    let ObjectChange { verb, subject, references, weight, .. } = change;
    let is_missing = match verb {
        Verb::Deleted => wanted == 0,
        Verb::Created => wanted == 1,
        Verb::Changed | Verb::Moved { .. } => return Some(changed(change)),
        Verb::Renamed { .. } | Verb::Replaced => return None,
    };
    let kind = subject.kind;
    let id = subject.id.as_deref().unwrap_or("ID");
    Some(match (is_missing, weight, kind) {
        (true, ..) => {
            let users = references.map_or(0, |references| references[wanted]);
            let shared = match users {
                0 | 1 => String::new(),
                many => format!("; {many} load balancers need it"),
            };
            Defect {
                code: change::codes::MISSING,
                subject: subject.clone(),
                message: format!("the node does not have it{shared}"),
                help: Some("hnsplan compile -t hns --hns-state makes the plan that repairs it".to_owned()),
                cause: None,
            }
        }
        (false, Weight::Foreign, _) => Defect {
            code: codes::FOREIGN,
            subject: subject.clone(),
            message: "no Service of the input has its address and port".to_owned(),
            help: Some(
                "it is left alone; pass --service-cidr to define the addresses of Services".to_owned(),
            ),
            cause: None,
        },
        // One that no load balancer uses is told as such.
        (false, _, ObjectKind::Endpoint) if *references == Some([0, 0]) => return None,
        (false, ..) => Defect {
            code: change::codes::STALE,
            subject: subject.clone(),
            message: stale(change, wanted),
            help: Some(match kind {
                ObjectKind::Endpoint => users.delete_endpoint(id),
                _ => delete(kind, id),
            }),
            cause: None,
        },
    })
}

fn stale(change: &ObjectChange, wanted: usize) -> String {
    let Subject { kind, services, .. } = &change.subject;
    match (kind, services.is_empty()) {
        (ObjectKind::Endpoint, is_unknown) => {
            let users = change.references.map_or(0, |references| references[1 - wanted]);
            let why =
                if is_unknown { "its address is in no EndpointSlice" } else { "no Service uses it now" };
            match users {
                0 => why.to_owned(),
                1 => format!("{why}; 1 load balancer has it as a member"),
                many => format!("{why}; {many} load balancers have it as a member"),
            }
        }
        (_, true) => "no Service has its address and port any more".to_owned(),
        (_, false) => "the Service has its address, and does not want it".to_owned(),
    }
}

fn changed(change: &ObjectChange) -> Defect {
    let fields: Vec<String> = change.fields.iter().map(|field| field.path.clone()).collect();
    let message = match &change.verb {
        Verb::Moved { from } => format!("it is elsewhere: {from} on one side"),
        _ => format!("it is not as it should be: {}", fields.join(", ")),
    };
    Defect {
        code: change::codes::CHANGED,
        subject: change.subject.clone(),
        message,
        help: Some("hnsplan compile -t hns --hns-state makes the plan that repairs it".to_owned()),
        cause: None,
    }
}

/// None of what should be there is there: HNS has lost its state, or kube-proxy does not run.
fn nothing_present(
    comparison: &Comparison,
    comparing: &Comparing<'_, '_>,
    wanted: usize,
    found: &mut Vec<Defect>,
) {
    let held = comparing.sides[1 - wanted];
    // What kube-proxy cannot serve says nothing about whether it runs.
    let servable =
        |balancer: &Balancer| balancer.members.iter().any(|member| comparing.can_be_served(held, member));
    if held.balancers_told != Telling::Whole || !comparing.sides[wanted].balancers.iter().any(servable) {
        return;
    }
    for kind in [ObjectKind::LoadBalancer] {
        let Some(counts) = comparison.counts.get(&kind) else { continue };
        let many = counts.of_side(wanted);
        if many > 0 && counts.equal + counts.changed + counts.undecided == 0 {
            let subject = Subject::new(kind, format!("0 of {many} present"), Vec::new());
            found.push(Defect {
                code: change::codes::NOTHING_PRESENT,
                subject,
                message: "the node has none of those that it should have".to_owned(),
                help: Some("see whether kube-proxy runs, and whether HNS has been restarted".to_owned()),
                cause: None,
            });
        }
    }
}

impl Comparing<'_, '_> {
    /// Whether kube-proxy can make a member: a pod of this node has to have an endpoint on its network.
    fn can_be_served(&self, held: &HnsSide, member: &Member) -> bool {
        if member.is_remote != Some(false) || !held.tells_endpoints() {
            return true;
        }
        let MemberName::At(address) = &member.name else { return true };
        let has_address = |known: &&Known| known.object.addresses().any(|own| own == address);
        held.endpoints.iter().filter(has_address).any(|known| !known.is_lost && self.on_network(known))
    }
}
