//! `callrules show`

use std::process::ExitCode;

use clap::Args;

use super::error::Error;
use super::{Global, output, planning};
use crate::config;
use crate::model::{Directory, Selector};
use crate::yaml;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Whose: number, e-mail address, or `id:` and an id, as the user's file says it
    ///
    /// May be repeated.
    #[arg(long = "user", value_name = "USER", required = true)]
    users: Vec<Selector>,

    /// Say behind each line which file and line it comes from
    #[arg(long)]
    origins: bool,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let (repository, _) = planning::repository(global)?;
    // Offline: whom a file is about is what it says itself.
    let nobody = Directory::default();
    let mut texts = Vec::new();
    for selector in &arguments.users {
        let names = |user: &&config::User| config::names(selector, None, &user.file, &nobody);
        let Some(user) = repository.users.iter().find(names) else {
            return Err(Error::NobodySelected {
                selector: selector.clone(),
                help: "name a user as the user's own file does, by number, address or id: this \
                       command asks no account who else that is"
                    .to_owned(),
            });
        };
        let tree =
            { repository.whole(&user.path) }.map_err(|config::Gone(path)| Error::Gone(path))?;
        let body = match arguments.origins {
            true => yaml::write_with_origins(&tree),
            false => yaml::write(&tree.to_json()),
        };
        let profiles = { user.file.profiles.iter().flatten() }
            .map(|profile| format!(" over profile {}", profile.0));
        let heading = format!("# {}{}\n", user.path, profiles.rev().collect::<String>());
        texts.push(heading + &body?);
    }
    let text = texts.join("---\n");
    match output::screen() {
        Some(_) => global.page(&text)?,
        // As it is, for whoever saves it.
        None => output::out(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}
