//! Recognises what has moved and what has another name among what seems to be gone and new.

use rustc_hash::FxHashMap;

use super::{ObjectChange, ObjectKind, Subject, Verb, Weight};

/// What an object is, apart from what may change about it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Essence {
    /// What it does, without the address and port by which it is told: the same object, moved.
    pub(crate) deed: Option<String>,
    /// Where it stands, without the name of its Service: that of a Service with another name.
    pub(crate) place: Option<String>,
    /// The service ports that it is for on the side that its subject is not of; the same ones do no harm.
    pub(crate) elsewhere: Vec<String>,
}

/// Joins pairs of gone and new objects, and sorts: by service port, then kind and name.
pub(crate) fn regroup(changes: Vec<(ObjectChange, Essence)>) -> Vec<ObjectChange> {
    let mut changes = renamed(changes);
    join_moves(&mut changes);
    let mut changes: Vec<ObjectChange> = changes.into_iter().map(|(change, _)| change).collect();
    changes.sort_by(|one, other| place(one).cmp(&place(other)));
    changes
}

fn place(change: &ObjectChange) -> (bool, &[String], ObjectKind, &str, bool) {
    let Subject { kind, name, services, .. } = &change.subject;
    // What belongs to no Service comes last; a gone object before a new one of the same name.
    (services.is_empty(), services, *kind, name, change.verb != Verb::Deleted)
}

/// A move is one object gone and one new of the same kind, for the same service ports and with the same
/// deed, where it is plain which is which.
fn join_moves(changes: &mut Vec<(ObjectChange, Essence)>) {
    type Key = (ObjectKind, Vec<String>, String);
    let mut places: FxHashMap<Key, [Vec<usize>; 2]> = FxHashMap::default();
    for (at, (change, essence)) in changes.iter().enumerate() {
        let Some(side) = side(change) else { continue };
        let Some(deed) = essence.deed.clone().filter(|_| !change.subject.services.is_empty()) else {
            continue;
        };
        let key = (change.subject.kind, change.subject.services.clone(), deed);
        places.entry(key).or_default()[side].push(at);
    }
    let mut gone = vec![false; changes.len()];
    for found in places.values() {
        let ([old], [new]) = (&found[0][..], &found[1][..]) else { continue };
        let from = changes[*old].0.subject.name.clone();
        let change = &mut changes[*new].0;
        change.verb = Verb::Moved { from };
        change.fields.clear();
        gone[*old] = true;
    }
    let mut at = 0;
    changes.retain(|_| {
        at += 1;
        !gone[at - 1]
    });
}

/// On which side the object is alone, if it counts.
fn side(change: &ObjectChange) -> Option<usize> {
    match change.verb {
        Verb::Deleted if change.weight == Weight::Counts => Some(0),
        Verb::Created if change.weight == Weight::Counts => Some(1),
        _ => None,
    }
}

/// A Service with another name: all objects of one are gone, and new ones stand in the same places for another
/// one, and there is no doubt which one it is.
fn renamed(changes: Vec<(ObjectChange, Essence)>) -> Vec<(ObjectChange, Essence)> {
    let mut groups: FxHashMap<Vec<String>, Group> = FxHashMap::default();
    for (at, (change, essence)) in changes.iter().enumerate() {
        // A Service that left an object to another one is not the one that has another name.
        if essence.elsewhere != change.subject.services && !essence.elsewhere.is_empty() {
            groups.entry(essence.elsewhere.clone()).or_default().is_mixed = true;
        }
        if change.subject.services.is_empty() {
            continue;
        }
        let group = groups.entry(change.subject.services.clone()).or_default();
        group.places.push(at);
        match (side(change), &essence.place) {
            (Some(side), Some(place)) if group.side.is_none_or(|of| of == side) => {
                group.side = Some(side);
                group.standing.push((change.subject.kind, place.clone()));
            }
            _ => group.is_mixed = true,
        }
    }
    let mut by_standing: FxHashMap<Standing, [Vec<Services>; 2]> = FxHashMap::default();
    for (services, group) in &mut groups {
        let Some(side) = group.side.filter(|_| !group.is_mixed) else { continue };
        group.standing.sort_unstable();
        by_standing.entry(group.standing.clone()).or_default()[side].push(services.clone());
    }
    let mut gone = vec![false; changes.len()];
    let mut made = Vec::new();
    for found in by_standing.values() {
        let ([old], [new]) = (&found[0][..], &found[1][..]) else { continue };
        for group in [old, new].map(|services| &groups[services]) {
            group.places.iter().for_each(|&at| gone[at] = true);
        }
        let first = &changes[groups[new].places[0]].0;
        let many = groups[new].places.len();
        let name = format!("and {} more of the Service", many - 1);
        let name =
            if many == 1 { first.subject.name.clone() } else { format!("{} {name}", first.subject.name) };
        let subject = Subject { name, ..first.subject.clone() };
        let verb = Verb::Renamed { from: old.clone() };
        let change =
            ObjectChange { verb, subject, fields: Vec::new(), references: None, weight: Weight::Counts };
        made.push((change, Essence::default()));
    }
    let kept = changes.into_iter().zip(gone).filter(|(_, gone)| !gone).map(|(change, _)| change);
    kept.chain(made).collect()
}

/// What the objects of a Service are and where they stand, sorted.
type Standing = Vec<(ObjectKind, String)>;

/// The service ports of an object.
type Services = Vec<String>;

#[derive(Default)]
struct Group {
    places: Vec<usize>,
    side: Option<usize>,
    is_mixed: bool,
    /// What its objects are and where they stand, sorted.
    standing: Standing,
}

#[cfg(test)]
mod tests {
    use super::{Essence, regroup};
    use crate::answer::change::{ObjectChange, ObjectKind, Subject, Verb, Weight};

    fn change(verb: Verb, kind: ObjectKind, name: &str, service: &str) -> ObjectChange {
        let subject = Subject::new(kind, name.to_owned(), vec![service.to_owned()]);
        ObjectChange { verb, subject, fields: Vec::new(), references: None, weight: Weight::Counts }
    }

    /// The chain of one Service is gone, and one in the same place is new.
    fn gone_and_new() -> Vec<(ObjectChange, Essence)> {
        let place = || Essence { place: Some("firewall".to_owned()), ..Essence::default() };
        vec![
            (change(Verb::Deleted, ObjectKind::Chain, "firewall-a", "shop/a:http"), place()),
            (change(Verb::Created, ObjectKind::Chain, "firewall-b", "shop/b:http"), place()),
        ]
    }

    #[test]
    fn a_service_with_another_name_is_recognised() {
        let [change] = &regroup(gone_and_new())[..] else { panic!("one change") };
        assert_eq!(change.verb, Verb::Renamed { from: vec!["shop/a:http".to_owned()] });
    }

    #[test]
    fn a_service_that_left_something_to_a_third_one_has_no_other_name() {
        for [left, got] in [["shop/a:http", "shop/c:http"], ["shop/c:http", "shop/b:http"]] {
            let element = change(Verb::Changed, ObjectKind::Rule, "192.0.2.1 . tcp . 80", got);
            let essence = Essence { elsewhere: vec![left.to_owned()], ..Essence::default() };
            let changes = gone_and_new().into_iter().chain([(element, essence)]).collect();
            assert_eq!(regroup(changes).len(), 3);
        }
    }
}
