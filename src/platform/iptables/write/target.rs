//! What a rule does: `-j` and `-g`.

use super::foreign::write_foreign;
use super::{push_address, push_display, push_masked};
use crate::net::push_decimal;
use crate::platform::iptables::model::{Address, Masked, SocketAddress, Target};

/// One target, with its `-j` or `-g`.
pub fn write_target(out: &mut String, target: &Target) {
    match target {
        Target::Jump(chain) => {
            out.push_str("-j ");
            out.push_str(chain.as_str());
        }
        Target::Goto(chain) => {
            out.push_str("-g ");
            out.push_str(chain.as_str());
        }
        Target::Accept => out.push_str("-j ACCEPT"),
        Target::Drop => out.push_str("-j DROP"),
        Target::Return => out.push_str("-j RETURN"),
        Target::Reject(None) => out.push_str("-j REJECT"),
        Target::Reject(Some(answer)) => {
            out.push_str("-j REJECT --reject-with ");
            out.push_str(answer.as_str());
        }
        Target::DestinationNat(destination) => write_destination_nat(out, destination),
        Target::Masquerade { random_fully } => {
            out.push_str("-j MASQUERADE");
            out.push_str(if *random_fully { " --random-fully" } else { "" });
        }
        Target::SetMark(mark) => write_set_mark(out, *mark),
        Target::Unknown(foreign) => write_foreign(out, foreign),
    }
}

fn write_destination_nat(out: &mut String, destination: &SocketAddress) {
    out.push_str("-j DNAT --to-destination ");
    let brackets = match &destination.address {
        Address::Ip(ip) => ip.is_ipv6(),
        Address::Net(net) => net.addr().is_ipv6(),
        Address::Verbatim(word) => word.as_str().contains(':'),
    };
    if brackets {
        out.push('[');
    }
    push_address(out, &destination.address);
    out.push_str(if brackets { "]:" } else { ":" });
    push_decimal(out, u32::from(destination.port));
}

/// kube-proxy has own options for the two forms it uses.
fn write_set_mark(out: &mut String, mark: Masked) {
    let Masked { value, mask } = mark;
    out.push_str("-j MARK ");
    if value == mask {
        push_display(out, format_args!("--or-mark 0x{value:08x}"));
    } else if mask == 0 {
        push_display(out, format_args!("--xor-mark 0x{value:08x}"));
    } else {
        out.push_str("--set-xmark ");
        push_masked(out, mark);
    }
}
