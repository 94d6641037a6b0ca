//! Which of the product's languages an answer is written in.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use fluent_langneg::{LanguageIdentifier, NegotiationStrategy, negotiate_languages};
use rafiq_domain::vocabulary::Language;

/// The language that the caller reads best of those the product speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AnswerLanguage(pub(crate) Language);

impl<S: Sync> FromRequestParts<S> for AnswerLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(negotiate(&parts.headers)))
    }
}

/// Chooses by `Accept-Language` (RFC 9110 §12.5.4, RFC 4647 lookup); English when nothing fits.
pub(crate) fn negotiate(headers: &HeaderMap) -> Language {
    let requested: Vec<LanguageIdentifier> =
        wishes(headers).into_iter().filter_map(|(tag, _)| tag.parse().ok()).collect();
    let spoken: Vec<LanguageIdentifier> =
        Language::ALL.iter().filter_map(|language| language.tag().parse().ok()).collect();
    negotiate_languages(&requested, &spoken, None, NegotiationStrategy::Lookup)
        .first()
        .and_then(|best| Language::ALL.into_iter().find(|language| best.language.as_str() == language.tag()))
        .unwrap_or_default()
}

/// The language ranges, the most wished for first. The negotiation itself knows no weights.
fn wishes(headers: &HeaderMap) -> Vec<(&str, f32)> {
    let mut wishes: Vec<(&str, f32)> = headers
        .get_all(ACCEPT_LANGUAGE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(wish)
        .collect();
    wishes.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    wishes
}

/// One range and its weight: `ar-SA;q=0.8`. A weight of nought means "not this one".
fn wish(range: &str) -> Option<(&str, f32)> {
    let (tag, weight) = match range.split_once(';') {
        Some((tag, parameter)) => (tag, parameter.trim().strip_prefix("q=")?.parse().ok()?),
        None => (range, 1.0),
    };
    (weight > 0.0).then_some((tag.trim(), weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_language_is_chosen_by_weight_and_by_range() {
        for (header, expected) in [
            ("ar", Language::Arabic),
            ("tr-TR", Language::Turkish),
            ("ar-SA, en;q=0.9", Language::Arabic),
            ("en;q=0.2, tr;q=0.9, ar;q=0.5", Language::Turkish),
            ("de, ar;q=0.1", Language::Arabic),
            ("ar;q=0, tr", Language::Turkish),
            ("de-DE", Language::English),
            ("*", Language::English),
            (";;;q=,,x", Language::English),
            ("", Language::English),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, header.parse().unwrap())]);
            assert_eq!(negotiate(&headers), expected, "{header}");
        }
        assert_eq!(negotiate(&HeaderMap::new()), Language::English);
    }
}
