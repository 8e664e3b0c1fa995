//! The output formats of a plan, on standard output and in files.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anstream::adapter::strip_str;
use clap::ValueEnum;

use callrules::diagnostic::Diagnostic;
use callrules::files::{self, FileAccess};
use callrules::reconcile::{self, SafetyViolation};
use callrules::render::findings::DiagnosticReport;
use callrules::render::humanize::{format_count, is_or_are, pluralize};
use callrules::render::{RepoPrefix, WriteOperation, plan_json, plan_markdown, plan_text};
use callrules::{PlanOutcome, ReadStats, RunError, UnreadableUser, UserDiagnostic};

use crate::cli::args::users::PlanScope;
use crate::cli::context::CommandContext;

/// An output format of `callrules plan`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PlanFormat {
    /// Human-readable text for a terminal
    Human,
    /// One JSON document, for scripts
    Json,
    /// Markdown, for a pull request comment
    Markdown,
    /// Only warnings and errors, as annotations on a pull request
    Github,
    /// Only warnings and errors, as SARIF 2.1.0 for code scanning and editors
    Sarif,
}

impl PlanFormat {
    /// Returns the names that the command line accepts.
    pub(super) fn names() -> impl Iterator<Item = String> {
        PlanFormat::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .map(|format| format.get_name().to_owned())
    }
}

/// The file name in messages that suggest saving the plan.
const EXAMPLE_PLAN_FILE: &str = "plan.json";

/// A value of `--output`: a format and the file to write.
#[derive(Debug, Clone)]
pub(super) struct ExtraOutput {
    pub(super) format: PlanFormat,
    pub(super) file: PathBuf,
}

impl ExtraOutput {
    /// Writes the text without colors, atomically.
    pub(super) fn write(&self, text: &str) -> Result<(), RunError> {
        let text = strip_str(text).to_string();
        files::write_atomically(&self.file, text.as_bytes(), FileAccess::Private)
            .map_err(|error| RunError::file(&self.file, &error))
    }
}

impl FromStr for ExtraOutput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((format, file)) if !file.is_empty() => (format, file),
            _ => return Err("expected FORMAT=FILE, such as markdown=comment.md".to_owned()),
        };
        let format = PlanFormat::from_str(format, false).map_err(|_| {
            let formats: Vec<String> = PlanFormat::names()
                .map(|name| format!("`{name}`"))
                .collect();
            format!("unknown format `{format}`: expected {}", formats.join(", "))
        })?;
        Ok(ExtraOutput {
            format,
            file: file.into(),
        })
    }
}

/// Renders errors in the files, which prevent a plan. Returns `None` for formats that only show
/// plans.
pub(super) fn render_diagnostics(
    format: PlanFormat,
    diagnostics: &[Diagnostic],
    prefix: &RepoPrefix,
) -> Result<Option<String>, RunError> {
    let report = DiagnosticReport {
        diagnostics: diagnostics.iter().collect(),
        failures: &[],
        prefix,
    };
    Ok(match format {
        PlanFormat::Human | PlanFormat::Json | PlanFormat::Markdown => None,
        PlanFormat::Github => Some(report.to_github()),
        PlanFormat::Sarif => Some(report.to_sarif()?),
    })
}

/// A plan with what its output formats need in addition to it.
pub(super) struct PlanOutput<'a> {
    /// The repository and account for suggested commands.
    pub(super) context: &'a CommandContext,
    /// The selection of users, for suggested commands.
    pub(super) scope: &'a PlanScope,
    pub(super) outcome: &'a PlanOutcome,
    /// The number of API requests used so far.
    pub(super) requests_made: u64,
    /// When the plan was made, as RFC 3339 in UTC.
    pub(super) created_at: &'a str,
    /// The file that the plan was saved to.
    pub(super) saved: Option<&'a Path>,
    /// The path of the repository within its git checkout.
    pub(super) prefix: &'a RepoPrefix,
}

impl PlanOutput<'_> {
    /// Renders the plan in one of the formats.
    pub(super) fn render(&self, format: PlanFormat) -> Result<String, RunError> {
        let outcome = self.outcome;
        let violations = reconcile::check_safety(&outcome.plan, outcome.limits);
        let diagnostics: Vec<_> = outcome.diagnostics.iter().map(to_plan_diagnostic).collect();
        let unreadable: Vec<String> = outcome
            .unreadable
            .iter()
            .map(|UnreadableUser { label, error }| format!("{label}: {error}"))
            .collect();
        let report = DiagnosticReport {
            diagnostics: outcome
                .diagnostics
                .iter()
                .map(|located| &located.diagnostic)
                .collect(),
            failures: &unreadable,
            prefix: self.prefix,
        };
        let ways_out = self.ways_out_of_drift();
        Ok(match format {
            PlanFormat::Human => self.render_human(&violations),
            PlanFormat::Github => report.to_github(),
            PlanFormat::Sarif => report.to_sarif()?,
            PlanFormat::Markdown => {
                let context = plan_markdown::PlanMarkdownContext {
                    directory: &outcome.directory,
                    name_index: &outcome.name_index,
                    diagnostics: &diagnostics,
                    unreadable: &unreadable,
                    violations: &violations,
                    prefix: self.prefix,
                    is_sandbox: self.context.global.sandbox,
                    apply_command: &self.format_command(&["apply"], &violations),
                    drift: self.drift_context(&ways_out),
                };
                plan_markdown::render(&outcome.plan, context)
            }
            PlanFormat::Json => {
                let context = plan_json::PlanJsonContext {
                    created_at: self.created_at,
                    requests_made: self.requests_made,
                    diagnostics: &diagnostics,
                    unreadable: &unreadable,
                    violations: &violations,
                    incremental: outcome.read_stats.as_ref().map(to_incremental_stats),
                };
                format!("{}\n", plan_json::render(&outcome.plan, context)?)
            }
        })
    }

    /// Returns what can be done about edits on the account. A merge undoes them by itself.
    fn ways_out_of_drift(&self) -> Vec<(&'static str, String)> {
        let mut ways_out = vec![("keep", self.context.format_command(&["adopt"]))];
        if self.scope.changed_since.is_none() {
            ways_out.push(("undo", self.context.format_command(&["apply"])));
        }
        ways_out
    }

    /// Returns what is shown with the edits on the account.
    fn drift_context<'c>(
        &'c self,
        ways_out: &'c [(&'static str, String)],
    ) -> plan_text::DriftContext<'c> {
        plan_text::DriftContext {
            title: self.scope.drift_title(),
            ways_out,
            audit_note: self.outcome.audit_note.as_deref(),
        }
    }

    fn render_human(&self, violations: &[SafetyViolation]) -> String {
        let PlanOutcome {
            plan,
            directory,
            name_index,
            ..
        } = self.outcome;
        let ways_out = self.ways_out_of_drift();
        let mut text = plan_text::render(
            WriteOperation::Apply,
            plan,
            directory,
            name_index,
            self.drift_context(&ways_out),
        );
        let left_out = self.outcome.left_out_count();
        if left_out > 0 {
            let (users, are) = (pluralize(left_out, "user"), is_or_are(left_out));
            text += &format!("{users} {are} left out of this plan: see the errors.\n");
        }
        let to_apply = plan.request_count();
        let requests_made = usize::try_from(self.requests_made).unwrap_or(usize::MAX);
        text += &format!("Used {}", pluralize(requests_made, "API request"));
        if to_apply > 0 {
            let (number, time) = (format_count(to_apply), plan_text::duration_suffix(to_apply));
            text += &format!("; apply will need about {number}{time}");
        }
        text.push('\n');
        if let Some(read_stats) = &self.outcome.read_stats {
            text += &read_stats_line(read_stats);
        }
        for violation in violations {
            let flag = violation.override_flag();
            text += &format!("! apply will refuse this plan: {violation}; `{flag}` allows it\n");
        }
        let can_apply = to_apply > 0 && violations.is_empty();
        let apply_file = |file: &str| self.context.format_command(&["apply", file]);
        match self.saved.map(Path::to_string_lossy) {
            Some(file) if can_apply => {
                text += &format!("Saved. To apply it: `{}`.\n", apply_file(&file));
            }
            Some(file) => text += &format!("Saved to {file}.\n"),
            None if can_apply => {
                let apply = self.format_command(&["apply"], &[]);
                let save = self.format_command(&["plan", "--out", EXAMPLE_PLAN_FILE], &[]);
                text += &format!("To apply it: `{apply}`. To save it: `{save}`.\n");
            }
            None => {}
        }
        text
    }

    /// Formats a command for the same users, with the flags that allow these violations.
    fn format_command(&self, words: &[&str], violations: &[SafetyViolation]) -> String {
        let mut options = self.scope.to_args();
        for violation in violations {
            options.extend(violation.override_flag().split(' ').map(str::to_owned));
        }
        let all_words: Vec<&str> = words
            .iter()
            .copied()
            .chain(options.iter().map(String::as_str))
            .collect();
        self.context.format_command(&all_words)
    }
}

fn to_plan_diagnostic(located: &UserDiagnostic) -> plan_json::PlanDiagnostic<'_> {
    plan_json::PlanDiagnostic {
        user: located.user.as_deref(),
        subject: located.subject.as_deref(),
        diagnostic: &located.diagnostic,
    }
}

/// Returns one line about how many users came from the cache.
fn read_stats_line(stats: &ReadStats) -> String {
    let read = pluralize(stats.read, "user");
    let cached = format_count(stats.cached);
    let mut text = format!("Read {read}, {cached} from the cache");
    if let (Some(since), None) = (&stats.since, &stats.bypass_reason) {
        text += &format!("; the audit trail shows no changes to them since {since}");
    }
    text + "\n"
}

/// Returns the `incremental` object of the JSON document.
fn to_incremental_stats(stats: &ReadStats) -> plan_json::IncrementalStats<'_> {
    plan_json::IncrementalStats {
        users: stats.cached,
        read: stats.read,
        since: stats.since.as_deref(),
        full_read_reason: stats.bypass_reason.as_deref(),
    }
}
