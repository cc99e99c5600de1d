//! Makes the calls in a file to the HNS of this Windows: what the tests run under Wine. It prints how many were made,
//! and the code of a refusal.

#![allow(unreachable_pub, reason = "the tests use the module as well")]

#[path = "mod.rs"]
mod calls;

fn main() {
    let file = std::env::args_os().nth(1).expect("a file with calls");
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let list: Vec<serde_json::Value> = serde_json::from_str(&text).expect("it is JSON");
    let hcn = hnsplan::platform::hns::apply::hcn::Hcn::of_system().expect("HNS is there");
    let (made, refusal) = calls::make(&hcn, &list);
    println!("{made} {}", refusal.map_or_else(|| "-".to_owned(), |code| format!("{code:#010x}")));
}
