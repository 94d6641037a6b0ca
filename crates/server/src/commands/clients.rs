//! `rafiq client`: the machine clients of hospitals.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use chrono::TimeDelta;
use clap::{Args, Subcommand};
use rafiq_app::Caller;
use rafiq_app::clients::{self, NewClient, NewCredential};
use rafiq_domain::clients::{ClientScope, ClientTerms, CredentialKind, PublicKey};
use rafiq_domain::refusal::FieldCode;
use rafiq_domain::text::{EmailAddress, Login, PersonName};
use rafiq_domain::users::Contact;
use rafiq_domain::vocabulary::{Coded as _, Language};
use rafiq_http::jwk::read_public_key;
use uuid::Uuid;

use super::{explained, instant, language};
use crate::assembly;
use crate::config::Config;

/// What to do with machine clients.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Register a machine client of a hospital, with its public key or with a secret that is printed this once
    Create(CreateClientArguments),
}

/// Arguments of `rafiq client create`.
#[derive(Debug, Args)]
pub struct CreateClientArguments {
    /// Hospital for which the client acts
    #[arg(long, value_name = "ID")]
    pub hospital: Uuid,

    /// Name with which the client signs in: ASCII, stored in lower case
    #[arg(long, value_name = "NAME")]
    pub client_id: String,

    /// What people call it, when that is not the name with which it signs in
    #[arg(long)]
    pub name: Option<String>,

    /// E-mail address that is told when the key or the secret will expire
    #[arg(long, value_name = "ADDRESS")]
    pub contact: Option<String>,

    /// Language in which they are written to: en, ar or tr
    #[arg(long, value_name = "CODE", default_value = "en")]
    pub language: String,

    /// Code of a scope, as in referrals:read; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    pub scopes: Vec<String>,

    /// File with the client's public key as a JSON Web Key: Ed25519 or P-256
    #[arg(long, value_name = "FILE")]
    pub public_key: Option<PathBuf>,

    /// Make a secret instead, and print it this once
    #[arg(long, conflicts_with = "public_key")]
    pub secret: bool,

    /// How many days the key or the secret is good
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    pub valid_days: u16,
}

/// Runs one of them.
pub(super) async fn run(config: &Config, command: &ClientCommand) -> anyhow::Result<()> {
    match command {
        ClientCommand::Create(arguments) => create(config, arguments).await,
    }
}

/// Registers a client. Who can run commands on the database needs no permission of the product.
async fn create(config: &Config, arguments: &CreateClientArguments) -> anyhow::Result<()> {
    let (new, key) = (new_client(arguments)?, public_key(arguments)?);
    let key_id = key.as_ref().map(clients::thumbprint).transpose().map_err(described("the key"))?;
    let store = assembly::connect(config).await?;
    assembly::bring_up_to_date(&store).await?;
    let app = assembly::product(config, store.clone())?;
    let expires_at = app.now() + TimeDelta::days(arguments.valid_days.into());
    let kind = if arguments.secret { CredentialKind::Secret } else { CredentialKind::PublicKey };
    kind.accept_end(expires_at, app.now()).map_err(described("--valid-days"))?;
    let first = match key {
        Some(key) => Some(NewCredential::Key(key, expires_at)),
        None => arguments.secret.then_some(NewCredential::Secret(expires_at)),
    };
    let registered = clients::register_client_with(&app, &Caller::system(), new, first).await;
    let registered = registered.map_err(|refused| explained(&refused))?;
    let (mut out, until) = (std::io::stdout(), instant(expires_at));
    writeln!(out, "registered client {}", registered.client.id())?;
    if let Some(key_id) = key_id {
        writeln!(out, "its key {}, until {until}", key_id.as_str())?;
    }
    if let Some(secret) = registered.first.as_ref().and_then(|given| given.secret.as_ref()) {
        writeln!(out, "its secret, shown this once, until {until}:\n{}", secret.0)?;
    }
    store.close().await?;
    Ok(())
}

fn new_client(arguments: &CreateClientArguments) -> anyhow::Result<NewClient> {
    let scopes = arguments.scopes.iter();
    let scopes = scopes.map(|code| ClientScope::from_code(code).with_context(|| format!("`{code}` is no scope")));
    let name = arguments.name.as_deref().unwrap_or(&arguments.client_id);
    let email = arguments.contact.as_deref().map(EmailAddress::parse).transpose().map_err(described("--contact"))?;
    Ok(NewClient {
        login: Login::parse(&arguments.client_id).map_err(described("--client-id"))?,
        name: PersonName::parse(name).map_err(described("--name"))?,
        hospital_id: arguments.hospital.into(),
        contact: Contact { email, language: language(&arguments.language)? },
        terms: ClientTerms { scopes: scopes.collect::<Result<_, _>>()?, allows_secret: arguments.secret },
    })
}

fn public_key(arguments: &CreateClientArguments) -> anyhow::Result<Option<PublicKey>> {
    let Some(path) = &arguments.public_key else { return Ok(None) };
    let text = std::fs::read_to_string(path).with_context(|| format!("the key file {}", path.display()))?;
    Ok(Some(read_public_key(&text).with_context(|| format!("the key file {}", path.display()))?))
}

/// What is wrong with one argument.
fn described(argument: &'static str) -> impl Fn(FieldCode) -> anyhow::Error {
    move |code| anyhow::anyhow!("{argument} {}", code.label(Language::English))
}
