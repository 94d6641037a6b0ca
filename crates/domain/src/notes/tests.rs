use chrono::TimeZone;
use uuid::Uuid;

use super::*;
use crate::vocabulary::Coded;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn body(text: &str) -> Prose {
    Prose::parse(text, LONGEST_NOTE).unwrap()
}

fn note(state: NoteState) -> Note {
    Note {
        id: Uuid::from_u128(1).into(),
        case_id: Uuid::from_u128(2).into(),
        author_id: Uuid::from_u128(3).into(),
        kind: NoteType::Consultation,
        language: SpokenLanguage::Arabic,
        body: body("تشنج نصفي أيسر"),
        audience: NoteAudience::Team,
        state,
        written_at: now(),
        signed_at: None,
        addendum_of: None,
        version: Version::FIRST,
    }
}

#[test]
fn a_draft_is_rewritten_and_signed_and_a_signed_note_only_added_to() {
    for state in NoteState::ALL {
        let draft = *state == NoteState::Draft;
        assert_eq!(note(*state).rewrite(body("أخرى")).is_ok(), draft, "{state}");
        assert_eq!(note(*state).sign(now()).is_ok(), draft, "{state}");
        assert_eq!(note(*state).takes_addendum().is_ok(), !draft, "{state}");
    }
}

#[test]
fn a_signature_has_its_time_and_keeps_the_text() {
    let signed = note(NoteState::Draft).sign(now()).unwrap();
    assert_eq!((signed.state, signed.signed_at), (NoteState::Signed, Some(now())));
    assert_eq!(signed.rewrite(body("أخرى")), Err(WrongState::new(NoteState::Signed, "rewrite")));
}
