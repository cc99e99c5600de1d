//! How much a source tells: everything, part of it, or nothing. What is not told is never taken for "none".

use std::ops::{Deref, DerefMut};

/// How much a source tells of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Telling {
    /// Nothing: it may be there or not, and be anything.
    NotTold,
    /// Part of it: what is told is so, and there may be more.
    InPart,
    /// All of it: what is not told is not there.
    Whole,
}

/// All objects of a kind, as far as a source tells them.
///
/// A list that is made from objects is whole; only readers of dumps make others.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    objects: Vec<T>,
    telling: Telling,
}

/// What a search in a list finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It is there.
    Found(T),
    /// The list is whole, and it is not there.
    Absent,
    /// The list is not whole, and nothing in it is what was looked for.
    NotTold,
}

impl<T> Listed<T> {
    /// A list of which nothing is told.
    #[must_use]
    pub fn not_told() -> Self {
        Self { objects: Vec::new(), telling: Telling::NotTold }
    }

    /// How much is told of the list.
    #[must_use]
    pub fn telling(&self) -> Telling {
        self.telling
    }

    /// Whether what is not in the list is not there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.telling == Telling::Whole
    }

    /// Adds what a source tells of the list. What one source tells in part stays so, whatever others tell.
    pub fn hear(&mut self, telling: Telling) {
        self.telling = match (self.telling, telling) {
            (Telling::NotTold, new) => new,
            (old, Telling::NotTold) => old,
            (old, new) => old.min(new),
        };
    }

    /// The list with another telling.
    #[must_use]
    pub fn heard(self, telling: Telling) -> Self {
        Self { telling, ..self }
    }

    /// The first object of a kind.
    pub fn lookup(&self, is_meant: impl FnMut(&&T) -> bool) -> Lookup<&T> {
        match self.objects.iter().find(is_meant) {
            Some(found) => Lookup::Found(found),
            None if self.is_whole() => Lookup::Absent,
            None => Lookup::NotTold,
        }
    }

    /// The objects.
    #[must_use]
    pub fn into_objects(self) -> Vec<T> {
        self.objects
    }
}

impl<T> Default for Listed<T> {
    /// None, and that is all.
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<T> From<Vec<T>> for Listed<T> {
    fn from(objects: Vec<T>) -> Self {
        Self { objects, telling: Telling::Whole }
    }
}

impl<T, const N: usize> From<[T; N]> for Listed<T> {
    fn from(objects: [T; N]) -> Self {
        Self::from(Vec::from(objects))
    }
}

impl<T> FromIterator<T> for Listed<T> {
    fn from_iter<I: IntoIterator<Item = T>>(objects: I) -> Self {
        Self::from(Vec::from_iter(objects))
    }
}

impl<T> Deref for Listed<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.objects
    }
}

impl<T> DerefMut for Listed<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.objects
    }
}

impl<T> IntoIterator for Listed<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.objects.into_iter()
    }
}

impl<'l, T> IntoIterator for &'l Listed<T> {
    type Item = &'l T;
    type IntoIter = std::slice::Iter<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.objects.iter()
    }
}

impl<'l, T> IntoIterator for &'l mut Listed<T> {
    type Item = &'l mut T;
    type IntoIter = std::slice::IterMut<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.objects.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_is_not_absent() {
        let whole: Listed<u8> = vec![1].into();
        assert_eq!(whole.lookup(|of| **of == 1), Lookup::Found(&1));
        assert_eq!(whole.lookup(|of| **of == 2), Lookup::Absent);
        for telling in [Telling::NotTold, Telling::InPart] {
            assert_eq!(whole.clone().heard(telling).lookup(|of| **of == 2), Lookup::NotTold);
        }
    }

    #[test]
    fn a_part_of_a_list_stays_a_part() {
        use Telling::{InPart, NotTold, Whole};
        for (told, more, all) in [
            (NotTold, Whole, Whole),
            (Whole, NotTold, Whole),
            (NotTold, InPart, InPart),
            (InPart, Whole, InPart),
            (Whole, InPart, InPart),
            (NotTold, NotTold, NotTold),
        ] {
            let mut list: Listed<u8> = Listed::not_told().heard(told);
            list.hear(more);
            assert_eq!(list.telling(), all, "{told:?} {more:?}");
        }
    }
}
