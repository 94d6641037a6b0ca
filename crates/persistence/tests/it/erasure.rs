//! What is left of a patient who was anonymized: codes, and not one word.
//!
//! The tests look at the schema itself: a new column of words fails until someone has said what becomes of it.

use std::collections::BTreeSet;

use rafiq_domain::ids::PatientId;
use rafiq_domain::paging::Version;
use rafiq_domain::patients::{
    BirthDate, Certainty, ContactPoint, ContactValue, NameInPassport, Patient, PatientDetails, PatientRecord,
};
use rafiq_domain::policy::{Action, ObjectKind};
use rafiq_domain::refusal::{ProblemCode, Refusal as _};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::{ArabicName, PassportName};
use rafiq_domain::time::PartialDate;
use rafiq_domain::vocabulary::{ContactOwner, ContactSystem};
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Backend;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{db_test, erasure, patients};
use uuid::Uuid;

use crate::fixtures::{allowed, at, id, lead, plant_referred, unit};

/// A word that no code of ours has.
const CANARY: &str = "ZEPHYRINE";

/// The text columns of a patient's row, all of which an erasure writes anew.
const OF_PATIENT: &[&str] = &[
    "mrn",
    "arabic_name",
    "arabic_name_key",
    "passport_surname",
    "passport_given",
    "latin_name_key",
    "birth_date",
    "contacts",
];

/// The text columns about a patient or a case that stay: codes, sets of codes, versions of texts, currencies,
/// and places that are nobody's.
const KEPT: &[&str] = &[
    "access_grants.audience",
    "access_grants.basis",
    "access_grants.end_reason",
    "access_grants.reason_code",
    "approvals.details",
    "approvals.kind",
    // Why two people agreed is kept, as it must be shown that they did; it names ids and codes.
    "approvals.note",
    "approvals.reason",
    "approvals.state",
    "audit_records.action",
    "audit_records.decision",
    "audit_records.object_kind",
    "audit_records.relation",
    "audit_records.roles",
    "case_events.closure_reason",
    "case_events.edge",
    "case_events.from_stage",
    "case_events.gates",
    "case_events.on_behalf_of",
    "case_events.party",
    "case_events.to_stage",
    "case_events.trigger",
    "cases.closure_reason",
    "cases.laterality",
    "cases.payer",
    "cases.priority",
    "cases.return_to",
    "cases.source",
    "cases.stage",
    "complications.grade",
    "complications.kind",
    "complications.phase",
    "complications.state",
    "confirmations.channel",
    "confirmations.kind",
    "consents.given_by",
    "consents.language",
    "consents.method",
    "consents.purpose",
    "consents.state",
    "consents.text_version",
    "discharges.advice_language",
    "discharges.disposition",
    "discharges.facial_function",
    "discharges.hearing",
    "discharges.kind",
    "discharges.spasm",
    "discharges.wound",
    "follow_up_visits.timepoint",
    "information_items.kind",
    "information_items.state",
    "interpreter_bookings.encounter",
    "interpreter_bookings.language",
    "interpreter_bookings.modality",
    "interpreter_bookings.state",
    "interpreter_bookings.time_zone",
    "notes.audience",
    "notes.kind",
    "notes.language",
    "notes.state",
    "outgoing_mails.kind",
    "outgoing_mails.recipient",
    "patients.birth_certainty",
    "patients.languages",
    "patients.nationality",
    "patients.residence_country",
    "patients.sex",
    "patients.state",
    "procedures.kind",
    "procedures.side",
    "procedures.state",
    "quotes.acceptance_channel",
    "quotes.content_hash",
    "quotes.currency",
    "quotes.language",
    // What was sold, sealed by its hash for the books; a line names a service.
    "quotes.lines",
    "quotes.state",
    "quotes.terms_version",
    "referral_reports.kind",
    "referral_reports.led_to",
    "referrals.decline_reason",
    "referrals.question",
    "referrals.state",
    "referrals.ward",
    "reviews.contraindications",
    "reviews.diagnosis",
    "reviews.indications",
    "reviews.laterality",
    "reviews.plan",
    "reviews.recommendation",
    "reviews.summary_language",
    "reviews.unsuitability",
    "surgery_clearances.state",
    "symptom_assessments.babinski",
    "symptom_assessments.ear_symptoms",
    "symptom_assessments.facial_weakness",
    "symptom_assessments.form",
    "symptom_assessments.frequency",
    "symptom_assessments.in_sleep",
    "symptom_assessments.laterality",
    "symptom_assessments.modality",
    "symptom_assessments.onset",
    "symptom_assessments.onset_site",
    "symptom_assessments.previous_facial_palsy",
    "symptom_assessments.red_flags",
    "symptom_assessments.regions",
    "symptom_assessments.relievers",
    "symptom_assessments.spasm_type",
    "symptom_assessments.triggers",
    "symptom_assessments.vision_interference",
    "tasks.about",
    "tasks.kind",
    "tasks.role",
    "tasks.state",
];

/// A column as the schema has it.
#[derive(Debug, Clone)]
struct Column {
    table: String,
    name: String,
    kind: String,
    required: bool,
}

impl Column {
    fn is_text(&self) -> bool {
        matches!(self.kind.as_str(), "varchar" | "text" | "character varying")
    }

    fn is_id(&self) -> bool {
        self.kind.starts_with("uuid")
    }

    fn path(&self) -> String {
        format!("{}.{}", self.table, self.name)
    }
}

async fn schema(db: &TestDb) -> Vec<Column> {
    let query = match db.backend() {
        Backend::Sqlite => {
            "SELECT group_concat(m.name || '|' || c.name || '|' || lower(c.type) || '|' || c.\"notnull\", char(10)) \
             FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'"
        }
        Backend::Postgres => {
            "SELECT string_agg(concat_ws('|', table_name, column_name, data_type, \
             CASE is_nullable WHEN 'NO' THEN '1' ELSE '0' END), E'\\n') \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let lines = db.text(query).await.unwrap();
    let columns = lines.lines().map(|line| {
        let parts: Vec<_> = line.split('|').map(str::to_owned).collect();
        let [table, name, kind, required] = <[String; 4]>::try_from(parts).unwrap();
        Column { table, name, kind, required: required == "1" }
    });
    columns.filter(|column| !column.table.starts_with("seaql")).collect()
}

/// Whether the rows of a table are about a patient or a case.
fn concerns_someone(schema: &[Column], table: &str) -> bool {
    let names = ["case_id", "patient_id", "referral_id"];
    let refers = |column: &&Column| column.table == table && names.contains(&column.name.as_str());
    ["patients", "cases"].contains(&table) || schema.iter().any(|column| refers(&column))
}

db_test! {
    async fn of_every_column_of_words_it_is_said_what_becomes_of_it(db: &TestDb) {
        let schema = schema(db).await;
        let texts = schema.iter().filter(|column| column.is_text() && concerns_someone(&schema, &column.table));
        let found: BTreeSet<String> = texts.map(Column::path).collect();
        let erased = erasure::words().map(|(table, column)| format!("{table}.{column}"));
        let patient = OF_PATIENT.iter().map(|column| format!("patients.{column}"));
        // The number of a case, and the phones beside a patient, go with their rows.
        let besides = ["cases.number", "patient_phones.number"].map(str::to_owned);
        // A hold that was lifted is over; one that was not forbids the erasure.
        let holds = ["legal_holds.reason"].map(str::to_owned);
        let known: Vec<String> =
            KEPT.iter().map(|path| (*path).to_owned()).chain(erased).chain(patient).chain(besides).chain(holds).collect();
        let listed: BTreeSet<String> = known.iter().cloned().collect();
        assert_eq!(listed.len(), known.len(), "a column is listed twice");
        let (unsaid, gone): (Vec<_>, Vec<_>) =
            (found.difference(&listed).collect(), listed.difference(&found).collect());
        assert!(unsaid.is_empty() && gone.is_empty(), "nothing is said of {unsaid:?}; there is no {gone:?}");
    }
}

/// The value of a column in a row that says the canary wherever words may stand.
fn value(db: &TestDb, column: &Column, said: &BTreeSet<String>) -> String {
    let key = |number: u128| match db.backend() {
        Backend::Sqlite => format!("x'{}'", Uuid::from_u128(number).simple()),
        Backend::Postgres => format!("'{}'", Uuid::from_u128(number)),
    };
    let path = column.path();
    match (path.as_str(), column.name.as_str()) {
        (_, "id") => key(500),
        (_, "case_id" | "referral_id" | "hospital_id") if column.required => key(7),
        ("access_grants.user_id" | "follow_up_visits.recorded_by" | "surgery_clearances.decided_by", _) => {
            key(lead().uuid().as_u128())
        }
        ("access_grants.basis", _) => "'second_opinion'".to_owned(),
        ("notes.state", _) => "'signed'".to_owned(),
        ("quotes.state", _) => "'accepted'".to_owned(),
        ("surgery_clearances.state", _) => "'refused'".to_owned(),
        ("quotes.acceptance_channel" | "quotes.terms_version", _) => "'x'".to_owned(),
        ("information_items.state", _) => "'waived'".to_owned(),
        (
            "notes.signed_at"
            | "follow_up_visits.seen_at"
            | "quotes.issued_at"
            | "quotes.accepted_at"
            | "surgery_clearances.decided_at",
            _,
        ) => "'2026-03-02 08:00:00+00:00'".to_owned(),
        ("interpreter_bookings.ends_at" | "interpreter_bookings.occupied_until" | "procedures.ended_at", _) => {
            "'2026-03-03 08:00:00+00:00'".to_owned()
        }
        ("interpreter_bookings.state", _) => "'requested'".to_owned(),
        ("procedures.record" | "follow_up_visits.findings", _) => {
            format!("'{{\"method\": \"interposition\", \"note\": \"{CANARY}\"}}'")
        }
        ("referrals.acceptance", _) => format!("'{{\"side\": \"left\", \"plan\": \"{CANARY}\"}}'"),
        ("symptom_assessments.history", _) => format!("'[{{\"text\": \"{CANARY}\"}}]'"),
        ("symptom_assessments.allergies", _) => format!("'{{\"known\": [\"{CANARY}\"]}}'"),
        ("referral_reports.content", _) => format!("'{{\"reason\": \"{CANARY}\"}}'"),
        _ if said.contains(&path) => format!("'{CANARY}'"),
        _ if !column.required => "NULL".to_owned(),
        _ if column.is_id() => key(lead().uuid().as_u128()),
        _ if column.is_text() => "'x'".to_owned(),
        _ if column.kind.starts_with("timestamp") => "'2026-03-02 08:00:00+00:00'".to_owned(),
        _ if column.kind.starts_with("date") => "'2026-03-02'".to_owned(),
        _ if column.kind.starts_with("bool") => "FALSE".to_owned(),
        _ => "1".to_owned(),
    }
}

/// A row in each table that has words about the case, as only a test would write it.
async fn plant_words(db: &TestDb, schema: &[Column]) -> BTreeSet<String> {
    let said: BTreeSet<String> = erasure::words().map(|(table, column)| format!("{table}.{column}")).collect();
    let tables: BTreeSet<&str> = erasure::words().map(|(table, _)| table).collect();
    let planted_already = ["cases", "referrals"];
    for table in tables.iter().filter(|table| !planted_already.contains(table)) {
        let columns: Vec<_> = schema.iter().filter(|column| column.table == **table).collect();
        let names: Vec<_> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let values: Vec<_> = columns.iter().map(|column| value(db, column, &said)).collect();
        let insert = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
        db.execute(&insert).await.unwrap_or_else(|error| panic!("{insert}: {error:?}"));
    }
    for table in planted_already {
        let words = schema.iter().filter(|column| column.table == table && said.contains(&column.path()));
        let changes: Vec<_> = words.map(|column| format!("{} = {}", column.name, value(db, column, &said))).collect();
        let hold = if table == "cases" { ", held_since = received_at, review_at = received_at" } else { "" };
        db.execute(&format!("UPDATE {table} SET {}{hold}", changes.join(", "))).await.unwrap();
    }
    said
}

/// How many rows of a column hold `word`.
async fn count(db: &TestDb, column: &Column, word: &str) -> i64 {
    let Column { table, name, .. } = column;
    db.number(&format!("SELECT COUNT(*) FROM {table} WHERE CAST(\"{name}\" AS TEXT) LIKE '%{word}%'")).await.unwrap()
}

fn known() -> PatientDetails {
    let name = || PassportName::parse(CANARY).unwrap();
    let contact = |system, value: &str| ContactPoint {
        system,
        value: ContactValue::parse(system, value, None).unwrap(),
        owner: ContactOwner::Patient,
    };
    PatientDetails {
        arabic_name: Some(ArabicName::parse("زفيرين القنديل").unwrap()),
        passport_name: Some(NameInPassport { surname: name(), given: name() }),
        birth: Some(BirthDate {
            date: Sensitive(PartialDate::parse("1961-03-10").unwrap()),
            certainty: Certainty::Documented,
        }),
        contacts: vec![
            contact(ContactSystem::Phone, "+9647701234567"),
            contact(ContactSystem::Email, "zephyrine@example.com"),
        ],
        ..PatientDetails::default()
    }
}

db_test! {
    async fn nothing_that_was_said_of_a_patient_is_left(db: &TestDb) {
        let schema = schema(db).await;
        let patient_id: PatientId = plant_referred(db, 7).await.patient_id;
        let found = patients::find(db, patient_id).await.unwrap().unwrap().patient;
        let details = known();
        let described = Patient { details, mrn: format!("BMC-{CANARY}"), ..found };
        let described = allowed(Action::UpdatePatient, ObjectKind::Patient, described);
        let version = unit(db, async |tx| patients::update(tx, &described).await).await.unwrap();
        let said = plant_words(db, &schema).await;
        let texts: Vec<_> = schema.iter().filter(|column| column.is_text()).collect();
        for column in texts.iter().filter(|column| said.contains(&column.path())) {
            assert_eq!(count(db, column, CANARY).await, 1, "{} holds no word", column.path());
        }

        let anonymous = Patient { version, ..described.clone().into_inner() }.anonymized().unwrap();
        let anonymous = allowed(Action::ErasePatient, ObjectKind::Patient, anonymous);
        unit(db, async |tx| erasure::anonymize(tx, &anonymous, at(9, 0)).await).await.unwrap();

        let pieces = [CANARY, "زفيرين", "zephyrine", "7701234567", "1961-03", "BMC-7", "C-7"];
        for column in texts {
            for piece in pieces {
                assert_eq!(count(db, column, piece).await, 0, "{piece} is left in {}", column.path());
            }
        }
        assert_eq!(db.number("SELECT COUNT(*) FROM patient_phones").await.unwrap(), 0);
        let left = patients::get(db, patient_id).await.unwrap();
        assert_eq!((left.record, left.version), (PatientRecord::Anonymized, Version(3)));
        assert_eq!(left.details.birth.map(|birth| birth.date.to_string()), Some("1961".to_owned()));
        let record = db.text("SELECT record FROM procedures").await.unwrap();
        assert!(record.contains("interposition") && !record.contains("note"), "codes stay: {record}");
        let acceptance = db.text("SELECT acceptance FROM referrals").await.unwrap();
        assert!(acceptance.contains("left") && acceptance.contains("[erased]"), "codes stay: {acceptance}");
    }
}

db_test! {
    async fn the_seals_stand_for_everyone_who_was_not_anonymized(db: &TestDb) {
        let schema = schema(db).await;
        plant_referred(db, 7).await;
        plant_words(db, &schema).await;
        let sealed = [
            ("case_events", "reason"),
            ("notes", "body"),
            ("referral_reports", "content"),
            ("reviews", "summary"),
            ("symptom_assessments", "history"),
        ];
        for (table, column) in sealed {
            let change = db.execute(&format!("UPDATE {table} SET {column} = '[]'")).await;
            assert!(change.is_err(), "{table} may be changed");
        }
        db.execute("UPDATE cases SET anonymized_at = received_at").await.unwrap();
        for (table, column) in sealed {
            db.execute(&format!("UPDATE {table} SET {column} = '[erased]'")).await.unwrap();
            let removal = db.execute(&format!("DELETE FROM {table}")).await;
            assert!(removal.is_err(), "{table} may lose its rows");
        }
    }
}

db_test! {
    async fn no_word_comes_into_a_case_whose_patient_was_forgotten(db: &TestDb) {
        let schema = schema(db).await;
        plant_referred(db, 7).await;
        plant_words(db, &schema).await;
        db.execute("UPDATE cases SET anonymized_at = received_at").await.unwrap();
        let forgotten = |refused: Result<(), StoreError>, what: &str| {
            let refused = refused.expect_err(what);
            assert!(refused.is_constraint("ck_cases_forgotten"), "{what}: {refused:?}");
            assert_eq!(refused.code(), ProblemCode::CaseIsFinal, "{what}");
        };
        let tables: BTreeSet<&str> = erasure::words().map(|(table, _)| table).filter(|table| *table != "cases").collect();
        for table in tables {
            let columns = schema.iter().filter(|column| column.table == table && column.name != "id");
            let names: Vec<_> = columns.map(|column| format!("\"{}\"", column.name)).collect();
            let id = match db.backend() {
                Backend::Sqlite => "randomblob(16)",
                Backend::Postgres => "gen_random_uuid()",
            };
            let names = names.join(", ");
            let rows = if table == "access_grants" { "access_grants WHERE reason IS NOT NULL" } else { table };
            let again = format!("INSERT INTO {table} (id, {names}) SELECT {id}, {names} FROM {rows}");
            forgotten(db.execute(&again).await, &again);
        }
        let documents = ["content", "acceptance", "record", "findings", "history", "allergies"];
        for (table, column) in erasure::words().filter(|(table, column)| *table != "cases" && !documents.contains(column)) {
            let change = format!("UPDATE {table} SET {column} = '{CANARY} again'");
            forgotten(db.execute(&change).await, &change);
            db.execute(&format!("UPDATE {table} SET {column} = '[erased]'")).await.unwrap();
        }
    }
}

db_test! {
    async fn a_merged_record_points_to_one_that_is_there(db: &TestDb) {
        let case = plant_referred(db, 7).await;
        for planted in [
            "UPDATE patients SET state = 'merged'",
            "UPDATE patients SET merged_into = id",
            "UPDATE patients SET state = 'merged', merged_into = created_by",
        ] {
            assert!(db.execute(planted).await.is_err(), "{planted}");
        }
        let found = patients::find(db, case.patient_id).await.unwrap().unwrap().patient;
        assert_eq!((found.record, found.id), (PatientRecord::Active, id(7)));
    }
}
