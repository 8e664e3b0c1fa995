//! `callrules test`

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::declared::Declared;
use super::error::Error;
use super::planning::{self, Users};
use super::{Global, clock, output};
use crate::config::{self, Case, Repository};
use crate::model::{DateTime, ExtensionId};
use crate::render::cases::{self, Tested};
use crate::render::story::Told;
use crate::routing::Call;
use crate::simulate::{Judged, Switchboard};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: Users,

    /// How the outcome is told
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// What failed and why, for eyes
    Human,
    /// For scripts
    Json,
    /// JUnit XML, for CI systems
    Junit,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let (repository, _) = planning::repository(global)?;
    let declared = Declared::of(&repository)?;
    let only = chosen(&declared, &arguments.users)?;
    let (text, all_pass) = tried(&repository, &declared, only.as_deref(), |tested| {
        let all_pass = tested.iter().all(|tested| tested.missed.is_empty());
        let text = match arguments.format {
            Format::Human if tested.is_empty() && only.is_some() => {
                "no test is of these users\n".to_owned()
            }
            Format::Human if tested.is_empty() => {
                "no tests: a file in tests/ says what shall become of calls\n".to_owned()
            }
            Format::Human => cases::failures(tested) + &cases::summary(tested),
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&cases::json(tested))?),
            Format::Junit => cases::junit(tested)?,
        };
        Ok::<_, Error>((text, all_pass))
    })??;
    match arguments.format {
        Format::Human => output::tell(&text)?,
        Format::Json | Format::Junit => output::out(&text)?,
    }
    Ok(ExitCode::from(u8::from(!all_pass)))
}

/// The users whose tests are run; none where those of all are.
fn chosen(declared: &Declared<'_>, users: &Users) -> Result<Option<Vec<ExtensionId>>, Error> {
    let mut chosen = Vec::new();
    for selector in &users.named {
        let named = declared.named(selector);
        if named.is_empty() {
            return Err(declared.nobody(selector));
        }
        chosen.extend(named.into_iter().map(|known| known.user.clone()));
    }
    Ok((!users.named.is_empty()).then_some(chosen))
}

/// Tries every call of the tests, or of those of some users, and hands on what became of them.
pub(super) fn tried<T>(
    repository: &Repository,
    declared: &Declared<'_>,
    only: Option<&[ExtensionId]>,
    tell: impl FnOnce(&[Tested<'_>]) -> T,
) -> Result<T, Error> {
    let board = Switchboard::new(&declared.users);
    let now = clock::local(None);
    let mut judged = Vec::new();
    for placed in all_cases(repository, declared)? {
        let case = &placed.case;
        if only.is_some_and(|only| !only.contains(&case.user)) {
            continue;
        }
        let story = board.call(&case.user, call(case, now));
        let story = story.expect("the check has refused a test of nobody");
        let outcome = Judged::new(story, &case.expected);
        judged.push((placed, outcome));
    }
    let tested = judged.iter().map(|(placed, judged)| Tested {
        case: &placed.case,
        file: placed.file,
        line: placed.line,
        told: Told {
            story: &judged.story,
            hops: &[],
            directory: &declared.directory,
            catalogue: &declared.catalogue,
            zone: None,
            remarks: &[],
        },
        missed: &judged.missed,
    });
    Ok(tell(&tested.collect::<Vec<_>>()))
}

/// A call of a test, and where it stands.
struct Placed<'r> {
    case: Case,
    file: &'r str,
    /// Its line, counted from 1; none where the file has gone since.
    line: Option<usize>,
}

/// Every call of the test files.
fn all_cases<'r>(
    repository: &'r Repository,
    declared: &Declared<'_>,
) -> Result<Vec<Placed<'r>>, Error> {
    let mut all = Vec::new();
    let mut mistakes = Vec::new();
    let people = config::People::of(&repository.users);
    for tests in &repository.tests {
        let path = tests.path.as_str();
        match config::cases(
            tests,
            repository,
            &people,
            &declared.directory,
            &declared.catalogue,
        ) {
            Ok(cases) => {
                let tree = repository.tree(path);
                for case in cases {
                    let place = tree.as_ref().map(|tree| tree.locate(&case.path).0);
                    let line = place.map(|place| place.line_column().0);
                    all.push(Placed {
                        case,
                        file: path,
                        line,
                    });
                }
            }
            Err(findings) => {
                let told = findings.into_iter();
                mistakes.extend(told.map(|finding| repository.diagnose(path, finding)));
            }
        }
    }
    match mistakes.is_empty() {
        true => Ok(all),
        false => Err(Error::Configuration {
            diagnostics: mistakes,
            files: repository.tests.len(),
        }),
    }
}

fn call(case: &Case, now: DateTime) -> Call {
    Call {
        from: case.from.clone(),
        to: case.to.clone(),
        at: case.at.after(now),
        queue: case.queue,
    }
}
