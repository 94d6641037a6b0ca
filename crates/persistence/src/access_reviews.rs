//! Reviews of access, and what a reviewer looks at: seven statements for a page, however many users are on it.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rafiq_domain::access_reviews::{AccessReview, AccessSummary, SecondFactor};
use rafiq_domain::cases::Stage;
use rafiq_domain::grants::GrantBasis;
use rafiq_domain::ids::UserId;
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Permitted, Scope};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{Coded, UserState};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoCondition, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationDef};

use crate::column::Code;
use crate::entity::access_review::{ActiveModel, Column, Entity, Model};
use crate::entity::{access_grant, case, passkey, totp_factor, user};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};
use crate::{roles, users};

/// Adds a review.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, review: &Permitted<AccessReview>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(review.id.uuid()),
        user_id: Set(review.user_id.uuid()),
        reviewer_id: Set(review.reviewer_id.uuid()),
        reviewed_at: Set(review.reviewed_at),
        note: Set(review.note.as_ref().map(|note| note.as_str().to_owned())),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// One page of the reviews of a user's access, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list_of_user(db: &impl Reader, user_id: UserId, page: Page) -> Result<Slice<AccessReview>, StoreError> {
    let all = Entity::find().filter(Column::UserId.eq(user_id.uuid()));
    row::page(db, all, Column::Id, page, |review: &AccessReview| review.id.uuid(), read).await
}

/// One page of the active users with what a reviewer looks at, as it is at `now`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn summaries(
    db: &impl Reader,
    _scope: &Permitted<Scope>,
    page: Page,
    now: DateTime<Utc>,
) -> Result<Slice<AccessSummary>, StoreError> {
    let active = user::Column::State.eq(Code(UserState::Active)).into_condition();
    let found = users::load_page(db, active, page, now).await?;
    let ids: Vec<UserId> = found.items.iter().map(|found| found.user.id).collect();
    let mut assignments = roles::held_by(db, ids.iter().copied(), now).await?;
    let mut reviews = last_reviews(db, &ids).await?;
    let holders = found.items.iter().map(|found| &found.row).collect::<Vec<_>>();
    let grants = running_grants(db, &holders, now).await?;
    let cases = open_cases(db, &ids, now).await?;
    let enrolled = enrolled(db, &ids).await?;
    Ok(found.map(|users::Found { row, user }| {
        let holds = [Some(row.id), row.hospital_id, row.interpreter_id];
        AccessSummary {
            created_at: row.created_at,
            assignments: assignments.extract_if(.., |held| held.user_id == user.id).collect(),
            last_signed_in_at: row.last_signed_in_at,
            second_factor: if enrolled.contains(&row.id) { SecondFactor::Enrolled } else { SecondFactor::Missing },
            open_cases: cases.get(&row.id).copied().unwrap_or_default(),
            open_grants: holds.iter().flatten().filter_map(|holder| grants.get(holder)).sum(),
            last_review: reviews.remove(&user.id),
            user,
        }
    }))
}

async fn last_reviews(db: &impl Reader, ids: &[UserId]) -> Result<HashMap<UserId, AccessReview>, StoreError> {
    let other = Alias::new("other");
    let last = Query::select()
        .expr(Expr::col((other.clone(), Column::ReviewedAt)).max())
        .from_as(Entity, other.clone())
        .and_where(Expr::col((other, Column::UserId)).equals((Entity, Column::UserId)))
        .to_owned();
    let rows = Entity::find()
        .filter(Column::UserId.is_in(ids.iter().map(|id| id.uuid())))
        .filter(Column::ReviewedAt.in_subquery(last));
    let rows = rows.all(db.connection()).await?.into_iter().map(read);
    rows.map(|review| review.map(|review| (review.user_id, review))).collect()
}

/// How many grants a user, a hospital or an interpreter holds; the holder is one of the three.
type Held = (Option<Uuid>, Option<Uuid>, Option<Uuid>, i64);

/// How many running grants each user, hospital and interpreter holds whom one of these users is or belongs to.
async fn running_grants(
    db: &impl Reader,
    holders: &[&user::Model],
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, u64>, StoreError> {
    use access_grant::Column as Grant;
    let bound = |to: fn(&user::Model) -> Option<Uuid>| holders.iter().filter_map(move |row| to(row));
    let held = Condition::any()
        .add(Grant::UserId.is_in(bound(|row| Some(row.id))))
        .add(Grant::HospitalId.is_in(bound(|row| row.hospital_id)))
        .add(Grant::InterpreterId.is_in(bound(|row| row.interpreter_id)));
    let rows: Vec<Held> = access_grant::Entity::find()
        .select_only()
        .columns([Grant::UserId, Grant::HospitalId, Grant::InterpreterId])
        .column_as(Grant::Id.count(), "count")
        .filter(held)
        .filter(grant_runs(now))
        .group_by(Grant::UserId)
        .group_by(Grant::HospitalId)
        .group_by(Grant::InterpreterId)
        .into_tuple()
        .all(db.connection())
        .await?;
    let one =
        |(user, hospital, interpreter, count): Held| Some((user.or(hospital).or(interpreter)?, count.unsigned_abs()));
    Ok(rows.into_iter().filter_map(one).collect())
}

/// On the teams of how many cases each user is that are not closed.
async fn open_cases(db: &impl Reader, ids: &[UserId], now: DateTime<Utc>) -> Result<HashMap<Uuid, u64>, StoreError> {
    use access_grant::Column as Grant;
    let of_case: RelationDef =
        access_grant::Entity::belongs_to(case::Entity).from(Grant::CaseId).to(case::Column::Id).into();
    let open = Stage::ALL.iter().copied().filter(|stage| !stage.is_final()).map(Code);
    let rows: Vec<(Uuid, i64)> = access_grant::Entity::find()
        .select_only()
        .column(Grant::UserId)
        .column_as(Expr::col((access_grant::Entity, Grant::CaseId)).count_distinct(), "count")
        .join(JoinType::InnerJoin, of_case)
        .filter(Grant::UserId.is_in(ids.iter().map(|id| id.uuid())))
        .filter(Grant::Basis.is_in(GrantBasis::TEAM.iter().copied().map(Code)))
        .filter(case::Column::Stage.is_in(open))
        .filter(grant_runs(now))
        .group_by(Grant::UserId)
        .into_tuple()
        .all(db.connection())
        .await?;
    Ok(rows.into_iter().map(|(user, count)| (user, count.unsigned_abs())).collect())
}

fn grant_runs(now: DateTime<Utc>) -> Condition {
    use access_grant::Column as Grant;
    let lasts = Condition::any().add(Grant::ValidUntil.is_null()).add(Grant::ValidUntil.gt(now));
    Condition::all().add(Grant::EndedAt.is_null()).add(Grant::ValidFrom.lte(now)).add(lasts)
}

/// Which of the users have enrolled a second factor.
async fn enrolled(db: &impl Reader, ids: &[UserId]) -> Result<HashSet<Uuid>, StoreError> {
    let ids = || ids.iter().map(|id| id.uuid());
    let apps = totp_factor::Entity::find().filter(totp_factor::Column::UserId.is_in(ids()));
    let apps = apps.select_only().column(totp_factor::Column::UserId).into_tuple::<Uuid>();
    let keys = passkey::Entity::find().filter(passkey::Column::UserId.is_in(ids()));
    let keys = keys.select_only().column(passkey::Column::UserId).into_tuple::<Uuid>();
    let apps = apps.all(db.connection()).await?;
    Ok(apps.into_iter().chain(keys.all(db.connection()).await?).collect())
}

fn read(row: Model) -> Result<AccessReview, StoreError> {
    let place = Place { table: "access_reviews", id: row.id };
    let note = row.note.map(|note| Line::parse(&note, Line::LONGEST));
    Ok(AccessReview {
        id: row.id.into(),
        user_id: row.user_id.into(),
        reviewer_id: row.reviewer_id.into(),
        reviewed_at: row.reviewed_at,
        note: place.read_optional("note", note)?,
    })
}
