//! Why someone sees a case, or does not: what the policy looks at, and what it then answers.

use chrono::{DateTime, Utc};
use rafiq_domain::cases::Case;
use rafiq_domain::grants::Grantee;
use rafiq_domain::ids::{CaseId, SessionId, UserId};
use rafiq_domain::policy::{
    Action, Actor, BookingInCase, CaseInCare, Decision, ON_A_BOOKING, ON_A_CASE, ON_A_PATIENT, ON_A_REFERRAL, Object,
    Permitted, Principal, Reach, ReferralInCase, Relation, Resource, Verdict, can, nearest_needed, permit, rules_of,
};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::second_factor::SecondFactorRule;
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::store::Reader;
use rafiq_persistence::{bookings, clients, delegations, grants, patients, referrals, second_factors, users};
use uuid::Uuid;

use super::{NamedGrant, with_names};
use crate::delegations::NamedDelegation;
use crate::{App, Caller, Refused, cases};

/// The most grants and delegations of one person on one case that are told, the newest.
const MOST: u16 = 100;

/// Why someone sees a case, or does not.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The case.
    pub case: Case,
    /// Of whom it is asked.
    pub user: User,
    /// When it was asked: what runs at this instant counts.
    pub at: DateTime<Utc>,
    /// Whether they have to show a second factor before any of this holds.
    pub owes_second_factor: bool,
    /// How near each of their roles brings them to the case as a whole.
    pub roles: Vec<RoleStanding>,
    /// What they, those whom they belong to and those for whom they stand in hold on the case or ever held, newest first.
    pub grants: Vec<HeldGrant>,
    /// By which they stand in for someone, or have stood in, newest first.
    pub delegations: Vec<NamedDelegation>,
    /// What the policy answers for each action.
    pub decisions: Vec<JudgedAction>,
}

/// How near a role brings someone to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleStanding {
    /// The role.
    pub role: Role,
    /// How near.
    pub relation: Relation,
}

/// A grant, and whether it counts for someone.
#[derive(Debug, Clone)]
pub struct HeldGrant {
    /// The grant.
    pub grant: NamedGrant,
    /// How near it brings them now, in the best of their roles.
    pub relation: Relation,
}

/// What the policy answers for an action, and what it looked at.
#[derive(Debug, Clone)]
pub struct JudgedAction {
    /// The action.
    pub action: Action,
    /// To what.
    pub object: Object,
    /// What is answered.
    pub verdict: Verdict,
    /// The roles that allow it.
    pub by: Vec<Role>,
    /// For whom they would act, where they owe it to standing in.
    pub on_behalf_of: Option<UserId>,
    /// The rules that concern their roles.
    pub rules: Vec<(Role, Reach)>,
    /// How near they must stand where a rule reaches only what is their own.
    pub needs: Relation,
}

/// Explains what `user_id` may do with a case, by asking the policy in their place.
///
/// # Errors
/// [`Refused`] when the caller may not, or there is no such case or user.
pub async fn explain_access(
    app: &App,
    caller: &Caller,
    user_id: UserId,
    case_id: CaseId,
) -> Result<Permitted<Explanation>, Refused> {
    app.read(caller, async |db| {
        let at = app.now();
        let found = cases::find_in_care(db, caller, Action::ExplainAccess, case_id).await?;
        let user = users::find(db, user_id, at).await?.ok_or(NotFound)?;
        let who = principal(db, &user, at).await?;
        let delegations = delegations::to_user(db, user_id, MOST).await?;
        let held = grants::held(db, case_id, &holders(&who), MOST).await?;
        let best = |grant: &rafiq_domain::grants::Grant| who.roles.iter().map(|role| grant.brings(&who, *role)).max();
        let nearness: Vec<_> = held.iter().map(|grant| best(grant).unwrap_or(Relation::Stranger)).collect();
        let named = with_names(app, db, held).await?;
        let held = named.into_iter().zip(nearness).map(|(grant, relation)| HeldGrant { grant, relation });
        let roles = who.roles.iter().map(|role| RoleStanding { role: *role, relation: found.relation(&who, *role) });
        Ok(found.with(Explanation {
            case: found.case.clone(),
            at,
            owes_second_factor: owes_second_factor(app, db, &user).await?,
            roles: roles.collect(),
            grants: held.collect(),
            delegations: crate::delegations::with_names(app, db, delegations).await?.items,
            decisions: judge(db, &who, &found).await?,
            user,
        }))
    })
    .await
}

/// The user as the policy sees them once they are fully signed in. Who cannot sign in has nothing to act in.
async fn principal(db: &impl Reader, user: &User, at: DateTime<Utc>) -> Result<Principal, Refused> {
    let stands_in_for = delegations::stands_in_for(db, user, at).await?;
    let client =
        if user.profile.roles.contains(&Role::HospitalClient) { clients::find(db, user.id, at).await? } else { None };
    let scopes = client.map(|client| client.terms.scopes);
    let no_session = SessionId::from(Uuid::nil());
    let able = user.may_act();
    let acting = Principal { stands_in_for, scopes, ..user.clone().acting(no_session, at) };
    Ok(if able { acting } else { Principal { roles: Vec::new(), ..acting } })
}

/// In whose name grants may be held that concern someone.
fn holders(who: &Principal) -> Vec<Grantee> {
    let people = [who.user_id].into_iter().chain(who.stands_in_for.iter().map(|absent| absent.user_id));
    let hospital = who.hospital_id.map(Grantee::Hospital);
    let interpreter = who.interpreter_id.map(Grantee::Interpreter);
    people.map(Grantee::User).chain(hospital).chain(interpreter).collect()
}

async fn owes_second_factor(app: &App, db: &impl Reader, user: &User) -> Result<bool, Refused> {
    if user.profile.roles.contains(&Role::HospitalClient) {
        return Ok(false);
    }
    match app.settings().second_factor {
        SecondFactorRule::Required => Ok(true),
        SecondFactorRule::Optional => Ok(second_factors::are_set_up(db, user.id).await?),
    }
}

/// What the policy answers for the case, its patient, and each of its referrals and bookings.
async fn judge(db: &impl Reader, who: &Principal, found: &CaseInCare) -> Result<Vec<JudgedAction>, Refused> {
    let CaseInCare { case, grants } = found;
    let mut judged: Vec<_> = ON_A_CASE.iter().map(|action| JudgedAction::of(who, *action, found.clone())).collect();
    let patient = patients::find(db, case.patient_id).await?.ok_or(NotFound)?;
    judged.extend(ON_A_PATIENT.iter().map(|action| JudgedAction::of(who, *action, patient.clone())));
    for referral in referrals::of_case(db, case.id).await? {
        let referral = ReferralInCase { case: case.clone(), referral, grants: grants.clone() };
        judged.extend(ON_A_REFERRAL.iter().map(|action| JudgedAction::of(who, *action, referral.clone())));
    }
    for booking in bookings::of_case(db, case.id).await? {
        let booking = BookingInCase { case: case.clone(), booking, grants: grants.clone() };
        judged.extend(ON_A_BOOKING.iter().map(|action| JudgedAction::of(who, *action, booking.clone())));
    }
    Ok(judged)
}

impl JudgedAction {
    fn of<T: Resource>(who: &Principal, action: Action, resource: T) -> Self {
        let object = resource.object();
        let actor = Actor::User(who.clone());
        let (verdict, by) = match can(&actor, action, &resource) {
            Decision::Allow(by) => (Verdict::Allowed, by),
            Decision::Forbid => (Verdict::Forbidden, Vec::new()),
            Decision::Hide => (Verdict::Hidden, Vec::new()),
        };
        let on_behalf_of =
            permit(&actor, action, resource).ok().and_then(|permitted| permitted.permit().on_behalf_of());
        let rules = rules_of(action).iter().filter(|(role, _)| who.roles.contains(role)).copied().collect();
        Self { action, object, verdict, by, on_behalf_of, rules, needs: nearest_needed(action) }
    }
}
