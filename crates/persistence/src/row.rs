//! Small helpers between rows and domain values: a stored value that no longer parses is corrupt, never a default.

use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::refusal::FieldResult;
use rafiq_domain::vocabulary::Coded;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::error::StoreError;
use crate::store::Reader;

/// Where a value stands, to name it when it cannot be read back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) table: &'static str,
    pub(crate) id: Uuid,
}

impl Place {
    /// The value that was parsed from `column`, or the corrupt place.
    pub(crate) fn read<T>(self, column: &str, parsed: FieldResult<T>) -> Result<T, StoreError> {
        parsed.map_err(|_| self.corrupt(column))
    }

    /// As [`Place::read`] for a value that may be absent.
    pub(crate) fn read_optional<T>(
        self,
        column: &str,
        parsed: Option<FieldResult<T>>,
    ) -> Result<Option<T>, StoreError> {
        parsed.map(|parsed| self.read(column, parsed)).transpose()
    }

    /// The coded value behind `code` inside a document in `column`.
    pub(crate) fn code<T: Coded>(self, column: &str, code: &str) -> Result<T, StoreError> {
        T::from_code(code).ok_or_else(|| self.corrupt(column))
    }

    /// The error that names this place.
    pub(crate) fn corrupt(self, column: &str) -> StoreError {
        StoreError::corrupt(self.table, column, self.id)
    }
}

/// One page of `select`, newest first by `key`: one more row than asked for tells that there is a next page.
pub(crate) async fn page<E, T>(
    db: &impl Reader,
    select: Select<E>,
    key: E::Column,
    page: Page,
    id: impl Fn(&T) -> Uuid,
    read: impl Fn(E::Model) -> Result<T, StoreError>,
) -> Result<Slice<T>, StoreError>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
{
    let after = page.after.map(|after| key.lt(after));
    let rows = select
        .filter(Condition::all().add_option(after))
        .order_by_desc(key)
        .limit(u64::from(page.limit) + 1)
        .all(db.connection())
        .await?;
    let items = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::cut(items, page, id))
}

/// The rows that at least one of the parts holds; none where there is no part.
pub(crate) fn any_of<const N: usize>(parts: [Option<Expr>; N]) -> Condition {
    let parts = parts.into_iter().flatten();
    // A condition without parts would hold everything.
    parts.fold(Condition::any().add(Expr::val(1).eq(0)), Condition::add)
}

/// A conditional update met its row, or the row had another version.
pub(crate) fn expect_one(rows_affected: u64) -> Result<(), StoreError> {
    if rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
}
