//! Who may write into a folder of Windows, by its security descriptor in SDDL:
//! `O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)`. Microsoft's pages "Security Descriptor Definition Language" and "ACE
//! Strings" have the grammar and the abbreviations.

/// Owners and users that can do what they like on this node anyway, or that stand for the owner: the system,
/// administrators, the local administrator, the owner's rights, whoever creates a file, and the installer of Windows.
const TRUSTED: [&str; 6] =
    ["SY", "BA", "LA", "OW", "CO", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"];

/// The rights that change a file, a folder, or who may do so: `FILE_WRITE_DATA`, `FILE_APPEND_DATA`, `FILE_DELETE_CHILD`,
/// `DELETE`, `WRITE_DAC`, `WRITE_OWNER`, `GENERIC_ALL`, `GENERIC_WRITE`.
const WRITING: u32 = 0x2 | 0x4 | 0x40 | 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x1000_0000 | 0x4000_0000;

/// Rights by their abbreviations.
const RIGHTS: [(&str, u32); 24] = [
    ("CC", 0x1),
    ("DC", 0x2),
    ("LC", 0x4),
    ("SW", 0x8),
    ("RP", 0x10),
    ("WP", 0x20),
    ("DT", 0x40),
    ("LO", 0x80),
    ("CR", 0x100),
    ("SD", 0x1_0000),
    ("RC", 0x2_0000),
    ("WD", 0x4_0000),
    ("WO", 0x8_0000),
    ("FA", 0x1F_01FF),
    ("FR", 0x12_0089),
    ("FW", 0x12_0116),
    ("FX", 0x12_00A0),
    ("GA", 0x1000_0000),
    ("GX", 0x2000_0000),
    ("GW", 0x4000_0000),
    ("GR", 0x8000_0000),
    ("KA", 0xF_003F),
    ("KR", 0x2_0019),
    ("KW", 0x2_0006),
];

/// Why a folder is not used: somebody else owns it or may write into it. `own` is the SID of the user of this
/// process. What cannot be read is refused as well, as nobody knows what it allows.
pub(super) fn refused(sddl: &str, own: &str) -> Option<String> {
    let is_trusted = |sid: &str| sid == own || TRUSTED.contains(&sid);
    let Some((owner, entries)) = parts(sddl) else {
        return Some(format!("has rights that hnsplan cannot read ({sddl})"));
    };
    if !is_trusted(owner) {
        return Some(format!("belongs to another user ({owner})"));
    }
    let Some(entries) = entries else {
        return Some("has no list of rights, so that every user may write into it".to_owned());
    };
    let writer = entries.iter().find(|entry| entry.allows && entry.writes && !is_trusted(entry.sid));
    writer.map(|writer| format!("is writable for other users ({})", writer.sid))
}

/// What one entry of the list says.
struct Entry<'s> {
    allows: bool,
    writes: bool,
    sid: &'s str,
}

/// The owner and the entries; no entries where there is no list, which allows everything.
fn parts(sddl: &str) -> Option<(&str, Option<Vec<Entry<'_>>>)> {
    let rest = sddl.strip_prefix("O:")?;
    let (owner, list) = match rest.split_once("D:") {
        Some((owner, list)) => (owner, Some(list)),
        None => (rest, None),
    };
    // The group stands between them where it is asked for.
    let owner = owner.split("G:").next().unwrap_or_default();
    let Some(list) = list.filter(|list| !list.starts_with("NO_ACCESS_CONTROL")) else {
        return Some((owner, None));
    };
    let (flags, entries) = list.split_at(list.find('(').unwrap_or(list.len()));
    if !flags.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let entries = entries.split_terminator(')').map(|entry| entry_of(entry.strip_prefix('(')?));
    Some((owner, Some(entries.collect::<Option<_>>()?)))
}

/// `A;OICI;FA;;;SY`: its type, flags, rights, two ids of objects, and who it is about.
fn entry_of(text: &str) -> Option<Entry<'_>> {
    let fields: Vec<&str> = text.splitn(7, ';').collect();
    let [kind, _flags, rights, _, _, sid, ..] = fields[..] else { return None };
    let allows = match kind {
        "D" | "OD" | "XD" => false,
        "A" | "OA" | "XA" | "ZA" => true,
        _ => return None,
    };
    Some(Entry { allows, writes: mask_of(rights)? & WRITING != 0, sid })
}

fn mask_of(rights: &str) -> Option<u32> {
    if let Some(digits) = rights.strip_prefix("0x") {
        return u32::from_str_radix(digits, 16).ok();
    }
    let mut mask = 0;
    let mut rest = rights;
    while !rest.is_empty() {
        let (word, after) = rest.split_at_checked(2)?;
        mask |= RIGHTS.iter().find(|(known, _)| *known == word)?.1;
        rest = after;
    }
    Some(mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a folder in `ProgramData` gets by itself: users may make files and folders there.
    const OF_PROGRAM_DATA: &str = "O:BAD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)\
                                   (A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)";
    const OWN: &str = "S-1-5-21-1-2-3-1001";

    fn why(sddl: &str) -> String {
        refused(sddl, OWN).unwrap_or_default()
    }

    #[test]
    fn a_folder_that_administrators_alone_write_is_used() {
        for kept in [
            "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)",
            "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)",
            "O:S-1-5-21-1-2-3-1001D:P(A;OICI;FA;;;S-1-5-21-1-2-3-1001)(A;;FRFX;;;WD)",
            "O:BAD:P(D;;FA;;;WD)(A;;GA;;;BA)",
            "O:BAD:P",
        ] {
            assert_eq!(why(kept), "", "{kept}");
        }
    }

    #[test]
    fn whoever_else_may_write_is_named() {
        assert_eq!(why(OF_PROGRAM_DATA), "is writable for other users (BU)");
        let other = "S-1-5-21-1-2-3-1002";
        assert_eq!(why(&format!("O:{other}D:P(A;;FA;;;BA)")), format!("belongs to another user ({other})"));
        for rights in RIGHTS.iter().filter(|(_, mask)| mask & WRITING != 0).map(|(word, _)| *word) {
            assert_eq!(why(&format!("O:BAD:(A;;FR{rights};;;WD)")), "is writable for other users (WD)");
        }
        for rights in ["0x2", "0x1301bf", "0x1f01ff", "0x40000000"] {
            assert_eq!(
                why(&format!("O:BAD:(A;IO;{rights};;;{other})")),
                format!("is writable for other users ({other})")
            );
        }
        assert_eq!(why("O:BA"), "has no list of rights, so that every user may write into it");
        assert_eq!(
            why("O:BAD:NO_ACCESS_CONTROL"),
            "has no list of rights, so that every user may write into it"
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for unread in [
            "",
            "D:P",
            "O:BAD:(A;;??;;;WD)",
            "O:BAD:(A;;F;;;SY)",
            "O:BAD:(Q;;FA;;;SY)",
            "O:BAD:(A;;FA",
            "O:BAD:A;;FA;;;WD)(",
            "O:BAD:(A;;0xzz;;;SY)",
        ] {
            assert!(why(unread).contains("cannot read"), "{unread}: {}", why(unread));
        }
    }
}
