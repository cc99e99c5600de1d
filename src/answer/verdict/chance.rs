//! Chances as exact fractions: thirds stay thirds, and what is shared out adds up to one.

use std::fmt;

/// A chance from 0 to 1, as a fraction in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chance {
    numerator: u128,
    denominator: u128,
}

impl Chance {
    /// It never happens.
    pub const NEVER: Self = Self { numerator: 0, denominator: 1 };
    /// It always happens.
    pub const CERTAIN: Self = Self { numerator: 1, denominator: 1 };

    /// A fraction; `None` if it is above one or has no meaning.
    #[must_use]
    pub fn new(numerator: u128, denominator: u128) -> Option<Self> {
        if denominator == 0 || numerator > denominator {
            return None;
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        Some(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// One in so many; certain where that is none.
    #[must_use]
    pub fn one_in(many: u32) -> Self {
        Self { numerator: 1, denominator: u128::from(many.max(1)) }
    }

    /// The chance that it does not happen.
    #[must_use]
    pub fn complement(self) -> Self {
        Self { numerator: self.denominator - self.numerator, denominator: self.denominator }
    }

    /// The chance that both happen, if they have nothing to do with each other; `None` if the fraction is
    /// too fine for 128 bits.
    #[must_use]
    pub fn and(self, other: Self) -> Option<Self> {
        // Crosswise in lowest terms, the product is so as well.
        let first = greatest_common_divisor(self.numerator, other.denominator);
        let second = greatest_common_divisor(other.numerator, self.denominator);
        let numerator = (self.numerator / first).checked_mul(other.numerator / second)?;
        let denominator = (self.denominator / second).checked_mul(other.denominator / first)?;
        Some(Self { numerator, denominator })
    }

    /// The chance that one of two things happens which never happen together; `None` if the fraction is too
    /// fine for 128 bits, or above one.
    #[must_use]
    pub fn or(self, other: Self) -> Option<Self> {
        let divisor = greatest_common_divisor(self.denominator, other.denominator);
        let widened = |chance: Self, of: Self| chance.numerator.checked_mul(of.denominator / divisor);
        let numerator = widened(self, other)?.checked_add(widened(other, self)?)?;
        Self::new(numerator, self.denominator.checked_mul(other.denominator / divisor)?)
    }

    /// The chance as the nearest floating point number.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "near is what is asked for")]
    pub fn as_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// Whether two chances differ by no more than `tolerance`, such as the rounding of a platform.
    #[must_use]
    pub fn is_near(self, other: Self, tolerance: f64) -> bool {
        self == other || (self.as_f64() - other.as_f64()).abs() <= tolerance
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        // Nearly all fractions are small, and small numbers are divided much faster.
        if let (Ok(small_a), Ok(small_b)) = (u64::try_from(a), u64::try_from(b)) {
            return small_divisor(small_a, small_b).into();
        }
        (a, b) = (b, a % b);
    }
    a.max(1)
}

fn small_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chance(numerator: u128, denominator: u128) -> Chance {
        Chance::new(numerator, denominator).unwrap()
    }

    #[test]
    fn fractions_are_in_lowest_terms() {
        assert_eq!(chance(6, 18), Chance::one_in(3));
        assert_eq!(chance(0, 7), Chance::NEVER);
        assert_eq!(chance(7, 7), Chance::CERTAIN);
        assert_eq!(chance(2, 3).to_string(), "2/3");
        assert_eq!(Chance::CERTAIN.to_string(), "1");
        assert_eq!(Chance::new(1, 0), None);
        assert_eq!(Chance::new(3, 2), None);
    }

    #[test]
    fn what_is_too_fine_is_not_told() {
        let fine = chance(1, u128::MAX);
        assert_eq!(fine.and(fine), None);
        assert_eq!(fine.or(Chance::one_in(2)), None);
        assert_eq!(Chance::CERTAIN.or(fine), None, "above one");
    }

    #[test]
    fn near_chances_are_told_from_others() {
        const TOLERANCE: f64 = 1.0 / 2_147_483_648.0;
        let third = chance(715_827_883, 1 << 31);
        assert!(third != Chance::one_in(3));
        assert!(third.is_near(Chance::one_in(3), TOLERANCE));
        assert!(!chance(715_827_885, 1 << 31).is_near(Chance::one_in(3), TOLERANCE));
    }

    proptest! {
        #[test]
        fn equal_shares_are_equal_and_add_up(of in 1u32..3000) {
            let (mut left, mut sum) = (Chance::CERTAIN, Chance::NEVER);
            for others in (1..=of).rev() {
                let share = left.and(Chance::one_in(others)).unwrap();
                prop_assert_eq!(share, Chance::one_in(of));
                left = left.and(Chance::one_in(others).complement()).unwrap();
                sum = sum.or(share).unwrap();
            }
            prop_assert_eq!((sum, left), (Chance::CERTAIN, Chance::NEVER));
        }

        #[test]
        fn either_is_one_less_neither(a in 0u128..1 << 31, b in 0u128..1 << 31) {
            let (a, b) = (chance(a, 1 << 31), chance(b, 1 << 31));
            let (both, neither) = (a.and(b).unwrap(), a.complement().and(b.complement()).unwrap());
            let (only_a, only_b) = (a.and(b.complement()).unwrap(), b.and(a.complement()).unwrap());
            let either = both.or(only_a).and_then(|chance| chance.or(only_b)).unwrap();
            prop_assert_eq!(either, neither.complement());
        }
    }
}
