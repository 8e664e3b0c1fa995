//! The user file as a whole, and its interaction rules.

use super::{conditions, dispatching, rule_names, states};
use crate::config::Finding;
use crate::config::types::{InteractionRule, UserFile};
use crate::diagnostic::Code;
use crate::yaml::Path;

pub(super) fn check(file: &UserFile, ignored: &[String], found: &mut Vec<Finding>) {
    let top = Path::top();
    identity(file, &top, found);
    if file.profiles.as_ref().is_some_and(Vec::is_empty) {
        let finding = Finding::new(
            Code::EmptyList,
            top.key("profiles"),
            "`profiles` lists nothing",
        );
        found.push(finding.help("remove the key"));
    }
    profiles(file, found);
    rule_names::lists_any("allow", file.allow.as_deref(), found);
    rule_names::check(file, ignored, found);
    if let Some(rules) = &file.interaction_rules {
        let at = top.key("interactionRules");
        for (name, rule) in rules {
            let at = at.key(name);
            if name.trim().is_empty() {
                let message = "a rule needs a name";
                found.push(Finding::new(Code::BadValue, at.clone(), message));
            }
            if let Some(rule) = rule {
                interaction_rule(rule, &at, found);
            }
        }
    }
    if let Some(declared) = &file.states {
        states::check(declared, &top.key("states"), found);
    }
}

/// Profiles that are listed twice.
pub(super) fn profiles(file: &UserFile, found: &mut Vec<Finding>) {
    let names = file.profiles.iter().flatten().map(|name| name.0.as_str());
    conditions::twice(names, &Path::top().key("profiles"), found);
}

fn identity(file: &UserFile, top: &Path, found: &mut Vec<Finding>) {
    let said = [
        ("extension", file.extension.is_some()),
        ("email", file.email.is_some()),
        ("id", file.id.is_some()),
    ];
    let mut said = said.iter().filter(|(_, is_said)| *is_said);
    match (said.next(), said.next()) {
        (Some(_), None) => {}
        (None, _) => found.push(
            Finding::new(Code::WhichUser, top.clone(), "whose rules are these?")
                .help("begin the file with the user's extension number: `extension: \"101\"`"),
        ),
        (Some((first, _)), Some((second, _))) => found.push(
            Finding::new(Code::WhichUser, top.key(second), "the user is named twice")
                .label(format!("and by `{first}`"))
                .help(format!("keep one of `{first}` and `{second}`")),
        ),
    }
}

fn interaction_rule(rule: &InteractionRule, at: &Path, found: &mut Vec<Finding>) {
    match &rule.conditions {
        Some(declared) => conditions::check(declared, &at.key("conditions"), found),
        None if rule.dispatching.as_ref().is_some_and(|d| d.kind.is_some()) => found.push(
            Finding::new(
                Code::NoConditions,
                at.key("conditions"),
                "a rule needs conditions",
            )
            .label("which calls does it take?")
            .help("add `conditions:` with `callerIds:`, `calledNumbers:` or `schedule:`")
            .against(at.key("dispatching").key("type")),
        ),
        None => {}
    }
    if let Some(declared) = &rule.dispatching {
        dispatching::interaction_rule(declared, &at.key("dispatching"), found);
    }
}
