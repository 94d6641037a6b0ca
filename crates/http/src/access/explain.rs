//! Why someone sees a case, or does not.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::access::{Explanation, HeldGrant, JudgedAction, RoleStanding, explain_access as explained};
use rafiq_domain::ids::{CaseId, UserId};
use rafiq_domain::policy::{Permitted, Reach, Relation};
use rafiq_domain::vocabulary::{Coded, Language, Role};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::GrantView;
use crate::code::{
    ActionCode, Code, HospitalStateCode, ObjectKindCode, ReachCode, RelationCode, RoleCode, UserStateCode, VerdictCode,
};
use crate::delegations::DelegationView;
use crate::extract::{ApiJson, ApiQuery};
use crate::language::AnswerLanguage;
use crate::problem::{Problem, ReadProblems};
use crate::state::{Api, Caller};

/// Of whom and of which case it is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExplainQuery {
    /// The user: one of our people, or a user or a client of a hospital.
    user_id: Uuid,
    /// The case.
    case_id: Uuid,
}

/// Why someone sees a case, or does not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessExplanation)]
pub(super) struct ExplanationView {
    /// The case.
    case_id: Uuid,
    /// The number of the case.
    #[schema(example = "C-2026-000017-5")]
    case_number: String,
    /// The user.
    user_id: Uuid,
    /// The user's name.
    name: String,
    /// When it was asked: what runs at this instant counts.
    at: DateTime<Utc>,
    /// Whether the user is active.
    user_state: UserStateCode,
    /// Whether we work with the hospital that the user belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hospital_state: Option<HospitalStateCode>,
    /// Whether the user can act at all: active, of no suspended hospital, with at least one role. Who cannot is
    /// judged as someone without roles.
    can_act: bool,
    /// Whether a sign-in of the user must show a second factor before what is decided below holds.
    owes_second_factor: bool,
    /// The user's roles, and how near each brings them to the case as a whole.
    roles: Vec<RoleStandingView>,
    /// The grants on this case of the user, of whom they belong to and of those for whom they stand in now; the
    /// newest 100, also those that count no more.
    grants: Vec<HeldGrantView>,
    /// By which the user stands in for someone, or has stood in; the newest 100.
    delegations: Vec<DelegationView>,
    /// What the policy answers: for the case, its patient, and each of its referrals and bookings.
    decisions: Vec<JudgedActionView>,
}

/// How near a role brings someone to a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoleStanding)]
struct RoleStandingView {
    /// The role.
    role: RoleCode,
    /// How near.
    relation: RelationCode,
}

/// A grant, and whether it counts for someone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldGrant)]
struct HeldGrantView {
    /// The grant.
    grant: GrantView,
    /// Whether it gives the user anything now.
    counts: bool,
    /// How near it brings the user now.
    relation: RelationCode,
}

/// What the policy answers for one action.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JudgedAction)]
struct JudgedActionView {
    /// The action.
    action: ActionCode,
    /// The same in words.
    label: &'static str,
    /// What kind of thing it is done to.
    object_kind: ObjectKindCode,
    /// Which one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    object_id: Option<Uuid>,
    /// What is answered.
    decision: VerdictCode,
    /// The roles that allow it.
    roles: Vec<RoleCode>,
    /// Whom the user would act for, where they owe it to standing in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    on_behalf_of: Option<Uuid>,
    /// The rules for the user's roles; none means that no role of theirs may.
    rules: Vec<RuleView>,
    /// How near someone must stand where a rule reaches only what is their own.
    needs: RelationCode,
}

/// A rule: how far a role reaches.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessRule)]
struct RuleView {
    /// The role.
    role: RoleCode,
    /// How far it reaches.
    reach: ReachCode,
}

impl From<RoleStanding> for RoleStandingView {
    fn from(standing: RoleStanding) -> Self {
        Self { role: Code(standing.role), relation: Code(standing.relation) }
    }
}

impl From<Permitted<HeldGrant>> for HeldGrantView {
    fn from(held: Permitted<HeldGrant>) -> Self {
        let relation = held.relation;
        let grant = held.map(|held| held.grant).into();
        Self { grant, counts: relation > Relation::Stranger, relation: Code(relation) }
    }
}

impl From<(Role, Reach)> for RuleView {
    fn from((role, reach): (Role, Reach)) -> Self {
        Self { role: Code(role), reach: Code(reach) }
    }
}

impl JudgedActionView {
    fn of(judged: JudgedAction, language: Language) -> Self {
        Self {
            action: Code(judged.action),
            label: judged.action.label(language),
            object_kind: Code(judged.object.kind),
            object_id: judged.object.id,
            decision: Code(judged.verdict),
            roles: judged.by.into_iter().map(Code).collect(),
            on_behalf_of: judged.on_behalf_of.map(UserId::uuid),
            rules: judged.rules.into_iter().map(RuleView::from).collect(),
            needs: Code(judged.needs),
        }
    }
}

impl ExplanationView {
    fn of(explanation: Permitted<Explanation>, language: Language) -> Self {
        let permit = explanation.with(());
        let Explanation { case, user, at, owes_second_factor, roles, grants, delegations, decisions } =
            explanation.into_inner();
        Self {
            case_id: case.id.uuid(),
            case_number: case.number,
            user_id: user.id.uuid(),
            at,
            user_state: Code(user.state),
            hospital_state: user.hospital_state.map(Code),
            can_act: user.may_act(),
            name: user.profile.name.as_str().to_owned(),
            owes_second_factor,
            roles: roles.into_iter().map(RoleStandingView::from).collect(),
            grants: grants.into_iter().map(|held| permit.with(held).into()).collect(),
            delegations: delegations.into_iter().map(|delegation| permit.with(delegation).into()).collect(),
            decisions: decisions.into_iter().map(|judged| JudgedActionView::of(judged, language)).collect(),
        }
    }
}

/// Explain why someone sees a case
///
/// The user's roles and how near each brings them, the grants that count and those that did, for whom they stand
/// in, and what the policy answers for each action, asked in the user's place.
#[utoipa::path(
    get,
    path = "/access/explain",
    tag = "access",
    params(ExplainQuery),
    responses((status = 200, description = "The explanation.", body = ExplanationView), ReadProblems),
    security(("bearer" = []))
)]
pub(super) async fn explain_access(
    caller: Caller,
    State(api): State<Api>,
    AnswerLanguage(language): AnswerLanguage,
    ApiQuery(query): ApiQuery<ExplainQuery>,
) -> Result<ApiJson<ExplanationView>, Problem> {
    let (user_id, case_id) = (UserId::from(query.user_id), CaseId::from(query.case_id));
    let explanation = explained(api.app(), &caller.0, user_id, case_id).await?;
    Ok(ApiJson(ExplanationView::of(explanation, language)))
}
