//! `callrules init`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::error::Error;
use super::files::keep;
use super::{Global, output};
use crate::init::{self, File};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder to begin in, made where there is none [default: the one of `-C`]
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,

    /// Renew the files that callrules made and that nobody edits
    ///
    /// These are the schemas, and the editor settings where they say nothing but which file has which
    /// schema. Everything else that is there stays as it is, and is told.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let root = arguments.directory.as_ref().unwrap_or(&global.directory);
    let mut files = init::foundation(None);
    let example = init::example();
    let in_use = folder_in_use(root, &example);
    if in_use.is_none() {
        files.extend(example.iter().cloned());
    }
    files.extend(init::surroundings());
    for file in &files {
        let there = fs::read_to_string(root.join(&file.path));
        let renew = arguments.force && there.is_ok_and(|there| file.may_renew(&there));
        keep(root, &file.path, &file.text, renew)?;
    }
    if let Some(folder) = in_use {
        output::out(&format!(
            "left {folder} as it is, without the example: something else is there\n"
        ))?;
    }
    output::out(&format!(
        "\n\
         Next, in {}:\n\
         \x20 callrules validate        is every file sound?\n\
         \x20 callrules --sandbox plan  what the files would change on an account inside the program\n\
         \x20 callrules import          the files of your own users; README.md says what it takes\n",
        root.display()
    ))?;
    let named = |file: &&File| {
        let there = fs::read_to_string(root.join(&file.path));
        there.is_ok_and(|there| there.contains(init::NOBODY))
    };
    let waiting: Vec<&str> = files.iter().filter(named).map(|f| &*f.path).collect();
    if !waiting.is_empty() {
        output::out(&format!(
            "\nOn GitHub, say first whose callrules to use: in the place of {} in\n\
             \x20 {}\n",
            init::NOBODY,
            waiting.join("\n  ")
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The folder of an example file that holds other things already. There the example would stand among
/// real users.
fn folder_in_use<'a>(root: &Path, example: &'a [File]) -> Option<&'a str> {
    example.iter().find_map(|file| {
        let (folder, _) = file.path.split_once('/')?;
        let is_other = root.join(folder).exists() && !root.join(&file.path).exists();
        is_other.then_some(folder)
    })
}
