#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hnsplan_fuzz::proxy_log(data));
