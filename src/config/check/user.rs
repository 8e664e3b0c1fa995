//! The user file as a whole, and its interaction rules.

use globset::Glob;
use indexmap::IndexMap;

use super::{conditions, dispatching, states};
use crate::config::Finding;
use crate::config::types::{InteractionRule, UserFile};
use crate::diagnostic::Code;
use crate::yaml::Path;

pub(super) fn check(file: &UserFile, found: &mut Vec<Finding>) {
    let top = Path::top();
    identity(file, &top, found);
    ignored(file, &top, found);
    if let Some(rules) = &file.interaction_rules {
        let at = top.key("interactionRules");
        for (name, rule) in rules {
            let at = at.key(name);
            if name.trim().is_empty() {
                let message = "a rule needs a name";
                found.push(Finding::new(Code::BadValue, at.clone(), message));
            }
            if let Some(rule) = rule {
                interaction_rule(name, rule, rules, &at, found);
            }
        }
    }
    if let Some(declared) = &file.states {
        states::check(declared, &top.key("states"), found);
    }
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

fn ignored(file: &UserFile, top: &Path, found: &mut Vec<Finding>) {
    let Some(patterns) = &file.ignore else { return };
    let at = top.key("ignore");
    if patterns.is_empty() {
        let finding = Finding::new(Code::EmptyList, at.clone(), "`ignore` lists nothing");
        found.push(finding.help("remove the key"));
    }
    let names = file.interaction_rules.iter().flat_map(IndexMap::keys);
    for (index, pattern) in patterns.iter().enumerate() {
        let at = at.item(index);
        let glob = match Glob::new(pattern) {
            Ok(glob) => glob.compile_matcher(),
            Err(error) => {
                let message = format!("`{pattern}` is not a name pattern: {}", error.kind());
                found.push(Finding::new(Code::BadValue, at, message));
                continue;
            }
        };
        for name in names.clone().filter(|name| glob.is_match(name)) {
            let message = format!("`{pattern}` ignores the rule `{name}`, which is declared");
            found.push(
                Finding::new(Code::Contradiction, at.clone(), message)
                    .help("a rule is either declared here or left to the user"),
            );
        }
    }
}

fn interaction_rule(
    name: &str,
    rule: &InteractionRule,
    all: &IndexMap<String, Option<InteractionRule>>,
    at: &Path,
    found: &mut Vec<Finding>,
) {
    if let Some(old) = &rule.renamed_from {
        let at = at.key("renamedFrom");
        if old == name {
            let message = "a rule cannot be renamed from its own name";
            found.push(Finding::new(Code::Contradiction, at, message).help("remove the key"));
        } else if all.contains_key(old) {
            let message = format!("`{old}` is renamed and declared at the same time");
            found.push(
                Finding::new(Code::Contradiction, at, message)
                    .help(format!("remove the rule `{old}`, or this key")),
            );
        }
    }
    match &rule.conditions {
        Some(declared) => conditions::check(declared, &at.key("conditions"), found),
        None if rule.dispatching.as_ref().is_some_and(|d| d.kind.is_some()) => found.push(
            Finding::new(
                Code::NoConditions,
                at.key("conditions"),
                "a rule needs conditions",
            )
            .label("which calls does it take?")
            .help("add `conditions:` with `callerIds:`, `calledNumbers:` or `schedule:`"),
        ),
        None => {}
    }
    if let Some(declared) = &rule.dispatching {
        dispatching::interaction_rule(declared, &at.key("dispatching"), found);
    }
}
