//! What stories are about. Each has defaults, so that a test names only what matters to it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Session};

/// Something that the service has made.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    /// Its id.
    pub(crate) id: String,
    /// The version last seen.
    pub(crate) etag: String,
}

impl Thing {
    /// The thing of an answer.
    pub(crate) fn of(answer: &Answer) -> Self {
        Self { id: answer.text("/id").to_owned(), etag: answer.etag().to_owned() }
    }

    /// Its id, for the parts of the product that are called directly.
    pub(crate) fn uuid(&self) -> Uuid {
        self.id.parse().unwrap()
    }
}

/// A request that makes a thing.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    path: &'static str,
    /// The request's body.
    pub(crate) body: Value,
}

impl Draft {
    /// Sets the value at a JSON pointer whose parent is there.
    #[track_caller]
    pub(crate) fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect(pointer);
        self.body.pointer_mut(parent).expect(pointer)[name] = value.into();
        self
    }

    /// Leaves the field at a JSON pointer out.
    #[track_caller]
    pub(crate) fn without(mut self, pointer: &str) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect(pointer);
        self.body.pointer_mut(parent).and_then(Value::as_object_mut).expect(pointer).remove(name);
        self
    }

    /// Lets someone make it, and expects that they may.
    pub(crate) async fn by(&self, session: &Session<'_>) -> Thing {
        Thing::of(&session.post(self.path, &self.body).await.expect(201))
    }
}

/// Names that no two of which are likely to be one person's.
const NAMES: [(&str, &str, &str); 6] = [
    ("فاطمة محمد الخطيب", "FATIMA MOHAMMED", "ALKHATEEB"),
    ("عمر سليم الحداد", "OMAR SALIM", "HADDAD"),
    ("نورة عبد العزيز القحطاني", "NOURA ABDULAZIZ", "ALQAHTANI"),
    ("يوسف جاسم البياتي", "YOUSIF JASIM", "ALBAYATI"),
    ("مريم إدريس بن عيسى", "MERIEM IDRISS", "BENAISSA"),
    ("خالد وليد الطرابلسي", "KHALED WALID", "ALTRABELSI"),
];

/// A patient of whom everything is known; the number chooses who.
pub(crate) fn a_patient(who: usize) -> Draft {
    let (arabic, given, surname) = NAMES[who];
    let details = json!({
        "arabic_name": arabic,
        "passport_name": { "surname": surname, "given": given },
        "sex": "female",
        "birth_date": format!("196{who}-03-1{who}"),
        "nationality": "IQ",
        "residence_country": "IQ",
        "languages": [{ "language": "ar", "dialect": "iraqi", "reads": true }],
        "contacts": [{ "system": "phone", "value": format!("+96477012345{who}7") }],
        "interpreter_required": true,
    });
    Draft { path: "/patients", body: json!({ "details": details }) }
}

/// A new case of a patient, at inquiry.
pub(crate) fn a_case(patient: &Thing) -> Draft {
    Draft { path: "/cases", body: json!({ "patient_id": patient.id, "source": "web" }) }
}

/// A hospital that can do the operation.
pub(crate) fn a_hospital() -> Draft {
    let licence = json!({
        "issuer": "MOH", "number": "HT-34-0042", "valid_from": "2025-01-01", "valid_until": "2028-01-01",
    });
    let body = json!({
        "name_en": "Golden Horn Hospital", "name_tr": "Haliç Hastanesi", "name_ar": "مستشفى القرن الذهبي",
        "city": "İstanbul", "time_zone": "Europe/Istanbul", "licence": licence, "state": "active",
    });
    Draft { path: "/hospitals", body }
}

/// An interpreter between Arabic and Turkish.
pub(crate) fn an_interpreter() -> Draft {
    let body = json!({
        "name": "Leyla Demir", "sex": "female", "languages": ["ar", "tr"], "dialects": ["iraqi"],
        "qualification": "certified", "training_hours": 240, "modalities": ["in_person", "video"],
        "confidential_until": "2028-01-01", "state": "active",
    });
    Draft { path: "/interpreters", body }
}
