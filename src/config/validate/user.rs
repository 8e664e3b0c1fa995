//! Validates a user file and its interaction rules.

use super::{conditions, dispatching, rule_names, states};
use crate::config::ConfigFinding;
use crate::config::types::{InteractionRuleSpec, UserFile};
use crate::diagnostic::DiagnosticCode;
use crate::yaml::YamlPath;

pub(super) fn validate_user(
    file: &UserFile,
    ignored: &[String],
    findings: &mut Vec<ConfigFinding>,
) {
    let root = YamlPath::root();
    validate_identity(file, &root, findings);
    if file.profiles.as_ref().is_some_and(Vec::is_empty) {
        let finding = ConfigFinding::new(
            DiagnosticCode::EmptyList,
            root.key("profiles"),
            "`profiles` is empty",
        );
        findings.push(finding.with_help("remove the key"));
    }
    validate_profile_names(file, findings);
    rule_names::require_non_empty("allow", file.allow.as_deref(), findings);
    rule_names::validate_rule_names(file, ignored, findings);
    if let Some(rules) = &file.interaction_rules {
        let at = root.key("interactionRules");
        for (name, rule) in rules {
            let at = at.key(name);
            if name.trim().is_empty() {
                let message = "this rule has no name";
                findings.push(ConfigFinding::new(
                    DiagnosticCode::BadValue,
                    at.clone(),
                    message,
                ));
            }
            if let Some(rule) = rule {
                validate_interaction_rule(rule, &at, findings);
            }
        }
    }
    if let Some(declared) = &file.states {
        states::validate_states(declared, &root.key("states"), findings);
    }
}

/// Reports profiles that are listed twice.
pub(super) fn validate_profile_names(file: &UserFile, findings: &mut Vec<ConfigFinding>) {
    let names = file.profiles.iter().flatten().map(|name| name.0.as_str());
    conditions::check_duplicates(names, &YamlPath::root().key("profiles"), findings);
}

fn validate_identity(file: &UserFile, root: &YamlPath, findings: &mut Vec<ConfigFinding>) {
    let keys = [
        ("extension", file.extension.is_some()),
        ("email", file.email.is_some()),
        ("id", file.id.is_some()),
    ];
    let mut present = keys.iter().filter(|(_, is_set)| *is_set);
    match (present.next(), present.next()) {
        (Some(_), None) => {}
        (None, _) => findings.push(
            ConfigFinding::new(
                DiagnosticCode::UserIdentity,
                root.clone(),
                "the file does not identify its user",
            )
            .with_help("add the user's extension number: `extension: \"101\"`"),
        ),
        (Some((first, _)), Some((second, _))) => findings.push(
            ConfigFinding::new(
                DiagnosticCode::UserIdentity,
                root.key(second),
                format!("the user is identified twice (`{first}` and `{second}`)"),
            )
            .with_help(format!("keep one of `{first}` and `{second}`")),
        ),
    }
}

fn validate_interaction_rule(
    rule: &InteractionRuleSpec,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    match &rule.conditions {
        Some(declared) => {
            conditions::validate_conditions(declared, &at.key("conditions"), findings);
        }
        None if rule.dispatching.as_ref().is_some_and(|d| d.kind.is_some()) => findings.push(
            ConfigFinding::new(
                DiagnosticCode::NoConditions,
                at.key("conditions"),
                "this rule has no conditions",
            )
            .with_label("which calls should it match?")
            .with_help("add `conditions:` with `callerIds:`, `calledNumbers:` or `schedule:`")
            .with_related(at.key("dispatching").key("type")),
        ),
        None => {}
    }
    if let Some(declared) = &rule.dispatching {
        dispatching::validate_rule_dispatching(declared, &at.key("dispatching"), findings);
    }
}
