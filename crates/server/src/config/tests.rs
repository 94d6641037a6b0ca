//! What a configuration accepts, refuses and shows.

use super::*;
use crate::config::sources::Sources;
use std::ffi::OsString;

const POSTGRES: &str = "postgres://rafiq:hunter2@db.example/rafiq?sslmode=verify-full";

fn file(text: &str) -> Sources {
    Sources::default().toml("file test.toml", text)
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

fn read(sources: Sources) -> Config {
    Config::from_sources(sources).unwrap()
}

fn faults(sources: Sources) -> Vec<String> {
    Config::from_sources(sources).unwrap_err().faults().iter().map(ToString::to_string).collect()
}

#[test]
fn the_defaults_serve_an_embedded_database_on_loopback() {
    let config = read(Sources::default());
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database.url.expose(), "sqlite://data/rafiq.db?mode=rwc");
    assert_eq!((config.limits.body_bytes, config.limits.max_connections), (1_048_576, 1_024));
    assert_eq!((config.passwords.concurrent_hashes, config.passwords.queued_hashes), (2, 16));
    assert_eq!(config.tokens.refresh_absolute, Duration::from_hours(12));
    assert!(!config.demo.allow_demo_database);
}

#[test]
fn a_data_folder_moves_the_embedded_database() {
    let config = read(file("data_dir = '/srv/a 50%?#'"));
    assert_eq!(config.database.url.expose(), "sqlite:///srv/a 50%25%3F%23/rafiq.db?mode=rwc");
}

#[test]
fn arguments_win_over_variables_and_variables_over_the_file() {
    let arguments = ConfigArguments {
        listen: Some("127.0.0.1:3".to_owned()),
        assignments: vec![("limits.max_connections".to_owned(), "33".to_owned())],
        ..ConfigArguments::default()
    };
    let environment = variables(&[
        ("RAFIQ_LISTEN", "127.0.0.1:2"),
        ("RAFIQ_LIMITS__MAX_CONNECTIONS", "22"),
        ("RAFIQ_LIMITS__BODY_BYTES", "2222"),
        ("RAFIQ_CONFIG", "not a key"),
        ("RAFIQ_PROFILE", ""),
        ("HOME", "/nowhere"),
    ]);
    let text = "listen = '127.0.0.1:1'\nlog.format = 'json'\n[limits]\nmax_connections = 11\nbody_bytes = 1111";
    let config = read(file(text).environment(environment).arguments(&arguments));
    assert_eq!(config.listen.port(), 3);
    assert_eq!((config.limits.max_connections, config.limits.body_bytes), (33, 2_222));
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.profile, Profile::Development);
}

#[test]
fn the_prefixed_variable_wins_over_the_common_one() {
    let common = ("DATABASE_URL", "postgres://db.example/a");
    let own = ("RAFIQ_DATABASE__URL", "postgres://db.example/b");
    let address = |pairs: &[_]| read(Sources::default().environment(variables(pairs))).database.url.expose().to_owned();
    assert_eq!(address(&[common]), "postgres://db.example/a");
    assert_eq!(address(&[own, common]), "postgres://db.example/b");
}

#[test]
fn all_faults_are_told_at_once_with_key_and_source() {
    let environment = variables(&[("RAFIQ_LIMITS__HEADER_TIMEOUT_SECONDS", "soon"), ("RAFIQ_LIMTS__BODY_BYTES", "1")]);
    let text = "listen = 'here'\nlog.format = 5\ndemo = 1\nlimits.body_bytes = 5\ntokens.access_seconds = -1\n\
                limits.max_connections = 2.5\nprofile = 'staging'";
    assert_eq!(
        faults(file(text).environment(environment)),
        [
            "profile must be `development` or `production` (file test.toml)",
            "listen must be an address and a port such as 127.0.0.1:8080 (file test.toml)",
            "limits.body_bytes must be a whole number from 1024 to 67108864 (file test.toml)",
            "limits.header_timeout_seconds must be a whole number from 1 to 60 \
             (environment variable RAFIQ_LIMITS__HEADER_TIMEOUT_SECONDS)",
            "limits.max_connections must be a whole number from 1 to 65536 (file test.toml)",
            "tokens.access_seconds must be a whole number from 30 to 300 (file test.toml)",
            "log.format must be text (file test.toml)",
            "demo is not a known key (file test.toml)",
            "limts.body_bytes is not a known key (environment variable RAFIQ_LIMTS__BODY_BYTES)",
        ]
    );
}

#[test]
fn values_that_contradict_each_other_are_refused() {
    let text = "tokens.refresh_idle_minutes = 121\ntokens.refresh_absolute_hours = 2\n\
                passwords.memory_kib = 15\npasswords.parallelism = 2\ndata_dir = ''";
    assert_eq!(
        faults(file(text)),
        [
            "data_dir must name a folder (file test.toml)",
            "tokens.refresh_idle_minutes must not be longer than tokens.refresh_absolute_hours (file test.toml)",
            "passwords.memory_kib must be at least 8 KiB for each lane of passwords.parallelism (file test.toml)",
        ]
    );
}

#[test]
fn the_production_profile_refuses_what_is_weak() {
    let text = "profile = 'production'\ndatabase.url = 'postgres://db.example/rafiq'\npasswords.memory_kib = 19455\n\
                passwords.iterations = 1\nsecond_factor = 'optional'\ndemo.allow_demo_database = true\n\
                tokens.refresh_idle_minutes = 31\ntokens.refresh_absolute_hours = 13";
    let keys = |text| {
        let faults = Config::from_sources(file(text)).unwrap_err();
        faults.faults().iter().filter_map(|fault| fault.key.clone()).collect::<Vec<_>>()
    };
    let weak = [
        "public_url",
        "second_factor",
        "database.url",
        "passwords.memory_kib",
        "passwords.iterations",
        "tokens.refresh_idle_minutes",
        "tokens.refresh_absolute_hours",
        "mail.server",
        "mail.data_protection_officer",
        "demo.allow_demo_database",
    ];
    let sorted = |keys: Vec<String>| keys.into_iter().collect::<std::collections::BTreeSet<_>>();
    assert_eq!(sorted(keys(text)), sorted(weak.map(str::to_owned).into()));
    assert!(Config::from_sources(file(&text.replace("production", "development"))).is_ok());
}

#[test]
fn everyone_needs_a_second_factor_in_production_and_elsewhere_when_it_says_so() {
    let rule = |text: &str| read(file(text)).second_factor;
    assert_eq!(rule(""), SecondFactorRule::Optional);
    assert_eq!(rule("second_factor = 'required'"), SecondFactorRule::Required);
    let production = faults(file("profile = 'production'"));
    assert!(!production.iter().any(|fault| fault.starts_with("second_factor")), "{production:?}");
    assert_eq!(
        faults(file("second_factor = 'perhaps'")),
        ["second_factor must be `optional` or `required` (file test.toml)"]
    );
}

#[test]
fn people_find_the_service_by_a_name_and_nothing_behind_it() {
    let address = |text: &str| text.parse::<PublicUrl>().map(|url| url.as_str().to_owned()).ok();
    assert_eq!(read(Sources::default()).public_url.as_str().parse(), Ok(PublicUrl::local()));
    for (text, expected) in [
        ("https://rafiq.example", "https://rafiq.example"),
        ("https://Rafiq.Example:8443/", "https://rafiq.example:8443"),
        ("https://rafiq.example:443", "https://rafiq.example"),
    ] {
        assert_eq!(address(text).as_deref(), Some(expected));
    }
    for text in [
        "rafiq.example",
        "https://192.0.2.1",
        "https://[2001:db8::1]:443",
        "ftp://rafiq.example",
        "https://rafiq.example/app",
        "https://rafiq.example?a=b",
        "https://rafiq.example#top",
        "https://user@rafiq.example",
        "https://user:word@rafiq.example",
    ] {
        assert_eq!(address(text), None, "{text}");
    }
}

#[test]
fn production_wants_mail_that_nobody_reads_on_its_way() {
    for (address, encrypted) in [
        ("smtps://rafiq:hunter2@mail.example", true),
        ("smtps://mail.example:4650", true),
        ("smtp://rafiq:hunter2@mail.example?tls=required", true),
        ("smtp://mail.example", false),
        ("log", false),
    ] {
        let server: MailServer = address.parse().unwrap();
        assert_eq!(server.is_encrypted(), encrypted, "{address}");
        assert!(!format!("{server} {server:?}").contains("hunter2"), "{server}");
    }
    for address in [
        "smtp://mail.example?tls=opportunistic",
        "smtps://mail.example/inbox",
        "mail.example",
        "smtps:",
        "http://x",
        "",
    ] {
        assert!(address.parse::<MailServer>().is_err(), "{address}");
    }
}

#[test]
fn a_mail_server_wants_a_sender_and_its_password_is_no_argument() {
    let text = "mail.server = 'smtps://mail.example'";
    assert_eq!(faults(file(text)), ["mail.from must be given when mail.server is an SMTP server (default)"]);
    let config =
        read(file(&format!("{text}\nmail.from = 'no-reply@rafiq.example'\nmail.data_protection_language = 'tr'")));
    assert_eq!(config.mail.from.map(|from| from.as_str().to_owned()).as_deref(), Some("no-reply@rafiq.example"));
    assert_eq!(config.mail.data_protection_language, Language::Turkish);
    let assignments = vec![("mail.server".to_owned(), "smtps://rafiq:hunter2@mail.example".to_owned())];
    let given = faults(Sources::default().arguments(&ConfigArguments { assignments, ..ConfigArguments::default() }));
    assert!(given.concat().starts_with("mail.server must not bring a password"), "{given:?}");
    assert_eq!(faults(file("network.trusted_proxies = '10.0.0.0/33'")).len(), 1);
}

#[test]
fn production_wants_verified_certificates_or_a_socket() {
    use DatabaseUrlError::{InMemory, UnverifiedTls};
    for (address, expected) in [
        ("postgres://db.example/rafiq?sslmode=verify-full", Ok(())),
        ("postgresql://db.example/rafiq?ssl-mode=verify-full", Ok(())),
        ("postgres:///rafiq?host=/run/postgresql", Ok(())),
        ("postgres://%2Frun%2Fpostgresql/rafiq", Ok(())),
        ("sqlite://data/rafiq.db", Ok(())),
        ("postgres://db.example/rafiq", Err(UnverifiedTls)),
        ("postgres://db.example/rafiq?sslmode=require", Err(UnverifiedTls)),
        ("postgres://db.example/rafiq?sslmode=verify-full&ssl-mode=disable", Err(UnverifiedTls)),
        ("postgres://db.example/rafiq?host=/run/postgresql", Err(UnverifiedTls)),
        ("postgres:///rafiq?host=/run/postgresql&hostaddr=192.0.2.1", Err(UnverifiedTls)),
        ("postgres:///rafiq", Err(UnverifiedTls)),
        ("sqlite::memory:", Err(InMemory)),
        ("sqlite://rafiq?mode=memory", Err(InMemory)),
    ] {
        assert_eq!(address.parse::<DatabaseUrl>().unwrap().fit_for_production(), expected, "{address}");
    }
}

#[test]
fn an_address_of_another_database_is_refused_without_being_quoted() {
    for address in
        ["mysql://admin:hunter2@db", "hunter2", "postgres://a:hunter2@db:x/", "postgres://db?pasword=hunter2"]
    {
        let text = faults(Sources::default().environment(variables(&[("DATABASE_URL", address)]))).concat();
        assert!(text.starts_with("database.url ") && text.ends_with(" (environment variable DATABASE_URL)"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn a_password_is_never_shown() {
    for address in [POSTGRES, "postgres://db.example/rafiq?user=rafiq&password=hunter2"] {
        let config = read(Sources::default().environment(variables(&[("DATABASE_URL", address)])));
        let shown = format!("{config}{config:?}");
        assert!(!shown.contains("hunter2") && shown.contains("***") && shown.contains("db.example"), "{shown}");
        assert_eq!(config.database.url.expose(), address);
    }
}

#[test]
fn a_password_is_no_argument() {
    let arguments = |address: &str| ConfigArguments {
        assignments: vec![("database.url".to_owned(), address.to_owned())],
        ..ConfigArguments::default()
    };
    let text = faults(Sources::default().arguments(&arguments(POSTGRES))).concat();
    assert!(text.starts_with("database.url must not bring a password"), "{text}");
    read(Sources::default().arguments(&arguments("sqlite::memory:")));
}

#[test]
fn a_file_that_is_no_toml_is_told_by_its_line_and_not_quoted() {
    let text = faults(file("listen = '127.0.0.1:1'\ndatabase.url = 'hunter2")).concat();
    assert!(text.starts_with("file test.toml is not TOML: line 2: "), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let absent = faults(Sources::default().file(std::path::Path::new("no/such.toml"))).concat();
    assert!(absent.starts_with("file no/such.toml cannot be read: "), "{absent}");
}

#[test]
fn the_printed_form_names_sources_and_reads_back() {
    let text = "limits.body_bytes = 4096";
    let printed = read(file(text)).to_string();
    assert!(printed.contains("limits.body_bytes = 4096  # file test.toml\n"), "{printed}");
    assert!(printed.contains("limits.max_connections = 1024  # default\n"), "{printed}");
    let again = read(file(&printed)).to_string();
    assert_eq!(again.replace("file test.toml", "default"), printed.replace("file test.toml", "default"));
}
