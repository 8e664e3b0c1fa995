//! `callrules show`: shows a user's complete configuration.

use std::process::ExitCode;

use clap::Args;

use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;
use crate::cli::ui;
use callrules::model::{ExtensionDirectory, UserSelector};
use callrules::yaml;
use callrules::{RunError, config};

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Show a user's complete configuration and the source of each line
callrules -C examples/holidays show --user 1012 --origins",
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct ShowArgs {
    /// The user's number, e-mail address, or `id:` and the id, as in the file
    ///
    /// May be repeated.
    #[arg(long = "user", value_name = "USER", required = true)]
    users: Vec<UserSelector>,

    /// Show the source file and line after each line
    #[arg(long)]
    origins: bool,
}

pub(crate) fn run(context: &CommandContext, arguments: &ShowArgs) -> Result<ExitCode, RunError> {
    let (repository, _) = context.open_repository()?;
    // Offline, only the identifier in the file is known.
    let empty_directory = ExtensionDirectory::default();
    let mut texts = Vec::new();
    for selector in &arguments.users {
        let is_selected = |user: &&config::LoadedUser| {
            config::selector_matches(selector, None, &user.file, &empty_directory)
        };
        let Some(user) = repository.users.iter().find(is_selected) else {
            let message = format!("no file matches the user `{selector}`");
            return Err(RunError::new(message).hinted(
                "use the `extension`, `email` or `id` line of the user's file (`id:` before an id)",
            ));
        };
        let tree = repository.effective_config(&user.path).ok_or_else(|| {
            RunError::new(format!(
                "{} can no longer be read; it was there when the run started",
                user.path
            ))
        })?;
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
        Some(_) => context.ui.print_paged(&text)?,
        // Neither wrapped nor sanitized: the output may be saved as a file.
        None => context.ui.print_raw(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}
