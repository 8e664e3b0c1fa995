//! Validates a user file and its interaction rules.

use super::helpers::Place;
use super::{conditions, dispatching, rule_names, states};
use crate::config::types::{InteractionRuleSpec, UserFile};
use crate::diagnostic::DiagnosticCode;

pub(super) fn validate_user(file: &UserFile, ignored: &[String], root: &mut Place<'_>) {
    validate_identity(file, root);
    root.require_items("profiles", file.profiles.as_deref());
    validate_profile_names(file, root);
    root.require_items("allow", file.allow.as_deref());
    rule_names::validate_rule_names(file, ignored, root);
    for (name, rule) in file.interaction_rules.iter().flatten() {
        let mut rules = root.key("interactionRules");
        let mut at = rules.key(name);
        if name.trim().is_empty() {
            at.report(DiagnosticCode::BadValue, "this rule has no name");
        }
        if let Some(rule) = rule {
            validate_interaction_rule(rule, &mut at);
        }
    }
    if let Some(declared) = &file.states {
        states::validate_states(declared, &mut root.key("states"));
    }
}

/// Reports profiles that are listed twice.
pub(super) fn validate_profile_names(file: &UserFile, root: &mut Place<'_>) {
    let names = file.profiles.iter().flatten();
    root.key("profiles")
        .require_unique(names.map(|name| Some(name.0.as_str())));
}

/// Returns the keys that identify a user and are set.
pub(super) fn identity_keys(file: &UserFile) -> impl Iterator<Item = &'static str> {
    let keys = [
        ("extension", file.extension.is_some()),
        ("email", file.email.is_some()),
        ("id", file.id.is_some()),
    ];
    keys.into_iter()
        .filter_map(|(key, is_set)| is_set.then_some(key))
}

fn validate_identity(file: &UserFile, root: &mut Place<'_>) {
    let mut present =
        identity_keys(file).filter(|key| *key != "id" || file.changeable_reference().is_none());
    match (present.next(), present.next()) {
        (Some(_), None) => {}
        (None, _) => {
            let message = "the file does not identify its user";
            root.report(DiagnosticCode::UserIdentity, message)
                .help("add the user's extension number: `extension: \"101\"`");
        }
        (Some(first), Some(second)) => {
            let message = format!("the user is identified twice (`{first}` and `{second}`)");
            root.key(second)
                .report(DiagnosticCode::UserIdentity, message)
                .help(format!("keep one of `{first}` and `{second}`"));
        }
    }
}

fn validate_interaction_rule(rule: &InteractionRuleSpec, at: &mut Place<'_>) {
    match &rule.conditions {
        Some(declared) => conditions::validate_conditions(declared, &mut at.key("conditions")),
        None if rule.dispatching.as_ref().is_some_and(|d| d.kind.is_some()) => {
            let kind = at.path().key("dispatching").key("type");
            at.key("conditions")
                .report(DiagnosticCode::NoConditions, "this rule has no conditions")
                .label("which calls should it match?")
                .help("add `conditions:` with `callerIds:`, `calledNumbers:` or `schedule:`")
                .related(kind);
        }
        None => {}
    }
    if let Some(declared) = &rule.dispatching {
        dispatching::validate_rule_dispatching(declared, &mut at.key("dispatching"));
    }
}
