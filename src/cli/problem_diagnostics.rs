//! Diagnostics about files that don't fit the account.

use crate::config::{ConfigFinding, LoadedUser, Repository};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::reconcile::{DiffDiagnostic, DiffSubject};
use crate::yaml::YamlPath;

/// Locates a problem in the user's file.
pub(super) fn finding_for_problem(problem: DiffDiagnostic) -> ConfigFinding {
    let (warning_code, subject_path) = match &problem.subject {
        DiffSubject::Rule(name) => (
            DiagnosticCode::NoSuchRule,
            YamlPath::root().key("interactionRules").key(name),
        ),
        DiffSubject::State(id) => (
            DiagnosticCode::NoSuchState,
            YamlPath::root().key("states").key(id.as_str()),
        ),
    };
    let code = if problem.is_warning {
        warning_code
    } else {
        DiagnosticCode::LiveMismatch
    };
    let path = match problem.key {
        Some(key) => subject_path.key(key),
        None => subject_path,
    };
    let finding = ConfigFinding::new(code, path, problem.message);
    match problem.help {
        Some(help) => finding.with_help(help),
        None => finding,
    }
}

/// Warns that a file was deleted since a commit, which deletes nothing on the account.
pub(super) fn removed_file_diagnostic(path: String, revision: &str) -> Diagnostic {
    Diagnostic {
        code: DiagnosticCode::FileGone,
        message: format!(
            "this file was deleted since `{revision}`; the user's rules stay on the account but are no \
             longer managed"
        ),
        label: None,
        help: Some(
            "to delete the rules, restore the file, apply it with `interactionRules: {}` and \
             `prune: all`, then delete it; to keep managing the rules, restore the file"
                .to_owned(),
        ),
        file: path,
        span: None,
        related: None,
    }
}

/// Reports that two files describe the same user with different identifiers.
pub(super) fn duplicate_file_diagnostic(
    repository: &Repository,
    user: &LoadedUser,
    other: &str,
) -> Diagnostic {
    let finding = ConfigFinding::new(
        DiagnosticCode::TwoFiles,
        YamlPath::root(),
        "this user has two files",
    )
    .with_label(format!("the other is {other}"))
    .with_help("keep one file per user: move the rules of one file into the other");
    repository.locate_finding(&user.path, finding)
}
