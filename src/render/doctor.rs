//! What the doctor says: for eyes and for scripts.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use schemars::JsonSchema;
use serde::Serialize;

use super::plan_json::FORMAT_VERSION;
use crate::doctor::{Check, Line, RateLimit, Severity, may_plan};

const GOOD: Style = AnsiColor::Green.on_default();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// As wide as the longest name of a check.
const WIDTH: usize = 17;

/// A line for each check, with help below where there is some. Styled with ANSI sequences; the printer
/// strips them where they cannot be shown.
pub fn text(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let (mark, style) = match line.severity {
            Severity::Ok => ('✓', GOOD),
            Severity::Warning => ('!', DOUBTFUL),
            Severity::Error => ('✗', BAD),
            Severity::NotTried => ('-', FAINT),
        };
        let (name, message) = (name(line.check), &line.message);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{style}{mark}{style:#} {name:WIDTH$}  {message}");
        if let Some(help) = &line.help {
            let indent = WIDTH + 4;
            let _ = writeln!(text, "{:indent$}{FAINT}{help}{FAINT:#}", "");
        }
    }
    let count = |severity| lines.iter().filter(|l| l.severity == severity).count();
    text += &match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => "All is well.\n".to_owned(),
        (0, 1) => "A plan is possible; see the warning.\n".to_owned(),
        (0, _) => "A plan is possible; see the warnings.\n".to_owned(),
        _ => "No plan is possible until what is marked ✗ is mended.\n".to_owned(),
    };
    text
}

fn name(check: Check) -> &'static str {
    match check {
        Check::Repository => "repository",
        Check::Variables => "variables",
        Check::Server => "server",
        Check::Clock => "clock",
        Check::Token => "token",
        Check::Permissions => "permissions",
        Check::Account => "account",
        Check::NewCallHandling => "new call handling",
        Check::RateLimits => "rate limits",
    }
}

/// What stands between this machine and the account.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules doctor --format json")]
pub struct Document<'a> {
    /// The version of this form. Another one is no form that you know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// Whether nothing was found that stops a plan.
    may_plan: bool,
    /// One entry a check, in the order in which one rests on another.
    checks: Vec<Checked<'a>>,
    /// The limits that the service named.
    limits: Vec<Limit<'a>>,
}

/// A check, and what was found.
#[derive(Debug, Serialize, JsonSchema)]
struct Checked<'a> {
    /// What was looked at.
    check: Check,
    /// How it ended.
    state: Severity,
    /// What was found, for people.
    message: &'a str,
    /// How to mend it, or what to know; `null` where there is nothing to add.
    help: Option<&'a str>,
}

/// How many requests of a group the service takes in a window.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Limit<'a> {
    /// The group's name.
    group: &'a str,
    /// How many requests.
    requests: usize,
    /// In how many seconds.
    window_seconds: u64,
}

/// The same for scripts, with the limits as numbers.
pub fn document<'a>(lines: &'a [Line], limits: &'a [RateLimit]) -> Document<'a> {
    let checked = |line: &'a Line| Checked {
        check: line.check,
        state: line.severity,
        message: &line.message,
        help: line.help.as_deref(),
    };
    let limit = |limit: &'a RateLimit| Limit {
        group: &limit.group,
        requests: limit.requests,
        window_seconds: limit.window.as_secs(),
    };
    Document {
        format_version: FORMAT_VERSION,
        may_plan: may_plan(lines),
        checks: lines.iter().map(checked).collect(),
        limits: limits.iter().map(limit).collect(),
    }
}
