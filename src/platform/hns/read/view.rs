//! Texts about HNS that tell too little to be read: what they are, so that a message can say what to run instead.

/// What a text shows of HNS, though it is no dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// `Name : value`, as PowerShell prints objects by default.
    List,
    /// `Format-Table`.
    Table,
    /// Log lines of kube-proxy.
    ProxyLog,
    /// Rules of the virtual switch.
    SwitchRules,
    /// Anything else.
    Unknown,
}

impl View {
    /// What a text is.
    #[must_use]
    pub(super) fn of(text: &str) -> Self {
        let count = |is: fn(&str) -> bool| text.lines().filter(|line| is(line.trim_end())).take(3).count();
        if count(is_log_line) > 0 {
            Self::ProxyLog
        } else if count(is_rule_heading) > 1 {
            Self::SwitchRules
        } else if count(is_underline) > 0 {
            Self::Table
        } else if count(is_property) > 2 {
            Self::List
        } else {
            Self::Unknown
        }
    }

    /// What the text is, in words; a noun with its article.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::List => "the list view of PowerShell, which shortens nested values",
            Self::Table => "a table view of PowerShell, which leaves columns out",
            Self::ProxyLog => "a log of kube-proxy, which shows what was done and not what HNS holds",
            Self::SwitchRules => "output of vfpctrl, the rules of the virtual switch",
            Self::Unknown => "a text with neither JSON of HNS objects nor a table of hnsdiag",
        }
    }
}

/// `I1107 06:45:21.073167    3112 hns.go:398] `
fn is_log_line(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let level = words.next().unwrap_or_default();
    let is_level = level.len() == 5
        && level.starts_with(['I', 'W', 'E', 'F'])
        && level[1..].bytes().all(|byte| byte.is_ascii_digit());
    is_level && words.next().is_some_and(|time| time.matches(':').count() == 2)
}

fn is_rule_heading(line: &str) -> bool {
    let line = line.trim_start();
    line == "ITEM LIST"
        || ["RULE :", "GROUP :", "LAYER :", "Friendly name :"].iter().any(|of| line.starts_with(of))
}

/// `----  ---------`
fn is_underline(line: &str) -> bool {
    let words = || line.split_ascii_whitespace();
    words().count() > 1 && words().all(|word| word.len() > 1 && word.bytes().all(|byte| byte == b'-'))
}

/// `ActivityId         : 0481DD58-…`
fn is_property(line: &str) -> bool {
    let Some((name, _)) = line.split_once(':') else { return false };
    let word = name.trim_end();
    word.len() < name.len() && !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_paste_is_recognized() {
        for (text, view) in [
            ("I1107 06:45:21.073167    3112 hns.go:398] \"Created\" loadBalancer={}\n", View::ProxyLog),
            ("\nITEM LIST\n===\n\n  GROUP : A\n    Friendly name : A\n", View::SwitchRules),
            ("ID   Name\n--   ----\n1    x\n", View::Table),
            ("ActivityId  : 1\nHealth      : @{LastErrorCode=0}\nID          : 2\n", View::List),
            ("# Notes\n\nAsk the team: they know.\n", View::Unknown),
        ] {
            assert_eq!(View::of(text), view, "{text}");
        }
    }
}
