//! Validation without an account: the rules that RingCentral documents, and those of the
//! configuration language.

mod conditions;
mod dispatching;
mod references;
mod rule_names;
mod schedule;
mod states;
mod targets;
mod tests;
mod user;

pub(super) use dispatching::conflicting_voicemail_finding;
pub(super) use references::{validate_calendar, validate_contacts, validate_references};
pub(super) use tests::validate_tests;

use super::ConfigFinding;
use super::references::ReferencedFiles;
use super::types::{RepositorySettings, UserFile};
use crate::diagnostic::DiagnosticCode;
use crate::yaml::YamlPath;

/// Validates a user file merged with its profiles. `ignored` holds the name patterns that
/// `callrules.yaml` ignores.
pub(super) fn validate_user_file(
    file: &UserFile,
    ignored: &[String],
    shared: &ReferencedFiles,
) -> Vec<ConfigFinding> {
    let mut findings = Vec::new();
    user::validate_user(file, ignored, &mut findings);
    findings.extend(validate_references(file, shared));
    findings
}

/// Validates a profile as far as that does not depend on the user.
pub(super) fn validate_profile(file: &UserFile, shared: &ReferencedFiles) -> Vec<ConfigFinding> {
    let keys = [
        ("extension", file.extension.is_some()),
        ("email", file.email.is_some()),
        ("id", file.id.is_some()),
    ];
    let forbidden = keys.iter().filter(|(_, is_set)| *is_set);
    let own = forbidden.map(|(key, _)| {
        let message = format!("a profile cannot set `{key}`, because several users share it");
        ConfigFinding::new(
            DiagnosticCode::UnknownKey,
            YamlPath::root().key(key),
            message,
        )
        .with_help("move the key to the user file")
    });
    let mut findings: Vec<ConfigFinding> = own.collect();
    user::validate_profile_names(file, &mut findings);
    findings.extend(validate_references(file, shared));
    findings
}

/// Validates the settings in `callrules.yaml`.
pub(super) fn validate_settings(settings: &RepositorySettings) -> Vec<ConfigFinding> {
    let mut findings = Vec::new();
    if settings.account.is_none() {
        let message = "`callrules.yaml` does not name an account";
        findings.push(
            ConfigFinding::new(DiagnosticCode::NoAccountId, YamlPath::root(), message)
                .with_help("add `account: \"…\"` so that no other account can be changed"),
        );
    }
    rule_names::require_non_empty("ignore", settings.ignore.as_deref(), &mut findings);
    rule_names::require_non_empty("allow", settings.allow.as_deref(), &mut findings);
    findings
}
