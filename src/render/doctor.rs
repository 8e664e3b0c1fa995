//! The results of `doctor`, as text and as JSON.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use super::humanize::pluralize;
use crate::doctor::{CheckName, CheckResult, CheckSeverity, ReportedRateLimit, is_plan_possible};

const OK_STYLE: Style = AnsiColor::Green.on_default();
const WARNING_STYLE: Style = AnsiColor::Yellow.on_default().bold();
const ERROR_STYLE: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// The width of the column with the names of checks.
const NAME_WIDTH: usize = 17;

/// Renders a line for each check, with its help below. The text has ANSI styles, which the printer
/// strips if the output isn't a terminal.
pub fn render_text(lines: &[CheckResult]) -> String {
    let mut text = String::new();
    for line in lines {
        let (mark, style) = match line.severity {
            CheckSeverity::Ok => ('✓', OK_STYLE),
            CheckSeverity::Warning => ('!', WARNING_STYLE),
            CheckSeverity::Error => ('✗', ERROR_STYLE),
            CheckSeverity::Skipped => ('-', FAINT),
        };
        let (name, message) = (check_name(line.check), &line.message);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{style}{mark}{style:#} {name:NAME_WIDTH$}  {message}");
        if let Some(help) = &line.help {
            let indent = NAME_WIDTH + 4;
            let _ = writeln!(text, "{:indent$}{FAINT}{help}{FAINT:#}", "");
        }
    }
    let count = |severity| lines.iter().filter(|l| l.severity == severity).count();
    text += &match (count(CheckSeverity::Error), count(CheckSeverity::Warning)) {
        (0, 0) => "Ready.\n".to_owned(),
        (0, warnings) => format!("Ready, with {}.\n", pluralize(warnings, "warning")),
        _ => "Fix the items marked ✗ first.\n".to_owned(),
    };
    text
}

fn check_name(check: CheckName) -> &'static str {
    match check {
        CheckName::Repository => "repository",
        CheckName::Variables => "variables",
        CheckName::Server => "server",
        CheckName::Clock => "clock",
        CheckName::Token => "token",
        CheckName::Permissions => "permissions",
        CheckName::Account => "account",
        CheckName::Users => "users",
        CheckName::NewCallHandling => "new call handling",
        CheckName::RateLimits => "rate limits",
    }
}

/// The checks of credentials, permissions and connectivity.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules doctor --format json")]
pub struct DoctorDocument<'a> {
    /// The version of this format. Reject versions that you don't know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// Whether `plan` can run: no check failed with an error.
    may_plan: bool,
    /// One entry per check, in order of dependency.
    checks: &'a [CheckResult],
    /// The rate limits that RingCentral reported.
    limits: Vec<DoctorRateLimit<'a>>,
}

/// The number of requests of a rate limit group that RingCentral accepts per window.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DoctorRateLimit<'a> {
    /// The name of the rate limit group.
    group: &'a str,
    /// The number of requests per window.
    requests: usize,
    /// The length of the window in seconds.
    window_seconds: u64,
}

/// Returns the JSON document of the checks and rate limits.
pub fn document<'a>(
    lines: &'a [CheckResult],
    limits: &'a [ReportedRateLimit],
) -> DoctorDocument<'a> {
    let limit = |limit: &'a ReportedRateLimit| DoctorRateLimit {
        group: &limit.group,
        requests: limit.requests,
        window_seconds: limit.window.as_secs(),
    };
    DoctorDocument {
        format_version: FORMAT_VERSION,
        may_plan: is_plan_possible(lines),
        checks: lines,
        limits: limits.iter().map(limit).collect(),
    }
}
