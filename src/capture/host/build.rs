//! The build of Windows in what `ver`, `winver`, `systeminfo` and PowerShell print.

use super::Told;

/// The lowest build that Windows 10 and Windows Server 2016 have had: a third number below it is part of an address.
const LOWEST: u32 = 10_000;

/// What builds of Windows begin with; addresses of clusters do as well.
const FIRST: &str = "10.0.";

/// The longest line that is looked at.
const LONGEST: usize = 400;

/// Takes the build of the host out of a text. Images, requirements and nodes of a cluster have builds as well: only lines
/// count that Windows prints about itself.
pub(super) fn read(text: &str, told: &mut Told) {
    if !text.match_indices(FIRST).any(|(at, _)| begins_build(&text[at + FIRST.len()..])) {
        return;
    }
    let is_alone = text.split_whitespace().take(2).count() == 1;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| line.len() <= LONGEST);
    let found: Vec<(usize, &str)> = lines
        .filter_map(|(number, line)| build_in(line).map(|build| (number, line, build)))
        .filter(|(_, line, _)| is_alone || is_about_itself(line))
        .map(|(number, _, build)| (number, build))
        .collect();
    let builds = found.iter().map(|(_, build)| *build);
    let Some(longest) = builds.max_by_key(|build| build.len()) else { return };
    if let Some((number, other)) = found.iter().find(|(_, build)| !longest.starts_with(build)) {
        let other = format!("two builds of Windows are told, {longest} and {other}, so neither is used");
        told.remarks.push((*number, format!("{other}; name the one of the node with --windows-release")));
        return;
    }
    told.facts.build = Some(longest.to_owned());
    let lines: Vec<usize> = found.iter().map(|(number, _)| *number).collect();
    told.take(text, &lines);
}

/// The build in a text that is known to tell that of the host.
pub(super) fn named(text: &str) -> Option<String> {
    text.lines().filter_map(build_in).max_by_key(|build| build.split('.').count()).map(str::to_owned)
}

/// Whether what follows is longer than a number of an address.
fn begins_build(rest: &str) -> bool {
    rest.bytes().take(5).filter(u8::is_ascii_digit).count() == 5
}

/// `10.0.20348` or `10.0.20348.2113` in a line.
fn build_in(line: &str) -> Option<&str> {
    let found = line.match_indices(FIRST).filter_map(|(at, _)| {
        let is_within = line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || ".:/-_@\"".contains(c));
        let end =
            line[at..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(line.len(), |end| at + end);
        let word = line[at..end].trim_end_matches('.');
        let mut numbers = word.split('.').skip(2).map(str::parse::<u32>);
        let is_build = matches!(numbers.next(), Some(Ok(LOWEST..)))
            && numbers.next().is_none_or(|revision| revision.is_ok())
            && numbers.next().is_none();
        (is_build && !is_within).then_some(word)
    });
    found.max_by_key(|word| word.len())
}

/// Whether a line is one that Windows prints about itself: `Microsoft Windows [Version 10.0.20348.2113]` in any language,
/// `Microsoft Windows NT 10.0.20348.0`, `OS Version: 10.0.20348 N/A Build 20348`, `OsVersion : 10.0.20348`.
fn is_about_itself(line: &str) -> bool {
    let line = line.to_lowercase();
    let label = line.split_once(':').map_or("", |(label, _)| label.trim());
    line.contains("windows [")
        || line.contains("windows nt 10")
        || line.contains(" build ")
        || ["osversion", "version", "os version", "kernelversion"].contains(&label)
}
