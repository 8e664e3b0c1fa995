//! `callrules simulate`: shows how a call is handled.

use std::process::ExitCode;

use callrules::model::{CallTime, ExtensionDirectory, LocalDateTime, NameIndex, UserSelector};
use callrules::render::trace::{self, TraceNote, TraceView};
use callrules::routing::IncomingCall;
use callrules::simulate::{CallSimulator, PartialHandling};
use callrules::{LiveCallee, OfflineUsers, RunError};
use clap::Args;

use crate::cli::args::call::{CallerArg, parse_caller, parse_phone_number};
use crate::cli::clock;
use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;
use crate::cli::ui::OutputFormat;

const HELP: CommandHelp = CommandHelp {
    examples: "\
# A listed caller at night
callrules -C examples/acme simulate --user 101 --from '+1 650-222-2222' --at 'wed 22:10'

# An anonymous caller, with the rules that are on the account now
callrules -C examples/acme --sandbox simulate --live --user 101 --at now",
    exit_codes: &[
        ("0", "the outcome of the call is known"),
        ("1", "error, or the files don't determine the outcome"),
    ],
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct SimulateArgs {
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

pub(crate) async fn run(
    context: &CommandContext,
    arguments: &SimulateArgs,
) -> Result<ExitCode, RunError> {
    let at: CallTime = parse_call_time(&arguments.at)?;
    if arguments.live {
        let account = context.open_account().await?;
        let callee = callrules::fetch_callee(context.directory(), &account, &arguments.user).await;
        let banner = callee
            .as_ref()
            .map(|callee| callrules::account_banner(&callee.account, account.server()));
        account.close().await;
        if let Ok(banner) = banner {
            context.ui.status(&format!("{banner}\n"))?;
        }
        let LiveCallee {
            handling,
            directory,
            ..
        } = callee?;
        let zone = directory
            .by_id(&handling.user)
            .and_then(|extension| extension.time_zone.clone());
        let input = SimulationInput {
            called_user: &handling,
            users: std::slice::from_ref(&handling),
            directory: &directory,
            name_index: &NameIndex::default(),
            time_zone: zone.as_deref(),
        };
        print_trace(context, arguments, at, input)
    } else {
        let (repository, _) = context.open_repository()?;
        let offline = OfflineUsers::from_repository(&repository)?;
        let called_user = offline.select_callee(&arguments.user)?;
        let zone = arguments.time_zone.as_deref();
        if at == CallTime::Now && zone.is_none() {
            let message = "`now` needs a time zone, and the files don't set one";
            return Err(RunError::new(message)
                .hinted("add `--live`, or a time zone such as `--time-zone America/New_York`"));
        }
        let input = SimulationInput {
            called_user,
            users: &offline.users,
            directory: &offline.directory,
            name_index: &offline.name_index,
            time_zone: zone,
        };
        print_trace(context, arguments, at, input)
    }
}

/// Parses the time of a call, ignoring case: `Wed 22:10` works too.
fn parse_call_time(text: &str) -> Result<CallTime, RunError> {
    text.parse()
        .or_else(|_| text.to_lowercase().parse())
        .map_err(|_| {
            RunError::new(format!("`{text}` is not a valid call time")).hinted(
                "use a date and time such as `2026-11-25T22:10`, a weekday and time such as \
                 `sat 20:00`, or `now`",
            )
        })
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
    context: &CommandContext,
    arguments: &SimulateArgs,
    at: CallTime,
    input: SimulationInput<'_>,
) -> Result<ExitCode, RunError> {
    let SimulationInput {
        called_user,
        users,
        directory,
        name_index,
        time_zone,
    } = input;
    let at = at.resolve(context.time.in_zone(time_zone));
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
        OutputFormat::Human => context.ui.print_paged(&trace::render_text(view))?,
        OutputFormat::Json => {
            context.ui.print_json(&trace::document(view))?;
        }
    }
    if trace.undecided_rules().is_empty() {
        Ok(ExitCode::SUCCESS)
    } else {
        Err(
            RunError::new("the files don't determine the outcome of this call").hinted(
                "add the missing settings to the files, or use `--live` to check the account",
            ),
        )
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
