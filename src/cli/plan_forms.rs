//! The forms in which a plan is told, on standard output and in files.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anstream::adapter::strip_str;
use clap::ValueEnum;

use super::error::Error;
use super::planning::{Notice, Planned, Scope};
use super::remember::Reads;
use super::{Global, files};
use crate::diagnostic::Diagnostic;
use crate::engine::{self, Allowed, Objection};
use crate::model::Shard;
use crate::render::findings::Findings;
use crate::render::say::{are, count, counted};
use crate::render::{Deed, Folder, plan_json, plan_markdown, plan_text};

/// For whom a plan is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For eyes
    Human,
    /// For scripts
    Json,
    /// For the comment in a pull request
    Markdown,
    /// Warnings and errors alone: annotations at the lines of a pull request
    Github,
    /// Warnings and errors alone: SARIF 2.1.0, for code scanning and editors
    Sarif,
}

impl Format {
    /// How each is called on the command line.
    pub(super) fn names() -> impl Iterator<Item = String> {
        let formats = Format::value_variants().iter();
        let formats = formats.filter_map(ValueEnum::to_possible_value);
        formats.map(|format| format.get_name().to_owned())
    }
}

/// A plan that is to be saved is called so.
const PLAN: &str = "plan.json";

/// Another form, and the file for it.
#[derive(Debug, Clone)]
pub(super) struct Also {
    pub(super) format: Format,
    pub(super) file: PathBuf,
}

impl Also {
    /// Writes the file as a whole or not at all, without colours.
    pub(super) fn write(&self, text: &str) -> Result<(), Error> {
        files::replace(&self.file, &strip_str(text).to_string(), &files::readable())
    }
}

impl FromStr for Also {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((format, file)) if !file.is_empty() => (format, file),
            _ => return Err("expected FORMAT=FILE, such as markdown=comment.md".to_owned()),
        };
        let format = Format::from_str(format, false).map_err(|_| {
            let formats: Vec<String> = Format::names().map(|name| format!("`{name}`")).collect();
            format!("unknown format `{format}`: expected {}", formats.join(", "))
        })?;
        Ok(Also {
            format,
            file: file.into(),
        })
    }
}

/// Mistakes in the files, which leave no plan to tell. None where the form has nothing but a plan.
pub(super) fn of_mistakes(
    format: Format,
    mistakes: &[Diagnostic],
    folder: &Folder,
) -> Result<Option<String>, Error> {
    let findings = Findings {
        diagnostics: mistakes.iter().collect(),
        failures: &[],
        folder,
    };
    Ok(match format {
        Format::Human | Format::Json | Format::Markdown => None,
        Format::Github => Some(findings.github()),
        Format::Sarif => Some(findings.sarif()?),
    })
}

/// A plan, and what its forms say beside it.
pub(super) struct Told<'a> {
    /// What the commands that are told are for.
    pub(super) global: &'a Global,
    /// Whom it is for.
    pub(super) scope: &'a Scope,
    pub(super) planned: &'a Planned,
    /// The part of all users that it is for.
    pub(super) shard: Option<Shard>,
    /// How many requests it took.
    pub(super) made: u64,
    pub(super) created_at: &'a str,
    /// The file that it was saved to.
    pub(super) saved: Option<&'a Path>,
    /// Where the files of the repository are.
    pub(super) folder: &'a Folder,
}

impl Told<'_> {
    pub(super) fn text(&self, format: Format) -> Result<String, Error> {
        let planned = self.planned;
        let objections = engine::objections(&planned.plan, Allowed::default());
        let notices: Vec<_> = planned.notices.iter().map(notice).collect();
        let unread = planned.unread.iter();
        let unread: Vec<_> = unread.map(|(user, e)| format!("{user}: {e}")).collect();
        let findings = Findings {
            diagnostics: planned.notices.iter().map(|n| &n.diagnostic).collect(),
            failures: &unread,
            folder: self.folder,
        };
        Ok(match format {
            Format::Human => self.human(&objections),
            Format::Github => findings.github(),
            Format::Sarif => findings.sarif()?,
            Format::Markdown => {
                let context = plan_markdown::Context {
                    directory: &planned.directory,
                    catalogue: &planned.catalogue,
                    shard: self.shard,
                    notices: &notices,
                    unread: &unread,
                    objections: &objections,
                    folder: self.folder,
                    is_sandbox: self.global.sandbox,
                    apply: &self.command(&["apply"], &objections),
                };
                plan_markdown::render(&planned.plan, context)
            }
            Format::Json => {
                let context = plan_json::Context {
                    created_at: self.created_at,
                    shard: self.shard,
                    requests_made: self.made,
                    notices: &notices,
                    unread: &unread,
                    remembered: planned.reads.as_ref().map(Reads::json),
                };
                format!("{}\n", plan_json::render(&planned.plan, context)?)
            }
        })
    }

    fn human(&self, objections: &[Objection]) -> String {
        let Planned {
            plan,
            directory,
            catalogue,
            ..
        } = self.planned;
        let mut text = plan_text::render(Deed::Apply, plan, directory, catalogue);
        if let Some(Shard { number, of }) = self.shard {
            text += &format!("This is part {number} of {of} of the users in scope.\n");
        }
        let left_out = self.planned.left_out();
        if left_out > 0 {
            let (users, are) = (counted(left_out, "user"), are(left_out));
            text += &format!("{users} {are} left out of this plan: see the errors\n");
        }
        let to_apply = plan.requests();
        let made = usize::try_from(self.made).unwrap_or(usize::MAX);
        text += &format!("{} made", counted(made, "request"));
        if to_apply > 0 {
            let (number, time) = (count(to_apply), plan_text::time_for(to_apply));
            text += &format!("; apply needs {number}{time}");
        }
        text.push('\n');
        text += &self
            .planned
            .reads
            .as_ref()
            .map_or(String::new(), Reads::told);
        for refusal in objections {
            let flag = refusal.flag();
            text += &format!("! apply will refuse this plan: {refusal}; `{flag}` allows it\n");
        }
        let is_fine = to_apply > 0 && objections.is_empty();
        let of_file = |file: &str| self.global.command(&["apply", file]);
        match self.saved.map(Path::to_string_lossy) {
            Some(file) if is_fine => {
                text += &format!("Saved: apply it with `{}`.\n", of_file(&file));
            }
            Some(file) => text += &format!("Saved to {file}.\n"),
            None if is_fine && self.shard.is_some() => {
                let apply = of_file(PLAN);
                text += &format!("Save it to carry it out: `--out {PLAN}`, then `{apply}`.\n");
            }
            None if is_fine => {
                let apply = self.command(&["apply"], &[]);
                let save = self.command(&["plan", "--out", PLAN], &[]);
                text += &format!("Run `{apply}` to carry it out, or save it first: `{save}`.\n");
            }
            None => {}
        }
        text
    }

    /// A command for the same users, with what allows it to do what is objected to.
    fn command(&self, words: &[&str], objections: &[Objection]) -> String {
        let flags = objections.iter().map(Objection::flag);
        let flags = flags.flat_map(|flag| flag.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let more: Vec<String> = self.scope.words().into_iter().chain(flags).collect();
        let more = more.iter().map(String::as_str);
        let all: Vec<&str> = words.iter().copied().chain(more).collect();
        self.global.command(&all)
    }
}

fn notice(notice: &Notice) -> plan_json::Notice<'_> {
    plan_json::Notice {
        user: notice.user.as_deref(),
        rule: notice.rule.as_deref(),
        diagnostic: &notice.diagnostic,
    }
}
