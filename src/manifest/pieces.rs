//! The one walk over all texts: documents and lists taken apart into objects, in parallel, whatever they are read as.

use std::hash::Hash;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::format::{self, Document, List, ReadError, ReadErrorKind};
use super::object::list::{self, Event, Listed, Parsed, Part, Rest};
use crate::source::{Origin, Sources};

/// One piece of a text.
pub(super) enum Piece<'l, T> {
    /// An object.
    Object(Parsed<T>),
    /// That a list goes on elsewhere.
    Cut(Origin, Rest),
    /// What could not be parsed as one; an item of `list` if there is one.
    Broken { origin: Origin, list: Option<&'l T>, error: Box<ReadError> },
}

/// Reads all pieces of all texts in their order.
pub(super) fn read<T, R>(sources: &Sources, handle: impl Fn(Piece<'_, T>) -> R + Sync) -> Vec<R>
where
    T: Listed + Send + Sync,
    R: Send,
{
    let documents: Vec<Document> =
        sources.iter().flat_map(|(id, file)| format::documents(id, &file.text)).collect();
    let walk = Walk { sources, handle: &handle };
    documents.par_iter().flat_map(|document| walk.document(document)).collect()
}

/// Of the events of a watch the last one of each object counts; what was deleted in the end is not there.
pub(super) fn keep_last_events<R, K: Hash + Eq + Clone>(
    read: &mut Vec<R>,
    event: impl Fn(&R) -> Option<&(Event, K)>,
) {
    let mut last: FxHashMap<K, usize> = FxHashMap::default();
    for (at, found) in read.iter().enumerate() {
        if let Some((_, object)) = event(found) {
            last.insert(object.clone(), at);
        }
    }
    if last.is_empty() {
        return;
    }
    let mut at = 0;
    read.retain(|found| {
        at += 1;
        let is_last = |object: &K| last.get(object) == Some(&(at - 1));
        event(found).is_none_or(|(event, object)| *event == Event::Present && is_last(object))
    });
}

/// What is done with each piece.
type Handle<'h, T, R> = &'h (dyn Fn(Piece<'_, T>) -> R + Sync);

struct Walk<'s, T, R> {
    sources: &'s Sources,
    handle: Handle<'s, T, R>,
}

impl<T: Listed + Send + Sync, R: Send> Walk<'_, T, R> {
    fn document(&self, document: &Document) -> Vec<R> {
        let list = document.list.as_ref().and_then(|list| self.list(list, document.whole));
        list.unwrap_or_else(|| self.piece(document.whole, None).0)
    }

    /// Reads a list by its items; `None` when the cut was wrong after all.
    fn list(&self, list: &List, whole: Origin) -> Option<Vec<R>> {
        let frame = match &list.frame {
            Some(frame) => Some(list::frame::<T>(frame)?),
            None => None,
        };
        let found: Vec<(Vec<R>, bool)> =
            list.items.par_iter().map(|&item| self.piece(item, frame.as_ref())).collect();
        let cut_was_wrong = found.iter().any(|(_, is_broken)| *is_broken);
        if cut_was_wrong && list::objects::<T>(self.sources.text(whole), whole).is_ok() {
            return None;
        }
        let cut = frame.as_ref().and_then(Listed::rest).map(|rest| (self.handle)(Piece::Cut(whole, rest)));
        Some(cut.into_iter().chain(found.into_iter().flat_map(|(found, _)| found)).collect())
    }

    /// Reads a piece, an item of `list` if there is one. The answer is also whether it could not be parsed at all.
    fn piece(&self, origin: Origin, list: Option<&T>) -> (Vec<R>, bool) {
        match list::objects::<T>(self.sources.text(origin), origin) {
            Ok(parsed) => {
                let complete = |part: Part<T>| {
                    let mut parsed = match part {
                        Part::Object(parsed) => parsed,
                        Part::Cut(origin, rest) => return (self.handle)(Piece::Cut(origin, rest)),
                    };
                    if let Some(list) = list {
                        list::complete_item(&mut parsed.object, list);
                    }
                    (self.handle)(Piece::Object(parsed))
                };
                (parsed.into_iter().map(complete).collect(), false)
            }
            Err(error) => {
                let is_broken = matches!(error.kind, ReadErrorKind::Syntax | ReadErrorKind::TooDeep);
                (vec![(self.handle)(Piece::Broken { origin, list, error })], is_broken)
            }
        }
    }
}
