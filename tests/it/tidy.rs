//! What holds for the sources themselves: who may depend on whom, and what is written nowhere.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// The packages, and which of ours each may depend on (architecture §1).
const OURS: &[(&str, &str, &[&str])] = &[
    ("crates/domain", "rafiq-domain", &[]),
    ("migrations", "rafiq-migrations", &[]),
    ("crates/persistence", "rafiq-persistence", &["rafiq-domain", "rafiq-migrations"]),
    ("crates/app", "rafiq-app", &["rafiq-domain", "rafiq-persistence"]),
    ("crates/http", "rafiq-http", &["rafiq-domain", "rafiq-app"]),
    ("crates/server", "rafiq-server", &["rafiq-domain", "rafiq-persistence", "rafiq-app", "rafiq-http"]),
    ("tests", "rafiq-tests", &["rafiq-domain", "rafiq-persistence", "rafiq-app", "rafiq-http", "rafiq-server"]),
];

/// The libraries that decide what a package is, and who alone may name each.
const WEIGHTY: &[(&str, &[&str])] = &[
    ("sea-orm", &["rafiq-persistence"]),
    ("sea-orm-migration", &["rafiq-persistence", "rafiq-migrations"]),
    ("sqlx", &["rafiq-persistence"]),
    ("argon2", &["rafiq-app"]),
    ("axum", &["rafiq-http", "rafiq-server", "rafiq-tests"]),
    ("tower-http", &["rafiq-http"]),
    ("utoipa", &["rafiq-http"]),
    ("utoipa-axum", &["rafiq-http"]),
    ("utoipa-swagger-ui", &["rafiq-http"]),
    ("jsonwebtoken", &["rafiq-http"]),
    // The product signs tokens and seals secrets with it; the tests forge tokens and sign as passkeys do.
    ("aws-lc-rs", &["rafiq-app", "rafiq-http", "rafiq-tests"]),
    ("totp-rs", &["rafiq-app"]),
    ("webauthn-rs", &["rafiq-app"]),
    ("lettre", &["rafiq-server"]),
    ("hyper", &["rafiq-server"]),
    ("hyper-util", &["rafiq-server"]),
    ("clap", &["rafiq-server"]),
    ("figment", &["rafiq-server"]),
    ("anyhow", &["rafiq-server"]),
    ("tracing-subscriber", &["rafiq-server"]),
    ("tokio", &["rafiq-persistence", "rafiq-app", "rafiq-http", "rafiq-server", "rafiq-tests"]),
    ("tracing", &["rafiq-persistence", "rafiq-app", "rafiq-http", "rafiq-server"]),
    ("serde", &["rafiq-persistence", "rafiq-http", "rafiq-server"]),
    ("serde_json", &["rafiq-persistence", "rafiq-app", "rafiq-http", "rafiq-server", "rafiq-tests"]),
];

/// Where dependencies of a package are named.
const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Bare routes, which the document would not know: only the document and its own page have them.
const UNDOCUMENTED: &[&str] = &["crates/http/src/reference.rs"];

/// The longest a source file may be.
const MAX_LINES: usize = 800;

#[test]
fn packages_depend_one_way_and_each_weighty_library_has_its_owner() {
    let mut faults = Vec::new();
    for (folder, name, may) in OURS {
        for (dependency, _) in dependencies(folder) {
            let own = dependency.starts_with("rafiq-") && dependency != *name;
            let misplaced = WEIGHTY.iter().any(|(library, owners)| dependency == *library && !owners.contains(name));
            if misplaced || own && !may.contains(&dependency.as_str()) {
                faults.push(format!("{name} depends on {dependency}"));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn every_package_of_the_workspace_is_in_the_table_of_dependencies() {
    let manifest = manifest("");
    let mut members: Vec<_> = list(&manifest["workspace"]["members"]);
    let mut known: Vec<_> = OURS.iter().map(|(folder, ..)| (*folder).to_owned()).collect();
    members.sort();
    known.sort();
    assert_eq!(members, known);
}

#[test]
fn every_version_stands_in_the_workspace_manifest() {
    let mut faults = Vec::new();
    for (folder, name, _) in OURS {
        for (dependency, entry) in dependencies(folder) {
            let shared = entry.get("workspace").and_then(Value::as_bool) == Some(true);
            let itself = dependency == *name && entry.get("path").is_some();
            if !shared && !itself {
                faults.push(format!("{name} chooses its own {dependency}"));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_table_of_owners_names_libraries_that_are_used() {
    let manifest = manifest("");
    let used = manifest["workspace"]["dependencies"].as_table().unwrap();
    let unused: Vec<_> = WEIGHTY.iter().map(|(library, _)| *library).filter(|name| !used.contains_key(*name)).collect();
    assert_eq!(unused, Vec::<&str>::new());
}

#[test]
fn no_source_file_is_longer_than_800_lines() {
    let lengths = sources().into_iter().map(|(path, text)| (path, text.lines().count()));
    let long: Vec<_> = lengths.filter(|(_, lines)| *lines > MAX_LINES).collect();
    assert_eq!(long, Vec::<(String, usize)>::new());
}

#[test]
fn every_route_is_documented() {
    let bare = |text: &str| [".route(", ".route_service(", ".nest_service("].iter().any(|call| text.contains(call));
    let found = sources().into_iter().filter(|(path, text)| {
        let served = path.starts_with("crates/") && !path.contains("/tests/");
        served && bare(text) && !UNDOCUMENTED.contains(&path.as_str())
    });
    assert_eq!(paths(found), Vec::<String>::new());
}

#[test]
fn only_persistence_and_migrations_know_the_database_library() {
    let library = ["sea", "_orm"].concat();
    let found = sources().into_iter().filter(|(path, text)| {
        !path.starts_with("crates/persistence/") && !path.starts_with("migrations/") && text.contains(&library)
    });
    assert_eq!(paths(found), Vec::<String>::new());
}

#[test]
fn no_package_passes_another_one_on() {
    let passes_on = |line: &str| {
        let line = line.trim_start();
        line.starts_with("pub use rafiq_") && (!line.contains("::") || line.contains("::*"))
    };
    let found = sources().into_iter().filter(|(_, text)| text.lines().any(passes_on));
    assert_eq!(paths(found), Vec::<String>::new());
}

#[test]
fn no_test_is_switched_off_and_no_lint_is_silenced_without_a_reason() {
    // Written in halves, so that this file does not find itself.
    let forbidden = [
        ("#[ign", "ore"),
        ("#[should", "_panic"),
        ("tod", "o!("),
        ("unimpl", "emented!("),
        ("#[al", "low("),
        ("#![al", "low("),
    ];
    for (one, other) in forbidden {
        let needle = [one, other].concat();
        let found = sources().into_iter().filter(|(_, text)| text.contains(&needle));
        assert_eq!(paths(found), Vec::<String>::new(), "{needle}");
    }
}

#[test]
fn no_file_names_a_place_of_one_machine() {
    let places = [["/ho", "me/"], ["/ro", "ot/"], ["/Us", "ers/"], ["/wo", "rk/main"], ["/wo", "rk/shared"]];
    let places = places.map(|halves| halves.concat());
    let mut files = Vec::new();
    walk(&root(), &mut files);
    let found = files.into_iter().filter_map(|file| Some((relative(&file), fs::read_to_string(file).ok()?)));
    let found = found.filter(|(_, text)| places.iter().any(|place| text.contains(place)));
    assert_eq!(paths(found), Vec::<String>::new());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn manifest(folder: &str) -> Table {
    fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap().parse().unwrap()
}

/// What a package names in its manifest, tables for targets included.
fn dependencies(folder: &str) -> Vec<(String, Value)> {
    let manifest = manifest(folder);
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    let tables = targets.filter_map(|(_, target)| target.as_table()).chain([&manifest]);
    tables
        .flat_map(|table| SECTIONS.iter().filter_map(|section| table.get(*section)?.as_table()))
        .flatten()
        .map(|(name, entry)| (name.clone(), entry.clone()))
        .collect()
}

fn list(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|entry| entry.as_str().unwrap().to_owned()).collect()
}

fn paths(found: impl Iterator<Item = (String, String)>) -> Vec<String> {
    found.map(|(path, _)| path).collect()
}

/// Every Rust source of ours, by its path from the root.
fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    walk(&root(), &mut files);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    assert!(files.len() > OURS.len(), "the sources are not where they were");
    files.into_iter().map(|file| (relative(&file), fs::read_to_string(&file).unwrap())).collect()
}

fn relative(file: &Path) -> String {
    file.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/")
}

/// Every file that is kept; what builds and runs leave behind at the root is not.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let left_behind = ["target", "data", ".git"].map(|name| root().join(name));
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !left_behind.contains(&path) {
            walk(&path, files);
        } else if path.is_file() {
            files.push(path);
        }
    }
}
