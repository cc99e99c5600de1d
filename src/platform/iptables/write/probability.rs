//! Probabilities, as [`std::fmt`] would print them but without its overhead.

use std::fmt::Write;

/// Prints the probability 1/k, k > 0, as C and Go print the floating point number with ten decimals.
pub(super) fn push_probability(out: &mut String, k: u32) {
    /// Two, in units of the last decimal: half units show where rounding goes.
    const TWO: u64 = 2 * 10u64.pow(10);
    let (halves, rest) = (TWO / u64::from(k), TWO % u64::from(k));
    if k == 1 || (rest == 0 && halves % 2 == 1) {
        // Exactly between two decimals, as 1/2048: how the binary fraction was rounded decides.
        write!(out, "{:.10}", 1.0 / f64::from(k)).expect("a String takes every text");
        return;
    }
    // Everywhere else the binary fraction is nearer to 1/k than 1/k is to a rounding boundary.
    let mut decimals = [b'0'; 10];
    let mut left = halves.div_ceil(2);
    for digit in decimals.iter_mut().rev() {
        *digit += u8::try_from(left % 10).expect("one digit");
        left /= 10;
    }
    out.push_str("0.");
    out.push_str(std::str::from_utf8(&decimals).expect("digits are ASCII"));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn probability(k: u32) -> String {
        let mut out = String::new();
        push_probability(&mut out, k);
        out
    }

    fn expected(k: u32) -> String {
        format!("{:.10}", 1.0 / f64::from(k))
    }

    #[test]
    fn probabilities_are_those_of_the_format_macro() {
        for k in 1..=200_000 {
            assert_eq!(probability(k), expected(k), "1/{k}");
        }
    }

    #[test]
    fn ties_are_rounded_as_the_binary_fraction_is() {
        for power in 0..=9 {
            let k = 2048 * 5u32.pow(power);
            assert_eq!(probability(k), expected(k), "1/{k}");
        }
        assert_eq!(probability(2048), "0.0004882812");
        assert_eq!(probability(10240), "0.0000976563");
    }

    proptest! {
        #[test]
        fn every_probability_is_that_of_the_format_macro(k in 1u32..) {
            prop_assert_eq!(probability(k), expected(k));
        }
    }
}
