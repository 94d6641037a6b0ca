//! The people who are signed in, and the setting of the stage: staff, hospitals and interpreters.

use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use rafiq_app::passwords::Password;
use rafiq_app::{App, Caller, accounts};
use rafiq_domain::text::{Login, PersonName};
use rafiq_domain::users::UserProfile;
use rafiq_domain::vocabulary::{Coded as _, Language, Role};
use serde_json::json;

use super::client::Person;
use super::people::{HOSPITALS, HospitalSeed, INTERPRETERS, InterpreterSeed, PASSWORD, STAFF};

/// The administrator's login.
const ADMINISTRATOR: &str = "admin";

/// Everyone who acts in a journey.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) coordinator: Person,
    pub(super) doctor: Person,
    pub(super) doctor_id: String,
    pub(super) finance: Person,
    pub(super) hospitals: Vec<Member>,
    pub(super) interpreters: Vec<Member>,
}

/// Someone outside our staff, with the record that they act for.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) person: Person,
    pub(super) id: String,
    pub(super) name: &'static str,
}

/// Creates the first log-in, which nobody could create through the interface.
pub(super) async fn create_administrator(app: &App) -> anyhow::Result<()> {
    let faulty =
        |code: rafiq_domain::refusal::FieldCode| anyhow::anyhow!("the demo data: {}", code.label(Language::English));
    let profile = UserProfile {
        name: PersonName::parse("Demo Administrator").map_err(faulty)?,
        roles: vec![Role::Administrator],
        hospital_id: None,
        interpreter_id: None,
    };
    let login = Login::parse(ADMINISTRATOR).map_err(faulty)?;
    let password = Password::choose(PASSWORD).map_err(faulty)?;
    let created = accounts::create_user(app, &Caller::system(), login, profile, password).await;
    created.map(|_| ()).map_err(|refused| anyhow::anyhow!("{}", refused.chain()))
}

impl Cast {
    /// Creates everyone through the interface, as an administrator would, and signs them in.
    pub(super) async fn assemble(base: &str, today: NaiveDate) -> anyhow::Result<Self> {
        let administrator = Person::sign_in(base, ADMINISTRATOR, PASSWORD).await?;
        let mut doctor_id = None;
        for (login, name, roles) in STAFF {
            let user = json!({ "login": login, "name": name, "roles": roles, "password": PASSWORD });
            let created = administrator.post("/api/v1/users", user).await?;
            if roles.contains(&"doctor") {
                doctor_id = Some(created.id()?);
            }
        }
        let mut hospitals = Vec::new();
        for hospital in HOSPITALS {
            hospitals.push(open_hospital(base, &administrator, hospital, today).await?);
        }
        let mut interpreters = Vec::new();
        for interpreter in INTERPRETERS {
            interpreters.push(engage_interpreter(base, &administrator, interpreter, today).await?);
        }
        let sign_in = async |login| Person::sign_in(base, login, PASSWORD).await;
        Ok(Self {
            coordinator: sign_in("layla").await?,
            doctor: sign_in("dr.sami").await?,
            doctor_id: doctor_id.context("the demo has no doctor")?,
            finance: sign_in("selin").await?,
            hospitals,
            interpreters,
        })
    }

    /// All log-ins, to be printed.
    pub(super) fn log_ins() -> Vec<(&'static str, String)> {
        let staff = STAFF.iter().map(|(login, name, roles)| (*login, format!("{name}, {}", roles.join(" and "))));
        let hospitals =
            HOSPITALS.iter().map(|hospital| (hospital.login, format!("{}, {}", hospital.user, hospital.name_en)));
        let interpreters = INTERPRETERS.iter().map(|(login, name, ..)| (*login, format!("{name}, interpreter")));
        let administrator = (ADMINISTRATOR, "administrator".to_owned());
        std::iter::once(administrator).chain(staff).chain(hospitals).chain(interpreters).collect()
    }
}

async fn open_hospital(
    base: &str,
    administrator: &Person,
    seed: &HospitalSeed,
    today: NaiveDate,
) -> anyhow::Result<Member> {
    let hospital = json!({
        "name_en": seed.name_en, "name_tr": seed.name_tr, "name_ar": seed.name_ar, "city": seed.city,
        "time_zone": "Europe/Istanbul",
        "licence": { "issuer": "MOH", "number": format!("HT-{}", seed.login), "valid_from": today - Days::new(400), "valid_until": today + Days::new(700) },
        "capabilities": ["mvd", "iom_lsr", "iom_baep", "mri_3t", "neuro_icu"],
        "accreditations": ["TUSKA", "JCI"],
    });
    let id = administrator.post("/api/v1/hospitals", hospital).await?.id()?;
    let user = json!({ "login": seed.login, "name": seed.user, "roles": ["hospital_user"], "hospital_id": id, "password": PASSWORD });
    administrator.post("/api/v1/users", user).await?;
    Ok(Member { person: Person::sign_in(base, seed.login, PASSWORD).await?, id, name: seed.name_en })
}

async fn engage_interpreter(
    base: &str,
    administrator: &Person,
    seed: &InterpreterSeed,
    today: NaiveDate,
) -> anyhow::Result<Member> {
    let (login, name, sex, dialects) = *seed;
    let interpreter = json!({
        "name": name, "sex": sex, "languages": ["ar", "tr", "en"], "dialects": dialects, "qualification": "certified",
        "training_hours": 240, "modalities": ["in_person", "video", "phone"], "confidential_until": today + Days::new(700),
    });
    let id = administrator.post("/api/v1/interpreters", interpreter).await?.id()?;
    let user =
        json!({ "login": login, "name": name, "roles": ["interpreter"], "interpreter_id": id, "password": PASSWORD });
    administrator.post("/api/v1/users", user).await?;
    Ok(Member { person: Person::sign_in(base, login, PASSWORD).await?, id, name })
}
