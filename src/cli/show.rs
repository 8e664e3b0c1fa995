//! `callrules show`: shows a user's complete configuration.

use std::process::ExitCode;

use clap::Args;

use super::error::CommandError;
use super::{GlobalArgs, planning, ui};
use crate::config;
use crate::model::{ExtensionDirectory, UserSelector};
use crate::yaml;

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The user's number, e-mail address, or `id:` and the id, as in the file
    ///
    /// May be repeated.
    #[arg(long = "user", value_name = "USER", required = true)]
    users: Vec<UserSelector>,

    /// Show the source file and line after each line
    #[arg(long)]
    origins: bool,
}

pub(super) fn run(global: &GlobalArgs, arguments: &ShowArgs) -> Result<ExitCode, CommandError> {
    let (repository, _) = planning::load_repository(global)?;
    // Offline, only the identifier in the file is known.
    let empty_directory = ExtensionDirectory::default();
    let mut texts = Vec::new();
    for selector in &arguments.users {
        let is_selected = |user: &&config::LoadedUser| {
            config::selector_matches(selector, None, &user.file, &empty_directory)
        };
        let Some(user) = repository.users.iter().find(is_selected) else {
            return Err(CommandError::NoUserSelected {
                selector: selector.clone(),
                help:
                    "use the identifier in the user's file: extension number, e-mail address, or \
                       `id:` and the id"
                        .to_owned(),
            });
        };
        let tree = repository
            .effective_config(&user.path)
            .map_err(|config::VanishedFile(path)| CommandError::FileVanished(path))?;
        let body = if arguments.origins {
            yaml::write_with_origins(&tree)?
        } else {
            yaml::write(&tree.to_json())?
        };
        let mut text = format!("# {}", user.path);
        for profile in user.file.profiles.iter().flatten().rev() {
            text += &format!(" over profile {}", profile.0);
        }
        text += &format!("\n{body}");
        texts.push(text);
    }
    let text = texts.join("---\n");
    match ui::stdout_size() {
        Some(_) => global.print_paged(&text)?,
        // Neither wrapped nor sanitized: the output may be saved as a file.
        None => ui::print_raw(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}
