//! The folder of the keys that sign access tokens: one file for each key, shared by all instances.
//!
//! The name of a file carries the instant from which its key signs, and the key's id:
//! `20261122T090000Z-21fe31dfa154a261.p8`. So a folder that is copied or restored means the same, and
//! whoever looks into it sees what signs when. Files appear whole and are never changed.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use rafiq_http::token::{KeyRing, KeySource, KeyState, KeysUnreadable, SigningKey, SigningKeys};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::folder::{self, INSTANT};

/// The folder below the data folder.
const FOLDER: &str = "keys/signing";
/// The single key of versions before the folder, taken over by the first start.
const SINGLE_KEY: &str = "signing-key.p8";
/// What a key's file ends with.
const ENDING: &str = "p8";

/// How long a new key waits before it signs: longer than every instance takes to read it, and than
/// others keep the set of public keys.
pub(crate) const LEAD: TimeDelta = TimeDelta::minutes(2);

/// How often each instance reads the folder.
const PERIOD: Duration = Duration::from_secs(30);

/// The folder of the keys.
#[derive(Debug, Clone)]
pub(crate) struct KeyFolder {
    data_dir: PathBuf,
}

/// When a new key signs, and what becomes of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// In good order: the new key signs after [`LEAD`], the old ones verify what they signed.
    Planned,
    /// A key is in the wrong hands: the new one signs at once, and the others are gone.
    Emergency,
}

/// What a rotation did.
#[derive(Debug)]
pub(crate) struct Rotated {
    /// The new key.
    pub(crate) added: SigningKey,
    /// The ids of the keys that were removed.
    pub(crate) removed: Vec<String>,
}

/// A key and the file that holds it.
struct Kept {
    key: SigningKey,
    path: PathBuf,
}

impl KeyFolder {
    pub(crate) fn below(data_dir: &Path) -> Self {
        Self { data_dir: data_dir.to_owned() }
    }

    /// Makes sure that there is a key: takes the single one of older versions over, or makes one. Of
    /// instances that start at once, one does it and the others find it done.
    ///
    /// # Errors
    /// When the folder cannot be read or written, or holds what is no key.
    pub(crate) fn prepare(&self, now: DateTime<Utc>) -> anyhow::Result<()> {
        // A folder that holds a key may be read-only here.
        if !self.load()?.is_empty() {
            return Ok(());
        }
        let _turn = folder::take_turn(&self.folder())?;
        if !self.load()?.is_empty() {
            return Ok(());
        }
        let single = self.data_dir.join(SINGLE_KEY);
        match fs::read(&single) {
            Ok(key) => {
                let since = fs::metadata(&single)?.modified().map_or(now, |at| DateTime::<Utc>::from(at).min(now));
                self.keep(&key, since)?;
                fs::remove_file(&single).with_context(|| format!("the file {}", single.display()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => self.keep(&SigningKey::generate()?, now).map(drop),
            Err(error) => Err(error).with_context(|| format!("the signing key {}", single.display())),
        }
    }

    /// Adds a key, and removes those that are done with.
    ///
    /// # Errors
    /// When the folder cannot be read or written, or holds what is no key.
    pub(crate) fn rotate(&self, rotation: Rotation, now: DateTime<Utc>) -> anyhow::Result<Rotated> {
        let _turn = folder::take_turn(&self.folder())?;
        let before = self.load()?;
        let wait = if rotation == Rotation::Planned && !before.is_empty() { LEAD } else { TimeDelta::zero() };
        // The new key first: a rotation that is cut off in between leaves too many keys and never none.
        let added = self.keep(&SigningKey::generate()?, now + wait)?;
        let ring = KeyRing::of(before.iter().map(|kept| kept.key.clone()).collect());
        let over = |id: &str| {
            let needed = ring.as_ref().is_some_and(|ring| ring.verifying(id, now).is_some());
            rotation == Rotation::Emergency || !needed
        };
        let mut removed = Vec::new();
        for Kept { key, path } in before.iter().filter(|kept| over(kept.key.id())) {
            fs::remove_file(path).with_context(|| format!("the file {}", path.display()))?;
            removed.push(key.id().to_owned());
        }
        Ok(Rotated { added, removed })
    }

    /// Each key with what it is good for, in the order in which they sign.
    ///
    /// # Errors
    /// When the folder cannot be read, or holds what is no key.
    pub(crate) fn states(&self, now: DateTime<Utc>) -> anyhow::Result<Vec<(SigningKey, KeyState)>> {
        let ring = KeyRing::of(self.load()?.into_iter().map(|kept| kept.key).collect());
        let states = ring.iter().flat_map(|ring| ring.states(now));
        Ok(states.map(|(key, state)| (key.clone(), state)).collect())
    }

    fn folder(&self) -> PathBuf {
        self.data_dir.join(FOLDER)
    }

    fn load(&self) -> anyhow::Result<Vec<Kept>> {
        let folder = self.folder();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("the folder {}", folder.display())),
        };
        let mut kept = Vec::new();
        for entry in entries {
            let path = entry.with_context(|| format!("the folder {}", folder.display()))?.path();
            if is_key(&path)
                && let Some(key) = read(&path).with_context(|| format!("the signing key {}", path.display()))?
            {
                kept.push(Kept { key, path });
            }
        }
        Ok(kept)
    }

    /// Writes a key under the name that tells when it signs. It appears whole or not at all.
    fn keep(&self, pkcs8: &[u8], signs_from: DateTime<Utc>) -> anyhow::Result<SigningKey> {
        let key = SigningKey::read(pkcs8, signs_from)?;
        let name = format!("{}-{}.{ENDING}", signs_from.format(INSTANT), key.id());
        folder::write_whole(&self.folder(), &name, pkcs8)?;
        Ok(key)
    }
}

impl KeySource for KeyFolder {
    fn read(&self) -> Result<KeyRing, KeysUnreadable> {
        let keys = self.load().map_err(|error| KeysUnreadable(format!("{error:#}").into()))?;
        KeyRing::of(keys.into_iter().map(|kept| kept.key).collect()).ok_or_else(|| KeysUnreadable(Box::new(Empty)))
    }
}

/// Whoever emptied the folder took the keys from under a running server.
#[derive(Debug)]
struct Empty;

impl fmt::Display for Empty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the folder of the signing keys is empty")
    }
}

impl std::error::Error for Empty {}

/// Whether a file is meant to be a key; what else lies in the folder is none of our business.
fn is_key(path: &Path) -> bool {
    let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension().is_some_and(|extension| extension == ENDING)
}

/// Reads one key; none when it was removed since the folder was listed.
fn read(path: &Path) -> anyhow::Result<Option<SigningKey>> {
    let name = path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.split_once('-'));
    let (instant, id) = name.context("its name does not begin with an instant and an id")?;
    let signs_from = NaiveDateTime::parse_from_str(instant, INSTANT).context("its name begins with no instant")?;
    let pkcs8 = match fs::read(path) {
        Ok(pkcs8) => pkcs8,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let key = SigningKey::read(&pkcs8, signs_from.and_utc())?;
    anyhow::ensure!(key.id() == id, "it holds the key {}", key.id());
    Ok(Some(key))
}

/// The keys of a data folder, made on the first start.
///
/// # Errors
/// When they can neither be read nor made.
pub(crate) fn open(data_dir: &Path, now: DateTime<Utc>) -> anyhow::Result<SigningKeys> {
    let folder = KeyFolder::below(data_dir);
    folder.prepare(now)?;
    Ok(SigningKeys::open(folder)?)
}

/// Reads the keys anew every so often until told to stop, so that no instance needs a restart for a
/// rotation. Must be called within the runtime.
pub(crate) fn keep_current(keys: SigningKeys, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move {
        stop.run_until_cancelled_owned(async move {
            let mut ticks = interval(PERIOD);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let keys = keys.clone();
                if let Ok(Err(error)) = tokio::task::spawn_blocking(move || keys.reload()).await {
                    tracing::error!(error = %error.0, "the signing keys could not be read; those known stay in force");
                }
            }
        })
        .await;
    })
}

#[cfg(test)]
mod tests;
