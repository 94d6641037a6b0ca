//! Pages of lists as they travel: an opaque cursor and a limit in, entries and the next cursor out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rafiq_domain::paging::{MAX_PAGE, Page, Slice};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::FieldCode;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::extract::wrong;

/// Which part of a list is asked for.
///
/// A list with filters repeats these two fields in its own query struct (serde's `flatten` would
/// let unknown parameters pass) and calls [`page`].
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Where the page begins: the `next` of the page before. Absent for the first page.
    #[param(value_type = Option<String>)]
    pub(crate) after: Option<Cursor>,
    /// How many entries at most.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100, default = 25)]
    pub(crate) limit: Option<Limit>,
}

impl From<PageQuery> for Page {
    fn from(query: PageQuery) -> Self {
        page(query.after, query.limit)
    }
}

/// The page asked for by a cursor and a limit.
pub(crate) fn page(after: Option<Cursor>, limit: Option<Limit>) -> Page {
    Page { after: after.map(|cursor| cursor.0), limit: limit.map_or(Page::default().limit, |limit| limit.0) }
}

/// A permitted page of domain values as a page of views: each view is built from its own permitted value.
pub(crate) fn view<T, V: ToSchema + From<Permitted<T>>>(slice: Permitted<Slice<T>>) -> PageView<V> {
    let permit = slice.with(());
    slice.into_inner().map(|item| V::from(permit.with(item))).into()
}

/// As [`view`], for a page whose rows were asked about one by one.
pub(crate) fn rows<T, V: ToSchema + From<Permitted<T>>>(slice: Slice<Permitted<T>>) -> PageView<V> {
    slice.map(V::from).into()
}

/// As [`view`] for a short list that is never paged.
pub(crate) fn views<T, V: From<Permitted<T>>>(list: Permitted<Vec<T>>) -> Vec<V> {
    let permit = list.with(());
    list.into_inner().into_iter().map(|item| V::from(permit.with(item))).collect()
}

/// The key that a page begins after. Opaque to clients, so that the key may change its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor(Uuid);

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong(FieldCode::Malformed))?;
        Uuid::from_slice(&bytes).map(Self).map_err(|_| wrong(FieldCode::Malformed))
    }
}

/// How many entries a page has at most: 1 to [`MAX_PAGE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit(u16);

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let limit = u16::deserialize(deserializer).map_err(|_| wrong(FieldCode::OutOfRange))?;
        if (1..=MAX_PAGE).contains(&limit) { Ok(Self(limit)) } else { Err(wrong(FieldCode::OutOfRange)) }
    }
}

/// One page of a list, from the newest entry to the oldest.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageView<T: ToSchema> {
    /// The entries.
    pub(crate) items: Vec<T>,
    /// What to give as `after` for the page that follows; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) next: Option<String>,
}

impl<T: ToSchema> From<Slice<T>> for PageView<T> {
    fn from(slice: Slice<T>) -> Self {
        Self { items: slice.items, next: slice.next.map(|key| URL_SAFE_NO_PAD.encode(key.as_bytes())) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_cursor_of_one_page_opens_the_next() {
        let key = Uuid::from_u128(7);
        let view = PageView::from(Slice { items: vec![1_i32], next: Some(key) });
        let query: PageQuery = serde_json::from_value(json!({ "after": view.next, "limit": 3 })).unwrap();
        assert_eq!(Page::from(query), Page { after: Some(key), limit: 3 });
    }

    #[test]
    fn the_last_page_names_no_next() {
        let view = PageView::from(Slice { items: vec![1_i32], next: None });
        assert_eq!(serde_json::to_value(view).unwrap(), json!({ "items": [1] }));
    }
}
