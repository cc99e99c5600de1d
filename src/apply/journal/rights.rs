//! Who may write a journal: what it says is carried out with the rights of an administrator, so nobody else may.

#[cfg(unix)]
use std::fs;
use std::io;
use std::path::Path;

#[cfg(windows)]
use crate::platform::system;

/// Why a folder is not used: it belongs to another user, or everybody may write into it.
#[cfg(unix)]
pub(super) fn refused(folder: &Path) -> io::Result<Option<String>> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(folder)?;
    if metadata.mode() & 0o002 != 0 {
        return Ok(Some("is writable for every user".to_owned()));
    }
    // The owner of one's own process; where the system does not tell, the mode has to do.
    let own = fs::metadata("/proc/self").map(|process| process.uid());
    let is_of_another = own.is_ok_and(|own| metadata.uid() != own && metadata.uid() != 0);
    Ok(is_of_another.then(|| format!("belongs to another user (id {})", metadata.uid())))
}

/// Why a folder is not used: it belongs to another user, or others than administrators may write into it.
#[cfg(windows)]
pub(super) fn refused(folder: &Path) -> io::Result<Option<String>> {
    let access = system::access_of(folder)?;
    let own = system::own_user()?;
    Ok(super::access::refused(&access, &own))
}

/// The rights of the folder are those of the system.
#[cfg(not(any(unix, windows)))]
#[expect(clippy::unnecessary_wraps, reason = "as on other systems")]
pub(super) fn refused(_: &Path) -> io::Result<Option<String>> {
    Ok(None)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown};

    use super::*;
    use crate::platform::system::make_private;

    #[test]
    fn a_new_folder_is_for_its_user_alone_and_one_that_others_write_is_refused() {
        let outside = tempfile::tempdir().expect("a folder");
        let folder = outside.path().join("above").join("journal");
        make_private(&folder).expect("it is made");
        let mode =
            |mode: u32| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).expect("it is set");
        assert_eq!(fs::metadata(&folder).expect("it is there").permissions().mode() & 0o777, 0o700);
        let why = || refused(&folder).expect("it can be read").unwrap_or_default();
        for kept in [0o700, 0o750, 0o755, 0o770] {
            mode(kept);
            assert_eq!(why(), "", "{kept:o}");
        }
        for open in [0o702, 0o777, 0o1777] {
            mode(open);
            assert_eq!(why(), "is writable for every user", "{open:o}");
        }
        mode(0o700);
        // Only root gives folders away.
        if chown(&folder, Some(4711), None).is_ok() {
            assert_eq!(why(), "belongs to another user (id 4711)");
        }
    }
}
