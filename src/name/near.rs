//! The names that a mistyped name may stand for.

use strsim::osa_distance;

/// How many names are offered at most.
const OFFERED: usize = 3;

/// How many letters of the start of a name have to be given, so that the start alone is enough.
const SHORTEST_START: usize = 3;

/// The names most like a text, best first, at most three; none when all are far from it.
///
/// Names may have a namespace, as in `shop/web`. The same name in another namespace comes first, then names that
/// begin with the text, then those that take few changes of letters. Case does not count.
#[must_use]
pub fn nearest<'n>(text: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let text = text.to_lowercase();
    let farthest = own_name(&text).chars().count().div_ceil(3).clamp(2, 4);
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| (distance(&text, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= farthest)
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(OFFERED).map(|(_, name)| name).collect()
}

/// `did you mean NAME? ` with the name that is most like a text, to be followed by what is allowed; nothing when all are far
/// from it.
#[must_use]
pub fn did_you_mean<'n>(text: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    nearest(text, names).first().map(|near| format!("did you mean {near}? ")).unwrap_or_default()
}

/// How far a name is from a text: 0 for the same name elsewhere, 1 for a name that begins so, else the number of
/// letters that have to be inserted, removed, exchanged or swapped with their neighbour.
fn distance(text: &str, name: &str) -> usize {
    if own_name(text) == own_name(name) {
        return 0;
    }
    let compared = if text.contains('/') { name } else { own_name(name) };
    if text.chars().count() >= SHORTEST_START && compared.starts_with(text) {
        return 1;
    }
    osa_distance(text, compared)
}

/// The name without its namespace.
fn own_name(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_come_nearest_first_and_far_ones_not_at_all() {
        let names = ["demo/web", "shop/web", "demo/api", "demo/wep", "kube-system/kube-dns"];
        let near = |text| nearest(text, names);
        assert_eq!(near("prod/web"), ["demo/web", "shop/web"]);
        assert_eq!(near("demo/wepp"), ["demo/wep", "demo/web"]);
        assert!(near("other/thing").is_empty());
    }

    #[test]
    fn a_text_without_a_namespace_is_compared_with_the_names_alone() {
        let names = ["demo/web", "kube-system/kube-dns"];
        assert_eq!(nearest("kube-dsn", names), ["kube-system/kube-dns"]);
        assert_eq!(nearest("WEB", names), ["demo/web"]);
    }

    #[test]
    fn names_that_begin_with_the_text_are_near() {
        let names = ["win-node-1.example.com", "win-node-2.example.com", "linux-1"];
        assert_eq!(nearest("win-node-1", names), ["win-node-1.example.com"]);
        assert_eq!(nearest("win", names), ["win-node-1.example.com", "win-node-2.example.com"]);
        assert_eq!(nearest("iptable", ["iptables", "hns", "netsh"]), ["iptables"]);
    }

    #[test]
    fn swapped_neighbours_are_one_change() {
        assert_eq!(nearest("M0170", ["M0101", "M0107", "M9999"]), ["M0107", "M0101"]);
    }
}
