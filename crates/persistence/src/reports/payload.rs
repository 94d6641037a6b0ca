//! The payload of a fact as the JSON of its row.

use chrono::NaiveDate;
use rafiq_domain::money::Money;
use rafiq_domain::referrals::{Acceptance, Schedule};
use rafiq_domain::reports::{Detail, Details, DischargeFacts, Fact};
use rafiq_domain::surgery::OperationRecord;
use rafiq_domain::text::{Line, Prose};
use rafiq_domain::vocabulary::{Coded, ReportKind};
use serde_json::{Map, Value};

use crate::error::StoreError;
use crate::row::Place;

pub(super) fn write(fact: &Fact) -> Map<String, Value> {
    group(fact.details())
}

fn group(details: Details) -> Map<String, Value> {
    details.into_iter().map(|(name, part)| (name.to_owned(), value(part))).collect()
}

fn value(part: Detail) -> Value {
    match part {
        Detail::Text(text) => Value::String(text.0),
        Detail::Number(number) => number.into(),
        Detail::List(parts) => parts.into_iter().map(value).collect(),
        Detail::Group(details) => Value::Object(group(details)),
    }
}

pub(super) fn read(place: Place, kind: ReportKind, content: &Map<String, Value>) -> Result<Fact, StoreError> {
    let of = Payload { place, content };
    Ok(match kind {
        ReportKind::Received => Fact::Received,
        ReportKind::InfoRequested => Fact::InfoRequested { items: of.items()?, due_on: of.day("due_on")? },
        ReportKind::Accepted => Fact::Accepted(of.acceptance()?),
        ReportKind::Declined => Fact::Declined { reason: of.code("reason")?, text: of.line_if_given("text")? },
        ReportKind::Scheduled => Fact::Scheduled(of.schedule()?),
        ReportKind::Rescheduled => Fact::Rescheduled { schedule: of.schedule()?, reason: of.line("reason")? },
        ReportKind::SlotWithdrawn => Fact::SlotWithdrawn { reason: of.line("reason")? },
        ReportKind::InvitationLetterIssued => Fact::InvitationLetterIssued { reference: of.line("reference")? },
        ReportKind::ArrivedPreop => Fact::ArrivedPreop { result: of.code("result")?, finding: of.line("finding")? },
        ReportKind::Admitted => {
            Fact::Admitted { admission_number: of.line("admission_number")?, ward: of.line_if_given("ward")? }
        }
        ReportKind::SurgeryStarted => Fact::SurgeryStarted { side: of.code("side")?, kind: of.code("kind")? },
        ReportKind::SurgeryEnded => Fact::SurgeryEnded { side: of.code("side")?, record: of.operation()? },
        ReportKind::SurgeryAborted => Fact::SurgeryAborted { reason: of.line("reason")? },
        ReportKind::SurgeryPostponed => {
            Fact::SurgeryPostponed { reason: of.code("reason")?, new_date: of.day_if_given("new_date")? }
        }
        ReportKind::SurgeryCancelled => Fact::SurgeryCancelled {
            class: of.code("class")?,
            icd10: of.line("icd10")?,
            whereabouts: of.code("whereabouts")?,
        },
        ReportKind::SurgeryRefused => {
            Fact::SurgeryRefused { reason: of.line("reason")?, whereabouts: of.code("whereabouts")? }
        }
        ReportKind::DailyStatus => Fact::DailyStatus {
            facial_function: of.code("facial_function")?,
            spasm: of.code("spasm")?,
            hearing: of.code("hearing")?,
            wound: of.code("wound")?,
            pain: of.number("pain")?,
        },
        ReportKind::Complication => Fact::Complication {
            kind: of.code("kind")?,
            onset_on: of.day("onset_on")?,
            phase: of.code("phase")?,
            grade: of.code("grade")?,
        },
        ReportKind::Reoperation => {
            Fact::Reoperation { indication: of.line("indication")?, kind: of.code("kind")?, side: of.code("side")? }
        }
        ReportKind::IcuTransfer => Fact::IcuTransfer { reason: of.line("reason")? },
        ReportKind::TransferOut => {
            Fact::TransferOut { receiving_hospital: of.line("receiving_hospital")?, reason: of.line("reason")? }
        }
        ReportKind::Discharged => Fact::Discharged(of.discharge()?),
        ReportKind::LeftAgainstAdvice => Fact::LeftAgainstAdvice { documentation: of.line("documentation")? },
        ReportKind::DischargedWithoutSurgery => Fact::DischargedWithoutSurgery(of.discharge()?),
        ReportKind::Readmitted => {
            Fact::Readmitted { reason: of.line("reason")?, admission_number: of.line("admission_number")? }
        }
        ReportKind::Died => Fact::Died { place: of.line("place")? },
        ReportKind::InvoiceFinal => {
            Fact::InvoiceFinal { reference: of.line("reference")?, total: of.part("total")?.money()? }
        }
        ReportKind::FollowupResult => {
            Fact::FollowupResult { reference: of.line("reference")?, finding: of.prose("finding")? }
        }
    })
}

/// A payload being read: a part that is missing or of another form is corrupt.
#[derive(Clone, Copy)]
struct Payload<'a> {
    place: Place,
    content: &'a Map<String, Value>,
}

impl<'a> Payload<'a> {
    fn corrupt(self) -> StoreError {
        self.place.corrupt("content")
    }

    fn get(self, name: &str) -> Result<&'a Value, StoreError> {
        self.content.get(name).ok_or_else(|| self.corrupt())
    }

    fn text(self, name: &str) -> Result<&'a str, StoreError> {
        self.get(name)?.as_str().ok_or_else(|| self.corrupt())
    }

    fn if_given<T>(
        self,
        name: &str,
        read: impl FnOnce(Self, &str) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.content.contains_key(name).then(|| read(self, name)).transpose()
    }

    fn line(self, name: &str) -> Result<Line, StoreError> {
        self.place.read("content", Line::parse(self.text(name)?, Line::LONGEST))
    }

    fn line_if_given(self, name: &str) -> Result<Option<Line>, StoreError> {
        self.if_given(name, Self::line)
    }

    fn prose(self, name: &str) -> Result<Prose, StoreError> {
        self.place.read("content", Prose::parse(self.text(name)?, Prose::LONGEST))
    }

    fn code<T: Coded>(self, name: &str) -> Result<T, StoreError> {
        self.place.code("content", self.text(name)?)
    }

    fn codes<T: Coded>(self, name: &str) -> Result<Vec<T>, StoreError> {
        let code = |value: &Value| self.place.code("content", value.as_str().ok_or_else(|| self.corrupt())?);
        self.list(name)?.iter().map(code).collect()
    }

    fn day(self, name: &str) -> Result<NaiveDate, StoreError> {
        self.text(name)?.parse().map_err(|_| self.corrupt())
    }

    fn day_if_given(self, name: &str) -> Result<Option<NaiveDate>, StoreError> {
        self.if_given(name, Self::day)
    }

    fn number<T: TryFrom<i64>>(self, name: &str) -> Result<T, StoreError> {
        let number = self.get(name)?.as_i64().and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| self.corrupt())
    }

    fn list(self, name: &str) -> Result<&'a [Value], StoreError> {
        self.get(name)?.as_array().map(Vec::as_slice).ok_or_else(|| self.corrupt())
    }

    fn within(self, part: &'a Value) -> Result<Self, StoreError> {
        let content = part.as_object().ok_or_else(|| self.corrupt())?;
        Ok(Self { content, ..self })
    }

    fn part(self, name: &str) -> Result<Self, StoreError> {
        self.within(self.get(name)?)
    }

    fn money(self) -> Result<Money, StoreError> {
        Ok(Money { minor: self.number("minor")?, currency: self.code("currency")? })
    }

    fn items<T: Coded>(self) -> Result<Vec<(T, Line)>, StoreError> {
        let item = |part| {
            let item = self.within(part)?;
            Ok((item.code("kind")?, item.line("text")?))
        };
        self.list("items")?.iter().map(item).collect()
    }

    fn acceptance(self) -> Result<Acceptance, StoreError> {
        Ok(Acceptance {
            surgeon: self.line("surgeon")?,
            side: self.code("side")?,
            earliest_on: self.day("earliest_on")?,
            latest_on: self.day("latest_on")?,
            price: self.if_given("price", |payload, name| payload.part(name)?.money())?,
            plan: self.prose("plan")?,
            valid_until: self.day("valid_until")?,
        })
    }

    fn schedule(self) -> Result<Schedule, StoreError> {
        Ok(Schedule {
            admission_on: self.day("admission_on")?,
            surgery_on: self.day("surgery_on")?,
            ward: self.line_if_given("ward")?,
        })
    }

    fn operation(self) -> Result<OperationRecord, StoreError> {
        Ok(OperationRecord {
            vessels: self.codes("vessels")?,
            method: self.code("method")?,
            materials: self.codes("materials")?,
            lsr_event: self.code("lsr_event")?,
            baep_final: self.code("baep_final")?,
            blood_loss_ml: self.number("blood_loss_ml")?,
            note: self.if_given("note", Self::prose)?,
        })
    }

    fn discharge(self) -> Result<DischargeFacts, StoreError> {
        Ok(DischargeFacts {
            disposition: self.code("disposition")?,
            facial_function: self.code("facial_function")?,
            spasm: self.code("spasm")?,
            hearing: self.code("hearing")?,
            wound: self.code("wound")?,
            medication: self.prose("medication")?,
            advice_language: self.code("advice_language")?,
            advice_understood_through: self.line_if_given("advice_understood_through")?,
            follow_up_on: self.day("follow_up_on")?,
            summary_reference: self.line_if_given("summary_reference")?,
        })
    }
}
