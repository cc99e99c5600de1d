//! What parsers complain about, in the words of people who write documents: no names of types of a programming language.

/// Ranges of numbers by the names that parsers have for them.
const NUMBERS: [(&str, &str); 12] = [
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number that is not negative"),
    ("usize", "a whole number that is not negative"),
    ("u128", "a whole number that is not negative"),
    ("i8", "a whole number from -128 to 127"),
    ("i16", "a whole number from -32768 to 32767"),
    ("i32", "a whole number from -2147483648 to 2147483647"),
    ("i64", "a whole number"),
    ("i128", "a whole number"),
    ("isize", "a whole number"),
];

/// A complaint such as `invalid type: map, expected u16`, without the place that parsers add, in plain words.
#[must_use]
pub fn in_plain_words(complaint: &str) -> String {
    let complaint = complaint.split(" at line ").next().unwrap_or(complaint);
    // `spec.ports[0]: invalid type: …`
    let is_path = |path: &str| {
        !path.is_empty() && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-[]".contains(&byte))
    };
    match complaint.split_once(": ").filter(|(path, _)| is_path(path)) {
        Some((path, of)) => format!("{path}: {}", of_value(of)),
        None => of_value(complaint),
    }
}

/// A complaint about one value.
fn of_value(complaint: &str) -> String {
    let wrong = ["invalid type: ", "invalid value: ", "invalid length "]
        .into_iter()
        .find_map(|start| complaint.strip_prefix(start)?.rsplit_once(", expected "));
    if let Some((found, wanted)) = wrong {
        let (kind, _) = found.split_once(' ').unwrap_or((found, ""));
        let wanted = expected(wanted);
        let is_unquoted = matches!(kind, "integer" | "floating" | "boolean") && wanted.starts_with("text");
        let advice = if is_unquoted { "; put it in quotes" } else { "" };
        return format!("expected {wanted}, found {}{advice}", self::found(found));
    }
    let named = |start: &str| complaint.strip_prefix(start)?.split_once('`');
    if let Some((field, _)) = named("missing field `") {
        return format!("the field `{field}` is missing");
    }
    for (start, noun) in [("unknown field `", "field"), ("unknown variant `", "word")] {
        let Some((name, rest)) = named(start) else { continue };
        let known = rest.strip_prefix(", expected ");
        return match known {
            Some(known) => format!("unknown {noun} `{name}`, expected {known}"),
            None => format!("unknown {noun} `{name}`"),
        };
    }
    match complaint {
        "EOF while parsing a value"
        | "EOF while parsing an object"
        | "EOF while parsing a list"
        | "EOF while parsing a string" => "the text ends too early".to_owned(),
        "expected value" => "this is no JSON".to_owned(),
        _ if complaint.starts_with("data did not match any variant of untagged enum") => {
            "the value has none of the forms that are allowed here".to_owned()
        }
        _ => complaint.to_owned(),
    }
}

/// What was found, as in `integer `5` as u128`.
fn found(found: &str) -> String {
    let (kind, value) = found.split_once(' ').unwrap_or((found, ""));
    // Of large numbers parsers tell the type that they are held in.
    let value = value.split("` as ").next().map_or(value.to_owned(), |bare| {
        if bare.len() < value.len() { format!("{bare}`") } else { value.to_owned() }
    });
    match kind {
        "map" | "struct" => "a mapping".to_owned(),
        "sequence" | "tuple" => "a list".to_owned(),
        "string" | "character" => format!("the text {value}"),
        "integer" => format!("the number {value}"),
        "floating" => format!("the number {}", value.trim_start_matches("point ")),
        "boolean" => format!("the boolean {value}"),
        "unit" | "null" | "Option" => "nothing".to_owned(),
        _ if kind.bytes().all(|byte| byte.is_ascii_digit()) => format!("{kind} entries"),
        _ => found.to_owned(),
    }
}

/// What was expected.
fn expected(wanted: &str) -> String {
    let number = NUMBERS.iter().find(|(name, _)| *name == wanted).map(|(_, words)| *words);
    match wanted {
        "a sequence" => "a list",
        "a map" => "a mapping",
        "a string" | "string" | "a borrowed string" => "text",
        "a boolean" | "bool" => "true or false",
        "f32" | "f64" => "a number",
        "unit" | "null" => "nothing",
        _ if wanted.starts_with("struct ") || wanted.starts_with("internally tagged enum") => "a mapping",
        _ if wanted.starts_with("enum ") => "a word",
        _ if wanted.starts_with("variant of enum") => "a word",
        _ if wanted.starts_with("tuple") => "a list",
        _ => number.unwrap_or(wanted),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    #[expect(dead_code, reason = "only what is wrong with it counts")]
    struct Sample {
        #[serde(default)]
        small: u16,
        #[serde(default)]
        large: i64,
        #[serde(default)]
        fraction: f64,
        #[serde(default)]
        name: String,
        #[serde(default)]
        on: bool,
        #[serde(default)]
        list: Vec<u8>,
        #[serde(default)]
        map: BTreeMap<String, bool>,
        #[serde(default)]
        inner: Option<Inner>,
        #[serde(default)]
        word: Word,
        needed: u8,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only what is wrong with it counts")]
    struct Inner {
        a: u32,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Word {
        #[default]
        Up,
        Down,
    }

    /// Every field with a value of every other type, in both formats.
    #[test]
    fn no_complaint_speaks_of_types_of_the_program() {
        let fields =
            ["small", "large", "fraction", "name", "on", "list", "map", "inner", "word", "needed", "other"];
        let values = [
            "1",
            "-1",
            "1.5",
            "70000",
            "99999999999999999999999999999999",
            "true",
            "null",
            "\"text\"",
            "[]",
            "[\"a\"]",
            "[1, 2]",
            "{}",
            "{\"a\": 1}",
            "{\"a\": \"b\"}",
        ];
        let mut complaints = 0;
        for field in fields {
            for value in values {
                let text = format!("{{\"needed\": 1, \"{field}\": {value}}}");
                let text = if field == "needed" { format!("{{\"needed\": {value}}}") } else { text };
                let json = serde_json::from_str::<Sample>(&text).err().map(|error| error.to_string());
                let yaml = serde_yaml::from_str::<Sample>(&text).err().map(|error| error.to_string());
                for complaint in [json, yaml].into_iter().flatten() {
                    let words = in_plain_words(&complaint);
                    for name in [
                        "i64",
                        "u8",
                        "u16",
                        "u32",
                        "u128",
                        "f64",
                        "invalid type",
                        "invalid value",
                        "struct",
                        "enum",
                        "variant",
                        "sequence",
                        "at line",
                        " map,",
                        "unit",
                    ] {
                        assert!(!words.contains(name), "{text}: {complaint}: {words}");
                    }
                    complaints += 1;
                }
            }
        }
        assert!(complaints > 150, "{complaints}");
    }

    #[test]
    fn words_name_the_value_and_what_is_allowed() {
        for (complaint, words) in [
            ("invalid type: map, expected a string", "expected text, found a mapping"),
            (
                "invalid type: integer `5`, expected a string",
                "expected text, found the number `5`; put it in quotes",
            ),
            (
                "invalid value: integer `70000`, expected u16",
                "expected a whole number from 0 to 65535, found the number `70000`",
            ),
            (
                "invalid type: integer `99` as u128, expected i64",
                "expected a whole number, found the number `99`",
            ),
            (
                "invalid type: string \"a, expected b\", expected u8 at line 1 column 2",
                "expected a whole number from 0 to 255, found the text \"a, expected b\"",
            ),
            ("missing field `kind`", "the field `kind` is missing"),
            ("duplicate field `mode`", "duplicate field `mode`"),
            ("unknown variant `x`, expected `a` or `b`", "unknown word `x`, expected `a` or `b`"),
            ("did not find expected key at line 2 column 1", "did not find expected key"),
        ] {
            assert_eq!(in_plain_words(complaint), words);
        }
    }
}
