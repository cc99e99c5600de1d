//! `-o` of commands that wrote into files by that flag once: a format, or the file or folder of an older script.

use std::path::{Path, PathBuf};

use crate::name::{nearest, printable};

/// How an answer is written, or where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FormatOrPath {
    /// For people, or the answer's own format.
    Text,
    /// For programs.
    Json,
    /// Into this file or folder.
    Path(PathBuf),
}

/// Formats of other commands and programs: who asks for one does not want a folder of that name.
const FORMATS: &str = "csv dot github go-template html ir jsonl jsonpath junit markdown md mermaid name prom sarif \
                       svg table toml wide yaml";

impl FormatOrPath {
    /// A format, or a folder: any name that is no slip and no format of another command.
    pub(crate) fn or_folder(text: &str) -> Result<Self, String> {
        let is_slip = text.is_empty() || !nearest(text, ["text", "json"]).is_empty();
        let is_format = FORMATS.split(' ').any(|known| known.eq_ignore_ascii_case(text));
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ if Path::new(text).is_dir() || text.contains(['/', '\\']) => Ok(Self::Path(text.into())),
            _ if is_slip || is_format => Err(invalid(text, "--out DIR writes files into a folder")),
            _ => Ok(Self::Path(text.into())),
        }
    }

    /// A format, or a file: one that is there, or a name with a dot or a slash.
    pub(crate) fn or_file(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ if text == "-" || text.contains(['.', '/', '\\']) || Path::new(text).exists() => {
                Ok(Self::Path(text.into()))
            }
            _ => Err(invalid(text, "--out FILE writes the plan into a file")),
        }
    }
}

fn invalid(text: &str, advice: &str) -> String {
    format!("invalid format `{}`; expected text or json; {advice}", printable(text))
}
