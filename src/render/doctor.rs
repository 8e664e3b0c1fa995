//! What the doctor says: for eyes and for scripts.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

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

/// The same for scripts, with the limits as numbers.
pub fn json(lines: &[Line], limits: &[RateLimit]) -> Result<String, serde_json::Error> {
    let checks: Vec<Value> = lines.iter().map(check).collect();
    let limits: Vec<Value> = limits.iter().map(limit).collect();
    let document = json!({
        "formatVersion": super::plan_json::FORMAT_VERSION,
        "mayPlan": may_plan(lines),
        "checks": checks,
        "limits": limits,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

fn check(line: &Line) -> Value {
    let id = match line.check {
        Check::NewCallHandling => "newCallHandling",
        Check::RateLimits => "rateLimits",
        other => name(other),
    };
    let state = match line.severity {
        Severity::Ok => "ok",
        Severity::Warning => "warning",
        Severity::Error => "error",
        Severity::NotTried => "notTried",
    };
    json!({ "check": id, "state": state, "message": line.message, "help": line.help })
}

fn limit(limit: &RateLimit) -> Value {
    json!({
        "group": limit.group,
        "requests": limit.requests,
        "windowSeconds": limit.window.as_secs(),
    })
}
