//! What becomes of flows, in sentences that every format prints.

use crate::name::printable;
use crate::platform::timeline::{FlowRecord, Loss};

/// A flow in one sentence: `UDP 10.244.1.9:40000 → 10.96.0.10:53 (shop/dns:udp): goes on to 10.244.2.5:53 until step 2, …`.
pub(super) fn sentence(flow: &FlowRecord) -> String {
    let FlowRecord { protocol, orig_src, orig_dst, service, .. } = flow;
    let service = service.as_ref().map(|of| format!(" ({})", printable(of))).unwrap_or_default();
    format!("{protocol} {orig_src} → {orig_dst}{service}: {}", fate(flow))
}

fn fate(flow: &FlowRecord) -> String {
    let pod = flow.reply_src;
    if flow.service.is_none() && flow.deleted.is_none() {
        return format!("no Service has this frontend; it goes on to {pod}");
    }
    let mut parts: Vec<String> = flow.lost.iter().map(|of| loss(of, flow)).collect();
    match flow.deleted {
        Some(step) if !parts.is_empty() => parts.push(format!("cut in step {step}")),
        Some(step) if !flow.is_led() => parts.push(format!("leads to no pod, cut in step {step}")),
        Some(step) => {
            let serves = if flow.cut_while_served { ", which still serves," } else { "" };
            parts.push(format!("goes on to {pod}{serves} until it is cut in step {step}"));
        }
        None if parts.is_empty() => parts.push(format!("goes on to {pod}")),
        None => {}
    }
    parts.join("; ")
}

/// `goes on to 10.244.2.5:53, which serves no more, from step 4 to step 5 although others serve`
fn loss(of: &Loss, flow: &FlowRecord) -> String {
    let what = if flow.is_led() {
        format!("goes on to {}, which serves no more,", flow.reply_src)
    } else {
        "leads to no pod".to_owned()
    };
    let until = of.to.map_or_else(|| "the end".to_owned(), |step| format!("step {step}"));
    let others = if of.others_serve { " although others serve" } else { "" };
    format!("{what} from step {} to {until}{others}", of.from)
}
