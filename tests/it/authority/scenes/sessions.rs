//! Sessions: one's own, and an administrator's word on those of others.

use rafiq_domain::policy::{Action, ObjectKind, Relation};

use super::USER;
use crate::authority::script::{Entry, On, ask};

const SESSION: On = On::One(ObjectKind::Session);

/// What anyone may ask for.
pub(super) fn open() -> Vec<Entry> {
    vec![ask("view_signing_keys", &[], On::Oneself).into()]
}

/// Before the user of the journey is needed.
pub(super) fn others() -> Vec<Entry> {
    vec![
        ask("list_own_sessions", &[Action::ViewOwnSignIns], On::Oneself).into(),
        ask("end_session", &[Action::EndSession], SESSION).into(),
        ask("end_user_sessions", &[Action::EndSessions], USER).into(),
    ]
}

/// The end of everyone's own session, and so of the journey.
pub(super) fn own() -> Vec<Entry> {
    vec![ask("sign_out", &[Action::EndSession], SESSION).tied(|_| Relation::Own).into()]
}
