//! The folder of the keys that seal secrets in the database: one file for each, made on the first start.
//!
//! The name of a file carries the instant from which its key seals: `20261122T090000Z.key`. It is read
//! when the server starts, so a new key is dated ahead, and every instance is started anew before.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{DateTime, NaiveDateTime, Utc};
use rafiq_app::vault::{KEY_LENGTH, Vault, VaultKey};
use rafiq_domain::sensitive::Sensitive;

use crate::folder::{self, INSTANT};

/// The folder below the data folder.
const FOLDER: &str = "keys/secrets";
/// What a key's file ends with.
const ENDING: &str = "key";

/// The keys of a data folder. Of instances that start for the first time at once, one makes the key.
///
/// # Errors
/// When the folder cannot be read or written, or holds what is no key.
pub(crate) fn open(data_dir: &Path, now: DateTime<Utc>) -> anyhow::Result<Vault> {
    let folder = data_dir.join(FOLDER);
    // A folder that holds a key may be read-only here.
    if !folder.exists() || load(&folder)?.is_empty() {
        let _turn = folder::take_turn(&folder)?;
        if load(&folder)?.is_empty() {
            write(&folder, now)?;
        }
    }
    Ok(Vault::new(load(&folder)?)?)
}

/// Adds a key that seals from an instant on. Answers its file.
///
/// # Errors
/// When the folder cannot be written, or there is a key of that instant.
pub(crate) fn add(data_dir: &Path, seals_from: DateTime<Utc>) -> anyhow::Result<PathBuf> {
    let folder = data_dir.join(FOLDER);
    let _turn = folder::take_turn(&folder)?;
    write(&folder, seals_from)
}

fn write(folder: &Path, seals_from: DateTime<Utc>) -> anyhow::Result<PathBuf> {
    let key = Vault::generate()?;
    folder::write_whole(folder, &format!("{}.{ENDING}", seals_from.format(INSTANT)), key.as_slice())
}

fn load(folder: &Path) -> anyhow::Result<Vec<VaultKey>> {
    let entries = fs::read_dir(folder).with_context(|| format!("the folder {}", folder.display()))?;
    let mut keys = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("the folder {}", folder.display()))?.path();
        if path.extension().is_some_and(|extension| extension == ENDING) {
            keys.push(read(&path).with_context(|| format!("the key {}", path.display()))?);
        }
    }
    Ok(keys)
}

fn read(path: &Path) -> anyhow::Result<VaultKey> {
    let name = path.file_stem().and_then(|name| name.to_str()).context("its name is no instant")?;
    let seals_from = NaiveDateTime::parse_from_str(name, INSTANT).context("its name is no instant")?.and_utc();
    let bytes: Option<[u8; KEY_LENGTH]> = fs::read(path)?.try_into().ok();
    Ok(VaultKey { seals_from, bytes: Sensitive(bytes.context("is not 32 bytes long")?) })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use chrono::TimeDelta;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn the_first_start_makes_a_key_that_only_the_owner_reads_and_later_ones_take_it() {
        let data = tempfile::tempdir().unwrap();
        let first = open(data.path(), now()).unwrap();
        let again = open(data.path(), now() + TimeDelta::days(9)).unwrap();
        assert_eq!(format!("{first:?}"), format!("{again:?}"));
        let file = data.path().join("keys/secrets/20270115T080000Z.key");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_is_added_stands_beside_the_first() {
        let data = tempfile::tempdir().unwrap();
        open(data.path(), now()).unwrap();
        add(data.path(), now() + TimeDelta::days(1)).unwrap();
        assert!(add(data.path(), now() + TimeDelta::days(1)).is_err());
        assert_eq!(load(&data.path().join(FOLDER)).unwrap().len(), 2);
    }

    #[test]
    fn a_file_that_holds_no_key_stops_the_start() {
        for (name, content) in [("20270115T080000Z.key", "short".to_owned()), ("mine.key", "x".repeat(32))] {
            let data = tempfile::tempdir().unwrap();
            fs::create_dir_all(data.path().join(FOLDER)).unwrap();
            fs::write(data.path().join(FOLDER).join(name), content).unwrap();
            assert!(open(data.path(), now()).is_err(), "{name}");
        }
    }
}
