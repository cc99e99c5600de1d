//! Functions of Windows that are not of HNS: where its programs are, and who may write into a folder.

use std::ffi::{OsString, c_void};
use std::io;
use std::os::windows::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::ptr;

use super::library::File;
use super::text::{Wide, text_at};

/// `UINT GetSystemDirectoryW(LPWSTR, UINT)`
type GetSystemDirectory = unsafe extern "system" fn(*mut u16, u32) -> u32;
/// `BOOL CreateDirectoryW(LPCWSTR, LPSECURITY_ATTRIBUTES)`
type CreateDirectory = unsafe extern "system" fn(*const u16, *const SecurityAttributes) -> i32;
/// `HLOCAL LocalFree(HLOCAL)`
type LocalFree = unsafe extern "system" fn(*mut c_void) -> *mut c_void;
/// `BOOL ConvertStringSecurityDescriptorToSecurityDescriptorW(LPCWSTR, DWORD, PSECURITY_DESCRIPTOR*, PULONG)`
type DescriptorOfText = unsafe extern "system" fn(*const u16, u32, *mut *mut c_void, *mut u32) -> i32;
/// `BOOL ConvertSecurityDescriptorToStringSecurityDescriptorW(PSECURITY_DESCRIPTOR, DWORD, SECURITY_INFORMATION, LPWSTR*,
/// PULONG)`
type TextOfDescriptor = unsafe extern "system" fn(*mut c_void, u32, u32, *mut *mut c_void, *mut u32) -> i32;
/// `DWORD GetNamedSecurityInfoW(LPCWSTR, SE_OBJECT_TYPE, SECURITY_INFORMATION, PSID*, PSID*, PACL*, PACL*,
/// PSECURITY_DESCRIPTOR*)`
type DescriptorOfFile = unsafe extern "system" fn(
    *const u16,
    i32,
    u32,
    *mut *mut c_void,
    *mut *mut c_void,
    *mut *mut c_void,
    *mut *mut c_void,
    *mut *mut c_void,
) -> u32;

/// `BOOL GetTokenInformation(HANDLE, TOKEN_INFORMATION_CLASS, LPVOID, DWORD, PDWORD)`
type GetTokenInformation = unsafe extern "system" fn(isize, i32, *mut c_void, u32, *mut u32) -> i32;
/// `BOOL ConvertSidToStringSidW(PSID, LPWSTR*)`
type TextOfSid = unsafe extern "system" fn(*mut c_void, *mut *mut c_void) -> i32;

/// `SECURITY_ATTRIBUTES`
#[repr(C)]
struct SecurityAttributes {
    length: u32,
    descriptor: *mut c_void,
    inherits: i32,
}

/// `SDDL_REVISION_1`
const REVISION: u32 = 1;
/// `SE_FILE_OBJECT`
const FILE: i32 = 1;
/// `OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION`
const OWNER_AND_ACCESS: u32 = 1 | 4;

/// `GetCurrentProcessToken()`
const OWN_TOKEN: isize = -4;
/// `TokenUser`
const USER: i32 = 1;
/// The most bytes that the user of a token takes: `SECURITY_MAX_SID_SIZE` and what points to it, with room.
const USER_WORDS: usize = 64;

/// The folder of the programs of this Windows, as `C:\Windows\System32`: the system tells it, not the environment.
///
/// # Errors
/// When the system does not tell it.
pub(in crate::platform) fn directory() -> io::Result<PathBuf> {
    let kernel32 = File::of_system("kernel32.dll").map_err(io::Error::other)?;
    // SAFETY: the function of Windows has this type, and the library stays until the end of this function.
    let get: GetSystemDirectory = unsafe { function(&kernel32, "GetSystemDirectoryW") }?;
    let mut text = vec![0; 260];
    loop {
        let room = u32::try_from(text.len()).map_err(io::Error::other)?;
        // SAFETY: the place has as many units as the function is told.
        let length = unsafe { get(text.as_mut_ptr(), room) } as usize;
        if length == 0 {
            return Err(io::Error::last_os_error());
        }
        if length < text.len() {
            return Ok(OsString::from_wide(&text[..length]).into());
        }
        text.resize(length + 1, 0);
    }
}

/// Makes a folder with a list of who may do what, written in SDDL. Nobody else gets at it in between.
///
/// # Errors
/// When it is there already, or cannot be made.
pub(in crate::platform) fn create_folder(folder: &Path, access: &str) -> io::Result<()> {
    let libraries = Libraries::load()?;
    let (path, text) = (wide(folder)?, Wide::of(access));
    let mut descriptor = libraries.empty();
    // SAFETY: the functions of Windows have these types, and the libraries stay until the end of this function.
    let create: CreateDirectory = unsafe { function(&libraries.kernel32, "CreateDirectoryW") }?;
    let name = "ConvertStringSecurityDescriptorToSecurityDescriptorW";
    // SAFETY: likewise.
    let of_text: DescriptorOfText = unsafe { function(&libraries.advapi32, name) }?;
    // SAFETY: the text ends with a NUL, the place is empty, and no length is asked for.
    if unsafe { of_text(text.as_ptr(), REVISION, descriptor.place(), ptr::null_mut()) } == 0 {
        return Err(io::Error::last_os_error());
    }
    let attributes = SecurityAttributes {
        length: u32::try_from(size_of::<SecurityAttributes>()).map_err(io::Error::other)?,
        descriptor: descriptor.memory,
        inherits: 0,
    };
    // SAFETY: the path ends with a NUL, and the attributes and their descriptor outlive the call.
    if unsafe { create(path.as_ptr(), &raw const attributes) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// The owner of a file or folder and who may do what with it, in SDDL: `O:BAD:P(A;OICI;FA;;;SY)`.
///
/// # Errors
/// When it cannot be read.
pub(in crate::platform) fn access_of(path: &Path) -> io::Result<String> {
    let libraries = Libraries::load()?;
    let path = wide(path)?;
    // SAFETY: the functions of Windows have these types, and the libraries stay until the end of this function.
    let of_file: DescriptorOfFile = unsafe { function(&libraries.advapi32, "GetNamedSecurityInfoW") }?;
    let name = "ConvertSecurityDescriptorToStringSecurityDescriptorW";
    // SAFETY: likewise.
    let to_text: TextOfDescriptor = unsafe { function(&libraries.advapi32, name) }?;
    let (mut descriptor, mut text) = (libraries.empty(), libraries.empty());
    let none = ptr::null_mut();
    // SAFETY: the path ends with a NUL; of the places only that of the descriptor is given, and it is empty.
    let error =
        unsafe { of_file(path.as_ptr(), FILE, OWNER_AND_ACCESS, none, none, none, none, descriptor.place()) };
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error.cast_signed()));
    }
    // SAFETY: the descriptor is one that Windows has made, the place is empty, and no length is asked for.
    let is_told =
        unsafe { to_text(descriptor.memory, REVISION, OWNER_AND_ACCESS, text.place(), ptr::null_mut()) };
    told(is_told, &text)
}

/// The SID of the user of this process: `S-1-5-21-…`.
///
/// # Errors
/// When it cannot be read.
pub(in crate::platform) fn own_user() -> io::Result<String> {
    let libraries = Libraries::load()?;
    // SAFETY: the functions of Windows have these types, and the libraries stay until the end of this function.
    let of_token: GetTokenInformation = unsafe { function(&libraries.advapi32, "GetTokenInformation") }?;
    // SAFETY: likewise.
    let to_text: TextOfSid = unsafe { function(&libraries.advapi32, "ConvertSidToStringSidW") }?;
    // A `TOKEN_USER`, which starts with the pointer to its SID: so it has to be aligned as one.
    let mut user = [0_usize; USER_WORDS];
    let room = u32::try_from(size_of_val(&user)).map_err(io::Error::other)?;
    user.as_mut_ptr().expose_provenance();
    let mut length = 0;
    // SAFETY: the token needs not be closed, and the place has as many bytes as the function is told.
    let is_told = unsafe { of_token(OWN_TOKEN, USER, user.as_mut_ptr().cast(), room, &raw mut length) };
    if is_told == 0 {
        return Err(io::Error::last_os_error());
    }
    let mut text = libraries.empty();
    // SAFETY: Windows has put the pointer to a SID there, which lies in the same place, and the text is empty.
    let is_told = unsafe { to_text(ptr::with_exposed_provenance_mut(user[0]), text.place()) };
    told(is_told, &text)
}

/// The text that a call has put into a place, if it succeeded.
fn told(is_told: i32, text: &Local) -> io::Result<String> {
    if is_told == 0 || text.memory.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: Windows has put a text there that ends with a NUL, and that is ours until it is freed.
    Ok(unsafe { text_at(text.memory.cast()) })
}

/// A function of a library.
///
/// # Safety
/// The function has this type, and is not called when the library has gone.
unsafe fn function<F: Copy>(file: &File, name: &'static str) -> io::Result<F> {
    // SAFETY: as the caller says.
    let found = unsafe { file.function::<F>(name) };
    found.map(|found| found.function).map_err(io::Error::other)
}

/// The path with a NUL at its end; one in the middle would cut it.
fn wide(path: &Path) -> io::Result<Vec<u16>> {
    let units: Vec<u16> = path.as_os_str().encode_wide().collect();
    if units.contains(&0) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a NUL is in the path"));
    }
    Ok(units.into_iter().chain([0]).collect())
}

/// What these functions are in.
struct Libraries {
    kernel32: File,
    advapi32: File,
    free: LocalFree,
}

impl Libraries {
    fn load() -> io::Result<Self> {
        let kernel32 = File::of_system("kernel32.dll").map_err(io::Error::other)?;
        let advapi32 = File::of_system("advapi32.dll").map_err(io::Error::other)?;
        // SAFETY: the function of Windows has this type; kernel32 stays as long as the process.
        let free = unsafe { function(&kernel32, "LocalFree") }?;
        Ok(Self { kernel32, advapi32, free })
    }

    /// A place for memory from Windows.
    fn empty(&self) -> Local {
        Local { memory: ptr::null_mut(), free: self.free }
    }
}

/// Memory that Windows allocates, and that is freed when this goes.
struct Local {
    memory: *mut c_void,
    free: LocalFree,
}

impl Local {
    /// The place that Windows writes to.
    fn place(&mut self) -> *mut *mut c_void {
        &raw mut self.memory
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        // SAFETY: Windows allocated it for us with LocalAlloc, or it is null, which is allowed; nobody else frees it.
        unsafe { (self.free)(self.memory) };
    }
}
