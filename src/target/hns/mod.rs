//! HNS, as kube-proxy on Windows (mode kernelspace, package winkernel) fills it.

pub mod model;
