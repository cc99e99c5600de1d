//! The lines of a journal: each a JSON object with a checksum of itself and of all lines before it.
//!
//! A process that dies while it writes leaves a torn last line, which never happened. Any other line that
//! does not fit its checksum means that somebody else wrote to the file.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// The checksum of all lines so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checksum([u8; 8]);

#[derive(Serialize, Deserialize)]
struct Line<'l> {
    sum: &'l str,
    #[serde(borrow)]
    record: &'l RawValue,
}

/// The complete lines of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lines<'t> {
    /// Their records, as JSON.
    pub(super) records: Vec<&'t str>,
    /// How many bytes of the text they take.
    pub(super) length: usize,
    /// Where to go on.
    pub(super) checksum: Checksum,
}

/// The number of a line that does not fit its checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damaged(pub(super) usize);

impl Checksum {
    /// Before the first line.
    pub(super) const START: Self = Self([0; 8]);

    /// Adds a record; the answer is its line.
    pub(super) fn line(&mut self, record: &str) -> String {
        self.add(record);
        format!("{{\"sum\":\"{}\",\"record\":{record}}}\n", HEXLOWER.encode(&self.0))
    }

    fn add(&mut self, record: &str) {
        let digest = Sha256::new().chain_update(self.0).chain_update(record).finalize();
        self.0.copy_from_slice(&digest[..8]);
    }
}

/// Reads the lines of a journal.
pub(super) fn read(text: &[u8]) -> Result<Lines<'_>, Damaged> {
    let mut lines = Lines { records: Vec::new(), length: 0, checksum: Checksum::START };
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let is_last = lines.length + line.len() == text.len();
        let mut checksum = lines.checksum.clone();
        match record(line, &mut checksum) {
            Some(record) => {
                lines.records.push(record);
                lines.length += line.len();
                lines.checksum = checksum;
            }
            None if is_last => break,
            None => return Err(Damaged(lines.records.len() + 1)),
        }
    }
    Ok(lines)
}

fn record<'t>(line: &'t [u8], checksum: &mut Checksum) -> Option<&'t str> {
    let text = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let Line { sum, record } = serde_json::from_str(text).ok()?;
    checksum.add(record.get());
    (HEXLOWER.encode(&checksum.0) == sum).then_some(record.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(records: &[&str]) -> String {
        let mut checksum = Checksum::START;
        records.iter().map(|record| checksum.line(record)).collect()
    }

    #[test]
    fn lines_are_read_as_they_were_written_wherever_the_text_is_torn() {
        let records = [r#"{"a":1}"#, r#"{"b":"\n"}"#, r#"{"c":[]}"#];
        let whole = text(&records);
        for end in 0..=whole.len() {
            let lines = read(&whole.as_bytes()[..end]).unwrap();
            let complete = whole[..end].matches('\n').count();
            assert_eq!(lines.records, records[..complete], "{end}");
            // Writing goes on where the last complete line ends.
            let mut checksum = lines.checksum;
            let rest: String = records[complete..].iter().map(|record| checksum.line(record)).collect();
            assert_eq!(format!("{}{rest}", &whole[..lines.length]), whole);
        }
    }

    #[test]
    fn a_line_that_was_changed_moved_or_removed_is_noticed() {
        let whole = text(&[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#, r#"{"a":4}"#]);
        assert_eq!(read(whole.replace(r#"{"a":2}"#, r#"{"a":9}"#).as_bytes()), Err(Damaged(2)));
        let mut lines: Vec<&str> = whole.split_inclusive('\n').collect();
        lines.swap(0, 1);
        assert_eq!(read(lines.concat().as_bytes()), Err(Damaged(1)));
        lines.swap(0, 1);
        lines.remove(1);
        assert_eq!(read(lines.concat().as_bytes()), Err(Damaged(2)));
    }
}
