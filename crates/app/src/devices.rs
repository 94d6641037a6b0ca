//! Which devices are known: those from which a sign-in went all the way.
//!
//! While a second factor is owed nothing is known, prolonged or forgiven: the password alone may be stolen.

use rafiq_domain::ids::{DeviceId, SessionId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::throttling::{DEVICE_KNOWN_FOR, KnownDevice};
use rafiq_domain::users::User;
use rafiq_persistence::store::Tx;
use rafiq_persistence::throttles as counters;
use rafiq_persistence::{devices, sessions};

use crate::{App, Refused, secrets, throttles};

/// Knows the device of a session that is proven, for the usual time from now, and forgets the failures that were counted
/// for it. Answers its token when it was not known before.
///
/// # Errors
/// [`Refused`] when it cannot be written.
pub(crate) async fn know(
    app: &App,
    tx: &Tx,
    own: &Permitted<User>,
    session_id: SessionId,
) -> Result<Option<Sensitive<String>>, Refused> {
    let (now, expires_at) = (app.now(), app.now() + DEVICE_KNOWN_FOR);
    let noted = sessions::device_of(tx, session_id).await?;
    counters::forget(tx, &[throttles::of_sign_in(own.id, noted)]).await?;
    let known = match noted {
        Some(id) => devices::find(tx, own.id, id, now).await?,
        None => None,
    };
    if let Some(device) = known {
        devices::extend(tx, &own.with(KnownDevice { expires_at, ..device })).await?;
        return Ok(None);
    }
    let (id, token) = (DeviceId::new(app.ids()), secrets::draw()?);
    let device = own.with(KnownDevice { id, user_id: own.id, known_since: now, expires_at });
    devices::remember(tx, &device, secrets::hash(&token)).await?;
    sessions::note_device(tx, session_id, &device).await?;
    Ok(Some(token))
}
