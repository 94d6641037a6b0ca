//! The lists of codes, so that no client hard-codes one.

use rafiq_domain::refusal::NotFound;
use rafiq_domain::vocabulary::{Language, Vocabulary, vocabularies};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::{ApiJson, ApiPath};
use crate::language::AnswerLanguage;
use crate::problem::{Problem, PublicProblems};
use crate::state::Api;

/// A list of codes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Vocabulary)]
struct VocabularyView {
    /// The list's name.
    #[schema(example = "laterality")]
    name: &'static str,
    /// What it is about.
    meaning: String,
    /// The codes, in the order they are shown.
    entries: Vec<EntryView>,
}

/// One code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VocabularyEntry)]
struct EntryView {
    /// The code.
    #[schema(example = "left")]
    code: &'static str,
    /// The text for people, in the language of the answer.
    #[schema(example = "Left")]
    label: &'static str,
}

impl VocabularyView {
    fn of(vocabulary: Vocabulary, language: Language) -> Self {
        let entry =
            |entry: &rafiq_domain::vocabulary::Entry| EntryView { code: entry.code, label: entry.label(language) };
        Self {
            name: vocabulary.name,
            entries: vocabulary.entries.iter().map(entry).collect(),
            meaning: vocabulary.meaning,
        }
    }
}

/// List the names of all vocabularies
#[utoipa::path(
    get,
    path = "/vocabularies",
    tag = "vocabularies",
    responses((status = 200, description = "The names.", body = [String]), PublicProblems),
    security(())
)]
async fn list_vocabularies() -> ApiJson<Vec<&'static str>> {
    ApiJson(vocabularies().into_iter().map(|vocabulary| vocabulary.name).collect())
}

/// Read a vocabulary
#[utoipa::path(
    get,
    path = "/vocabularies/{name}",
    tag = "vocabularies",
    params(("name" = String, Path, description = "The list's name.", example = "laterality")),
    responses((status = 200, description = "The list, in the language of `Accept-Language`.", body = VocabularyView), PublicProblems),
    security(())
)]
async fn view_vocabulary(
    AnswerLanguage(language): AnswerLanguage,
    ApiPath(name): ApiPath<String>,
) -> Result<ApiJson<VocabularyView>, Problem> {
    let found = vocabularies().into_iter().find(|vocabulary| vocabulary.name == name);
    Ok(ApiJson(VocabularyView::of(found.ok_or(NotFound)?, language)))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_vocabularies)).routes(routes!(view_vocabulary))
}
