//! The key that signs access tokens: made on first start, kept beside the data, readable by its owner alone.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use rafiq_http::token::SigningKeys;

/// The file below the data directory.
const FILE: &str = "signing-key.p8";

/// Reads the signing key, or makes one on the first start.
///
/// # Errors
/// When the file cannot be read or written, or holds no key.
pub(crate) fn load_or_create(data_dir: &Path) -> anyhow::Result<SigningKeys> {
    let path = data_dir.join(FILE);
    let key = match fs::read(&path) {
        Ok(key) => key,
        Err(error) if error.kind() == ErrorKind::NotFound => create(&path)?,
        Err(error) => return Err(error).with_context(|| format!("the signing key {}", path.display())),
    };
    SigningKeys::new::<Vec<u8>>(&key, &[]).with_context(|| format!("{} holds no signing key", path.display()))
}

fn create(path: &Path) -> anyhow::Result<Vec<u8>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("the folder {}", folder.display()))?;
    }
    let key = SigningKeys::generate()?;
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match opened {
        Ok(mut file) => {
            file.write_all(&key)
                .and_then(|()| file.sync_all())
                .with_context(|| format!("the signing key {}", path.display()))?;
            Ok(key)
        }
        // Another instance on the same folder was faster; its key is the one.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(fs::read(path)?),
        Err(error) => Err(error).with_context(|| format!("the signing key {}", path.display())),
    }
}
