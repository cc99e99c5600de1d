#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hnsplan_fuzz::host_facts(data));
