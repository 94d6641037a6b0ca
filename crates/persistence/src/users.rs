//! Users.

use chrono::{DateTime, Utc};
use rafiq_domain::hospitals::Hospital;
use rafiq_domain::ids::{HospitalId, InterpreterId, Moment, SessionId, UserId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Assurance, Permitted, Principal, Scope};
use rafiq_domain::roles::RolePurpose;
use rafiq_domain::second_factor::SecondFactorRule;
use rafiq_domain::text::{EmailAddress, Login, PersonName};
use rafiq_domain::users::{Contact, User, UserProfile};
use rafiq_domain::vocabulary::{HospitalState, Role, UserState};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, IntoCondition, LockType};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, RelationDef, Select, SelectExt,
};

use crate::column::Code;
use crate::entity::{hospital, role_assignment, user};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};
use crate::{clients, delegations, roles, second_factors, sessions};

/// A user, with the roles that they hold at `now`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, id: UserId, now: DateTime<Utc>) -> Result<Option<User>, StoreError> {
    let found = load(db, user::Column::Id.eq(id.uuid()), now).await?.into_iter().next();
    Ok(found.map(|found| found.user))
}

/// As [`find`], for several users whose state and roles then stay as they are until the unit ends: what is given to
/// someone is either there when they are shut out, and ends, or is not given. In the order of their ids, as every
/// unit that holds several.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn hold(tx: &Tx, ids: impl IntoIterator<Item = UserId>, now: DateTime<Utc>) -> Result<Vec<User>, StoreError> {
    lock(tx, ids, LockType::Share, now).await
}

/// As [`hold`], for users whose state or roles the unit changes: of two such units the later sees what the
/// earlier did.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn take_turn(
    tx: &Tx,
    ids: impl IntoIterator<Item = UserId>,
    now: DateTime<Utc>,
) -> Result<Vec<User>, StoreError> {
    lock(tx, ids, LockType::NoKeyUpdate, now).await
}

async fn lock(
    tx: &Tx,
    ids: impl IntoIterator<Item = UserId>,
    how: LockType,
    now: DateTime<Utc>,
) -> Result<Vec<User>, StoreError> {
    let those = user::Column::Id.is_in(ids.into_iter().map(UserId::uuid));
    user::Entity::find().filter(those.clone()).order_by_asc(user::Column::Id).lock(how).all(tx.connection()).await?;
    // By a statement of its own, that sees what those wrote who were waited for.
    Ok(load(tx, those, now).await?.into_iter().map(|found| found.user).collect())
}

/// The user of this login, with the roles that they hold at `now`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find_by_login(db: &impl Reader, login: &Login, now: DateTime<Utc>) -> Result<Option<User>, StoreError> {
    let found = load(db, user::Column::Login.eq(login.as_str()), now).await?.into_iter().next();
    Ok(found.map(|found| found.user))
}

/// The user of a running session, as the policy sees them. Whoever is disabled, belongs to a suspended hospital
/// or holds no role any more is out at once, and so is who has no session: one statement for the session, one
/// for everything about the user. Who may stand in for others, and a session that shows no second factor, cost one
/// more each.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn principal(
    db: &impl Reader,
    user_id: UserId,
    session_id: SessionId,
    rule: SecondFactorRule,
    now: DateTime<Utc>,
) -> Result<Option<Principal>, StoreError> {
    let session = sessions::find(db, session_id).await?;
    let session = session.filter(|session| session.user_id == user_id && session.runs(now));
    let Some(session) = session else { return Ok(None) };
    let Some(user) = find(db, user_id, now).await?.filter(User::may_act) else { return Ok(None) };
    let scopes = if user.profile.roles.contains(&Role::HospitalClient) {
        let Some(scopes) = clients::live_scopes(db, user_id, session_id, now).await? else { return Ok(None) };
        Some(scopes)
    } else {
        None
    };
    // A machine has proven itself by its key, and owes nothing more.
    let assurance = match scopes {
        Some(_) => Assurance::Full,
        None => second_factors::assurance(db, &session, rule).await?,
    };
    let stands_in_for = delegations::stands_in_for(db, &user, now).await?;
    Ok(Some(Principal { stands_in_for, scopes, assurance, ..user.acting(session_id, now) }))
}

/// One page of users, with the roles that they hold at `now`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(
    db: &impl Reader,
    _scope: &Permitted<Scope>,
    page: Page,
    now: DateTime<Utc>,
) -> Result<Slice<User>, StoreError> {
    Ok(load_page(db, Condition::all(), page, now).await?.map(|found| found.user))
}

/// One page of the users of a hospital, its machines included.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list_of_hospital(
    db: &impl Reader,
    hospital: &Permitted<Hospital>,
    page: Page,
    now: DateTime<Utc>,
) -> Result<Slice<User>, StoreError> {
    let wanted = user::Column::HospitalId.eq(hospital.id.uuid()).into_condition();
    Ok(load_page(db, wanted, page, now).await?.map(|found| found.user))
}

/// A user with the row that they were read from.
pub(crate) struct Found {
    pub(crate) row: user::Model,
    pub(crate) user: User,
}

/// One role of a user, or none, beside the rest of the user.
#[derive(FromQueryResult)]
struct Line {
    #[sea_orm(nested)]
    row: user::Model,
    hospital_state: Option<Code<HospitalState>>,
    held_role: Option<Code<Role>>,
    held_purpose: Option<Code<RolePurpose>>,
}

/// One page of the users that `wanted` holds for, in one statement: the page is cut inside, where a user is one row.
pub(crate) async fn load_page(
    db: &impl Reader,
    wanted: Condition,
    page: Page,
    now: DateTime<Utc>,
) -> Result<Slice<Found>, StoreError> {
    let cut = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(wanted)
        .filter(Condition::all().add_option(page.after.map(|after| user::Column::Id.lt(after))))
        .order_by_desc(user::Column::Id)
        .limit(u64::from(page.limit) + 1)
        .into_query();
    let found = load(db, user::Column::Id.in_subquery(cut), now).await?;
    Ok(Slice::cut(found, page, |found| found.row.id))
}

/// The users that `wanted` holds for, newest first, each with the state of their hospital and the roles that they
/// hold at `now`: all in one statement.
pub(crate) async fn load(db: &impl Reader, wanted: Expr, now: DateTime<Utc>) -> Result<Vec<Found>, StoreError> {
    let rows = with_roles(now).filter(wanted).order_by_desc(user::Column::Id).into_model::<Line>();
    let mut found: Vec<Found> = Vec::new();
    for Line { row, hospital_state, held_role, held_purpose } in rows.all(db.connection()).await? {
        if found.last().is_none_or(|last| last.row.id != row.id) {
            let user = read(&row, hospital_state.map(|state| state.0))?;
            found.push(Found { row, user });
        }
        if let (Some(Found { user, .. }), Some(Code(role)), Some(Code(purpose))) =
            (found.last_mut(), held_role, held_purpose)
        {
            match purpose {
                RolePurpose::Exercise => user.profile.roles.push(role),
                RolePurpose::Confer => user.profile.confers.push(role),
            }
        }
    }
    for Found { user, .. } in &mut found {
        user.profile.roles.sort_unstable();
        user.profile.confers.sort_unstable();
    }
    Ok(found)
}

fn with_roles(now: DateTime<Utc>) -> Select<user::Entity> {
    let hospital: RelationDef =
        user::Entity::belongs_to(hospital::Entity).from(user::Column::HospitalId).to(hospital::Column::Id).into();
    let held: RelationDef = user::Entity::belongs_to(role_assignment::Entity)
        .from(user::Column::Id)
        .to(role_assignment::Column::UserId)
        .on_condition(move |_, _| roles::runs(now))
        .into();
    user::Entity::find()
        .column_as(hospital::Column::State, "hospital_state")
        .column_as(role_assignment::Column::Role, "held_role")
        .column_as(role_assignment::Column::Purpose, "held_purpose")
        .join(JoinType::LeftJoin, hospital)
        .join(JoinType::LeftJoin, held)
}

/// Whether an active user other than `but` is this interpreter.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn is_answered_for(db: &impl Reader, id: InterpreterId, but: UserId) -> Result<bool, StoreError> {
    let others = user::Entity::find()
        .filter(user::Column::InterpreterId.eq(id.uuid()))
        .filter(user::Column::Id.ne(but.uuid()))
        .filter(user::Column::State.eq(Code(UserState::Active)));
    Ok(others.exists(db.connection()).await?)
}

/// The names of several users, in one query.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn names(
    db: &impl Reader,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<Vec<(UserId, PersonName)>, StoreError> {
    let ids = ids.into_iter().map(UserId::uuid);
    let rows: Vec<(sea_orm::prelude::Uuid, String)> = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .column(user::Column::Name)
        .filter(user::Column::Id.is_in(ids))
        .into_tuple()
        .all(db.connection())
        .await?;
    let read = |(id, name): (sea_orm::prelude::Uuid, String)| {
        let place = Place { table: "users", id };
        Ok((id.into(), place.read("name", PersonName::parse(&name))?))
    };
    rows.into_iter().map(read).collect()
}

/// Adds a user with the roles of their profile.
///
/// # Errors
/// [`StoreError::Taken`] when the login is in use (`uq_users_login`).
pub async fn insert(tx: &Tx, user: &Permitted<User>, moment: Moment<'_>) -> Result<(), StoreError> {
    let row = user::ActiveModel {
        id: Set(user.id.uuid()),
        login: Set(user.login.as_str().to_owned()),
        name: Set(user.profile.name.as_str().to_owned()),
        hospital_id: Set(user.profile.hospital_id.map(HospitalId::uuid)),
        interpreter_id: Set(user.profile.interpreter_id.map(InterpreterId::uuid)),
        email: Set(stored_email(user)),
        language: Set(Code(user.contact.language)),
        state: Set(Code(user.state)),
        created_at: Set(moment.at),
        last_signed_in_at: Set(None),
        version: Set(user.version.0),
    };
    user::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    let granted_by = user.permit().actor().user_id();
    roles::insert(tx, &user.with(user.first_roles(granted_by, moment))).await
}

/// Saves a changed user, but for their roles.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, user: &Permitted<User>) -> Result<Version, StoreError> {
    let next = Version(user.version.0 + 1);
    let change = user::ActiveModel {
        name: Set(user.profile.name.as_str().to_owned()),
        email: Set(stored_email(user)),
        language: Set(Code(user.contact.language)),
        state: Set(Code(user.state)),
        version: Set(next.0),
        ..Default::default()
    };
    let changed = user::Entity::update_many()
        .set(change)
        .filter(user::Column::Id.eq(user.id.uuid()))
        .filter(user::Column::Version.eq(user.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

fn stored_email(user: &User) -> Option<String> {
    user.contact.email.as_ref().map(|email| email.as_str().to_owned())
}

/// Notes that what a user may do has changed: whoever decided on how it was before decided on an older version.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn touch(tx: &Tx, user: &Permitted<User>) -> Result<(), StoreError> {
    user::Entity::update_many()
        .col_expr(user::Column::Version, Expr::col(user::Column::Version).add(1))
        .filter(user::Column::Id.eq(user.id.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// The user of a row, without roles yet.
fn read(row: &user::Model, hospital_state: Option<HospitalState>) -> Result<User, StoreError> {
    let place = Place { table: "users", id: row.id };
    Ok(User {
        id: row.id.into(),
        login: place.read("login", Login::parse(&row.login))?,
        profile: UserProfile {
            name: place.read("name", PersonName::parse(&row.name))?,
            roles: Vec::new(),
            confers: Vec::new(),
            hospital_id: row.hospital_id.map(HospitalId::from),
            interpreter_id: row.interpreter_id.map(InterpreterId::from),
        },
        contact: Contact {
            email: place.read_optional("email", row.email.as_deref().map(EmailAddress::parse))?,
            language: row.language.0,
        },
        state: row.state.0,
        hospital_state,
        version: Version(row.version),
    })
}
