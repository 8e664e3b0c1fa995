//! The result of an adoption as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::adopt::{AdoptedFile, AdoptionAction, NotAdoptedPart};
use crate::reconcile::ResourceKind;

/// What was taken from the account into the files.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules adopt --format json")]
pub struct AdoptDocument<'a> {
    /// The version of this format. Reject versions that you don't know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// The version of callrules.
    callrules: &'static str,
    /// Whether the files were written. False with `--dry-run`, and if the answer was no.
    written: bool,
    /// The files that change, sorted by path.
    files: Vec<AdoptedFileEntry<'a>>,
    /// Rules and states that differ and were left alone.
    not_adopted: Vec<NotAdoptedEntry<'a>>,
    /// Users without an adoption, each with the reason.
    left_out: &'a [String],
}

/// A file that changes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AdoptedFileEntry<'a> {
    /// The path relative to the repository.
    file: &'a str,
    /// The users that the file describes: extension numbers, or `id:` and the id.
    users: &'a [String],
    /// The changes of the file.
    changes: Vec<AdoptedChangeEntry<'a>>,
}

/// A change of a file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AdoptedChangeEntry<'a> {
    /// The user: the extension number, or `id:` and the id.
    user: &'a str,
    /// What was done to the declaration.
    action: AdoptionAction,
    /// The kind of resource that is declared.
    resource: ResourceKind,
    /// The name of the rule on the account, or the id of the state.
    name: &'a str,
    /// The paths of the changed values within the rule or state; empty for all of it.
    paths: &'a [String],
}

/// A rule or state that was left alone.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NotAdoptedEntry<'a> {
    /// The user: the extension number, or `id:` and the id.
    user: &'a str,
    /// The kind of resource that is declared.
    resource: ResourceKind,
    /// The name of the rule, or the id of the state.
    name: &'a str,
    /// Why it was left alone.
    reason: &'a str,
}

/// Returns the document. `left_out` names the users that could not be compared.
pub fn document<'a>(
    files: &'a [AdoptedFile],
    not_adopted: &'a [NotAdoptedPart],
    left_out: &'a [String],
    written: bool,
) -> AdoptDocument<'a> {
    let entry = |file: &'a AdoptedFile| AdoptedFileEntry {
        file: &file.path,
        users: &file.users,
        changes: file
            .changes
            .iter()
            .map(|(user, change)| AdoptedChangeEntry {
                user,
                action: change.action,
                resource: change.resource,
                name: &change.name,
                paths: &change.paths,
            })
            .collect(),
    };
    AdoptDocument {
        format_version: FORMAT_VERSION,
        callrules: env!("CARGO_PKG_VERSION"),
        written,
        files: files.iter().map(entry).collect(),
        not_adopted: not_adopted
            .iter()
            .map(|NotAdoptedPart { user, part }| NotAdoptedEntry {
                user,
                resource: part.resource,
                name: &part.name,
                reason: &part.reason,
            })
            .collect(),
        left_out,
    }
}
