//! Names that resemble one that is not there.

/// How many names are offered.
const OFFERED: usize = 3;

/// The names most like a `namespace/name`: the same name in another namespace first, then those that take
/// few changes of letters. Names that take many are not offered.
pub(in crate::cli) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let own = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted_own = own(wanted);
    let farthest = wanted_own.chars().count().div_ceil(3).clamp(2, 4);
    let mut near: Vec<(usize, &str)> = names
        .map(|name| (if own(name) == wanted_own { 0 } else { distance(wanted, name) }, name))
        .filter(|(distance, _)| *distance <= farthest)
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(OFFERED).map(|(_, name)| name).collect()
}

/// How many letters have to be put in, taken out or exchanged to make one text of another.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let exchanged = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        for (a, b, letters) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("web", "wbe", 2), ("ü", "u", 1)]
        {
            assert_eq!(distance(a, b), letters, "{a} {b}");
            assert_eq!(distance(b, a), letters, "{b} {a}");
        }
    }

    #[test]
    fn near_names_come_nearest_first_and_far_ones_not_at_all() {
        let names = ["demo/web", "shop/web", "demo/api", "demo/wep", "kube-system/kube-dns"];
        let near = |wanted| nearest(wanted, names.into_iter());
        assert_eq!(near("prod/web"), ["demo/web", "shop/web"]);
        assert_eq!(near("demo/wepp"), ["demo/wep", "demo/web"]);
        assert!(near("other/thing").is_empty());
    }
}
