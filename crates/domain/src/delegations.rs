//! Standing in: who goes away names someone who acts on their cases meanwhile, and no wider than they could.
//!
//! A stand-in acts in no role that not both hold at that moment, on no case but those on whose team the
//! absent one is, and passes none of it on. What someone declared for themselves, such as an emergency,
//! passes to nobody: see [`Principal::holders`].

use chrono::{DateTime, TimeDelta, Utc};

use crate::grants::TermState;
use crate::ids::{DelegationId, UserId};
use crate::policy::{Object, ObjectKind, Principal, Relation, Resource};
use crate::refusal::{FieldCode, Fields, Invalid, WrongState};
use crate::text::Line;
use crate::vocabulary::Role;

/// The longest absence. Who is away longer hands the cases over.
pub const LONGEST_ABSENCE: TimeDelta = TimeDelta::days(60);

/// How far ahead an absence is planned.
const FARTHEST_ABSENCE: TimeDelta = TimeDelta::days(366);

/// The roles in which people are on teams, and so are stood in for.
pub const DELEGABLE: &[Role] = &[Role::Coordinator, Role::Lead, Role::Doctor];

/// That someone stands in for someone else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Its id.
    pub id: DelegationId,
    /// Who, for whom, and when.
    pub terms: DelegationTerms,
    /// Who arranged it.
    pub created_by: UserId,
    /// When it was ended before its time, and by whom; by nobody when the product did.
    pub ended: Option<(DateTime<Utc>, Option<UserId>)>,
}

/// Who stands in for whom, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationTerms {
    /// Who is away.
    pub from: UserId,
    /// Who stands in.
    pub to: UserId,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when, exclusively.
    pub valid_until: DateTime<Utc>,
    /// Why.
    pub reason: Line,
}

impl DelegationTerms {
    /// Checks the terms that `by` sets.
    ///
    /// # Errors
    /// [`Invalid`] for someone who would stand in for themselves, or who names themselves to stand in, and for
    /// times that are past, reversed, too far ahead or further apart than [`LONGEST_ABSENCE`].
    pub fn check(self, by: UserId, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let Self { from, to, valid_from, valid_until, .. } = &self;
        let mut fields = Fields::new();
        fields.require("/to_user_id", from != to && *to != by, FieldCode::Contradicts);
        fields.require("/valid_from", *valid_from >= now, FieldCode::InThePast);
        fields.require("/valid_from", *valid_from <= now + FARTHEST_ABSENCE, FieldCode::OutOfRange);
        fields.require("/valid_until", valid_from < valid_until, FieldCode::OutOfOrder);
        fields.require("/valid_until", *valid_until <= *valid_from + LONGEST_ABSENCE, FieldCode::OutOfRange);
        fields.finish(|| Some(self))
    }
}

/// Whether someone with the roles of `stand_in` has anything to do for someone with those of `absent`.
#[must_use]
pub fn can_stand_in(absent: &[Role], stand_in: &[Role]) -> bool {
    DELEGABLE.iter().any(|role| absent.contains(role) && stand_in.contains(role))
}

impl Delegation {
    /// Where it stands at `at`.
    #[must_use]
    pub fn state(&self, at: DateTime<Utc>) -> TermState {
        let Self { terms, ended, .. } = self;
        if ended.is_some() {
            TermState::Ended
        } else {
            TermState::of_term(terms.valid_from, Some(terms.valid_until), at)
        }
    }

    /// Ends it before its time.
    ///
    /// # Errors
    /// [`WrongState`] when it is over or was ended.
    pub fn end(self, by: Option<UserId>, now: DateTime<Utc>) -> Result<Self, WrongState> {
        self.state(now).can_end("delegation")?;
        Ok(Self { ended: Some((now, by)), ..self })
    }
}

/// It is that of either side: who was away may be back early, and who stands in may be unable to.
impl Resource for Delegation {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Delegation, id: Some(self.id.uuid()), case_id: None }
    }

    fn relation(&self, who: &Principal, _role: Role) -> Relation {
        Relation::own_if([self.terms.from, self.terms.to].contains(&who.user_id))
    }
}

#[cfg(test)]
mod tests;
