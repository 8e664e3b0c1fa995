//! `callrules simulate`: shows how a call is handled.

use std::process::ExitCode;

use clap::Args;

use super::account::AccountSession;
use super::error::CommandError;
use super::offline_users::OfflineUsers;
use super::phone_number::{CallerArg, parse_caller, parse_phone_number};
use super::planning::{self, UserFilterArgs};
use super::ui::OutputFormat;
use super::{GlobalArgs, clock, ui};
use crate::config;
use crate::model::{
    AccountExtension, CallTime, ExtensionDirectory, LocalDateTime, NameIndex, UserSelector,
};
use crate::reconcile::account::AccountReader;
use crate::reconcile::{self, FetchRequest};
use crate::render::trace::{self, TraceNote, TraceView};
use crate::routing::IncomingCall;
use crate::simulate::{CallSimulator, PartialHandling};

#[derive(Debug, Args)]
pub(super) struct SimulateArgs {
    /// The called user: extension number, e-mail address, or `id:` and the id
    ///
    /// With `--live`, also the user's name on the account.
    #[arg(long, value_name = "USER")]
    user: UserSelector,

    /// The caller: a number such as '+1 650-222-2222', or `anonymous`
    ///
    /// The default is `anonymous`.
    #[arg(long, value_name = "NUMBER", value_parser = parse_caller)]
    from: Option<CallerArg>,

    /// The number that the caller dials
    #[arg(long, value_name = "NUMBER", value_parser = parse_phone_number)]
    to: Option<String>,

    /// The user's local time of the call: 2026-11-25T22:10, 'wed 22:10', or now
    ///
    /// A weekday means the next one.
    #[arg(long, value_name = "WHEN")]
    at: String,

    /// The call comes through a call queue
    #[arg(long)]
    queue: bool,

    /// Use the rules that are on the account now
    ///
    /// Reads only this user. Without `--live`, no account is contacted: anything a file doesn't set
    /// is assumed to have the service's default; assumptions are listed. With `--sandbox`, the
    /// account is the embedded one.
    #[arg(long)]
    live: bool,

    /// The user's time zone, such as `America/New_York`
    ///
    /// With `--live`, the time zone comes from the account.
    #[arg(long, value_name = "ZONE", conflicts_with = "live", value_parser = clock::parse_time_zone)]
    time_zone: Option<String>,

    /// Output format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: OutputFormat,
}

pub(super) async fn run(
    global: &GlobalArgs,
    arguments: &SimulateArgs,
) -> Result<ExitCode, CommandError> {
    let at: CallTime = parse_call_time(&arguments.at)?;
    if arguments.live {
        let account = AccountSession::open(global).await?;
        let result = fetch_user(global, &account, &arguments.user).await;
        account.close().await;
        let (user, directory) = result?;
        let zone = directory
            .by_id(&user.user)
            .and_then(|extension| extension.time_zone.clone());
        let input = SimulationInput {
            called_user: &user,
            users: std::slice::from_ref(&user),
            directory: &directory,
            name_index: &NameIndex::default(),
            time_zone: zone.as_deref(),
        };
        print_trace(global, arguments, at, input)
    } else {
        let (repository, _) = planning::load_repository(global)?;
        let offline = OfflineUsers::from_repository(&repository)?;
        let called_user = match offline.select(&arguments.user)[..] {
            [user] => user,
            [] => return Err(offline.no_match_error(&arguments.user)),
            ref users => return Err(multiple_users_error(&arguments.user, users.len())),
        };
        let OfflineUsers {
            users,
            directory,
            name_index,
            ..
        } = &offline;
        let zone = arguments.time_zone.as_deref();
        if at == CallTime::Now && zone.is_none() {
            return Err(CommandError::UnknownTimeZone);
        }
        let input = SimulationInput {
            called_user,
            users,
            directory,
            name_index,
            time_zone: zone,
        };
        print_trace(global, arguments, at, input)
    }
}

/// Parses the time of a call, ignoring case: `Wed 22:10` works too.
fn parse_call_time(text: &str) -> Result<CallTime, CommandError> {
    text.parse()
        .or_else(|_| text.to_lowercase().parse())
        .map_err(|_| CommandError::InvalidCallTime(text.to_owned()))
}

/// Returns the error for a selector that matches more than one user.
fn multiple_users_error(selector: &UserSelector, count: usize) -> CommandError {
    CommandError::MultipleUsersSelected {
        selector: selector.clone(),
        count,
    }
}

/// Reads one user from the account.
async fn fetch_user(
    global: &GlobalArgs,
    account: &AccountSession,
    selector: &UserSelector,
) -> Result<(PartialHandling, ExtensionDirectory), CommandError> {
    let settings = config::read_settings(&global.directory).map_err(|diagnostics| {
        CommandError::Configuration {
            diagnostics,
            files: 1,
        }
    })?;
    let client = &account.client;
    let account_id = client.account_id().await?;
    if let Some(settings) = &settings {
        planning::verify_account(global, settings, &account_id)?;
    }
    let directory = client.directory().await?;
    let users: Vec<&AccountExtension> = directory
        .extensions()
        .iter()
        .filter(|extension| extension.has_rules())
        .collect();
    let matches: Vec<_> = users
        .iter()
        .filter(|extension| selector.matches(extension))
        .collect();
    let user = match matches[..] {
        [user] => user.id.clone(),
        [] => {
            return Err(CommandError::NoLiveUser {
                selector: selector.clone(),
                help: UserFilterArgs::no_match_help(selector, users),
            });
        }
        ref users => return Err(multiple_users_error(selector, users.len())),
    };
    let request = FetchRequest {
        user,
        rules: true,
        states: true,
    };
    let results =
        reconcile::fetch_users(client, std::slice::from_ref(&request), async |_, live| live).await;
    let live = results
        .into_iter()
        .next()
        .expect("one request has one result")?;
    let handling = live.handling().clone();
    ui::status(&planning::account_banner(&account_id, &account.server))?;
    Ok((
        PartialHandling::from_live(request.user, handling),
        directory,
    ))
}

/// The called user, and what the simulation needs to know about the account.
struct SimulationInput<'a> {
    called_user: &'a PartialHandling,
    users: &'a [PartialHandling],
    directory: &'a ExtensionDirectory,
    name_index: &'a NameIndex,
    time_zone: Option<&'a str>,
}

/// Simulates the call and prints its trace. Returns an error if the outcome is not known.
fn print_trace(
    global: &GlobalArgs,
    arguments: &SimulateArgs,
    at: CallTime,
    input: SimulationInput<'_>,
) -> Result<ExitCode, CommandError> {
    let SimulationInput {
        called_user,
        users,
        directory,
        name_index,
        time_zone,
    } = input;
    let at = at.resolve(clock::now_in(time_zone));
    let simulator = CallSimulator::new(users);
    let call = IncomingCall {
        from: match &arguments.from {
            Some(CallerArg::Number(number)) => Some(number.clone()),
            Some(CallerArg::Anonymous) | None => None,
        },
        to: arguments.to.clone(),
        at,
        queue: arguments.queue,
    };
    let trace = simulator
        .simulate_call(&called_user.user, call)
        .expect("the simulator knows the called user");
    let forwards = simulator.follow_forwards(&trace);
    let extra_notes: Vec<TraceNote> = dst_note(time_zone, at).into_iter().collect();
    let view = TraceView {
        trace: &trace,
        forwards: &forwards,
        directory,
        name_index,
        time_zone,
        extra_notes: &extra_notes,
    };
    match arguments.format {
        OutputFormat::Human => global.print_paged(&trace::render_text(view))?,
        OutputFormat::Json => {
            let document = serde_json::to_string_pretty(&trace::document(view))?;
            ui::print_raw(&format!("{document}\n"))?;
        }
    }
    if trace.undecided_rules().is_empty() {
        Ok(ExitCode::SUCCESS)
    } else {
        Err(CommandError::Undecided)
    }
}

/// Returns a note if the local time of the call is skipped or repeated by a change of clocks.
fn dst_note(time_zone: Option<&str>, at: LocalDateTime) -> Option<TraceNote> {
    let message = match clock::dst_change_at(time_zone?, at)? {
        clock::DstChange::Skipped => {
            "this local time doesn't exist: the clocks go forward and skip it"
        }
        clock::DstChange::Ambiguous => {
            "this local time occurs twice, because the clocks go back: both calls are handled the same"
        }
    };
    Some(TraceNote {
        code: "clock",
        message: message.to_owned(),
    })
}
