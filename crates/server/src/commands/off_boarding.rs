//! `rafiq user off-board`: when someone leaves.

use std::io::Write as _;

use anyhow::Context as _;
use clap::Args;
use rafiq_app::off_boarding::{find_by_login, off_board_user};
use rafiq_app::{App, Caller};
use rafiq_domain::ids::UserId;
use rafiq_domain::off_boarding::Successors;
use rafiq_domain::policy::Permitted;
use rafiq_domain::text::Login;
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::{Coded as _, Language};

use super::explained;
use crate::assembly;
use crate::config::Config;

/// Arguments of `rafiq user off-board`.
#[derive(Debug, Args)]
pub struct OffBoardArguments {
    /// Login of the person who leaves
    pub login: String,

    /// Login of whoever takes over the cases that they coordinate
    #[arg(long, value_name = "LOGIN")]
    pub coordinator: Option<String>,

    /// Login of whoever takes over the cases of which they are the doctor
    #[arg(long, value_name = "LOGIN")]
    pub doctor: Option<String>,
}

/// Off-boards a person. Who can run commands on the database needs no permission of the product.
pub(super) async fn run(config: &Config, arguments: &OffBoardArguments) -> anyhow::Result<()> {
    let store = assembly::connect(config).await?;
    assembly::bring_up_to_date(&store).await?;
    let app = assembly::product(config, store.clone())?;
    let user = find(&app, &arguments.login).await?;
    let to = Successors {
        coordinator: successor(&app, arguments.coordinator.as_deref()).await?,
        doctor: successor(&app, arguments.doctor.as_deref()).await?,
    };
    let left = off_board_user(&app, &Caller::system(), user.id, user.version, to, None).await;
    let left = left.map_err(|refused| explained(&refused))?;
    let (id, roles, cases, jobs) = (left.user.id, left.roles_ended, left.cases_handed_over, left.bookings_called_off);
    writeln!(
        std::io::stdout(),
        "off-boarded {id}: {roles} roles ended, {cases} cases handed over, {jobs} interpreting jobs called off"
    )?;
    store.close().await?;
    Ok(())
}

async fn successor(app: &App, login: Option<&str>) -> anyhow::Result<Option<UserId>> {
    match login {
        Some(login) => Ok(Some(find(app, login).await?.id)),
        None => Ok(None),
    }
}

async fn find(app: &App, login: &str) -> anyhow::Result<Permitted<User>> {
    let parsed = Login::parse(login).map_err(|code| anyhow::anyhow!("{login}: {}", code.label(Language::English)))?;
    let found = find_by_login(app, &Caller::system(), &parsed).await.map_err(|refused| explained(&refused));
    found.with_context(|| format!("the user {login}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::{Cli, Command, UserCommand};

    #[test]
    fn who_leaves_is_named_by_their_login_alone() {
        let parsed = Cli::try_parse_from(["rafiq", "user", "off-board", "amal", "--doctor", "dr.sami"]).unwrap();
        let Command::User(UserCommand::OffBoard(arguments)) = parsed.command else { panic!("another command") };
        assert_eq!((arguments.login.as_str(), arguments.doctor.as_deref()), ("amal", Some("dr.sami")));
        assert_eq!(arguments.coordinator, None);
        assert!(Cli::try_parse_from(["rafiq", "user", "off-board"]).is_err());
    }
}
