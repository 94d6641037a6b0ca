//! The bridge between coded values of the domain and JSON: one for all lists, none mirrored.
//!
//! utoipa's derives compose the name of a generic type from its arguments, and the domain's lists
//! cannot carry its traits. A field therefore names an alias without arguments:
//! `pub(crate) type StageCode = Code<Stage>;`, one line for each list, in this file.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use rafiq_domain::cases::{Gate, Strength, Trigger};
use rafiq_domain::refusal::{FieldCode, ProblemCode};
use rafiq_domain::vocabulary::{Coded, Language};
use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::extract::wrong;

/// A value of a closed list, written as its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code<T>(pub(crate) T);

/// The code of a problem.
pub(crate) type ProblemCodeName = Code<ProblemCode>;
/// The code of how strict a gate is.
pub(crate) type StrengthCode = Code<Strength>;
/// The code of a gate.
pub(crate) type GateCode = Code<Gate>;
/// The code of a trigger.
pub(crate) type TriggerCode = Code<Trigger>;
/// The code of what is wrong with one place of the input.
pub(crate) type FieldCodeName = Code<FieldCode>;

impl<T> From<T> for Code<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Coded> Serialize for Code<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.code())
    }
}

impl<'de, T: Coded> Deserialize<'de> for Code<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);

        impl<T: Coded> de::Visitor<'_> for Visitor<T> {
            type Value = Code<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "a code of `{}`", T::NAME)
            }

            fn visit_str<E: de::Error>(self, code: &str) -> Result<Code<T>, E> {
                T::from_code(code).map(Code).ok_or_else(|| wrong(FieldCode::UnknownCode))
            }
        }

        deserializer.deserialize_str(Visitor(PhantomData))
    }
}

impl<T: Coded> ToSchema for Code<T> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(pascal_case(T::NAME))
    }
}

impl<T: Coded> PartialSchema for Code<T> {
    fn schema() -> RefOr<Schema> {
        let codes: Vec<String> =
            T::ALL.iter().map(|value| format!("- `{}`: {}", value.code(), value.label(Language::English))).collect();
        let description = format!(
            "{}

{}",
            T::MEANING.trim(),
            codes.join(
                "
"
            )
        );
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(description))
            .enum_values(Some(T::ALL.iter().map(|value| value.code())))
            .into()
    }
}

/// `problem_code` → `ProblemCode`: the name under which generators make one enum for each list.
fn pascal_case(snake: &str) -> String {
    let capitalized = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    snake.split('_').filter_map(capitalized).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_code_travels_as_its_string() {
        let code = Code(ProblemCode::StaleVersion);
        assert_eq!(serde_json::to_value(code).unwrap(), json!("stale_version"));
        assert_eq!(serde_json::from_value::<ProblemCodeName>(json!("stale_version")).unwrap(), code);
    }

    #[test]
    fn a_list_becomes_one_named_enum_that_explains_its_codes() {
        assert_eq!(<ProblemCodeName as ToSchema>::name(), "ProblemCode");
        let schema = serde_json::to_value(ProblemCodeName::schema()).unwrap();
        assert_eq!(schema["type"], "string");
        assert_eq!(schema["enum"].as_array().unwrap().len(), ProblemCode::ALL.len());
        assert!(schema["description"].as_str().unwrap().contains("- `not_found`: There is no such resource"));
    }
}
