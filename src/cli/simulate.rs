//! `callrules simulate`

use std::process::ExitCode;

use clap::Args;

use super::account::Account;
use super::declared::Declared;
use super::error::Error;
use super::number::{Caller, caller, number};
use super::output::Format;
use super::planning::{self, Users};
use super::{Global, clock, output};
use crate::config;
use crate::engine::account::Read;
use crate::engine::{self, Wanted};
use crate::model::{At, Catalogue, DateTime, Directory, Extension, Selector};
use crate::render::story::{self, Note, Told};
use crate::routing::Call;
use crate::simulate::{Known, Switchboard};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Whose call it is: extension number, e-mail address, or `id:` and an id
    ///
    /// With `--live` also a name, as the account has it.
    #[arg(long, value_name = "USER")]
    user: Selector,

    /// Who calls: a number such as '+1 650-222-2222', or `anonymous`
    ///
    /// Without it the caller shows no number.
    #[arg(long, value_name = "NUMBER", value_parser = caller)]
    from: Option<Caller>,

    /// The number that the caller dials
    #[arg(long, value_name = "NUMBER", value_parser = number)]
    to: Option<String>,

    /// When it comes, local to the user: 2026-11-25T22:10, 'wed 22:10', or now
    ///
    /// A day of the week is the next one.
    #[arg(long, value_name = "WHEN")]
    at: String,

    /// It comes through a call queue
    #[arg(long)]
    queue: bool,

    /// Decide with the rules that the account has now
    ///
    /// Reads the one user. Without this nothing is asked of any account: what a file does not declare is
    /// taken as the service has it for a new user, and told where it matters. With `--sandbox` the
    /// account is the embedded one.
    #[arg(long)]
    live: bool,

    /// The user's time zone, such as America/New_York
    ///
    /// With `--live` the account says it.
    #[arg(long, value_name = "ZONE", conflicts_with = "live", value_parser = clock::zone)]
    time_zone: Option<String>,

    /// How the call is told
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

pub(super) async fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let at: At = parsed(&arguments.at)?;
    match arguments.live {
        true => {
            let account = Account::open(global).await?;
            let known = look(global, &account, &arguments.user).await;
            account.close().await;
            let (known, directory) = known?;
            let owner = directory.by_id(&known.user);
            let zone = owner.and_then(|owner| owner.time_zone.clone());
            let users = [known];
            let [known] = &users;
            let scene = Scene {
                known,
                users: &users,
                directory: &directory,
                catalogue: &Catalogue::default(),
                zone: zone.as_deref(),
            };
            tell(global, arguments, at, scene)
        }
        false => {
            let (repository, _) = planning::repository(global)?;
            let declared = Declared::of(&repository)?;
            let known = match declared.named(&arguments.user)[..] {
                [one] => one,
                [] => return Err(declared.nobody(&arguments.user)),
                ref many => return Err(several(&arguments.user, many.len())),
            };
            let Declared {
                users,
                directory,
                catalogue,
                ..
            } = &declared;
            let zone = arguments.time_zone.as_deref();
            if at == At::Now && zone.is_none() {
                return Err(Error::NowWhere);
            }
            let scene = Scene {
                known,
                users,
                directory,
                catalogue,
                zone,
            };
            tell(global, arguments, at, scene)
        }
    }
}

/// `Wed 22:10` is said with a capital as often as not.
fn parsed(text: &str) -> Result<At, Error> {
    { text.parse().or_else(|_| text.to_lowercase().parse()) }
        .map_err(|_| Error::NoMoment(text.to_owned()))
}

fn several(selector: &Selector, count: usize) -> Error {
    Error::SeveralSelected {
        selector: selector.clone(),
        count,
    }
}

/// Reads one user of the account.
async fn look(
    global: &Global,
    account: &Account,
    selector: &Selector,
) -> Result<(Known, Directory), Error> {
    let settings =
        config::settings(&global.directory).map_err(|diagnostics| Error::Configuration {
            diagnostics,
            files: 1,
        })?;
    let client = &account.client;
    let id = client.account_id().await?;
    if let Some(settings) = &settings {
        planning::right_account(global, settings, &id)?;
    }
    let directory = client.directory().await?;
    let all: Vec<&Extension> = { directory.all().iter() }
        .filter(|extension| extension.has_rules())
        .collect();
    let named = all.iter().filter(|extension| selector.names(extension));
    let owner = match named.collect::<Vec<_>>()[..] {
        [one] => one.id.clone(),
        [] => {
            return Err(Error::NobodyLive {
                selector: selector.clone(),
                help: Users::help(selector, all),
            });
        }
        ref many => return Err(several(selector, many.len())),
    };
    let wanted = Wanted {
        user: owner,
        rules: true,
        states: true,
    };
    let fetched = engine::fetch(client, std::slice::from_ref(&wanted), async |_, live| live).await;
    let live = fetched.into_iter().next();
    let live = live.expect("one user was asked for, and one answer comes")?;
    let handling = live.handling().clone();
    output::err(&planning::opened(&id, &account.server))?;
    Ok((Known::live(wanted.user, handling), directory))
}

/// Whose call is decided, among whom, and where.
struct Scene<'a> {
    known: &'a Known,
    users: &'a [Known],
    directory: &'a Directory,
    catalogue: &'a Catalogue,
    zone: Option<&'a str>,
}

fn tell(
    global: &Global,
    arguments: &Arguments,
    at: At,
    scene: Scene<'_>,
) -> Result<ExitCode, Error> {
    let Scene {
        known,
        users,
        directory,
        catalogue,
        zone,
    } = scene;
    let at = at.after(clock::local(zone));
    let board = Switchboard::new(users);
    let call = Call {
        from: match &arguments.from {
            Some(Caller::Number(number)) => Some(number.clone()),
            Some(Caller::Anonymous) | None => None,
        },
        to: arguments.to.clone(),
        at,
        queue: arguments.queue,
    };
    let story = board.call(&known.user, call);
    let story = story.expect("the switchboard has everybody of whom something is known");
    let hops = board.follow(&story);
    let remarks: Vec<Note> = remark(zone, at).into_iter().collect();
    let told = Told {
        story: &story,
        hops: &hops,
        directory,
        catalogue,
        zone,
        remarks: &remarks,
    };
    match arguments.format {
        Format::Human => global.page(&story::text(told))?,
        Format::Json => {
            let document = serde_json::to_string_pretty(&story::document(told))?;
            output::out(&format!("{document}\n"))?;
        }
    }
    match story.undecided().is_empty() {
        true => Ok(ExitCode::SUCCESS),
        false => Err(Error::Undecided),
    }
}

/// That the clocks change while the call comes in.
fn remark(zone: Option<&str>, at: DateTime) -> Option<Note> {
    let message = match clock::change(zone?, at)? {
        clock::Change::Skipped => "this local time does not exist: the clocks go forward over it",
        clock::Change::Twice => {
            "this local time comes twice: the clocks go back, and both times are decided alike"
        }
    };
    Some(Note {
        code: "clock",
        message: message.to_owned(),
    })
}
