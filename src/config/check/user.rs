//! The user file as a whole, and its interaction rules.

use globset::{Glob, GlobMatcher};
use indexmap::IndexMap;

use super::{conditions, dispatching, states};
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
    for (index, glob) in patterns(file.ignore.as_deref(), found) {
        for name in declared(file, &glob) {
            let pattern = glob.glob();
            let message = format!("`{pattern}` ignores the rule `{name}`, which is declared");
            let at = top.key("ignore").item(index);
            found.push(Finding::new(Code::Contradiction, at, message).help(EITHER));
        }
    }
    for (_, glob) in patterns(Some(ignored), &mut Vec::new()) {
        for name in declared(file, &glob) {
            let pattern = glob.glob();
            let message = format!("`{pattern}` in callrules.yaml ignores this rule");
            let at = top.key("interactionRules").key(name);
            found.push(Finding::new(Code::Contradiction, at, message).help(EITHER));
        }
    }
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

const EITHER: &str = "a rule is either declared here or left to the user";

/// The patterns of an `ignore` by their places; what is no pattern is told.
pub(super) fn patterns(
    ignore: Option<&[String]>,
    found: &mut Vec<Finding>,
) -> Vec<(usize, GlobMatcher)> {
    let at = Path::top().key("ignore");
    if ignore.is_some_and(<[String]>::is_empty) {
        let finding = Finding::new(Code::EmptyList, at.clone(), "`ignore` lists nothing");
        found.push(finding.help("remove the key"));
    }
    let mut globs = Vec::new();
    for (index, pattern) in ignore.into_iter().flatten().enumerate() {
        match Glob::new(pattern) {
            Ok(glob) => globs.push((index, glob.compile_matcher())),
            Err(error) => {
                let message = format!("`{pattern}` is not a name pattern: {}", error.kind());
                found.push(Finding::new(Code::BadValue, at.item(index), message));
            }
        }
    }
    globs
}

/// The declared rules that a pattern names.
fn declared<'a>(file: &'a UserFile, glob: &GlobMatcher) -> impl Iterator<Item = &'a String> {
    let names = file.interaction_rules.iter().flat_map(IndexMap::keys);
    names.filter(|name| glob.is_match(name))
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
