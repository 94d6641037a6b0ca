//! One case, played through the interface by everyone whose work it is.
//!
//! Each scene leaves the case in one stage, and the next begins there. A journey may end after any
//! of them: that is how cases at every stage come about.

use std::io::Write as _;

use anyhow::Context as _;
use axum::http::Method;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use rafiq_domain::cases::Stage;
use rafiq_domain::ids::Ids as _;
use rafiq_domain::time::Clock as _;
use rafiq_domain::vocabulary::{Coded, ContraindicationItem, IndicationItem};
use serde_json::{Value, json};

use super::cast::{Cast, Member};
use super::client::{Answer, Person};
use super::people::PatientSeed;
use crate::assembly::{SystemClock, SystemIds};

/// Whether the steps are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// One line for each.
    Telling,
    /// None.
    Silent,
}

/// A case on its way.
#[derive(Debug)]
pub(super) struct Journey<'a> {
    cast: &'a Cast,
    patient: &'a PatientSeed,
    voice: Voice,
    told: u32,
    /// Which case of the demonstration it is: it chooses hospital, interpreter and hour, so that nobody is needed twice at once.
    turn: u64,
    stage: Stage,
    case: String,
    mrn: String,
    referral: String,
    interpreted_from: DateTime<Utc>,
}

impl<'a> Journey<'a> {
    /// A case that has not begun.
    pub(super) fn new(cast: &'a Cast, patient: &'a PatientSeed, turn: u64, voice: Voice) -> Self {
        let interpreted_from = now() + TimeDelta::days(1);
        Self {
            cast,
            patient,
            voice,
            told: 0,
            turn,
            stage: Stage::Inquiry,
            case: String::new(),
            mrn: String::new(),
            referral: String::new(),
            interpreted_from,
        }
    }

    /// Plays until the case stands where its seed says.
    pub(super) async fn play(&mut self) -> anyhow::Result<()> {
        let goal = self.patient.stage;
        self.first_contact().await?;
        loop {
            if self.stage == goal {
                return Ok(());
            }
            match (self.stage, goal) {
                (Stage::Inquiry, _) => self.register().await?,
                (Stage::Intake, Stage::AwaitingPatientInfo) => self.wait_for_patient().await?,
                (Stage::Intake, _) => self.assess().await?,
                (Stage::MedicalReview, Stage::ConservativeCare) => self.treat_conservatively().await?,
                (Stage::MedicalReview, _) => self.decide().await?,
                (Stage::ReferralPreparation, _) => self.refer().await?,
                (Stage::Referred, _) => self.hospital_accepts().await?,
                (Stage::Accepted, _) => self.quote().await?,
                (Stage::Quoted, _) => self.confirm().await?,
                (Stage::Confirmed, _) => self.fix_dates().await?,
                (Stage::PreArrival, _) => self.arrive().await?,
                (Stage::Arrived, _) => self.admit().await?,
                (Stage::Admitted, _) => self.begin_surgery().await?,
                (Stage::InSurgery, _) => self.end_surgery().await?,
                (Stage::InpatientRecovery, _) => self.discharge().await?,
                (Stage::Convalescence, _) => self.go_home().await?,
                (stage, goal) => anyhow::bail!("there is no way from {stage} to {goal}"),
            }
        }
    }

    async fn first_contact(&mut self) -> anyhow::Result<()> {
        let seed = self.patient;
        let details = json!({
            "arabic_name": seed.arabic_name,
            "passport_name": { "surname": seed.surname, "given": seed.given },
            "sex": seed.sex, "birth_date": seed.birth_date, "nationality": seed.country, "residence_country": seed.country,
            "languages": [{ "language": "ar", "dialect": seed.dialect, "reads": true }],
            "contacts": [{ "system": "whatsapp", "value": seed.phone }],
            "interpreter_required": true,
        });
        let coordinator = &self.cast.coordinator;
        let patient = coordinator.post("/api/v1/patients", json!({ "details": details })).await?;
        self.mrn = patient.text("/mrn")?;
        let case =
            coordinator.post("/api/v1/cases", json!({ "patient_id": patient.id()?, "source": "whatsapp" })).await?;
        self.case = format!("/api/v1/cases/{}", case.id()?);
        self.tell("coordinator", &format!("opens case {} for {}", case.text("/number")?, seed.arabic_name))?;
        self.reached(Stage::Inquiry).await
    }

    async fn register(&mut self) -> anyhow::Result<()> {
        let coordinator = &self.cast.coordinator;
        self.confirm_that(coordinator, "first_response", "answered on WhatsApp", json!({ "channel": "whatsapp" }))
            .await?;
        self.confirm_that(coordinator, "privacy_notice", "KVKK notice v3, Arabic", json!({})).await?;
        self.consent("health_data_processing", None).await?;
        self.tell("coordinator", "answers, gives the privacy notice and records the consent in Arabic")?;
        self.step(coordinator, json!({ "trigger": "register" })).await?;
        self.reached(Stage::Intake).await
    }

    async fn wait_for_patient(&mut self) -> anyhow::Result<()> {
        let coordinator = &self.cast.coordinator;
        let item = json!({ "kind": "mri_dicom", "text": "MRI with 3D CISS and TOF angiography, DICOM", "due_on": today() + Days::new(7) });
        coordinator.post(&self.at("/information-items"), item).await?;
        self.step(coordinator, json!({ "trigger": "request_information" })).await?;
        self.reached(Stage::AwaitingPatientInfo).await
    }

    async fn assess(&mut self) -> anyhow::Result<()> {
        let coordinator = &self.cast.coordinator;
        let team = json!({ "coordinator_id": self.read("/coordinator_id").await?, "doctor_id": self.cast.doctor_id });
        coordinator.change(&self.case, Method::PUT, &self.at("/team"), team).await?;
        self.tell("coordinator", "assigns the Arabic-speaking doctor")?;
        coordinator.post(&self.at("/symptom-assessments"), self.assessment()).await?;
        self.confirm_that(coordinator, "spasm_video", "video message, 40 s", json!({})).await?;
        self.tell(
            "coordinator",
            &format!("records the symptoms: {} side, since {}", self.patient.side, self.patient.onset),
        )?;
        self.step(coordinator, json!({ "trigger": "submit_for_review" })).await?;
        self.reached(Stage::MedicalReview).await
    }

    fn assessment(&self) -> Value {
        let history: Vec<_> = ["drugs", "allergies", "comorbidity", "anticoagulant", "botulinum", "prior_surgery"]
            .map(|item| {
                if item == "botulinum" {
                    json!({ "item": item, "answer": "recorded", "text": "onabotulinumtoxinA, 4 sessions, wearing off" })
                } else {
                    json!({ "item": item, "answer": "none" })
                }
            })
            .into();
        json!({
            "taken_at": now(), "modality": "video", "laterality": self.patient.side, "onset": self.patient.onset,
            "onset_site": "lower_eyelid", "form": "typical", "regions": ["periocular", "zygomatic_cheek", "perioral"],
            "spasm_type": "mixed", "frequency": "frequent_with_breaks", "in_sleep": "yes", "triggers": ["fatigue", "stress_anxiety"],
            "relievers": ["rest"], "ear_symptoms": ["none"], "vision_interference": "reading", "pain": 0, "babinski": "present",
            "facial_weakness": "I", "previous_facial_palsy": "none", "red_flags": [], "allergies": { "answer": "none" }, "history": history,
        })
    }

    async fn treat_conservatively(&mut self) -> anyhow::Result<()> {
        let doctor = &self.cast.doctor;
        let review = json!({
            "recommendation": "botulinum", "diagnosis": "hfs_primary", "laterality": self.patient.side,
            "indications": [], "contraindications": [],
            "conservative": { "plan": "botulinum", "review_on": today() + Days::new(90) },
            "summary": "Mild spasm; botulinum toxin near home, review in three months.", "summary_language": "en",
        });
        doctor.post(&self.at("/reviews"), review).await?;
        self.confirm_that(doctor, "patient_informed", "call in Arabic", json!({})).await?;
        self.step(doctor, json!({ "trigger": "plan_conservative_care" })).await?;
        self.reached(Stage::ConservativeCare).await
    }

    async fn decide(&mut self) -> anyhow::Result<()> {
        let doctor = &self.cast.doctor;
        let body = "المريضة تعاني من تشنج نصفي في الوجه منذ سنوات مع تأثير على القراءة.";
        let note = doctor
            .post(
                &self.at("/notes"),
                json!({ "kind": "consultation", "language": "ar", "body": body, "audience": "hospital" }),
            )
            .await?;
        let at = self.at(&format!("/notes/{}", note.id()?));
        doctor.change(&at, Method::POST, &format!("{at}/sign"), Value::Null).await?;
        self.tell("doctor", "writes and signs the consultation note in Arabic")?;
        self.confirm_that(doctor, "adequate_mri", "MRI 3 T, CISS and TOF, readable", json!({})).await?;
        doctor.post(&self.at("/reviews"), self.surgical_review()).await?;
        self.tell("doctor", "signs the review: primary hemifacial spasm, a surgical opinion is recommended")?;
        self.step(doctor, json!({ "trigger": "recommend_surgery" })).await?;
        self.reached(Stage::ReferralPreparation).await
    }

    fn surgical_review(&self) -> Value {
        let yes: Vec<_> =
            IndicationItem::ALL.iter().map(|item| json!({ "item": item.code(), "answer": "yes" })).collect();
        let no: Vec<_> =
            ContraindicationItem::ALL.iter().map(|item| json!({ "item": item.code(), "answer": "no" })).collect();
        json!({
            "recommendation": "surgical_opinion", "diagnosis": "hfs_primary", "laterality": self.patient.side,
            "indications": yes, "contraindications": no,
            "summary": "Primary hemifacial spasm with vascular contact at the root exit zone of the same side; botulinum toxin wearing off. Opinion on microvascular decompression requested.",
            "summary_language": "en",
        })
    }

    async fn refer(&mut self) -> anyhow::Result<()> {
        let hospital = self.hospital()?;
        let (name, hospital_id) = (hospital.name, hospital.id.clone());
        let coordinator = &self.cast.coordinator;
        self.confirm_that(coordinator, "hospital_options_offered", "two hospitals shown with prices", json!({}))
            .await?;
        self.consent("share_with_hospital", Some(&hospital_id)).await?;
        let referral = coordinator
            .post(&self.at("/referrals"), json!({ "hospital_id": hospital_id, "question": "opinion_and_price" }))
            .await?;
        self.referral = referral.id()?;
        let at = self.at(&format!("/referrals/{}", self.referral));
        coordinator.change(&at, Method::POST, &format!("{at}/send"), Value::Null).await?;
        self.tell("coordinator", &format!("refers to {name}, with the patient's consent"))?;
        self.reached(Stage::Referred).await
    }

    async fn hospital_accepts(&mut self) -> anyhow::Result<()> {
        let hospital = self.hospital()?;
        hospital.person.get(&format!("/api/v1/partner/referrals/{}", self.referral)).await?;
        self.tell("hospital", "opens the referral, which counts as received")?;
        let acceptance = json!({
            "surgeon": "Prof. Dr. Kemal Aksoy", "side": self.patient.side, "earliest_on": today() + Days::new(2),
            "latest_on": today() + Days::new(60), "price": { "minor": 1_150_000, "currency": "USD" },
            "plan": "Retrosigmoid microvascular decompression with LSR and BAEP monitoring.", "valid_until": today() + Days::new(60),
        });
        self.report("accepted", acceptance).await?;
        self.tell("hospital", "accepts: surgeon, window and price")?;
        self.reached(Stage::Accepted).await
    }

    async fn quote(&mut self) -> anyhow::Result<()> {
        let coordinator = &self.cast.coordinator;
        let line = |kind: &str, text: &str, quantity: u32, price: u32| json!({ "kind": kind, "description": text, "quantity": quantity, "unit_price_minor": price, "inclusion": "included" });
        let quote = json!({
            "referral_id": self.referral, "language": "ar", "currency": "USD",
            "lines": [
                line("surgery", "عملية تخفيف الضغط الوعائي المجهري", 1, 1_150_000),
                line("interpreter", "مترجم طبي، بالساعة", 12, 4_000),
                line("hotel", "إقامة فندقية، لليلة", 10, 9_000),
                line("insurance", "تأمين المضاعفات 180 يومًا", 1, 25_000),
            ],
            "deposit_minor": 300_000, "valid_until": today() + Days::new(30),
        });
        let quote = coordinator.post(&self.at("/quotes"), quote).await?;
        let at = self.at(&format!("/quotes/{}", quote.id()?));
        coordinator.change(&at, Method::POST, &format!("{at}/issue"), Value::Null).await?;
        self.tell("coordinator", "issues the quote in Arabic")?;
        self.reached(Stage::Quoted).await
    }

    async fn confirm(&mut self) -> anyhow::Result<()> {
        let coordinator = &self.cast.coordinator;
        let quotes = coordinator.get(&self.at("/quotes")).await?;
        let quote = latest(&quotes)?;
        let (id, hash) = (field(quote, "id")?, field(quote, "content_hash")?);
        let at = self.at(&format!("/quotes/{id}"));
        let acceptance = json!({ "content_hash": hash, "channel": "whatsapp", "evidence": "voice message, kept", "terms_version": "2026-2" });
        coordinator.change(&at, Method::POST, &format!("{at}/accept"), acceptance).await?;
        self.tell("coordinator", "records that the family accepts this very version")?;
        self.confirm_that(coordinator, "terms_acknowledged", "terms and refunds, version 2026-2", json!({})).await?;
        self.confirm_that(&self.cast.finance, "deposit_cleared", "bank transfer, USD 3,000", json!({})).await?;
        self.confirm_that(coordinator, "slot_reconfirmed", "hospital confirmed by phone", json!({})).await?;
        self.tell("finance", "clears the deposit")?;
        self.step(coordinator, json!({ "trigger": "confirm", "on_behalf_of": "patient" })).await?;
        self.reached(Stage::Confirmed).await
    }

    async fn fix_dates(&mut self) -> anyhow::Result<()> {
        let dates = json!({ "admission_on": today() + Days::new(2), "surgery_on": today() + Days::new(3), "ward": "Neurosurgery 4B" });
        self.report("scheduled", dates).await?;
        self.report("invitation-letter-issued", json!({ "reference": "INV-2026-0417" })).await?;
        self.tell("hospital", "fixes admission and surgery, and issues the invitation letter")?;
        let coordinator = &self.cast.coordinator;
        self.confirm_that(
            coordinator,
            "travel_checklist",
            "visa, flight, hotel, transfer, insurance, interpreters",
            json!({}),
        )
        .await?;
        self.step(coordinator, json!({ "trigger": "fix_dates" })).await?;
        self.reached(Stage::PreArrival).await
    }

    async fn arrive(&mut self) -> anyhow::Result<()> {
        let coordinator = &self.cast.coordinator;
        for (encounter, hour) in [("admission", 0), ("consent", 2)] {
            self.book_interpreter(encounter, hour).await?;
        }
        let term = json!({ "valid_from": today(), "valid_until": today() + Days::new(180) });
        self.confirm_that(coordinator, "insurance_bound", "complication policy TR-2026-88123", term).await?;
        for (kind, proof) in [
            ("passport_verified", "seen, valid 4 years"),
            ("visa_settled", "e-visa, 90 days"),
            ("accommodation_booked", "10 nights near the hospital"),
            ("transfer_booked", "driver with an Arabic name board"),
            ("return_ticket", "flexible, not before day 14"),
            ("arrival", "landed at IST, met at the gate"),
        ] {
            self.confirm_that(coordinator, kind, proof, json!({})).await?;
        }
        self.tell("coordinator", "binds the insurance and meets the patient at the airport")?;
        self.step(coordinator, json!({ "trigger": "record_arrival" })).await?;
        self.reached(Stage::Arrived).await
    }

    /// Each case has its own day and its interpreter an hour of it, so that no seed takes another's time.
    async fn book_interpreter(&mut self, encounter: &str, hour: i64) -> anyhow::Result<()> {
        let interpreter = self.interpreter()?;
        let from = self.interpreted_from + TimeDelta::days(i64::try_from(self.turn)?) + TimeDelta::hours(hour);
        let job = json!({
            "encounter": encounter, "modality": "in_person", "starts_at": from, "ends_at": from + TimeDelta::hours(1),
            "time_zone": "Europe/Istanbul", "place": "International patients desk", "language": "ar",
        });
        let coordinator = &self.cast.coordinator;
        let booking = coordinator.post(&self.at("/interpreter-bookings"), job).await?.id()?;
        let at = self.at(&format!("/interpreter-bookings/{booking}"));
        coordinator
            .change(&at, Method::POST, &format!("{at}/offer"), json!({ "interpreter_id": interpreter.id }))
            .await?;
        let own = format!("/api/v1/interpreter-bookings/{booking}");
        interpreter.person.change(&own, Method::POST, &format!("{own}/accept"), Value::Null).await?;
        self.tell("interpreter", &format!("{} accepts the {encounter} job", interpreter.name))
    }

    async fn admit(&mut self) -> anyhow::Result<()> {
        let preop = json!({ "result": "fit", "finding": "ECG, blood count and coagulation normal; ASA II" });
        self.report("arrived-preop", preop).await?;
        self.report("admitted", json!({ "admission_number": format!("ADM-{}", self.turn), "ward": "Neurosurgery 4B" }))
            .await?;
        self.tell("hospital", "finds the patient fit and admits her")?;
        self.reached(Stage::Admitted).await
    }

    async fn begin_surgery(&mut self) -> anyhow::Result<()> {
        let (coordinator, doctor) = (&self.cast.coordinator, &self.cast.doctor);
        self.confirm_that(coordinator, "surgical_consent", "signed with surgeon and interpreter", json!({})).await?;
        self.confirm_that(doctor, "anticoagulant_decision", "none taken", json!({})).await?;
        self.confirm_that(coordinator, "baseline_audiometry", "audiogram of this week", json!({})).await?;
        self.confirm_that(coordinator, "monitoring_plan", "LSR and BAEP", json!({})).await?;
        let clearance = coordinator.post(&self.at("/surgery-clearances"), Value::Null).await?;
        let at = self.at(&format!("/surgery-clearances/{}", clearance.id()?));
        doctor.change(&at, Method::POST, &format!("{at}/clear"), Value::Null).await?;
        self.tell("doctor", "clears the surgery: side, consent, insurance, allergies, interpreter, hearing test")?;
        self.report("surgery-started", json!({ "side": self.patient.side, "kind": "mvd_primary" })).await?;
        self.tell("hospital", &format!("reports knife to skin on the {} side", self.patient.side))?;
        self.reached(Stage::InSurgery).await
    }

    async fn end_surgery(&mut self) -> anyhow::Result<()> {
        let operation = json!({
            "side": self.patient.side, "vessels": ["AICA"], "method": "interposition", "materials": ["teflon_felt"],
            "lsr_event": "gone_at_decompression", "baep_final": "unchanged", "blood_loss_ml": 120,
            "note": "AICA loop at the root exit zone, transposed and padded.",
        });
        self.report("surgery-ended", operation).await?;
        self.tell("hospital", "reports the end: AICA moved away, lateral spread gone, hearing response unchanged")?;
        self.reached(Stage::InpatientRecovery).await
    }

    async fn discharge(&mut self) -> anyhow::Result<()> {
        let status =
            json!({ "facial_function": "I", "spasm": "reduced", "hearing": "same", "wound": "dry", "pain": 2 });
        self.report("daily-status", status).await?;
        let discharge = json!({
            "disposition": "home_hotel", "facial_function": "I", "spasm": "none", "hearing": "same", "wound": "dry",
            "medication": "Paracetamol 1 g, up to three times a day.", "advice_language": "ar",
            "advice_understood_through": "interpreter at discharge", "follow_up_on": today() + Days::new(7),
            "summary_reference": "discharge summary, signed",
        });
        self.report("discharged", discharge).await?;
        self.tell("hospital", "discharges: no spasm, warning signs explained in Arabic")?;
        self.reached(Stage::Convalescence).await
    }

    async fn go_home(&mut self) -> anyhow::Result<()> {
        let (coordinator, doctor) = (&self.cast.coordinator, &self.cast.doctor);
        let term = json!({ "valid_from": today(), "valid_until": today() + Days::new(7) });
        self.confirm_that(doctor, "fit_to_fly", "surgeon's certificate, CT without air", term).await?;
        self.tell("doctor", "records the surgeon's fit-to-fly certificate")?;
        for (kind, proof) in [
            ("travel_pack_given", "summary, medicines letter, instructions in Arabic"),
            ("home_contact_verified", "daughter reached by phone"),
            ("departure", "flight home"),
        ] {
            self.confirm_that(coordinator, kind, proof, json!({})).await?;
        }
        self.step(coordinator, json!({ "trigger": "record_departure" })).await?;
        self.tell("coordinator", "sees the patient off with the travel pack")?;
        self.reached(Stage::FollowUp).await
    }

    /// The first visit from home; the case stays in follow-up.
    pub(super) async fn first_visit(&mut self) -> anyhow::Result<()> {
        let doctor = &self.cast.doctor;
        let visits = doctor.get(&self.at("/follow-up-visits")).await?;
        let visit = list(&visits)?
            .iter()
            .min_by_key(|visit| visit.get("due_on").map(Value::to_string))
            .context("no visit is planned")?;
        let at = self.at(&format!("/follow-up-visits/{}", field(visit, "id")?));
        let findings = json!({
            "mode": "tele", "improvement_percent": 95, "course": "immediate", "facial_function": "I", "hearing": "same",
            "note": "لا تشنج منذ العملية، الجرح ملتئم.",
        });
        doctor.change(&at, Method::POST, &format!("{at}/record"), findings).await?;
        self.tell("doctor", "sees her by video: 95 % better, hearing as before")?;
        let timeline = doctor.get(&self.at("/timeline?limit=100")).await?;
        let steps = list(&timeline)?.len();
        self.tell(
            "auditor",
            &format!("finds {steps} steps on the timeline, each with who, when and which gates were checked"),
        )
    }

    async fn report(&self, kind: &str, mut facts: Value) -> anyhow::Result<Answer> {
        if let Value::Object(fields) = &mut facts {
            fields.insert("event_id".to_owned(), json!(SystemIds.next()));
            fields.insert("occurred_at".to_owned(), json!(now()));
            fields.insert("patient_mrn".to_owned(), json!(self.mrn));
        }
        self.hospital()?
            .person
            .post(&format!("/api/v1/partner/referrals/{}/reports/{kind}", self.referral), facts)
            .await
    }

    async fn consent(&self, purpose: &str, hospital_id: Option<&str>) -> anyhow::Result<()> {
        let mut consent = json!({
            "purpose": purpose, "text_version": "2026-3", "language": "ar", "method": "e_sign", "given_by": "patient",
            "given_at": now(), "evidence": "signed form, kept",
        });
        if let (Value::Object(fields), Some(id)) = (&mut consent, hospital_id) {
            fields.insert("hospital_id".to_owned(), json!(id));
        }
        self.cast.coordinator.post(&self.at("/consents"), consent).await.map(|_| ())
    }

    async fn confirm_that(&self, who: &Person, kind: &str, reference: &str, more: Value) -> anyhow::Result<()> {
        let mut said = json!({ "kind": kind, "reference": reference });
        if let (Value::Object(fields), Value::Object(more)) = (&mut said, more) {
            fields.extend(more);
        }
        who.post(&self.at("/confirmations"), said).await.map(|_| ())
    }

    async fn step(&self, who: &Person, step: Value) -> anyhow::Result<()> {
        who.change(&self.case, Method::POST, &self.at("/steps"), step).await.map(|_| ())
    }

    async fn read(&self, pointer: &str) -> anyhow::Result<String> {
        self.cast.coordinator.get(&self.case).await?.text(pointer)
    }

    /// Checks that the case stands where the scene should have brought it.
    async fn reached(&mut self, stage: Stage) -> anyhow::Result<()> {
        let found = self.read("/stage").await?;
        anyhow::ensure!(found == stage.code(), "the case should be in {stage}, and is in {found}");
        self.stage = stage;
        Ok(())
    }

    fn tell(&mut self, who: &str, what: &str) -> anyhow::Result<()> {
        if self.voice == Voice::Telling {
            self.told += 1;
            writeln!(std::io::stdout(), "{:>3}  {:<20} {who:<12} {what}", self.told, self.stage.code())?;
        }
        Ok(())
    }

    fn at(&self, below: &str) -> String {
        format!("{}{below}", self.case)
    }

    fn hospital(&self) -> anyhow::Result<&'a Member> {
        choose(&self.cast.hospitals, self.turn)
    }

    fn interpreter(&self) -> anyhow::Result<&'a Member> {
        choose(&self.cast.interpreters, self.turn)
    }
}

/// The members take turns.
fn choose(members: &[Member], turn: u64) -> anyhow::Result<&Member> {
    let count = u64::try_from(members.len())?;
    let place = turn.checked_rem(count).context("nobody to choose from")?;
    members.get(usize::try_from(place)?).context("nobody to choose from")
}

fn now() -> DateTime<Utc> {
    SystemClock.now()
}

fn today() -> NaiveDate {
    now().date_naive()
}

fn list(answer: &Answer) -> anyhow::Result<&Vec<Value>> {
    let items = answer.body.get("items").unwrap_or(&answer.body);
    items.as_array().context("the answer is no list")
}

fn latest(answer: &Answer) -> anyhow::Result<&Value> {
    let newest = list(answer)?.iter().max_by_key(|item| item.get("id").map(Value::to_string));
    newest.context("the list is empty")
}

fn field(item: &Value, name: &str) -> anyhow::Result<String> {
    Ok(item.get(name).and_then(Value::as_str).with_context(|| format!("an entry has no {name}"))?.to_owned())
}
