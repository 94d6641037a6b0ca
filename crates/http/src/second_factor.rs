//! The second factor of one's own account, and its reset by administrators.

use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use rafiq_app::second_factor::{self, Added, Enrolment, Proof, Proven, Standing};
use rafiq_domain::ids::UserId;
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{FieldCode, Fields, Invalid};
use rafiq_domain::second_factor::{RecoveryCode, SecondFactorRule, TotpCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::code::{AssuranceCode, FactorKindCode};
use crate::extract::{ApiJson, ApiPath, Id, IdempotencyKey};
use crate::idempotency::Instead;
use crate::problem::{CreateProblems, Problem, ReadProblems};
use crate::state::{AccountCaller, Api, Caller};

/// What one has set up, and whether more is owed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecondFactorStanding)]
struct SecondFactorView {
    /// How far this sign-in has come.
    assurance: AssuranceCode,
    /// Whether everyone needs a second factor here.
    required: bool,
    /// What can be used to prove a sign-in, the best first.
    usable: Vec<FactorKindCode>,
    /// Since when an authenticator app is set up; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    totp_since: Option<DateTime<Utc>>,
    /// How many passkeys are set up.
    passkeys: u64,
    /// How many recovery codes are left.
    recovery_codes: u64,
}

impl From<Permitted<Standing>> for SecondFactorView {
    fn from(standing: Permitted<Standing>) -> Self {
        let Standing { assurance, rule, factors } = standing.into_inner();
        Self {
            assurance: assurance.into(),
            required: rule == SecondFactorRule::Required,
            usable: factors.usable().into_iter().map(FactorKindCode::from).collect(),
            totp_since: factors.totp_since,
            passkeys: factors.passkeys,
            recovery_codes: factors.recovery_codes,
        }
    }
}

/// What an authenticator app is given. Shown this once: the same request under the same key is answered
/// with none of it.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = TotpEnrolment)]
struct TotpEnrolmentView {
    /// The secret in base 32, to be typed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: Option<String>,
    /// The address that an app opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        example = "otpauth://totp/Rafiq:layla.coordinator?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Rafiq"
    )]
    otpauth_url: Option<String>,
    /// The same address as a QR code: an SVG image in a `data:` address, for the `src` of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0…")]
    qr_code: Option<String>,
}

impl From<Permitted<Enrolment>> for Instead<TotpEnrolmentView> {
    fn from(enrolment: Permitted<Enrolment>) -> Self {
        let Enrolment { secret, address, qr_code } = enrolment.into_inner();
        let qr_code = format!("data:image/svg+xml;base64,{}", STANDARD.encode(qr_code.0));
        let shown = TotpEnrolmentView { secret: Some(secret.0), otpauth_url: Some(address.0), qr_code: Some(qr_code) };
        Self { shown, kept: TotpEnrolmentView::default() }
    }
}

/// The first code of an authenticator app.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmTotpRequest {
    /// The six digits that the app shows, in any digits.
    #[schema(example = "287082")]
    code: String,
}

impl TryFrom<ConfirmTotpRequest> for TotpCode {
    type Error = Invalid;

    fn try_from(request: ConfirmTotpRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let code = fields.take("/code", Self::parse(&request.code));
        fields.finish(|| code)
    }
}

/// Codes that stand in for a lost factor.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = RecoveryCodes)]
struct RecoveryCodesView {
    /// Each is good once. Shown this once: empty when the same request is answered again.
    #[schema(example = json!(["7K3M-XQ2P-9TRA-0HVD"]))]
    recovery_codes: Vec<String>,
}

impl From<Permitted<Vec<RecoveryCode>>> for Instead<RecoveryCodesView> {
    fn from(codes: Permitted<Vec<RecoveryCode>>) -> Self {
        Self { shown: RecoveryCodesView { recovery_codes: written(&codes) }, kept: RecoveryCodesView::default() }
    }
}

/// An authenticator app that was confirmed.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ConfirmedTotp)]
struct ConfirmedTotpView {
    /// Each is good once. Shown this once: empty when the same request is answered again, and when there
    /// are codes from before, which stay good.
    #[schema(example = json!(["7K3M-XQ2P-9TRA-0HVD"]))]
    recovery_codes: Vec<String>,
    /// By which this device is known at the next sign-in, for 180 days. Shown this once, and absent when the device was
    /// known before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    device_token: Option<String>,
}

impl From<Permitted<Added>> for Instead<ConfirmedTotpView> {
    fn from(added: Permitted<Added>) -> Self {
        let Added { recovery_codes, device_token } = added.into_inner();
        let device_token = device_token.map(|token| token.0);
        let shown = ConfirmedTotpView { recovery_codes: written(&recovery_codes), device_token };
        Self { shown, kept: ConfirmedTotpView::default() }
    }
}

/// A sign-in that is proven.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ProvenSignIn)]
pub(crate) struct ProvenView {
    /// By which this device is known at the next sign-in, for 180 days. Shown this once, and absent when the device was
    /// known before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    device_token: Option<String>,
}

impl From<Permitted<Proven>> for Instead<ProvenView> {
    fn from(proven: Permitted<Proven>) -> Self {
        let device_token = proven.into_inner().device_token.map(|token| token.0);
        Self { shown: ProvenView { device_token }, kept: ProvenView::default() }
    }
}

/// Recovery codes as they are shown.
pub(crate) fn written(codes: &[RecoveryCode]) -> Vec<String> {
    codes.iter().map(RecoveryCode::written).collect()
}

/// What proves a sign-in: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerifySecondFactorRequest {
    /// The six digits that the authenticator app shows, in any digits.
    #[schema(example = "287082")]
    code: Option<String>,
    /// A recovery code, which is thereby used up.
    #[schema(example = "7K3M-XQ2P-9TRA-0HVD")]
    recovery_code: Option<String>,
}

impl TryFrom<VerifySecondFactorRequest> for Proof {
    type Error = Invalid;

    fn try_from(request: VerifySecondFactorRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let code = fields.take_optional("/code", request.code.as_deref().map(TotpCode::parse));
        let recovery_code =
            fields.take_optional("/recovery_code", request.recovery_code.as_deref().map(RecoveryCode::parse));
        fields.require("/code", request.code.is_some() || request.recovery_code.is_some(), FieldCode::Required);
        let both = request.code.is_some() && request.recovery_code.is_some();
        fields.require("/recovery_code", !both, FieldCode::Contradicts);
        fields.finish(|| code.map(Self::Code).or(recovery_code.map(Self::RecoveryCode)))
    }
}

/// Read one's own second factor
///
/// Open also while a second factor is owed.
#[utoipa::path(
    get,
    path = "/account/second-factor",
    tag = "account",
    responses((status = 200, description = "What is set up.", body = SecondFactorView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_second_factor(
    AccountCaller(caller): AccountCaller,
    State(api): State<Api>,
) -> Result<ApiJson<SecondFactorView>, Problem> {
    Ok(ApiJson(second_factor::view_second_factor(api.app(), &caller).await?.into()))
}

/// Start to set up an authenticator app
///
/// The app counts once its first code was confirmed, within 30 minutes; one from before stays until
/// then. Whoever has a second factor must have shown it in this session within the last ten minutes; so it is with each
/// change of one's factors.
#[utoipa::path(
    post,
    path = "/account/second-factor/totp",
    tag = "account",
    params(IdempotencyKey),
    responses((status = 200, description = "What the app is given.", body = TotpEnrolmentView), CreateProblems),
    security(("bearer" = []))
)]
async fn start_totp(
    AccountCaller(caller): AccountCaller,
    State(api): State<Api>,
) -> Result<Instead<TotpEnrolmentView>, Problem> {
    Ok(second_factor::start_totp(api.app(), &caller).await?.into())
}

/// Confirm the authenticator app
///
/// By its first code, which also proves this sign-in. Other sessions of the account must show the
/// second factor from then on. Answers recovery codes when there are none yet.
#[utoipa::path(
    post,
    path = "/account/second-factor/totp/confirm",
    tag = "account",
    params(IdempotencyKey),
    request_body = ConfirmTotpRequest,
    responses((status = 200, description = "The app counts.", body = ConfirmedTotpView), CreateProblems),
    security(("bearer" = []))
)]
async fn confirm_totp(
    AccountCaller(caller): AccountCaller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<ConfirmTotpRequest>,
) -> Result<Instead<ConfirmedTotpView>, Problem> {
    Ok(second_factor::confirm_totp(api.app(), &caller, request.try_into()?).await?.into())
}

/// Take the authenticator app away
///
/// Refused when it is the last second factor where one is required. The recovery codes go with the last.
#[utoipa::path(
    post,
    path = "/account/second-factor/totp/remove",
    tag = "account",
    params(IdempotencyKey),
    responses((status = 204, description = "It is gone."), CreateProblems),
    security(("bearer" = []))
)]
async fn remove_totp(caller: Caller, State(api): State<Api>) -> Result<StatusCode, Problem> {
    second_factor::remove_totp(api.app(), &caller.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make new recovery codes
///
/// The old ones are void.
#[utoipa::path(
    post,
    path = "/account/second-factor/recovery-codes",
    tag = "account",
    params(IdempotencyKey),
    responses((status = 200, description = "The recovery codes.", body = RecoveryCodesView), CreateProblems),
    security(("bearer" = []))
)]
async fn renew_recovery_codes(caller: Caller, State(api): State<Api>) -> Result<Instead<RecoveryCodesView>, Problem> {
    Ok(second_factor::renew_recovery_codes(api.app(), &caller.0).await?.into())
}

/// Show one's second factor
///
/// By a code of the authenticator app or a recovery code; each is good once. The tokens of this
/// session go on, now with full assurance, and the device is known from now on. Whoever has shown it may do so again, as to
/// change their factors. After five wrong codes in a row each further try has to
/// wait, and after a hundred only an administrator helps.
#[utoipa::path(
    post,
    path = "/account/second-factor/verify",
    tag = "account",
    params(IdempotencyKey),
    request_body = VerifySecondFactorRequest,
    responses((status = 200, description = "The sign-in is proven.", body = ProvenView), CreateProblems),
    security(("bearer" = []))
)]
async fn verify_second_factor(
    AccountCaller(caller): AccountCaller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<VerifySecondFactorRequest>,
) -> Result<Instead<ProvenView>, Problem> {
    Ok(second_factor::verify(api.app(), &caller, request.try_into()?).await?.into())
}

/// Take the second factors of a user away
///
/// For someone who lost them. Their sessions end. Nobody does this to their own account.
#[utoipa::path(
    post,
    path = "/users/{user_id}/second-factor/reset",
    tag = "users",
    params(("user_id" = Uuid, Path, description = "The user."), IdempotencyKey),
    responses((status = 204, description = "They are gone."), CreateProblems),
    security(("bearer" = []))
)]
async fn reset_second_factor(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
) -> Result<StatusCode, Problem> {
    second_factor::reset_second_factor(api.app(), &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(view_second_factor))
        .routes(routes!(start_totp))
        .routes(routes!(confirm_totp))
        .routes(routes!(remove_totp))
        .routes(routes!(renew_recovery_codes))
        .routes(routes!(verify_second_factor))
}

/// What administrators do with the second factors of others.
pub(crate) fn administration() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(reset_second_factor))
}
