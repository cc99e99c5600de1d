//! Finds the names in a line of a log or a message.

use super::{Explanation, find_error, find_rule};
use crate::answer::lexicon::{ErrorCode, hresult};
use crate::catalog;

/// Words after which a small number is an error code.
const INTRODUCTIONS: [&str; 8] =
    ["error", "errno", "code", "errorcode", "hresult", "status", "win32", "winsock"];

/// Everything that a line names, in its order, each once.
pub(super) fn find_all(line: &str) -> Vec<Explanation> {
    let mut found: Vec<Explanation> = Vec::new();
    let mut before = "";
    for word in words(without_header(line)) {
        if let Some(explanation) = find(word, before).filter(|new| !found.contains(new)) {
            found.push(explanation);
        }
        before = word.text;
    }
    found
}

/// The first error code that a text names.
pub(super) fn error_in(text: &str) -> Option<&'static ErrorCode> {
    find_all(text).into_iter().find_map(|found| match found {
        Explanation::Error(_, error) => Some(error),
        _ => None,
    })
}

/// A word of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word<'l> {
    text: &'l str,
    /// Whether it stands alone in parentheses.
    is_parenthesized: bool,
}

/// The letters and digits of a line, with underscores between and the sign of numbers.
fn words(line: &str) -> impl Iterator<Item = Word<'_>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let start_of = move |text: &str| line.len() - text.len();
    let mut rest = line;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| !is_part(c));
        let (text, after) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
        let is_parenthesized = line[..start_of(rest)].ends_with('(') && after.starts_with(')');
        rest = after;
        (!text.is_empty()).then_some(Word { text, is_parenthesized })
    })
}

/// A line without the header of klog, as in `E1109 15:13:55.097793`: its letter and date look like a code.
fn without_header(line: &str) -> &str {
    let Some((date, rest)) = line.split_once(' ') else { return line };
    let is_date =
        date.len() == 5 && date.starts_with(['I', 'W', 'E', 'F']) && date.bytes().skip(1).all(is_digit);
    let time = rest.trim_start().as_bytes();
    let is_time = time.len() >= 8
        && time[..8].iter().enumerate().all(|(at, b)| if at % 3 == 2 { *b == b':' } else { is_digit(*b) });
    if is_date && is_time { rest } else { line }
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// What a word of a line means. Lines are full of numbers and names, so the spelling has to be exact.
fn find(word: Word<'_>, before: &str) -> Option<Explanation> {
    let Word { text, is_parenthesized } = word;
    let of_code = |code: u32| find_error(|error: &ErrorCode| error.code == code);
    if text.starts_with("0x") || text.starts_with("0X") {
        return hresult(text).and_then(of_code);
    }
    if text.strip_prefix('-').unwrap_or(text).bytes().all(is_digit) {
        let is_introduced = || INTRODUCTIONS.iter().any(|word| word.eq_ignore_ascii_case(before));
        // An HRESULT is larger than any count, port or process in a log.
        let is_code =
            |code: &u32| text.len() >= 10 && *code >= 1 << 31 || is_parenthesized || is_introduced();
        return hresult(text).filter(is_code).and_then(of_code);
    }
    catalog::find(text)
        .filter(|code| code.id() == text)
        .map(Explanation::Code)
        .or_else(|| find_rule(|id| id == text))
        .or_else(|| find_error(|error| error.symbol == text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        let name = |found: Explanation| match found {
            Explanation::Code(code) => code.id().to_owned(),
            Explanation::Rule(_, rows) => rows[0].id.to_owned(),
            Explanation::Error(_, error) => error.symbol.to_owned(),
            Explanation::Switch(switch) => switch.name.to_owned(),
            Explanation::Word(_, meaning) => meaning.name.to_owned(),
        };
        find_all(line).into_iter().map(name).collect()
    }

    #[test]
    fn messages_of_the_program_name_codes_and_rules() {
        assert_eq!(names("error[H0612]: topology hints"), ["H0612"]);
        assert_eq!(names("  load balancer 7d1e04aa  [H09][H11]"), ["H09", "H11"]);
        assert_eq!(names("not supported by hns: H0612 ×2, S0703"), ["H0612", "S0703"]);
    }

    #[test]
    fn a_line_of_kube_proxy_names_each_error_once() {
        let line = r#"E1109 15:13:55.097793    4228 proxier.go:1067] "Source Vip endpoint creation failed" err="hcnCreateEndpoint failed in Win32: IP address is invalid. (0x803b001e) {\"Success\":false,\"ErrorCode\":2151350302}""#;
        assert_eq!(names(line), ["HCN_E_INVALID_IP"]);
        assert_eq!(
            names("hcnCreateLoadBalancer failed in Win32: file exists. (0xb7)"),
            ["ERROR_ALREADY_EXISTS"]
        );
        assert_eq!(names("exception -2143617005 in New-HnsLoadBalancer"), ["HCN_E_PORT_ALREADY_EXISTS"]);
    }

    #[test]
    fn the_date_of_a_line_is_no_code() {
        assert!(names("I0501 12:00:00.000001 1 server.go:1] all is well").is_empty());
        assert!(names("F1009 01:02:03.4  77 main.go:5] ended").is_empty());
        assert_eq!(names("F1009 is what diff reports"), ["F1009"]);
    }

    #[test]
    fn ports_and_counts_are_no_errors() {
        assert!(names("10.96.0.10:10013/TCP has 5 endpoints, pid 183").is_empty());
        assert_eq!(names("bind: error 10013"), ["WSAEACCES"]);
        assert_eq!(names("The object already exists. (5010)"), ["ERROR_OBJECT_ALREADY_EXISTS"]);
        assert_eq!(names("listen failed: WSAEADDRINUSE"), ["WSAEADDRINUSE"]);
    }
}
