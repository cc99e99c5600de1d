//! The libraries of HNS, and their functions as safe methods.

use std::ffi::c_void;
use std::ptr::{self, NonNull};

use super::handle::{Close, Handle};
use super::text::{Free, TaskText, Wide};
use crate::platform::hns::apply::hcn::error::{CallError, LoadError};
use crate::platform::hns::model::Guid;

/// `HRESULT`
type Hresult = i32;
/// `PCWSTR`: a text for HNS.
type InText = *const u16;
/// `PWSTR*`: a place for a text that HNS allocates.
type OutText = *mut *mut u16;
/// `HCN_NETWORK` and its like.
type RawHandle = *mut c_void;

type Enumerate = unsafe extern "system" fn(InText, OutText, OutText) -> Hresult;
type Open = unsafe extern "system" fn(*const RawGuid, *mut RawHandle, OutText) -> Hresult;
type Query = unsafe extern "system" fn(RawHandle, InText, OutText, OutText) -> Hresult;
type Modify = unsafe extern "system" fn(RawHandle, InText, OutText) -> Hresult;
type Delete = unsafe extern "system" fn(*const RawGuid, OutText) -> Hresult;
type CreateIn =
    unsafe extern "system" fn(RawHandle, *const RawGuid, InText, *mut RawHandle, OutText) -> Hresult;
type Create = unsafe extern "system" fn(*const RawGuid, InText, *mut RawHandle, OutText) -> Hresult;
type HnsCall = unsafe extern "system" fn(InText, InText, InText, OutText) -> Hresult;

/// `E_POINTER`: HNS says that it has opened something, and gives nothing.
const NO_HANDLE: u32 = 0x8000_4003;

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::platform::hns::apply::hcn) enum Kind {
    Network,
    Endpoint,
    LoadBalancer,
}

/// `GUID`
#[repr(C)]
struct RawGuid {
    data1: u32,
    data2: u16,
    data3: u16,
    data4: [u8; 8],
}

impl From<Guid> for RawGuid {
    fn from(guid: Guid) -> Self {
        let value = guid.value();
        let (data1, data2, data3, data4) = value.as_fields();
        Self { data1, data2, data3, data4: *data4 }
    }
}

/// A function and the name that messages call it by.
#[derive(Clone, Copy)]
pub(super) struct Named<F> {
    name: &'static str,
    pub(super) function: F,
}

/// The functions that all kinds have.
struct OfKind {
    enumerate: Named<Enumerate>,
    open: Named<Open>,
    query: Named<Query>,
    delete: Named<Delete>,
    close: Named<Close>,
}

/// The libraries of HNS. Functions are called only while this is there.
pub(in crate::platform::hns::apply::hcn) struct Library {
    networks: OfKind,
    endpoints: OfKind,
    load_balancers: OfKind,
    create_endpoint: Named<CreateIn>,
    create_load_balancer: Named<Create>,
    modify_load_balancer: Named<Modify>,
    hns_call: Named<HnsCall>,
    free: Free,
    /// Where the functions are; they go last.
    _files: Vec<libloading::Library>,
}

impl Library {
    /// The libraries of this Windows.
    pub(in crate::platform::hns::apply::hcn) fn of_system() -> Result<Self, LoadError> {
        let computenetwork = File::of_system("computenetwork.dll")?;
        let vmcompute = File::of_system("vmcompute.dll")?;
        let ole32 = File::of_system("ole32.dll")?;
        // SAFETY: these are libraries of Windows, whose functions are as computenetwork.h and Microsoft's pages say.
        let found = unsafe { Self::find(&computenetwork, &vmcompute, &ole32) }?;
        Ok(Self { _files: [computenetwork, vmcompute, ole32].map(|file| file.module).into(), ..found })
    }

    /// One library that has all the functions.
    ///
    /// # Safety
    /// The file is a library whose functions of these names do what those of Windows do.
    pub(in crate::platform::hns::apply::hcn) unsafe fn in_file(
        path: &std::path::Path,
    ) -> Result<Self, LoadError> {
        // SAFETY: the caller says what the library is.
        let file = File::loaded("the library", unsafe { libloading::Library::new(path) })?;
        // SAFETY: likewise.
        let found = unsafe { Self::find(&file, &file, &file) }?;
        Ok(Self { _files: vec![file.module], ..found })
    }

    /// Looks all functions up, so that none can be missing half-way through a plan.
    ///
    /// # Safety
    /// The functions have the types that they have here, and the libraries stay as long as what is returned.
    unsafe fn find(hcn: &File, hns: &File, com: &File) -> Result<Self, LoadError> {
        // SAFETY: as the caller says.
        unsafe {
            Ok(Self {
                networks: OfKind {
                    enumerate: hcn.function("HcnEnumerateNetworks")?,
                    open: hcn.function("HcnOpenNetwork")?,
                    query: hcn.function("HcnQueryNetworkProperties")?,
                    delete: hcn.function("HcnDeleteNetwork")?,
                    close: hcn.function("HcnCloseNetwork")?,
                },
                endpoints: OfKind {
                    enumerate: hcn.function("HcnEnumerateEndpoints")?,
                    open: hcn.function("HcnOpenEndpoint")?,
                    query: hcn.function("HcnQueryEndpointProperties")?,
                    delete: hcn.function("HcnDeleteEndpoint")?,
                    close: hcn.function("HcnCloseEndpoint")?,
                },
                load_balancers: OfKind {
                    enumerate: hcn.function("HcnEnumerateLoadBalancers")?,
                    open: hcn.function("HcnOpenLoadBalancer")?,
                    query: hcn.function("HcnQueryLoadBalancerProperties")?,
                    delete: hcn.function("HcnDeleteLoadBalancer")?,
                    close: hcn.function("HcnCloseLoadBalancer")?,
                },
                create_endpoint: hcn.function("HcnCreateEndpoint")?,
                create_load_balancer: hcn.function("HcnCreateLoadBalancer")?,
                modify_load_balancer: hcn.function("HcnModifyLoadBalancer")?,
                hns_call: hns.function("HNSCall")?,
                free: com.function::<Free>("CoTaskMemFree")?.function,
                _files: Vec::new(),
            })
        }
    }

    fn of_kind(&self, kind: Kind) -> &OfKind {
        match kind {
            Kind::Network => &self.networks,
            Kind::Endpoint => &self.endpoints,
            Kind::LoadBalancer => &self.load_balancers,
        }
    }

    pub(super) fn close_of(&self, kind: Kind) -> Close {
        self.of_kind(kind).close.function
    }

    /// `HcnEnumerate…`: the ids of objects, as a JSON list; nothing at all where there are none.
    pub(in crate::platform::hns::apply::hcn) fn enumerate(
        &self,
        kind: Kind,
        query: &str,
    ) -> Result<String, CallError> {
        let Named { name, function } = self.of_kind(kind).enumerate;
        let (query, mut ids) = (Wide::of(query), TaskText::empty(self.free));
        // SAFETY: the text ends with a NUL, and both places are empty and outlive the call.
        self.call(name, |error| unsafe { function(query.as_ptr(), ids.place(), error) })?;
        Ok(ids.to_string())
    }

    /// `HcnOpen…`
    pub(in crate::platform::hns::apply::hcn) fn open(
        &self,
        kind: Kind,
        id: Guid,
    ) -> Result<Handle<'_>, CallError> {
        let Named { name, function } = self.of_kind(kind).open;
        let id = RawGuid::from(id);
        // SAFETY: the id and both places outlive the call; the places are empty.
        self.open_with(name, kind, |handle, error| unsafe { function(&raw const id, handle, error) })
    }

    /// `HcnCreateEndpoint`
    pub(in crate::platform::hns::apply::hcn) fn create_endpoint(
        &self,
        network: &Handle<'_>,
        id: Guid,
        settings: &str,
    ) -> Result<Handle<'_>, CallError> {
        assert_eq!(network.kind(), Kind::Network, "an endpoint is made in a network");
        let Named { name, function } = self.create_endpoint;
        let (id, settings) = (RawGuid::from(id), Wide::of(settings));
        // SAFETY: the network is open, the text ends with a NUL, and all of it outlives the call.
        self.open_with(name, Kind::Endpoint, |handle, error| unsafe {
            function(network.raw(), &raw const id, settings.as_ptr(), handle, error)
        })
    }

    /// `HcnCreateLoadBalancer`
    pub(in crate::platform::hns::apply::hcn) fn create_load_balancer(
        &self,
        id: Guid,
        settings: &str,
    ) -> Result<Handle<'_>, CallError> {
        let Named { name, function } = self.create_load_balancer;
        let (id, settings) = (RawGuid::from(id), Wide::of(settings));
        // SAFETY: the text ends with a NUL, and all of it outlives the call.
        self.open_with(name, Kind::LoadBalancer, |handle, error| unsafe {
            function(&raw const id, settings.as_ptr(), handle, error)
        })
    }

    /// `HcnModifyLoadBalancer`
    pub(in crate::platform::hns::apply::hcn) fn modify_load_balancer(
        &self,
        balancer: &Handle<'_>,
        settings: &str,
    ) -> Result<(), CallError> {
        assert_eq!(balancer.kind(), Kind::LoadBalancer, "only load balancers are changed");
        let Named { name, function } = self.modify_load_balancer;
        let settings = Wide::of(settings);
        // SAFETY: the load balancer is open, the text ends with a NUL, and both outlive the call.
        self.call(name, |error| unsafe { function(balancer.raw(), settings.as_ptr(), error) })
    }

    /// `HcnQuery…Properties`: the object as JSON.
    pub(in crate::platform::hns::apply::hcn) fn query(
        &self,
        object: &Handle<'_>,
        query: &str,
    ) -> Result<String, CallError> {
        let Named { name, function } = self.of_kind(object.kind()).query;
        let (query, mut properties) = (Wide::of(query), TaskText::empty(self.free));
        // SAFETY: the object is open and of the kind of the function, the text ends with a NUL, and all of it
        // outlives the call.
        self.call(name, |error| unsafe {
            function(object.raw(), query.as_ptr(), properties.place(), error)
        })?;
        Ok(properties.to_string())
    }

    /// `HcnDelete…`
    pub(in crate::platform::hns::apply::hcn) fn delete(&self, kind: Kind, id: Guid) -> Result<(), CallError> {
        let Named { name, function } = self.of_kind(kind).delete;
        let id = RawGuid::from(id);
        // SAFETY: the id outlives the call.
        self.call(name, |error| unsafe { function(&raw const id, error) })
    }

    /// `HNSCall`, the old API: a request without a body. It says in its answer whether it worked.
    pub(in crate::platform::hns::apply::hcn) fn hns_call(
        &self,
        method: &str,
        path: &str,
    ) -> Result<String, CallError> {
        let Named { name, function } = self.hns_call;
        let (method, path, body) = (Wide::of(method), Wide::of(path), Wide::of(""));
        let mut response = TaskText::empty(self.free);
        // SAFETY: the texts end with a NUL, the place is empty, and all of it outlives the call.
        let result = unsafe { function(method.as_ptr(), path.as_ptr(), body.as_ptr(), response.place()) };
        CallError::check(name, result, "")?;
        Ok(response.to_string())
    }

    /// Makes a call that may leave an error record.
    fn call(&self, name: &'static str, call: impl FnOnce(OutText) -> Hresult) -> Result<(), CallError> {
        let mut record = TaskText::empty(self.free);
        let result = call(record.place());
        CallError::check(name, result, &record.to_string())
    }

    /// Makes a call that opens something. It is closed even if HNS complains after it has opened it.
    fn open_with(
        &self,
        name: &'static str,
        kind: Kind,
        call: impl FnOnce(*mut RawHandle, OutText) -> Hresult,
    ) -> Result<Handle<'_>, CallError> {
        let mut raw = ptr::null_mut();
        let result = self.call(name, |error| call(&raw mut raw, error));
        let handle = NonNull::new(raw).map(|raw| Handle::new(self, kind, raw));
        result?;
        handle.ok_or_else(|| CallError::new(name, NO_HANDLE))
    }
}

/// A library while it is looked through.
pub(super) struct File {
    name: &'static str,
    module: libloading::Library,
}

impl File {
    /// Only Windows has these libraries.
    #[cfg(not(windows))]
    fn of_system(_: &'static str) -> Result<Self, LoadError> {
        Err(LoadError::NotWindows)
    }

    /// From System32 and nowhere else: what lies next to the program or in the current folder is not of Windows.
    #[cfg(windows)]
    pub(super) fn of_system(name: &'static str) -> Result<Self, LoadError> {
        use libloading::os::windows::{LOAD_LIBRARY_SEARCH_SYSTEM32, Library};
        // SAFETY: loading a library of Windows does nothing but that.
        let module = unsafe { Library::load_with_flags(name, LOAD_LIBRARY_SEARCH_SYSTEM32) };
        Self::loaded(name, module.map(Into::into))
    }

    fn loaded(
        name: &'static str,
        module: Result<libloading::Library, libloading::Error>,
    ) -> Result<Self, LoadError> {
        let module = module.map_err(|error| LoadError::Library { file: name, error: words(&error) })?;
        Ok(Self { name, module })
    }

    /// # Safety
    /// The function has this type, and is not called when the library has gone.
    pub(super) unsafe fn function<F: Copy>(&self, name: &'static str) -> Result<Named<F>, LoadError> {
        // SAFETY: as the caller says.
        let symbol = unsafe { self.module.get::<F>(name) };
        let symbol =
            symbol.map_err(|error| LoadError::Function { file: self.name, name, error: words(&error) })?;
        Ok(Named { name, function: *symbol })
    }
}

/// What an error says, and what the system says under it.
fn words(error: &libloading::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}
