//! What comes in: bodies, paths, queries and the headers that carry meaning.
//!
//! These stand where axum's own extractors would, so that every rejection is a
//! [`Problem`](crate::problem::Problem). A handler lists its authentication first: who is not
//! known learns nothing about the rest of the request.
#![expect(clippy::disallowed_types, reason = "the one place that wraps axum's own extractors")]

mod form;
mod headers;
mod json;

use std::fmt;

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use chrono::{DateTime, NaiveDate, Utc};
use rafiq_domain::ids::CaseId;
use rafiq_domain::refusal::{FieldCode, NotFound};
use rafiq_domain::time::{in_microseconds, recordable};
use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

pub(crate) use self::form::ApiForm;
pub(crate) use self::headers::{Created, IdempotencyKey, IfMatch, Tagged, Versioned};
pub(crate) use self::json::{ApiJson, unreadable};
use crate::problem::{Fault, Problem};

/// Marks a message of serde's as one of our own field codes.
const MARK: &str = "field_code:";

/// The error by which a `Deserialize` of this crate says which field code its value deserves.
pub(crate) fn wrong<E: de::Error>(code: FieldCode) -> E {
    E::custom(format_args!("{MARK}{code}"))
}

/// The parts of the address. An id that is not a UUID, or a code that is in no list, names nothing:
/// it answers exactly like one that does not exist.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiPath<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(path)| Self(path)).map_err(unnamed)
    }
}

/// What an address answers that could not be read.
fn unnamed(rejection: PathRejection) -> Problem {
    let PathRejection::FailedToDeserializePathParams(failure) = rejection else { return Fault::MissingPart.into() };
    let kind = failure.into_kind();
    if matches!(kind, ErrorKind::InvalidUtf8InPathParam { .. }) {
        Fault::BadPath.into()
    } else if matches!(kind, ErrorKind::WrongNumberOfParameters { .. } | ErrorKind::UnsupportedType { .. }) {
        Fault::MissingPart.into()
    } else {
        NotFound.into()
    }
}

/// An id in the address: `ApiPath(Id(case_id)): ApiPath<Id<CaseId>>`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id<T>(pub(crate) T);

impl<'de, T: From<Uuid>> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(|id| Self(T::from(id)))
    }
}

/// The ids of a case and of something that belongs to it: a child is never looked up by its own id alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Child<T>(pub(crate) CaseId, pub(crate) T);

impl<'de, T: From<Uuid>> Deserialize<'de> for Child<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (case_id, id) = <(Uuid, Uuid)>::deserialize(deserializer)?;
        Ok(Self(case_id.into(), id.into()))
    }
}

/// An instant of a body. No request reads a bare one: below a microsecond the two databases differ.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Instant(pub(crate) DateTime<Utc>);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let at = DateTime::<Utc>::deserialize(deserializer)?;
        recordable(at.date_naive()).map_err(wrong)?;
        Ok(Self(in_microseconds(at)))
    }
}

/// A day of a body. No request reads a bare one: chrono knows years that no database does.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Day(pub(crate) NaiveDate);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        recordable(NaiveDate::deserialize(deserializer)?).map(Self).map_err(wrong)
    }
}

/// Reads a field that may be left out but is never null: one shared with answers, where what is not
/// known is absent.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// The query, read into a struct with `deny_unknown_fields`: a filter with a typing error in its
/// name must not widen a list. Wrong parameters answer 400 with a pointer to each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiQuery<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = Query::try_from_uri(&parts.uri);
        query
            .map(|Query(query)| Self(query))
            .map_err(|rejection| Fault::BadQuery(vec![json::query_error(&rejection)]).into())
    }
}

/// Appends one step to a JSON pointer (RFC 6901 §3).
fn step(pointer: &mut String, part: impl fmt::Display) {
    pointer.push('/');
    pointer.push_str(&part.to_string().replace('~', "~0").replace('/', "~1"));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Day, Instant};

    #[test]
    fn an_instant_is_read_as_it_will_be_kept() {
        let read: Instant = serde_json::from_str("\"2026-03-02T12:00:00.123456789+03:00\"").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"2026-03-02T09:00:00.123456Z\"");
        assert!(serde_json::from_str::<Instant>("\"yesterday\"").is_err());
    }

    #[test]
    fn neither_a_day_nor_an_instant_lies_in_a_year_that_no_record_names() {
        for day in ["+12026-01-01", "-0001-01-01", "0000-01-01", "1899-12-31"] {
            assert!(serde_json::from_value::<Day>(json!(day)).is_err(), "{day}");
            assert!(serde_json::from_value::<Instant>(json!(format!("{day}T12:00:00Z"))).is_err(), "{day}");
        }
        for day in ["1900-01-01", "9999-12-31"] {
            assert!(serde_json::from_value::<Day>(json!(day)).is_ok(), "{day}");
            assert!(serde_json::from_value::<Instant>(json!(format!("{day}T12:00:00Z"))).is_ok(), "{day}");
        }
        // In UTC it is the year 10000 already.
        assert!(serde_json::from_value::<Instant>(json!("9999-12-31T23:00:00-03:00")).is_err());
    }
}
