//! Validates the names of a user's interaction rules: duplicates, renames and ignored names.

use std::collections::HashMap;

use super::helpers::Place;
use crate::config::types::{InteractionRuleSpec, UserFile};
use crate::diagnostic::DiagnosticCode;
use crate::model::{NamePattern, code_point, find_foreign_letter, find_invisible, is_invisible};
use crate::yaml::YamlPath;

/// A declared rule with its path. The rule is `None` if the file sets it to `null`.
struct DeclaredRule<'a> {
    key: &'a str,
    rule: Option<&'a InteractionRuleSpec>,
    at: YamlPath,
}

/// A name or id that identifies a rule on the account, with its path in the file.
type RuleMention<'a> = (&'a str, YamlPath);

impl<'a> DeclaredRule<'a> {
    /// Returns the name that the rule will have on the account.
    fn name(&self) -> RuleMention<'a> {
        match self.rule.and_then(|rule| rule.name.as_deref()) {
            Some(name) => (name, self.at.key("name")),
            None => (self.key, self.at.clone()),
        }
    }

    fn renamed_from(&self) -> Option<RuleMention<'a>> {
        let old = self.rule?.renamed_from.as_deref()?;
        Some((old, self.at.key("renamedFrom")))
    }

    fn id(&self) -> Option<RuleMention<'a>> {
        let id = self.rule?.id.as_ref()?;
        Some((&id.0, self.at.key("id")))
    }
}

/// Validates the rule names of a file. `ignored` holds the patterns that `callrules.yaml` ignores.
pub(super) fn validate_rule_names(file: &UserFile, ignored: &[String], root: &mut Place<'_>) {
    let at = YamlPath::root().key("interactionRules");
    let rules = file.interaction_rules.iter().flatten();
    let all: Vec<DeclaredRule<'_>> = rules
        .map(|(key, rule)| DeclaredRule {
            key,
            rule: rule.as_ref(),
            at: at.key(key),
        })
        .collect();
    root.require_items("ignore", file.ignore.as_deref());
    let own = file.ignore.as_deref().unwrap_or_default();
    check_ignored_rules(&all, own, ignored, root);
    report_misleading_names(&all, root);
    validate_renames(&all, root);
    validate_unique_ids(&all, root);
}

/// Reports rules that are declared although the file or `callrules.yaml` ignores them.
fn check_ignored_rules(
    all: &[DeclaredRule<'_>],
    own: &[String],
    everywhere: &[String],
    root: &mut Place<'_>,
) {
    const IGNORED_RULE_HELP: &str = "declare the rule or ignore it, but not both";
    let names = all.iter().flat_map(|declared| {
        let key = Some((declared.key, declared.at.clone()));
        let name = Some(declared.name()).filter(|(name, _)| *name != declared.key);
        [key, name, declared.renamed_from()].into_iter().flatten()
    });
    let names: Vec<RuleMention<'_>> = names.collect();
    let hits = |pattern: &String| {
        let glob = NamePattern::new(pattern);
        let hits = names.iter().filter(move |(name, _)| glob.matches(name));
        hits.cloned()
    };
    let and_more = |count: usize| match count {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    // One finding for each pattern, however many rules it matches.
    for (index, pattern) in own.iter().enumerate() {
        let mut hits = hits(pattern);
        if let Some((name, at)) = hits.next() {
            let more = and_more(hits.count());
            let message = format!("`{pattern}` ignores the declared rule `{name}`{more}");
            root.key_item("ignore", index)
                .report(DiagnosticCode::Contradiction, message)
                .help(IGNORED_RULE_HELP)
                .related(at);
        }
    }
    for pattern in everywhere {
        let mut hits = hits(pattern);
        if let Some((name, at)) = hits.next() {
            let more = and_more(hits.count());
            let message = format!("`{pattern}` in callrules.yaml ignores the rule `{name}`{more}");
            root.at(at)
                .report(DiagnosticCode::Contradiction, message)
                .help(IGNORED_RULE_HELP);
        }
    }
}

/// Reports names that don't consist of the characters that a reader sees.
fn report_misleading_names(all: &[DeclaredRule<'_>], root: &mut Place<'_>) {
    for declared in all {
        let key = (declared.key, declared.at.clone());
        let name = Some(declared.name()).filter(|(name, _)| *name != declared.key);
        let mentions = [Some(key), name, declared.renamed_from()];
        for (name, at) in mentions.into_iter().flatten() {
            let (message, help) = if let Some(invisible) = find_invisible(name) {
                let visible: String = name.chars().filter(|c| !is_invisible(*c)).collect();
                (
                    format!(
                        "the name `{name}` contains an invisible character ({})",
                        code_point(invisible)
                    ),
                    format!("type the name again, or write `{visible}`"),
                )
            } else if let Some((letter, alphabet)) = find_foreign_letter(name) {
                let code = code_point(letter);
                (
                    format!(
                        "the name `{name}` contains the {alphabet} letter `{letter}` ({code}) in a Latin \
                         word"
                    ),
                    "type the name again".to_owned(),
                )
            } else {
                continue;
            };
            root.at(at)
                .report(DiagnosticCode::MisleadingName, message)
                .help(help);
        }
    }
}

fn validate_renames(all: &[DeclaredRule<'_>], root: &mut Place<'_>) {
    let mut by_name = HashMap::new();
    for (name, at) in all.iter().map(DeclaredRule::name) {
        by_name.entry(name).or_insert(at);
    }
    for declared in all {
        let Some((old, at)) = declared.renamed_from() else {
            continue;
        };
        if old == declared.name().0 {
            let message = "`renamedFrom` is the rule's current name";
            root.at(at)
                .report(DiagnosticCode::Contradiction, message)
                .help("remove the key");
        } else if let Some(other) = by_name.get(old) {
            let message = format!("`{old}` is renamed here but still declared");
            root.at(at)
                .report(DiagnosticCode::Contradiction, message)
                .help(format!("remove the rule `{old}`, or this key"))
                .related(other.clone());
        }
    }
}

/// Reports rules of the file that would be the same rule on the account, or have similar names.
fn validate_unique_ids(all: &[DeclaredRule<'_>], root: &mut Place<'_>) {
    let by_id = all.iter().filter_map(DeclaredRule::id);
    check_duplicate_mentions(by_id, "have the id", root);
    let by_old_name = all.iter().filter_map(DeclaredRule::renamed_from);
    check_duplicate_mentions(by_old_name, "are renamed from", root);
    // Ids distinguish rules that have the same name.
    let unpinned = || all.iter().filter(|declared| declared.id().is_none());
    check_duplicate_mentions(unpinned().map(DeclaredRule::name), "are called", root);
    let mut first: HashMap<String, RuleMention<'_>> = HashMap::new();
    for (name, at) in unpinned().map(DeclaredRule::name) {
        let visible: String = name.chars().filter(|c| !is_invisible(*c)).collect();
        let normalized = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        let other = first
            .entry(normalized.to_lowercase())
            .or_insert_with(|| (name, at.clone()));
        if other.0 != name {
            let message = format!("`{name}` and `{}` are different rules", other.0);
            let has_invisible = [name, other.0]
                .iter()
                .any(|name| name.contains(is_invisible));
            let difference = if has_invisible {
                "the names differ in an invisible character"
            } else {
                "the names differ only in case or spaces"
            };
            root.at(at)
                .report(DiagnosticCode::NearDuplicateName, message)
                .label(difference)
                .help("if this should be one rule, use the same spelling everywhere")
                .related(other.1.clone());
        }
    }
}

fn check_duplicate_mentions<'a>(
    mentions: impl Iterator<Item = RuleMention<'a>>,
    what: &str,
    root: &mut Place<'_>,
) {
    let mut first: HashMap<&str, YamlPath> = HashMap::new();
    for (text, at) in mentions {
        if let Some(other) = first.get(text) {
            let message = format!("two rules {what} `{text}`");
            root.at(at)
                .report(DiagnosticCode::Contradiction, message)
                .help("declare each live rule once: remove one of them")
                .related(other.clone());
        } else {
            first.insert(text, at);
        }
    }
}
