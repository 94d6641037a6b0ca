//! What we ask of the patient, for us or for a hospital, and whether it came.

use chrono::NaiveDate;

use crate::ids::{CaseId, InformationItemId, UserId};
use crate::paging::Version;
use crate::refusal::WrongState;
use crate::text::Line;
use crate::vocabulary::{InformationItemKind, InformationItemState};

/// One thing that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InformationItem {
    /// Its id.
    pub id: InformationItemId,
    /// The case.
    pub case_id: CaseId,
    /// What kind of thing it is.
    pub kind: InformationItemKind,
    /// What exactly is needed.
    pub text: Line,
    /// By which day.
    pub due_on: NaiveDate,
    /// Whether it came.
    pub state: InformationItemState,
    /// Why it was waived.
    pub waived_because: Option<Line>,
    /// Who asked; none when a hospital did.
    pub asked_by: Option<UserId>,
    /// How often the row was changed.
    pub version: Version,
}

impl InformationItem {
    /// The patient sent it.
    ///
    /// # Errors
    /// [`WrongState`] unless it is still asked for.
    pub fn receive(mut self) -> Result<Self, WrongState> {
        self.expect_requested("receive")?;
        self.state = InformationItemState::Received;
        Ok(self)
    }

    /// It is done without.
    ///
    /// # Errors
    /// [`WrongState`] unless it is still asked for.
    pub fn waive(mut self, because: Line) -> Result<Self, WrongState> {
        self.expect_requested("waive")?;
        self.state = InformationItemState::Waived;
        self.waived_because = Some(because);
        Ok(self)
    }

    fn expect_requested(&self, operation: &'static str) -> Result<(), WrongState> {
        if self.state == InformationItemState::Requested { Ok(()) } else { Err(WrongState::new(self.state, operation)) }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::vocabulary::Coded;

    fn item(state: InformationItemState) -> InformationItem {
        InformationItem {
            id: Uuid::from_u128(1).into(),
            case_id: Uuid::from_u128(2).into(),
            kind: InformationItemKind::MriDicom,
            text: Line::parse("The MRI of last year", 200).unwrap(),
            due_on: NaiveDate::from_ymd_opt(2026, 3, 9).unwrap(),
            state,
            waived_because: None,
            asked_by: None,
            version: Version::FIRST,
        }
    }

    #[test]
    fn an_item_is_settled_once() {
        let because = Line::parse("The hospital will image", 200).unwrap();
        for state in InformationItemState::ALL {
            let asked = *state == InformationItemState::Requested;
            let received = item(*state).receive().ok().map(|it| it.state);
            assert_eq!(received, asked.then_some(InformationItemState::Received), "{state}");
            let waived = item(*state).waive(because.clone()).ok().map(|it| (it.state, it.waived_because));
            assert_eq!(waived, asked.then(|| (InformationItemState::Waived, Some(because.clone()))), "{state}");
        }
    }
}
