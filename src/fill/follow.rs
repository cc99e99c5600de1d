//! What the controller of slices does when pods have changed: it leaves as many slices as it can as they are.

use std::collections::BTreeSet;

use super::{fill_slices, known_pods};
use crate::fill::Assumed;
use crate::manifest::AnyObject;

/// The slices among the objects as their controller leaves them, by the pods, Services and Nodes among them. `populated`
/// are the namespaces whose pods are known: in others slices stay as they are.
pub(crate) fn follow(objects: &mut Vec<AnyObject>, populated: &BTreeSet<String>) {
    // What is wrong with pods and addresses was said when they were read.
    let mut said = Vec::new();
    let known = known_pods(objects, &mut said);
    let pods = super::pod::Pods::new(&known);
    fill_slices(objects, &pods, populated, &mut Assumed::default(), &mut said);
}
