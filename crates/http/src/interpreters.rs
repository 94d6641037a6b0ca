//! Interpreters.

use axum::extract::State;
use rafiq_app::interpreters::{self, InterpreterFilter};
use rafiq_domain::ids::InterpreterId;
use rafiq_domain::interpreters::{Interpreter, InterpreterProfile};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::text::PersonName;
use rafiq_domain::vocabulary::InterpreterState;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{
    Code, DialectCode, InterpreterQualificationCode, InterpreterStateCode, InterpretingModalityCode, SexCode,
    SpokenLanguageCode,
};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Created, Day, Id, IdempotencyKey, IfMatch, Versioned, given};
use crate::paging::{Cursor, Limit, PageView, page, view};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// What is known of an interpreter.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InterpreterDetails)]
struct InterpreterBody {
    /// The name, in any script, 1–200 characters.
    #[schema(example = "Leyla Demir")]
    name: String,
    /// The sex; some patients ask for the same.
    sex: SexCode,
    /// The languages between which they interpret; at least two.
    languages: Vec<SpokenLanguageCode>,
    /// The Arabic dialect groups that they master.
    #[serde(default)]
    dialects: Vec<DialectCode>,
    /// The medical qualification.
    qualification: InterpreterQualificationCode,
    /// Hours of training in interpreting, 0–10,000; under 100 errors are more frequent.
    #[schema(maximum = 10_000, example = 240)]
    training_hours: u16,
    /// How they work; at least one way.
    modalities: Vec<InterpretingModalityCode>,
    /// The last day on which their signed confidentiality holds; no job after it is offered.
    #[schema(value_type = NaiveDate)]
    confidential_until: Day,
    /// Whether jobs are offered to them. When not said, a new interpreter is active and a known one
    /// stays as they are.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    state: Option<InterpreterStateCode>,
}

impl InterpreterBody {
    fn parts(self) -> Result<(InterpreterProfile, Option<InterpreterState>), Invalid> {
        let mut fields = Fields::new();
        let name = fields.take("/name", PersonName::parse(&self.name));
        fields.finish(|| {
            let profile = InterpreterProfile {
                name: name?,
                sex: self.sex.0,
                languages: self.languages.into_iter().map(|language| language.0).collect(),
                dialects: self.dialects.into_iter().map(|dialect| dialect.0).collect(),
                qualification: self.qualification.0,
                training_hours: self.training_hours,
                modalities: self.modalities.into_iter().map(|modality| modality.0).collect(),
                confidential_until: self.confidential_until.0,
            };
            Some((profile, self.state.map(|state| state.0)))
        })
    }
}

/// An interpreter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Interpreter)]
struct InterpreterView {
    /// The id.
    id: Uuid,
    /// What is known of them.
    details: InterpreterBody,
}

impl From<Permitted<Interpreter>> for InterpreterView {
    fn from(interpreter: Permitted<Interpreter>) -> Self {
        let Interpreter { id, profile, state, .. } = interpreter.into_inner();
        let details = InterpreterBody {
            name: profile.name.as_str().to_owned(),
            sex: Code(profile.sex),
            languages: profile.languages.into_iter().map(Code).collect(),
            dialects: profile.dialects.into_iter().map(Code).collect(),
            qualification: Code(profile.qualification),
            training_hours: profile.training_hours,
            modalities: profile.modalities.into_iter().map(Code).collect(),
            confidential_until: Day(profile.confidential_until),
            state: Some(Code(state)),
        };
        Self { id: id.uuid(), details }
    }
}

/// Which interpreters are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct InterpreterQuery {
    /// Only those who interpret this language.
    #[param(inline)]
    language: Option<SpokenLanguageCode>,
    /// Only those in this state.
    #[param(inline)]
    state: Option<InterpreterStateCode>,
    /// Where the page begins: the `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many entries at most.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100, default = 25)]
    limit: Option<Limit>,
}

/// Register an interpreter
#[utoipa::path(
    post,
    path = "/interpreters",
    tag = "interpreters",
    params(IdempotencyKey),
    request_body = InterpreterBody,
    responses((status = 201, description = "The interpreter.", body = InterpreterView), CreateProblems),
    security(("bearer" = []))
)]
async fn register_interpreter(
    caller: Caller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<InterpreterBody>,
) -> Result<Created<Versioned<InterpreterView>>, Problem> {
    let (profile, state) = request.parts()?;
    let interpreter = interpreters::register_interpreter(api.app(), &caller.0, profile, state).await?;
    let address = format!("/api/v1/interpreters/{}", interpreter.id);
    Ok(Created(address, Versioned(interpreter.version, interpreter.into())))
}

/// List the interpreters
#[utoipa::path(
    get,
    path = "/interpreters",
    tag = "interpreters",
    params(InterpreterQuery),
    responses((status = 200, description = "The interpreters.", body = PageView<InterpreterView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_interpreters(
    caller: Caller,
    State(api): State<Api>,
    ApiQuery(query): ApiQuery<InterpreterQuery>,
) -> Result<ApiJson<PageView<InterpreterView>>, Problem> {
    let filter = InterpreterFilter {
        language: query.language.map(|language| language.0),
        state: query.state.map(|state| state.0),
    };
    let page = page(query.after, query.limit);
    Ok(ApiJson(view(interpreters::list_interpreters(api.app(), &caller.0, filter, page).await?)))
}

/// Read an interpreter
#[utoipa::path(
    get,
    path = "/interpreters/{interpreter_id}",
    tag = "interpreters",
    params(("interpreter_id" = Uuid, Path, description = "The interpreter.")),
    responses((status = 200, description = "The interpreter.", body = InterpreterView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_interpreter(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<InterpreterId>>,
) -> Result<Versioned<InterpreterView>, Problem> {
    let interpreter = interpreters::view_interpreter(api.app(), &caller.0, id).await?;
    Ok(Versioned(interpreter.version, interpreter.into()))
}

/// Replace what is known of an interpreter
///
/// An inactive interpreter is offered no more jobs; what they accepted stands.
#[utoipa::path(
    put,
    path = "/interpreters/{interpreter_id}",
    tag = "interpreters",
    params(("interpreter_id" = Uuid, Path, description = "The interpreter."), IfMatch),
    request_body = InterpreterBody,
    responses((status = 200, description = "The interpreter.", body = InterpreterView), ChangeProblems),
    security(("bearer" = []))
)]
async fn update_interpreter(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<InterpreterId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<InterpreterBody>,
) -> Result<Versioned<InterpreterView>, Problem> {
    let (profile, state) = request.parts()?;
    let interpreter = interpreters::update_interpreter(api.app(), &caller.0, id, decided_on, profile, state).await?;
    Ok(Versioned(interpreter.version, interpreter.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_interpreters, register_interpreter))
        .routes(routes!(view_interpreter, update_interpreter))
}
