//! What can be known to be wrong without an account: the rules that RingCentral documents, and those
//! of the language.

mod conditions;
mod dispatching;
mod rule_names;
mod schedule;
mod shared;
mod states;
mod targets;
mod tests;
mod user;

pub(super) use dispatching::one_voicemail;
pub(super) use shared::{calendar, contacts, names};
pub(super) use tests::tests;

use super::Finding;
use super::shared::Shared;
use super::types::{Settings, UserFile};
use crate::diagnostic::Code;
use crate::yaml::Path;

/// Everything wrong with a user file over its profiles. `ignored` are the name patterns that
/// `callrules.yaml` ignores.
pub(super) fn user_file(file: &UserFile, ignored: &[String], shared: &Shared) -> Vec<Finding> {
    let mut found = Vec::new();
    user::check(file, ignored, &mut found);
    found.extend(names(file, shared));
    found
}

/// What is wrong with a profile whoever uses it.
pub(super) fn profile(file: &UserFile, shared: &Shared) -> Vec<Finding> {
    let said = [
        ("extension", file.extension.is_some()),
        ("email", file.email.is_some()),
        ("id", file.id.is_some()),
    ];
    let said = said.iter().filter(|(_, is_said)| *is_said);
    let own = said.map(|(key, _)| {
        let message = format!("a profile is nobody's own, and takes no `{key}`");
        Finding::new(Code::UnknownKey, Path::top().key(key), message)
            .help("move the key into the user file that uses the profile")
    });
    let mut found: Vec<Finding> = own.collect();
    user::profiles(file, &mut found);
    found.extend(names(file, shared));
    found
}

/// What is wrong with `callrules.yaml`.
pub(super) fn settings(settings: &Settings) -> Vec<Finding> {
    let mut found = Vec::new();
    if settings.account.is_none() {
        let message = "this repository does not say which account it describes";
        found.push(
            Finding::new(Code::AnyAccount, Path::top(), message)
                .help("add `account:` and the account's id, so that no other is ever changed"),
        );
    }
    rule_names::lists_any("ignore", settings.ignore.as_deref(), &mut found);
    rule_names::lists_any("allow", settings.allow.as_deref(), &mut found);
    found
}
