//! Who has access to a case and why, and who looked at it.

mod explain;

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::access::{self, AuditFilter, HolderName, NamedGrant, NamedRecord};
use rafiq_domain::grants::Grantee;
use rafiq_domain::ids::{BookingId, CaseId, ConsentId, ReferralId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::vocabulary::{Coded, Language};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{
    ActionCode, AudienceCode, Code, EmergencyReasonCode, GrantBasisCode, GrantEndCode, ObjectKindCode, RelationCode,
    RoleCode, TermStateCode, VerdictCode,
};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Id, Instant};
use crate::language::AnswerLanguage;
use crate::paging::{Cursor, Limit, PageQuery, PageView, page, view};
use crate::problem::{Problem, ReadProblems};
use crate::state::{Api, Caller};

/// A grant: access of someone to a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub(crate) struct GrantView {
    /// The id.
    id: Uuid,
    /// On what basis.
    basis: GrantBasisCode,
    /// Where it stands.
    state: TermStateCode,
    /// Who holds it.
    holder: GrantHolderView,
    /// How much of the patient it shows at most.
    view: AudienceCode,
    /// From when.
    valid_from: DateTime<Utc>,
    /// Until when, exclusively; left out for as long as nothing ends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    valid_until: Option<DateTime<Utc>>,
    /// Which emergency it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason_code: Option<EmergencyReasonCode>,
    /// Why it was given, in words. Left out for readers without access to clinical data; why an emergency was declared
    /// is also read by whoever declared it and by leads, who review it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// The consent that allows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    consent_id: Option<Uuid>,
    /// The referral that it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    referral_id: Option<Uuid>,
    /// The booking that it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    booking_id: Option<Uuid>,
    /// Who gave it; left out when the product did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    granted_by: Option<Uuid>,
    /// The name of who gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    granted_by_name: Option<String>,
    /// When it ended before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ended_at: Option<DateTime<Utc>>,
    /// Why it ended before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    end_reason: Option<GrantEndCode>,
}

/// Who holds a grant: one of our people, everyone of a hospital, or an interpreter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GrantHolder)]
struct GrantHolderView {
    /// The user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    user_id: Option<Uuid>,
    /// The hospital.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hospital_id: Option<Uuid>,
    /// The interpreter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    interpreter_id: Option<Uuid>,
    /// The name of the holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Layla Haddad")]
    name: Option<String>,
}

impl GrantHolderView {
    fn of(grantee: Grantee, name: Option<HolderName>) -> Self {
        let name = name.map(|name| match name {
            HolderName::Person(name) => name.as_str().to_owned(),
            HolderName::Hospital(name) => name.as_str().to_owned(),
        });
        let nobody = Self { user_id: None, hospital_id: None, interpreter_id: None, name };
        match grantee {
            Grantee::User(id) => Self { user_id: Some(id.uuid()), ..nobody },
            Grantee::Hospital(id) => Self { hospital_id: Some(id.uuid()), ..nobody },
            Grantee::Interpreter(id) => Self { interpreter_id: Some(id.uuid()), ..nobody },
        }
    }
}

impl From<Permitted<NamedGrant>> for GrantView {
    fn from(named: Permitted<NamedGrant>) -> Self {
        let reason = named.grant.reason_for(named.permit()).map(|reason| reason.as_str().to_owned());
        let NamedGrant { grant, holder, granted_by, at } = named.into_inner();
        let state = grant.state(at);
        let terms = grant.terms;
        let (ended_at, end_reason) = grant.ended.unzip();
        Self {
            id: grant.id.uuid(),
            basis: Code(terms.basis),
            state: Code(state),
            holder: GrantHolderView::of(terms.grantee, holder),
            view: Code(terms.view),
            valid_from: terms.valid_from,
            valid_until: terms.valid_until,
            reason_code: terms.emergency.map(Code),
            reason,
            consent_id: terms.consent_id.map(ConsentId::uuid),
            referral_id: terms.referral_id.map(ReferralId::uuid),
            booking_id: terms.booking_id.map(BookingId::uuid),
            granted_by: grant.granted_by.map(UserId::uuid),
            granted_by_name: granted_by.map(|name| name.as_str().to_owned()),
            ended_at,
            end_reason: end_reason.map(Code),
        }
    }
}

/// A decision on record: who asked for what, and what was answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditRecord)]
struct AuditRecordView {
    /// The id.
    id: Uuid,
    /// When.
    at: DateTime<Utc>,
    /// The request in which it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    request_id: Option<Uuid>,
    /// Who asked; left out when the product did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    actor_id: Option<Uuid>,
    /// The name of who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Layla Haddad")]
    actor_name: Option<String>,
    /// For whom they stood in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    on_behalf_of: Option<Uuid>,
    /// The name of whom they stood in for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    on_behalf_of_name: Option<String>,
    /// The roles that allowed it; empty when it was not allowed.
    roles: Vec<RoleCode>,
    /// How near these roles brought them to it: `emergency` for what was opened by breaking the glass. Left out for
    /// a whole collection, when it was not allowed, and when the product asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    relation: Option<RelationCode>,
    /// What was asked for.
    action: ActionCode,
    /// The same in words.
    label: &'static str,
    /// What kind of thing it was asked of.
    object_kind: ObjectKindCode,
    /// Which one; left out for a whole collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    object_id: Option<Uuid>,
    /// The case that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    case_id: Option<Uuid>,
    /// What was answered.
    decision: VerdictCode,
}

impl AuditRecordView {
    fn of(named: Permitted<NamedRecord>, language: Language) -> Self {
        let NamedRecord { record, actor, on_behalf_of } = named.into_inner();
        Self {
            id: record.id.uuid(),
            at: record.at,
            request_id: record.request_id,
            actor_id: record.actor_id.map(UserId::uuid),
            actor_name: actor.map(|name| name.as_str().to_owned()),
            on_behalf_of: record.on_behalf_of.map(UserId::uuid),
            on_behalf_of_name: on_behalf_of.map(|name| name.as_str().to_owned()),
            roles: record.roles.into_iter().map(Code).collect(),
            relation: record.relation.map(Code),
            action: Code(record.action),
            label: record.action.label(language),
            object_kind: Code(record.object.kind),
            object_id: record.object.id,
            case_id: record.object.case_id.map(CaseId::uuid),
            decision: Code(record.verdict),
        }
    }
}

/// Which decisions are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Only those of this user.
    actor_id: Option<Uuid>,
    /// Only those on this action.
    #[param(inline)]
    action: Option<ActionCode>,
    /// Only those that were answered so.
    #[param(inline)]
    decision: Option<VerdictCode>,
    /// Only those made at this instant or later.
    #[param(value_type = Option<DateTime<Utc>>)]
    from: Option<Instant>,
    /// Only those made before this instant.
    #[param(value_type = Option<DateTime<Utc>>)]
    until: Option<Instant>,
    /// Where the page begins: the `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many entries at most.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100, default = 25)]
    limit: Option<Limit>,
}

impl AuditQuery {
    fn filter(&self) -> AuditFilter {
        AuditFilter {
            actor_id: self.actor_id.map(UserId::from),
            action: self.action.map(|action| action.0),
            verdict: self.decision.map(|decision| decision.0),
            from: self.from.map(|from| from.0),
            until: self.until.map(|until| until.0),
        }
    }
}

/// List who has access to a case
///
/// Every grant that the case ever had, with its basis, its times and its end: the team, second opinions,
/// hospitals by their referrals, interpreters by their bookings, and emergencies.
#[utoipa::path(
    get,
    path = "/cases/{case_id}/grants",
    tag = "access",
    params(("case_id" = Uuid, Path, description = "The case."), PageQuery),
    responses((status = 200, description = "The grants, newest first.", body = PageView<GrantView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_grants(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<GrantView>>, Problem> {
    Ok(ApiJson(view(access::list_grants(api.app(), &caller.0, case_id, query.into()).await?)))
}

/// List who looked at a case
///
/// Who asked for what on the case, all that belongs to it and its patient, in which role, how near to it, for whom,
/// and what was answered. Whoever was shown it in a list or an export is here too. Reading it is on record too.
#[utoipa::path(
    get,
    path = "/cases/{case_id}/access-log",
    tag = "access",
    params(("case_id" = Uuid, Path, description = "The case."), PageQuery),
    responses((status = 200, description = "The decisions, newest first.", body = PageView<AuditRecordView>), ReadProblems),
    security(("bearer" = []))
)]
async fn view_access_log(
    caller: Caller,
    State(api): State<Api>,
    AnswerLanguage(language): AnswerLanguage,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<AuditRecordView>>, Problem> {
    let records = access::view_access_log(api.app(), &caller.0, case_id, query.into()).await?;
    let permit = records.with(());
    Ok(ApiJson(records.into_inner().map(|record| AuditRecordView::of(permit.with(record), language)).into()))
}

/// List the audit trail
///
/// Every decision on access: reads, changes and denials.
#[utoipa::path(
    get,
    path = "/audit",
    tag = "access",
    params(AuditQuery),
    responses((status = 200, description = "The decisions, newest first.", body = PageView<AuditRecordView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_audit(
    caller: Caller,
    State(api): State<Api>,
    AnswerLanguage(language): AnswerLanguage,
    ApiQuery(query): ApiQuery<AuditQuery>,
) -> Result<ApiJson<PageView<AuditRecordView>>, Problem> {
    let filter = query.filter();
    let records = access::list_audit(api.app(), &caller.0, &filter, page(query.after, query.limit)).await?;
    let permit = records.with(());
    Ok(ApiJson(records.into_inner().map(|record| AuditRecordView::of(permit.with(record), language)).into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_grants))
        .routes(routes!(explain::explain_access))
        .routes(routes!(view_access_log))
        .routes(routes!(list_audit))
}
