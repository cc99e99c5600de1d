//! What a text is that is no manifest, where that can be recognised, and what to do with it.

use crate::flag::{OwnKind, message_of_kubectl};
use crate::name::printable;

/// Something that people pass in the place of manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Recognised {
    /// A template of a chart.
    Template,
    /// A manifest with names in the place of values.
    Placeholders,
    /// The table of `kubectl get`.
    Table,
    /// The text of `kubectl describe`.
    Description,
    /// What kubectl prints instead of objects.
    KubectlError,
    /// A kustomization, which names manifests and changes them.
    Kustomization,
    /// The description of a chart.
    Chart,
    /// What the API server answers in the place of objects: that it refuses, mostly.
    Answer,
    /// The rows that the API server prints for people.
    Rows,
    /// The metadata of objects, without what they ask for.
    Metadata,
    /// A document that a flag or a command of its own takes.
    Own(OwnKind),
}

/// How many bytes of a text are looked at.
const BEGINNING: usize = 4096;

impl Recognised {
    /// What a text that could not be read as objects is.
    pub(super) fn of(text: &str) -> Option<Self> {
        let end = (0..=BEGINNING.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        let beginning = &text[..end.unwrap_or_default()];
        let first = beginning.lines().find(|line| !line.trim().is_empty())?;
        if is_table(first) {
            Some(Self::Table)
        } else if is_description(beginning) {
            Some(Self::Description)
        } else if message_of_kubectl(beginning).is_some() {
            Some(Self::KubectlError)
        } else if has_between(text, "{{", "}}") {
            Some(Self::Template)
        } else if has_placeholder(text) {
            Some(Self::Placeholders)
        } else {
            None
        }
    }

    /// What a document is by its kind, where it has one and is none of a cluster's objects. Other projects have kinds of
    /// the same names.
    pub(super) fn of_kind(version: &str, kind: &str) -> Option<Self> {
        let is_of_server = matches!(version.split('/').next(), Some("" | "v1" | "meta.k8s.io"));
        match kind {
            "Status" if is_of_server => Some(Self::Answer),
            "Table" if is_of_server => Some(Self::Rows),
            "PartialObjectMetadata" if is_of_server => Some(Self::Metadata),
            _ => None,
        }
    }

    /// What a file is by its name, where its contents do not say so.
    pub(super) fn of_name(file: &str) -> Option<Self> {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        match name {
            "kustomization.yaml" | "kustomization.yml" | "Kustomization" => Some(Self::Kustomization),
            "Chart.yaml" => Some(Self::Chart),
            _ => None,
        }
    }

    /// What it is.
    pub(super) fn words(self) -> String {
        let words = match self {
            Self::Own(own) => return format!("this is {}, not objects of Kubernetes", own.words()),
            Self::Template => "this is a template that was not rendered",
            Self::Placeholders => "this has placeholders in the place of values",
            Self::Table => "this is the table of kubectl get, not the objects",
            Self::Description => "this is the text of kubectl describe, not the objects",
            Self::Answer => "this is an answer of the API server (kind Status), not objects",
            Self::Rows => "this is a Table of the API server, as kubectl get reads it, not the objects",
            Self::Metadata => {
                "this is the metadata of an object (kind PartialObjectMetadata), not the object"
            }
            Self::KubectlError => "this is a message of kubectl, not objects",
            Self::Kustomization => "this is a kustomization: it names manifests and changes them",
            Self::Chart => "this is a Helm chart: its templates have to be rendered",
        };
        words.to_owned()
    }

    /// What to do with it.
    pub(super) fn advice(self, file: &str) -> String {
        let folder = match file.rsplit_once(['/', '\\']) {
            Some((folder, _)) if !folder.is_empty() => printable(folder),
            _ => ".".to_owned(),
        };
        match self {
            Self::Template => "render it first: helm template CHART | hnsplan ... -f -".to_owned(),
            Self::Placeholders => "replace them first, for example with envsubst or sed".to_owned(),
            Self::Answer => {
                "repeat the request once the server grants it; kubectl get nodes,services,endpointslices -A -o yaml prints \
                 what is needed"
                    .to_owned()
            }
            Self::KubectlError => {
                "kubectl got no objects: once that is mended, repeat the command; kubectl auth can-i list services -A tells \
                 whether it may, and kubectl get nodes,services,endpointslices -A -o yaml prints what is needed"
                    .to_owned()
            }
            Self::Table | Self::Description | Self::Rows | Self::Metadata => {
                "kubectl get nodes,services,endpointslices -A -o yaml prints what is needed".to_owned()
            }
            Self::Kustomization => format!("render it first: kubectl kustomize {folder} | hnsplan ... -f -"),
            Self::Chart => format!("render it first: helm template {folder} | hnsplan ... -f -"),
            Self::Own(own) => own.advice().to_owned(),
        }
    }
}

/// Whether a text says that it is an object of Kubernetes, although it may be broken.
pub(super) fn claims_to_be_object(text: &str) -> bool {
    let is_key = |line: &str, key: &str| {
        let line = line.trim_start_matches([' ', '\t', '-', '{', '"']);
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with(':'))
    };
    let has = |key: &str| {
        memchr::memmem::find(text.as_bytes(), key.as_bytes()).is_some()
            && (text.lines().any(|line| is_key(line, key)) || is_flow_with(text, key))
    };
    has("apiVersion") && has("kind")
}

/// `{apiVersion: v1, kind: Service}`
fn is_flow_with(text: &str, key: &str) -> bool {
    text.trim_start_matches(['-', ' ', '\n']).starts_with(['{', '[']) && text.contains(&format!("{key}:"))
        || text.contains(&format!("\"{key}\":"))
}

/// `NAMESPACE   NAME   TYPE   CLUSTER-IP`
fn is_table(line: &str) -> bool {
    let is_head = |word: &str| {
        word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b"-()".contains(&b))
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    words.len() > 1 && matches!(words[0], "NAME" | "NAMESPACE") && words.iter().all(|word| is_head(word))
}

/// `Name:   web`, and then `Namespace:   shop`
fn is_description(beginning: &str) -> bool {
    let has = |key: &str| {
        beginning.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with("  ")))
    };
    has("Name:") && ["Namespace:", "Labels:", "Annotations:", "Selector:", "Roles:"].into_iter().any(has)
}

fn has_between(text: &str, open: &str, close: &str) -> bool {
    text.find(open).is_some_and(|at| text[at..].contains(close))
}

/// `$NAME`, `${NAME}` or `__NAME__`, in capital letters.
fn has_placeholder(text: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let length = |rest: &str| rest.bytes().take_while(|b| is_name(*b)).count();
    let dollar = text.split('$').skip(1).any(|rest| length(rest.strip_prefix('{').unwrap_or(rest)) > 1);
    dollar
        || text.split([' ', '"', '\'', ',', '[', ']']).any(|word| {
            let word = word.trim();
            word.len() > 5 && word.starts_with("__") && length(word) == word.len() && word.ends_with("__")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_pass_is_recognised() {
        for (text, expected) in [
            ("NAME  TYPE  CLUSTER-IP  PORT(S)\nweb  ClusterIP  10.0.0.1  80/TCP\n", Some(Recognised::Table)),
            ("NAMESPACE  NAME  AGE\nshop web 2m\n", Some(Recognised::Table)),
            ("\nName:         web\nNamespace:    shop\n", Some(Recognised::Description)),
            ("Name:   linux-1\nRoles:   worker\n", Some(Recognised::Description)),
            ("error: You must be logged in to the server\n", Some(Recognised::KubectlError)),
            ("kind: Service\nname: {{ .Values.name }}\n", Some(Recognised::Template)),
            ("{{- if .Values.on }}\nkind: Service\n{{- end }}\n", Some(Recognised::Template)),
            ("clusterIP: $DNS_SERVER_IP\n", Some(Recognised::Placeholders)),
            ("clusterIP: ${DNS_SERVER_IP}\n", Some(Recognised::Placeholders)),
            ("clusterIP: __PILLAR__DNS__SERVER__\n", Some(Recognised::Placeholders)),
            ("kind: Service\nmetadata: {name: web}\n", None),
            ("a: $1\nb: __init__\n", None),
            ("", None),
        ] {
            assert_eq!(Recognised::of(text), expected, "{text}");
        }
    }

    #[test]
    fn objects_claim_to_be_some() {
        for text in [
            "apiVersion: v1\nkind: Service\n\tname: x\n",
            "{\"kind\": \"Service\", \"apiVersion\": \"v1\",}",
            "{apiVersion: v1, kind: [Service}",
            "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n",
        ] {
            assert!(claims_to_be_object(text), "{text}");
        }
        for text in [
            "[\"a\", \"b\"]",
            "site: x\n\tbad: tab\n",
            "{\n // kind of\n \"strict\": true,}",
            "# apiVersion of kind\n",
        ] {
            assert!(!claims_to_be_object(text), "{text}");
        }
    }
}
