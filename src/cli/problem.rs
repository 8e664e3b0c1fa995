//! What of the files does not fit the account, and where it stands in them.

use crate::config::{Finding, Repository, User};
use crate::diagnostic::{Code, Diagnostic};
use crate::engine::{Problem, Subject};
use crate::yaml::Path;

/// Where in the file of its user a problem stands.
pub(super) fn finding(problem: Problem) -> Finding {
    let (warning, path) = match &problem.subject {
        Subject::Rule(name) => (
            Code::NoSuchRule,
            Path::top().key("interactionRules").key(name),
        ),
        Subject::State(id) => (
            Code::NoSuchState,
            Path::top().key("states").key(id.as_str()),
        ),
    };
    let code = match problem.is_warning {
        true => warning,
        false => Code::LiveMismatch,
    };
    let path = problem.key.map_or(path.clone(), |key| path.key(key));
    let finding = Finding::new(code, path, problem.message);
    match problem.help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// That a file is gone since a commit, which deletes nothing on the account.
pub(super) fn file_gone(path: String, revision: &str) -> Diagnostic {
    Diagnostic {
        code: Code::FileGone,
        message: format!(
            "the file is gone since `{revision}`: the live rules of its user stay as they are, and no file \
             describes them"
        ),
        label: None,
        help: Some(
            "to have the rules deleted, first merge the file with `interactionRules: {}` and `prune: all`; \
             to keep them in the files, put the file back"
                .to_owned(),
        ),
        file: path,
        place: None,
        related: None,
    }
}

/// That two files describe one user, whom they name otherwise.
pub(super) fn two_files(repository: &Repository, user: &User, other: &str) -> Diagnostic {
    let finding = Finding::new(Code::TwoFiles, Path::top(), "this user has two files")
        .label(format!("the other is {other}"))
        .help("one user, one file: move the rules of one into the other");
    repository.diagnose(&user.path, finding)
}
