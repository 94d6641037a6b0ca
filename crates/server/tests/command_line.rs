//! The binary as an operator meets it: what it prints, and with which code it ends.
#![cfg(test)]

use std::process::{Command, Output};

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
