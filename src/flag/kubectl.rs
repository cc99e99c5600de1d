//! What kubectl and a shell print in the place of what was asked for, as `2>&1` or a failed pipe puts it into a file.

/// How messages of kubectl begin.
const BEGINNINGS: [&str; 9] = [
    "error: ",
    "Error: ",
    "Error from server",
    "Unable to connect to the server",
    "The connection to the server",
    "No resources found",
    "You must be logged in to the server",
    "Please enter Username",
    "Unable to use a TTY",
];

/// The line of a text that says why kubectl printed no objects; `None` if its first line is none.
#[must_use]
pub fn message_of_kubectl(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next()?;
    if is_log(first) {
        // Lines of its log come first, and then what is the matter. Alone they may be the log of another program, but
        // for those of the cache in which kubectl keeps what a server offers.
        let message = lines.find(|line| !is_log(line)).filter(|line| is_message(line));
        return message.or_else(|| first.contains(" memcache.go:").then_some(first));
    }
    is_message(first).then_some(first)
}

fn is_message(line: &str) -> bool {
    let is_missing =
        line.contains("kubectl") && (line.contains("command not found") || line.contains(": not found"));
    is_missing || BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
}

/// `E1130 12:00:00.000000   12345 memcache.go:265] …`
fn is_log(line: &str) -> bool {
    let Some((head, rest)) = line.split_once(' ') else { return false };
    let is_head = head.len() == 5
        && head.starts_with(['E', 'W', 'I', 'F'])
        && head.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    is_head && rest.contains(".go:") && rest.contains(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_from_objects() {
        for text in [
            "error: You must be logged in to the server (Unauthorized)\n",
            "\nThe connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?\n",
            "Error from server (Forbidden): services is forbidden: User \"x\" cannot list resource\n",
            "error: the server doesn't have a resource type \"svcs\"\n",
            "bash: kubectl: command not found\n",
            "zsh: command not found: kubectl\n",
            "/bin/sh: 1: kubectl: not found\n",
        ] {
            assert_eq!(message_of_kubectl(text), Some(text.trim()), "{text}");
        }
        let log =
            "E1130 12:00:00.000000   12345 memcache.go:265] couldn't get current server API group list: x";
        assert_eq!(message_of_kubectl(log), Some(log));
        let both = format!("{log}\n{log}\nUnable to connect to the server: dial tcp: x\n");
        assert_eq!(message_of_kubectl(&both), Some("Unable to connect to the server: dial tcp: x"));
        let of_kube_proxy =
            "I1107 06:45:21.073167    3112 hns.go:398] \"Created Hns loadbalancer policy resource\"\n";
        for text in
            [of_kube_proxy, "", "kind: Service\n", "# error: x\nkind: Service\n", "E1130\n", "errors: []\n"]
        {
            assert_eq!(message_of_kubectl(text), None, "{text}");
        }
    }
}
