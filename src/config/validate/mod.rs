//! Validation without an account: the rules that RingCentral documents, and those of the
//! configuration language.

mod conditions;
mod dispatching;
mod helpers;
mod numbers;
mod references;
mod rule_names;
mod schedule;
mod schedule_gaps;
mod states;
mod targets;
mod test_files;
mod user;

pub(super) use dispatching::conflicting_voicemail_finding;
use helpers::Place;
pub(super) use references::{validate_calendar, validate_contacts, validate_references};
pub(super) use test_files::validate_tests;

use super::ConfigFinding;
use super::references::ReferencedFiles;
use super::types::{RepositorySettings, UserFile};
use crate::diagnostic::DiagnosticCode;

/// Validates a user file merged with its profiles. `ignored` holds the name patterns that
/// `callrules.yaml` ignores.
pub(super) fn validate_user_file(
    file: &UserFile,
    ignored: &[String],
    shared: &ReferencedFiles,
) -> Vec<ConfigFinding> {
    Place::collect(|root| {
        user::validate_user(file, ignored, root);
        root.extend(validate_references(file, shared));
    })
}

/// Validates a profile as far as that does not depend on the user.
pub(super) fn validate_profile(file: &UserFile, shared: &ReferencedFiles) -> Vec<ConfigFinding> {
    Place::collect(|root| {
        for key in user::identity_keys(file) {
            let message = format!("a profile cannot set `{key}`, because several users share it");
            root.key(key)
                .report(DiagnosticCode::UnknownKey, message)
                .help("move the key to the user file");
        }
        user::validate_profile_names(file, root);
        root.extend(validate_references(file, shared));
    })
}

/// Validates the settings in `callrules.yaml`.
pub(super) fn validate_settings(settings: &RepositorySettings) -> Vec<ConfigFinding> {
    Place::collect(|root| {
        if settings.account.is_none() {
            let message = "`callrules.yaml` does not name an account";
            root.report(DiagnosticCode::NoAccountId, message).help(
                "add `account: \"…\"` so that no other account can be changed; `callrules plan` \
                     or `callrules doctor` shows your account ID",
            );
        }
        root.require_items("ignore", settings.ignore.as_deref());
        root.require_items("allow", settings.allow.as_deref());
    })
}
