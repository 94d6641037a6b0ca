//! The binary as an operator meets it: what it prints, and with which code it ends.
#![cfg(test)]

use std::process::{Command, Output};

use rafiq_app::{App, Caller, hospitals};
use rafiq_domain::hospitals::{HospitalProfile, Licence};
use rafiq_domain::text::{Line, Login};
use rafiq_domain::vocabulary::LicenceIssuer;
use rafiq_persistence::clients;
use rafiq_persistence::store::Store;
use rafiq_server::assembly;
use rafiq_server::config::{Config, ConfigArguments, Sources};

/// Runs the binary with these variables and no others.
fn rafiq(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rafiq"));
    command.args(arguments).env_clear().envs(variables.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_usable_configuration_is_printed_without_its_secrets() {
    let address = ("DATABASE_URL", "postgres://rafiq:hunter2@db.example/rafiq");
    let output = rafiq(&["config", "check", "--set", "log.format=json"], &[address]);
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(printed.contains("log.format = \"json\"  # argument --set log.format\n"), "{printed}");
    assert!(printed.contains("rafiq:***@db.example") && !printed.contains("hunter2"), "{printed}");
    assert!(printed.ends_with("\nok\n"), "{printed}");
}

#[test]
fn an_unusable_configuration_lists_all_faults_and_ends_with_code_2() {
    let output = rafiq(&["config", "check", "--listen", "here"], &[("RAFIQ_LOG__FORMAT", "loud")]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(text(&output.stdout), "");
    assert_eq!(
        text(&output.stderr),
        "rafiq: the configuration cannot be used:\n  \
         listen must be an address and a port such as 127.0.0.1:8080 (argument --listen)\n  \
         log.format must be `text` or `json` (environment variable RAFIQ_LOG__FORMAT)\n"
    );
}

#[test]
fn a_configuration_file_is_named_by_argument_or_variable() {
    for (arguments, variables) in [
        (&["config", "check", "--config", "no/such.toml"][..], &[][..]),
        (&["config", "check"], &[("RAFIQ_CONFIG", "no/such.toml")]),
    ] {
        let output = rafiq(arguments, variables);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains("file no/such.toml cannot be read"), "{output:?}");
    }
}

#[test]
fn the_signing_keys_are_listed_and_rotated_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let keys = |arguments: &[&str]| {
        let data_dir = ["--data-dir", folder.path().to_str().unwrap()];
        let output = rafiq(&[&["keys"], arguments, &data_dir].concat(), &[]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        text(&output.stdout).to_owned()
    };
    assert_eq!(keys(&["list"]), "no keys yet; the first start makes one\n");
    keys(&["rotate"]);
    keys(&["rotate"]);
    let listed = keys(&["list"]);
    let lines: Vec<_> = listed.lines().collect();
    assert!(
        matches!(lines.as_slice(), [one, two] if one.ends_with("  signs") && two.ends_with("  will sign")),
        "{listed}"
    );
    let rotated = keys(&["rotate", "--now"]);
    assert_eq!(rotated.lines().filter(|line| line.starts_with("removed ")).count(), 2, "{rotated}");
    let listed = keys(&["list"]);
    assert!(listed.lines().count() == 1 && listed.ends_with("  signs\n"), "{listed}");
}

/// The public key of RFC 8037 appendix A.2, whose thumbprint appendix A.3 gives.
const PUBLIC: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
/// Its private half (appendix A.1).
const PRIVATE: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// An installation with one hospital, at whose machine someone works.
struct Office {
    folder: tempfile::TempDir,
    store: Store,
    hospital: String,
}

impl Office {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = Some(folder.path().to_str().unwrap().to_owned());
        let arguments = ConfigArguments { data_dir, ..ConfigArguments::default() };
        let config = Config::from_sources(Sources::default().arguments(&arguments)).unwrap();
        let store = assembly::connect(&config).await.unwrap();
        assembly::bring_up_to_date(&store).await.unwrap();
        let hospital = a_hospital(&assembly::product(&config, store.clone()).unwrap()).await;
        Self { folder, store, hospital }
    }

    /// Registers a client, with whatever else is said; answers the exit code and what was printed.
    fn creates(&self, name: &str, hospital: &str, more: &[&str]) -> (Option<i32>, String) {
        let data_dir = self.folder.path().to_str().unwrap();
        let terms = ["--client-id", name, "--hospital", hospital, "--scope", "referrals:read", "--data-dir", data_dir];
        let output = rafiq(&[&["client", "create"], &terms[..], more].concat(), &[]);
        (output.status.code(), format!("{}{}", text(&output.stdout), text(&output.stderr)))
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// How many credentials a client has, if it is registered.
    async fn credentials(&self, name: &str) -> Option<usize> {
        let now = "2026-11-22T09:00:00Z".parse().unwrap();
        let found = clients::find_by_login(&self.store, &Login::parse(name).unwrap(), now).await.unwrap();
        found.map(|file| file.credentials.len())
    }
}

async fn a_hospital(app: &App) -> String {
    let line = |text| Line::parse(text, 100).unwrap();
    let profile = HospitalProfile {
        name_en: line("Golden Horn Hospital"),
        name_tr: line("Haliç Hastanesi"),
        name_ar: line("مستشفى القرن الذهبي"),
        city: line("İstanbul"),
        time_zone: "Europe/Istanbul".parse().unwrap(),
        licence: Licence {
            issuer: LicenceIssuer::Ushas,
            number: line("4711"),
            valid_from: "2026-01-01".parse().unwrap(),
            valid_until: "2028-01-01".parse().unwrap(),
        },
        capabilities: Vec::new(),
        accreditations: Vec::new(),
    };
    hospitals::register_hospital(app, &Caller::system(), profile, None).await.unwrap().id.to_string()
}

#[tokio::test]
async fn a_client_is_registered_with_its_key_or_with_a_secret_or_not_at_all() {
    let office = Office::open().await;
    let (public, private) = (office.file("public.jwk", PUBLIC), office.file("private.jwk", PRIVATE));
    let with_key = ["--public-key", public.as_str()];

    let (code, told) = office.creates("by.key", &office.hospital, &with_key);
    assert_eq!((code, office.credentials("by.key").await), (Some(0), Some(1)), "{told}");
    assert!(told.contains("registered client ") && told.contains(&format!("its key {THUMBPRINT}, until ")), "{told}");
    let (code, told) = office.creates("by.secret", &office.hospital, &["--secret", "--language", "tr"]);
    assert_eq!((code, office.credentials("by.secret").await), (Some(0), Some(1)), "{told}");
    assert_eq!(told.lines().last().map(str::len), Some(43), "{told}");
    let (code, told) = office.creates("by.nothing", &office.hospital, &[]);
    assert_eq!((code, office.credentials("by.nothing").await), (Some(0), Some(0)), "{told}");

    let nowhere = "019ab000-0000-7000-8000-000000000000";
    for (name, hospital, more, expected) in [
        ("of.nobody", nowhere, &["--secret"][..], "hospital_id"),
        ("of.everyone", &office.hospital, &["--public-key", &private], "unknown field `d`"),
        ("of.another", &office.hospital, &with_key, "uq_client_credentials_key_id"),
        ("of.a.year", &office.hospital, &["--secret", "--valid-days", "367"], "--valid-days"),
        ("of.mars", &office.hospital, &["--secret", "--language", "mars"], "--language"),
    ] {
        let (code, told) = office.creates(name, hospital, more);
        assert_eq!((code, office.credentials(name).await), (Some(1), None), "{name}: {told}");
        assert!(told.contains(expected) && !told.contains("registered"), "{name}: {told}");
        assert!(!told.contains("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"), "{told}");
    }
}

#[test]
fn who_leaves_is_off_boarded_and_the_last_administrator_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "a long enough test password\n").unwrap();
    let run = |arguments: &[&str]| {
        let data_dir = ["--data-dir", folder.path().to_str().unwrap()];
        rafiq(&[&["user"], arguments, &data_dir].concat(), &[])
    };
    for (login, role) in [("root", "administrator"), ("amal", "coordinator"), ("layla", "coordinator")] {
        let file = password.to_str().unwrap();
        let who = ["create", "--login", login, "--name", "Amal Saleh", "--role", role, "--password-file", file];
        let created = run(&who);
        assert_eq!(created.status.code(), Some(0), "{created:?}");
    }
    let off_board = |arguments: &[&str]| {
        let output = run(&[&["off-board"], arguments].concat());
        (output.status.code(), text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
    };
    let (code, _, why) = off_board(&["amal", "--coordinator", "amal"]);
    assert!(code == Some(1) && why.contains("hand_over_to/coordinator_id"), "{why}");
    let (code, told, why) = off_board(&["amal", "--coordinator", "layla"]);
    let ended = ": 1 roles ended, 0 cases handed over, 0 interpreting jobs called off\n";
    assert!(code == Some(0) && told.starts_with("off-boarded ") && told.ends_with(ended), "{told}{why}");
    let (_, again, _) = off_board(&["amal"]);
    assert!(again.contains(": 0 roles ended"), "{again}");
    let (code, told, why) = off_board(&["root"]);
    assert!(code == Some(1) && told.is_empty() && why.contains("the last administrator stays"), "{told}{why}");
    let (code, _, why) = off_board(&["nobody"]);
    assert!(code == Some(1) && why.contains("the user nobody"), "{why}");
}
