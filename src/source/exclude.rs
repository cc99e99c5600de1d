//! Files of a directory that are not read.

use std::str::FromStr;

use crate::name::glob;

/// A pattern for files and folders, with `*` and `?`: of a name, or with a slash of the path from the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclude(String);

impl FromStr for Exclude {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pattern = text.replace('\\', "/").trim_start_matches("./").trim_end_matches('/').to_owned();
        if pattern.is_empty() { Err("a pattern is not empty".to_owned()) } else { Ok(Self(pattern)) }
    }
}

impl Exclude {
    /// Whether it excludes a path below the directory. A star also matches slashes.
    #[must_use]
    pub fn matches(&self, below: &str) -> bool {
        let name = below.rsplit('/').next().unwrap_or(below);
        if self.0.contains('/') { glob(&self.0, below) } else { glob(&self.0, name) }
    }

    /// The pattern.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_match() {
        for (pattern, path, expected) in [
            ("templates", "charts/web/templates", true),
            ("templates/", "templates", true),
            ("*.json", "a/b/c.json", true),
            ("*.json", "a/b.jsonl", false),
            ("charts/*", "charts/web", true),
            ("charts/*", "other/charts/web", false),
            ("*/charts/*", "other/charts/web", true),
            ("./a.yaml", "a.yaml", true),
        ] {
            assert_eq!(pattern.parse::<Exclude>().unwrap().matches(path), expected, "{pattern} {path}");
        }
        assert!("".parse::<Exclude>().is_err() && "/".parse::<Exclude>().is_err());
    }
}
