//! The machine clients of hospitals: who registers them, and what they may prove themselves with.
//!
//! [`entry`] lets them in, [`warnings`] tells their people what will expire.

pub mod entry;
pub mod warnings;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use rafiq_domain::clients::{Client, ClientFile, ClientTerms, Credential, KeyId, Proof, PublicKey};
use rafiq_domain::ids::{ClientCredentialId, HospitalId, UserId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, ObjectKind, Permitted, Resource as _, Whole, permit, scope};
use rafiq_domain::refusal::{FieldResult, Invalid, NotFound, WrongState};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::{Login, PersonName};
use rafiq_domain::users::{Contact, User, UserProfile};
use rafiq_domain::vocabulary::{Role, UserState};
use rafiq_persistence::store::{Reader, Tx};
use rafiq_persistence::{clients, hospitals, sessions, users};
use sha2::{Digest, Sha256};

use crate::refused::NotKnownHere;
use crate::roles::expect_given;
use crate::{App, Caller, Refused, secrets};

/// A client to be registered.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// The name with which it signs in: the `client_id` of OAuth.
    pub login: Login,
    /// What people call it.
    pub name: PersonName,
    /// The hospital for which it acts, for good.
    pub hospital_id: HospitalId,
    /// Who is told when a credential will expire.
    pub contact: Contact,
    /// What it may.
    pub terms: ClientTerms,
}

/// What a client is to prove itself with, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewCredential {
    /// A key of its own, of which this is the public half.
    Key(PublicKey, DateTime<Utc>),
    /// A secret that we make.
    Secret(DateTime<Utc>),
}

/// A client with what it got to begin with.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The client.
    pub client: Client,
    /// Its first credential, where it got one.
    pub first: Option<Given>,
}

/// A credential that was given, with the secret where it is one.
#[derive(Debug, Clone)]
pub struct Given {
    /// What is kept.
    pub credential: Credential,
    /// The secret, shown this once.
    pub secret: Option<Sensitive<String>>,
}

/// Registers a client. It has no credential yet.
///
/// # Errors
/// [`Refused`] when the caller may not or does not hold the role of clients for conferring, the terms are not sound,
/// the hospital is not known, or the login is in use.
pub async fn register_client(app: &App, caller: &Caller, new: NewClient) -> Result<Permitted<ClientFile>, Refused> {
    let registered = register_client_with(app, caller, new, None).await?;
    Ok(registered.map(|Registered { client, .. }| ClientFile { client, credentials: Vec::new() }))
}

/// Registers a client together with its first credential: both, or neither.
///
/// # Errors
/// As for [`register_client`], [`add_key`] and [`add_secret`].
pub async fn register_client_with(
    app: &App,
    caller: &Caller,
    new: NewClient,
    first: Option<NewCredential>,
) -> Result<Permitted<Registered>, Refused> {
    let first = first.map(|first| Drawn::of(first, app.now())).transpose()?;
    app.write(caller, async |tx| {
        let client = insert(app, tx, caller, new).await?;
        let first = match first {
            Some(drawn) => Some(give(app, tx, caller, &client, drawn).await?.into_inner()),
            None => None,
        };
        Ok(client.map(|client| Registered { client, first }))
    })
    .await
}

async fn insert(app: &App, tx: &Tx, caller: &Caller, new: NewClient) -> Result<Permitted<Client>, Refused> {
    let terms = new.terms.check()?;
    let profile = UserProfile {
        name: new.name,
        roles: vec![Role::HospitalClient],
        confers: Vec::new(),
        hospital_id: Some(new.hospital_id),
        interpreter_id: None,
    };
    let permitted = permit(&caller.actor, Action::ManageClients, Whole(ObjectKind::Client))?;
    let hospital = hospitals::find(tx, new.hospital_id).await?.ok_or_else(|| NotKnownHere::absent("/hospital_id"))?;
    let user = User {
        id: UserId::new(app.ids()),
        login: new.login,
        profile,
        contact: new.contact,
        state: UserState::Active,
        hospital_state: Some(hospital.state),
        version: Version::FIRST,
    };
    expect_given(&permitted, user.id, Role::HospitalClient)?;
    users::insert(tx, &permitted.with(user.clone()), app.moment()).await?;
    let (created_at, created_by) = (app.now(), caller.actor.user_id());
    let client = permitted.with(Client { user, hospital_id: hospital.id, terms, created_at, created_by });
    clients::insert(tx, &client).await?;
    let object = client.object();
    Ok(client.made(object))
}

/// Replaces what a client may, and who is told of it. Its hospital and its name stay.
///
/// # Errors
/// [`Refused`] when there is none, the caller may not or decided on an older version, or the terms are not sound.
pub async fn update_client(
    app: &App,
    caller: &Caller,
    id: UserId,
    decided_on: Version,
    contact: Contact,
    terms: ClientTerms,
) -> Result<Permitted<ClientFile>, Refused> {
    let terms = terms.check()?;
    change(app, caller, id, decided_on, |client| Ok(client.updated(contact, terms))).await
}

/// Disables a client: its sessions end with their next request, and do not come back with it.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not or decided on an older version.
pub async fn disable_client(
    app: &App,
    caller: &Caller,
    id: UserId,
    decided_on: Version,
) -> Result<Permitted<ClientFile>, Refused> {
    change(app, caller, id, decided_on, |client| Ok(client.disabled())).await
}

/// Lets a disabled client in again, with the credentials that it has.
///
/// # Errors
/// As for [`disable_client`], and when its role was ended.
pub async fn enable_client(
    app: &App,
    caller: &Caller,
    id: UserId,
    decided_on: Version,
) -> Result<Permitted<ClientFile>, Refused> {
    change(app, caller, id, decided_on, Client::enabled).await
}

async fn change(
    app: &App,
    caller: &Caller,
    id: UserId,
    decided_on: Version,
    change: impl FnOnce(Client) -> Result<Client, WrongState> + Send,
) -> Result<Permitted<ClientFile>, Refused> {
    app.write(caller, async |tx| {
        let client = find_to_manage(app, tx, caller, id).await?;
        client.user.version.expect(decided_on)?;
        let changed = clients::update(tx, client.try_map(change)?).await?;
        if changed.user.state == UserState::Disabled {
            sessions::revoke_all(tx, &changed.with(changed.user.clone()), app.now()).await?;
        }
        let credentials = clients::credentials_of(tx, id).await?;
        Ok(changed.map(|client| ClientFile { client, credentials }))
    })
    .await
}

/// Registers a public key of a client.
///
/// # Errors
/// [`Refused`] when there is no such client, the caller may not, the term is not sound, the client has two
/// active credentials, or the key is known, of this client or another.
pub async fn add_key(
    app: &App,
    caller: &Caller,
    id: UserId,
    key: PublicKey,
    expires_at: DateTime<Utc>,
) -> Result<Permitted<Credential>, Refused> {
    let given = add(app, caller, id, NewCredential::Key(key, expires_at)).await?;
    Ok(given.map(|given| given.credential))
}

/// Makes a secret for a client; it is shown this once.
///
/// # Errors
/// As for [`add_key`], and when the client may not have one.
pub async fn add_secret(
    app: &App,
    caller: &Caller,
    id: UserId,
    expires_at: DateTime<Utc>,
) -> Result<Permitted<Given>, Refused> {
    add(app, caller, id, NewCredential::Secret(expires_at)).await
}

async fn add(app: &App, caller: &Caller, id: UserId, new: NewCredential) -> Result<Permitted<Given>, Refused> {
    let drawn = Drawn::of(new, app.now())?;
    app.write(caller, async |tx| {
        let client = find_to_manage(app, tx, caller, id).await?;
        // Of two that are added at once the later must see the earlier, or there would be three.
        clients::touch(tx, &client).await?;
        give(app, tx, caller, &client, drawn).await
    })
    .await
}

/// A credential as it is about to be given: checked, and its secret drawn.
struct Drawn {
    proof: Proof,
    secret: Option<Sensitive<String>>,
    expires_at: DateTime<Utc>,
}

impl Drawn {
    fn of(new: NewCredential, now: DateTime<Utc>) -> Result<Self, Refused> {
        let (proof, secret, expires_at) = match new {
            NewCredential::Key(key, expires_at) => {
                let id = thumbprint(&key).map_err(|code| Invalid::at("/key", code))?;
                (Proof::Key(id, key), None, expires_at)
            }
            NewCredential::Secret(expires_at) => {
                let secret = secrets::draw()?;
                (Proof::Secret(secrets::hash(&secret)), Some(secret), expires_at)
            }
        };
        let accepted = proof.kind().accept_end(expires_at, now);
        accepted.map_err(|code| Invalid::at("/expires_at", code))?;
        Ok(Self { proof, secret, expires_at })
    }
}

async fn give(
    app: &App,
    tx: &Tx,
    caller: &Caller,
    client: &Permitted<Client>,
    Drawn { proof, secret, expires_at }: Drawn,
) -> Result<Permitted<Given>, Refused> {
    let now = app.now();
    client.takes(proof.kind(), &clients::credentials_of(tx, client.id()).await?, now)?;
    let credential = client.with(Credential {
        id: ClientCredentialId::new(app.ids()),
        client_id: client.id(),
        proof,
        valid_from: now,
        expires_at,
        created_by: caller.actor.user_id(),
        revoked_at: None,
        revoked_by: None,
        last_used_at: None,
        warned: None,
    });
    clients::insert_credential(tx, &credential).await?;
    Ok(credential.map(|credential| Given { credential, secret }))
}

/// Revokes a credential: the sessions that it opened end with their next request. Doing it twice changes nothing.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not.
pub async fn revoke_credential(
    app: &App,
    caller: &Caller,
    id: UserId,
    credential_id: ClientCredentialId,
) -> Result<Permitted<Credential>, Refused> {
    app.write(caller, async |tx| {
        // Of two at once the later finds who revoked it.
        users::take_turn(tx, [id], app.now()).await?;
        let client = find_to_manage(app, tx, caller, id).await?;
        let credential = clients::find_credential(tx, id, credential_id).await?.ok_or(NotFound)?;
        if credential.revoked_at.is_some() {
            return Ok(client.with(credential));
        }
        clients::touch(tx, &client).await?;
        let revoked = client.with(credential.revoked(caller.actor.user_id(), app.now()));
        clients::revoke_credential(tx, &revoked).await?;
        Ok(revoked)
    })
    .await
}

/// One client with its credentials.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_client(app: &App, caller: &Caller, id: UserId) -> Result<Permitted<ClientFile>, Refused> {
    app.read(caller, async |db| {
        let client = find(app, db, caller, Action::ViewClients, id).await?;
        let credentials = clients::credentials_of(db, id).await?;
        Ok(client.map(|client| ClientFile { client, credentials }))
    })
    .await
}

/// One page of the clients.
///
/// # Errors
/// [`Refused`] when the caller may not.
pub async fn list_clients(app: &App, caller: &Caller, page: Page) -> Result<Permitted<Slice<ClientFile>>, Refused> {
    app.read(caller, async |db| {
        let scope = scope(&caller.actor, Action::ViewClients, ObjectKind::Client)?;
        let clients = clients::list(db, &scope, page, app.now()).await?;
        Ok(scope.with(clients))
    })
    .await
}

async fn find_to_manage(app: &App, tx: &Tx, caller: &Caller, id: UserId) -> Result<Permitted<Client>, Refused> {
    find(app, tx, caller, Action::ManageClients, id).await
}

async fn find(
    app: &App,
    db: &impl Reader,
    caller: &Caller,
    action: Action,
    id: UserId,
) -> Result<Permitted<Client>, Refused> {
    let client = clients::find(db, id, app.now()).await?.ok_or(NotFound)?;
    Ok(permit(&caller.actor, action, client)?)
}

/// The thumbprint of a key: SHA-256 over its required members in the order and form of RFC 7638 §3 and RFC 8037 §2.
///
/// # Errors
/// [`FieldCode::Malformed`](rafiq_domain::refusal::FieldCode::Malformed) for what is no thumbprint, which no key has.
pub fn thumbprint(key: &PublicKey) -> FieldResult<KeyId> {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let members = match key {
        PublicKey::Ed25519(x) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x)),
        PublicKey::P256(x, y) => format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text(x), text(y)),
    };
    KeyId::parse(&text(&Sha256::digest(members)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> [u8; 32] {
        URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap()
    }

    #[test]
    fn a_thumbprint_is_that_of_the_standards() {
        // RFC 8037 appendix A.3.
        let key = PublicKey::Ed25519(bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
        assert_eq!(thumbprint(&key).unwrap().as_str(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        // The key of RFC 7515 appendix A.3, hashed by another program.
        let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        let key = PublicKey::P256(bytes(x), bytes(y));
        assert_eq!(thumbprint(&key).unwrap().as_str(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
    }
}
