//! The people who are signed in, and the setting of the stage: staff, hospitals and interpreters.

use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use rafiq_app::accounts::{self, FirstPassword};
use rafiq_app::{App, Caller};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::{Login, PersonName};
use rafiq_domain::users::{Contact, UserProfile};
use rafiq_domain::vocabulary::{Coded as _, Language, Role};
use serde_json::json;
use uuid::Uuid;

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
    create_user(app, ADMINISTRATOR, "Demo Administrator", &["administrator"], Binding::Ours).await.map(|_| ())
}

/// For whom someone works.
#[derive(Debug, Clone, Copy)]
enum Binding<'a> {
    Ours,
    Hospital(&'a str),
    Interpreter(&'a str),
}

/// Creates a log-in with the demo's own password. Through the interface people choose theirs by a link in
/// a mail, which nobody of the demo would read.
async fn create_user(
    app: &App,
    login: &str,
    name: &str,
    roles: &[&str],
    binding: Binding<'_>,
) -> anyhow::Result<String> {
    let faulty =
        |code: rafiq_domain::refusal::FieldCode| anyhow::anyhow!("the demo data: {}", code.label(Language::English));
    let (hospital_id, interpreter_id) = match binding {
        Binding::Ours => (None, None),
        Binding::Hospital(id) => (Some(id.parse::<Uuid>()?.into()), None),
        Binding::Interpreter(id) => (None, Some(id.parse::<Uuid>()?.into())),
    };
    let roles = roles.iter().map(|code| Role::from_code(code).with_context(|| format!("`{code}` is no role")));
    let profile = UserProfile {
        name: PersonName::parse(name).map_err(faulty)?,
        roles: roles.collect::<Result<_, _>>()?,
        confers: Vec::new(),
        hospital_id,
        interpreter_id,
    };
    let login = Login::parse(login).map_err(faulty)?;
    let password = FirstPassword::Chosen(Sensitive(PASSWORD.to_owned()));
    let created = accounts::create_user(app, &Caller::system(), login, profile, Contact::default(), password).await;
    created.map(|user| user.id.to_string()).map_err(|refused| anyhow::anyhow!("{}", refused.chain()))
}

impl Cast {
    /// Creates everyone, and what they work for through the interface, as an administrator would; signs them in.
    pub(super) async fn assemble(app: &App, base: &str, today: NaiveDate) -> anyhow::Result<Self> {
        let administrator = Person::sign_in(base, ADMINISTRATOR, PASSWORD).await?;
        let mut doctor_id = None;
        for (login, name, roles) in STAFF {
            let id = create_user(app, login, name, roles, Binding::Ours).await?;
            if roles.contains(&"doctor") {
                doctor_id = Some(id);
            }
        }
        let mut hospitals = Vec::new();
        for hospital in HOSPITALS {
            hospitals.push(open_hospital(app, base, &administrator, hospital, today).await?);
        }
        let mut interpreters = Vec::new();
        for interpreter in INTERPRETERS {
            interpreters.push(engage_interpreter(app, base, &administrator, interpreter, today).await?);
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
    app: &App,
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
    create_user(app, seed.login, seed.user, &["hospital_user"], Binding::Hospital(&id)).await?;
    Ok(Member { person: Person::sign_in(base, seed.login, PASSWORD).await?, id, name: seed.name_en })
}

async fn engage_interpreter(
    app: &App,
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
    create_user(app, login, name, &["interpreter"], Binding::Interpreter(&id)).await?;
    Ok(Member { person: Person::sign_in(base, login, PASSWORD).await?, id, name })
}
