//! Pages by key and versions: the two things every list and every change share.

use uuid::Uuid;

use crate::refusal::{ProblemCode, Refusal};

/// The most entries of one page.
pub const MAX_PAGE: u16 = 100;

/// Which part of a list is asked for. Lists run from the newest entry to the oldest, by id: ids
/// are ordered by time, so no entry is met twice or missed while others are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The last entry of the page before; the page begins after it.
    pub after: Option<Uuid>,
    /// How many entries, 1 to [`MAX_PAGE`].
    pub limit: u16,
}

impl Default for Page {
    fn default() -> Self {
        Self { after: None, limit: 25 }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The key that the next page begins after; none on the last page.
    pub next: Option<Uuid>,
}

impl<T> Slice<T> {
    /// Cuts a page from `limit + 1` fetched entries: the one too many tells that there is more.
    pub fn cut(mut items: Vec<T>, page: Page, key: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::from(page.limit);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(key);
        Self { items, next }
    }

    /// The same page of other entries.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Slice<U> {
        Slice { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

/// How often a row was changed; travels as `ETag` and comes back as `If-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub i32);

impl Version {
    /// The version of a row never changed.
    pub const FIRST: Self = Self(1);

    /// The version after one more change.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Accepts a change that was decided on this version.
    ///
    /// # Errors
    /// [`Stale`] when it was decided on another.
    pub fn expect(self, decided_on: Self) -> Result<(), Stale> {
        if self == decided_on { Ok(()) } else { Err(Stale) }
    }
}

/// The change was decided on a version that is no longer the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("decided on an older version")]
pub struct Stale;

impl Refusal for Stale {
    fn code(&self) -> ProblemCode {
        ProblemCode::StaleVersion
    }
}
