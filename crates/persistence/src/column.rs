//! Domain values as columns: one bridge for every coded value, one for each other shape.
//!
//! All of them are text on both databases. A text that does not read back surfaces as
//! [`StoreError::Corrupt`](crate::error::StoreError::Corrupt), never as a default, and the error
//! names the column but never the value, which may be personal.

use std::fmt;

use rafiq_domain::time::PartialDate;
use rafiq_domain::vocabulary::Coded;
use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, StringLen, ValueType, ValueTypeErr};
use sea_orm::{ActiveValue, ColIdx, DbErr, IntoActiveValue, QueryResult, TryFromU64, TryGetError, TryGetable, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A coded value, stored as its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code<T>(pub T);

/// A list of coded values, stored as a JSON array of their codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes<T>(pub Vec<T>);

/// A date that may be known in part, stored as it is written: `1961`, `1961-07` or `1961-07-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartialDay(pub PartialDate);

/// An inner document that is never searched, stored as JSON.
///
/// The shape is a derived one, whose only maps have text keys: such a value can always be written.
/// One that could not would be stored as null, which the column refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// A value with a text that reads back to it.
trait Text: Sized {
    fn write(&self) -> Option<String>;
    fn read(text: &str) -> Option<Self>;
}

impl<T: Coded> Text for Code<T> {
    fn write(&self) -> Option<String> {
        Some(self.0.code().to_owned())
    }

    fn read(text: &str) -> Option<Self> {
        T::from_code(text).map(Self)
    }
}

impl<T: Coded> Text for Codes<T> {
    fn write(&self) -> Option<String> {
        let codes: Vec<_> = self.0.iter().map(|value| value.code()).collect();
        serde_json::to_string(&codes).ok()
    }

    fn read(text: &str) -> Option<Self> {
        let codes: Vec<String> = serde_json::from_str(text).ok()?;
        codes.iter().map(|code| T::from_code(code)).collect::<Option<_>>().map(Self)
    }
}

impl Text for PartialDay {
    fn write(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn read(text: &str) -> Option<Self> {
        PartialDate::parse(text).ok().map(Self)
    }
}

impl<T: Serialize + DeserializeOwned> Text for Json<T> {
    fn write(&self) -> Option<String> {
        serde_json::to_string(&self.0).ok()
    }

    fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }
}

fn get<T: Text>(row: &QueryResult, column: impl ColIdx) -> Result<T, TryGetError> {
    let text = String::try_get_by(row, column)?;
    T::read(&text).ok_or_else(|| TryGetError::DbErr(unreadable(column)))
}

/// The one use of this error by us; [`crate::error`] turns it into the corrupt column.
fn unreadable(column: impl fmt::Debug) -> DbErr {
    DbErr::Type(format!("{column:?}"))
}

/// Teaches the database library that a [`Text`] is a column.
macro_rules! text_column {
    ($(impl $(<$parameter:ident: $bound:ident $(+ $more:ident)*>)? for $column:ty;)+) => {$(
        impl $(<$parameter: $bound $(+ $more)*>)? From<$column> for Value {
            fn from(column: $column) -> Self {
                Value::String(column.write())
            }
        }

        impl $(<$parameter: $bound $(+ $more)*>)? TryGetable for $column {
            fn try_get_by<I: ColIdx>(row: &QueryResult, column: I) -> Result<Self, TryGetError> {
                get(row, column)
            }
        }

        impl $(<$parameter: $bound $(+ $more)*>)? ValueType for $column {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                <String as ValueType>::try_from(value).and_then(|text| Self::read(&text).ok_or(ValueTypeErr))
            }

            fn type_name() -> String {
                stringify!($column).to_owned()
            }

            fn array_type() -> ArrayType {
                ArrayType::String
            }

            fn column_type() -> ColumnType {
                ColumnType::String(StringLen::None)
            }
        }

        impl $(<$parameter: $bound $(+ $more)*>)? Nullable for $column {
            fn null() -> Value {
                Value::String(None)
            }
        }

        impl $(<$parameter: $bound $(+ $more)*>)? IntoActiveValue<$column> for $column {
            fn into_active_value(self) -> ActiveValue<$column> {
                ActiveValue::Set(self)
            }
        }
    )+};
}

text_column! {
    impl<T: Coded> for Code<T>;
    impl<T: Coded> for Codes<T>;
    impl for PartialDay;
    impl<T: Serialize + DeserializeOwned> for Json<T>;
}

/// A code may be part of a primary key, but no database counts one up.
impl<T: Coded> TryFromU64 for Code<T> {
    fn try_from_u64(_number: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64(T::NAME))
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use rafiq_domain::time::DatePrecision;
    use sea_orm::EntityTrait;

    use super::*;
    use crate::error::StoreError;
    use crate::store::sealed::Connected;
    use crate::testing::TestDb;

    mod sample {
        use sea_orm::entity::prelude::*;

        use super::super::{Code, Codes, Json, PartialDay};
        use super::DatePrecision;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "samples")]
        pub(crate) struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub(crate) id: Uuid,
            pub(crate) one: Code<DatePrecision>,
            pub(crate) maybe: Option<Code<DatePrecision>>,
            pub(crate) many: Codes<DatePrecision>,
            pub(crate) born: PartialDay,
            pub(crate) inner: Json<Vec<(String, i64)>>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    const TABLE: &str = "CREATE TABLE samples (id UUID NOT NULL PRIMARY KEY, one TEXT NOT NULL, maybe TEXT, \
        many TEXT NOT NULL, born TEXT NOT NULL, inner_ TEXT NOT NULL)";

    crate::db_test! {
        async fn every_shape_reads_back_as_it_was_written(db: &TestDb) {
            db.execute(&TABLE.replace("inner_", "\"inner\"")).await.unwrap();
            let row = sample::Model {
                id: sea_orm::prelude::Uuid::from_u128(7),
                one: Code(DatePrecision::Month),
                maybe: None,
                many: Codes(vec![DatePrecision::Day, DatePrecision::Year]),
                born: PartialDay(PartialDate::parse("1961-07").unwrap()),
                inner: Json(vec![("عدد".to_owned(), 3)]),
            };
            let tx = db.begin().await.unwrap();
            sample::Entity::insert(sample::ActiveModel::from(row.clone())).exec_without_returning(tx.connection()).await.unwrap();
            tx.commit().await.unwrap();
            let found = sample::Entity::find_by_id(row.id).one(db.connection()).await.unwrap();
            assert_eq!(found, Some(row));
            let stored = db.text("SELECT one || ' ' || many || ' ' || born FROM samples").await.unwrap();
            assert_eq!(stored, r#"month ["day","year"] 1961-07"#);
        }
    }

    crate::db_test! {
        async fn an_unknown_code_is_a_corrupt_row(db: &TestDb) {
            db.execute(&TABLE.replace("inner_", "\"inner\"")).await.unwrap();
            let insert = |one: &str, maybe: &str, many: &str, born: &str, inner: &str| {
                format!(
                    "DELETE FROM samples; INSERT INTO samples VALUES ('00000000-0000-0000-0000-000000000007', \
                     '{one}', '{maybe}', '{many}', '{born}', '{inner}')"
                )
            };
            for (column, statement) in [
                ("one", insert("century", "day", "[]", "1961", "[]")),
                ("maybe", insert("day", "century", "[]", "1961", "[]")),
                ("many", insert("day", "day", r#"["century"]"#, "1961", "[]")),
                ("born", insert("day", "day", "[]", "1961-13", "[]")),
                ("inner", insert("day", "day", "[]", "1961", r#"[["Ahmad"]]"#)),
            ] {
                db.execute(&statement).await.unwrap();
                // The key is left out: planted as text, it is no UUID to SQLite.
                let read = match column {
                    "one" => read::<Code<DatePrecision>>(db, column).await.err(),
                    "maybe" => read::<Option<Code<DatePrecision>>>(db, column).await.err(),
                    "many" => read::<Codes<DatePrecision>>(db, column).await.err(),
                    "born" => read::<PartialDay>(db, column).await.err(),
                    _ => read::<Json<Vec<(String, i64)>>>(db, column).await.err(),
                };
                assert!(matches!(&read, Some(StoreError::Corrupt { column: named, .. }) if named == column), "{column}: {read:?}");
                assert!(!format!("{read:?}").contains("Ahmad"));
            }
        }
    }

    async fn read<T: TryGetable>(db: &TestDb, column: &str) -> Result<T, StoreError> {
        use sea_orm::ConnectionTrait;
        let connection = db.connection();
        let statement = sea_orm::Statement::from_string(connection.get_database_backend(), "SELECT * FROM samples");
        let row = connection.query_one_raw(statement).await?.ok_or(StoreError::Missing)?;
        Ok(row.try_get("", column)?)
    }
}
