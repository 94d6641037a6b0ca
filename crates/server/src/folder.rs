//! A folder of key files that instances share: who changes it takes a turn, and files appear whole.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// How the instant from which a key counts is written in its file's name.
pub(crate) const INSTANT: &str = "%Y%m%dT%H%M%SZ";

/// Held by whoever changes the folder. Names with a dot in front are none of the keys.
const LOCK: &str = ".lock";

/// Waits for one's turn with the folder, which is made if it is not there. The turn ends when the file is dropped.
///
/// # Errors
/// When the folder cannot be made or locked.
pub(crate) fn take_turn(folder: &Path) -> anyhow::Result<File> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("the folder {}", folder.display()))?;
    let path = folder.join(LOCK);
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = opened.with_context(|| format!("the file {}", path.display()))?;
    file.lock().with_context(|| format!("the lock {}", path.display()))?;
    Ok(file)
}

/// Writes a new file that only its owner reads, whole or not at all: a key that was cut off would open
/// nothing. Whoever writes has the turn.
///
/// # Errors
/// When there is such a file, or it cannot be written.
pub(crate) fn write_whole(folder: &Path, name: &str, content: &[u8]) -> anyhow::Result<PathBuf> {
    let (path, unfinished) = (folder.join(name), folder.join(format!(".{name}")));
    anyhow::ensure!(!path.exists(), "there is a key {} already", path.display());
    let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished);
    opened
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&unfinished, &path))
        .and_then(|()| File::open(folder)?.sync_all())
        .with_context(|| format!("the key {}", path.display()))?;
    Ok(path)
}
