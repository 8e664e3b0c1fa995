//! `callrules init`: creates a repository.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;
use callrules::RunError;
use callrules::files::{self, RepositoryRoot};
use callrules::init::{self, TemplateFile};

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Create a repository in a new folder
callrules init my-company

# Refresh the schemas after an update of callrules
callrules init my-company --force",
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct InitArgs {
    /// The folder for the repository; created if missing [default: the folder of `-C`]
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,

    /// Refresh generated files (schemas, editor settings)
    ///
    /// Editor settings are refreshed only if they contain nothing but the schemas of files.
    /// Everything else is kept and listed.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(context: &CommandContext, arguments: &InitArgs) -> Result<ExitCode, RunError> {
    let root = arguments
        .directory
        .as_deref()
        .unwrap_or(context.directory());
    let mut files = init::base_files(None);
    let example = init::example_files();
    let in_use = folder_in_use(root, &example);
    if in_use.is_none() {
        files.extend(example.iter().cloned());
    }
    files.extend(init::supporting_files());
    let read = |path: &str| {
        let content = RepositoryRoot::new(root).read(path).ok()?;
        String::from_utf8(content).ok()
    };
    for file in &files {
        let may_overwrite =
            arguments.force && read(&file.path).is_some_and(|text| file.is_refreshable(&text));
        let line = callrules::write_new_file(root, &file.path, &file.text, may_overwrite)?;
        context.ui.print_raw(&line)?;
    }
    if let Some(folder) = in_use {
        context.ui.print_raw(&format!(
            "no example written: {folder}/ already has other files\n"
        ))?;
    }
    context.ui.print_raw(&format!(
        "\n\
         Next steps, in {}:\n\
         \x20 callrules validate        check all files\n\
         \x20 callrules --sandbox plan  show what the files would change on the sandbox account\n\
         \x20 callrules import          create files from your account (see README.md)\n",
        root.display()
    ))?;
    let has_placeholder = |file: &&TemplateFile| {
        read(&file.path).is_some_and(|text| text.contains(init::OWNER_PLACEHOLDER))
    };
    let incomplete: Vec<&str> = files
        .iter()
        .filter(has_placeholder)
        .map(|file| &*file.path)
        .collect();
    if !incomplete.is_empty() {
        context.ui.print_raw(&format!(
            "\nBefore you use the workflows on GitHub, replace {} in:\n\
             \x20 {}\n",
            init::OWNER_PLACEHOLDER,
            incomplete.join("\n  ")
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns a folder of the example that already has other files. The example would mix with the
/// real users there.
fn folder_in_use<'a>(root: &Path, example: &'a [TemplateFile]) -> Option<&'a str> {
    example.iter().find_map(|file| {
        let (folder, _) = file.path.split_once('/')?;
        let is_in_use =
            files::path_exists(&root.join(folder)) && !files::path_exists(&root.join(&file.path));
        is_in_use.then_some(folder)
    })
}
