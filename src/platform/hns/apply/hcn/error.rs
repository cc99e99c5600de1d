//! What HNS answers when a call fails, and why there may be nobody to call.

use serde::Deserialize;

/// Why HNS cannot be called at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// HNS is a part of Windows.
    #[error("this is not Windows, and only Windows has HNS")]
    NotWindows,
    /// A library cannot be loaded.
    #[error("this Windows has no HNS: {file} cannot be loaded from System32: {error}")]
    Library {
        /// The name of its file.
        file: &'static str,
        /// What the system says.
        error: String,
    },
    /// The library is older than the function.
    #[error("HNS of this Windows is too old: {file} has no function {name}: {error}")]
    Function {
        /// The name of the library's file.
        file: &'static str,
        /// The name of the function.
        name: &'static str,
        /// What the system says.
        error: String,
    },
}

impl LoadError {
    /// What to do next.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NotWindows => {
                "run it on the Windows node, or try the plan with --executor sim:FILE, which works everywhere"
            }
            Self::Library { .. } => {
                "HNS comes with the feature Containers of Windows: Install-WindowsFeature Containers, then restart"
            }
            Self::Function { .. } => "hnsplan needs the API of Windows Server 2019 or later",
        }
    }
}

/// A call of HNS that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{function} failed with 0x{code:08X}{}{said}", if said.is_empty() { "" } else { ": " })]
pub struct CallError {
    /// The function.
    pub function: &'static str,
    /// The HRESULT.
    pub code: u32,
    /// What HNS said in words, which may be nothing.
    pub said: String,
}

/// The record that HNS leaves, and the answer of the old API.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Record {
    success: Option<bool>,
    error: String,
    error_code: Option<u32>,
}

/// `E_FAIL`
const UNSPECIFIED: u32 = 0x8000_4005;

impl CallError {
    pub(super) fn new(function: &'static str, code: u32) -> Self {
        Self { function, code, said: String::new() }
    }

    /// HNS tells an object without its id.
    pub(super) fn without_id(properties: &str) -> Self {
        let said = format!("an object without an id: {}", crate::name::printable(properties));
        Self { function: "Hcn…Properties", code: UNSPECIFIED, said }
    }

    /// HNS reports success, and its answer cannot be read: that is not the same as nothing.
    pub(super) fn unreadable(function: &'static str, answer: &str) -> Self {
        let shown: String = answer.chars().take(200).collect();
        let said = format!("the answer cannot be read: `{}`", crate::name::printable(&shown));
        Self { function, code: UNSPECIFIED, said }
    }

    /// Whether a call worked: its HRESULT is none of an error, and it left no record of one.
    pub(super) fn check(function: &'static str, result: i32, record: &str) -> Result<(), Self> {
        if result >= 0 && record.trim().is_empty() {
            return Ok(());
        }
        let read: Record = serde_json::from_str(record)
            .unwrap_or_else(|_| Record { error: record.to_owned(), ..Record::default() });
        let code = if result < 0 { result.cast_unsigned() } else { read.error_code.unwrap_or(UNSPECIFIED) };
        Err(Self { function, code, said: read.error.trim().to_owned() })
    }

    /// Whether an answer of the old API says that it worked.
    pub(super) fn check_answer(function: &'static str, answer: &str) -> Result<(), Self> {
        match serde_json::from_str::<Record>(answer) {
            Ok(Record { success: Some(true) | None, .. }) => Ok(()),
            Ok(record) => Err(Self {
                function,
                code: record.error_code.unwrap_or(UNSPECIFIED),
                said: record.error.trim().to_owned(),
            }),
            Err(_) => Err(Self { said: answer.trim().to_owned(), ..Self::new(function, UNSPECIFIED) }),
        }
    }

    /// Whether the object of the call is not there. That HNS itself is not there is another thing.
    pub(super) fn is_not_found(&self) -> bool {
        /// `ERROR_NOT_FOUND`, `HCN_E_NETWORK_NOT_FOUND`, `HCN_E_ENDPOINT_NOT_FOUND`
        const NOT_FOUND: [u32; 3] = [0x8007_0490, 0x803b_0001, 0x803b_0002];
        NOT_FOUND.contains(&self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"Success":false,"Error":"Element not found. ","ErrorCode":2147943568}"#;

    #[test]
    fn a_call_works_if_neither_result_nor_record_says_otherwise() {
        for (result, record) in [(0, ""), (1, ""), (0, " ")] {
            assert_eq!(CallError::check("f", result, record), Ok(()), "{result} {record:?}");
        }
        let missing = CallError::check("HcnOpenEndpoint", 0x803b_0002_u32.cast_signed(), RECORD).unwrap_err();
        assert_eq!(missing.to_string(), "HcnOpenEndpoint failed with 0x803B0002: Element not found.");
        assert!(missing.is_not_found());
        let only_record = CallError::check("f", 0, RECORD).unwrap_err();
        assert_eq!(only_record.code, 0x8007_0490);
        let no_json = CallError::check("f", 0, "oops").unwrap_err();
        assert_eq!((no_json.code, no_json.said.as_str()), (UNSPECIFIED, "oops"));
        let silent = CallError::check("f", -1, "").unwrap_err();
        assert_eq!(silent.to_string(), "f failed with 0xFFFFFFFF");
    }

    #[test]
    fn the_old_api_says_in_its_answer_whether_it_worked() {
        assert_eq!(CallError::check_answer("f", r#"{"Success":true,"Output":{"Major":9}}"#), Ok(()));
        let error = CallError::check_answer("f", RECORD).unwrap_err();
        assert_eq!((error.code, error.said.as_str()), (0x8007_0490, "Element not found."));
        assert_eq!(CallError::check_answer("f", "").unwrap_err().code, UNSPECIFIED);
    }
}
