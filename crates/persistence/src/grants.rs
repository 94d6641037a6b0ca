//! Grants: who may reach which case. Those of hospitals and interpreters are kept here as referrals,
//! bookings and consents want them, in the unit that changes one of these.

use chrono::{DateTime, Utc};
use rafiq_domain::cases::Case;
use rafiq_domain::consents::Consent;
use rafiq_domain::grants::{Grant, GrantBasis, GrantEnd, GrantTerms, Grantee, of_booking, of_referral};
use rafiq_domain::ids::{BookingId, CaseId, ConsentId, GrantId, Moment, PatientId, ReferralId, UserId};
use rafiq_domain::interpreters::Booking;
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Own, Permitted};
use rafiq_domain::referrals::Referral;
use rafiq_domain::teams::{Seat, TeamChange};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{ConsentPurpose, ConsentState};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, IntoCondition, LockType, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::column::Code;
use crate::entity::access_grant::{ActiveModel, Column, Entity, Model};
use crate::entity::{case, user};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};
use crate::{bookings, consents, referrals};

/// The constraint that gives a case one coordinator and one doctor at a time.
pub const ONE_EACH: &str = "uq_access_grants_case_id_basis";

/// The constraint that asks a doctor once at a time for an opinion on a case.
pub const ASKED_TWICE: &str = "uq_access_grants_case_id_user_id";

/// The grants of a case that nothing has ended, oldest first; some may not run yet, or no more.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case_id: CaseId) -> Result<Vec<Grant>, StoreError> {
    open(db, Column::CaseId.eq(case_id.uuid())).await
}

/// The grants of several cases that nothing has ended, in one statement.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_cases(db: &impl Reader, cases: impl IntoIterator<Item = CaseId>) -> Result<Vec<Grant>, StoreError> {
    open(db, Column::CaseId.is_in(cases.into_iter().map(CaseId::uuid))).await
}

/// The grants of all cases of a patient that nothing has ended.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_patient(db: &impl Reader, patient_id: PatientId) -> Result<Vec<Grant>, StoreError> {
    let cases = case::Entity::find().select_only().column(case::Column::Id);
    let cases = cases.filter(case::Column::PatientId.eq(patient_id.uuid())).into_query();
    open(db, Column::CaseId.in_subquery(cases)).await
}

async fn open(db: &impl Reader, which: Expr) -> Result<Vec<Grant>, StoreError> {
    let select = Entity::find().filter(which).filter(Column::EndedAt.is_null()).order_by_asc(Column::Id);
    select.all(db.connection()).await?.iter().map(read).collect()
}

/// One page of all grants that a case ever had, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn history(db: &impl Reader, case: &Permitted<Case>, page: Page) -> Result<Slice<Grant>, StoreError> {
    let select = Entity::find().filter(Column::CaseId.eq(case.id.uuid()));
    row::page(db, select, Column::Id, page, |grant: &Grant| grant.id.uuid(), |row| read(&row)).await
}

/// One page of the memberships that a case's team ever had, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn memberships(db: &impl Reader, case: &Permitted<Case>, page: Page) -> Result<Slice<Grant>, StoreError> {
    let select = Entity::find()
        .filter(Column::CaseId.eq(case.id.uuid()))
        .filter(Column::Basis.is_in(GrantBasis::TEAM.iter().copied().map(Code)));
    row::page(db, select, Column::Id, page, |grant: &Grant| grant.id.uuid(), |row| read(&row)).await
}

/// The grants of a case that any of `holders` has or ever had, newest first; at most `limit`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn held(
    db: &impl Reader,
    case_id: CaseId,
    holders: &[Grantee],
    limit: u16,
) -> Result<Vec<Grant>, StoreError> {
    let held = holders.iter().copied().map(is_held_by).fold(row::any_of([]), Condition::add);
    let select = Entity::find().filter(Column::CaseId.eq(case_id.uuid())).filter(held).order_by_desc(Column::Id);
    select.limit(u64::from(limit)).all(db.connection()).await?.iter().map(read).collect()
}

fn is_held_by(grantee: Grantee) -> Expr {
    match grantee {
        Grantee::User(id) => Column::UserId.eq(id.uuid()),
        Grantee::Hospital(id) => Column::HospitalId.eq(id.uuid()),
        Grantee::Interpreter(id) => Column::InterpreterId.eq(id.uuid()),
    }
}

/// One grant of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, case_id: CaseId, id: GrantId) -> Result<Option<Grant>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// Waits until no other unit declares an emergency of this person, and keeps the turn until the end of this
/// one; answers how many of theirs run.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn take_turn(tx: &Tx, holder: UserId, now: DateTime<Utc>) -> Result<u64, StoreError> {
    user::Entity::find_by_id(holder.uuid()).lock(LockType::NoKeyUpdate).one(tx.connection()).await?;
    let running = Entity::find()
        .filter(Column::UserId.eq(holder.uuid()))
        .filter(Column::Basis.eq(Code(GrantBasis::BreakGlass)))
        .filter(Column::EndedAt.is_null())
        .filter(Column::ValidUntil.gt(now));
    Ok(running.count(tx.connection()).await?)
}

/// Adds a grant. A second opinion whose time is over gives its place to the next of its doctor.
///
/// # Errors
/// [`StoreError::Taken`] by [`ONE_EACH`] or [`ASKED_TWICE`] when the case has such a member already.
pub async fn insert(tx: &Tx, grant: &Permitted<Grant>) -> Result<(), StoreError> {
    if grant.terms.basis == GrantBasis::SecondOpinion {
        close_lapsed(tx, grant).await?;
    }
    Entity::insert(whole(grant)).exec_without_returning(tx.connection()).await?;
    Ok(())
}

async fn close_lapsed(tx: &Tx, next: &Grant) -> Result<(), StoreError> {
    let lapsed = Condition::all()
        .add(Column::CaseId.eq(next.case_id.uuid()))
        .add(is_held_by(next.terms.grantee))
        .add(Column::Basis.eq(Code(next.terms.basis)))
        .add(Column::ValidUntil.lte(next.terms.valid_from));
    end_those(tx, lapsed, Expr::col(Column::ValidUntil), GrantEnd::Lapsed).await?;
    Ok(())
}

fn whole(grant: &Grant) -> ActiveModel {
    let terms = &grant.terms;
    ActiveModel {
        id: Set(grant.id.uuid()),
        case_id: Set(grant.case_id.uuid()),
        basis: Set(Code(terms.basis)),
        referral_id: Set(terms.referral_id.map(ReferralId::uuid)),
        booking_id: Set(terms.booking_id.map(BookingId::uuid)),
        audience: Set(Code(terms.view)),
        valid_from: Set(terms.valid_from),
        valid_until: Set(terms.valid_until),
        reason_code: Set(terms.emergency.map(Code)),
        reason: Set(terms.reason.as_ref().map(|reason| reason.as_str().to_owned())),
        consent_id: Set(terms.consent_id.map(ConsentId::uuid)),
        granted_by: Set(grant.granted_by.map(UserId::uuid)),
        ended_at: Set(grant.ended.map(|(at, _)| at)),
        end_reason: Set(grant.ended.map(|(_, why)| Code(why))),
        ..held_by(terms.grantee)
    }
}

fn held_by(grantee: Grantee) -> ActiveModel {
    let (user, hospital, interpreter) = match grantee {
        Grantee::User(id) => (Some(id.uuid()), None, None),
        Grantee::Hospital(id) => (None, Some(id.uuid()), None),
        Grantee::Interpreter(id) => (None, None, Some(id.uuid())),
    };
    ActiveModel {
        user_id: Set(user),
        hospital_id: Set(hospital),
        interpreter_id: Set(interpreter),
        ..Default::default()
    }
}

/// Keeps how a grant ended before its time.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn end(tx: &Tx, grant: &Permitted<Grant>) -> Result<(), StoreError> {
    let Some((at, why)) = grant.ended else { return Ok(()) };
    let ended = end_those(tx, Column::Id.eq(grant.id.uuid()), Expr::value(at), why).await?;
    row::expect_one(ended)
}

/// Ends every grant that a person holds by themselves, as when they leave.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn end_all_of_user<T: Sync>(
    tx: &Tx,
    _by: &Permitted<T>,
    user_id: UserId,
    at: DateTime<Utc>,
    why: GrantEnd,
) -> Result<(), StoreError> {
    let lasting = Condition::any().add(Column::ValidUntil.is_null()).add(Column::ValidUntil.gt(at));
    let held = Condition::all().add(Column::UserId.eq(user_id.uuid())).add(lasting);
    end_those(tx, held, Expr::value(at), why).await?;
    Ok(())
}

async fn end_those(tx: &Tx, which: impl IntoCondition, at: Expr, why: GrantEnd) -> Result<u64, StoreError> {
    let ended = Entity::update_many()
        .col_expr(Column::EndedAt, at)
        .col_expr(Column::EndReason, Expr::value(Code(why)))
        .filter(which)
        .filter(Column::EndedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(ended.rows_affected)
}

/// Makes the teams of cases what the cases say, in the seats that were given: their coordinators and their doctors,
/// and no longer those before them. A seat that stays gives nothing back to who has left it in name only. Three
/// statements, however many cases there are.
pub(crate) async fn follow_teams(
    tx: &Tx,
    cases: &Permitted<Vec<Case>>,
    change: TeamChange,
    moment: Moment<'_>,
) -> Result<(), StoreError> {
    let held = of_cases(tx, cases.iter().map(|case| case.id)).await?;
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for case in cases.iter() {
        let wanted = [
            (GrantBasis::Coordinator, Some(case.coordinator_id), change.coordinator != Seat::Stays),
            (GrantBasis::Doctor, case.doctor_id, change.doctor != Seat::Stays),
        ];
        for (basis, user_id, _) in wanted.into_iter().filter(|(_, _, given)| *given) {
            let member = held.iter().find(|grant| grant.case_id == case.id && grant.terms.basis == basis);
            let grantee = user_id.map(Grantee::User);
            if member.map(|grant| grant.terms.grantee) == grantee {
                continue;
            }
            gone.extend(member.map(|member| member.id.uuid()));
            let terms = grantee.map(|grantee| GrantTerms::of_member(grantee, basis, moment.at));
            new.extend(terms.map(|terms| granted(cases, case.id, terms, moment)));
        }
    }
    if !gone.is_empty() {
        end_those(tx, Column::Id.is_in(gone), Expr::value(moment.at), GrantEnd::HandedOver).await?;
    }
    if !new.is_empty() {
        Entity::insert_many(new.iter().map(whole)).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Makes the grant of a referral's hospital what the referral and the consents want.
pub(crate) async fn follow_referral(
    tx: &Tx,
    referral: &Permitted<Referral>,
    moment: Moment<'_>,
) -> Result<(), StoreError> {
    let consents = consents::of_case(tx, referral.case_id).await?;
    let held = open(tx, Column::ReferralId.eq(referral.id.uuid())).await?;
    let wanted = of_referral(referral, &consents, moment.at).into_iter().collect();
    let change = Change { case_id: referral.case_id, held, wanted, why: GrantEnd::NoLongerWanted };
    change.carry_out(tx, referral, moment).await
}

/// Makes the grants of a booking's interpreter what the booking and the consents want.
pub(crate) async fn follow_booking(
    tx: &Tx,
    booking: &Permitted<Booking>,
    moment: Moment<'_>,
) -> Result<(), StoreError> {
    let consents = consents::of_case(tx, booking.case_id).await?;
    let held = open(tx, Column::BookingId.eq(booking.id.uuid())).await?;
    let wanted = of_booking(booking, &consents, moment.at);
    let change = Change { case_id: booking.case_id, held, wanted, why: GrantEnd::NoLongerWanted };
    change.carry_out(tx, booking, moment).await
}

/// Makes the grants that rest on a consent what it now allows: a withdrawal ends them at once.
pub(crate) async fn follow_consent(
    tx: &Tx,
    consent: &Permitted<Consent>,
    moment: Moment<'_>,
) -> Result<(), StoreError> {
    let purpose = consent.terms.purpose;
    let everything = purpose == ConsentPurpose::HealthDataProcessing;
    let hospitals = everything || purpose == ConsentPurpose::ShareWithHospital;
    let interpreters = everything || purpose == ConsentPurpose::ShareWithInterpreter;
    if !hospitals && !interpreters {
        return Ok(());
    }
    let consents = consents::of_case(tx, consent.case_id).await?;
    let mut held = of_case(tx, consent.case_id).await?;
    let mut of_others = |basis, id: Option<Uuid>| {
        held.extract_if(.., |grant| grant.terms.basis == basis && source(&grant.terms) == id).collect::<Vec<_>>()
    };
    let withdrawn = consent.state == ConsentState::Withdrawn;
    let why = if withdrawn { GrantEnd::ConsentWithdrawn } else { GrantEnd::NoLongerWanted };
    let case_id = consent.case_id;
    if hospitals {
        for referral in referrals::of_case(tx, case_id).await? {
            let held = of_others(GrantBasis::Referral, Some(referral.id.uuid()));
            let wanted = of_referral(&referral, &consents, moment.at).into_iter().collect();
            Change { case_id, held, wanted, why }.carry_out(tx, consent, moment).await?;
        }
    }
    if interpreters {
        for booking in bookings::of_case(tx, case_id).await? {
            let held = of_others(GrantBasis::Booking, Some(booking.id.uuid()));
            let wanted = of_booking(&booking, &consents, moment.at);
            Change { case_id, held, wanted, why }.carry_out(tx, consent, moment).await?;
        }
    }
    Ok(())
}

fn source(terms: &GrantTerms) -> Option<Uuid> {
    terms.referral_id.map(ReferralId::uuid).or(terms.booking_id.map(BookingId::uuid))
}

/// The grants that there are and those that there should be.
struct Change {
    case_id: CaseId,
    held: Vec<Grant>,
    wanted: Vec<GrantTerms>,
    why: GrantEnd,
}

impl Change {
    async fn carry_out<T: Sync>(mut self, tx: &Tx, by: &Permitted<T>, moment: Moment<'_>) -> Result<(), StoreError> {
        self.held.retain(|grant| {
            let kept = self.wanted.iter().position(|terms| grant.terms.gives_as(terms));
            kept.map(|at| self.wanted.swap_remove(at)).is_none()
        });
        let why = if self.wanted.is_empty() { self.why } else { GrantEnd::Replaced };
        if !self.held.is_empty() {
            let gone = Column::Id.is_in(self.held.iter().map(|grant| grant.id.uuid()));
            end_those(tx, gone, Expr::value(moment.at), why).await?;
        }
        for terms in self.wanted {
            // By the product: whoever moved the referral or the booking is in its own record.
            let grant =
                Grant { id: GrantId::new(moment.ids), case_id: self.case_id, terms, granted_by: None, ended: None };
            insert(tx, &by.with(grant)).await?;
        }
        Ok(())
    }
}

fn granted<T>(by: &Permitted<T>, case_id: CaseId, terms: GrantTerms, moment: Moment<'_>) -> Grant {
    let granted_by = by.permit().actor().user_id();
    Grant { id: GrantId::new(moment.ids), case_id, terms, granted_by, ended: None }
}

/// The cases that a scope opens as a whole.
pub(crate) fn cases_opened(own: &Own) -> SelectStatement {
    ids(Column::CaseId, own, GrantBasis::opens_case)
}

/// The referrals that a scope opens by themselves.
pub(crate) fn referrals_opened(own: &Own) -> SelectStatement {
    ids(Column::ReferralId, own, |basis| basis == GrantBasis::Referral)
}

/// The bookings that a scope opens by themselves.
pub(crate) fn bookings_opened(own: &Own) -> SelectStatement {
    ids(Column::BookingId, own, |basis| basis == GrantBasis::Booking)
}

/// What the running grants that count for `own` open, of the bases that `counts` names.
fn ids(opened: Column, own: &Own, counts: impl Fn(GrantBasis) -> bool) -> SelectStatement {
    let claims = own
        .claims
        .iter()
        .filter(|claim| counts(claim.basis))
        .map(|claim| Condition::all().add(Column::Basis.eq(Code(claim.basis))).add(is_held_by(claim.grantee)));
    let claimed = claims.fold(row::any_of([]), Condition::add);
    Entity::find()
        .select_only()
        .column(opened)
        .filter(claimed)
        .filter(Column::EndedAt.is_null())
        .filter(Column::ValidFrom.lte(own.at))
        .filter(Condition::any().add(Column::ValidUntil.is_null()).add(Column::ValidUntil.gt(own.at)))
        .into_query()
}

fn read(row: &Model) -> Result<Grant, StoreError> {
    let place = Place { table: "access_grants", id: row.id };
    let grantee = match (row.user_id, row.hospital_id, row.interpreter_id) {
        (Some(id), None, None) => Grantee::User(id.into()),
        (None, Some(id), None) => Grantee::Hospital(id.into()),
        (None, None, Some(id)) => Grantee::Interpreter(id.into()),
        _ => return Err(place.corrupt("user_id")),
    };
    let reason = row.reason.as_deref().map(|reason| Line::parse(reason, Line::LONGEST));
    let ended = row.ended_at.map(|at| row.end_reason.map(|why| (at, why.0)).ok_or_else(|| place.corrupt("end_reason")));
    let terms = GrantTerms {
        grantee,
        basis: row.basis.0,
        referral_id: row.referral_id.map(ReferralId::from),
        booking_id: row.booking_id.map(BookingId::from),
        view: row.audience.0,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
        emergency: row.reason_code.map(|code| code.0),
        reason: place.read_optional("reason", reason)?,
        consent_id: row.consent_id.map(ConsentId::from),
    };
    Ok(Grant {
        id: row.id.into(),
        case_id: row.case_id.into(),
        terms,
        granted_by: row.granted_by.map(UserId::from),
        ended: ended.transpose()?,
    })
}
