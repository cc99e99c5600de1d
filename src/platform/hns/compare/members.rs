//! Members of two load balancers that differ, and those of which it is not known whether they do.

use rustc_hash::FxHashSet;

use super::fields::Scope;
use super::member::{Member, MemberName};
use super::side::Balancer;
use crate::answer::change::FieldChange;

impl Scope {
    /// Members that only one side has, in the order of their addresses, as far as both sides tell whom ids stand for.
    pub(super) fn of_members(self, one: &Balancer, other: &Balancer) -> Vec<FieldChange> {
        let (one, other) = (&one.members[..], &other.members[..]);
        if self.both_held && one.iter().chain(other).any(Member::is_unknown) {
            return by_ids(one, other);
        }
        let path = |member: &Member| format!("HostComputeEndpoints[{}]", member.name);
        let unknown = [one, other].map(|list| list.iter().filter(|member| member.is_unknown()).count());
        let known = |list: &[Member], of: &[Member]| -> Vec<Member> {
            let is_alone = |member: &&Member| !member.is_unknown() && of.binary_search(member).is_err();
            list.iter().filter(is_alone).cloned().collect()
        };
        let (gone, new) = (known(one, other), known(other, one));
        let mut found = Vec::new();
        // Any of them may be one that the other side has by its id alone.
        if gone.len() > unknown[1] {
            found.extend(gone.iter().map(|of| FieldChange::new(path(of), Some(place(of)), None)));
        }
        if new.len() > unknown[0] {
            found.extend(new.iter().map(|of| FieldChange::new(path(of), None, Some(place(of)))));
        }
        if found.is_empty() {
            let pairs: Vec<(&Member, &Member)> = if one == other {
                one.iter().zip(other).collect()
            } else {
                one.iter().filter_map(|of| Some((of, &other[other.binary_search(of).ok()?]))).collect()
            };
            let unlike = pairs.into_iter().filter(|(one, other)| !self.is_same_endpoint(one, other));
            found.extend(
                unlike.map(|(one, other)| FieldChange::new(path(one), Some(place(one)), Some(place(other)))),
            );
        }
        if found.is_empty() {
            // A member that stands there twice, or one too many of which nothing but the id is told.
            found.extend(FieldChange::between("HostComputeEndpoints.length", &one.len(), &other.len()));
        }
        found
    }

    /// Whether it is not known which endpoints the members of one of two load balancers are, and nothing else tells
    /// whether they are the same.
    pub(super) fn has_open_members(self, one: &Balancer, other: &Balancer) -> bool {
        // In two dumps ids are compared.
        !self.both_held && one.members.iter().chain(&other.members).any(Member::is_unknown)
    }

    /// Whether two members with one address are one endpoint: a remote one with the address of a local pod is another
    /// one, and one whose network is gone leads nowhere.
    fn is_same_endpoint(self, one: &Member, other: &Member) -> bool {
        if one.is_lost != other.is_lost {
            return false;
        }
        let Some(wanted) = self.wanted else { return true };
        let [should, is] = if wanted == 0 { [one, other] } else { [other, one] };
        // kube-proxy takes any endpoint with the address of a pod that is said to be elsewhere.
        should.is_remote != Some(false) || is.is_remote != Some(true)
    }
}

/// Members of two dumps, in which an id stands for the same endpoint.
fn by_ids(one: &[Member], other: &[Member]) -> Vec<FieldChange> {
    let path = |member: &Member| match member.id {
        Some(id) => format!("HostComputeEndpoints[{id}]"),
        None => format!("HostComputeEndpoints[{}]", member.name),
    };
    let key = |member: &Member| (member.id, member.id.is_none().then(|| member.name.clone()));
    let [ones, others] = [one, other].map(|list| list.iter().map(key).collect::<FxHashSet<_>>());
    let gone = one.iter().filter(|member| !others.contains(&key(member)));
    let new = other.iter().filter(|member| !ones.contains(&key(member)));
    let mut found: Vec<FieldChange> =
        gone.map(|member| FieldChange::new(path(member), Some(place(member)), None)).collect();
    found.extend(new.map(|member| FieldChange::new(path(member), None, Some(place(member)))));
    if found.is_empty() {
        found.extend(FieldChange::between("HostComputeEndpoints.length", &one.len(), &other.len()));
    }
    found
}

/// Where the endpoint of a member is.
fn place(member: &Member) -> String {
    let word = match (member.is_remote, &member.name) {
        (_, MemberName::Dangling(_)) => "no such endpoint",
        _ if member.is_lost => "on a network that is gone",
        (Some(true), _) => "remote",
        (Some(false), _) => "local",
        (None, _) => "there",
    };
    word.to_owned()
}
